import type { StaffSession } from '#server/platform/http.ts'

/** Half of the second in which a session that was ended by another process must be out (R13). */
const keptMs = 500
const keptMax = 2_000
const cookieLengthMax = 2_048

export interface SessionMemory {
  /** Who a cookie was found to belong to a moment ago, or who `find` says; nobody is not remembered. */
  get(cookie: string, now: Date, find: () => Promise<StaffSession | undefined>): Promise<StaffSession | undefined>
  /** After sessions ended: also what is being looked up right now is not kept. */
  forget(): void
}

/** A console asks several things at once, and an agent at work a few each second: they need not look up each time who asks. */
export function rememberSessions(monotonicMs: () => number = () => performance.now()): SessionMemory {
  let kept = new Map<string, { staff: StaffSession; now: number; atMs: number }>()
  return {
    async get(cookie, now, find) {
      const atMs = monotonicMs()
      const known = kept.get(cookie)
      // By both: time that was set back must not keep a session, nor one that was set forward past its end.
      if (known && atMs - known.atMs < keptMs && Math.abs(now.getTime() - known.now) < keptMs) return known.staff
      const keeping = kept
      const staff = await find()
      if (staff === undefined) keeping.delete(cookie)
      else if (cookie.length <= cookieLengthMax) {
        if (keeping.size >= keptMax) keeping.clear()
        keeping.set(cookie, { staff, now: now.getTime(), atMs })
      }
      return staff
    },
    forget() {
      kept = new Map()
    },
  }
}
