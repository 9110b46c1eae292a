/** What staff do with a contact: close, set aside, settle, mark as spam. Each is one transaction under the conversation's lock. */
import type { Channel } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { mayClose, mayPend, maySnooze, type CloseFacts } from '../../domain/contact-state.ts'
import { goesOver, unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { commit } from '../../platform/effects.ts'
import { lockAgent, refreshAgent } from '../agents/agents.steps.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { unitsOfMemberSql } from '../queues/entries.steps.ts'
import { loadClocks, slaOnPaused, slaOnResumed, slaOnTurnSettled } from '../sla/sla.steps.ts'
import { finish, loadEnding, type Held } from './close.steps.ts'
import { notNow } from './contacts.errors.ts'
import { contactEvent, lockContactInSight, settleContact } from './contacts.steps.ts'
import type { ContactRow } from './contacts.store.ts'
import { endTurn, settleTurn } from './turns.steps.ts'

export type ContactContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
export type Actor = Pick<StaffSession, 'staffId' | 'role'>

async function withContact<T>(context: ContactContext, contactId: string, actor: Actor, run: (held: Held) => Promise<T>, { mayEnd = false } = {}): Promise<T> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const [{ conversation, contact }, clocks, ending] = await Promise.all([
      lockContactInSight(tx, actor, contactId, now), loadClocks(tx, contactId), mayEnd ? loadEnding(tx, contactId, now) : undefined,
    ])
    return run({ tx, effects, conversation, contact, clocks, ending, now })
  })
}

function closeFacts(contact: ContactRow, dispositionId: string | null): CloseFacts {
  return {
    state: contact.state, ownerId: contact.ownerId, openTurns: contact.openTurns, liveSessions: contact.liveCalls, // a chat ends with its contact, a call must be hung up first
    isDispositionRequired: true, hasDisposition: (dispositionId ?? contact.dispositionId) !== null,
  }
}

const isSupervisor = (actor: Actor): boolean => actor.role !== 'agent'

/** Closes a contact as handled, with how it ended. `settle` says that what is unanswered needs no reply. */
export async function close(context: ContactContext, contactId: string, actor: Actor, closing: { dispositionId: string | null; complaint: boolean; settle: boolean }): Promise<void> {
  await withContact(context, contactId, actor, async (held) => {
    const { tx, contact, now } = held
    const isSettled = closing.settle && contact.openTurns > 0
    if (isSettled) {
      settleTurn(tx, contact, now)
      contact.openTurns = 0
      contact.openTurnId = null
    }
    // In wrap-up the owner is released already; whoever works on it may finish it.
    const ownerId = contact.ownerId ?? (contact.isWrappingUp ? actor.staffId : null)
    const may = mayClose({ ...closeFacts(contact, closing.dispositionId), ownerId }, 'handled', { staffId: actor.staffId, isSupervisor: isSupervisor(actor) })
    if (!may.ok) throw notNow(may.reason)
    await finish(held, { outcome: 'handled', isSettled, dispositionId: closing.dispositionId, complaint: closing.complaint }, actor.staffId)
  }, { mayEnd: true })
}

/** Whoever wraps up is done before the limit: the contact closes as it would then. */
export async function wrapUpDone(context: ContactContext, contactId: string, actor: Actor): Promise<void> {
  await withContact(context, contactId, actor, async (held) => {
    if (held.contact.state !== 'wrap-up') throw notNow('not-active')
    const isTheirs = await held.tx.maybe('select 1 from assignment where contact_id = $1 and agent_id = $2 and ended_at is null', [contactId, actor.staffId])
    if (!isTheirs && !isSupervisor(actor)) throw notNow('not-owner')
    await finish(held, { outcome: 'handled' }, actor.staffId)
  }, { mayEnd: true })
}

/** Closes a contact as spam: no survey, no answer, its offers withdrawn. */
export async function markSpam(context: ContactContext, contactId: string, actor: Actor): Promise<void> {
  await withContact(context, contactId, actor, async (held) => {
    const { contact } = held
    const may = mayClose({ ...closeFacts(contact, null), ownerId: contact.ownerId ?? actor.staffId }, 'spam', { staffId: actor.staffId, isSupervisor: isSupervisor(actor) })
    if (!may.ok) throw notNow(may.reason)
    await finish(held, { outcome: 'spam' }, actor.staffId)
  }, { mayEnd: true })
}

/** Waits for the customer; after the limit it closes by itself as no-reply. */
export async function pend(context: ContactContext, contactId: string, actor: Actor): Promise<void> {
  await withContact(context, contactId, actor, async (held) => {
    const { tx, contact, now, effects } = held
    const may = mayPend(closeFacts(contact, null), isSupervisor(actor) ? (contact.ownerId ?? '') : actor.staffId)
    if (!may.ok) throw notNow(may.reason)
    const { limitMs } = await tx.one<{ limitMs: number }>('select pending_limit_ms as "limitMs" from queue where id = $1', [contact.queueId])
    const until = new Date(now.getTime() + limitMs)
    await slaOnPaused(tx, contactId, now, effects)
    await setAside(held, { pendingUntil: until, snoozedUntil: null })
    effects.wake('timers', 'all', until)
  })
}

/** Ours to come back to, at a time. */
export async function snooze(context: ContactContext, contactId: string, actor: Actor, until: Date): Promise<void> {
  await withContact(context, contactId, actor, async (held) => {
    const { tx, contact, now, effects } = held
    const may = maySnooze(closeFacts(contact, null), isSupervisor(actor) ? (contact.ownerId ?? '') : actor.staffId, until, now)
    if (!may.ok) throw notNow(may.reason)
    if (contact.pendingUntil) await slaOnResumed(tx, contactId, now, effects)
    await setAside(held, { snoozedUntil: until, pendingUntil: null })
    effects.wake('timers', 'all', until)
  })
}

async function setAside({ tx, contact, conversation, now, effects }: Held, change: { pendingUntil: Date | null; snoozedUntil: Date | null }): Promise<void> {
  // Pending and snoozed hold no units.
  await tx.execute('update assignment set live_units = 0, deferred_units = 0, version = version + 1 where contact_id = $1 and released_at is null', [contact.id])
  effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contact.id, change, now)))
  if (contact.ownerId) effects.tell(await refreshAgent(tx, contact.ownerId, now))
  effects.wake('route', 'all')
}

/** Takes a pending or snoozed contact up again; its units are claimed like an accept, a person may go over, which is kept. */
export async function resume(context: ContactContext, contactId: string, actor: Actor): Promise<void> {
  await withContact(context, contactId, actor, async ({ tx, contact, conversation, now, effects }) => {
    if (contact.state !== 'pending' && contact.state !== 'snoozed') throw notNow('not-active')
    if (contact.ownerId !== actor.staffId && !isSupervisor(actor)) throw notNow('not-owner')
    await claimAgain(tx, contact, now)
    await slaOnResumed(tx, contactId, now, effects)
    effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, { pendingUntil: null, snoozedUntil: null }, now)))
    if (contact.ownerId) effects.tell(await refreshAgent(tx, contact.ownerId, now))
  })
}

async function claimAgain(tx: Tx, contact: ContactRow, now: Date): Promise<void> {
  const cost = await costOf(tx, contact, contact.ownerId)
  const owner = contact.ownerId === null ? undefined : await lockAgent(tx, contact.ownerId, now)
  const isOver = owner !== undefined && goesOver(cost, { live: owner.liveUsed, deferred: owner.deferredUsed }, { live: owner.liveUnits, deferred: owner.deferredUnits })
  await tx.execute('update assignment set live_units = $2, deferred_units = $3, override = override or $4, version = version + 1 where contact_id = $1 and released_at is null',
    [contact.id, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0, isOver])
}

/** What the contact costs an agent, by the channel the customer was last on. */
async function costOf(tx: Tx, contact: ContactRow, agentId: string | null): Promise<ReturnType<typeof unitsFor>> {
  const { units } = await tx.one<{ units: Partial<Record<Channel, number>> }>(`select ${unitsOfMemberSql('q', '$2::uuid')} as units from queue q where q.id = $1`, [contact.queueId, agentId])
  return unitsFor(contact.channel, units)
}

/** "No reply needed": ends what is unanswered without an answer. */
export async function settle(context: ContactContext, contactId: string, actor: Actor): Promise<void> {
  await withContact(context, contactId, actor, async ({ tx, contact, conversation, now, effects }) => {
    if (contact.ownerId !== actor.staffId && !isSupervisor(actor)) throw notNow('not-owner')
    if ((await endTurn(tx, contactId, 'settled', null, now)).length === 0) return
    await slaOnTurnSettled(tx, contactId, now, effects)
    const fact = await addSystemFact(tx, conversation, contactId, contact.channel, { code: 'turn-settled', facts: { agentId: actor.staffId } }, now)
    effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, {}, now), { messageIds: [fact.id] }))
  })
}
