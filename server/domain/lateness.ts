/** A promise missed by a wide margin is a failure of its own: it opens a follow-up though nobody complained. */
import { workingTimeBetween, type Calendar } from './calendar.ts'

/** Beyond its target by as much again, by the clock that was promised (its calendar, its pauses). */
export const wideShare = 1

export interface LateClock {
  targetMs: number
  intervals: readonly { does: 'run' | 'pause'; from: string; to: string | null; workedMs: number | null; hours?: { id: string; version: number } | null }[]
}

/** The business hours a stretch runs by; null: around the clock. */
export type HoursOf = (hours: { id: string; version: number }) => Calendar | null

/** How long a clock ran beyond its target, ms, by its own ledger; the stretch that goes on counts until `now`, by its hours. */
export function lateMs(clock: LateClock, hoursOf: HoursOf, now: Date): number {
  const ranMs = clock.intervals.filter(({ does }) => does === 'run').reduce((sum, { from, workedMs, hours }) => sum + (workedMs ?? workingTimeBetween(hours ? hoursOf(hours) : null, new Date(from), now)), 0)
  return Math.max(0, ranMs - clock.targetMs)
}

export function isWide(lateMs: number, { targetMs }: Pick<LateClock, 'targetMs'>): boolean {
  return lateMs >= wideShare * targetMs
}
