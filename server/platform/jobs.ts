/**
 * Wake-ups for workers: "look whether something is due", never the work itself. The rows in PostgreSQL are the truth, a
 * lost wake-up costs one sweep. Carried by BullMQ, on PostgreSQL or Redis alike; within a process that works itself an
 * immediate wake-up goes straight to the handler (docs/decisions/0010).
 */
import type { Job, Queue, Worker } from 'bullmq'
import type { Clock } from './clock.ts'
import { postgresBackend, redisBackend } from './jobs/backend.ts'
import { KeyedRunner } from './jobs/keyed-runner.ts'
import { LocalTimers } from './jobs/local-timers.ts'
import { jobNames, type JobHandlers, type JobName } from './jobs/names.ts'
import { WakeBuffer } from './jobs/wake-buffer.ts'
import { withLogContext, type Logger } from './logger.ts'
import { count, observe } from './telemetry.ts'

export { jobNames, type JobHandler, type JobHandlers, type JobName } from './jobs/names.ts'

export interface JobsOptions {
  databaseUrl: string
  redisUrl?: string | undefined
  logger: Logger
  /** Keys of one job worked on at once in this process. */
  concurrency?: number
  /** The clock `at` was taken from; the system's if not given. */
  clock?: Clock
  /** false: every wake-up goes through the queue, as between processes. */
  inProcess?: boolean
}

export interface Jobs {
  /**
   * Wakes a handler for a key, at once or at a time. Call it after COMMIT; it never throws, what fails is counted.
   * During a run it causes exactly one more run. A handler woken at a time claims all that is due by then.
   */
  wake(name: JobName, key: string, options?: { at?: Date }): void
  /** Resolves when all wake-ups so far are handed over. */
  flush(): Promise<void>
  /** Resolves when nothing runs or waits to run in this process; for tests. */
  idle(): Promise<void>
  /** Starts working in this process. */
  work(handlers: JobHandlers): Promise<void>
  /** Wakes a handler with the key `all` at this interval, once over all processes. */
  every(name: JobName, everyMs: number): Promise<void>
  close(): Promise<void>
}

/** After a kill, the jobs that ran are taken up again when their lock has run out. */
const lockMs = 5000
const runsEndWithinMs = 5000
/** What is asked of the queue itself while starting and closing; a Redis that is away must not hold up either. */
const queueTimeoutMs = 2000
/** Two wake-ups of one key within this are one. */
const bucketMs = 10
/** The same for the queue's wake-ups beside timers of this process. */
const netBucketMs = 250
/** The queue may be a moment early, and an early handler finds nothing due. */
const lateMs = 2
/** A clock that counts whole milliseconds may be ahead by half of one. */
const roundedMs = 0.5
const retryDelayMs = 500
const netsMax = 1000

export async function createJobs(options: JobsOptions): Promise<Jobs> {
  const { logger, concurrency = 8, inProcess = true } = options
  const now = () => (options.clock?.now() ?? new Date()).getTime()
  const onBackendError = throttledErrors(logger)
  const backend = await (options.redisUrl ? redisBackend(options.redisUrl, options.databaseUrl, onBackendError('connection')) : postgresBackend(options.databaseUrl, onBackendError('connection')))
  /** Of each key the wake-up beside its timers that the queue was given last. */
  const nets = new Map<string, string>()
  const lanes = new Map(jobNames.map((name) => {
    const queue = backend.queue(name)
    queue.on('error', onBackendError('queue'))
    const buffer = new WakeBuffer(queue, (error, wakes) => {
      count('jobsWakeFailed', { job: name }, wakes)
      nets.clear()
      onBackendError('add')(error instanceof Error ? error : new Error(String(error)))
    })
    return [name, { queue, buffer }] as const
  }))
  const timers = new LocalTimers()
  const workers: Worker[] = []
  const schedules: NodeJS.Timeout[] = []
  let runners: Map<JobName, KeyedRunner> | undefined
  let closing = false

  const runHere = (name: JobName, key: string, runner: KeyedRunner): void => {
    runner.run(key).catch(() => {
      // Logged and counted by the run itself; the queue tries again, with its backoff, in whichever process lives then.
      if (!closing) lanes.get(name)!.buffer.add({ key, delayMs: retryDelayMs, id: `retry-${queueSafe(key)}-${Math.ceil(now() / retryDelayMs)}` })
    })
  }

  const wakeAt = (name: JobName, key: string, at: Date): void => {
    const inMs = Math.max(0, at.getTime() - now())
    const idOf = (everyMs: number): string => `at-${queueSafe(key)}-${Math.ceil(at.getTime() / everyMs)}`
    const { buffer } = lanes.get(name)!
    const runner = inProcess ? runners?.get(name) : undefined
    const isHeldHere = runner !== undefined && timers.set(`${name} ${idOf(bucketMs)}`, inMs + roundedMs, () => { if (!closing) runHere(name, key, runner) })
    if (!isHeldHere) return buffer.add({ key, delayMs: inMs + lateMs, id: idOf(bucketMs) })
    // This process wakes itself. The queue wakes another if this one is no more, and then one look is enough for all that was due in a while.
    const netAt = Math.ceil(at.getTime() / netBucketMs) * netBucketMs
    const [lane, id] = [`${name} ${key}`, `net-${idOf(netBucketMs)}`]
    if (nets.get(lane) === id) return
    if (nets.size >= netsMax) nets.clear()
    nets.set(lane, id)
    buffer.add({ key, delayMs: inMs + netAt - at.getTime() + lateMs, id })
  }

  const jobs: Jobs = {
    wake(name, key, { at } = {}) {
      if (closing) return
      count('jobsWoken', { job: name })
      if (at && at.getTime() > now()) return wakeAt(name, key, at)
      const runner = runners?.get(name)
      if (inProcess && runner) runHere(name, key, runner)
      else lanes.get(name)!.buffer.add({ key, delayMs: 0 })
    },
    async flush() {
      await Promise.all([...lanes.values()].map(({ buffer }) => buffer.flush()))
    },
    async idle() {
      while ([...(runners?.values() ?? [])].some((runner) => runner.busy)) await new Promise((resolve) => { setTimeout(resolve, 5) })
    },
    async work(handlers) {
      runners = new Map(jobNames.map((name) => [name, new KeyedRunner(concurrency, (key) => runHandler(name, key, handlers, logger))]))
      for (const name of jobNames) {
        const runner = runners.get(name)!
        const worker = backend.worker(name, (job) => runner.run(keyOf(job)), {
          concurrency, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 10, runRetryDelay: 1000,
        })
        worker.on('error', onBackendError('worker'))
        worker.on('failed', (job, error) => {
          if (job && job.attemptsMade >= (job.opts.attempts ?? 1)) logger.error({ err: error, job: name, attempts: job.attemptsMade }, 'job given up, left to the sweep')
        })
        workers.push(worker)
      }
      await within(queueTimeoutMs, Promise.all(workers.map((worker) => worker.waitUntilReady())), 'start')
    },
    async every(name, everyMs) {
      const { queue } = lanes.get(name)!
      const id = `every-${name}`
      const schedule = () => queue.upsertJobScheduler(id, { every: everyMs }, { name: 'wake', data: { key: 'all' }, opts: { removeOnComplete: true, removeOnFail: true } })
      // A Redis that was emptied has forgotten it, and what else was to wake: the sweep finds that.
      let looking = false
      const look = async (): Promise<void> => {
        if (looking || closing) return
        looking = true
        try {
          if (!(await queue.getJobScheduler(id))) await schedule()
        } catch (error) {
          onBackendError('schedule')(error instanceof Error ? error : new Error(String(error)))
        } finally {
          looking = false
        }
      }
      schedules.push(setInterval(() => void look(), everyMs).unref())
      await within(queueTimeoutMs, schedule(), 'schedule')
    },
    async close() {
      if (closing) return
      closing = true
      timers.clear()
      for (const schedule of schedules) clearInterval(schedule)
      // Workers first: they wait for what they run. Then the queues, and last the connection all of them use.
      await within(runsEndWithinMs, Promise.all([...workers.map((worker) => worker.close()), jobs.idle()]), 'runs')
      await within(queueTimeoutMs, jobs.flush(), 'flush')
      await within(queueTimeoutMs, Promise.all([...lanes.values()].map(({ queue }: { queue: Queue }) => queue.close())), 'queues')
      await within(queueTimeoutMs, backend.close(), 'connection')
    },
  }
  return jobs

  async function within(timeoutMs: number, work: Promise<unknown>, step: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => resolve('late'), timeoutMs) })
    const result = await Promise.race([work, late])
    clearTimeout(timer)
    if (result !== 'late') return
    work.catch(onBackendError(step)) // it may still fail, when nobody waits for it any more
    logger.warn({ step, timeoutMs }, 'job queue does not answer, going on without it')
  }
}

async function runHandler(name: JobName, key: string, handlers: JobHandlers, logger: Logger): Promise<void> {
  const started = performance.now()
  await withLogContext({ job: name, jobId: key }, async () => {
    try {
      await handlers[name](key)
      count('jobsRun', { job: name, outcome: 'done' })
    } catch (error) {
      count('jobsRun', { job: name, outcome: 'failed' })
      logger.warn({ err: error }, 'job failed, will be tried again')
      throw error
    } finally {
      observe('job', (performance.now() - started) / 1000, { job: name })
    }
  })
}

function keyOf(job: Job): string {
  const { key } = job.data as { key?: unknown }
  return typeof key === 'string' ? key : 'all'
}

/** BullMQ takes no colon in an id. */
function queueSafe(key: string): string {
  return key.replaceAll(':', '.')
}

/** A database that closes makes thousands of errors a second: all counted, one of each part logged per ten seconds. */
function throttledErrors(logger: Logger): (part: string) => (error: Error) => void {
  const lastLogged = new Map<string, number>()
  return (part) => (error) => {
    count('jobsBackendErrors', { part })
    if (performance.now() - (lastLogged.get(part) ?? -Infinity) < 10_000) return
    lastLogged.set(part, performance.now())
    logger.warn({ err: error, part }, 'job queue error')
  }
}
