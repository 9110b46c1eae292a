/** Clocks against a clerk with a wall clock, who looks at the sign on the door every minute and keeps a tally. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Calendar, Period } from '#server/domain/calendar.ts'
import { afterFiring, applyToClocks, nextFiring, retime, startClock, whatFires, type Clock } from '#server/domain/sla.ts'
import type { SlaPolicy } from '#server/domain/sla-policy.ts'
import { countOr, isLong, seed } from '../support/long.ts'

const minute = 60_000
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'] as const
const formats = new Map(zones.map((timeZone) => [timeZone as string, new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })]))

/** What the wall clock of a zone shows: its date, and minutes since midnight. */
function wallClock(timeZone: string, at: number): { date: string; minutes: number } {
  const parts = Object.fromEntries(formats.get(timeZone)!.formatToParts(at).map(({ type, value }) => [type, value]))
  return { date: `${parts['year']}-${parts['month']}-${parts['day']}`, minutes: Number(parts['hour']) * 60 + Number(parts['minute']) }
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const dayBefore = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay() || 7

/** Whether the sign says open in the minute that begins at `at`. */
function signSaysOpen(calendar: Calendar | null, at: number): boolean {
  if (!calendar) return true
  const { date, minutes } = wallClock(calendar.timeZone, at)
  const periodsOf = (day: string): readonly Period[] => calendar.exceptions.find((one) => one.date === day)?.periods ?? calendar.periods.filter((period) => period.weekday === weekdayOf(day))
  const passesMidnight = (period: Period) => minutesOf(period.to) <= minutesOf(period.from)
  return periodsOf(date).some((period) => minutes >= minutesOf(period.from) && (passesMidnight(period) || minutes < minutesOf(period.to)))
    || periodsOf(dayBefore(date)).some((period) => passesMidnight(period) && minutes < minutesOf(period.to))
}

/** No time that a clock change skips or doubles: what those mean is a rule, not a tally (`calendar.test.ts`). */
const times = ['00:00', '04:00', '07:45', '09:00', '12:00', '13:30', '17:00', '22:00', '23:45']
const anyTime = fc.constantFrom(...times)
const anyPeriod = fc.record({ from: anyTime, to: fc.constantFrom(...times, '24:00') }).filter(({ from, to }) => from !== to && !(from === '00:00' && to === '24:00'))
/** Around the nights the clocks change in three zones, a leap day, and days of no note. */
const days = ['2026-03-27', '2026-10-23', '2026-03-06', '2026-10-30', '2026-04-03', '2026-10-02', '2028-02-27', '2026-12-24', '2026-06-11'] as const
const anyCalendar = (from: string): fc.Arbitrary<Calendar | null> => fc.option(fc.record({
  timeZone: fc.constantFrom(...zones),
  periods: fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), anyPeriod).map(([weekday, period]) => ({ weekday, ...period })), { minLength: 2, maxLength: 14 }),
  exceptions: fc.array(fc.record({ offset: fc.integer({ min: 0, max: 5 }), periods: fc.array(anyPeriod, { maxLength: 2 }) }), { maxLength: 2 })
    .map((list) => [...new Map(list.map(({ offset, periods }) => [new Date(Date.parse(from) + offset * 86_400_000).toISOString().slice(0, 10), periods]))].map(([date, periods]) => ({ date, periods }))),
}), { nil: null, freq: 6 })

type Happening = { afterMin: number; do: 'pending' } | { afterMin: number; do: 'resumed' } | { afterMin: number; do: 'retime'; calendar: Calendar | null; targetMin: number }
const anyStory = fc.constantFrom(...days).chain((day) => fc.record({
  start: fc.integer({ min: 0, max: 1_439 }).map((minutes) => Date.parse(day) + minutes * minute),
  calendar: anyCalendar(day),
  targetMin: fc.integer({ min: 1, max: 60 }).map((tens) => tens * 20),
  happenings: fc.array(fc.oneof(
    fc.record({ afterMin: fc.integer({ min: 1, max: 900 }), do: fc.constantFrom('pending' as const, 'resumed' as const) }),
    fc.record({ afterMin: fc.integer({ min: 1, max: 900 }), do: fc.constant('retime' as const), calendar: anyCalendar(day), targetMin: fc.integer({ min: 1, max: 60 }).map((tens) => tens * 20) }),
  ), { maxLength: 4 }) as fc.Arbitrary<Happening[]>,
}))
type Story = typeof anyStory extends fc.Arbitrary<infer Value> ? Value : never

const watchedMin = 5 * 1_440
const shares = [0.5, 0.8]

/** The tally of the clerk: minute by minute, with nothing clever. */
function tally({ start, calendar, targetMin, happenings }: Story): string[] {
  const fired: string[] = []
  let [sign, target, counted, isRunning] = [calendar, targetMin, 0, true]
  const events = schedule(happenings)
  for (let passed = 0; passed <= watchedMin; passed++) {
    const check = (): void => {
      if (!isRunning || fired.some((one) => one.endsWith('breach'))) return
      for (const share of shares) if (counted >= share * target && !fired.some((one) => one.endsWith(` ${share}`))) fired.push(`${passed} ${share}`)
      if (counted >= target) fired.push(`${passed} breach`)
    }
    check()
    for (const event of events.get(passed) ?? []) {
      if (event.do === 'pending') isRunning = false
      else if (event.do === 'resumed') isRunning = true
      else if (!fired.some((one) => one.endsWith('breach'))) [sign, target] = [event.calendar, event.targetMin]
      check()
    }
    if (isRunning && signSaysOpen(sign, start + passed * minute)) counted += 1
  }
  return fired
}

function schedule(happenings: readonly Happening[]): Map<number, Happening[]> {
  let at = 0
  return Map.groupBy(happenings.map((one) => ({ ...one, at: (at += one.afterMin) })), (one) => one.at)
}

/** The same story told to a clock, looked at only when it asks to be. */
function firings({ start, calendar, targetMin, happenings }: Story): string[] {
  const policy = (target: number, hours: Calendar | null, version: number): SlaPolicy => ({ id: 'p', warnShares: shares, hours: hours && { id: 'c', version, calendar: hours }, targets: [{ kind: 'resolution', channel: null, targetMs: target * minute }] })
  let clock: Clock = startClock(policy(targetMin, calendar, 1), 'resolution', 'email', new Date(start), null, 'opened')!
  const fired: string[] = []
  const lookUntil = (until: number): void => {
    for (let next = nextFiring(clock); next !== null && next.getTime() <= until; next = nextFiring(clock)) {
      const fires = whatFires(clock, next)
      if (fires.length === 0) throw new Error('it asked to be looked at and had nothing to do')
      fired.push(...fires.map(({ share, isBreach }) => `${(next!.getTime() - start) / minute} ${isBreach ? 'breach' : share}`))
      clock = afterFiring(clock, fires, next)
    }
  }
  let [at, version] = [start, 1]
  for (const event of happenings) {
    at += event.afterMin * minute
    if (at > start + watchedMin * minute) break
    lookUntil(at)
    if (event.do === 'retime') clock = retime(clock, policy(event.targetMin, event.calendar, ++version), new Date(at))
    else clock = applyToClocks([clock], { kind: event.do }, new Date(at))[0] ?? clock
    lookUntil(at)
  }
  lookUntil(start + watchedMin * minute)
  return fired
}

describe('a clerk who looks every minute agrees', () => {
  it('on every warning and breach, to the minute, whatever pauses, hours and promises change in between', { timeout: isLong ? 600_000 : 10_000 }, () =>
    fc.assert(fc.property(anyStory, (story) => { expect(firings(story)).toEqual(tally(story)) }), { numRuns: countOr(20), seed }))
})

/** Takes the place of chance: the same year each time. */
function random(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296
}

describe('a year of 10,000 timers', () => {
  it('each fires at its time, once, with 30 % changed before, while the clock is stepped back and forth by an hour', () => {
    const next = random(4)
    const week = (from: string, to: string) => [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from, to }))
    const calendars: (Calendar | null)[] = [null, { timeZone: 'Europe/Berlin', periods: week('09:00', '17:00'), exceptions: [{ date: '2026-12-25', periods: [] }] }, { timeZone: 'America/New_York', periods: week('22:00', '06:00'), exceptions: [] }]
    const policyOf = (targetMs: number, which: number): SlaPolicy => ({ id: `p${which}`, warnShares: [0.8], hours: calendars[which] ? { id: `c${which}`, version: 1, calendar: calendars[which] } : null, targets: [{ kind: 'first-response', channel: null, targetMs }] })
    const yearStart = Date.parse('2026-01-01T00:00:00Z')
    const yearMs = 365 * 86_400_000
    const clocks = Array.from({ length: 10_000 }, (_, i) => {
      const start = yearStart + Math.floor(next() * yearMs * 0.9)
      let clock = startClock(policyOf((1 + Math.floor(next() * 40)) * 900_000, i % 3), 'first-response', 'email', new Date(start), 't', 'x')!
      if (next() < 0.3) clock = retime(clock, policyOf((1 + Math.floor(next() * 40)) * 900_000, (i + 1) % 3), new Date(Math.min(start + Math.floor(next() * 3_600_000), (clock.warnAt ?? clock.dueAt!).getTime())))
      return { clock, warnAt: clock.warnAt!.getTime(), dueAt: clock.dueAt!.getTime(), fired: [] as string[] }
    })
    const step = 6 * 3_600_000
    const stepOf = (one: (typeof clocks)[number]): number => Math.floor((nextFiring(one.clock) ?? new Date(0)).getTime() / step)
    const waiting = Map.groupBy(clocks, stepOf)
    for (let time = Math.floor(yearStart / step) * step; time < yearStart + 2 * yearMs; time += step) {
      const at = time / step
      // Those due by now, and those of the hours around, which must not fire early.
      const looked = new Set([...(waiting.get(at - 1) ?? []), ...(waiting.get(at) ?? [])])
      // What a machine's clock may do between two looks: an hour back, an hour ahead, and right again.
      for (const now of [time, time - 3_600_000, time + 3_600_000, time]) {
        for (const one of looked) {
          const fires = whatFires(one.clock, new Date(now))
          if (fires.length === 0) continue
          for (const { isBreach } of fires) one.fired.push(isBreach ? 'breach' : 'warn')
          if (fires.some(({ isBreach }) => now < (isBreach ? one.dueAt : one.warnAt))) one.fired.push('early')
          one.clock = afterFiring(one.clock, fires, new Date(now))
        }
      }
      waiting.delete(at - 1)
      for (const one of looked) if (nextFiring(one.clock) !== null) waiting.set(stepOf(one), [...(waiting.get(stepOf(one)) ?? []).filter((other) => other !== one), one])
    }
    expect(clocks.filter((one) => one.fired.join(' ') !== 'warn breach')).toEqual([])
  })
})
