import { useState } from 'react'
import { Button, Drawer, Loader, Switch, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { FigureName } from '#contract/board.ts'
import { board as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { ContactRow } from '../inbox/ContactRow.tsx'
import { problemText } from '../state/act.ts'
import type { Chosen } from './BoardScreen.tsx'
import style from './RowsDrawer.module.css'

/** Shares of what went wrong: whoever opens one looks for those first. */
const againstUs: ReadonlySet<FigureName> = new Set<FigureName>(['omission', 'complaint-rate', 'dissatisfaction'])

/** Exactly the rows a number counts, and what the number means. */
export function RowsDrawer({ chosen, onClose }: { chosen: Chosen; onClose: () => void }) {
  const t = useT()
  const isAgainstUs = againstUs.has(chosen.figure)
  const [hits, setHits] = useState(isAgainstUs)
  const rows = useInfiniteQuery({
    queryKey: ['board-rows', chosen.figure, chosen.queueId, chosen.channel, hits], queryFn: ({ pageParam }) => api.rows(chosen.figure, { queueId: chosen.queueId, channel: chosen.channel, hits: hits ? 'true' : null }, pageParam),
    initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0, gcTime: 0,
  })
  const items = rows.data?.pages.flatMap((page) => page.items) ?? []
  const where = chosen.queueName === null || chosen.channel === null ? t('board.everywhere') : t('board.where', { queue: chosen.queueName, channel: t(`channel.${chosen.channel}`) })
  return (
    <Drawer opened onClose={onClose} position="right" size={440} title={t('board.rowsTitle', { figure: t(`board.figure.${chosen.figure}`), where })} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Text size="sm" c="dimmed" mb="md">{t(`board.definition.${chosen.figure}`)}</Text>
      {isAgainstUs && <Switch mb="md" label={t('reports.rows.counted')} checked={hits} onChange={(event) => setHits(event.currentTarget.checked)} />}
      {rows.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {rows.isError && <Text c="red" role="alert">{problemText(t, rows.error)}</Text>}
      {rows.isSuccess && items.length === 0 && <Text c="dimmed">{t('board.noRows')}</Text>}
      <ul className={style['rows']} aria-label={t(`board.figure.${chosen.figure}`)}>
        {items.map((contact) => <li key={contact.counted.id}><ContactRow contact={contact} list="all" isOpen={false} /></li>)}
      </ul>
      {rows.hasNextPage && <Button variant="subtle" fullWidth loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>{t('followUps.more')}</Button>}
    </Drawer>
  )
}
