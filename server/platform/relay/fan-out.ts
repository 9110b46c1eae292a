/**
 * What the one sender numbered, handed to every server process through a stream of Redis: each renders it for the sockets it
 * holds. The sender's own process does not wait for Redis.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import { count } from '../telemetry.ts'
import type { NumberedEvent, Send } from './relay.ts'

export interface FanOutOptions {
  redisUrl: string
  /** Whose processes hear each other: `installationOf` the database. */
  installation: string
  logger: Logger
  /** Tells a batch to the sockets of this process. */
  tellHere: Send
  /** Batches of another process never came, or perhaps: what this process showed may be old. */
  onLost(): void
  /** Whether this process is the one that numbers. */
  isHolder(): boolean
  pace?: Partial<typeof paceMs>
}

export interface FanOut {
  /** An empty batch says who numbers from now on. */
  send: Send
  close(): Promise<void>
}

/** So many stay in the stream, for who was away for a moment, and so many wait for a Redis that is away. */
const keptMax = 2_000
const readAtOnce = 100
const retryMs = 1_000
const paceMs = {
  /** Who numbers says so often how many it has sent: what was lost with Redis is noticed though nothing follows it. */
  say: 1_000,
  /** Whoever reads has an answer so often, though there is nothing to read, */
  answer: 5_000,
  /** and a line on which none came for so long is dead, though nobody closed it: another is opened. */
  dead: 15_000,
}

interface Passed {
  /** The process that sent it, and how many it had sent, with this one. */
  from: string
  n: number
  /** Null: it only says how many. */
  batch: NumberedEvent[] | null
  /** It ends, and has lost nothing. */
  ends?: boolean
}

function passedIn([, passed]: readonly string[]): Passed {
  return JSON.parse(passed ?? '') as Passed // written by us in this shape
}

export async function createFanOut({ redisUrl, installation, logger, tellHere, onLost, isHolder, pace = {} }: FanOutOptions): Promise<FanOut> {
  const { Redis } = await import('ioredis')
  const { say, answer, dead } = { ...paceMs, ...pace }
  const connect = (): Redis => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, socketTimeout: dead })
    redis.on('error', (error) => logger.warn({ err: error, event: 'redis.error' }, 'redis connection'))
    return redis
  }
  const [writer, reader] = [connect(), connect()]
  const stream = `${installation}:batches`
  const self = randomUUID()
  let sent = 0
  let waiting = 0
  /** Whose numbers were told last, and how many of its batches; null when it ended in order. */
  let last: Pick<Passed, 'from' | 'n'> | null = null
  const closing = new AbortController()
  const isClosed = (): boolean => closing.signal.aborted

  const write = (passed: Passed): void => {
    waiting += 1
    writer.xadd(stream, 'MAXLEN', '~', keptMax, '*', 'passed', JSON.stringify(passed), 'from', self)
      .catch((error: unknown) => { if (!isClosed()) logger.warn({ err: error, event: 'relay.not-passed-on' }, 'events did not reach the other server processes') })
      .finally(() => { waiting -= 1 })
  }

  /** The next of this process, or null for how many there were. */
  const pass = (batch: NumberedEvent[] | null): void => {
    if (isClosed()) return
    // The one before may have been killed between its commit and its word to Redis.
    if (last !== null && last.from !== self) onLost()
    if (batch) sent += 1
    last = { from: self, n: sent }
    // Whoever reads on finds one missing, and has its screens ask.
    if (waiting >= keptMax) return count('relayBatchesDropped')
    write({ from: self, n: sent, batch })
  }
  // Whoever lost the lock says no more, whatever it has heard of the next; who has it goes on, though one before says something late.
  const saying = setInterval(() => { if (isHolder() && waiting === 0) pass(null) }, say).unref()

  /** A batch of which nobody knows whether it was committed: to the others it is one that never came. */
  const lost = (): void => {
    sent += 1
    pass(null)
  }

  const hear = async ({ from, n, batch, ends }: Passed): Promise<void> => {
    if (ends && last?.from !== from) return
    const before = last?.from === from ? last.n : null
    // Written again, as its line broke before Redis had answered.
    if (before !== null && batch && n <= before) return
    const misses = before === null ? last !== null : n > before + (batch ? 1 : 0)
    last = ends ? null : { from, n: Math.max(n, before ?? 0) }
    if (misses) onLost()
    if (batch) await tellHere(batch.map((event) => ({ ...event, at: new Date(event.at) })), Promise.resolve())
  }

  /** Who numbers hears nobody else do it: it looks as often as it says something. What is its own it need not read at once. */
  const restAsHolder = async (): Promise<void> => {
    for (const end = performance.now() + say; isHolder() && performance.now() < end && !isClosed();) await sleep(say / 10, null, { signal: closing.signal }).catch(() => {})
  }

  const read = async (): Promise<void> => {
    const newest = (await reader.xrevrange(stream, '+', '-', 'COUNT', 1))[0]
    let after = newest?.[0] ?? '0-0'
    const passed = newest && passedIn(newest[1])
    if (passed && !passed.ends) last ??= { from: passed.from, n: passed.n }
    // What was passed on before is heard by nobody here.
    onLost()
    let isBehind = false
    while (!isClosed()) {
      if (!isBehind) await restAsHolder()
      if (isClosed()) return
      const found = await (isHolder() ? reader.xread('COUNT', readAtOnce, 'STREAMS', stream, after) : reader.xread('COUNT', readAtOnce, 'BLOCK', answer, 'STREAMS', stream, after))
      const entries = found?.[0]?.[1] ?? []
      isBehind = entries.length === readAtOnce
      for (const [id, fields] of entries) {
        after = id
        // Its own are told already.
        if (fields[3] !== self) await hear(passedIn(fields))
      }
    }
  }
  const reading = (async () => {
    while (!isClosed()) {
      await read().catch(async (error: unknown) => {
        if (isClosed()) return
        logger.warn({ err: error, event: 'relay.not-heard' }, 'events of the other server processes could not be read')
        await sleep(retryMs)
      })
    }
  })()

  return {
    async send(batch, committed) {
      await Promise.all([tellHere(batch, committed), committed.then(() => pass(batch.length > 0 ? batch : null), lost)])
    },
    async close() {
      clearInterval(saying)
      if (last?.from === self) write({ from: self, n: sent, batch: null, ends: true })
      closing.abort()
      reader.disconnect()
      await reading
      writer.disconnect()
    },
  }
}
