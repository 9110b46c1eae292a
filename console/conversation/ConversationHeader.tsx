import { useEffect } from 'react'
import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowLeft, IconEye, IconLayoutSidebarRight } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { ListName } from '#contract/staff-socket.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Mark, type Tone } from '../look/Mark.tsx'
import { SlaChip } from '../look/SlaChip.tsx'
import { useInbox, useScreen } from '../state/inbox.ts'
import { onKey } from '../state/keys.ts'
import { ContactActions } from './ContactActions.tsx'
import { useContact, useCustomer, useMyself } from './use-conversation.ts'
import style from './ConversationHeader.module.css'
import type { ContactState } from '#contract/words.ts'

const toneOfState: Partial<Record<ContactState, Tone>> = { active: 'good', waiting: 'warn', offered: 'warn', 'wrap-up': 'accent' }

export function ConversationHeader({ list, conversationId, onDetails }: { list: ListName; conversationId: string; onDetails: () => void }) {
  const t = useT()
  const formats = useFormats()
  const navigate = useNavigate()
  const contact = useContact(conversationId)
  const customer = useCustomer(conversationId)
  const me = useMyself()
  const queue = useInbox((state) => state.queues.find(({ id }) => id === contact?.queueId)?.name ?? null)
  const ownerId = contact?.ownerId ?? contact?.wrapUpBy ?? null
  const owner = useInbox((state) => (ownerId === null ? null : (state.agents[ownerId]?.name ?? null)))
  const viewing = useScreen((state) => state.viewing[conversationId])
  const others = useInbox((state) => (viewing ?? []).filter((id) => id !== state.meId).map((id) => state.agents[id]?.name ?? '').filter(Boolean))
  const labelOf = useCustomerLabel()
  const known = customer?.label ?? contact?.customerLabel
  const label = known === undefined ? '' : labelOf(known)
  const leave = (): void => void navigate({ to: '/inbox/$list', params: { list } })
  useEffect(() => onKey('Escape', leave))

  return (
    <header className={style['header']}>
      <ActionIcon className={style['back']} size="lg" aria-label={t('common.back')} onClick={leave}><IconArrowLeft size={20} aria-hidden /></ActionIcon>
      <div className={style['who']}>
        <h1 className={style['name']} dir="auto">{label}</h1>
        <p className={style['facts']}>
          {contact && <Mark tone={toneOfState[contact.state] ?? 'plain'}>{t(`contactState.${contact.state}`)}</Mark>}
          {contact && <SlaChip clocks={contact.sla} always />}
          {contact?.snoozedUntil && contact.state === 'snoozed' ? <span>{t('conversation.snoozedUntil', { at: formats.dateTime(contact.snoozedUntil) })}</span> : null}
          {queue !== null && <span>{queue}</span>}
          {owner !== null && <span>{ownerId === me?.id ? t('conversation.yours') : owner}</span>}
          {others.length > 0 && <Tooltip label={t('conversation.viewing', { names: formats.list(others), count: others.length })}><span className={style['viewing']}><IconEye size={14} aria-hidden />{others.length}<span className="visually-hidden">{t('conversation.viewing', { names: formats.list(others), count: others.length })}</span></span></Tooltip>}
        </p>
      </div>
      {contact && <ContactActions contact={contact} />}
      <Tooltip label={t('conversation.details')}>
        <ActionIcon size="lg" aria-label={t('conversation.details')} onClick={onDetails}><IconLayoutSidebarRight size={19} stroke={1.6} aria-hidden /></ActionIcon>
      </Tooltip>
    </header>
  )
}
