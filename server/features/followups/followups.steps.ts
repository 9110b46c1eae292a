/** What follow-ups offer inside somebody's transaction: opened by rule, and told what came of the check with the customer. */
import type { FollowUpKind } from '#contract/api/followups.ts'
import type { FollowUpStep, NotificationKind } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import { notify, type NewNotification } from '../notifications/notifications.steps.ts'
import { followUpIncomplete, followUpClosed, notFollowUpOwner, noContactToRecheck, recheckOnItsWay } from './followups.errors.ts'
import { departmentDueMs, insertStep, lockFollowUp, releaseOpen, setRecheck, reopenFollowUp, supervisors, type FollowUpRow } from './followups.store.ts'
import { readRules } from './rules.ts'

export { readRules } from './rules.ts'

export interface NewFollowUp {
  kind: FollowUpKind
  contactId: string | null
  /** Of the contact's queue, where that is restricted: told to its team only. */
  restrictedTeamId: string | null
  title: string
  /** Null: for what a customer suffered, the agent who had the contact last; else nobody yet. */
  ownerId: string | null
  /** Null: by the company's rules. */
  dueAt: Date | null
  /** What opened it, in ids and numbers. */
  source?: Record<string, string | number>
  actorId?: string | null
}

/** What a customer suffered is closed only with its cause, its remedy and a check with them. */
export const closesTheLoop: ReadonlySet<FollowUpKind> = new Set(['complaint', 'low-answer', 'late'])

/**
 * Opens a task that outlives its contact. The caller holds the conversation's lock. A rule that fires twice for one contact finds
 * the open one and leaves it. Returns its id.
 */
export async function openFollowUp(tx: Tx, conversation: LockedConversation, followUp: NewFollowUp, now: Date, effects: Effects): Promise<string> {
  const open = followUp.contactId
    ? await tx.maybe<{ id: string }>(`select id from follow_up where contact_id = $1 and kind = $2 and state = 'open' order by created_at limit 1`, [followUp.contactId, followUp.kind])
    : undefined
  if (open && followUp.kind !== 'other') return open.id
  const id = newId(now)
  const ownerId = followUp.ownerId ?? (followUp.contactId && closesTheLoop.has(followUp.kind) ? await lastAgentOf(tx, followUp.contactId) : null)
  await tx.execute(
    `insert into follow_up (id, customer_id, conversation_id, contact_id, kind, title, owner_id, due_at, created_at, source) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [id, conversation.customerId, conversation.id, followUp.contactId, followUp.kind, followUp.title, ownerId, followUp.dueAt ?? (await dueByRules(tx, null, now)), now, JSON.stringify(followUp.source ?? {})])
  await addStep(tx, id, 'recorded', { kind: followUp.kind, ...followUp.source, ...(ownerId ? { ownerId } : {}) }, followUp.actorId ?? null, now)
  tellFollowUp('follow-up.opened', conversation, { ...followUp, ownerId, id }, effects)
  await notifyGiven(tx, { ...followUp, ownerId, id }, followUp.actorId ?? null, now, effects)
  return id
}

type Noted = Pick<NewFollowUp, 'kind' | 'contactId' | 'ownerId'> & { id: string }

/** Whoever has it from now on and did not take it themselves. */
export async function notifyGiven(tx: Tx, followUp: Noted, actorId: string | null, now: Date, effects: Effects): Promise<void> {
  if (followUp.ownerId !== null && followUp.ownerId !== actorId) await notify(tx, [followUp.ownerId], noticeOf('follow-up-given', followUp), now, effects)
}

/** It ran over its time: its owner and all supervisors, once. */
export async function notifyOverdue(tx: Tx, followUp: Noted, now: Date, effects: Effects): Promise<void> {
  await notify(tx, [...(followUp.ownerId === null ? [] : [followUp.ownerId]), ...(await supervisors(tx))], noticeOf('follow-up-overdue', followUp), now, effects)
}

function noticeOf(kind: NotificationKind, followUp: Noted): NewNotification {
  return { kind, contactId: followUp.contactId, facts: { followUpId: followUp.id, kind: followUp.kind } }
}

/** Handed to a department it runs by that department's time. */
async function dueByRules(tx: Tx, departmentId: string | null, now: Date): Promise<Date> {
  return new Date(now.getTime() + (departmentId === null ? (await readRules(tx)).dueMs : await departmentDueMs(tx, departmentId)))
}

/** Who had the contact last knows it best. */
async function lastAgentOf(tx: Tx, contactId: string): Promise<string | null> {
  const row = await tx.maybe<{ agentId: string }>(
    'select a.agent_id as "agentId" from assignment a join agent g on g.id = a.agent_id and g.retired_at is null where a.contact_id = $1 order by a.accepted_at desc, a.id desc limit 1', [contactId])
  return row?.agentId ?? null
}

export async function addStep(tx: Tx, followUpId: string, step: FollowUpStep, facts: Record<string, string | number | null>, actorId: string | null, now: Date): Promise<void> {
  await insertStep(tx, { id: newId(now), followUpId, step, actorId, facts, at: now })
}

/** Tells lists of follow-ups that one changed: they ask for it again. */
export function tellFollowUp(type: 'follow-up.opened' | 'follow-up.changed', conversation: Pick<LockedConversation, 'id' | 'teamIds'>, followUp: Pick<NewFollowUp, 'contactId' | 'restrictedTeamId' | 'ownerId'> & { id: string }, effects: Effects): void {
  effects.tell({
    type, conversationId: conversation.id, ...(followUp.contactId ? { contactId: followUp.contactId } : {}), refs: { facts: { followUpId: followUp.id, ownerId: followUp.ownerId } },
    rooms: staffRooms(conversation, { restrictedTeamId: followUp.restrictedTeamId, agentIds: [followUp.ownerId] }),
  })
}

/** Somebody is gone for good: what they still had to follow up is nobody's, and listed as that. Returns how many. */
export async function releaseFollowUps(tx: Tx, ownerId: string, actorId: string, now: Date, effects: Effects): Promise<number> {
  const released = await releaseOpen(tx, ownerId)
  for (const { conversationId, teamIds, ...followUp } of released) {
    await addStep(tx, followUp.id, 'assigned', { ownerId: null }, actorId, now)
    tellFollowUp('follow-up.changed', { id: conversationId, teamIds }, { ...followUp, ownerId: null }, effects)
  }
  return released.length
}

/** A follow-up that may be checked now: handled, about a contact, and not asked already. */
export async function holdForRecheck(tx: Tx, actor: { staffId: string; role: string }, id: string): Promise<FollowUpRow & { contactId: string }> {
  const held = await lockFollowUp(tx, id)
  if (held.state === 'closed') throw followUpClosed()
  if (held.ownerId !== null && held.ownerId !== actor.staffId && actor.role === 'agent') throw notFollowUpOwner()
  if (held.handledAt === null) throw followUpIncomplete('remedy')
  if (held.recheck === 'sent') throw recheckOnItsWay()
  if (held.contactId === null) throw noContactToRecheck()
  return { ...held, contactId: held.contactId }
}

export async function recheckSent(tx: Tx, conversation: LockedConversation, id: string, actorId: string, now: Date, effects: Effects): Promise<void> {
  const held = await lockFollowUp(tx, id)
  await setRecheck(tx, id, { recheck: 'sent', score: null, at: null })
  await addStep(tx, id, 'recheck-sent', {}, actorId, now)
  tellFollowUp('follow-up.changed', conversation, { ...held, id }, effects)
}

/** The customer said how it is now. A low score opens it again, closed or not: it was not put right. */
export async function recheckAnswered(tx: Tx, conversation: LockedConversation, answer: { followUpId: string; score: number; comment: string | null; isLow: boolean }, now: Date, effects: Effects): Promise<void> {
  const id = answer.followUpId
  const held = await lockFollowUp(tx, id)
  await setRecheck(tx, id, { recheck: 'answered', score: answer.score, at: now })
  await addStep(tx, id, 'recheck-answered', { score: answer.score, comment: answer.comment }, null, now)
  if (answer.isLow) {
    await reopenFollowUp(tx, id, await dueByRules(tx, held.departmentId, now))
    await addStep(tx, id, 'opened-again', { remedy: held.remedy }, null, now)
    await notify(tx, held.ownerId === null ? await supervisors(tx) : [held.ownerId], noticeOf('follow-up-again', held), now, effects)
  }
  tellFollowUp('follow-up.changed', conversation, { ...held, id }, effects)
}

/** Nobody answered in time, or the question could not be sent. */
export async function recheckEnded(tx: Tx, conversation: LockedConversation, id: string, now: Date, effects: Effects): Promise<void> {
  const held = await lockFollowUp(tx, id)
  if (held.recheck !== 'sent') return
  await setRecheck(tx, id, { recheck: 'expired', score: null, at: now })
  await addStep(tx, id, 'recheck-expired', {}, null, now)
  tellFollowUp('follow-up.changed', conversation, { ...held, id }, effects)
}
