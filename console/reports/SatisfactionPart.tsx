import { Table } from '@mantine/core'
import type { SatisfactionReport } from '#contract/api/analysis.ts'
import { useFormats, useLocale, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { Matrix } from './Matrix.tsx'
import { Tile, useMeasure } from './Measure.tsx'
import { NothingHere } from './ReportsScreen.tsx'
import { TrendChart } from './TrendChart.tsx'
import style from './reports.module.css'

export function SatisfactionPart({ report }: { report: SatisfactionReport }) {
  const t = useT()
  const formats = useFormats()
  const answered = report.dimensions.some(({ perceived }) => perceived.n > 0)
  if (report.index.figure.n === 0 && !answered) return <NothingHere />
  const { overall, expectation, ideal } = report.index.weights
  const weight = formats.number(overall / (overall + expectation + ideal), 2)
  return (
    <>
      <div className={style['tiles']}>
        <Tile title={t('reports.index')} text={t('reports.definition.index')} figure={report.index.figure} unit="index" />
        <Tile title={t('reports.dimensionIndex')} text={t('reports.definition.dimensionIndex')} figure={report.dimensionIndex} unit="index" />
      </div>
      {answered && <Panel title={t('reports.matrix')} text={report.axes ? t('reports.matrixText') : t('reports.noMatrix')}>{report.axes && <Matrix dimensions={report.dimensions} axes={report.axes} />}</Panel>}
      {answered && <Panel title={t('reports.dimensions')}><Dimensions dimensions={report.dimensions} /></Panel>}
      {report.index.figure.n > 0 && <Panel title={t('reports.trend')} text={t('reports.indexText', { weight })}><TrendChart title={t('reports.index')} points={report.index.trend} unit="index" min={0} max={100} /></Panel>}
    </>
  )
}

function Dimensions({ dimensions }: Pick<SatisfactionReport, 'dimensions'>) {
  const t = useT()
  const locale = useLocale()
  const formats = useFormats()
  const measure = useMeasure()
  return (
    <Rows minWidth={680} dense fz="sm" aria-label={t('reports.dimensions')}>
        <Table.Thead>
          <Table.Tr><Table.Th>{t('reports.dimension')}</Table.Th><Table.Th ta="right">{t('reports.perceived')}</Table.Th><Table.Th ta="right">{t('reports.expected')}</Table.Th><Table.Th ta="right">{t('reports.ratio')}</Table.Th><Table.Th ta="right">{t('reports.importance')}</Table.Th><Table.Th ta="right">{t('reports.weight')}</Table.Th><Table.Th ta="right">{t('reports.count')}</Table.Th><Table.Th>{t('reports.place')}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {dimensions.map((one) => (
            <Table.Tr key={one.id} className={one.perceived.isRanked ? undefined : style['grey']} title={one.perceived.isRanked ? measure.sure(one.perceived, 'mean') : t('reports.tooFew')}>
              <Table.Td>{one.name[locale]}</Table.Td><Table.Td data-label={t('reports.perceived')} className={style['number']}>{measure.text(one.perceived, 'mean')}</Table.Td><Table.Td data-label={t('reports.expected')} className={style['number']}>{measure.text(one.expected, 'mean')}</Table.Td>
              <Table.Td data-label={t('reports.ratio')} className={style['number']} title={measure.sure(one.ratio, 'ratio')}>{measure.text(one.ratio, 'ratio')}</Table.Td><Table.Td data-label={t('reports.importance')} className={style['number']}>{measure.text(one.importance, 'mean')}</Table.Td>
              <Table.Td data-label={t('reports.weight')} className={style['number']} title={one.weightFrom === 'stated' ? t('reports.weightStated') : t('reports.weightSet')}>{formats.number(one.weight, 2)}</Table.Td><Table.Td data-label={t('reports.count')} className={style['number']}>{one.perceived.n}</Table.Td>
              <Table.Td>{one.quadrant && <Mark tone={one.quadrant === 'improve-now' ? 'bad' : one.quadrant === 'advantage' ? 'good' : 'plain'}>{t(`reports.quadrant.${one.quadrant}`)}</Mark>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
    </Rows>
  )
}
