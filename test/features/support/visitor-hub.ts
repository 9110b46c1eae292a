import express from 'express'
import { SignJWT } from 'jose'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { VisitorEnvelope } from '#contract/events.ts'
import type { VisitorMessageView } from '#contract/views.ts'
import type { VisitorSnapshot } from '#contract/visitor-socket.ts'
import { createAdapters, parsers } from '#server/channels/registry.ts'
import type { Context } from '#server/context.ts'
import { acceptOffer, route, takeContact } from '#server/features/routing/routing.usecases.ts'
import { reply } from '#server/features/conversations/conversations.usecases.ts'
import { sealAccountSecrets } from '#server/features/settings/channel-accounts.steps.ts'
import { attachVisitorNamespace } from '#server/features/webchat/webchat.namespace.ts'
import { createSiteOrigins } from '#server/features/webchat/webchat.origins.ts'
import { findVisitorFile, visitorUploads } from '#server/features/webchat/webchat.uploads.ts'
import { renderForVisitor } from '#server/features/webchat/webchat.views.ts'
import { loadConfig } from '#server/platform/config.ts'
import { mountFiles } from '#server/platform/files-serve.ts'
import { createFileStore } from '#server/platform/files.ts'
import { createHttpClient } from '#server/platform/http-client.ts'
import { hardenServer, isOwnOrigin, lastHandlers, securityHeaders } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { createRealtime } from '#server/platform/realtime/realtime.ts'
import { createRelay } from '#server/platform/relay/relay.ts'
import { createSecrets } from '#server/platform/secrets.ts'
import { createTestDatabase } from '../../support/database.ts'
import { testLogger } from '../../support/logger.ts'

export const siteOrigin = 'https://shop.example'
export const siteSecret = 'the secret this shop shares with the hub'

/** What the doors answer, in the contract's shapes; each test looks at the part it asked for. */
export interface Reply {
  ok: boolean
  code?: string
  snapshot: VisitorSnapshot
  envelopes: VisitorEnvelope[]
  message: VisitorMessageView
  messages: VisitorMessageView[]
  seq: number
  ticket: string
  sizeBytesMax: number
  path: string
}

/**
 * The visitors' doors of a hub (socket, uploads, files, relay) on a database of their own, with one website, a mailbox, a number
 * and an available agent. Nothing else of the hub runs.
 */
export async function startVisitorHub(pages: (app: express.Express, hub: { url: string; accountId: string }) => void = () => {}) {
  const { db, drop } = await createTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'visitor-hub-'))
  const logger = testLogger()
  const app = express()
  const server = createServer(app)
  hardenServer(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = { ...loadConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, SESSION_SECRET: 'a session secret for tests 0123456789' }), publicUrl: url }
  // Real time, moved by the test.
  let offsetMs = 0
  const clock = { now: () => new Date(Date.now() + offsetMs), advance: (ms: number) => { offsetMs += ms } }
  const secrets = createSecrets(config.sessionSecret)
  const http = createHttpClient({ allowedOrigins: [] })
  const tools = { config, clock, http, secrets }
  const origins = createSiteOrigins({ db })
  const realtime = await createRealtime({
    logger, isAllowed: async (headers) => headers.origin === undefined || isOwnOrigin(headers, url, true) || origins.isKnown(headers.origin),
  })
  const relay = createRelay(db, logger, async (batch) => {
    for (const event of batch) {
      if (!event.room.startsWith('visitor:')) continue
      const view = await renderForVisitor(db, event.room.slice('visitor:'.length), event.refs)
      if (view) realtime.io.of('/visitor').to(event.room).emit('event', { seq: event.seq, at: event.at.toISOString(), ...view })
    }
  })
  const woken: string[] = []
  const jobs: Context['jobs'] = { wake: (name, key) => void woken.push(`${name} ${key}`), flush: async () => {}, idle: async () => {}, work: async () => {}, every: async () => {}, close: async () => {} }
  const context = {
    config, clock, db, jobs, relay, realtime, http, logger, secrets, files: createFileStore(join(dataDir, 'files')),
    channels: { adapters: createAdapters(tools), parsers, tools },
  }

  const ids = { team: newId(), queue: newId(), agent: newId(), site: newId(), otherSite: newId(), mailbox: newId(), number: newId() }
  const now = clock.now()
  await db.execute('insert into team (id, name) values ($1, $2)', [ids.team, 'Service'])
  await db.execute(`insert into sla_policy (id, name, targets) values ($1, 'usual', '[]')`, [ids.queue])
  await db.execute('insert into queue (id, name, team_id, sla_policy_id, created_at) values ($1, $2, $3, $1, $4)', [ids.queue, 'Service', ids.team, now])
  await db.execute('insert into agent (id, name, email, live_units) values ($1, $2, $3, 100000)', [ids.agent, 'Ana Agent', 'ana@help.example'])
  await db.execute(`insert into agent_state (agent_id, presence, since, load_since, idle_since) values ($1, 'available', $2, $2, $2)`, [ids.agent, now])
  await db.execute('insert into team_member (team_id, agent_id) values ($1, $2)', [ids.team, ids.agent])
  await db.execute('insert into queue_member (queue_id, agent_id) values ($1, $2)', [ids.queue, ids.agent])
  const account = (id: string, channel: string, address: string, settings: object, sealed: string | null) => db.execute(
    'insert into channel_account (id, channel, address, name, queue_id, settings, sealed_secrets, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [id, channel, address, channel === 'webchat' ? 'Hillside Lamps' : address, ids.queue, JSON.stringify(settings), sealed, now])
  const sealed = sealAccountSecrets(secrets, { siteSecret })
  await account(ids.site, 'webchat', 'shop.example', { allowedOrigins: [siteOrigin], trustedClaims: ['email', 'phone'] }, sealed)
  await account(ids.otherSite, 'webchat', 'other.example', { allowedOrigins: ['https://other.example'] }, sealed)
  await account(ids.mailbox, 'email', 'help@help.example', {}, null)
  await account(ids.number, 'sms', '+14155550199', {}, null)

  app.use(securityHeaders(url))
  pages(app, { url, accountId: ids.site })
  app.use(visitorUploads(context))
  mountFiles(app, { store: context.files, secret: config.sessionSecret, clock, find: (fileId, viewer) => findVisitorFile(context, fileId, viewer.split(':')[1] ?? '') })
  app.use(...lastHandlers({ logger }))
  realtime.attach(server)
  const visitors = attachVisitorNamespace(realtime.io, context)
  const sockets: Socket[] = []

  /** A widget's socket, from a page of the site unless told. Resolves once connected; rejects with what the server says. */
  async function connect(auth: Record<string, unknown> = {}, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const socket = io(`${url}/visitor`, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { origin: siteOrigin }, auth: { accountId: ids.site, ...auth }, ...options })
    sockets.push(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    return socket
  }

  return {
    url, db, context, clock, ids, woken, connect,
    /** Connected and in step: the first snapshot with it. */
    async visit(auth: Record<string, unknown> = {}, options: Partial<ManagerOptions & SocketOptions> = {}) {
      const socket = await connect(auth, options)
      const { snapshot } = await ask(socket, 'sync', { seq: null })
      return { socket, snapshot, token: snapshot.token, visitorId: snapshot.visitorId, envelopes: collect(socket) }
    },
    siteToken: (claims: Record<string, unknown> = {}) =>
      new SignJWT({ sub: 'mei', name: 'Mei Chen', email: 'mei@chen.example', email_verified: true, ...claims }).setProtectedHeader({ alg: 'HS256' })
        .setAudience(ids.site).setIssuedAt(clock.now()).setExpirationTime(new Date(clock.now().getTime() + 600_000)).sign(new TextEncoder().encode(siteSecret)),
    /** The agent takes the one waiting contact of the visitor's conversation. */
    async accept(visitorId: string): Promise<{ contactId: string; conversationId: string }> {
      const { contactId } = await contactOf(visitorId)
      await route(context)
      const [offer] = await db.query<{ id: string }>('select id from offer where contact_id = $1 and ended_at is null', [contactId])
      return offer ? acceptOffer(context, offer.id, ids.agent) : takeContact(context, contactId, ids.agent)
    },
    async answer(visitorId: string, text: string): Promise<string> {
      const { conversationId, identityId } = await contactOf(visitorId)
      const { id: messageId } = await reply(context, conversationId, { staffId: ids.agent, role: 'agent' }, { clientId: newId(), text, attachmentIds: [], channel: 'webchat', identityId, accountId: ids.site, subject: null })
      await relay.flush()
      return messageId
    },
    contactOf,
    /** Sockets of a visitor that the server still has. */
    holds: (visitorId: string): number => [...realtime.io.of('/visitor').sockets.values()].filter((socket) => socket.data['visitor'].id === visitorId).length,
    async stop() {
      for (const socket of sockets) socket.disconnect()
      visitors.close()
      await realtime.close()
      server.closeAllConnections()
      await relay.close()
      await drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }

  async function contactOf(visitorId: string): Promise<{ contactId: string; conversationId: string; identityId: string; state: string }> {
    return db.one(
      `select c.id as "contactId", c.conversation_id as "conversationId", c.state, m.identity_id as "identityId"
       from message m join contact c on c.id = m.contact_id where m.visitor_id = $1 and m.direction = 'inbound' order by m.at desc limit 1`, [visitorId])
  }
}

export type VisitorHub = Awaited<ReturnType<typeof startVisitorHub>>

/** Asks and waits for the acknowledgement. */
export async function ask(socket: Socket, name: string, ...data: unknown[]): Promise<Reply> {
  return socket.timeout(5_000).emitWithAck(name, ...data)
}

export const send = (socket: Socket, clientId: string, text: string, attachmentIds: string[] = []): Promise<Reply> => ask(socket, 'send', { clientId, text, attachmentIds })

/** What a socket is told, as it comes. */
export function collect(socket: Socket): VisitorEnvelope[] {
  const envelopes: VisitorEnvelope[] = []
  socket.on('event', (envelope: VisitorEnvelope) => envelopes.push(envelope))
  return envelopes
}

/** Waits for something that happens soon; five seconds at most, for a machine that is busy with other tests. */
export async function soon<T>(what: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 5_000
  for (;;) {
    const value = await what()
    if (value) return value
    if (Date.now() > end) throw new Error('did not happen within five seconds')
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
