/** The clocks of a contact, inside somebody's transaction: what happened is applied by the pure ledger and written back. */
import { applyToClocks, clocksForTurn, nextFiring, retime, startClock, type Clock, type ClockEvent } from '../../domain/sla.ts'
import { choosePolicy, type SlaPolicy } from '../../domain/sla-policy.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { askToRetime, choicesOf, insertClocks, loadClocks, loadContactClocks, toClocks, updateClocks, type ClockRow, type ContactClocks, type Promises, type StoredClock } from './sla.store.ts'

export { loadHours } from './hours.store.ts'
export { clocksSql, loadClocks, loadClocksOfOffer, loadClocksOfOpen, promisesSql, type ClockRow, type Promises, type StoredClock } from './sla.store.ts'

/** A contact begins, or begins again: its first turn starts time to answer, first response and resolution. */
export async function slaOnContactOpened(tx: Tx, opened: { contactId: string; turnId: string | null; isReopened: boolean }, at: Date, effects: Effects): Promise<void> {
  if (opened.isReopened) await apply(tx, opened.contactId, [{ kind: 'reopened' }], at, effects)
  if (opened.turnId) return slaOnTurnStarted(tx, { contactId: opened.contactId, turnId: opened.turnId }, at, effects)
  const facts = await loadContactClocks(tx, opened.contactId)
  const policy = choosePolicy(facts.choices, facts, at)
  const clock = policy && startClock(policy, 'resolution', facts.channel, at, null, 'opened')
  if (clock) start(tx, facts, [clock], at, effects)
}

/** The customer waits for an answer from here on. */
export async function slaOnTurnStarted(tx: Tx, turn: { contactId: string; turnId: string }, at: Date, effects: Effects): Promise<void> {
  startForTurn(tx, await loadContactClocks(tx, turn.contactId), turn.turnId, at, effects)
}

/** What the clocks of a turn are begun by, read under this lock. */
export interface TurnFacts extends Omit<TurnBegun, 'choices' | 'queuePolicyId' | 'clocks'> {
  promises: Promises
  /** None of a contact that has just begun. */
  clocks: readonly StoredClock[]
}

/** The same where what decides was read before. */
export function slaOnTurnOf(tx: Pick<Tx, 'send'>, { promises, clocks, ...contact }: TurnFacts, turnId: string, at: Date, effects: Effects): void {
  startForTurn(tx, { ...contact, clocks: toClocks(clocks), choices: choicesOf(promises), queuePolicyId: promises.queuePolicyId }, turnId, at, effects)
}

type TurnBegun = Pick<ContactClocks, 'contactId' | 'conversationId' | 'queueId' | 'queuePolicyId' | 'channel' | 'tier' | 'priority' | 'hasOwner' | 'hasHumanReply' | 'clocks' | 'choices'>

function startForTurn(tx: Pick<Tx, 'send'>, facts: TurnBegun, turnId: string, at: Date, effects: Effects): void {
  // Whoever was waited for has written: pending is over.
  applyTo(tx, facts.clocks, [{ kind: 'resumed' }], at, effects)
  const policy = choosePolicy(facts.choices, facts, at)
  if (policy) start(tx, facts, clocksForTurn(policy, facts, { id: turnId, startedAt: at, channel: facts.channel }), at, effects)
}

function start(tx: Pick<Tx, 'send'>, facts: Parameters<typeof insertClocks>[1], clocks: readonly Clock[], at: Date, effects: Effects): void {
  insertClocks(tx, facts, clocks, at)
  wakeFor(clocks, effects)
}

/** Somebody took it. A call is answered only when it is bridged. `clocks`: as they were read under this lock and are still. */
export async function slaOnAccepted(tx: Tx, accepted: { contactId: string; isCall: boolean; clocks: readonly ClockRow[] | null }, at: Date, effects: Effects): Promise<void> {
  applyTo(tx, accepted.clocks ?? (await loadClocks(tx, accepted.contactId)), [{ kind: 'accepted', isCall: accepted.isCall }, { kind: 'resumed' }], at, effects)
}

export async function slaOnBridged(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, [{ kind: 'bridged' }], at, effects)
}

/** A person answered; what was pending is worked on again. `clocks`: as they were read under this lock and are still. */
export async function slaOnReplied(tx: Tx, reply: { contactId: string; clocks: readonly ClockRow[] | null }, at: Date, effects: Effects): Promise<void> {
  applyTo(tx, reply.clocks ?? (await loadClocks(tx, reply.contactId)), [{ kind: 'replied' }, { kind: 'resumed' }], at, effects)
}

/** "No reply needed". */
export async function slaOnTurnSettled(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, [{ kind: 'turn-settled' }], at, effects)
}

/** The reply came back failed: the turn is open again with its original due time. */
export async function slaOnReplyFailed(tx: Tx, turnId: string, at: Date, effects: Effects): Promise<void> {
  const turn = await tx.one<{ contactId: string }>('select contact_id as "contactId" from turn where id = $1', [turnId])
  await apply(tx, turn.contactId, [{ kind: 'reply-failed', turnId }], at, effects)
}

export async function slaOnPaused(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, [{ kind: 'pending' }], at, effects)
}

/** Parked: nobody answers in this contact any more, and what it owed waits as a follow-up. */
export async function slaOnParked(tx: Tx, contactId: string, at: Date): Promise<void> {
  const clocks = await loadClocks(tx, contactId)
  const [resolution, others] = [clocks.filter((clock) => clock.kind === 'resolution'), clocks.filter((clock) => clock.kind !== 'resolution')]
  updateClocks(tx, [...applyToClocks(resolution, { kind: 'parked' }, at), ...applyToClocks(others, { kind: 'closed', isResolved: false }, at)])
}

export async function slaOnResumed(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<void> {
  await apply(tx, contactId, [{ kind: 'resumed' }], at, effects)
}

/** `isSettled`: what was unanswered needs no reply, said with the close. */
export async function slaOnClosed(tx: Tx, closed: { contactId: string; isResolved: boolean; isSettled: boolean; clocks: readonly ClockRow[] | null }, at: Date, effects: Effects): Promise<void> {
  const events: ClockEvent[] = [...(closed.isSettled ? [{ kind: 'turn-settled' } as const] : []), { kind: 'closed', isResolved: closed.isResolved }]
  applyTo(tx, closed.clocks ?? (await loadClocks(tx, closed.contactId)), events, at, effects)
}

/** Queue, tier or priority of an open contact changed: it is promised by what now applies, from what it has counted on. */
export async function slaOnPromiseChanged(tx: Tx, contactId: string, at: Date, effects: Effects): Promise<boolean> {
  return retimeContact(tx, await loadContactClocks(tx, contactId), at, effects)
}

/** Policies or hours changed: every open clock is to be looked at, by the job, not by whoever saved. */
export async function slaOnSettingsChanged(tx: Tx, at: Date, effects: Effects): Promise<void> {
  // A message that came in at this moment may have read the promise as it was: it is caught by the second look.
  const since = new Date(at.getTime() + overlapMs)
  await askToRetime(tx, since)
  effects.wake('timers', 'retime')
  effects.wake('timers', 'retime-again', since)
}

const overlapMs = 2_000

/** What changes for the clocks of a contact by what is promised now. New promises run from the open turn's first item. */
export function retimed(facts: ContactClocks, at: Date): { changed: ContactClocks['clocks']; started: Clock[] } {
  if (facts.isClosed) return { changed: [], started: [] }
  const policyFor = (begin: Date): SlaPolicy | null => choosePolicy(facts.choices, facts, begin)
  const clocks = facts.clocks.map((clock) => ({ before: clock, after: { ...retime(clock, policyFor(clock.startedAt), at) } }))
  const changed = clocks.flatMap(({ before, after }) => {
    const isOpen = before.state === 'running' || before.state === 'paused'
    const moved = isOpen && before.queueId !== facts.queueId ? { ...after, queueId: facts.queueId } : after
    return isOpen && hasChanged(before, moved) ? [moved] : []
  })
  const turn = facts.openTurn
  const policy = turn && policyFor(turn.startedAt)
  const now = { ...facts, clocks: clocks.map(({ after }) => after) }
  const started = turn && policy ? clocksForTurn(policy, now, { ...turn, channel: facts.channel }).filter((clock) => !isOver(facts, clock)) : []
  return { changed, started }
}

function hasChanged(before: ContactClocks['clocks'][number], after: ContactClocks['clocks'][number]): boolean {
  return (Object.keys(before) as (keyof typeof before)[]).some((key) => before[key] !== after[key])
}

/** A target that was met, by this turn's answer or by whoever accepted, starts no second time. */
function isOver(facts: ContactClocks, clock: Clock): boolean {
  return (clock.kind === 'time-to-answer' && facts.wasAccepted) || facts.clocks.some((one) => one.kind === clock.kind && one.turnId === clock.turnId && one.state === 'met')
}

/** Writes what `retimed` says. Returns whether anything moved. */
export async function retimeContact(tx: Tx, facts: ContactClocks, at: Date, effects: Effects): Promise<boolean> {
  const { changed, started } = retimed(facts, at)
  updateClocks(tx, changed, at)
  start(tx, facts, started, at, effects)
  wakeFor(changed, effects)
  const hasMoved = changed.length + started.length > 0
  if (hasMoved) await rankAgain(tx, { contactId: facts.contactId })
  return hasMoved
}

async function apply(tx: Tx, contactId: string, events: readonly ClockEvent[], at: Date, effects: Effects): Promise<void> {
  applyTo(tx, await loadClocks(tx, contactId), events, at, effects)
}

function applyTo(tx: Pick<Tx, 'send'>, clocks: readonly ClockRow[], events: readonly ClockEvent[], at: Date, effects: Effects): void {
  const changed = clocks.flatMap((clock) => {
    const after = events.reduce((before, event) => applyToClocks([before], event, at)[0] ?? before, clock)
    return after === clock ? [] : [after]
  })
  updateClocks(tx, changed)
  wakeFor(changed, effects)
}

function wakeFor(clocks: readonly Clock[], effects: Effects): void {
  for (const clock of clocks) {
    const next = nextFiring(clock)
    if (next) effects.wake('timers', 'sla', next)
  }
}
