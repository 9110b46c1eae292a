import type { SignInAnswer } from '#contract/api/auth.ts'
import { joinPage } from '#contract/api/auth.ts'
import type { Invitation, InviteCreate, InviteCreated, StaffChange, StaffMember } from '#contract/api/staff.ts'
import { staffMailTexts } from '#contract/i18n/staff-mail.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Locale } from '#contract/words.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Context } from '#server/context.ts'
import { commit } from '#server/platform/effects.ts'
import { notFound } from '#server/platform/errors.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import type { NewEvent } from '#server/platform/relay/append.ts'
import { hashToken, newToken } from '#server/platform/secrets.ts'
import { returnAgentWork } from '../agents/work.steps.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { factsOfChange } from '../audit/audit.facts.ts'
import { deleteApiKeysOf, deletePassword, deleteSessions, deleteTwoFactor, keyWindows, lockStaff } from '../auth/auth.steps.ts'
import { releaseFollowUps } from '../followups/followups.steps.ts'
import { badInvitation, emailTaken, lastAdmin, notYourself, unknownReference } from './staff.errors.ts'
import { createStaff, replaceQueues, replaceSkills, replaceTeams, tellTeamsChanged } from './staff.steps.ts'
import * as store from './staff.store.ts'

export type StaffContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'logger'> & {
  publicUrl: string
  /** Of signing in: what staff and their invitations need. */
  auth: {
    hashPassword(password: string): Promise<string>
    signIn(email: string, password: string, caller: { headers: IncomingHttpHeaders; address: string }): Promise<{ answer: SignInAnswer; cookies: string[] }>
    revoked(sessionIds: readonly string[]): void
  }
  /** False when there is no way to send mail. */
  mailer: { send(mail: { to: string; subject: string; text: string }): Promise<boolean> }
}

const inviteMs = 7 * 86_400_000

/** Invites somebody by a link that works once, for seven days. The link is returned to be handed over, and mailed where possible. */
export async function inviteStaff(context: StaffContext, actor: StaffSession, asked: InviteCreate): Promise<InviteCreated> {
  const { db, clock } = context
  const now = clock.now()
  const token = newToken()
  const invite = await db.tx(async (tx) => {
    if (await store.isEmailTaken(tx, asked.email)) throw emailTaken()
    await assertKnown(tx, asked)
    const made = await store.insertInvite(tx, { ...asked, id: newId(now), email: asked.email.toLowerCase(), tokenHash: hashToken(token), invitedBy: actor.staffId, at: now, expiresAt: new Date(now.getTime() + inviteMs) })
    await recordAudit(tx, { actorId: actor.staffId, action: 'staff.invited', target: { kind: 'invite', id: made.id }, facts: { role: asked.role }, at: now })
    return made
  })
  const link = `${context.publicUrl}${joinPage}#${token}`
  return { invite, link, mailed: await mailInvite(context, actor, invite, link) }
}

export async function revokeInvite({ db, clock }: StaffContext, actor: StaffSession, id: string): Promise<void> {
  await db.tx(async (tx) => {
    if (!(await store.revokeInvite(tx, id, clock.now()))) throw notFound()
    await recordAudit(tx, { actorId: actor.staffId, action: 'staff.invite-revoked', target: { kind: 'invite', id }, at: clock.now() })
  })
}

export async function readInvitation({ db, clock }: StaffContext, token: string): Promise<Invitation> {
  const invite = await store.findOpenInvite(db, hashToken(token), clock.now())
  if (invite === undefined) throw badInvitation()
  return { email: invite.email, name: invite.name, role: invite.role, expiresAt: invite.expiresAt }
}

/** Makes the invited person staff and signs them in. */
export async function acceptInvitation(context: StaffContext, accepted: { token: string; name: string; password: string; locale: Locale }, caller: { headers: IncomingHttpHeaders; address: string }): Promise<{ answer: SignInAnswer; cookies: string[] }> {
  const { db, auth, clock } = context
  const now = clock.now()
  const invite = await store.findOpenInvite(db, hashToken(accepted.token), now)
  if (invite === undefined) throw badInvitation()
  const passwordHash = await auth.hashPassword(accepted.password)
  await commit(context, now, async (tx, effects) => {
    if (!(await store.claimInvite(tx, invite.id, now))) throw badInvitation()
    if (await store.isEmailTaken(tx, invite.email)) throw emailTaken()
    const id = await createStaff(tx, { email: invite.email, name: accepted.name, role: invite.role, locale: accepted.locale, passwordHash, teamIds: invite.teamIds, queueIds: invite.queueIds, at: now })
    await recordAudit(tx, { actorId: id, action: 'staff.joined', target: { kind: 'staff', id }, facts: { role: invite.role }, at: now })
    effects.tell(staffChanged(id))
  })
  return auth.signIn(invite.email, accepted.password, caller)
}

/**
 * Changes what somebody is and may do. Another role ends all their sessions; another team changes what their screens may show;
 * more skills, queues or units may give them work, so routing looks again.
 */
export async function changeStaff(context: StaffContext, actor: StaffSession, id: string, change: StaffChange): Promise<StaffMember> {
  const now = context.clock.now()
  const ended = await commit(context, now, async (tx, effects) => {
    const before = (await lockStaff(tx, id)) ? await store.findStaffMember(tx, id) : undefined
    if (before === undefined) throw notFound()
    await assertKnown(tx, change)
    const newRole = change.role !== undefined && change.role !== before.role ? change.role : undefined
    if (newRole !== undefined && id === actor.staffId) throw notYourself()
    if (newRole !== undefined && before.role === 'admin' && !(await store.isAnotherAdmin(tx, id))) throw lastAdmin()
    await store.updateStaff(tx, id, change, now)
    if (change.teamIds !== undefined) await replaceTeams(tx, id, change.teamIds)
    if (change.queueIds !== undefined) await replaceQueues(tx, id, change.queueIds)
    if (change.skills !== undefined) await replaceSkills(tx, id, change.skills)
    if (newRole !== undefined) await recordAudit(tx, { actorId: actor.staffId, action: 'staff.role-changed', target: { kind: 'staff', id }, facts: { from: before.role, to: newRole, ...factsOfChange(before, { ...change, role: undefined }) }, at: now })
    else await recordAudit(tx, { actorId: actor.staffId, action: 'staff.changed', target: { kind: 'staff', id }, facts: factsOfChange(before, change), at: now })
    effects.tell(staffChanged(id))
    effects.wake('route', 'all')
    if (change.teamIds !== undefined && change.teamIds.toSorted().join() !== before.teamIds.toSorted().join()) await tellTeamsChanged(tx, [id], effects)
    return newRole === undefined ? [] : [...(await deleteSessions(tx, id)), keyWindows(id)]
  })
  context.auth.revoked(ended)
  return readStaff(context, id)
}

/** Retires somebody: out of all sessions, keys and passwords at once; their work goes back to its queues. */
export async function retireStaff(context: StaffContext, actor: StaffSession, id: string): Promise<StaffMember> {
  if (id === actor.staffId) throw notYourself()
  const now = context.clock.now()
  const ended = await commit(context, now, async (tx, effects) => {
    // Before anybody else's lock: contacts and their conversations come before people.
    const returned = await returnAgentWork(tx, id, now, effects)
    const known = await store.findStaffMember(tx, id)
    if (known === undefined || known.retiredAt !== null) throw notFound()
    if (known.role === 'admin' && !(await store.isAnotherAdmin(tx, id))) throw lastAdmin()
    await store.markRetired(tx, id, now)
    const followUps = await releaseFollowUps(tx, id, actor.staffId, now, effects)
    await deletePassword(tx, id)
    await deleteTwoFactor(tx, id)
    await deleteApiKeysOf(tx, id)
    await replaceQueues(tx, id, [])
    await recordAudit(tx, { actorId: actor.staffId, action: 'staff.retired', target: { kind: 'staff', id }, facts: { returnedContacts: returned, ...(followUps > 0 ? { followUps } : {}) }, at: now })
    effects.tell(staffChanged(id))
    effects.wake('route', 'all')
    return [...(await deleteSessions(tx, id)), keyWindows(id)]
  })
  context.auth.revoked(ended)
  return readStaff(context, id)
}

/** For somebody who lost their phone: they sign in by password alone and may set codes up anew. */
export async function removeTwoFactor({ db, auth, clock }: StaffContext, actor: StaffSession, id: string): Promise<void> {
  const ended = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, id))) throw notFound()
    await deleteTwoFactor(tx, id)
    await recordAudit(tx, { actorId: actor.staffId, action: 'staff.two-factor-removed', target: { kind: 'staff', id }, at: clock.now() })
    return deleteSessions(tx, id)
  })
  auth.revoked(ended)
}

/** Ends all sessions of somebody, e.g. when a laptop is lost. */
export async function signOutStaff({ db, auth, clock }: StaffContext, actor: StaffSession, id: string): Promise<void> {
  const ended = await db.tx(async (tx) => {
    if (!(await lockStaff(tx, id))) throw notFound()
    await recordAudit(tx, { actorId: actor.staffId, action: 'staff.signed-out-everywhere', target: { kind: 'staff', id }, at: clock.now() })
    return deleteSessions(tx, id)
  })
  auth.revoked(ended)
}

export async function readStaff({ db }: Pick<StaffContext, 'db'>, id: string): Promise<StaffMember> {
  const staff = await store.findStaffMember(db, id)
  if (staff === undefined) throw notFound()
  return staff
}

/** The first administrator of an empty deployment; does nothing once there is one. */
export async function ensureFirstAdmin({ db, auth, clock }: Pick<StaffContext, 'db' | 'auth' | 'clock'>, { email, password, name = 'Administrator', locale = 'en' }: { email: string; password: string; name?: string; locale?: Locale }): Promise<'made' | 'exists'> {
  const isThere = async (tx: Pick<typeof db, 'maybe'>) => (await tx.maybe("select 1 from agent where role = 'admin' and retired_at is null limit 1")) !== undefined
  if (await isThere(db)) return 'exists'
  const passwordHash = await auth.hashPassword(password)
  const now = clock.now()
  return db.tx(async (tx) => {
    if (await isThere(tx)) return 'exists'
    const id = await createStaff(tx, { email, name, role: 'admin', locale, passwordHash, teamIds: [], queueIds: [], at: now })
    await recordAudit(tx, { actorId: null, action: 'staff.first-admin', target: { kind: 'staff', id }, at: now })
    return 'made'
  })
}

async function assertKnown(tx: Parameters<typeof store.countKnown>[0], named: { teamIds?: readonly string[] | undefined; queueIds?: readonly string[] | undefined; skills?: readonly { skillId: string }[] | undefined }): Promise<void> {
  const all = [['team', named.teamIds ?? [], 'teams'], ['queue', named.queueIds ?? [], 'queues'], ['skill', (named.skills ?? []).map(({ skillId }) => skillId), 'skills']] as const
  for (const [table, ids, what] of all) {
    const distinct = [...new Set(ids)]
    if (distinct.length !== ids.length || (distinct.length > 0 && (await store.countKnown(tx, table, distinct)) !== distinct.length)) throw unknownReference(what)
  }
}

/** A mail server that is down must not keep the link from the administrator. */
async function mailInvite({ mailer, logger }: StaffContext, actor: StaffSession, invite: { email: string; name: string }, link: string): Promise<boolean> {
  const t = staffMailTexts(actor.locale)
  const company = 'Tributary'
  try {
    return await mailer.send({ to: invite.email, subject: t('invite.subject', { company }), text: t('invite.text', { name: invite.name, inviter: actor.name, company, link }) })
  } catch (error) {
    logger.warn({ err: error }, 'invitation mail failed')
    return false
  }
}

function staffChanged(id: string): NewEvent {
  return { type: 'agent.changed', agentId: id, refs: { agentIds: [id], settings: 'staff' }, rooms: [roomOf.staff] }
}
