import { Button, Loader, Table } from '@mantine/core'
import { IconMoodHeart } from '@tabler/icons-react'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { StageReport } from '#contract/api/analysis.ts'
import type { Standing } from '#contract/api/standing.ts'
import { loop, standings } from '../api/reports.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Empty } from '../look/Empty.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { problemText, useAct } from '../state/act.ts'
import style from './reports.module.css'

const callWithinMs = 2 * 86_400_000

export function StagePart({ report }: { report: StageReport }) {
  const t = useT()
  const formats = useFormats()
  if (report.customers === 0) return <Empty icon={IconMoodHeart} title={t('reports.nothing')}>{t('reports.noStages')}</Empty>
  return (
    <>
      <div className={style['tiles']}>
        {report.stages.map(({ stage, count, value }) => (
          <div key={stage} className={style['tile']}>
            <span className={style['title']}>{t(`reports.stage.${stage}`)}</span><span className={style['value']}>{formats.number(count)}</span>
            <span className={style['note']}>{formats.percent(count / report.customers)}</span>{value > 0 && <span className={style['note']}>{t('reports.brings')}: {formats.number(value)}</span>}
          </div>
        ))}
      </div>
      <Panel title={t('reports.atRisk')} text={t('reports.atRiskText')}><AtRisk /></Panel>
      <div className={style['two']}>
        <Panel title={t('reports.classes')}>
          <Table fz="sm" aria-label={t('reports.classes')}>
            <Table.Thead><Table.Tr><Table.Th>{t('reports.classColumn')}</Table.Th><Table.Th ta="right">{t('reports.customers')}</Table.Th><Table.Th ta="right">{t('reports.brings')}</Table.Th><Table.Th ta="right">{t('reports.share')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{report.classes.map((one) => <Table.Tr key={one.valueClass}><Table.Td>{t('reports.valueClass', { name: one.valueClass })}</Table.Td><Table.Td className={style['number']}>{formats.number(one.count)}</Table.Td><Table.Td className={style['number']}>{formats.number(one.value)}</Table.Td><Table.Td className={style['number']}>{formats.percent(one.share)}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </Panel>
        <Panel title={t('reports.changes')} {...(report.computedAt ? { text: t('reports.asOf', { at: formats.dateTime(report.computedAt) }) } : {})}>
          <Table fz="sm" aria-label={t('reports.changes')}>
            <Table.Tbody>{report.changes.map(({ from, to, count }) => <Table.Tr key={`${from} ${to}`}><Table.Td>{t('reports.change', { from: from ? t(`reports.stage.${from}`) : '–', to: t(`reports.stage.${to}`) })}</Table.Td><Table.Td className={style['number']}>{formats.number(count)}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </Panel>
      </div>
    </>
  )
}

function AtRisk() {
  const t = useT()
  const list = useInfiniteQuery({ queryKey: ['standings', 'at-risk'], queryFn: ({ pageParam }) => standings.atRisk(pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0 })
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  if (list.isPending) return <Loader size="sm" type="dots" aria-label={t('common.loading')} />
  if (list.isError) return <p role="alert">{problemText(t, list.error)}</p>
  if (rows.length === 0) return <Empty icon={IconMoodHeart} title={t('reports.nobodyAtRisk')}>{t('reports.nobodyAtRiskText')}</Empty>
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table fz="sm" verticalSpacing="sm" aria-label={t('reports.atRisk')}>
          <Table.Thead><Table.Tr><Table.Th>{t('reports.customer')}</Table.Th><Table.Th>{t('reports.why')}</Table.Th><Table.Th>{t('reports.classColumn')}</Table.Th><Table.Th ta="right">{t('reports.brings')}</Table.Th><Table.Th>{t('reports.lastSeen')}</Table.Th><Table.Th aria-hidden /></Table.Tr></Table.Thead>
          <Table.Tbody>{rows.map((row) => <AtRiskLine key={row.customerId} row={row} />)}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {list.hasNextPage && <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('followUps.more')}</Button>}
    </>
  )
}

function AtRiskLine({ row }: { row: Standing }) {
  const t = useT()
  const formats = useFormats()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const labelOf = useCustomerLabel()
  const open = (): void => void act(async () => {
    await loop.open({ customerId: row.customerId, kind: 'at-risk', title: t('reports.callTitle'), dueAt: new Date(Date.now() + callWithinMs).toISOString(), ownerId: null })
    await queries.invalidateQueries({ queryKey: ['standings'] })
  })
  return (
    <Table.Tr>
      <Table.Td><Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{labelOf(row.customerLabel)}</Link></Table.Td>
      <Table.Td>{row.reasons.map(({ code, facts }) => <div key={code}>{t(keyFor('reports.reason', code, 'reports.reason.other'), facts)}</div>)}</Table.Td>
      <Table.Td>{row.valueClass ?? '–'}</Table.Td><Table.Td className={style['number']}>{row.value === null ? '–' : formats.number(row.value)}</Table.Td><Table.Td>{row.lastActiveAt ? formats.date(row.lastActiveAt) : '–'}</Table.Td>
      <Table.Td ta="right">{row.followUpId ? <Mark tone="good">{t('reports.workedOn')}</Mark> : <Button size="xs" variant="light" loading={isBusy} onClick={open}>{t('reports.openFollowUp')}</Button>}</Table.Td>
    </Table.Tr>
  )
}
