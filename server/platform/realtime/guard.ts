/**
 * The one wrapper around every socket handler. A plain Socket.IO server dies from a missing ack, a null payload or a throw in an
 * async handler; here every payload is parsed, every ack answered once, every throw caught and counted.
 */
import type { Socket } from 'socket.io'
import type * as z from 'zod'
import { Refusal } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { count } from '../telemetry.ts'

export interface GuardOptions {
  logger: Logger
  namespace: string
  /** Called before each handler; throws when this session may no longer act. */
  recheck?(socket: Socket): Promise<void>
  /** Tokens a second, and how many may be saved up. */
  ratePerSecond?: number
  burst?: number
}

export interface Guarded {
  on<S extends z.ZodType>(name: string, schema: S, handle: (data: z.output<S>) => Promise<object | undefined>): void
}

/** Puts the wrapper around one socket's handlers. Events without a handler are ignored and counted. */
export function guardSocket(socket: Socket, options: GuardOptions): Guarded {
  const handlers = new Map<string, { schema: z.ZodType; handle: (data: unknown) => Promise<object | undefined> }>()
  const perSecond = options.ratePerSecond ?? 20
  const burst = options.burst ?? 60
  let tokens = burst
  let filledAt = performance.now()

  socket.onAny((name: unknown, ...rest: unknown[]) => {
    const last = rest.at(-1)
    const ack = typeof last === 'function' ? (last as (reply: object) => void) : () => {}
    const payload = typeof last === 'function' ? rest.slice(0, -1) : rest
    const known = typeof name === 'string' ? handlers.get(name) : undefined
    if (!known) {
      count('socketsRejected', { namespace: options.namespace, reason: 'unknown-event' })
      ack({ ok: false, code: 'unknown-event' })
      return
    }
    const now = performance.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
    if (tokens < 1) {
      count('socketsRejected', { namespace: options.namespace, reason: 'rate-limited' })
      ack({ ok: false, code: 'rate-limited' })
      return
    }
    tokens -= 1
    void run(known, payload, ack)
  })
  socket.on('error', (error) => options.logger.warn({ event: 'socket.error', namespace: options.namespace, err: error }, 'socket error'))

  async function run(known: { schema: z.ZodType; handle: (data: unknown) => Promise<object | undefined> }, payload: unknown[], ack: (reply: object) => void): Promise<void> {
    try {
      const parsed = known.schema.safeParse(payload.length === 0 ? undefined : payload[0])
      if (!parsed.success || payload.length > 1) {
        count('socketsRejected', { namespace: options.namespace, reason: 'bad-request' })
        ack({ ok: false, code: 'bad-request' })
        return
      }
      await options.recheck?.(socket)
      ack({ ok: true, ...(await known.handle(parsed.data)) })
    } catch (error) {
      if (error instanceof Refusal) {
        count('socketsRejected', { namespace: options.namespace, reason: error.code })
        ack({ ok: false, code: error.code })
        return
      }
      options.logger.error({ event: 'socket.failed', namespace: options.namespace, err: error }, 'socket handler failed')
      ack({ ok: false, code: 'failed' })
    }
  }

  return {
    on(name, schema, handle) {
      handlers.set(name, { schema, handle: (data) => handle(data as never) }) // the schema has parsed it
    },
  }
}
