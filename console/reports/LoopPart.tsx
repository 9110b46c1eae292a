import { useState } from 'react'
import { Group, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { rateNames, type LoopReport, type RateName } from '#contract/api/analysis.ts'
import { loop, type ReportFilter } from '../api/reports.ts'
import { Sparkline } from '../board/Sparkline.tsx'
import { useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { Tile } from './Measure.tsx'
import { RateRows } from './RateRows.tsx'
import { TrendChart } from './TrendChart.tsx'
import style from './reports.module.css'

const steps = ['recorded', 'handled', 'checked', 'closed'] as const

export function LoopPart({ report, filter }: { report: LoopReport; filter: ReportFilter }) {
  const t = useT()
  const [opened, setOpened] = useState<RateName | null>(null)
  const formats = useFormats()
  const countOf = { recorded: report.opened, handled: report.handled, checked: report.checked, closed: report.closed }
  return (
    <>
      <div className={style['tiles']}>
        {rateNames.map((name) => <Tile key={name} title={t(`reports.rate.${name}`)} text={t(`reports.rateText.${name}`)} figure={report.rates[name]} unit="share" counts="cases" onOpen={() => setOpened(name)} />)}
        <Tile title={t('reports.rate.inTime')} text={t('reports.rateText.inTime')} figure={report.inTime} unit="share" counts="cases" />
        <Tile title={t('reports.rate.putRight')} text={t('reports.rateText.putRight')} figure={report.putRight} unit="share" />
      </div>
      {opened !== null && <RateRows rate={opened} filter={filter} onClose={() => setOpened(null)} />}
      <Panel title={t('reports.loopSteps')}>
        <ol className={style['steps']}>{steps.map((step) => <li key={step} data-state={countOf[step] > 0 ? 'done' : 'todo'}><strong>{formats.number(countOf[step])}</strong>{t(`reports.loopStep.${step}`)}</li>)}</ol>
        <Group gap="sm" mt="sm">
          {report.overdue > 0 && <Mark tone="bad">{t('reports.overdueCount', { count: report.overdue })}</Mark>}
          {report.openedAgain > 0 && <Mark tone="warn">{t('reports.againCount', { count: report.openedAgain })}</Mark>}
          <Link to="/follow-ups">{t('reports.openFollowUps')}</Link>
        </Group>
      </Panel>
      <Panel title={t('reports.causes')} text={t('reports.causesText')}><Causes causes={report.causes} /></Panel>
      <Panel title={t('reports.trend')}>
        <div className={style['two']}>
          <div><h3 className={style['sub']}>{t('reports.rate.complaint')}</h3><TrendChart title={t('reports.rate.complaint')} points={report.rateTrend.complaint} unit="share" min={0} max={topOf(report.rateTrend.complaint)} /></div>
          <div><h3 className={style['sub']}>{t('reports.rate.dissatisfaction')}</h3><TrendChart title={t('reports.rate.dissatisfaction')} points={report.rateTrend.dissatisfaction} unit="share" min={0} max={1} /></div>
        </div>
      </Panel>
    </>
  )
}

/** A rate of few in a hundred needs a scale of its own. */
function topOf(points: LoopReport['rateTrend']['complaint']): number {
  const highest = Math.max(0.05, ...points.map(({ figure }) => figure.value ?? 0))
  return Math.min(1, Math.ceil(highest * 1.3 * 20) / 20)
}

function Causes({ causes }: { causes: LoopReport['causes'] }) {
  const t = useT()
  const formats = useFormats()
  const departments = useQuery({ queryKey: ['departments'], queryFn: loop.departments })
  const known = useQuery({ queryKey: ['causes'], queryFn: loop.causes })
  if (causes.length === 0) return <p className={style['grey']}>{t('reports.noCauses')}</p>
  const nameOf = (list: { id: string; name: string }[] | undefined, id: string | null): string | undefined => list?.find((one) => one.id === id)?.name
  return (
    <Rows minWidth={600} dense fz="sm" aria-label={t('reports.causes')}>
        <Table.Thead><Table.Tr><Table.Th>{t('reports.department')}</Table.Th><Table.Th>{t('reports.cause')}</Table.Th><Table.Th ta="right">{t('reports.before')}</Table.Th><Table.Th ta="right">{t('reports.recent')}</Table.Th><Table.Th w={140}>{t('reports.weeks')}</Table.Th><Table.Th aria-hidden /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {causes.map((one) => (
            <Table.Tr key={`${one.causeId} ${one.departmentId}`}>
              <Table.Td>{nameOf(departments.data?.items, one.departmentId) ?? t('reports.noDepartment')}</Table.Td><Table.Td data-label={t('reports.cause')}>{nameOf(known.data?.items, one.causeId) ?? t('reports.noCause')}</Table.Td>
              <Table.Td data-label={t('reports.before')} className={style['number']}>{one.before}</Table.Td><Table.Td data-label={t('reports.recent')} className={style['number']}>{one.recent}</Table.Td><Table.Td data-label={t('reports.weeks')}><Sparkline values={one.weeks} /></Table.Td>
              <Table.Td>{one.isRising && <Mark tone="bad" title={t('reports.chance', { p: formats.percent(one.p, 2) })}>{t('reports.rising')}</Mark>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
    </Rows>
  )
}
