import type { Channel, SlaClockState, SlaTargetKind } from '#contract/words.ts'
import { addWorkingTime, workingTimeBetween, type Calendar } from './calendar.ts'

/** A promise. A target without a channel is for all that have none of their own. */
export interface SlaPolicy {
  id: string
  calendar: Calendar | null
  /** Share of the target after which a warning is due, 0–1. */
  warnShare: number
  targets: readonly { kind: SlaTargetKind; channel: Channel | null; targetMs: number }[]
}

/** A stretch of a clock's ledger. `workedMs` is what it counted, by the calendar of its time; null while it goes on. */
export interface ClockInterval {
  does: 'run' | 'pause'
  from: Date
  to: Date | null
  workedMs: number | null
  because: string
}

/** One target of one contact, or of one turn of it. Its ledger explains it; the times are derived from the ledger. */
export interface Clock {
  kind: SlaTargetKind
  /** The turn whose answer ends it; null for resolution and time to answer. */
  turnId: string | null
  targetMs: number
  warnShare: number
  state: SlaClockState
  startedAt: Date
  intervals: readonly ClockInterval[]
  /** Null while paused, ended, or when the calendar never opens again. */
  warnAt: Date | null
  dueAt: Date | null
  warnedAt: Date | null
  breachedAt: Date | null
  endedAt: Date | null
}

/** The target of a policy for a channel, ms; null: nothing promised. */
export function targetMs(policy: SlaPolicy, kind: SlaTargetKind, channel: Channel): number | null {
  const own = policy.targets.find((target) => target.kind === kind && target.channel === channel)
  const common = policy.targets.find((target) => target.kind === kind && target.channel === null)
  return (own ?? common)?.targetMs ?? null
}

/** A new running clock from the item that began it. Null when the policy promises nothing of this kind. */
export function startClock(policy: SlaPolicy, kind: SlaTargetKind, channel: Channel, startedAt: Date, turnId: string | null, because: string): Clock | null {
  const target = targetMs(policy, kind, channel)
  if (target === null) return null
  const intervals: ClockInterval[] = [{ does: 'run', from: startedAt, to: null, workedMs: null, because }]
  return timed({ kind, turnId, targetMs: target, warnShare: policy.warnShare, state: 'running', startedAt, intervals, warnAt: null, dueAt: null, warnedAt: null, breachedAt: null, endedAt: null }, policy.calendar)
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

/**
 * Applies an event; returns the clocks it changed, with everything else on them (ids, versions) as it was. What was warned or
 * breached stays so.
 */
export function applyToClocks<C extends Clock>(clocks: readonly C[], event: ClockEvent, calendar: Calendar | null, now: Date): C[] {
  return clocks.map((clock) => ({ clock, changed: change(clock, event, calendar, now) })).flatMap(({ clock, changed }) => (changed === clock ? [] : [changed]))
}

function change<C extends Clock>(clock: C, event: ClockEvent, calendar: Calendar | null, now: Date): C {
  const isResponse = clock.kind === 'first-response' || clock.kind === 'next-response'
  switch (event.kind) {
    case 'accepted':
      return clock.kind === 'time-to-answer' && !event.isCall ? ended(clock, 'met', calendar, now) : clock
    case 'bridged':
      return clock.kind === 'time-to-answer' || isResponse ? ended(clock, 'met', calendar, now) : clock
    case 'replied':
      return isResponse ? ended(clock, 'met', calendar, now) : clock
    case 'turn-settled':
      return isResponse ? ended(clock, 'cancelled', calendar, now) : clock
    case 'reply-failed':
      return isResponse && clock.turnId === event.turnId && clock.state === 'met' ? unended(clock, calendar) : clock
    case 'pending':
    case 'parked':
      return clock.kind === 'resolution' && clock.state === 'running' ? paused(clock, event.kind, calendar, now) : clock
    case 'resumed':
      return clock.kind === 'resolution' && clock.state === 'paused' ? resumed(clock, 'resumed', calendar, now) : clock
    case 'closed':
      return ended(clock, clock.kind === 'resolution' && event.isResolved ? 'met' : 'cancelled', calendar, now)
    case 'reopened':
      return clock.kind === 'resolution' && clock.state === 'met' ? resumed({ ...clock, endedAt: null }, 'reopened', calendar, now) : clock
  }
}

function ended<C extends Clock>(clock: C, state: 'met' | 'cancelled', calendar: Calendar | null, now: Date): C {
  if (clock.state !== 'running' && clock.state !== 'paused') return clock
  return { ...clock, state, intervals: closeLast(clock, calendar, now), breachedAt: breachedBy(clock, now), endedAt: now, warnAt: null }
}

/** A running clock that stops after its time is breached, though no timer came by in between. Exactly in time is in time. */
function breachedBy(clock: Clock, now: Date): Date | null {
  const isLate = clock.state === 'running' && clock.dueAt !== null && now > clock.dueAt
  return clock.breachedAt ?? (isLate ? now : null)
}

/** Back to running with the due time it had: the failed reply stopped nothing. */
function unended<C extends Clock>(clock: C, calendar: Calendar | null): C {
  const intervals = clock.intervals.map((interval, index) => (index === clock.intervals.length - 1 ? { ...interval, to: null, workedMs: null } : interval))
  return timed({ ...clock, state: 'running', intervals, endedAt: null }, calendar)
}

function paused<C extends Clock>(clock: C, because: string, calendar: Calendar | null, now: Date): C {
  const intervals = [...closeLast(clock, calendar, now), { does: 'pause', from: now, to: null, workedMs: null, because } as const]
  return { ...clock, state: 'paused', intervals, breachedAt: breachedBy(clock, now), warnAt: null, dueAt: null }
}

function resumed<C extends Clock>(clock: C, because: string, calendar: Calendar | null, now: Date): C {
  const closed = closeLast(clock, calendar, now)
  const gapFrom = closed.at(-1)?.to
  const gap: ClockInterval[] = gapFrom && gapFrom < now ? [{ does: 'pause', from: gapFrom, to: now, workedMs: 0, because: 'closed' }] : []
  return timed({ ...clock, state: 'running', intervals: [...closed, ...gap, { does: 'run', from: now, to: null, workedMs: null, because }] }, calendar)
}

/** The ledger with its last stretch ended now, if it goes on. A stretch counts by the calendar it was run under. */
function closeLast(clock: Clock, calendar: Calendar | null, now: Date): ClockInterval[] {
  return clock.intervals.map((interval) => {
    if (interval.to !== null) return interval
    return { ...interval, to: now, workedMs: interval.does === 'run' ? workingTimeBetween(calendar, interval.from, now) : 0 }
  })
}

/** Time counted until now, ms: what "why did this breach?" shows. */
export function workedMs(clock: Clock, calendar: Calendar | null, now: Date): number {
  return clock.intervals.reduce((sum, interval) => sum + (interval.does === 'pause' ? 0 : (interval.workedMs ?? workingTimeBetween(calendar, interval.from, now))), 0)
}

/** Sets `warnAt` and `dueAt` from the ledger. What fired is not asked again. */
function timed<C extends Clock>(clock: C, calendar: Calendar | null): C {
  const last = clock.intervals.at(-1)
  if (clock.state !== 'running' || !last || last.does !== 'run') return { ...clock, warnAt: null, dueAt: null }
  const counted = clock.intervals.reduce((sum, interval) => sum + (interval.does === 'run' ? (interval.workedMs ?? 0) : 0), 0)
  const at = (share: number) => addWorkingTime(calendar, last.from, Math.max(0, Math.round(clock.targetMs * share) - counted))
  return { ...clock, dueAt: at(1), warnAt: clock.warnedAt === null ? at(clock.warnShare) : null }
}

/**
 * Re-times running clocks after the policy, queue, tier or calendar changed: what was counted stays counted by the old calendar, the
 * rest is by the new one. A breach stays a breach. Clocks whose kind is no longer promised are cancelled.
 */
export function retime<C extends Clock>(clocks: readonly C[], before: Calendar | null, policy: SlaPolicy, channel: Channel, now: Date): C[] {
  return clocks.filter((clock) => clock.state === 'running' || clock.state === 'paused').map((clock) => {
    const target = targetMs(policy, clock.kind, channel)
    if (target === null) return ended({ ...clock, dueAt: null }, 'cancelled', before, now)
    const changed = { ...clock, targetMs: target, warnShare: policy.warnShare }
    if (clock.state === 'paused') return changed
    const intervals = [...closeLast(clock, before, now), { does: 'run', from: now, to: null, workedMs: null, because: 'retimed' } as const]
    return timed({ ...changed, intervals }, policy.calendar)
  })
}

/** Clocks of two contacts that become one: of each target the one due earlier stays, the other is cancelled. */
export function mergeClocks<C extends Clock>(stays: readonly C[], folds: readonly C[]): { keep: C[]; cancel: C[] } {
  const running = [...stays, ...folds].filter((clock) => clock.state === 'running' || clock.state === 'paused')
  const keep: C[] = []
  for (const own of Map.groupBy(running, (clock) => clock.kind).values()) keep.push(own.reduce((best, clock) => (isDueEarlier(clock, best) ? clock : best)))
  return { keep, cancel: running.filter((clock) => !keep.includes(clock)) }
}

/** A running clock before a paused one; one that never comes due last. */
function isDueEarlier(a: Clock, b: Clock): boolean {
  if (a.state !== b.state) return a.state === 'running'
  return (a.dueAt?.getTime() ?? Infinity) < (b.dueAt?.getTime() ?? Infinity)
}

/** What a timer that looks at this clock now does: never early, each at most once for good, both when it comes very late. */
export function whatFires(clock: Clock, now: Date): ('warn' | 'breach')[] {
  if (clock.state !== 'running') return []
  const fires: ('warn' | 'breach')[] = []
  if (clock.warnedAt === null && clock.warnAt !== null && clock.warnAt <= now) fires.push('warn')
  if (clock.breachedAt === null && clock.dueAt !== null && clock.dueAt <= now) fires.push('breach')
  return fires
}

/** The clock after what `whatFires` said was done. */
export function afterFiring<C extends Clock>(clock: C, fires: readonly ('warn' | 'breach')[], now: Date): C {
  return { ...clock, warnedAt: fires.includes('warn') ? now : clock.warnedAt, breachedAt: fires.includes('breach') ? now : clock.breachedAt }
}

/** When a timer must look at this clock again; null: never by time. */
export function nextFiring(clock: Clock): Date | null {
  if (clock.state !== 'running') return null
  const times = [clock.warnedAt === null ? clock.warnAt : null, clock.breachedAt === null ? clock.dueAt : null].filter((time) => time !== null)
  return times.length > 0 ? times.reduce((a, b) => (a < b ? a : b)) : null
}

/** The earliest due time of the running response clocks: what the place in the line looks at. */
export function earliestDue(clocks: readonly Clock[]): Date | null {
  const due = clocks.filter((clock) => clock.state === 'running' && clock.kind !== 'resolution' && clock.dueAt !== null).map((clock) => clock.dueAt!)
  return due.length > 0 ? due.reduce((a, b) => (a < b ? a : b)) : null
}
