import type { Measured } from '#contract/api/analysis.ts'
import { useFormats, useT } from '../i18n.tsx'
import style from './reports.module.css'

export type Unit = 'share' | 'points' | 'mean' | 'ratio' | 'index'

/** A figure as it is read: nothing to count is a dash, never a nought. */
export function useMeasure(): { text: (figure: Measured, unit: Unit) => string; sure: (figure: Measured, unit: Unit) => string } {
  const t = useT()
  const formats = useFormats()
  const one = (value: number, unit: Unit): string => (unit === 'share' ? formats.percent(value, Math.abs(value) < 0.1 ? 1 : 0) : unit === 'points' || unit === 'index' ? formats.number(value) : formats.decimal(value, 2))
  return {
    text: (figure, unit) => (figure.value === null ? '–' : one(figure.value, unit)),
    sure: (figure, unit) => (figure.low === null || figure.high === null ? t('reports.noInterval') : t('reports.between', { low: one(figure.low, unit), high: one(figure.high, unit) })),
  }
}

/** A figure with what it rests on and how sure it is; grey under ten. */
export function Tile({ title, text, figure, unit, counts = 'n', onOpen }: { title: string; text?: string; figure: Measured; unit: Unit; counts?: 'n' | 'cases'; /** Shows what it counts. */ onOpen?: () => void }) {
  const t = useT()
  const measure = useMeasure()
  return (
    <div className={style['tile']} title={text} data-grey={figure.isRanked ? undefined : true}>
      <span className={style['title']}>{title}</span>
      <span className={style['value']}>{measure.text(figure, unit)}</span>
      <span className={style['note']}>{t(`reports.${counts}`, { count: figure.n })}</span>
      {figure.value !== null && <span className={style['note']}>{figure.isRanked ? measure.sure(figure, unit) : t('reports.tooFew')}</span>}
      {onOpen && figure.n > 0 && <button type="button" className={style['open']} aria-label={`${t('reports.rows.open')}: ${title}`} onClick={onOpen}>{t('reports.rows.open')}</button>}
    </div>
  )
}

/** A figure on its scale, with its interval. The number stands beside it. */
export function Track({ figure, min, max }: { figure: Measured; min: number; max: number }) {
  if (figure.value === null) return null
  const place = (value: number): number => Math.max(0, Math.min(100, ((value - min) / (max - min)) * 100))
  return (
    <span className={style['track']} aria-hidden>
      <span className={style['fill']} style={{ width: `${place(figure.value)}%`, opacity: figure.isRanked ? 1 : 0.35 }} />
      {figure.low !== null && figure.high !== null && <span className={style['range']} style={{ left: `${place(figure.low)}%`, width: `${Math.max(1, place(figure.high) - place(figure.low))}%` }} />}
    </span>
  )
}
