import { expect, test } from 'vitest'
import { createRateLimiter } from '#server/platform/rate-limit.ts'

test('a burst passes, then one at a time as they come back', () => {
  let nowMs = 0
  const limiter = createRateLimiter(() => nowMs)
  const limit = { burst: 3, perMs: 3000 }
  expect([1, 2, 3, 4].map(() => limiter.take('a', limit))).toEqual([0, 0, 0, 1000])
  expect(limiter.take('b', limit)).toBe(0)
  nowMs = 999
  expect(limiter.take('a', limit)).toBe(1)
  nowMs = 1000
  expect(limiter.take('a', limit)).toBe(0)
  expect(() => limiter.require('a', limit)).toThrow('Too many attempts')
  limiter.forget('a')
  expect(limiter.take('a', limit)).toBe(0)
})

test('a flood of keys forgets the oldest, not the busiest', () => {
  const limiter = createRateLimiter(() => 0, 2)
  const limit = { burst: 1, perMs: 1000 }
  limiter.take('busy', limit)
  for (const key of ['x', 'y', 'z']) {
    limiter.take(key, limit)
    expect(limiter.take('busy', limit)).toBeGreaterThan(0)
  }
  expect(limiter.take('x', limit)).toBe(0)
})
