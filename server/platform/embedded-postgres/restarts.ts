/** How long a database may live and end again and still have ended "again". */
export const healthyAfterMs = 600_000
const atOnceMax = 5
const waitMaxMs = 60_000

/** How long to wait before a database is started again that ended for the n-th time in a row. Never given up: memory or disk may come back at night. */
export function restartWaitMs(n: number): number {
  return n <= atOnceMax ? 0 : Math.min(waitMaxMs, 1_000 * 2 ** (n - atOnceMax - 1))
}
