import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { databaseClock, fixedClock } from '#server/platform/clock.ts'
import { newId } from '#server/platform/ids.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.drop())

test('the clock tells the database’s time and does not step back while it goes on', async () => {
  const ahead = { one: async () => ({ ms: Date.now() + 3_600_000 }) }
  const clock = await databaseClock(ahead as never) // a database whose clock is an hour ahead
  expect(clock.now().getTime() - Date.now()).toBeGreaterThan(3_590_000)
  clock.close()

  const real = await databaseClock(database.db)
  expect(Math.abs(real.now().getTime() - Date.now())).toBeLessThan(50)
  let last = 0
  for (let i = 0; i < 1000; i++) {
    const now = real.now().getTime()
    expect(now).toBeGreaterThanOrEqual(last)
    last = now
  }
  real.close()
})

test('a database whose clock was an hour ahead, and is put right, is followed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let aheadMs = 0
  const clock = await databaseClock({ one: async () => ({ ms: Date.now() + aheadMs }) } as never)
  const measuredAhead = async (ms: number): Promise<number> => {
    aheadMs = ms
    await vi.advanceTimersByTimeAsync(60_000)
    return Math.round((clock.now().getTime() - Date.now()) / 1000) + 0 // a millisecond behind rounds to minus zero
  }
  expect(await measuredAhead(3_600_000)).toBe(3_600)
  expect(await measuredAhead(0)).toBe(0)
  const before = clock.now().getTime()
  await measuredAhead(-1_000)
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(before)
  clock.close()
  vi.useRealTimers()
})

test('a given clock moves only when told', () => {
  const clock = fixedClock('2026-03-29T00:59:59Z')
  clock.advance(1000)
  expect(clock.now()).toEqual(new Date('2026-03-29T01:00:00Z'))
})

test('ids sort by time, also inside one millisecond', () => {
  const at = new Date('2026-01-01T00:00:00Z')
  const ids = Array.from({ length: 1000 }, () => newId(at))
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(1000)
  expect(newId(new Date('2026-01-02')) > ids.at(-1)!).toBe(true)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
