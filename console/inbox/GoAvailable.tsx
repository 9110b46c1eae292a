import { Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { InboxState } from '#contract/inbox-state.ts'
import { me as account } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import style from './GoAvailable.module.css'

/** Whether somebody who serves a queue gets contacts now, has missed one, or is away by choice; null: they serve none. */
const workOf = (state: InboxState): 'available' | 'missed' | 'away' | null => {
  const me = state.meId === null ? undefined : state.agents[state.meId]
  if (!me || me.queueIds.length === 0) return null
  return me.presence === 'available' ? 'available' : me.presence === 'break' && me.reason === 'missed' ? 'missed' : 'away'
}

/** What to do when nothing is there: wait, or go available right here. */
export function NothingMine({ list }: { list: 'mine' | 'offered' }) {
  const t = useT()
  const work = useInbox(workOf)
  return (
    <>
      {work === 'available' && list === 'mine' ? t('emptyListText.mineAvailable') : t(`emptyListText.${list}`)}
      {work === 'away' && <div><GoAvailable /></div>}
    </>
  )
}

/** Who missed an offer gets nothing more, and has not chosen that: said where they look next. */
export function MissedNotice() {
  const t = useT()
  const work = useInbox(workOf)
  if (work !== 'missed') return null
  return (
    <Group className={style['notice']} gap="xs" role="alert" wrap="nowrap">
      <IconAlertTriangle size={16} aria-hidden />
      <Text size="sm" flex={1}>{t('presenceMenu.missed')}</Text>
      <GoAvailable />
    </Group>
  )
}

function GoAvailable() {
  const t = useT()
  const { act, isBusy } = useAct()
  return <Button className={style['button']} size="xs" loading={isBusy} onClick={() => void act(() => account.setPresence('available'))}>{t('presenceMenu.goAvailable')}</Button>
}
