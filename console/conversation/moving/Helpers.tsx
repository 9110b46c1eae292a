import { Button, Group, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../../api/work.ts'
import { useFormats, useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useInbox } from '../../state/inbox.ts'
import { isAtLeast, useMe } from '../../state/me.tsx'
import { useLiveSession } from '../use-conversation.ts'
import style from './Helpers.module.css'

/** Who helps with a contact; they leave by themselves, its owner thanks them. */
export function Helpers({ contact }: { contact: ContactView }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const { act, isBusy } = useAct()
  const session = useLiveSession(contact.id)
  const agents = useInbox((state) => state.agents)
  if (contact.consultantIds.length === 0) return null
  const nameOf = (id: string): string => agents[id]?.name ?? t('composer.somebody')
  const maySend = contact.ownerId === me.id || isAtLeast(me.role, 'supervisor')
  return (
    <Group className={style['bar']} gap="sm" role="status">
      <IconUsers size={16} aria-hidden />
      <Text size="sm" flex={1}>{t(session?.isOnHold ? 'routing.move.onHold' : session?.isTogether ? 'routing.move.together' : 'routing.move.helping', { names: formats.list(contact.consultantIds.map(nameOf)) })}</Text>
      {contact.consultantIds.map((id) => (id === me.id
        ? <Button key={id} size="xs" variant="default" loading={isBusy} onClick={() => void act(() => api.leaveConsult(contact.id, id))}>{t('routing.move.leave')}</Button>
        : maySend && <Button key={id} size="xs" variant="subtle" loading={isBusy} onClick={() => void act(() => api.leaveConsult(contact.id, id))}>{t('routing.move.thank', { name: nameOf(id) })}</Button>))}
    </Group>
  )
}
