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
  /** Batches of another process never came: what this process showed may be old. */
  onLost(): void
}

export interface FanOut {
  send: Send
  close(): Promise<void>
}

/** So many stay in the stream, for who was away for a moment, and so many wait for a Redis that is away. */
const keptMax = 2_000
const readAtOnce = 100
const retryMs = 1_000

interface Passed {
  /** The process that sent it, and how many it had sent. */
  from: string
  n: number
  batch: NumberedEvent[]
}

export async function createFanOut({ redisUrl, installation, logger, tellHere, onLost }: FanOutOptions): Promise<FanOut> {
  const { Redis } = await import('ioredis')
  const connect = (): Redis => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null })
    redis.on('error', (error) => logger.warn({ err: error, event: 'redis.error' }, 'redis connection'))
    return redis
  }
  const [writer, reader] = [connect(), connect()]
  const stream = `${installation}:batches`
  const self = randomUUID()
  let sent = 0
  let waiting = 0
  const closing = new AbortController()
  const isClosed = (): boolean => closing.signal.aborted

  const pass = (batch: NumberedEvent[]): void => {
    sent += 1
    // Whoever reads on finds one missing, and has its screens ask.
    if (isClosed() || waiting >= keptMax) return count('relayBatchesDropped')
    waiting += 1
    writer.xadd(stream, 'MAXLEN', '~', keptMax, '*', 'passed', JSON.stringify({ from: self, n: sent, batch } satisfies Passed))
      .catch((error: unknown) => { if (!isClosed()) logger.warn({ err: error, event: 'relay.not-passed-on' }, 'events did not reach the other server processes') })
      .finally(() => { waiting -= 1 })
  }

  /** A batch of which nobody knows whether it was committed: to the others it is one that never came. */
  const lost = (): void => {
    sent += 1
    pass([])
  }

  const heard = new Map<string, number>()
  const hear = async ({ from, n, batch }: Passed): Promise<void> => {
    if (from === self) return
    const before = heard.get(from)
    heard.set(from, n)
    if (before !== undefined && n !== before + 1) onLost()
    await tellHere(batch.map((event) => ({ ...event, at: new Date(event.at) })), Promise.resolve())
  }

  const read = async (): Promise<void> => {
    let after = (await reader.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
    while (!isClosed()) {
      const found = await reader.xread('COUNT', readAtOnce, 'BLOCK', 0, 'STREAMS', stream, after)
      for (const [id, [, passed]] of found?.[0]?.[1] ?? []) {
        after = id
        await hear(JSON.parse(passed ?? '') as Passed)
      }
    }
  }
  const reading = (async () => {
    while (!isClosed()) {
      await read().catch(async (error: unknown) => {
        if (isClosed()) return
        logger.warn({ err: error, event: 'relay.not-heard' }, 'events of the other server processes could not be read')
        onLost()
        await sleep(retryMs)
      })
    }
  })()

  return {
    async send(batch, committed) {
      await Promise.all([tellHere(batch, committed), committed.then(() => pass(batch), lost)])
    },
    async close() {
      closing.abort()
      reader.disconnect()
      await reading
      writer.disconnect()
    },
  }
}
