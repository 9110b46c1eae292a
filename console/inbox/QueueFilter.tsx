import { Button, Menu } from '@mantine/core'
import { IconCheck, IconChevronDown } from '@tabler/icons-react'
import { useT } from '../i18n.tsx'
import { useInbox } from '../state/inbox.ts'
import { preferences, type Preferences } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import style from './ContactLists.module.css'

const chosenQueue = (held: Preferences): string | null => held.queueId

/** The queue the lists are narrowed to; null: all of them, also when the chosen one is gone. */
export function useChosenQueue(): string | null {
  const queueId = useStore(preferences, chosenQueue)
  return useInbox((state) => (state.queues.some(({ id, retired }) => id === queueId && !retired) ? queueId : null))
}

/** Narrows the lists to one queue; remembered by this browser. */
export function QueueFilter() {
  const t = useT()
  const queueId = useChosenQueue()
  const queues = useInbox((state) => state.queues.filter(({ retired }) => !retired))
  if (queues.length < 2) return null
  const name = queues.find(({ id }) => id === queueId)?.name ?? t('inbox.allQueues')
  const choose = (id: string | null): void => preferences.set((held) => ({ ...held, queueId: id }))
  const check = (isChosen: boolean) => (isChosen ? <IconCheck size={15} aria-hidden /> : null)
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button className={style['queueFilter']} variant={queueId === null ? 'subtle' : 'light'} color={queueId === null ? 'gray' : 'river'} size="compact-sm" rightSection={<IconChevronDown size={14} aria-hidden />} aria-label={t('inbox.queueFilter', { queue: name })}>{name}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item rightSection={check(queueId === null)} onClick={() => choose(null)}>{t('inbox.allQueues')}</Menu.Item>
        <Menu.Divider />
        {queues.map((queue) => <Menu.Item key={queue.id} rightSection={check(queueId === queue.id)} onClick={() => choose(queue.id)}>{queue.name}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  )
}
