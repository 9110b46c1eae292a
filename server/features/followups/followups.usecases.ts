/** What staff do with a follow-up: open one, take it, hand it over, close it with what was done and why it happened. */
import type { FollowUp, FollowUpChange, FollowUpKind } from '#contract/api/followups.ts'
import type { FollowUpStep } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { commit } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import type { Tx } from '../../platform/db.ts'
import { maskCards } from '../../domain/text.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { isContactHidden, maySeeConversation } from '../customers/customers.visibility.ts'
import { followUpClosed, followUpIncomplete, notFollowUpOwner, unknownInFollowUp } from './followups.errors.ts'
import { addStep, closesTheLoop, notifyGiven, openFollowUp, tellFollowUp } from './followups.steps.ts'
import * as store from './followups.store.ts'

type FollowUpContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
type Actor = Pick<StaffSession, 'staffId' | 'role'>

export async function create(context: FollowUpContext, actor: Actor, input: { customerId: string; contactId: string | null; kind: FollowUpKind; title: string; ownerId: string | null; dueAt: string }): Promise<string> {
  const now = context.clock.now()
  const found = await context.db.maybe<{ id: string }>('select id from conversation where customer_id = $1 and folded_into_id is null', [input.customerId])
  if (!found || !(await maySeeConversation(context.db, actor, found.id))) throw notFound()
  return commit(context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, found.id, now)
    const contact = input.contactId
      ? await tx.maybe<{ restrictedTeamId: string | null }>('select case when q.restricted then q.team_id end as "restrictedTeamId" from contact c join queue q on q.id = c.queue_id where c.id = $1 and c.conversation_id = $2', [input.contactId, found.id])
      : { restrictedTeamId: null }
    if (!contact || (input.contactId && (await isContactHidden(tx, input.contactId, actor.staffId)))) throw unknownInFollowUp('contact')
    if (input.ownerId !== null && !(await store.isStaff(tx, input.ownerId))) throw unknownInFollowUp('owner')
    return openFollowUp(tx, conversation, { ...input, title: maskCards(input.title), restrictedTeamId: contact.restrictedTeamId, dueAt: new Date(input.dueAt), actorId: actor.staffId }, now, effects)
  })
}

/** Changes, takes or closes one. Whoever has none of it takes it by changing it; somebody else's is for supervisors, and recorded. */
export async function change(context: FollowUpContext, actor: Actor, id: string, to: FollowUpChange): Promise<FollowUp> {
  const now = context.clock.now()
  const seen = await store.findFollowUp(context.db, actor, id)
  if (!seen) throw notFound()
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, seen.conversationId, now)
    const held = await store.lockFollowUp(tx, id)
    if (held.state === 'closed') throw followUpClosed()
    const isOthers = held.ownerId !== null && held.ownerId !== actor.staffId
    const givesAway = to.ownerId !== undefined && to.ownerId !== actor.staffId && to.ownerId !== held.ownerId
    if (isOthers && actor.role === 'agent') throw notFollowUpOwner()
    if (to.ownerId && !(await store.isStaff(tx, to.ownerId))) throw unknownInFollowUp('owner')
    const next = await nextOf(tx, held, to, actor, now)
    if (next.closedAt) await assertComplete(tx, held.kind, next)
    await store.updateFollowUp(tx, id, next)
    await recordSteps(tx, id, held, next, actor, now)
    if (isOthers || givesAway || next.closedAt) {
      await recordAudit(tx, { actorId: actor.staffId, action: next.closedAt ? 'follow-up.closed' : 'follow-up.assigned', target: { kind: 'follow-up', id }, facts: { fromOwnerId: held.ownerId, toOwnerId: next.ownerId, causeId: next.causeId }, at: now })
    }
    if (next.ownerId !== held.ownerId) await notifyGiven(tx, { ...held, ownerId: next.ownerId }, actor.staffId, now, effects)
    tellFollowUp('follow-up.changed', conversation, { id, contactId: held.contactId, restrictedTeamId: held.restrictedTeamId, ownerId: next.ownerId }, effects)
  })
  // Whoever gave it away may not see it any more, but may know what they did.
  const changed = await store.findFollowUp(context.db, { staffId: actor.staffId, role: 'supervisor' }, id)
  if (!changed) throw notFound()
  return changed
}

async function nextOf(tx: Tx, held: store.FollowUpRow, to: FollowUpChange, actor: Actor, now: Date): Promise<store.FollowUpWrite> {
  const causeId = to.causeId === undefined ? held.causeId : to.causeId
  const cause = to.causeId ? await store.findCause(tx, to.causeId) : undefined
  if (to.causeId && !cause) throw unknownInFollowUp('cause')
  if (to.departmentId && !(await store.isDepartment(tx, to.departmentId))) throw unknownInFollowUp('department')
  const isClosing = to.state === 'closed'
  const departmentId = (to.departmentId === undefined ? held.departmentId : to.departmentId) ?? cause?.departmentId ?? null
  const isHandedOver = departmentId !== null && departmentId !== held.departmentId && held.handledAt === null && !isClosing
  const remedy = to.remedy === undefined ? held.remedy : maskCards(to.remedy ?? '') || null
  const isByHand = to.isRechecked === true && held.recheck !== 'answered'
  const isTakenBack = to.isRechecked === false && held.recheck === 'by-hand'
  return {
    ownerId: to.ownerId === undefined ? (held.ownerId ?? (isClosing ? actor.staffId : null)) : to.ownerId,
    departmentId,
    causeId,
    remedy,
    handledAt: remedy === null ? null : (held.handledAt ?? now),
    recheck: isByHand ? 'by-hand' : isTakenBack ? 'none' : held.recheck,
    recheckedAt: isByHand ? (held.recheckedAt ?? now) : isTakenBack ? null : held.recheckedAt,
    // Handed to a department, it runs by that department's clock.
    dueAt: to.dueAt !== undefined ? new Date(to.dueAt) : isHandedOver ? new Date(now.getTime() + (await store.departmentDueMs(tx, departmentId))) : null,
    title: to.title === undefined ? null : maskCards(to.title),
    closedAt: isClosing ? now : null,
  }
}

async function recordSteps(tx: Tx, id: string, held: store.FollowUpRow, next: store.FollowUpWrite, actor: Actor, now: Date): Promise<void> {
  const add = (step: FollowUpStep, facts: Record<string, string | number | null> = {}): Promise<void> => addStep(tx, id, step, facts, actor.staffId, now)
  if (next.ownerId !== held.ownerId) await add('assigned', { ownerId: next.ownerId })
  if (next.departmentId !== null && next.departmentId !== held.departmentId) await add('handed-over', { departmentId: next.departmentId, ...(next.dueAt ? { dueAt: next.dueAt.toISOString() } : {}) })
  if (next.handledAt !== null && held.handledAt === null) await add('handled', { remedy: next.remedy })
  if (next.recheck === 'by-hand' && held.recheck !== 'by-hand') await add('rechecked-by-hand')
  if (next.closedAt) await add('fed-back', { causeId: next.causeId, departmentId: next.departmentId })
}

/** RULES section 6: cause, department, remedy and a re-check with the customer. */
async function assertComplete(tx: Tx, kind: FollowUpKind, next: store.FollowUpWrite): Promise<void> {
  if (next.remedy === null) throw followUpIncomplete('remedy')
  if (!closesTheLoop.has(kind)) return
  const kept = await store.keptLists(tx)
  if (kept.causes && next.causeId === null) throw followUpIncomplete('cause')
  if (kept.departments && next.departmentId === null) throw followUpIncomplete('department')
  if (next.recheck === 'none') throw followUpIncomplete('recheck')
}
