import express from 'express'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Problem } from '#contract/api/common.ts'
import type { Role } from '#contract/words.ts'
import { createAuth } from '#server/features/auth/auth.ts'
import { authRoutes } from '#server/features/auth/auth.routes.ts'
import { createStaff } from '#server/features/staff/staff.steps.ts'
import { staffRoutes } from '#server/features/staff/staff.routes.ts'
import { settingsRoutes } from '#server/features/settings/settings.routes.ts'
import { fixedClock } from '#server/platform/clock.ts'
import { lastHandlers, mountRoutes, type Route, securityHeaders } from '#server/platform/http.ts'
import { postgresIdempotency } from '#server/platform/http-idempotency-store.ts'
import { newId } from '#server/platform/ids.ts'
import { createJobs } from '#server/platform/jobs.ts'
import { createPrisma } from '#server/platform/prisma.ts'
import { createRateLimiter } from '#server/platform/rate-limit.ts'
import { createRelay } from '#server/platform/relay/relay.ts'
import { createSecrets, newToken } from '#server/platform/secrets.ts'
import { createTestDatabase } from '../../support/database.ts'
import { testLogger } from '../../support/logger.ts'
import { testChannels } from './channels.ts'

export const publicUrl = 'https://help.example.com'
export const sessionSecret = 'a session secret for tests 0123456789'
export const password = 'correct horse battery'

export type Sent = { as?: string | undefined; key?: string; headers?: Record<string, string>; body?: unknown }
// Each answer was parsed by its route's own schema before it left; tests read it as they need it.
// oxlint-disable-next-line typescript/no-explicit-any
export type Got = { status: number; body: any; code: string | undefined; cookies: string[]; headers: Headers }

/** The routes of sign-in, staff and settings on a database of their own, over HTTP. */
export async function startApi() {
  const { db, url, drop } = await createTestDatabase()
  const { prisma, close: closePrisma } = createPrisma(url)
  const clock = fixedClock(new Date())
  const logger = testLogger()
  const secrets = createSecrets(sessionSecret)
  const jobs = await createJobs({ databaseUrl: url, logger })
  const relay = createRelay(db, logger, null)
  const mails: { to: string; subject: string; text: string }[] = []
  const revoked: string[] = []
  const auth = createAuth({ db, prisma, publicUrl, production: false, sessionSecret, clock, logger, onSessionsRevoked: (ids) => void revoked.push(...ids) })
  const limiter = createRateLimiter(() => clock.now().getTime())
  const mailer = { send: async (mail: { to: string; subject: string; text: string }) => { mails.push(mail); return true }, close: () => {} }
  const context = { db, clock, jobs, relay, logger, secrets, auth, limiter, mailer, channels: testChannels, publicUrl, smtp: { host: 'help.example.com', port: 25 }, cursorSecret: 'cursors' }
  const routes: Route[] = [...authRoutes(context), ...staffRoutes(context), ...settingsRoutes(context)]

  const app = express()
  app.use(securityHeaders(publicUrl))
  mountRoutes(app, routes, { authenticate: auth.authenticate, clock, logger, publicOrigin: publicUrl, allowOwnHost: true, checkResponses: true, idempotency: postgresIdempotency(db) })
  app.use(...lastHandlers({ logger }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** `as`: a cookie, or an API key beginning with `trib_`. */
  async function call(method: string, path: string, { as, key, headers = {}, body }: Sent = {}): Promise<Got> {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : as.startsWith('trib_') ? { authorization: `Bearer ${as}` } : { cookie: as }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed: unknown = text === '' ? undefined : JSON.parse(text)
    const code = response.status >= 400 ? Problem.parse(parsed).code : undefined
    return { status: response.status, body: parsed, code, cookies: response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? ''), headers: response.headers }
  }

  /** Somebody of this role with a session of their own, its cookie signed as the library signs it: hashing passwords for everybody would take the time of the tests. */
  async function staff(role: Role, name: string = role): Promise<{ id: string; email: string; cookie: string }> {
    const now = clock.now()
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
    const token = newToken()
    const id = await db.tx(async (tx) => {
      const staffId = await createStaff(tx, { email, name, role, locale: 'en', passwordHash: hash, teamIds: [], queueIds: [], at: now })
      await tx.execute("insert into staff_session (id, token, agent_id, expires_at) values ($1, $2, $3, now() + interval '12 hours')", [newId(), token, staffId])
      return staffId
    })
    const signature = createHmac('sha256', sessionSecret).update(token).digest('base64')
    return { id, email, cookie: `__Secure-tributary.session_token=${encodeURIComponent(`${token}.${signature}`)}` }
  }

  const hash = await auth.hashPassword(password)
  return {
    db, clock, auth, call, staff, mails, revoked, routes, context, url,
    async stop() {
      server.closeAllConnections()
      server.close()
      await jobs.close()
      await relay.close()
      await closePrisma()
      await drop()
    },
  }
}

export type Api = Awaited<ReturnType<typeof startApi>>
export const foreignId = () => newId()
