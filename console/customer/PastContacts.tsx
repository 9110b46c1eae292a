import { useMemo, useState } from 'react'
import { ActionIcon } from '@mantine/core'
import { IconClockHour4 } from '@tabler/icons-react'
import type { InboxState } from '#contract/inbox-state.ts'
import { useFormats, useT } from '../i18n.tsx'
import { contactsOf } from '../conversation/use-conversation.ts'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { useSnippet } from '../look/customer-label.ts'
import { Mark } from '../look/Mark.tsx'
import { useInbox } from '../state/inbox.ts'
import { SlaLedger } from './SlaLedger.tsx'
import style from './CustomerPanel.module.css'

const shownMax = 20

/** The episodes before this one, newest first. */
export function PastContacts({ conversationId }: { conversationId: string }) {
  const t = useT()
  const formats = useFormats()
  const select = useMemo(() => (state: InboxState) => contactsOf(state, conversationId).filter(({ state: at }) => at === 'closed').toSorted((a, b) => b.openedAt.localeCompare(a.openedAt)).slice(0, shownMax), [conversationId])
  const past = useInbox(select)
  const snippetOf = useSnippet()
  const [ledgerOf, setLedgerOf] = useState<string | null>(null)
  return (
    <section className={style['section']} aria-label={t('customer.past')}>
      <h3>{t('customer.past')}</h3>
      {past.length === 0 && <p className={style['small']}>{t('customer.noPast')}</p>}
      <ul className={style['list']}>
        {past.map((contact) => (
          <li key={contact.id} className={style['row']}>
            <ChannelIcon channel={contact.channel} />
            <span className={style['grow']}><span dir="auto">{contact.subject ?? snippetOf(contact.snippet)}</span><span className={style['small']}>{formats.dateTime(contact.openedAt)}</span></span>
            {contact.complaint && <Mark tone="bad">{t('marks.complaint')}</Mark>}
            {contact.outcome !== null && <Mark>{t(`contactOutcome.${contact.outcome}`)}</Mark>}
            <ActionIcon size="sm" aria-label={t('promises.ledger.open')} title={t('promises.ledger.open')} onClick={() => setLedgerOf(contact.id)}><IconClockHour4 size={15} aria-hidden /></ActionIcon>
          </li>
        ))}
      </ul>
      {ledgerOf !== null && <SlaLedger contactId={ledgerOf} onClose={() => setLedgerOf(null)} />}
    </section>
  )
}
