import { useState } from 'react'
import { Button, Drawer, Loader, Switch, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { RateName } from '#contract/api/analysis.ts'
import { reports, type ReportFilter } from '../api/reports.ts'
import { useT } from '../i18n.tsx'
import { ContactRow } from '../inbox/ContactRow.tsx'
import { problemText } from '../state/act.ts'
import rowsStyle from '../board/RowsDrawer.module.css'

/** The contacts behind a rate: first those that count against us, which is whom to look after. */
export function RateRows({ rate, filter, onClose }: { rate: RateName; filter: ReportFilter; onClose: () => void }) {
  const t = useT()
  const [hits, setHits] = useState(true)
  const rows = useInfiniteQuery({
    queryKey: ['rate-rows', rate, filter, hits], queryFn: ({ pageParam }) => reports.rateRows(rate, filter, hits, pageParam),
    initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0, gcTime: 0,
  })
  const items = rows.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Drawer opened onClose={onClose} position="right" size={440} title={t('reports.rows.title', { figure: t(`reports.rate.${rate}`) })} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Text size="sm" c="dimmed" mb="sm">{t(`reports.definition.${rate}`)}</Text>
      <Switch mb="md" label={t('reports.rows.counted')} checked={hits} onChange={(event) => setHits(event.currentTarget.checked)} />
      {rows.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {rows.isError && <Text c="red" role="alert">{problemText(t, rows.error)}</Text>}
      {rows.isSuccess && items.length === 0 && <Text c="dimmed">{t('reports.rows.none')}</Text>}
      {items.length > 0 && <ul className={rowsStyle['rows']} aria-label={t(`reports.rate.${rate}`)}>{items.map((contact) => <li key={contact.counted.id}><ContactRow contact={contact} list="all" isOpen={false} /></li>)}</ul>}
      {rows.hasNextPage && <Button variant="subtle" fullWidth loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>{t('followUps.more')}</Button>}
    </Drawer>
  )
}
