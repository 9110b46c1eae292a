/** The Socket.IO server: one for all namespaces, on the hub's own HTTP port. Namespaces are attached by features. */
import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import type { Logger } from '../logger.ts'
import { count } from '../telemetry.ts'

export interface Realtime {
  io: Server
  /** Lets these sessions go: their sockets are closed at once, on every server process. */
  dropSessions(sessionIds: readonly string[]): void
  /** Whether somebody on this process is in the room. */
  mayHear(namespace: string, room: string): boolean
  /** Closes the connections of this process, all or those in these rooms: screens come back at once and ask for what they missed. */
  renew(rooms?: readonly string[]): void
  attach(http: HttpServer): void
  close(): Promise<void>
}

export interface RealtimeOptions {
  redisUrl?: string | undefined
  /** Whose sockets are reached through Redis: `installationOf` the database. */
  installation?: string
  logger: Logger
  /** Whether a page of this origin may open a socket at all; namespaces check more. */
  isAllowed(headers: { origin?: string | undefined; host?: string | undefined }): Promise<boolean>
}

const frameBytesMax = 64 * 1024

export async function createRealtime(options: RealtimeOptions): Promise<Realtime> {
  const io = new Server({
    // Without it a page of any origin may open a WebSocket: `cors` guards polling only.
    allowRequest: (request, decide) => {
      options.isAllowed(request.headers).then(
        (allowed) => {
          if (!allowed) count('socketsRejected', { namespace: 'any', reason: 'origin' })
          decide(null, allowed)
        },
        () => decide('unavailable', false),
      )
    },
    cors: { origin: (_origin, decide) => decide(null, true), credentials: false },
    maxHttpBufferSize: frameBytesMax,
    perMessageDeflate: false,
    serveClient: false,
    pingInterval: 10_000,
    pingTimeout: 8_000,
  })
  // Socket.IO's own first namespace would let anybody in.
  io.of('/').use((_socket, next) => {
    count('socketsRejected', { namespace: 'any', reason: 'unknown-namespace' })
    next(new Error('Invalid namespace'))
  })
  const adapter = options.redisUrl ? await redisAdapter(io, options.redisUrl, options.installation ?? 'tributary', options.logger) : null
  return {
    io,
    dropSessions(sessionIds) {
      for (const id of sessionIds) io.of('/staff').in(`session:${id}`).disconnectSockets(true)
    },
    mayHear: (namespace, room) => io.of(namespace).adapter.rooms.has(room),
    renew(rooms) {
      for (const namespace of ['/staff', '/visitor']) {
        const { sockets, adapter: { rooms: inRoom } } = io.of(namespace)
        for (const id of rooms ? new Set(rooms.flatMap((room) => [...(inRoom.get(room) ?? [])])) : sockets.keys()) sockets.get(id)?.conn.close()
      }
    },
    attach(http) {
      io.attach(http)
      // Code 4 is our own refusal, counted above.
      io.engine.on('connection_error', ({ code }: { code: number }) => { if (code !== 4) count('socketsRejected', { namespace: 'any', reason: `handshake-${code}` }) })
    },
    async close() {
      await io.close()
      await adapter?.close()
    },
  }
}

/** Many server processes: what is no event (typing, a session that ends) reaches the sockets of all, through Redis streams. */
async function redisAdapter(io: Server, url: string, installation: string, logger: Logger): Promise<{ close(): Promise<void> }> {
  const [{ createAdapter }, { Redis }] = await Promise.all([import('@socket.io/redis-streams-adapter'), import('ioredis')])
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  redis.on('error', (error) => logger.warn({ err: error, event: 'redis.error' }, 'redis connection'))
  io.adapter(createAdapter(redis, { streamName: `${installation}:sockets`, channelPrefix: `${installation}:sockets`, maxLen: 20_000 }))
  return { close: async () => redis.disconnect() }
}
