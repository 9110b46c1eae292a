import { useEffect, useMemo, useRef, useState } from 'react'
import { ActionIcon, CloseButton, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconInbox, IconMessagePlus, IconSearch } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { isUnread, listOf, type InboxState } from '#contract/inbox-state.ts'
import type { ListName } from '#contract/staff-socket.ts'
import type { ContactView } from '#contract/views.ts'
import { useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { StartConversation } from '../conversation/StartConversation.tsx'
import { useInbox } from '../state/inbox.ts'
import { onKey } from '../state/keys.ts'
import { MissedNotice, NothingMine } from './GoAvailable.tsx'
import { ContactRows } from './ContactRows.tsx'
import { listNames } from './lists.ts'
import { QueueFilter, useChosenQueue } from './QueueFilter.tsx'
import { SearchHitsList } from './SearchHitsList.tsx'
import { useListPages } from './use-list-pages.ts'
import style from './ContactLists.module.css'

const rowsOf = (state: InboxState, list: ListName, queueId: string | null): ContactView[] => listOf(state, list).filter((row) => queueId === null || row.queueId === queueId)

const tabsOf = (state: InboxState, queueId: string | null): string =>
  // One short text, so that the tabs render only when a number on them changes.
  listNames.map((name) => {
    const rows = rowsOf(state, name, queueId)
    const hasMore = name !== 'offered' && state.windows[name].endCursor !== null
    return `${rows.length}${hasMore ? '+' : ''}:${name === 'mine' && rows.some((row) => isUnread(state, row)) ? 'unread' : ''}`
  }).join(' ')

export function ContactLists({ list, conversationId }: { list: ListName; conversationId: string | null }) {
  const t = useT()
  const navigate = useNavigate()
  const [query, setQuery] = useState('')
  const [asked] = useDebouncedValue(query.trim(), 200)
  const [isStarting, setIsStarting] = useState(false)
  const searchBox = useRef<HTMLInputElement>(null)
  const queueId = useChosenQueue()
  const select = useMemo(() => (state: InboxState) => rowsOf(state, list, queueId), [list, queueId])
  const selectTabs = useMemo(() => (state: InboxState) => tabsOf(state, queueId), [queueId])
  const rows = useInbox(select)
  const tabs = useInbox(selectTabs).split(' ')
  const loadMore = useListPages(list, queueId)
  const isLoaded = useInbox((state) => state.knownAt !== null)

  useEffect(() => {
    const step = (by: number): void => {
      const at = rows.findIndex((row) => row.conversationId === conversationId)
      const next = rows[at === -1 ? 0 : at + by]
      if (next) void navigate({ to: '/inbox/$list/$conversationId', params: { list, conversationId: next.conversationId } })
    }
    const ends = [onKey('j', () => step(1)), onKey('k', () => step(-1)), onKey('/', () => searchBox.current?.focus())]
    return () => ends.forEach((end) => end())
  }, [rows, conversationId, list, navigate])

  return (
    <div className={style['lists']}>
      <header className={style['head']}>
        <h1 className={style['title']}>{t('shell.inbox')}</h1>
        <QueueFilter />
        <Tooltip label={t('start.title')}>
          <ActionIcon size="lg" aria-label={t('start.title')} onClick={() => setIsStarting(true)}><IconMessagePlus size={19} stroke={1.6} aria-hidden /></ActionIcon>
        </Tooltip>
      </header>
      <TextInput
        ref={searchBox} className={style['search']} type="search" role="searchbox" aria-label={t('inbox.search')} placeholder={t('inbox.searchHint')} value={query}
        leftSection={<IconSearch size={15} aria-hidden />} onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => { if (event.key === 'Escape') { setQuery(''); event.currentTarget.blur() } }}
        rightSection={query === '' ? null : <CloseButton size="sm" aria-label={t('inbox.clearSearch')} onClick={() => setQuery('')} />}
      />
      {asked.length > 1 ? <SearchHitsList query={asked} list={list} /> : (
        <>
          <nav className={style['tabs']} aria-label={t('inbox.listsLabel')}>
            {listNames.map((name, at) => {
              const [count = '0', unread] = (tabs[at] ?? '').split(':')
              return (
                <Link key={name} to="/inbox/$list" params={{ list: name }} className={style['tab']} aria-current={name === list ? 'page' : undefined} data-urgent={(name === 'offered' && count !== '0') || undefined}>
                  {t(`lists.${name}`)}
                  {count !== '0' && name !== 'closed' && <span className={style['count']}>{count}</span>}
                  {unread === 'unread' && <span className={style['unread']} aria-label={t('inbox.unread')} role="img" />}
                </Link>
              )
            })}
          </nav>
          <MissedNotice />
          {rows.length > 0 ? <ContactRows rows={rows} list={list} conversationId={conversationId} onEnd={loadMore} />
            : isLoaded ? <Empty icon={IconInbox} title={t(`emptyList.${list}`)}>{list === 'mine' || list === 'offered' ? <NothingMine list={list} /> : t(`emptyListText.${list}`)}</Empty> : <ListSkeleton />}
        </>
      )}
      {isStarting && <StartConversation onClose={() => setIsStarting(false)} />}
    </div>
  )
}

function ListSkeleton() {
  return <div className={style['skeleton']} aria-hidden>{Array.from({ length: 6 }, (_, at) => <span key={at} />)}</div>
}
