/** The running hub: wired, listening, working; stopped in order. Knows no environment and no terminal: `main.ts` does. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Router } from 'express'
import { createApp } from './app.ts'
import { createAdapters, parsers } from './channels/registry.ts'
import type { Context } from './context.ts'
import { createAuth, type Auth } from './features/auth/auth.ts'
import { createStaffMailer } from './features/auth/staff-mail.ts'
import { createSmtpListener, type SmtpListener } from './features/inbound/doors/smtp-listener.ts'
import { attachStaffNamespace } from './features/inbox/inbox.sockets.ts'
import { createBoard } from './features/reports/board.ts'
import { attachVisitorNamespace } from './features/webchat/webchat.namespace.ts'
import { createSiteOrigins } from './features/webchat/webchat.origins.ts'
import { databaseClock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import { createDb } from './platform/db.ts'
import { createFileStore } from './platform/files.ts'
import { createHttpClient } from './platform/http-client.ts'
import { hardenServer, isOwnOrigin } from './platform/http.ts'
import { installationOf } from './platform/installation.ts'
import { createJobs } from './platform/jobs.ts'
import type { Logger } from './platform/logger.ts'
import { createRealtime } from './platform/realtime/realtime.ts'
import { createFanOut } from './platform/relay/fan-out.ts'
import { createRelay, type Relay } from './platform/relay/relay.ts'
import { createSecrets } from './platform/secrets.ts'
import { StartError } from './platform/start-error.ts'
import { createPublisher } from './publish.ts'

export interface Hub {
  context: Context
  auth: Auth
  /** Where it listens; null for a process that only works. */
  url: string | null
  smtpPort: number | null
  /** From "not ready" to closed pools, at most 30 s. */
  stop(): Promise<void>
}

export interface HubOptions {
  config: Config
  databaseUrl: string
  logger: Logger
  /** Pages of a hub that shows itself, before everything else. */
  before?: (context: () => Context) => Router
  /** How long doors wait for a connection before the database counts as unavailable; 2 s unless said. */
  acquireTimeoutMs?: number
  /** The workers' part, when this process works: it is handed in so that the server imports no worker. */
  work?: (context: Context) => Promise<void>
}

/** Each connection plans for itself and waits for locks; more than these at once only take turns. */
const connectionsMax = Math.min(20, Math.max(6, availableParallelism() * 3))

export async function startHub(options: HubOptions): Promise<Hub> {
  const { config, logger } = options
  const serves = config.role !== 'worker'
  const waits = options.acquireTimeoutMs === undefined ? {} : { acquireTimeoutMs: options.acquireTimeoutMs }
  const db = createDb(options.databaseUrl, { max: connectionsMax, applicationName: `tributary ${config.role}`, ...waits })
  const clock = await databaseClock(db)
  const secrets = createSecrets(config.sessionSecret)
  const http = createHttpClient({ allowedOrigins: [config.twilio.apiUrl, config.slack.apiUrl].filter((url) => url !== undefined) })
  const tools = { config, clock, http, secrets }
  let origins: ReturnType<typeof createSiteOrigins> | null = null
  const [jobs, realtime, prisma] = await Promise.all([
    createJobs({ databaseUrl: options.databaseUrl, redisUrl: config.redisUrl, logger, clock }),
    createRealtime({
      redisUrl: config.redisUrl, installation: installationOf(options.databaseUrl), logger,
      isAllowed: async (headers) => headers.origin === undefined || isOwnOrigin(headers, new URL(config.publicUrl).origin, !config.production) || (await origins?.isKnown(headers.origin)) === true,
    }),
    import('./platform/prisma.ts').then(({ createPrisma }) => createPrisma(options.databaseUrl)),
  ])
  const views = createDb(options.databaseUrl, { max: Math.ceil(connectionsMax / 2), applicationName: `tributary ${config.role} views`, ...waits })
  // On connections no report takes: the board goes on while reports are counted.
  const board = createBoard({ db: views.long, clock, realtime, logger })
  const publish = createPublisher({ db: views, realtime, logger, board })
  const fanOut = serves && config.redisUrl
    ? await createFanOut({
      redisUrl: config.redisUrl, installation: installationOf(options.databaseUrl), logger, tellHere: publish, onLost: () => realtime.renew(), isHolder: () => relay.isHolder,
    })
    : null
  const relay: Relay = createRelay(db, logger, serves ? (fanOut?.send ?? publish) : null)
  const context: Context = {
    config, clock, db, prisma: prisma.prisma, jobs, relay, realtime, files: createFileStore(join(config.dataDir, 'files')), http, logger, secrets,
    channels: { adapters: createAdapters(tools), parsers, tools },
  }
  const parts: Parts = { beforeJobs: [board], afterRelay: [...(fanOut ? [fanOut] : []), clock, prisma, views, db] }
  origins = createSiteOrigins(context)
  const auth = createAuth({
    db, prisma: prisma.prisma, publicUrl: config.publicUrl, production: config.production, sessionSecret: config.sessionSecret, clock, logger, onSessionsRevoked: (ids) => realtime.dropSessions(ids),
  })
  const doors = serves ? await openDoors(options, context, auth, board).catch(async (error: unknown) => {
    await stop(context, null, parts)
    throw error
  }) : null
  await options.work?.(context)
  relay.wake()
  return { context, auth, url: doors?.url ?? null, smtpPort: doors?.smtp.port ?? null, stop: once(() => stop(context, doors, parts)) }
}

/** What is closed before those who work, and after all is said. */
interface Parts {
  beforeJobs: readonly { close(): void }[]
  afterRelay: readonly { close(): void | Promise<void> }[]
}

interface Doors {
  server: Server
  smtp: SmtpListener
  url: string
  visitors: { close(): void }
  mailer: { close(): void }
  beginClosing(): void
}

async function openDoors(options: HubOptions, context: Context, auth: Auth, board: ReturnType<typeof createBoard>): Promise<Doors> {
  const { config } = options
  let isClosing = false
  const mailer = createStaffMailer({ smtpUrl: config.smtpUrl, from: `no-reply@${config.mailDomain}` })
  const app = createApp(context, { auth, mailer, board, before: options.before?.(() => context), isClosing: () => isClosing })
  const server = createServer(app)
  hardenServer(server)
  context.realtime.attach(server)
  attachStaffNamespace(context.realtime.io, context, auth, board)
  const visitors = attachVisitorNamespace(context.realtime.io, context)
  await listen(server, config.port, config.host)
  const smtp = await createSmtpListener(context).catch((error: unknown) => { throw portTaken(error, config.smtpPort, 'SMTP_PORT') })
  void auth.warm()
  const port = (server.address() as AddressInfo).port
  return { server, smtp, url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`, visitors, mailer, beginClosing: () => { isClosing = true } }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portTaken(error, port, 'PORT')))
    server.listen(port, host, () => resolve())
  })
}

function portTaken(error: unknown, port: number, variable: string): unknown {
  const isTaken = error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  return isTaken ? new StartError(`Port ${port} is taken by another program.`, `Stop it, or choose another with ${variable}.`) : error
}

/** Not ready → stop accepting → finish → tell sockets → close workers → close pools. */
async function stop(context: Context, doors: Doors | null, { beforeJobs, afterRelay }: Parts): Promise<void> {
  if (doors) {
    doors.beginClosing()
    doors.visitors.close()
    doors.mailer.close()
    await Promise.all([doors.smtp.close(), context.realtime.close(), closeServer(doors.server)])
  }
  for (const part of beforeJobs) await part.close()
  await context.jobs.close()
  await context.relay.close()
  for (const part of afterRelay) await part.close()
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => { server.close(() => resolve()) })
  server.closeIdleConnections()
  const forced = setTimeout(() => server.closeAllConnections(), 5_000)
  await closed
  clearTimeout(forced)
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  return () => (running ??= run())
}
