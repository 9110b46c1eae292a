import { usualReopenMs } from '#contract/queue-defaults.ts'
import type { Channel, ContactOutcome, ContactState } from '#contract/words.ts'

/** All that decides the state of a contact. Rows that ended long ago may be left out, those still open may not. */
export interface ContactFacts {
  closedAs: ContactOutcome | null
  /** Sessions of this contact that have not ended. */
  liveSessions: number
  /** Queue entries without a result. */
  openEntries: number
  /** Offers of the contact or of one of its sessions without a result; transfer and consult offers do not count. */
  openOffers: number
  /** The unreleased assignment's agent. */
  ownerId: string | null
  /** A released assignment whose wrap-up is not ended, and no later assignment. */
  isWrappingUp: boolean
  pendingUntil: Date | null
  snoozedUntil: Date | null
}

/**
 * The state of a contact. The only place that says it: use cases change sessions, entries, offers and assignments, then store
 * what this returns. An owner outweighs a waiting entry: a call that rings beside an active contact leaves it active.
 */
export function contactStateOf(facts: ContactFacts): ContactState {
  if (facts.closedAs !== null) return 'closed'
  if (facts.ownerId !== null && !isParkedAside(facts)) return 'active'
  if (facts.openOffers > 0) return 'offered'
  if (facts.openEntries > 0) return 'waiting'
  if (facts.pendingUntil !== null) return 'pending'
  if (facts.snoozedUntil !== null) return 'snoozed'
  if (facts.isWrappingUp) return 'wrap-up'
  // Also a contact in whose transaction nothing else was made yet: 'arriving' has the shortest limit, so nothing sticks here.
  return 'arriving'
}

function isParkedAside(facts: ContactFacts): boolean {
  return facts.pendingUntil !== null || facts.snoozedUntil !== null
}

/** Which states hold units of their owner, and which reserve them. */
export const unitsHeldIn: Record<ContactState, 'none' | 'reserved' | 'held'> = {
  arriving: 'none', waiting: 'none', offered: 'reserved', active: 'held', pending: 'none', snoozed: 'none', 'wrap-up': 'held', closed: 'none',
}

export const arrivingLimitMs = 15 * 60_000
export const pendingLimitMs = 72 * 3_600_000

export type Permit<Reason extends string> = { ok: true } | { ok: false; reason: Reason }

export type CloseRefusal = 'already-closed' | 'turn-unanswered' | 'live-session' | 'disposition-missing' | 'not-owner' | 'has-owner'

export interface CloseFacts {
  state: ContactState
  ownerId: string | null
  /** Turns neither answered nor settled. */
  openTurns: number
  liveSessions: number
  isDispositionRequired: boolean
  hasDisposition: boolean
}

/** Whether this agent may close the contact as handled. A supervisor acts on anybody's contact; spam needs no answer. */
export function mayClose(facts: CloseFacts, as: 'handled' | 'spam', actor: { staffId: string; isSupervisor: boolean }): Permit<CloseRefusal> {
  if (facts.state === 'closed') return { ok: false, reason: 'already-closed' }
  if (!actor.isSupervisor && facts.ownerId !== actor.staffId) return { ok: false, reason: 'not-owner' }
  if (facts.liveSessions > 0) return { ok: false, reason: 'live-session' }
  if (as === 'spam') return { ok: true }
  if (facts.openTurns > 0) return { ok: false, reason: 'turn-unanswered' }
  if (facts.isDispositionRequired && !facts.hasDisposition) return { ok: false, reason: 'disposition-missing' }
  return { ok: true }
}

/** Pending waits for the customer, so nothing of theirs may be unanswered. */
export function mayPend(facts: CloseFacts, staffId: string): Permit<'not-active' | 'not-owner' | 'turn-unanswered' | 'live-session'> {
  if (facts.state !== 'active' && facts.state !== 'snoozed') return { ok: false, reason: 'not-active' }
  if (facts.ownerId !== staffId) return { ok: false, reason: 'not-owner' }
  if (facts.liveSessions > 0) return { ok: false, reason: 'live-session' }
  if (facts.openTurns > 0) return { ok: false, reason: 'turn-unanswered' }
  return { ok: true }
}

/** Snoozed is ours to come back to: unanswered turns are allowed, their response clocks run on. */
export function maySnooze(facts: CloseFacts, staffId: string, until: Date, now: Date): Permit<'not-active' | 'not-owner' | 'live-session' | 'time-passed' | 'too-far'> {
  if (facts.state !== 'active' && facts.state !== 'pending') return { ok: false, reason: 'not-active' }
  if (facts.ownerId !== staffId) return { ok: false, reason: 'not-owner' }
  if (facts.liveSessions > 0) return { ok: false, reason: 'live-session' }
  if (until <= now) return { ok: false, reason: 'time-passed' }
  if (until.getTime() - now.getTime() > snoozeMaxMs) return { ok: false, reason: 'too-far' }
  return { ok: true }
}

export const snoozeMaxMs = 90 * 86_400_000

/** How long after its close an arrival on this channel re-opens a contact, unless the queue says otherwise. */
export const reopenWindowMs: Readonly<Record<Channel, number>> = usualReopenMs

const reopenable: readonly ContactOutcome[] = ['handled', 'self-served', 'no-reply']

export type ReopenRefusal = 'outcome-is-final' | 'window-over'

/**
 * Whether an arrival re-opens a closed contact or begins a new one. The window is that of the channel on which the customer
 * writes now: a mail may answer after three days what was closed on the phone. The last instant of the window still counts.
 */
export function mayReopen(
  closed: { outcome: ContactOutcome; closedAt: Date },
  channel: Channel,
  now: Date,
  windows: Partial<Record<Channel, number>> = {},
): Permit<ReopenRefusal> & { until: Date } {
  const until = new Date(closed.closedAt.getTime() + (windows[channel] ?? reopenWindowMs[channel]))
  if (!reopenable.includes(closed.outcome)) return { ok: false, reason: 'outcome-is-final', until }
  return now <= until ? { ok: true, until } : { ok: false, reason: 'window-over', until }
}
