import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addWorkingTime, closedWithin, isOpen, nextOpening, openingAt, startOfDay, validateCalendar, workingTimeBetween, type Calendar } from '#server/domain/calendar.ts'

const hour = 3_600_000
const weekdays = (from: string, to: string, timeZone = 'Europe/Berlin'): Calendar => ({ timeZone, periods: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from, to })), exceptions: [] })
const daily = (timeZone: string, ...periods: [string, string][]): Calendar => ({ timeZone, periods: [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => periods.map(([from, to]) => ({ weekday, from, to }))), exceptions: [] })
const at = (iso: string) => new Date(iso)

describe('open or closed', () => {
  const office = weekdays('09:00', '17:00')
  it.each([
    ['2026-11-10T07:59:59.999Z', false], ['2026-11-10T08:00:00Z', true], ['2026-11-10T15:59:59.999Z', true], ['2026-11-10T16:00:00Z', false], ['2026-11-14T12:00:00Z', false],
  ] as const)('the office at %s: %s', (iso, open) => expect(isOpen(office, at(iso))).toBe(open))

  it('says when it closes and when it opens again', () => {
    expect(openingAt(office, at('2026-11-10T10:00:00Z'))).toEqual({ isOpen: true, closesAt: at('2026-11-10T16:00:00Z') })
    expect(openingAt(office, at('2026-11-13T17:00:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-11-16T08:00:00Z') })
    expect(nextOpening(office, at('2026-11-10T10:00:00Z'))).toEqual(at('2026-11-10T10:00:00Z'))
  })
  it('is always open without a calendar', () => expect(openingAt(null, at('2026-11-14T12:00:00Z'))).toEqual({ isOpen: true, closesAt: null }))
  it('is never open without periods', () => expect(openingAt({ timeZone: 'UTC', periods: [], exceptions: [] }, at('2026-11-14T12:00:00Z'))).toEqual({ isOpen: false, opensAt: null }))
  it('joins days that touch at midnight', () => expect(openingAt(daily('UTC', ['00:00', '24:00']), at('2026-11-14T12:00:00Z'))).toEqual({ isOpen: true, closesAt: null }))
  it('knows a lunch break', () => expect(openingAt(daily('UTC', ['09:00', '12:00'], ['13:00', '17:00']), at('2026-11-14T12:30:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-11-14T13:00:00Z') }))
  it('is open past midnight on the night that began on a weekday', () => {
    const night = weekdays('22:00', '06:00', 'UTC')
    expect(isOpen(night, at('2026-11-14T05:59:00Z'))).toBe(true)
    expect(isOpen(night, at('2026-11-14T06:00:00Z'))).toBe(false)
    expect(isOpen(night, at('2026-11-14T23:00:00Z'))).toBe(false)
  })
  it('closes on a holiday and opens on a special Sunday', () => {
    const calendar = { ...office, exceptions: [{ date: '2026-12-25', periods: [] }, { date: '2026-12-27', periods: [{ from: '10:00', to: '12:00' }] }] }
    expect(openingAt(calendar, at('2026-12-25T10:00:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-12-27T09:00:00Z') })
  })
})

describe('the nights the clocks change', () => {
  it('counts 7 hours in the spring night and 9 in the autumn night of a shift 22–06', () => {
    const night = daily('Europe/Berlin', ['22:00', '06:00'])
    expect(workingTimeBetween(night, at('2026-03-28T20:00:00Z'), at('2026-03-29T10:00:00Z'))).toBe(7 * hour)
    expect(workingTimeBetween(night, at('2026-10-24T19:00:00Z'), at('2026-10-25T10:00:00Z'))).toBe(9 * hour)
  })
  it('opens at the same clock time before and after', () => {
    const office = daily('America/New_York', ['09:00', '17:00'])
    expect(nextOpening(office, at('2026-03-07T05:00:00Z'))).toEqual(at('2026-03-07T14:00:00Z'))
    expect(nextOpening(office, at('2026-03-08T05:00:00Z'))).toEqual(at('2026-03-08T13:00:00Z'))
  })
  it('reads a skipped time with the offset before the change, a double one as the first', () => {
    expect(nextOpening(daily('Europe/Berlin', ['02:30', '05:00']), at('2026-03-29T00:30:00Z'))).toEqual(at('2026-03-29T01:30:00Z'))
    expect(nextOpening(daily('Europe/Berlin', ['02:30', '05:00']), at('2026-10-25T00:00:00Z'))).toEqual(at('2026-10-25T00:30:00Z'))
  })
  it('knows zones whose clocks change by half an hour', () =>
    expect(workingTimeBetween(daily('Australia/Lord_Howe', ['00:00', '06:00']), at('2026-10-03T12:00:00Z'), at('2026-10-04T12:00:00Z'))).toBe(5.5 * hour))
  it('knows a leap day', () => expect(isOpen({ timeZone: 'UTC', periods: [], exceptions: [{ date: '2028-02-29', periods: [{ from: '09:00', to: '10:00' }] }] }, at('2028-02-29T09:30:00Z'))).toBe(true))
  it('starts the day of a site at its own midnight', () => {
    expect(startOfDay('Asia/Shanghai', at('2026-11-10T15:59:59Z'))).toEqual(at('2026-11-09T16:00:00Z'))
    expect(startOfDay('Asia/Shanghai', at('2026-11-10T16:00:00Z'))).toEqual(at('2026-11-10T16:00:00Z'))
  })
})

describe('working time', () => {
  const office = weekdays('09:00', '17:00', 'UTC')
  it.each([
    ['within the day', '2026-11-10T10:00:00Z', 1, '2026-11-10T11:00:00Z'],
    ['exactly until closing time', '2026-11-10T16:00:00Z', 1, '2026-11-10T17:00:00Z'],
    ['a minute of it tomorrow', '2026-11-10T16:01:00Z', 1, '2026-11-11T09:01:00Z'],
    ['over the weekend', '2026-11-13T16:30:00Z', 1, '2026-11-16T09:30:00Z'],
    ['begun in closed hours', '2026-11-14T03:00:00Z', 8, '2026-11-16T17:00:00Z'],
    ['several days', '2026-11-10T09:00:00Z', 20, '2026-11-12T13:00:00Z'],
  ] as const)('%s', (_, start, hours, due) => expect(addWorkingTime(office, at(start), hours * hour)).toEqual(at(due)))
  it('is null when the calendar never opens', () => expect(addWorkingTime({ timeZone: 'UTC', periods: [], exceptions: [] }, at('2026-11-10T10:00:00Z'), 1)).toBeNull())

  it('names the closed stretches between two instants', () => {
    const named = (from: string, to: string) => closedWithin(office, at(from), at(to), 10).map((one) => `${one.from.toISOString().slice(5, 16)}–${one.to.toISOString().slice(5, 16)}`)
    expect(named('2026-11-13T16:00:00Z', '2026-11-16T10:00:00Z')).toEqual(['11-13T17:00–11-16T09:00'])
    expect(named('2026-11-10T10:00:00Z', '2026-11-10T12:00:00Z')).toEqual([])
    expect(named('2026-11-10T18:00:00Z', '2026-11-10T20:00:00Z')).toEqual(['11-10T18:00–11-10T20:00'])
    expect(closedWithin({ timeZone: 'UTC', periods: [], exceptions: [] }, at('2026-11-10T18:00:00Z'), at('2026-11-10T20:00:00Z'), 10)).toHaveLength(1)
  })

  const clock = fc.integer({ min: 0, max: 47 }).map((half) => `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`)
  const anyCalendar = fc.record({
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Shanghai', 'Pacific/Apia'),
    periods: fc.array(fc.record({ weekday: fc.integer({ min: 1, max: 7 }), from: clock, to: clock }).filter((period) => period.from !== period.to), { minLength: 1, maxLength: 8 }),
    exceptions: fc.constantFrom([], [{ date: '2026-03-29', periods: [] }], [{ date: '2026-10-25', periods: [{ from: '01:00', to: '04:00' }] }]),
  })
  const around = fc.constantFrom('2026-03-27T00:00:00Z', '2026-10-23T00:00:00Z', '2026-03-06T00:00:00Z', '2026-10-02T00:00:00Z', '2026-06-01T00:00:00Z').map((iso) => at(iso).getTime())

  it('adds what it measures: between start and start plus n there are n', () =>
    fc.assert(fc.property(anyCalendar, around, fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 3_000 }), (calendar, day, offset, minutes) => {
      const start = new Date(day + offset * 60_000)
      const due = addWorkingTime(calendar, start, minutes * 60_000)!
      expect(workingTimeBetween(calendar, start, due)).toBe(minutes * 60_000)
      expect(workingTimeBetween(calendar, start, new Date(due.getTime() - 1))).toBe(minutes * 60_000 - 1)
    }), { numRuns: 150 }))

  it('what is open and what is closed together are the whole time', () =>
    fc.assert(fc.property(anyCalendar, around, fc.integer({ min: 0, max: 20_000 }), (calendar, day, minutes) => {
      const [from, to] = [new Date(day), new Date(day + minutes * 60_000)]
      const closed = closedWithin(calendar, from, to, 1_000).reduce((sum, one) => sum + one.to.getTime() - one.from.getTime(), 0)
      expect(closed + workingTimeBetween(calendar, from, to)).toBe(minutes * 60_000)
    }), { numRuns: 60 }))

  it('measures what a clerk would who looks at the sign every half hour', () =>
    fc.assert(fc.property(anyCalendar, around, fc.integer({ min: 0, max: 400 }), (calendar, day, steps) => {
      const start = new Date(day)
      const end = new Date(day + steps * 1_800_000)
      let slow = 0
      for (let time = start.getTime(); time < end.getTime(); time += 1_800_000) if (isOpen(calendar, new Date(time))) slow += 1_800_000
      expect(workingTimeBetween(calendar, start, end)).toBe(slow)
    }), { numRuns: 25 }))
})

describe('what an admin may not save', () => {
  const good = weekdays('09:00', '17:00')
  it.each([
    ['good hours', good, []],
    ['an unknown zone', { ...good, timeZone: 'Mars/Olympus' }, ['unknown-time-zone']],
    ['an offset for a zone', { ...good, timeZone: '+02:00' }, ['unknown-time-zone']],
    ['a ninth day', { ...good, periods: [{ weekday: 9, from: '09:00', to: '10:00' }] }, ['bad-weekday']],
    ['an hour 25', { ...good, periods: [{ weekday: 1, from: '09:00', to: '25:00' }] }, ['bad-time']],
    ['hours without length', { ...good, periods: [{ weekday: 1, from: '09:00', to: '09:00' }] }, ['bad-time']],
    ['the 30th of February', { ...good, exceptions: [{ date: '2026-02-30', periods: [] }] }, ['bad-date']],
    ['one holiday twice', { ...good, exceptions: [{ date: '2026-12-25', periods: [] }, { date: '2026-12-25', periods: [] }] }, ['date-twice']],
    ['no hours at all', { ...good, periods: [] }, ['never-open']],
  ] as const)('%s', (_, calendar, codes) => expect(validateCalendar(calendar).map((problem) => problem.code)).toEqual(codes))
})
