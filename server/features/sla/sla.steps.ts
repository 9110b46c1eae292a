/** The clocks of a contact, inside somebody's transaction: what happened is applied by the pure ledger and written back. */
import { applyToClocks, clocksForTurn, nextFiring, startClock, type ClockEvent } from '../../domain/sla.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { insertClocks, loadContactClocks, updateClock } from './sla.store.ts'

/** A contact begins, or begins again: its first turn starts time to answer, first response and resolution. */
export async function slaOnContactOpened(tx: Tx, opened: { contactId: string; turnId: string | null; isReopened: boolean }, at: Date, effects: Effects): Promise<void> {
  if (opened.isReopened) await apply(tx, opened.contactId, { kind: 'reopened' }, at, effects)
  if (opened.turnId) return slaOnTurnStarted(tx, { contactId: opened.contactId, turnId: opened.turnId }, at, effects)
  const facts = await loadContactClocks(tx, opened.contactId)
  const clock = facts.policy ? startClock(facts.policy, 'resolution', facts.channel, at, null, 'opened') : null
  if (facts.policy && clock) await keep(tx, opened.contactId, facts, facts.policy.id, [clock], at, effects)
}

/** The customer waits for an answer from here on. */
export async function slaOnTurnStarted(tx: Tx, turn: { contactId: string; turnId: string }, at: Date, effects: Effects): Promise<void> {
  const facts = await loadContactClocks(tx, turn.contactId)
  if (!facts.policy) return
  const clocks = clocksForTurn(facts.policy, { clocks: facts.clocks, hasOwner: facts.hasOwner, hasHumanReply: facts.hasHumanReply }, { id: turn.turnId, startedAt: at, channel: facts.channel })
  await keep(tx, turn.contactId, facts, facts.policy.id, clocks, at, effects)
}

async function keep(tx: Tx, contactId: string, facts: Awaited<ReturnType<typeof loadContactClocks>>, policyId: string, clocks: Parameters<typeof insertClocks>[4], at: Date, effects: Effects): Promise<void> {
  await insertClocks(tx, contactId, facts, policyId, clocks, at)
  for (const clock of clocks) {
    const next = nextFiring(clock)
    if (next) effects.wake('timers', 'all', next)
  }
}

/** Somebody took it. A call is answered only when it is bridged. */
export async function slaOnAccepted(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  const facts = await loadContactClocks(tx, contactId)
  await applyTo(tx, facts, { kind: 'accepted', isCall: facts.isCall }, at, effects)
}

export async function slaOnBridged(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, { kind: 'bridged' }, at, effects)
}

/** A person answered. */
export async function slaOnReplied(tx: Tx, reply: { contactId: string }, at: Date, effects: Effects): Promise<void> {
  await apply(tx, reply.contactId, { kind: 'replied' }, at, effects)
}

/** "No reply needed". */
export async function slaOnTurnsEnded(tx: Tx, turnIds: readonly string[], at: Date, effects: Effects): Promise<void> {
  const contacts = await tx.query<{ contactId: string }>('select distinct contact_id as "contactId" from turn where id = any($1::uuid[])', [turnIds])
  for (const { contactId } of contacts) await apply(tx, contactId, { kind: 'turn-settled' }, at, effects)
}

/** The reply came back failed: the turn is open again with its original due time. */
export async function slaOnReplyFailed(tx: Tx, turnId: string, at: Date, effects: Effects): Promise<void> {
  const turn = await tx.one<{ contactId: string }>('select contact_id as "contactId" from turn where id = $1', [turnId])
  await apply(tx, turn.contactId, { kind: 'reply-failed', turnId }, at, effects)
}

export async function slaOnPaused(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, { kind: 'pending' }, at, effects)
}

export async function slaOnResumed(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, { kind: 'resumed' }, at, effects)
}

export async function slaOnClosed(tx: Tx, contactId: string, at: Date, effects: Effects, isResolved = true): Promise<void> {
  await apply(tx, contactId, { kind: 'closed', isResolved }, at, effects)
}

async function apply(tx: Tx, contactId: string, event: ClockEvent, at: Date, effects: Effects): Promise<void> {
  await applyTo(tx, await loadContactClocks(tx, contactId), event, at, effects)
}

async function applyTo(tx: Tx, facts: Awaited<ReturnType<typeof loadContactClocks>>, event: ClockEvent, at: Date, effects: Effects): Promise<void> {
  for (const clock of applyToClocks(facts.clocks, event, facts.calendar, at)) {
    await updateClock(tx, clock)
    const next = nextFiring(clock)
    if (next) effects.wake('timers', 'all', next)
  }
}
