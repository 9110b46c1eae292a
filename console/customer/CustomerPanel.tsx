import { useMemo } from 'react'
import { CloseButton } from '@mantine/core'
import type { InboxState } from '#contract/inbox-state.ts'
import { useT } from '../i18n.tsx'
import { useContact, useCustomer } from '../conversation/use-conversation.ts'
import { useInbox } from '../state/inbox.ts'
import { Addresses } from './Addresses.tsx'
import { CustomerStage } from './CustomerStage.tsx'
import { CustomerFacts } from './CustomerFacts.tsx'
import { Merges } from './Merges.tsx'
import { PastContacts } from './PastContacts.tsx'
import { SlaClocks } from './SlaClocks.tsx'
import { Suggestions } from './Suggestions.tsx'
import style from './CustomerPanel.module.css'

/** Who the customer is: what is known, what is only claimed, who else they may be, what was before. */
export function CustomerPanel({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  const t = useT()
  const customer = useCustomer(conversationId)
  const contact = useContact(conversationId)
  const customerId = customer?.id
  const selectSuggestions = useMemo(() => (state: InboxState) => Object.values(state.suggestions).filter(({ state: at, customerA, customerB }) => at === 'open' && (customerA.id === customerId || customerB.id === customerId)), [customerId])
  const suggestions = useInbox(selectSuggestions)
  return (
    <div className={style['panel']}>
      <header className={style['head']}>
        <h2>{t('customer.label')}</h2>
        <CloseButton aria-label={t('customer.hide')} onClick={onClose} />
      </header>
      {customer && (
        <>
          <CustomerFacts key={customer.id} customer={customer} />
          <CustomerStage customerId={customer.id} />
          {suggestions.length > 0 && <Suggestions suggestions={suggestions} customer={customer} />}
          {contact && contact.sla.length > 0 && contact.state !== 'closed' && <SlaClocks contactId={contact.id} clocks={contact.sla} />}
          <Addresses customer={customer} />
          <PastContacts conversationId={conversationId} />
          {customer.merges.length > 0 && <Merges customer={customer} />}
        </>
      )}
    </div>
  )
}
