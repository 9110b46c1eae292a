import { refusal } from './errors.ts'
import { count } from './telemetry.ts'

export type RateLimit = {
  /** How many may come at once. */
  burst: number
  /** The time in which a whole burst comes back. */
  perMs: number
}

export type RateLimiter = {
  /** Takes one; 0 when allowed, else the milliseconds until the next one is. */
  take(key: string, limit: RateLimit): number
  /** Takes one or throws `rate-limited` (429). */
  require(key: string, limit: RateLimit): void
  /** Returns one, for an attempt that turned out to be right. */
  giveBack(key: string, limit: RateLimit): void
  /** Forgets a key, e.g. after a right password. */
  forget(key: string): void
}

/** Thirds of tokens do not add up in floating point. */
const rounding = 1e-6

type Bucket = { tokens: number; at: number }

/**
 * Token buckets by key, in this process's memory: with N servers a caller gets up to N times as much, which is enough
 * for what it protects (guessing, flooding); promises that must be exact over processes count rows instead.
 * At `keysMax` keys the ones used longest ago are forgotten, so a flood of keys costs bounded memory.
 */
export function createRateLimiter(nowMs: () => number, keysMax = 50_000): RateLimiter {
  const buckets = new Map<string, Bucket>()

  function take(key: string, limit: RateLimit): number {
    const now = nowMs()
    const known = buckets.get(key)
    const refilled = known === undefined ? limit.burst : Math.min(limit.burst, known.tokens + (Math.max(0, now - known.at) * limit.burst) / limit.perMs)
    // Set anew, so that a Map's insertion order is the order of last use.
    buckets.delete(key)
    const isAllowed = refilled >= 1 - rounding
    buckets.set(key, { tokens: isAllowed ? refilled - 1 : refilled, at: now })
    if (buckets.size > keysMax) {
      const oldest = buckets.keys().next()
      if (oldest.done !== true) buckets.delete(oldest.value)
    }
    return isAllowed ? 0 : Math.max(1, Math.ceil(((1 - refilled) * limit.perMs) / limit.burst - rounding))
  }

  return {
    take,
    require(key, limit) {
      const waitMs = take(key, limit)
      if (waitMs === 0) return
      // The part before the colon names the limit; what follows is whose, and no figure says it.
      count('rateLimited', { limit: /^([a-z-]+):/.exec(key)?.[1] ?? 'unnamed' })
      throw refusal('rate-limited', 429, 'Too many attempts. Wait a little.', { retryAfterMs: waitMs })
    },
    giveBack(key, limit) {
      const bucket = buckets.get(key)
      if (bucket !== undefined) bucket.tokens = Math.min(limit.burst, bucket.tokens + 1)
    },
    forget: (key) => void buckets.delete(key),
  }
}
