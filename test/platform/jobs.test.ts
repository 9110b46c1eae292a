import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, afterAll, describe, expect, test, vi } from 'vitest'
import { createJobs, jobNames, type JobHandler, type JobHandlers, type Jobs } from '#server/platform/jobs.ts'
import { postgresBackend, redisBackend } from '#server/platform/jobs/backend.ts'
import { counted } from '#server/platform/telemetry.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { testLogger } from '../support/logger.ts'

const redisUrl = process.env['REDIS_URL']
const backends = [['PostgreSQL', undefined] as const, ...(redisUrl ? [['Redis', redisUrl] as const] : [])]

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.drop())

const open: Jobs[] = []
afterEach(() => Promise.all(open.splice(0).map((jobs) => jobs.close())))

function handlers(handler: JobHandler): JobHandlers {
  return Object.fromEntries(jobNames.map((name) => [name, handler])) as JobHandlers
}

/** Work that stays under way until let go. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { opened, open }
}

describe.each(backends)('wake-ups on %s', (_name, url) => {
  describe.each([['in this process', true], ['through the queue', false]] as const)('%s', (_way, inProcess) => {
    const options = () => ({ databaseUrl: database.url, redisUrl: url, logger: testLogger(), inProcess })
    const key = () => `k-${Math.random().toString(36).slice(2)}`

    async function working(handler: JobHandler): Promise<Jobs> {
      const jobs = await createJobs(options())
      open.push(jobs)
      await jobs.work(handlers(handler))
      return jobs
    }

    test('many at once are one run', async () => {
      const mine = key()
      const runs: string[] = []
      const jobs = await working(async (woken) => { runs.push(woken) })
      for (let i = 0; i < 50; i++) jobs.wake('route', mine)
      await vi.waitFor(() => expect(runs).toContain(mine), { timeout: 3000 })
      await sleep(100)
      expect(runs.filter((woken) => woken === mine)).toHaveLength(1)
    })

    test('during a run cause exactly one more, which begins after it', async () => {
      const mine = key()
      const first = gate()
      let active = 0
      const runs: number[] = []
      const jobs = await working(async (woken) => {
        if (woken !== mine) return
        runs.push(++active)
        if (runs.length === 1) await first.opened
        active--
      })
      jobs.wake('deliver', mine)
      await vi.waitFor(() => expect(runs).toHaveLength(1), { timeout: 3000 })
      for (let i = 0; i < 5; i++) {
        jobs.wake('deliver', mine)
        await jobs.flush()
      }
      expect(runs).toEqual([1])
      first.open()
      await vi.waitFor(() => expect(runs).toHaveLength(2), { timeout: 3000 })
      await sleep(100)
      expect(runs).toEqual([1, 1])
    })

    test('at a time come then, and an earlier one is not held back by a later', async () => {
      const mine = key()
      const started = Date.now()
      const times: number[] = []
      const jobs = await working(async (woken) => { if (woken === mine) times.push(Date.now() - started) })
      jobs.wake('timers', mine, { at: new Date(started + 3_600_000) })
      jobs.wake('timers', mine, { at: new Date(started + 200) })
      jobs.wake('timers', mine, { at: new Date(started + 200) })
      await vi.waitFor(() => expect(times.length).toBeGreaterThan(0), { timeout: 3000 })
      expect(times[0]).toBeGreaterThanOrEqual(200)
      expect(times[0]).toBeLessThan(600)
    })

    test('of a process that is no more come to another, soon after their time', async () => {
      const mine = key()
      const times: number[] = []
      const gone = await working(async (woken) => { if (woken === mine) times.push(-1) })
      const started = Date.now()
      for (const ms of [600, 640, 700]) gone.wake('timers', mine, { at: new Date(started + ms) })
      await gone.close()
      await working(async (woken) => { if (woken === mine) times.push(Date.now() - started) })
      await vi.waitFor(() => expect(times.some((ms) => ms >= 700)).toBe(true), { timeout: 3000 })
      expect(times[0]).toBeGreaterThanOrEqual(600)
      expect(times.find((ms) => ms >= 700)).toBeLessThan(700 + 500)
    })

    test('whose handler throws come again', async () => {
      const mine = key()
      let runs = 0
      const before = await counted('jobsRun', { job: 'surveys', outcome: 'failed' })
      const jobs = await working(async (woken) => {
        if (woken === mine && ++runs < 3) throw new Error('not yet')
      })
      jobs.wake('surveys', mine)
      await vi.waitFor(() => expect(runs).toBe(3), { timeout: 6000 })
      expect(await counted('jobsRun', { job: 'surveys', outcome: 'failed' })).toBe(before + 2)
    })
  })

  test('reach a worker in another process, also when it starts later', async () => {
    const mine = `later-${Math.random()}`
    const server = await createJobs({ databaseUrl: database.url, redisUrl: url, logger: testLogger() })
    open.push(server)
    server.wake('media', mine)
    await server.flush()
    const woken: string[] = []
    const worker = await createJobs({ databaseUrl: database.url, redisUrl: url, logger: testLogger() })
    open.push(worker)
    await worker.work(handlers(async (key) => { woken.push(key) }))
    await vi.waitFor(() => expect(woken).toContain(mine), { timeout: 3000 })
  })

  test('of a schedule come to one of all processes', async () => {
    const runs: string[] = []
    for (const process of ['a', 'b']) {
      const jobs = await createJobs({ databaseUrl: database.url, redisUrl: url, logger: testLogger() })
      open.push(jobs)
      await jobs.work(handlers(async (key) => { if (key === 'all') runs.push(process) }))
      await jobs.every('sweep', 300)
    }
    await sleep(1500)
    expect(runs.length).toBeGreaterThanOrEqual(3)
    expect(runs.length).toBeLessThanOrEqual(7)
  })

  test('of a schedule come again when their queue was emptied', async () => {
    let runs = 0
    const jobs = await createJobs({ databaseUrl: database.url, redisUrl: url, logger: testLogger() })
    open.push(jobs)
    await jobs.work(handlers(async () => { runs += 1 }))
    await jobs.every('media', 200)
    const backend = await (url ? redisBackend(url, database.url, () => {}) : postgresBackend(database.url, () => {}))
    const queue = backend.queue('media')
    await vi.waitFor(() => expect(runs).toBeGreaterThan(1), { timeout: 3000 })
    await queue.obliterate({ force: true })
    const before = runs
    await vi.waitFor(() => expect(runs).toBeGreaterThan(before + 2), { timeout: 3000 })
    await queue.close()
    await backend.close()
  })
})

test('a database that is gone costs the wake-up, counted, and nothing else', async () => {
  const gone = await createTestDatabase()
  const jobs = await createJobs({ databaseUrl: gone.url, logger: testLogger() })
  await gone.drop()
  const before = await counted('jobsWakeFailed')
  expect(() => jobs.wake('route', 'x')).not.toThrow()
  await jobs.flush()
  expect(await counted('jobsWakeFailed')).toBe(before + 1)
  await jobs.close()
})
