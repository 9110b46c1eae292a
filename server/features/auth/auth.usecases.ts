import type { ApiKey, ApiKeyCreated, Me } from '#contract/api/auth.ts'
import { resetPasswordPage } from '#contract/api/auth.ts'
import { staffMailTexts } from '#contract/i18n/staff-mail.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Locale } from '#contract/words.ts'
import type { Context } from '#server/context.ts'
import type { Db } from '#server/platform/db.ts'
import { commit } from '#server/platform/effects.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import type { RateLimiter } from '#server/platform/rate-limit.ts'
import { hashToken, newToken } from '#server/platform/secrets.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import type { Auth, Caller, SignedIn } from './auth.ts'
import { badResetLink, wrongPassword } from './auth.errors.ts'
import { deleteSessions, keyWindows, lockStaff, savePasswordHash } from './auth.steps.ts'
import * as store from './auth.store.ts'
import type { StaffMailer } from './staff-mail.ts'

export type AuthContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'logger'> & { auth: Auth; limiter: RateLimiter; mailer: Pick<StaffMailer, 'send'>; publicUrl: string }

const perAddress = { burst: 60, perMs: 10 * 60_000 }
const perAccount = { burst: 10, perMs: 15 * 60_000 }
const perPassword = { burst: 10, perMs: 15 * 60_000 }
const perReset = { burst: 20, perMs: 60 * 60_000 }
const resetLinkMs = 60 * 60_000
const resetMailsPerHour = 3

/** Guessing is slowed per address and per account; who gets in gives their attempts back. */
export async function signIn({ db, auth, clock, limiter }: AuthContext, { email, password }: { email: string; password: string }, caller: Caller): Promise<SignedIn> {
  const keys = [`sign-in:${caller.address}`, `sign-in:${email.toLowerCase()}`] as const
  limiter.require(keys[0], perAddress)
  limiter.require(keys[1], perAccount)
  const signedIn = await auth.signIn(email, password, caller)
  limiter.giveBack(keys[0], perAddress)
  // Who knows the password and not the code asks for a new challenge again and again: that counts until the code is right.
  if (!signedIn.answer.needsCode) limiter.forget(keys[1])
  await recordSignIn(db, signedIn, clock.now())
  return signedIn
}

export async function signInWithCode({ db, auth, clock, limiter }: AuthContext, code: string, caller: Caller): Promise<SignedIn> {
  limiter.require(`code:${caller.address}`, perAddress)
  const signedIn = await auth.signInWithCode(code, caller)
  limiter.giveBack(`code:${caller.address}`, perAddress)
  if (signedIn.answer.staff) limiter.forget(`sign-in:${signedIn.answer.staff.email.toLowerCase()}`)
  await recordSignIn(db, signedIn, clock.now())
  return signedIn
}

/** Ends all sessions of a person, everywhere. */
export async function signOutEverywhere({ db, auth, clock }: AuthContext, staffId: string, actorId: string): Promise<void> {
  const now = clock.now()
  const ended = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, staffId))) throw notFound()
    await recordAudit(tx, { actorId, action: 'staff.signed-out-everywhere', target: { kind: 'staff', id: staffId }, at: now })
    return deleteSessions(tx, staffId)
  })
  auth.revoked(ended)
}

export async function readMe({ db }: AuthContext, staff: StaffSession): Promise<Me> {
  const me = await store.findMe(db, staff.staffId)
  if (me === undefined) throw notFound()
  return me
}

export async function changeMe(context: AuthContext, staff: StaffSession, change: { name?: string | undefined; locale?: Locale | undefined }): Promise<Me> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    await lockStaff(tx, staff.staffId)
    await store.updateMe(tx, staff.staffId, { name: change.name, locale: change.locale }, now)
    effects.tell({ type: 'agent.changed', agentId: staff.staffId, refs: { agentIds: [staff.staffId] }, rooms: [roomOf.staff] })
  })
  return readMe(context, staff)
}

/** A new password ends all other sessions. */
export async function changePassword({ db, auth, clock, limiter }: AuthContext, staff: StaffSession, { currentPassword, newPassword }: { currentPassword: string; newPassword: string }): Promise<void> {
  limiter.require(`password:${staff.staffId}`, perPassword)
  const known = await store.findPasswordHash(db, staff.staffId)
  if (known === undefined || !(await auth.checkPassword(known, currentPassword))) throw wrongPassword()
  limiter.forget(`password:${staff.staffId}`)
  await savePassword({ db, auth, clock }, staff.staffId, newPassword, staff.sessionId)
}

/**
 * Answers at once and the same for everybody; what there is to do is done afterwards, so that neither the answer nor its
 * time tells who works here. Returns the work, for tests and for a graceful stop.
 */
export function forgetPassword(context: AuthContext, email: string, caller: Caller): Promise<void> {
  context.limiter.require(`reset:${caller.address}`, perReset)
  return sendResetLink(context, email).catch((error: unknown) => context.logger.error({ err: error }, 'reset mail failed'))
}

async function sendResetLink({ db, clock, mailer, publicUrl }: AuthContext, email: string): Promise<void> {
  const now = clock.now()
  const staff = await store.findStaffByEmail(db, email)
  if (staff === undefined) return
  const token = newToken()
  const identifier = `reset:${staff.id}`
  const isDue = await db.tx(async (tx) => {
    await lockStaff(tx, staff.id)
    if ((await store.countOneTimesSince(tx, identifier, new Date(now.getTime() - 3_600_000))) >= resetMailsPerHour) return false
    await store.insertOneTime(tx, { identifier, hash: hashToken(token), expiresAt: new Date(now.getTime() + resetLinkMs), at: now })
    return true
  })
  if (!isDue) return
  const t = staffMailTexts(staff.locale)
  await mailer.send({ to: staff.email, subject: t('reset.subject'), text: t('reset.text', { name: staff.name, link: `${publicUrl}${resetPasswordPage}#${staff.id}.${token}` }) })
}

/** Sets a new password by a link from `forgetPassword`; ends all sessions and all other links. */
export async function resetPassword({ db, auth, clock, limiter }: AuthContext, { token, newPassword }: { token: string; newPassword: string }, caller: Caller): Promise<void> {
  limiter.require(`reset:${caller.address}`, perReset)
  const [staffId = '', secret = ''] = token.split('.')
  if (!/^[0-9a-f-]{36}$/.test(staffId)) throw badResetLink()
  const now = clock.now()
  const hash = await auth.hashPassword(newPassword)
  const ended = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, staffId)) || !(await store.useOneTime(tx, `reset:${staffId}`, hashToken(secret), now))) throw badResetLink()
    await savePasswordHash(tx, staffId, hash, now)
    await recordAudit(tx, { actorId: staffId, action: 'staff.password-reset', target: { kind: 'staff', id: staffId }, at: now })
    return deleteSessions(tx, staffId)
  })
  auth.revoked(ended)
}

export async function listApiKeys({ db }: AuthContext): Promise<ApiKey[]> {
  return (await store.listApiKeys(db)).map(apiKeyView)
}

/** A key for a program. Only its hash is kept; the key itself is in this answer and nowhere else. */
export async function createApiKey({ db, clock }: AuthContext, actor: StaffSession, asked: { name: string; staffId?: string | undefined; expiresInDays?: number | undefined }): Promise<ApiKeyCreated> {
  const now = clock.now()
  const key = `trib_${newToken()}`
  const staffId = asked.staffId ?? actor.staffId
  const expiresAt = asked.expiresInDays === undefined ? null : new Date(now.getTime() + asked.expiresInDays * 86_400_000)
  const row = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, staffId))) throw notFound()
    const made = await store.insertApiKey(tx, { name: asked.name, staffId, start: key.slice(0, 9), hash: hashToken(key), expiresAt, at: now })
    await recordAudit(tx, { actorId: actor.staffId, action: 'api-key.created', target: { kind: 'api-key', id: made.id }, facts: { staffId }, at: now })
    return made
  })
  return { apiKey: apiKeyView(row), key }
}

export async function revokeApiKey({ db, auth, clock }: AuthContext, actor: StaffSession, id: string): Promise<void> {
  const staffId = await db.tx(async (tx) => {
    const owner = await store.deleteApiKey(tx, id)
    if (owner === undefined) throw notFound()
    await recordAudit(tx, { actorId: actor.staffId, action: 'api-key.revoked', target: { kind: 'api-key', id }, at: clock.now() })
    return owner
  })
  auth.revoked([keyWindows(staffId)])
}

async function savePassword({ db, auth, clock }: Pick<AuthContext, 'db' | 'auth' | 'clock'>, staffId: string, password: string, keptSessionId: string | undefined): Promise<void> {
  const hash = await auth.hashPassword(password)
  const now = clock.now()
  const ended = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, staffId))) throw notFound()
    await savePasswordHash(tx, staffId, hash, now)
    await recordAudit(tx, { actorId: staffId, action: 'staff.password-changed', target: { kind: 'staff', id: staffId }, at: now })
    return deleteSessions(tx, staffId, { id: keptSessionId })
  })
  auth.revoked(ended)
}

async function recordSignIn(db: Db, { answer }: SignedIn, at: Date): Promise<void> {
  if (answer.staff !== null) await recordAudit(db, { actorId: answer.staff.id, action: 'session.signed-in', target: { kind: 'staff', id: answer.staff.id }, at })
}

function apiKeyView(row: store.ApiKeyRow): ApiKey {
  return { ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt?.toISOString() ?? null, lastUsedAt: row.lastUsedAt?.toISOString() ?? null }
}
