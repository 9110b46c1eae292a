import type { SatisfactionReport } from '#contract/api/analysis.ts'
import { useLocale, useT } from '../i18n.tsx'
import style from './reports.module.css'

const width = 640
const height = 420
const edge = { left: 52, right: 16, top: 16, bottom: 44 }

/** Importance against satisfaction, cut at their means. The table beside it says the same in words. */
export function Matrix({ dimensions, axes }: Pick<SatisfactionReport, 'dimensions'> & { axes: NonNullable<SatisfactionReport['axes']> }) {
  const t = useT()
  const locale = useLocale()
  const shown = dimensions.flatMap((one) => (one.perceived.value === null ? [] : [{ ...one, satisfaction: one.perceived.value, weighs: one.weightFrom === 'stated' && one.importance.value !== null ? one.importance.value : one.weight }]))
  const range = (values: number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const room = Math.max((high - low) * 0.25, high * 0.02)
    return [low - room, high + room]
  }
  const [minX, maxX] = range([...shown.map((one) => one.satisfaction), axes.satisfaction])
  const [minY, maxY] = range([...shown.map((one) => one.weighs), axes.importance])
  const x = (value: number): number => edge.left + ((value - minX) / (maxX - minX)) * (width - edge.left - edge.right)
  const y = (value: number): number => height - edge.bottom - ((value - minY) / (maxY - minY)) * (height - edge.top - edge.bottom)
  const [cutX, cutY] = [x(axes.satisfaction), y(axes.importance)]
  const corner = (quadrant: keyof typeof corners) => {
    const { right, low } = corners[quadrant]
    return <text key={quadrant} x={right ? width - edge.right - 10 : edge.left + 10} y={low ? height - edge.bottom - 12 : edge.top + 20} textAnchor={right ? 'end' : 'start'} fontSize="13" fontWeight="600" fill={quadrant === 'improve-now' ? 'var(--bad)' : 'var(--text-soft)'}>{t(`reports.quadrant.${quadrant}`)}</text>
  }
  return (
    <svg className={style['chart']} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t('reports.matrix')}>
      <rect x={edge.left} y={edge.top} width={cutX - edge.left} height={cutY - edge.top} fill="var(--bad)" opacity="0.07" />
      <rect x={edge.left} y={edge.top} width={width - edge.left - edge.right} height={height - edge.top - edge.bottom} fill="none" stroke="var(--line-strong)" />
      <line x1={cutX} x2={cutX} y1={edge.top} y2={height - edge.bottom} stroke="var(--line-strong)" strokeDasharray="4 4" />
      <line x1={edge.left} x2={width - edge.right} y1={cutY} y2={cutY} stroke="var(--line-strong)" strokeDasharray="4 4" />
      {corner('improve-now')}{corner('advantage')}{corner('improve-later')}{corner('overdone')}
      {shown.map((one) => {
        const color = one.quadrant === null ? 'var(--text-faint)' : one.quadrant === 'improve-now' ? 'var(--bad)' : 'var(--accent)'
        const isRight = x(one.satisfaction) > width * 0.75
        return (
          <g key={one.id}>
            {one.perceived.low !== null && one.perceived.high !== null && <line x1={x(Math.max(minX, one.perceived.low))} x2={x(Math.min(maxX, one.perceived.high))} y1={y(one.weighs)} y2={y(one.weighs)} stroke={color} opacity="0.45" strokeWidth="2" />}
            <circle cx={x(one.satisfaction)} cy={y(one.weighs)} r="6" fill={color} />
            <text x={x(one.satisfaction) + (isRight ? -10 : 10)} y={y(one.weighs) - 9} textAnchor={isRight ? 'end' : 'start'} fontSize="12.5" fill="var(--text)">{one.name[locale]}</text>
          </g>
        )
      })}
      <text x={(edge.left + width) / 2} y={height - 12} textAnchor="middle" fontSize="12" fill="var(--text-soft)">{t('reports.satisfaction')} →</text>
      <text transform={`translate(18 ${height / 2}) rotate(-90)`} textAnchor="middle" fontSize="12" fill="var(--text-soft)">{t('reports.importance')} →</text>
    </svg>
  )
}

const corners = { 'improve-now': { right: false, low: false }, advantage: { right: true, low: false }, 'improve-later': { right: false, low: true }, overdone: { right: true, low: true } } as const
