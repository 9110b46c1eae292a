import type { SlaLedgerClock } from '#contract/api/sla.ts'
import { useFormats, useT } from '../i18n.tsx'
import style from './SlaLedger.module.css'

const width = 640
const height = 58
const bar = { y: 18, height: 16 }

/** One clock as a line of time: what counted, closed hours, pauses, and where it warned, was due and broke. The table below says the same. */
export function SlaPicture({ clock, now, label }: { clock: SlaLedgerClock; now: string; label: string }) {
  const t = useT()
  const formats = useFormats()
  const time = (at: string | null): number | null => (at === null ? null : Date.parse(at))
  const start = Date.parse(clock.startedAt)
  const end = Math.max(start + 1, time(clock.endedAt) ?? Date.parse(now), time(clock.dueAt) ?? 0)
  const x = (at: number): number => 4 + ((Math.min(Math.max(at, start), end) - start) / (end - start)) * (width - 8)
  const stretch = (from: string, to: string | null) => ({ x: x(Date.parse(from)), width: Math.max(1, x(time(to) ?? Date.parse(now)) - x(Date.parse(from))), ...bar })
  const dueAt = time(clock.dueAt)
  const [warnedAt, nowAt] = [time(clock.warnedAt), clock.endedAt === null ? Date.parse(now) : null]
  // A word that would stand on another is left out: the line and the table say it.
  const isApart = warnedAt !== null && (dueAt === null || Math.abs(x(dueAt) - x(warnedAt)) > 60)
  const isBetween = nowAt !== null && x(nowAt) > 150 && x(nowAt) < width - 150
  const marks = [
    { at: warnedAt, kind: 'warned', text: isApart ? t('promises.ledger.warned') : '' }, { at: dueAt, kind: 'due', text: t('promises.ledger.due') }, { at: nowAt, kind: 'now', text: isBetween || nowAt === end ? t('promises.ledger.now') : '' },
  ]
  const lateTo = time(clock.endedAt) ?? Date.parse(now)
  return (
    <div className={style['frame']} tabIndex={0}>
      <svg className={style['picture']} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <title>{label}</title>
        <line className={style['axis']} x1={4} x2={width - 4} y1={bar.y + bar.height / 2} y2={bar.y + bar.height / 2} />
        {clock.intervals.map((interval) => (
          <g key={`${interval.from} ${interval.does}`}>
            <rect className={style[interval.does]} rx={3} {...stretch(interval.from, interval.to)} />
            {interval.closed.map((closed) => <rect key={closed.from} className={style['closed']} {...stretch(closed.from, closed.to)}><title>{t('promises.ledger.closed')}</title></rect>)}
          </g>
        ))}
        {clock.breachedAt !== null && dueAt !== null && <rect className={style['late']} x={x(dueAt)} width={Math.max(2, x(lateTo) - x(dueAt))} y={bar.y + bar.height + 3} height={4} rx={2} />}
        {marks.map(({ at, kind, text }) => at !== null && (
          <g key={kind} className={style[`mark-${kind}`]}>
            <line x1={x(at)} x2={x(at)} y1={bar.y - 5} y2={bar.y + bar.height + 5} />
            <text x={x(at)} y={kind === 'now' ? height - 2 : 9} textAnchor={x(at) > width - 60 ? 'end' : x(at) < 60 ? 'start' : 'middle'}>{text}</text>
          </g>
        ))}
        <text className={style['edge']} x={4} y={height - 2}>{formats.dateTime(clock.startedAt)}</text>
        <text className={style['edge']} x={width - 4} y={height - 2} textAnchor="end">{nowAt === end ? '' : formats.dateTime(new Date(end))}</text>
      </svg>
    </div>
  )
}
