import { Table } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import type { Measured } from '#contract/api/analysis.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useMeasure, type Unit } from './Measure.tsx'
import style from './reports.module.css'

const usualWidth = 640
const height = 180
const left = 46
const bottom = 24
const top = 10
const labelWidth = 64

/** How a figure went, with its interval as a band; the same as a table for whoever cannot see it. Points under ten are hollow. */
export function TrendChart({ title, points, unit, min, max }: { title: string; points: readonly { from: string; figure: Measured }[]; unit: Unit; min: number; max: number }) {
  const t = useT()
  const formats = useFormats()
  const measure = useMeasure()
  const { ref, width: seen } = useElementSize()
  // Drawn in its own pixels: letters stay as large on a phone as beside it.
  const width = seen || usualWidth
  const known = points.flatMap((point, at) => (point.figure.value === null ? [] : [{ ...point, at, value: point.figure.value }]))
  if (known.length === 0) return null
  const x = (at: number): number => left + (points.length === 1 ? (width - left) / 2 : (at / (points.length - 1)) * (width - left - 10))
  const y = (value: number): number => top + (1 - (Math.max(min, Math.min(max, value)) - min) / (max - min)) * (height - top - bottom)
  const sure = known.filter(({ figure }) => figure.low !== null && figure.high !== null)
  const band = [...sure.map(({ at, figure }) => `${x(at)},${y(figure.high!)}`), ...sure.toReversed().map(({ at, figure }) => `${x(at)},${y(figure.low!)}`)].join(' ')
  const ticks = [min, (min + max) / 2, max]
  const tickText = (tick: number): string => (unit === 'share' ? formats.percent(tick) : formats.number(tick, 1))
  // As many days as have room, counted from the last.
  const every = Math.max(1, Math.ceil((points.length * labelWidth) / (width - left)))
  const labels = points.map((_, at) => at).filter((at) => (points.length - 1 - at) % every === 0)
  return (
    <figure ref={ref} style={{ margin: 0 }}>
      <svg className={style['trend']} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end" fontSize="11" fill="var(--text-faint)">{tickText(tick)}</text>
          </g>
        ))}
        {labels.map((at) => <text key={at} x={x(at)} y={height - 6} textAnchor={points.length === 1 ? 'middle' : at === 0 ? 'start' : at === points.length - 1 ? 'end' : 'middle'} fontSize="11" fill="var(--text-faint)">{formats.dayMonth(points[at]!.from)}</text>)}
        {sure.length > 1 && <polygon points={band} fill="var(--accent)" opacity="0.14" />}
        <polyline points={known.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')} fill="none" stroke="var(--accent)" strokeWidth="2" strokeLinejoin="round" />
        {known.map(({ at, from, figure, value }) => (
          <circle key={at} cx={x(at)} cy={y(value)} r="3.5" fill={figure.isRanked ? 'var(--accent)' : 'var(--surface-raised)'} stroke="var(--accent)" strokeWidth="1.5"><title>{`${formats.date(from)}: ${measure.text(figure, unit)}, ${t('reports.n', { count: figure.n })}`}</title></circle>
        ))}
      </svg>
      <details>
        <summary className={style['note']}>{t('reports.table')}</summary>
        <Table fz="xs" aria-label={title}>
          <Table.Thead><Table.Tr><Table.Th>{t('reports.from')}</Table.Th><Table.Th ta="right">{t('reports.value')}</Table.Th><Table.Th ta="right">{t('reports.count')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{points.map(({ from, figure }) => <Table.Tr key={from}><Table.Td>{formats.date(from)}</Table.Td><Table.Td className={style['number']}>{measure.text(figure, unit)}</Table.Td><Table.Td className={style['number']}>{formats.number(figure.n)}</Table.Td></Table.Tr>)}</Table.Tbody>
        </Table>
      </details>
    </figure>
  )
}
