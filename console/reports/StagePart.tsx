import { useState } from 'react'
import { Button, Loader, Select, Table } from '@mantine/core'
import { IconMoodHeart } from '@tabler/icons-react'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { StageReport } from '#contract/api/analysis.ts'
import type { Standing } from '#contract/api/standing.ts'
import { valueClasses, type CustomerStage, type ValueClass } from '#contract/words.ts'
import { loop, standings } from '../api/reports.ts'
import { useStageReason } from '../customer/stage-reason.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Empty } from '../look/Empty.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { problemText, useAct } from '../state/act.ts'
import style from './reports.module.css'

const callWithinMs = 2 * 86_400_000

export function StagePart({ report }: { report: StageReport }) {
  const t = useT()
  const formats = useFormats()
  const [stage, setStage] = useState<CustomerStage>('at-risk')
  if (report.customers === 0) return <Empty icon={IconMoodHeart} title={t('reports.nothing')}>{t('reports.noStages')}</Empty>
  return (
    <>
      <div className={style['tiles']}>
        {report.stages.map(({ stage: name, count, value }) => (
          <button key={name} type="button" className={style['tile']} aria-pressed={name === stage} onClick={() => setStage(name)}>
            <span className={style['title']}>{t(`reports.stage.${name}`)}</span><span className={style['value']}>{formats.number(count)}</span>
            <span className={style['note']}>{formats.percent(count / report.customers)}</span>{value > 0 && <span className={style['note']}>{t('reports.brings')}: {formats.number(value)}</span>}
          </button>
        ))}
      </div>
      <Panel title={stage === 'at-risk' ? t('reports.atRisk') : t(`reports.stage.${stage}`)} text={t('reports.atRiskText')}><Customers key={stage} stage={stage} /></Panel>
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

/** Those of a stage, who brings most first; each may be worked off as a follow-up. */
function Customers({ stage }: { stage: CustomerStage }) {
  const t = useT()
  const [valueClass, setValueClass] = useState<ValueClass | null>(null)
  const list = useInfiniteQuery({ queryKey: ['standings', stage, valueClass], queryFn: ({ pageParam }) => standings.list({ stage, valueClass }, pageParam), initialPageParam: null as string | null, getNextPageParam: (page) => page.nextCursor, staleTime: 0 })
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <div className={style['bar']}><Select size="xs" label={t('reports.classColumn')} clearable placeholder={t('reports.rows.anyClass')} value={valueClass} onChange={(chosen) => setValueClass(valueClasses.find((one) => one === chosen) ?? null)} data={valueClasses.map((name) => ({ value: name, label: t('reports.valueClass', { name }) }))} /></div>
      {list.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {list.isError && <p role="alert">{problemText(t, list.error)}</p>}
      {list.isSuccess && rows.length === 0 && (stage === 'at-risk' && valueClass === null ? <Empty icon={IconMoodHeart} title={t('reports.nobodyAtRisk')}>{t('reports.nobodyAtRiskText')}</Empty> : <p className={style['grey']}>{t('reports.rows.none')}</p>)}
      {rows.length > 0 && (
        <Rows minWidth={640} fz="sm" verticalSpacing="sm" aria-label={t(`reports.stage.${stage}`)}>
          <Table.Thead><Table.Tr><Table.Th>{t('reports.customer')}</Table.Th><Table.Th>{t('reports.why')}</Table.Th><Table.Th>{t('reports.classColumn')}</Table.Th><Table.Th ta="right">{t('reports.brings')}</Table.Th><Table.Th>{t('reports.lastSeen')}</Table.Th><Table.Th aria-hidden /></Table.Tr></Table.Thead>
          <Table.Tbody>{rows.map((row) => <CustomerLine key={row.customerId} row={row} />)}</Table.Tbody>
        </Rows>
      )}
      {list.hasNextPage && <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('followUps.more')}</Button>}
    </>
  )
}

function CustomerLine({ row }: { row: Standing }) {
  const t = useT()
  const formats = useFormats()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const labelOf = useCustomerLabel()
  const reasonOf = useStageReason()
  const open = (): void => void act(async () => {
    await loop.open({ customerId: row.customerId, kind: 'at-risk', title: t('reports.callTitle'), dueAt: new Date(Date.now() + callWithinMs).toISOString(), ownerId: null })
    await queries.invalidateQueries({ queryKey: ['standings'] })
  })
  return (
    <Table.Tr>
      <Table.Td><Link to="/inbox/$list/$conversationId" params={{ list: 'all', conversationId: row.conversationId }}>{labelOf(row.customerLabel)}</Link></Table.Td>
      <Table.Td data-wide data-label={t('reports.why')}>{row.reasons.map((reason, at) => <div key={at}>{reasonOf(reason)}</div>)}</Table.Td>
      <Table.Td data-label={t('reports.classColumn')}>{row.valueClass ?? '–'}</Table.Td><Table.Td data-label={t('reports.brings')} className={style['number']}>{row.value === null ? '–' : formats.number(row.value)}</Table.Td><Table.Td data-label={t('reports.lastSeen')}>{row.lastActiveAt ? formats.date(row.lastActiveAt) : '–'}</Table.Td>
      <Table.Td data-wide ta="right">{row.followUpId ? <Mark tone="good">{t('reports.workedOn')}</Mark> : <Button size="xs" variant="light" loading={isBusy} aria-label={`${t('reports.openFollowUp')}: ${labelOf(row.customerLabel)}`} onClick={open}>{t('reports.openFollowUp')}</Button>}</Table.Td>
    </Table.Tr>
  )
}
