import { memo } from 'react'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { isUnread } from '#contract/inbox-state.ts'
import type { ListName } from '#contract/staff-socket.ts'
import type { ContactView } from '#contract/views.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel, useSnippet } from '../look/customer-label.ts'
import { Face } from '../look/Face.tsx'
import { Mark } from '../look/Mark.tsx'
import { SlaChip } from '../look/SlaChip.tsx'
import { useInbox } from '../state/inbox.ts'
import { useNow } from '../state/now.ts'
import style from './ContactRow.module.css'

/** One contact as lists show it: who, over what, since when, and what presses. */
export const ContactRow = memo(function ContactRow({ contact, list, isOpen }: { contact: ContactView; list: ListName; isOpen: boolean }) {
  const t = useT()
  const formats = useFormats()
  const unread = useInbox((state) => isUnread(state, contact))
  const queue = useInbox((state) => state.queues.find(({ id }) => id === contact.queueId)?.name ?? '')
  const ownerId = contact.ownerId ?? contact.wrapUpBy
  const owner = useInbox((state) => (ownerId === null ? null : (state.agents[ownerId]?.name ?? null)))
  const label = useCustomerLabel()(contact.customerLabel)
  const snippet = useSnippet()
  const at = contact.lastMessageAt ?? contact.openedAt
  const showsState = (list === 'all' && contact.outcome === null) || (list === 'mine' && contact.state !== 'active')

  return (
    <Link to="/inbox/$list/$conversationId" params={{ list, conversationId: contact.conversationId }} className={style['row']} aria-current={isOpen ? 'true' : undefined} data-unread={unread || undefined}>
      <Face label={label} channel={contact.channel} size={38} />
      <span className={style['body']}>
        <span className={style['line']}>
          <span className={style['name']} dir="auto">{label}</span>
          <span className="visually-hidden">{t(`channel.${contact.channel}`)}{unread ? `, ${t('inbox.unread')}` : ''}</span>
          <span className={style['time']}><time dateTime={at}>{formats.short(at, new Date())}</time></span>
        </span>
        <span className={style['text']} dir="auto">{contact.subject !== null && contact.snippet === null ? contact.subject : snippet(contact.snippet)}</span>
        <span className={style['marks']}>
          <span className={style['queue']}>{queue}{owner !== null && list !== 'mine' ? ` · ${owner}` : ''}</span>
          {contact.customerTier === 'gold' && <Mark tone="accent">{t('tier.gold')}</Mark>}
          {contact.unverified && <Mark tone="warn"><IconAlertTriangle size={12} aria-hidden />{t('marks.unverified')}</Mark>}
          {contact.complaint && <Mark tone="bad">{t('marks.complaint')}</Mark>}
          {showsState && <Mark>{t(`contactState.${contact.state}`)}</Mark>}
          {contact.state === 'closed' && contact.outcome !== null && <Mark>{t(`contactOutcome.${contact.outcome}`)}</Mark>}
          {list === 'waiting' && contact.waitingSince !== null && <Waited since={contact.waitingSince} />}
          <SlaChip clocks={contact.sla} />
        </span>
      </span>
      {unread && <span className={style['dot']} aria-hidden />}
    </Link>
  )
})

function Waited({ since }: { since: string }) {
  const t = useT()
  const formats = useFormats()
  const now = useNow()
  return <Mark><span className="tabular">{t('inbox.waited', { time: formats.duration(Math.max(0, now - Date.parse(since))) })}</span></Mark>
}
