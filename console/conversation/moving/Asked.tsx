import { useMemo } from 'react'
import { Button, Group, Text } from '@mantine/core'
import { IconHourglass } from '@tabler/icons-react'
import type { InboxState } from '#contract/inbox-state.ts'
import type { ContactView } from '#contract/views.ts'
import { offers as api } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useInbox } from '../../state/inbox.ts'
import { useNow } from '../../state/now.ts'
import style from './Helpers.module.css'

/** Whom I have asked to help or to take a contact, until they answer; I may think better of it. */
export function Asked({ contact }: { contact: ContactView }) {
  const t = useT()
  const now = useNow()
  const { act, isBusy } = useAct()
  const select = useMemo(() => (state: InboxState) => Object.values(state.offers).find((offer) => !offer.ended && offer.contactId === contact.id && offer.fromAgentId === state.meId), [contact.id])
  const offer = useInbox(select)
  const name = useInbox((state) => (offer === undefined ? '' : (state.agents[offer.agentId]?.name ?? '')))
  if (offer === undefined) return null
  return (
    <Group className={style['bar']} gap="sm" role="status">
      <IconHourglass size={16} aria-hidden />
      <Text className={style['text']} size="sm">
        {t(offer.kind === 'consult' ? 'routing.move.askedHelp' : 'routing.move.askedTake', { name })} <Text span size="sm" c="dimmed" className="tabular" aria-live="off">{t('routing.move.secondsLeft', { count: Math.ceil(Math.min(Math.max(0, Date.parse(offer.expiresAt) - now), Date.parse(offer.expiresAt) - Date.parse(offer.offeredAt)) / 1000) })}</Text>
      </Text>
      <Button size="xs" variant="default" loading={isBusy} onClick={() => void act(() => api.takeBack(offer.id))}>{t('routing.move.takeBack')}</Button>
    </Group>
  )
}
