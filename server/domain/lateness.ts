/** A promise missed by a wide margin is a failure of its own: it opens a follow-up though nobody complained. */

/** Beyond its target by as much again, by the clock that was promised (its calendar, its pauses). */
export const wideShare = 1

/** How long a clock ran beyond its target, ms, by its own ledger; the stretch that goes on counts until `now`. */
export function lateMs(clock: { targetMs: number; intervals: readonly { does: 'run' | 'pause'; from: string; to: string | null; workedMs: number | null }[] }, now: Date): number {
  const ranMs = clock.intervals.filter(({ does }) => does === 'run').reduce((sum, interval) => sum + (interval.workedMs ?? Math.max(0, now.getTime() - Date.parse(interval.from))), 0)
  return Math.max(0, ranMs - clock.targetMs)
}

export function isWideBreach(clock: Parameters<typeof lateMs>[0], now: Date): boolean {
  return lateMs(clock, now) >= wideShare * clock.targetMs
}
