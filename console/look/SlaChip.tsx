import { IconClockExclamation, IconClockHour4 } from '@tabler/icons-react'
import type { SlaView } from '#contract/views.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useNow } from '../state/now.ts'
import { Mark, type Tone } from './Mark.tsx'

/** The clock that runs out first, with the time left or the time since it ran out. Nothing when none runs. */
export function SlaChip({ clocks, always = false }: { clocks: readonly SlaView[]; always?: boolean }) {
  const t = useT()
  const formats = useFormats()
  const now = useNow()
  const clock = nextDue(clocks)
  if (!clock?.dueAt) return null
  const leftMs = Date.parse(clock.dueAt) - now
  const isLate = leftMs <= 0 || clock.breachedAt !== null
  const tone = toneOf(clock, leftMs)
  if (!always && tone === 'plain') return null
  const time = formats.duration(Math.abs(leftMs))
  return (
    <Mark tone={tone} title={t(`sla.${clock.kind}`)}>
      {isLate ? <IconClockExclamation size={13} aria-hidden /> : <IconClockHour4 size={13} aria-hidden />}
      <span className="visually-hidden">{t(`sla.${clock.kind}`)} </span>
      <span className="tabular">{isLate ? t('slaClock.late', { time }) : t('slaClock.left', { time })}</span>
    </Mark>
  )
}

export function nextDue(clocks: readonly SlaView[]): SlaView | null {
  return clocks.filter((clock) => clock.dueAt !== null).toSorted((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? ''))[0] ?? null
}

export function toneOf(clock: SlaView, leftMs: number): Tone {
  if (leftMs <= 0 || clock.breachedAt !== null) return 'bad'
  return clock.warnedAt !== null || leftMs < 60_000 ? 'warn' : 'plain'
}
