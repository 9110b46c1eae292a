import type { Channel, SlaClockState, SlaTargetKind } from '#contract/words.ts'
import { addWorkingTime, workingTimeBetween } from './calendar.ts'
import { targetMs, type Hours, type SlaPolicy } from './sla-policy.ts'

/** A stretch of a clock's ledger. `workedMs` is what it counted, by the hours of its time; null while it goes on. */
export interface ClockInterval {
  does: 'run' | 'pause'
  from: Date
  to: Date | null
  workedMs: number | null
  /** Why it began. */
  because: string
  /** Why it ended; null while it goes on. */
  until: string | null
  /** The hours it ran by; null: around the clock. */
  hours: { id: string; version: number } | null
}

/** One target of one contact, or of one turn of it. Its ledger explains it; the times are derived from the ledger. */
export interface Clock {
  kind: SlaTargetKind
  /** The turn whose answer ends it; null for resolution and time to answer. */
  turnId: string | null
  policyId: string
  channel: Channel
  targetMs: number
  /** Shares of the target after which a warning is due, ascending. */
  warnShares: readonly number[]
  /** The last of them that was given. */
  warnedShare: number | null
  /** What it runs by now: kept, so that what it counted stays when the hours change. */
  hours: Hours
  state: SlaClockState
  startedAt: Date
  intervals: readonly ClockInterval[]
  /** The next warning. Null while paused, ended, when all were given, or when it never opens again. */
  warnAt: Date | null
  dueAt: Date | null
  /** When the last warning was given. */
  warnedAt: Date | null
  breachedAt: Date | null
  endedAt: Date | null
}

/** A new running clock from the item that began it. Null when the policy promises nothing of this kind. */
export function startClock(policy: SlaPolicy, kind: SlaTargetKind, channel: Channel, startedAt: Date, turnId: string | null, because: string): Clock | null {
  const target = targetMs(policy, kind, channel)
  if (target === null) return null
  return timed({
    kind, turnId, policyId: policy.id, channel, targetMs: target, warnShares: policy.warnShares, warnedShare: null, hours: policy.hours, state: 'running', startedAt,
    intervals: [running(startedAt, because, policy.hours)], warnAt: null, dueAt: null, warnedAt: null, breachedAt: null, endedAt: null,
  })
}

/**
 * The clocks a turn of the customer starts. The first one of a contact: time to answer (where nobody owns it yet), first response,
 * resolution. Every later one: next response. A turn that goes on starts none: its clock runs from its earliest item.
 */
export function clocksForTurn(
  policy: SlaPolicy,
  contact: { clocks: readonly Clock[]; hasOwner: boolean; hasHumanReply: boolean },
  turn: { id: string; startedAt: Date; channel: Channel },
): Clock[] {
  const has = (kind: SlaTargetKind) => contact.clocks.some((clock) => clock.kind === kind && clock.state === 'running')
  const started: (Clock | null)[] = []
  const start = (kind: SlaTargetKind, turnId: string | null) => {
    if (!has(kind)) started.push(startClock(policy, kind, turn.channel, turn.startedAt, turnId, 'turn-started'))
  }
  if (!contact.hasOwner) start('time-to-answer', null)
  start(contact.hasHumanReply ? 'next-response' : 'first-response', turn.id)
  if (!contact.clocks.some((clock) => clock.kind === 'resolution')) start('resolution', null)
  return started.filter((clock) => clock !== null)
}

/** What happened to a contact, as far as its clocks care. */
export type ClockEvent =
  | { kind: 'accepted'; isCall: boolean }
  /** A call was put through: that is its answer and its first response. */
  | { kind: 'bridged' }
  /** A human reply that was not refused; for a turn that is already ended it changes nothing. */
  | { kind: 'replied' }
  | { kind: 'turn-settled' }
  /** The reply came back failed: its turn is open again, as if it had never been answered. */
  | { kind: 'reply-failed'; turnId: string }
  | { kind: 'pending' | 'parked' }
  /** Pending ended, or a parked matter is worked on again. */
  | { kind: 'resumed' }
  | { kind: 'closed'; isResolved: boolean }
  | { kind: 'reopened' }
  /** Another clock of the same target goes on for both. */
  | { kind: 'merged' }

/**
 * Applies an event; returns the clocks it changed, with everything else on them (ids, versions) as it was. What was warned or
 * breached stays so.
 */
export function applyToClocks<C extends Clock>(clocks: readonly C[], event: ClockEvent, now: Date): C[] {
  return clocks.map((clock) => ({ clock, changed: change(clock, event, now) })).flatMap(({ clock, changed }) => (changed === clock ? [] : [changed]))
}

function change<C extends Clock>(clock: C, event: ClockEvent, now: Date): C {
  const isResponse = clock.kind === 'first-response' || clock.kind === 'next-response'
  switch (event.kind) {
    case 'accepted':
      return clock.kind === 'time-to-answer' && !event.isCall ? ended(clock, 'met', event.kind, now) : clock
    case 'bridged':
      return clock.kind === 'time-to-answer' || isResponse ? ended(clock, 'met', event.kind, now) : clock
    case 'replied':
      return isResponse ? ended(clock, 'met', event.kind, now) : clock
    case 'turn-settled':
      return isResponse ? ended(clock, 'cancelled', event.kind, now) : clock
    case 'reply-failed':
      return isResponse && clock.turnId === event.turnId && clock.state === 'met' ? unended(clock) : clock
    case 'pending':
    case 'parked':
      return clock.kind === 'resolution' && clock.state === 'running' ? paused(clock, event.kind, now) : clock
    case 'resumed':
      return clock.kind === 'resolution' && clock.state === 'paused' ? resumed(clock, event.kind, now) : clock
    case 'closed':
      return ended(clock, clock.kind === 'resolution' && event.isResolved ? 'met' : 'cancelled', event.kind, now)
    case 'merged':
      return ended(clock, 'cancelled', event.kind, now)
    case 'reopened':
      return clock.kind === 'resolution' && clock.state === 'met' ? resumed({ ...clock, endedAt: null }, event.kind, now) : clock
  }
}

function ended<C extends Clock>(clock: C, state: 'met' | 'cancelled', because: string, now: Date): C {
  if (clock.state !== 'running' && clock.state !== 'paused') return clock
  return { ...clock, state, intervals: closeLast(clock, because, now), breachedAt: breachedBy(clock, now), endedAt: now, warnAt: null }
}

/** A running clock that stops after its time is breached, though no timer came by in between. Exactly in time is in time. */
function breachedBy(clock: Clock, now: Date): Date | null {
  const isLate = clock.state === 'running' && clock.dueAt !== null && now > clock.dueAt
  return clock.breachedAt ?? (isLate ? now : null)
}

/** Back to running with the due time it had: the failed reply stopped nothing. */
function unended<C extends Clock>(clock: C): C {
  const intervals = clock.intervals.map((interval, index) => (index === clock.intervals.length - 1 ? { ...interval, to: null, workedMs: null, until: null } : interval))
  return timed({ ...clock, state: 'running', intervals, endedAt: null })
}

function paused<C extends Clock>(clock: C, because: string, now: Date): C {
  const breachedAt = breachedBy(clock, now)
  const pause: ClockInterval = { does: 'pause', from: now, to: null, workedMs: null, because, until: null, hours: null }
  return { ...clock, state: 'paused', intervals: [...closeLast(clock, because, now), pause], breachedAt, warnAt: null, dueAt: breachedAt ? clock.dueAt : null }
}

function resumed<C extends Clock>(clock: C, because: string, now: Date): C {
  const closed = closeLast(clock, because, now)
  const gapFrom = closed.at(-1)?.to
  const gap: ClockInterval[] = gapFrom && gapFrom < now ? [{ does: 'pause', from: gapFrom, to: now, workedMs: 0, because: 'closed', until: because, hours: null }] : []
  return timed({ ...clock, state: 'running', intervals: [...closed, ...gap, running(now, because, clock.hours)] })
}

function running(from: Date, because: string, hours: Hours): ClockInterval {
  return { does: 'run', from, to: null, workedMs: null, because, until: null, hours: hours && { id: hours.id, version: hours.version } }
}

/** The ledger with its last stretch ended now, if it goes on. A stretch counts by the hours it was run under. */
function closeLast(clock: Clock, because: string, now: Date): ClockInterval[] {
  return clock.intervals.map((interval) => {
    if (interval.to !== null) return interval
    return { ...interval, to: now, workedMs: interval.does === 'run' ? workingTimeBetween(clock.hours?.calendar ?? null, interval.from, now) : 0, until: because }
  })
}

/** Time counted until now, ms: what "why did this breach?" shows. */
export function workedMs(clock: Clock, now: Date): number {
  return clock.intervals.reduce((sum, interval) => sum + (interval.does === 'pause' ? 0 : (interval.workedMs ?? workingTimeBetween(clock.hours?.calendar ?? null, interval.from, now))), 0)
}

/** When so much of the target has run, for a running clock; null: never within sight. */
function timeOfShare(clock: Clock, share: number): Date | null {
  const last = clock.intervals.at(-1)
  if (clock.state !== 'running' || !last || last.does !== 'run') return null
  const counted = clock.intervals.reduce((sum, interval) => sum + (interval.does === 'run' ? (interval.workedMs ?? 0) : 0), 0)
  return addWorkingTime(clock.hours?.calendar ?? null, last.from, Math.max(0, Math.round(clock.targetMs * share) - counted))
}

/** Sets `warnAt` and `dueAt` from the ledger. What fired is not asked again, and a breach keeps the time it broke. */
function timed<C extends Clock>(clock: C): C {
  if (clock.breachedAt !== null) return { ...clock, warnAt: null }
  return { ...clock, dueAt: timeOfShare(clock, 1), warnAt: nextWarning(clock) }
}

function nextWarning(clock: Clock): Date | null {
  const share = clock.warnShares.find((one) => one > (clock.warnedShare ?? 0))
  return share === undefined ? null : timeOfShare(clock, share)
}

/**
 * A clock after policy, queue, tier or hours changed: what was counted stays counted by the old hours, the rest is by the new
 * promise. A breach stays a breach, with its time. A promise taken back cancels the clock. The same clock when nothing changes for it.
 */
export function retime<C extends Clock>(clock: C, policy: SlaPolicy | null, now: Date): C {
  if ((clock.state !== 'running' && clock.state !== 'paused') || clock.breachedAt !== null) return clock
  const target = policy && targetMs(policy, clock.kind, clock.channel)
  if (!policy || target === null) return { ...ended(clock, 'cancelled', 'not-promised', now) }
  if (clock.policyId === policy.id && clock.targetMs === target && sameHours(clock.hours, policy.hours) && sameShares(clock.warnShares, policy.warnShares)) return clock
  const changed = { ...clock, policyId: policy.id, targetMs: target, warnShares: policy.warnShares, hours: policy.hours }
  if (clock.state === 'paused') return changed
  // What ran out before anybody looked is a breach of the old promise.
  const breachedAt = breachedBy(clock, now)
  if (breachedAt) return clock
  return timed({ ...changed, intervals: [...closeLast(clock, 'retimed', now), running(now, 'retimed', policy.hours)] })
}

function sameHours(a: Hours, b: Hours): boolean {
  return a?.id === b?.id && a?.version === b?.version
}

function sameShares(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((share, index) => share === b[index])
}

/** Clocks of two contacts that become one: of each target the one due earlier stays, the other is cancelled. */
export function mergeClocks<C extends Clock>(stays: readonly C[], folds: readonly C[]): { keep: C[]; cancel: C[] } {
  const open = [...stays, ...folds].filter((clock) => clock.state === 'running' || clock.state === 'paused')
  const keep: C[] = []
  for (const own of Map.groupBy(open, (clock) => clock.kind).values()) keep.push(own.reduce((best, clock) => (isDueEarlier(clock, best) ? clock : best)))
  return { keep, cancel: open.filter((clock) => !keep.includes(clock)) }
}

/** A running clock before a paused one; one that never comes due last; of two paused ones the one with less left. */
function isDueEarlier(a: Clock, b: Clock): boolean {
  if (a.state !== b.state) return a.state === 'running'
  if (a.state === 'paused') return a.targetMs - workedMs(a, a.startedAt) < b.targetMs - workedMs(b, b.startedAt)
  return (a.dueAt?.getTime() ?? Infinity) < (b.dueAt?.getTime() ?? Infinity)
}

/** A share of the target that has run; 1 is the breach. */
export type Firing = { share: number; isBreach: boolean }

/** What a timer that looks at this clock now does, in order: never early, each at most once for good, all of them when it comes very late. */
export function whatFires(clock: Clock, now: Date): Firing[] {
  if (clock.state !== 'running' || clock.breachedAt !== null) return []
  const isBreach = clock.dueAt !== null && clock.dueAt <= now
  const waiting = clock.warnShares.filter((share) => share > (clock.warnedShare ?? 0))
  const isDue = (share: number, index: number): boolean => {
    if (isBreach) return true
    const at = index === 0 ? clock.warnAt : timeOfShare(clock, share)
    return at !== null && at <= now
  }
  const warnings = waiting.filter(isDue).map((share) => ({ share, isBreach: false }))
  return isBreach ? [...warnings, { share: 1, isBreach: true }] : warnings
}

/** The clock after what `whatFires` said was done. */
export function afterFiring<C extends Clock>(clock: C, firings: readonly Firing[], now: Date): C {
  const warned = firings.filter((firing) => !firing.isBreach).at(-1)
  const isBreach = firings.some((firing) => firing.isBreach)
  const fired = { ...clock, warnedShare: warned?.share ?? clock.warnedShare, warnedAt: warned ? now : clock.warnedAt, breachedAt: isBreach ? now : clock.breachedAt }
  return { ...fired, warnAt: isBreach ? null : warned ? nextWarning(fired) : clock.warnAt }
}

/** When a timer must look at this clock again; null: never by time. */
export function nextFiring(clock: Clock): Date | null {
  if (clock.state !== 'running' || clock.breachedAt !== null) return null
  if (clock.warnAt === null || clock.dueAt === null) return clock.warnAt ?? clock.dueAt
  return clock.warnAt < clock.dueAt ? clock.warnAt : clock.dueAt
}

/** The earliest due time of the running response clocks: what the place in the line looks at. */
export function earliestDue(clocks: readonly Clock[]): Date | null {
  const due = clocks.filter((clock) => clock.state === 'running' && clock.kind !== 'resolution' && clock.dueAt !== null).map((clock) => clock.dueAt!)
  return due.length > 0 ? due.reduce((a, b) => (a < b ? a : b)) : null
}
