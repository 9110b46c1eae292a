import { Loader } from '@mantine/core'
import { IconSearchOff } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ListName } from '#contract/staff-socket.ts'
import { search } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { Empty } from '../look/Empty.tsx'
import { useCustomerLabel, useSnippet } from '../look/customer-label.ts'
import { Face } from '../look/Face.tsx'
import { problemText } from '../state/act.ts'
import style from './SearchHitsList.module.css'

/** What was found by name, address or text, people first. */
export function SearchHitsList({ query, list }: { query: string; list: ListName }) {
  const t = useT()
  const formats = useFormats()
  const labelOf = useCustomerLabel()
  const snippetOf = useSnippet()
  const found = useQuery({ queryKey: ['search', query], queryFn: ({ signal }) => search.all(query, signal), placeholderData: keepPreviousData, staleTime: 0 })
  if (found.isError) return <Empty icon={IconSearchOff} title={t('problem.title')}>{problemText(t, found.error)}</Empty>
  if (!found.data) return <Loader m="lg" size="sm" type="dots" aria-label={t('common.loading')} />
  const { customers, contacts, messages } = found.data
  const seen = new Set(customers.map(({ conversationId }) => conversationId))
  const others = contacts.filter(({ conversationId }) => !seen.has(conversationId))
  if (customers.length + others.length + messages.length === 0) return <Empty icon={IconSearchOff} title={t('search.nothing', { query })}>{t('search.nothingText')}</Empty>
  return (
    <div className={style['hits']} role="region" aria-label={t('search.results')} aria-busy={found.isFetching}>
      {customers.length + others.length > 0 && <h2 className={style['heading']}>{t('search.customers')}</h2>}
      {customers.map((customer) => (
        <Link key={customer.id} className={style['hit']} to="/inbox/$list/$conversationId" params={{ list, conversationId: customer.conversationId }}>
          <Face label={labelOf(customer.label)} size={32} />
          <span className={style['body']}><b dir="auto">{labelOf(customer.label)}</b><span>{customer.identities.map(({ value }) => value).filter(Boolean).join(' · ') || t('search.noAddress')}</span></span>
        </Link>
      ))}
      {others.map((contact) => (
        <Link key={contact.id} className={style['hit']} to="/inbox/$list/$conversationId" params={{ list, conversationId: contact.conversationId }}>
          <Face label={labelOf(contact.customerLabel)} size={32} channel={contact.channel} />
          <span className={style['body']}><b dir="auto">{labelOf(contact.customerLabel)}</b><span dir="auto">{contact.subject ?? snippetOf(contact.snippet)}</span></span>
        </Link>
      ))}
      {messages.length > 0 && <h2 className={style['heading']}>{t('search.messages')}</h2>}
      {messages.map((message) => (
        <Link key={message.id} className={style['hit']} to="/inbox/$list/$conversationId" params={{ list, conversationId: message.conversationId }}>
          <span className={style['sign']}><ChannelIcon channel={message.channel} /></span>
          <span className={style['body']}><b dir="auto">{labelOf(message.author.name)}</b><span dir="auto">{message.text}</span></span>
          <time dateTime={message.at}>{formats.short(message.at, new Date())}</time>
        </Link>
      ))}
    </div>
  )
}
