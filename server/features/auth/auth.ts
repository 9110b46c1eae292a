import type { IncomingHttpHeaders } from 'node:http'
import type { SignInAnswer, TwoFactorSetup } from '#contract/api/auth.ts'
import type { Locale, Role } from '#contract/words.ts'
import type { PrismaClient } from '#generated/prisma/client.ts'
import type { Clock } from '#server/platform/clock.ts'
import type { Db } from '#server/platform/db.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { isOwnOrigin } from '#server/platform/http.ts'
import { hashToken } from '#server/platform/secrets.ts'
import { twoFactorIsOn, twoFactorNotBegun, wrongCode, wrongCredentials, wrongPassword } from './auth.errors.ts'
import { deleteSessions, lockStaff } from './auth.steps.ts'
import { findFreshSession, findStaff, findStaffByApiKey, insertOneTime, isOneTimeOpen } from './auth.store.ts'
import type { SignIn, SignInOptions } from './better-auth.ts'
import { tokenInCookie } from './session-cookie.ts'
import { rememberSessions } from './session-memory.ts'

export type AuthOptions = {
  db: Db
  prisma: PrismaClient
  publicUrl: string
  /** In production only pages of `publicUrl` may use sockets and cookies. */
  production: boolean
  sessionSecret: string
  clock: Clock
  logger: SignInOptions['logger']
  /** Called after commit with sessions that ended: their sockets must go within a second. */
  onSessionsRevoked(sessionIds: readonly string[]): void
}

/** What of a request the sign-in needs. */
export type Caller = { headers: IncomingHttpHeaders; address: string }
export type SignedIn = { answer: SignInAnswer; cookies: string[] }

export type Auth = {
  /** Who sent this request, by cookie or `Authorization: Bearer <api key>`; undefined for nobody. */
  authenticate(request: { headers: IncomingHttpHeaders }): Promise<StaffSession | undefined>
  /** The same for a socket's handshake, which must also come from a page of ours. */
  authenticateSocket(headers: IncomingHttpHeaders): Promise<StaffSession | undefined>
  signIn(email: string, password: string, caller: Caller): Promise<SignedIn>
  signInWithCode(code: string, caller: Caller): Promise<SignedIn>
  /** Cookies that make the browser forget the session. */
  signOut(staff: StaffSession | undefined, caller: Caller): Promise<string[]>
  beginTwoFactor(password: string, caller: Caller): Promise<TwoFactorSetup>
  /** A change of factors ends all other sessions of that person; the answer's cookies carry the new one. */
  confirmTwoFactor(code: string, staff: StaffSession, caller: Caller): Promise<string[]>
  endTwoFactor(password: string, staff: StaffSession, caller: Caller): Promise<string[]>
  hashPassword(password: string): Promise<string>
  checkPassword(hash: string, password: string): Promise<boolean>
  /** Tells the outside that these sessions are over. Call it after the commit that deleted them. */
  revoked(sessionIds: readonly string[]): void
  /** Loads the library ahead of the first sign-in. */
  warm(): Promise<void>
}

export function createAuth(options: AuthOptions): Auth {
  const { db, clock } = options
  const cookieName = `${options.publicUrl.startsWith('https:') ? '__Secure-' : ''}tributary.session_token`
  let loading: Promise<SignIn> | undefined
  const library = () => (loading ??= import('./better-auth.ts').then(({ createSignIn }) => createSignIn({ prisma: options.prisma, publicUrl: options.publicUrl, secret: options.sessionSecret, logger: options.logger })))

  const memory = rememberSessions()
  const onSessionsRevoked = (sessionIds: readonly string[]): void => {
    memory.forget()
    options.onSessionsRevoked(sessionIds)
  }

  /** What nearly every request carries: a session signed by us and young enough. One statement at most; all else is the library's. */
  async function byFreshSession(cookie: string): Promise<StaffSession | undefined> {
    const token = tokenInCookie(cookie, cookieName, options.sessionSecret)
    return token === undefined ? undefined : findFreshSession(db, token, clock.now())
  }

  /** `isRemembered`: who sent it a moment ago will do. Not where something is opened that lasts. */
  async function bySession(headers: IncomingHttpHeaders, isRemembered: boolean): Promise<StaffSession | undefined> {
    const { cookie = '' } = headers
    const fresh = await (isRemembered ? memory.get(cookie, clock.now(), () => byFreshSession(cookie)) : byFreshSession(cookie))
    if (fresh) return fresh
    const { api } = await library()
    const found = await answering(() => api.getSession({ headers: onlyCookie(headers) }))
    if (found === null || (found.user.retiredAt ?? null) !== null) return undefined
    const { id, name, email, role, locale } = found.user
    // The columns have checks in the database; the library types them as any text.
    return { staffId: id, sessionId: found.session.id, name, email, role: role as Role, locale: locale as Locale }
  }

  async function authenticate({ headers }: { headers: IncomingHttpHeaders }, isRemembered = true): Promise<StaffSession | undefined> {
    const { authorization } = headers
    if (authorization !== undefined) {
      const key = /^Bearer ([\x21-\x7e]{20,200})$/i.exec(authorization)?.[1]
      const staff = key === undefined ? undefined : await findStaffByApiKey(db, hashToken(key), clock.now())
      return staff === undefined ? undefined : sessionOf(staff)
    }
    return headers.cookie?.includes('tributary.session_token=') === true ? bySession(headers, isRemembered) : undefined
  }

  /** Runs a call of the library; what it throws when the database is away becomes the database's own error. */
  async function answering<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (isClientError(error)) throw error
      await db.one('select 1')
      throw error
    }
  }

  async function respond(call: () => Promise<Response>): Promise<Response> {
    const response = await answering(call)
    if (response.status < 500) return response
    await db.one('select 1')
    throw new Error(`sign-in answered ${response.status}`)
  }

  /** The person behind an answer of the library that signed somebody in. */
  async function signedIn(response: Response): Promise<SignedIn & { token: string | undefined }> {
    const cookies = response.headers.getSetCookie()
    // The library's answer carries `user` whenever it signed somebody in.
    const { user } = (await response.json()) as { user?: { id?: string } }
    const staff = user?.id === undefined ? undefined : await findStaff(db, user.id)
    if (staff === undefined) throw wrongCredentials()
    return { answer: { staff, needsCode: false }, cookies, token: tokenIn(cookies) }
  }

  /** A code opens one session only, also inside its thirty seconds. */
  async function claimCode(staffId: string, code: string): Promise<boolean> {
    const now = clock.now()
    const identifier = `code-used:${staffId}`
    return db.tx(async (tx) => {
      await lockStaff(tx, staffId)
      if (await isOneTimeOpen(tx, identifier, hashToken(code), now)) return false
      await insertOneTime(tx, { identifier, hash: hashToken(code), expiresAt: new Date(now.getTime() + 120_000), at: now })
      return true
    })
  }

  async function endOtherSessions(staffId: string, previousId: string | undefined, cookies: string[]): Promise<void> {
    const ended = await db.tx((tx) => deleteSessions(tx, staffId, { token: tokenIn(cookies) }))
    onSessionsRevoked([...new Set(previousId === undefined ? ended : [previousId, ...ended])])
  }

  return {
    authenticate: (request) => authenticate(request),
    authenticateSocket: async (headers) => (headers.authorization !== undefined || isOwnOrigin(headers, new URL(options.publicUrl).origin, !options.production) ? authenticate({ headers }, false) : undefined),

    async signIn(email, password, caller) {
      const { api } = await library()
      const response = await respond(() => api.signInEmail({ body: { email, password }, headers: withoutSession(caller), asResponse: true }))
      if (!response.ok) throw wrongCredentials()
      const body = (await response.clone().json()) as { twoFactorRedirect?: boolean }
      if (body.twoFactorRedirect === true) return { answer: { staff: null, needsCode: true }, cookies: response.headers.getSetCookie() }
      const { answer, cookies } = await signedIn(response)
      return { answer, cookies }
    },

    async signInWithCode(code, caller) {
      const { api } = await library()
      const headers = withoutSession(caller)
      const isFromApp = /^\d{6}$/.test(code)
      const response = await respond(() => (isFromApp ? api.verifyTOTP({ body: { code }, headers, asResponse: true }) : api.verifyBackupCode({ body: { code }, headers, asResponse: true })))
      if (!response.ok) throw wrongCode()
      const { answer, cookies, token } = await signedIn(response)
      if (answer.staff !== null && isFromApp && !(await claimCode(answer.staff.id, code))) {
        await db.execute('delete from staff_session where token = $1', [token ?? ''])
        throw wrongCode()
      }
      return { answer, cookies }
    },

    async signOut(staff, caller) {
      const { api } = await library()
      const response = await respond(() => api.signOut({ headers: onlyCookie(caller.headers), asResponse: true }))
      if (staff?.sessionId !== undefined) {
        await db.execute('delete from staff_session where id = $1', [staff.sessionId])
        onSessionsRevoked([staff.sessionId])
      }
      return response.headers.getSetCookie()
    },

    async beginTwoFactor(password, caller) {
      const { api } = await library()
      const response = await respond(() => api.enableTwoFactor({ body: { password }, headers: libraryHeaders(caller), asResponse: true }))
      const body = (await response.json()) as { totpURI?: string; backupCodes?: string[]; code?: string }
      if (body.code === 'TOTP_ALREADY_ENABLED') throw twoFactorIsOn()
      if (!response.ok || body.totpURI === undefined) throw wrongPassword()
      return { uri: body.totpURI, secret: new URL(body.totpURI).searchParams.get('secret') ?? '', backupCodes: body.backupCodes ?? [] }
    },

    async confirmTwoFactor(code, staff, caller) {
      const { api } = await library()
      const response = await respond(() => api.verifyTOTP({ body: { code }, headers: libraryHeaders(caller), asResponse: true }))
      if (response.status === 400) throw twoFactorNotBegun()
      if (!response.ok) throw wrongCode()
      const cookies = response.headers.getSetCookie()
      await claimCode(staff.staffId, code)
      await endOtherSessions(staff.staffId, staff.sessionId, cookies)
      return cookies
    },

    async endTwoFactor(password, staff, caller) {
      const { api } = await library()
      const response = await respond(() => api.disableTwoFactor({ body: { password }, headers: libraryHeaders(caller), asResponse: true }))
      if (!response.ok) throw wrongPassword()
      const cookies = response.headers.getSetCookie()
      await endOtherSessions(staff.staffId, staff.sessionId, cookies)
      return cookies
    },

    hashPassword: async (password) => (await (await library()).context).password.hash(password),
    checkPassword: async (hash, password) => (await (await library()).context).password.verify({ hash, password }),
    revoked: (sessionIds) => {
      if (sessionIds.length > 0) onSessionsRevoked(sessionIds)
    },
    warm: async () => void (await (await library()).context),
  }
}

function sessionOf(staff: { id: string; name: string; email: string; role: Role; locale: Locale }): StaffSession {
  return { staffId: staff.id, sessionId: undefined, name: staff.name, email: staff.email, role: staff.role, locale: staff.locale }
}

function onlyCookie(headers: IncomingHttpHeaders): Headers {
  return new Headers(headers.cookie === undefined ? {} : { cookie: headers.cookie })
}

/** What the library may see: the cookie, the address we saw, and a user agent without control characters. */
function libraryHeaders({ headers, address }: Caller): Headers {
  const made = onlyCookie(headers)
  made.set('user-agent', (headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 300))
  if (address !== 'unknown') made.set('x-forwarded-for', address)
  return made
}

/** Signing in looks at nobody who may be signed in already. */
function withoutSession(caller: Caller): Headers {
  const made = libraryHeaders(caller)
  const cookie = (caller.headers.cookie ?? '').split(';').filter((part) => !part.includes('session_token')).join(';')
  if (cookie.trim() === '') made.delete('cookie')
  else made.set('cookie', cookie)
  return made
}

function tokenIn(cookies: readonly string[]): string | undefined {
  const cookie = cookies.find((one) => /session_token=[^;]/.test(one))
  const value = cookie === undefined ? undefined : /session_token=([^;]+)/.exec(cookie)?.[1]
  return value === undefined ? undefined : decodeURIComponent(value).split('.')[0]
}

function isClientError(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
}
