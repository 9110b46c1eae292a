import type { Db } from './db.ts'

export interface Clock {
  now(): Date
}

export interface DatabaseClock extends Clock {
  close(): void
}

const refreshMs = 60_000
/** More than two measurements differ by on a busy machine: the database's clock was put back. */
const putBackMs = 5_000

/**
 * The database's time without asking it each time: this process's monotonic clock plus the offset measured against the
 * database, again each minute. Where the offset shrinks a little it stands still until time has caught up. Where the database's
 * clock was put back it follows: standing still for the hour it was ahead, nothing would become due.
 */
export async function databaseClock(db: Pick<Db, 'one'>): Promise<DatabaseClock> {
  let offsetMs = await measureOffset(db)
  let last = 0
  const timer = setInterval(() => {
    void refresh()
  }, refreshMs).unref()
  const refresh = async () => {
    const measured = await measureOffset(db).catch(() => offsetMs) // unreachable database: the last offset is still the best one
    if (measured < offsetMs - putBackMs) last = 0
    offsetMs = measured
  }
  return {
    now() {
      last = Math.max(last, Math.round(performance.now() + offsetMs))
      return new Date(last)
    },
    close: () => clearInterval(timer),
  }
}

/** A clock for tests and the seed. */
export function fixedClock(start: Date | string): Clock & { advance(ms: number): void; set(at: Date | string): void } {
  let current = new Date(start).getTime()
  return {
    now: () => new Date(current),
    advance(ms) { current += ms },
    set(at) { current = new Date(at).getTime() },
  }
}

/** Milliseconds from `performance.now()` to the database's time: of three questions the one that was answered fastest. */
async function measureOffset(db: Pick<Db, 'one'>): Promise<number> {
  let best = { tripMs: Infinity, offsetMs: 0 }
  for (let i = 0; i < 3; i++) {
    const asked = performance.now()
    const { ms } = await db.one<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
    const answered = performance.now()
    const tripMs = answered - asked
    if (tripMs < best.tripMs) best = { tripMs, offsetMs: ms - (asked + answered) / 2 }
  }
  return best.offsetMs
}
