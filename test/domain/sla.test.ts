import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOpen, type Calendar } from '#server/domain/calendar.ts'
import { afterFiring, applyToClocks, clocksForTurn, earliestDue, mergeClocks, nextFiring, retime, startClock, whatFires, workedMs, type Clock, type ClockEvent } from '#server/domain/sla.ts'
import { choosePolicy, targetMs, type Applies, type PolicyChoice, type SlaPolicy } from '#server/domain/sla-policy.ts'

const minute = 60_000
const hour = 60 * minute
const start = new Date('2026-11-10T10:00:00Z')
const at = (ms: number) => new Date(start.getTime() + ms)
const office: Calendar = { timeZone: 'UTC', periods: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })), exceptions: [] }
const policy: SlaPolicy = {
  id: 'p', hours: null, warnShares: [0.8],
  targets: [{ kind: 'time-to-answer', channel: null, targetMs: 10 * minute }, { kind: 'time-to-answer', channel: 'voice', targetMs: minute }, { kind: 'first-response', channel: null, targetMs: hour }, { kind: 'next-response', channel: null, targetMs: 2 * hour }, { kind: 'resolution', channel: null, targetMs: 8 * hour }],
}
const clock = (kind: Clock['kind'] = 'first-response', over: Partial<SlaPolicy> = {}): Clock => startClock({ ...policy, ...over }, kind, 'sms', start, kind === 'resolution' ? null : 't1', 'turn-started')!
const apply = (one: Clock, event: ClockEvent, when: Date) => applyToClocks([one], event, when)[0] ?? one
const hoursOf = (calendar: Calendar | null, version = 1): SlaPolicy['hours'] => calendar && { id: 'c', version, calendar }
const warn = (share = 0.8) => ({ share, isBreach: false })
const breach = { share: 1, isBreach: true }

describe('what a promise starts', () => {
  it('takes the channel’s own target before the common one', () => expect([targetMs(policy, 'time-to-answer', 'voice'), targetMs(policy, 'time-to-answer', 'sms'), targetMs({ ...policy, targets: [] }, 'resolution', 'sms')]).toEqual([minute, 10 * minute, null]))
  const turn = { id: 't1', startedAt: start, channel: 'sms' } as const
  const kinds = (contact: Parameters<typeof clocksForTurn>[1]) => clocksForTurn(policy, contact, turn).map((one) => one.kind)
  it('starts three clocks with the first turn', () => expect(kinds({ clocks: [], hasOwner: false, hasHumanReply: false })).toEqual(['time-to-answer', 'first-response', 'resolution']))
  it('starts next response with a later turn of an owned contact', () => expect(kinds({ clocks: [clock('resolution')], hasOwner: true, hasHumanReply: true })).toEqual(['next-response']))
  it('starts nothing for a second message of the same turn', () => expect(kinds({ clocks: [clock('resolution'), clock('first-response')], hasOwner: true, hasHumanReply: false })).toEqual([]))
  it('warns at 80 % and is due by the calendar', () => {
    expect(clock()).toMatchObject({ warnAt: at(48 * minute), dueAt: at(hour) })
    expect(startClock({ ...policy, hours: hoursOf(office) }, 'first-response', 'sms', new Date('2026-11-13T16:30:00Z'), 't1', 'x')).toMatchObject({ dueAt: new Date('2026-11-16T09:30:00Z') })
  })
})

describe('what ends, pauses and goes on', () => {
  it.each([
    ['time-to-answer', { kind: 'accepted', isCall: false }, 'met'], ['time-to-answer', { kind: 'accepted', isCall: true }, 'running'], ['time-to-answer', { kind: 'bridged' }, 'met'], ['time-to-answer', { kind: 'replied' }, 'running'],
    ['first-response', { kind: 'accepted', isCall: false }, 'running'], ['first-response', { kind: 'replied' }, 'met'], ['first-response', { kind: 'bridged' }, 'met'], ['first-response', { kind: 'turn-settled' }, 'cancelled'], ['first-response', { kind: 'pending' }, 'running'],
    ['next-response', { kind: 'replied' }, 'met'], ['next-response', { kind: 'turn-settled' }, 'cancelled'],
    ['resolution', { kind: 'replied' }, 'running'], ['resolution', { kind: 'pending' }, 'paused'], ['resolution', { kind: 'parked' }, 'paused'], ['resolution', { kind: 'closed', isResolved: true }, 'met'], ['resolution', { kind: 'closed', isResolved: false }, 'cancelled'],
  ] as const)('%s after %o: %s', (kind, event, state) => expect(apply(clock(kind), event, at(minute)).state).toBe(state))

  it('moves the due time by the pause, and only resolution pauses', () => {
    const paused = apply(clock('resolution'), { kind: 'pending' }, at(hour))
    expect(paused).toMatchObject({ state: 'paused', dueAt: null, warnAt: null })
    expect(apply(paused, { kind: 'resumed' }, at(4 * hour))).toMatchObject({ state: 'running', dueAt: at(11 * hour) })
  })
  it('re-opens a turn whose reply failed with its original due time', () => {
    const met = apply(clock(), { kind: 'replied' }, at(10 * minute))
    expect(apply(met, { kind: 'reply-failed', turnId: 't1' }, at(30 * minute))).toMatchObject({ state: 'running', dueAt: at(hour), endedAt: null })
    expect(apply(met, { kind: 'reply-failed', turnId: 't2' }, at(30 * minute)).state).toBe('met')
  })
  it('goes on with resolution when a contact re-opens, the time between not counted, and not with first response', () => {
    const closed = apply(clock('resolution'), { kind: 'closed', isResolved: true }, at(2 * hour))
    expect(apply(closed, { kind: 'reopened' }, at(20 * hour))).toMatchObject({ state: 'running', dueAt: at(26 * hour) })
    expect(apply(apply(clock(), { kind: 'replied' }, at(minute)), { kind: 'reopened' }, at(hour)).state).toBe('met')
  })
  it('marks a late answer as a breach even when no timer came by', () => {
    expect(apply(clock(), { kind: 'replied' }, at(hour)).breachedAt).toBeNull()
    expect(apply(clock(), { kind: 'replied' }, at(hour + 1)).breachedAt).toEqual(at(hour + 1))
    expect(apply(clock('resolution'), { kind: 'pending' }, at(9 * hour)).breachedAt).toEqual(at(9 * hour))
  })
})

describe('timers', () => {
  it('fire never early, each once', () => {
    let one = clock()
    expect(nextFiring(one)).toEqual(at(48 * minute))
    expect(whatFires(one, at(48 * minute - 1))).toEqual([])
    expect(whatFires(one, at(48 * minute))).toEqual([warn()])
    one = afterFiring(one, [warn()], at(48 * minute))
    expect([whatFires(one, at(50 * minute)), nextFiring(one)]).toEqual([[], at(hour)])
    one = afterFiring(one, whatFires(one, at(hour)), at(hour))
    expect([one.breachedAt, whatFires(one, at(9 * hour)), nextFiring(one)]).toEqual([at(hour), [], null])
  })
  it('fire both when they come very late', () => expect(whatFires(clock(), at(9 * hour))).toEqual([warn(), breach]))
  it('fire nothing on a clock that is met or paused', () => {
    expect(whatFires(apply(clock(), { kind: 'replied' }, at(minute)), at(9 * hour))).toEqual([])
    expect(whatFires(apply(clock('resolution'), { kind: 'pending' }, at(minute)), at(99 * hour))).toEqual([])
  })
  it('warn at several shares, each once, in order', () => {
    let one = clock('first-response', { warnShares: [0.5, 0.75, 0.9] })
    const given: string[] = []
    for (let time = 0; time <= 61; time++) {
      const fires = whatFires(one, at(time * minute))
      given.push(...fires.map(({ share, isBreach }) => `${time} ${isBreach ? 'breach' : share}`))
      one = afterFiring(one, fires, at(time * minute))
    }
    expect(given).toEqual(['30 0.5', '45 0.75', '54 0.9', '60 breach'])
    expect(whatFires(clock('first-response', { warnShares: [0.5, 0.75, 0.9] }), at(50 * minute))).toEqual([warn(0.5), warn(0.75)])
  })
})

describe('a promise that changes', () => {
  const promising = (targetMs: number, over: Partial<SlaPolicy> = {}): SlaPolicy => ({ ...policy, ...over, targets: [{ kind: 'first-response', channel: null, targetMs }] })
  it('moves what has not fired, and what breached stays breached', () => {
    expect(retime(clock(), promising(30 * minute), at(10 * minute))).toMatchObject({ dueAt: at(30 * minute), state: 'running' })
    const breached = afterFiring(clock(), [warn(), breach], at(hour))
    const softer = retime(breached, promising(9 * hour), at(2 * hour))
    expect([softer.breachedAt, softer.dueAt, whatFires(softer, at(99 * hour))]).toEqual([at(hour), at(hour), []])
  })
  it('leaves a breach nobody has noted yet to the old promise', () => expect(whatFires(retime(clock(), promising(9 * hour), at(2 * hour)), at(2 * hour))).toEqual([warn(), breach]))
  it('gives no warning twice when the target moves', () => {
    const warned = afterFiring(clock(), [warn()], at(48 * minute))
    expect(retime(warned, promising(2 * hour), at(50 * minute))).toMatchObject({ warnAt: null, dueAt: at(2 * hour), warnedAt: at(48 * minute) })
    expect(retime(warned, promising(2 * hour, { warnShares: [0.5, 0.9] }), at(50 * minute)).warnAt).toEqual(at(108 * minute))
  })
  it('cancels what is no longer promised, with the reason in the ledger', () => {
    for (const none of [null, promising(hour)]) {
      const gone = retime(clock('resolution'), none, at(minute))
      expect([gone.state, gone.endedAt, gone.intervals.at(-1)?.until]).toEqual(['cancelled', at(minute), 'not-promised'])
    }
  })
  it('counts the past by the old hours and the rest by the new ones', () => {
    const changed = retime(clock('resolution'), { ...policy, hours: hoursOf(office) }, at(2 * hour))
    // 2 h counted around the clock, 6 h left: 12:00–17:00 today and an hour tomorrow.
    expect(changed.dueAt).toEqual(new Date('2026-11-11T10:00:00Z'))
    expect(changed.intervals.map(({ workedMs: worked, hours }) => [worked, hours])).toEqual([[2 * hour, null], [null, { id: 'c', version: 1 }]])
  })
  it('counts the past by the hours of the past when the same calendar changes', () => {
    const before = clock('resolution', { hours: hoursOf(office) })
    const longer = { ...office, periods: office.periods.map((period) => ({ ...period, to: '20:00' })) }
    const changed = retime(before, { ...policy, hours: hoursOf(longer, 2) }, at(8 * hour))
    // 10:00–17:00 counted by the old sign though it is 18:00, one hour left until 19:00 by the new one.
    expect([changed.intervals[0]?.workedMs, changed.dueAt]).toEqual([7 * hour, at(9 * hour)])
  })
  it('is the same clock where nothing changes for it', () => {
    const one = clock()
    expect(retime(one, { ...policy, targets: [...policy.targets] }, at(minute))).toBe(one)
    const done = apply(one, { kind: 'replied' }, at(minute))
    expect(retime(done, promising(minute), at(hour))).toBe(done)
  })
  it('keeps its pause, and is due by the new promise after it', () => {
    const paused = apply(clock('resolution'), { kind: 'pending' }, at(hour))
    const stricter = retime(paused, { ...policy, targets: [{ kind: 'resolution', channel: null, targetMs: 2 * hour }] }, at(2 * hour))
    expect(apply(stricter, { kind: 'resumed' }, at(5 * hour)).dueAt).toEqual(at(6 * hour))
  })
})

describe('which promise', () => {
  const all: Applies = { queueIds: [], tiers: [], channels: [], minPriority: 0, calendarId: null }
  const choice = (id: string, applies: Partial<Applies> | null, during: Calendar | null = null): PolicyChoice => ({ ...policy, id, applies: applies && { ...all, ...applies }, during })
  const facts = { queueId: 'q', queuePolicyId: 'usual', tier: 'gold', channel: 'sms', priority: 1 } as const
  const usual = choice('usual', null)
  it.each([
    ['none applies: the queue’s', [choice('a', { tiers: ['silver'] }), usual], 'usual'],
    ['tier and channel', [choice('a', { tiers: ['gold'], channels: ['sms'] }), usual], 'a'],
    ['one condition of two', [choice('a', { tiers: ['gold'], channels: ['email'] }), usual], 'usual'],
    ['another queue', [choice('a', { queueIds: ['r'] }), usual], 'usual'],
    ['priority at least', [choice('a', { minPriority: 1 }), usual], 'a'],
    ['priority too low', [choice('a', { minPriority: 2 }), usual], 'usual'],
    ['the first of two', [choice('a', { tiers: ['gold'] }), choice('b', {}), usual], 'a'],
    ['within the hours', [choice('a', { calendarId: 'c' }, office), usual], 'a'],
    ['one that only other queues name', [choice('other', null)], null],
    ['none at all', [], null],
  ] as const)('%s', (_, choices, id) => expect(choosePolicy(choices, facts, start)?.id ?? null).toBe(id))
  it('outside the hours of one, the next', () => expect(choosePolicy([choice('a', { calendarId: 'c' }, office), usual], facts, at(9 * hour))?.id).toBe('usual'))
})

describe('merging', () => {
  it('keeps the earlier due time of each target', () => {
    const early = clock()
    const late = startClock(policy, 'first-response', 'sms', at(minute), 't2', 'x')!
    const resolution = clock('resolution')
    expect(mergeClocks([late, resolution], [early])).toEqual({ keep: [early, resolution], cancel: [late] })
  })
  it('tells the line the earliest promise', () => expect(earliestDue([clock('resolution'), clock(), clock('time-to-answer')])).toEqual(at(10 * minute)))
})

describe('a slow clerk with a stop-watch agrees', () => {
  const anyEvents = fc.array(fc.record({ afterMin: fc.integer({ min: 1, max: 300 }), kind: fc.constantFrom('pending', 'resumed', 'parked') }), { maxLength: 6 })
  it('counts exactly the open minutes in which the clock ran', () =>
    fc.assert(fc.property(anyEvents, fc.integer({ min: 0, max: 400 }), fc.constantFrom(office, null), (events, tailMin, calendar) => {
      let one = startClock({ ...policy, hours: hoursOf(calendar) }, 'resolution', 'sms', start, null, 'x')!
      let time = start.getTime()
      let counted = 0
      const watch = (untilMs: number) => {
        for (; time < untilMs; time += minute) if (one.state === 'running' && (calendar === null || isOpen(calendar, new Date(time)))) counted += minute
      }
      for (const event of events) {
        watch(time + event.afterMin * minute)
        one = apply(one, { kind: event.kind }, new Date(time))
      }
      watch(time + tailMin * minute)
      expect(workedMs(one, new Date(time))).toBe(counted)
      if (one.state === 'running' && one.dueAt && calendar === null && counted < one.targetMs) expect(one.dueAt.getTime()).toBe(time + one.targetMs - counted)
    }), { numRuns: 60 }))
})
