import type { Calendar, Period } from './calendar.ts'

export type Overlap = { where: 'periods' | 'exceptions'; index: number }

/**
 * Periods that share time with an earlier one of the same week or the same exception. They would count once, but whoever
 * typed them meant something else. Assumes times that `validateCalendar` found good.
 */
export function overlapsOf(calendar: Pick<Calendar, 'periods' | 'exceptions'>): Overlap[] {
  const weekly = overlapping(calendar.periods.map((period) => spanOf(period, (period.weekday - 1) * dayMinutes)), 7 * dayMinutes)
  const exceptional = calendar.exceptions.flatMap((day, index) => (overlapping(day.periods.map((period) => spanOf(period, 0)), Infinity).length > 0 ? [index] : []))
  return [...weekly.map((index) => ({ where: 'periods' as const, index })), ...exceptional.map((index) => ({ where: 'exceptions' as const, index }))]
}

const dayMinutes = 24 * 60
type Span = { start: number; end: number }

/** An end at or before the start is on the next day. */
function spanOf({ from, to }: Period, offset: number): Span {
  const [start, end] = [minutesOf(from), minutesOf(to)]
  return { start: offset + start, end: offset + (end <= start ? end + dayMinutes : end) }
}

/** `cycle`: what runs past the end of the week meets its beginning. */
function overlapping(spans: readonly Span[], cycle: number): number[] {
  const shares = (a: Span, b: Span) => a.start < b.end && b.start < a.end
  return spans.flatMap((span, index) => (spans.slice(0, index).some((other) => [0, cycle, -cycle].some((shift) => Number.isFinite(shift) && shares(span, { start: other.start + shift, end: other.end + shift }))) ? [index] : []))
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}
