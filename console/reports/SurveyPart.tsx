import { Table } from '@mantine/core'
import type { Measured, SurveyReport } from '#contract/api/analysis.ts'
import type { SurveyKind } from '#contract/words.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Panel } from '../look/Page.tsx'
import { useInbox } from '../state/inbox.ts'
import { Tile, Track, useMeasure, type Unit } from './Measure.tsx'
import { NothingHere } from './ReportsScreen.tsx'
import { TrendChart } from './TrendChart.tsx'
import style from './reports.module.css'

const shown: Record<SurveyKind, { unit: Unit; min: number; max: number }> = { csat: { unit: 'share', min: 0, max: 1 }, nps: { unit: 'points', min: -100, max: 100 }, ces: { unit: 'mean', min: 1, max: 7 }, csi: { unit: 'mean', min: 1, max: 10 } }
const became = ['sent', 'delivered', 'opened', 'answered', 'refused', 'expired', 'cancelled'] as const

export function SurveyPart({ report }: { report: SurveyReport }) {
  const t = useT()
  const formats = useFormats()
  if (report.kinds.length === 0 && report.invitations.sent === 0) return <NothingHere />
  return (
    <>
      <div className={style['tiles']}>
        {report.kinds.map(({ kind, figure }) => <Tile key={kind} title={t(`reports.surveyFigure.${kind}`)} text={t(`reports.definition.${kind}`)} figure={figure} unit={shown[kind].unit} />)}
        <Tile title={t('reports.responseRate')} text={t('reports.definition.responseRate')} figure={report.invitations.responseRate} unit="share" counts="cases" />
      </div>
      {report.kinds.map((one) => <KindPanel key={one.kind} one={one} />)}
      <Panel title={t('reports.invitations')} text={t('reports.openedHint')}>
        <Table fz="sm" maw={420} aria-label={t('reports.invitations')}>
          <Table.Tbody>{became.map((what) => <Table.Tr key={what}><Table.Td>{t(`reports.invitation.${what}`)}</Table.Td><Table.Td className={style['number']}>{formats.number(report.invitations[what])}</Table.Td></Table.Tr>)}</Table.Tbody>
        </Table>
      </Panel>
    </>
  )
}

function KindPanel({ one }: { one: SurveyReport['kinds'][number] }) {
  const t = useT()
  const formats = useFormats()
  const queues = useInbox((state) => state.queues)
  const agents = useInbox((state) => state.agents)
  const { unit, min, max } = shown[one.kind]
  const most = Math.max(...one.scores.map(({ count }) => count))
  return (
    <Panel title={t(`surveyKind.${one.kind}`)}>
      <TrendChart title={`${t('reports.trend')}: ${t(`reports.surveyFigure.${one.kind}`)}`} points={one.trend} unit={unit} min={min} max={max} />
      <div className={style['two']}>
        <Table fz="sm" mt="md" aria-label={t('reports.scores')}>
          <Table.Thead><Table.Tr><Table.Th>{t('reports.scores')}</Table.Th><Table.Th aria-hidden /><Table.Th ta="right">{t('reports.count')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {one.scores.map(({ score, count }) => (
              <Table.Tr key={score}><Table.Td>{score}</Table.Td><Table.Td w="60%"><span className={style['track']} aria-hidden><span className={style['fill']} style={{ width: `${(count / most) * 100}%` }} /></span></Table.Td><Table.Td className={style['number']}>{formats.number(count)}</Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Lines title={t('reports.byQueue')} kind={one.kind} rows={one.byQueue.map(({ queueId, figure }) => ({ id: queueId, name: queues.find(({ id }) => id === queueId)?.name ?? '–', figure }))} />
        <Lines title={t('reports.byAgent')} kind={one.kind} rows={one.byAgent.map(({ agentId, figure }) => ({ id: agentId, name: agents[agentId]?.name ?? '–', figure }))} />
        <Lines title={t('reports.byChannel')} kind={one.kind} rows={one.byChannel.map(({ channel, figure }) => ({ id: channel, name: t(`channel.${channel}`), figure }))} />
      </div>
    </Panel>
  )
}

/** Ranked by value, the best first; those under ten come after, grey. */
function Lines({ title, kind, rows }: { title: string; kind: SurveyKind; rows: { id: string; name: string; figure: Measured }[] }) {
  const t = useT()
  const measure = useMeasure()
  const { unit, min, max } = shown[kind]
  const sorted = rows.toSorted((a, b) => Number(b.figure.isRanked) - Number(a.figure.isRanked) || (a.figure.isRanked ? (b.figure.value ?? 0) - (a.figure.value ?? 0) : a.name.localeCompare(b.name)))
  return (
    <Table fz="sm" mt="md" aria-label={title}>
      <Table.Thead><Table.Tr><Table.Th>{title}</Table.Th><Table.Th aria-hidden /><Table.Th ta="right">{t('reports.value')}</Table.Th><Table.Th ta="right">{t('reports.count')}</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {sorted.map(({ id, name, figure }) => (
          <Table.Tr key={id} className={figure.isRanked ? undefined : style['grey']} title={figure.isRanked ? measure.sure(figure, unit) : t('reports.tooFew')}>
            <Table.Td><span dir="auto">{name}</span></Table.Td><Table.Td w="34%"><Track figure={figure} min={min} max={max} /></Table.Td><Table.Td className={style['number']}>{measure.text(figure, unit)}</Table.Td><Table.Td className={style['number']}>{figure.n}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
