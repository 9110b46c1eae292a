import { Button, Group, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import type { InboxState } from '#contract/inbox-state.ts'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../../api/work.ts'
import { useFormats, useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useInbox } from '../../state/inbox.ts'
import { isAtLeast, useMe } from '../../state/me.tsx'
import { useLiveSession } from '../use-conversation.ts'
import style from './Helpers.module.css'

const agentsOf = (state: InboxState): InboxState['agents'] => state.agents

/** Who helps with a contact, said to whoever looks: its owner hands it over or ends the help, who helps leaves by themselves. */
export function Helpers({ contact }: { contact: ContactView }) {
  const t = useT()
  const formats = useFormats()
  const me = useMe()
  const { act, isBusy } = useAct()
  const session = useLiveSession(contact.id)
  const agents = useInbox(agentsOf)
  const isAsked = useInbox((state) => Object.values(state.offers).some((offer) => !offer.ended && offer.contactId === contact.id && offer.fromAgentId === state.meId))
  if (contact.consultantIds.length === 0) return null
  const nameOf = (id: string): string => agents[id]?.name ?? t('composer.somebody')
  const isHelping = contact.consultantIds.includes(me.id)
  const mayDirect = contact.ownerId === me.id || isAtLeast(me.role, 'supervisor')
  const namesOf = (ids: string[]): string => formats.list(ids.map((id) => (id === me.id ? t('routing.move.you') : nameOf(id))))
  const inRoom = [...(contact.ownerId === null ? [] : [contact.ownerId]), ...contact.consultantIds].toSorted((a, b) => Number(b === me.id) - Number(a === me.id))
  const text = session?.isOnHold
    ? t('routing.move.onHold', { names: namesOf(inRoom) })
    : isHelping && contact.ownerId !== null
      ? t(session?.isTogether ? 'routing.move.youTogether' : 'routing.move.youHelp', { owner: nameOf(contact.ownerId) })
      : t(session?.isTogether ? 'routing.move.together' : 'routing.move.helping', { names: namesOf(contact.consultantIds), count: contact.consultantIds.length })
  return (
    <Group className={style['bar']} gap="xs" role="status">
      <IconUsers size={16} aria-hidden />
      <Text className={style['text']} size="sm">{text}</Text>
      {contact.consultantIds.map((id) => (id === me.id
        ? <Button key={id} size="xs" variant="default" loading={isBusy} onClick={() => void act(() => api.leaveConsult(contact.id, id))}>{t('routing.move.leave')}</Button>
        : mayDirect && (
          <Group key={id} gap={6} wrap="nowrap">
            {contact.ownerId === me.id && !isAsked && <Button size="xs" variant="default" disabled={isBusy} onClick={() => void act(() => api.transfer(contact.id, { agentId: id }, ''))}>{t('routing.move.handOver', { name: nameOf(id) })}</Button>}
            <Button size="xs" variant="subtle" disabled={isBusy} onClick={() => void act(() => api.leaveConsult(contact.id, id))}>{t('routing.move.endHelp', { name: nameOf(id) })}</Button>
          </Group>
        )))}
    </Group>
  )
}
