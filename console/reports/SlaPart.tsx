import { Table } from '@mantine/core'
import type { SlaReport } from '#contract/api/analysis.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Panel } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { useInbox } from '../state/inbox.ts'
import { Tile, Track, useMeasure } from './Measure.tsx'
import { NothingHere } from './ReportsScreen.tsx'
import { TrendChart } from './TrendChart.tsx'
import style from './reports.module.css'

export function SlaPart({ report }: { report: SlaReport }) {
  const t = useT()
  const formats = useFormats()
  const measure = useMeasure()
  const queues = useInbox((state) => state.queues)
  if (report.total.n === 0) return <NothingHere />
  return (
    <>
      <div className={style['tiles']}>
        <Tile title={t('reports.promisesKept')} text={t('reports.definition.compliance')} figure={report.total} unit="share" counts="cases" />
        {report.kinds.map(({ kind, figure }) => <Tile key={kind} title={t(`sla.${kind}`)} text={t('reports.definition.compliance')} figure={figure} unit="share" counts="cases" />)}
      </div>
      <Panel title={t('reports.trend')}><TrendChart title={t('reports.promisesKept')} points={report.trend} unit="share" min={0} max={1} /></Panel>
      <Panel title={t('reports.promise')}>
        <Rows minWidth={620} dense fz="sm" aria-label={t('reports.promise')}>
            <Table.Thead><Table.Tr><Table.Th>{t('reports.promise')}</Table.Th><Table.Th>{t('reports.queue')}</Table.Th><Table.Th>{t('reports.channel')}</Table.Th><Table.Th ta="right">{t('reports.kept')}</Table.Th><Table.Th ta="right">{t('reports.missed')}</Table.Th><Table.Th aria-hidden /><Table.Th ta="right">{t('reports.share')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {report.lines.map((line) => (
                <Table.Tr key={`${line.kind} ${line.queueId} ${line.channel}`} className={line.figure.isRanked ? undefined : style['grey']} title={line.figure.isRanked ? measure.sure(line.figure, 'share') : t('reports.tooFew')}>
                  <Table.Td>{t(`sla.${line.kind}`)}</Table.Td><Table.Td data-label={t('reports.queue')}>{queues.find(({ id }) => id === line.queueId)?.name ?? '–'}</Table.Td><Table.Td data-label={t('reports.channel')}>{line.channel ? t(`channel.${line.channel}`) : '–'}</Table.Td>
                  <Table.Td data-label={t('reports.kept')} className={style['number']}>{formats.number(line.met)}</Table.Td><Table.Td data-label={t('reports.missed')} className={style['number']}>{formats.number(line.breached)}</Table.Td><Table.Td data-decor w="20%"><Track figure={line.figure} min={0} max={1} /></Table.Td><Table.Td data-label={t('reports.share')} className={style['number']}>{measure.text(line.figure, 'share')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
        </Rows>
      </Panel>
    </>
  )
}
