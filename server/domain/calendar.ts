import { Temporal } from 'temporal-polyfill'

/** Opening hours of a queue or of a promise. No calendar at all (null) means always open. */
export interface Calendar {
  /** IANA name, "Europe/Berlin". */
  timeZone: string
  periods: readonly WeeklyPeriod[]
  /** Days that differ: these periods instead of the weekday's; none for a holiday. */
  exceptions: readonly { date: string; periods: readonly Period[] }[]
}

/** "HH:MM" of the zone. An end at or before the start is on the next day; "24:00" is midnight at the end of the day. */
export interface Period {
  from: string
  to: string
}

/** Weekday 1 is Monday, 7 Sunday, of the day on which the period starts. */
export type WeeklyPeriod = Period & { weekday: number }

export type Opening = { isOpen: true; closesAt: Date | null } | { isOpen: false; opensAt: Date | null }

/** Beyond this many days no opening is looked for: the answer is null, "none in sight". */
const horizonDays = 800

/** Whether it is open at an instant, and when that changes; null: not within sight. An opening includes its first instant, not its last. */
export function openingAt(calendar: Calendar | null, at: Date): Opening {
  if (!calendar) return { isOpen: true, closesAt: null }
  const time = at.getTime()
  let closesAt: number | null = null
  for (const interval of openIntervals(calendar, time)) {
    if (closesAt === null && interval.start > time) return { isOpen: false, opensAt: new Date(interval.start) }
    if (closesAt !== null && interval.start > closesAt) return { isOpen: true, closesAt: new Date(closesAt) }
    closesAt = interval.end
    // Open for a week on end is open always, as far as anybody is told.
    if (closesAt - time > 8 * dayMs) return { isOpen: true, closesAt: null }
  }
  return closesAt === null ? { isOpen: false, opensAt: null } : { isOpen: true, closesAt: new Date(closesAt) }
}

export function isOpen(calendar: Calendar | null, at: Date): boolean {
  return openingAt(calendar, at).isOpen
}

/** The instant itself when open, else the next opening; null when there is none in sight. */
export function nextOpening(calendar: Calendar | null, at: Date): Date | null {
  const opening = openingAt(calendar, at)
  return opening.isOpen ? at : opening.opensAt
}

/**
 * When so much working time has passed since `start`. What ends exactly at closing time is due at closing time, not the next
 * morning. Null: the calendar never opens long enough within sight.
 */
export function addWorkingTime(calendar: Calendar | null, start: Date, workingMs: number): Date | null {
  if (!calendar || workingMs <= 0) return new Date(start.getTime() + Math.max(0, workingMs))
  let rest = workingMs
  for (const interval of openIntervals(calendar, start.getTime())) {
    const from = Math.max(interval.start, start.getTime())
    if (interval.end - from >= rest) return new Date(from + rest)
    rest -= interval.end - from
  }
  return null
}

/** Working time between two instants, ms; 0 when `to` is not after `from`. */
export function workingTimeBetween(calendar: Calendar | null, from: Date, to: Date): number {
  if (!calendar) return Math.max(0, to.getTime() - from.getTime())
  let sum = 0
  for (const interval of openIntervals(calendar, from.getTime())) {
    if (interval.start >= to.getTime()) break
    sum += Math.max(0, Math.min(interval.end, to.getTime()) - Math.max(interval.start, from.getTime()))
  }
  return sum
}

/** Closed stretches between two instants, the first `max` of them: what a picture of a clock shows as not counted. */
export function closedWithin(calendar: Calendar | null, from: Date, to: Date, max: number): { from: Date; to: Date }[] {
  if (!calendar) return []
  const closed: { from: Date; to: Date }[] = []
  let doneUntil = from.getTime()
  for (const interval of openIntervals(calendar, from.getTime())) {
    const start = Math.min(interval.start, to.getTime())
    if (start > doneUntil) closed.push({ from: new Date(doneUntil), to: new Date(start) })
    doneUntil = Math.max(doneUntil, interval.end)
    if (doneUntil >= to.getTime() || start === to.getTime() || closed.length === max) return closed
  }
  return doneUntil < to.getTime() ? [...closed, { from: new Date(doneUntil), to }] : closed
}

export type CalendarProblem =
  | { code: 'unknown-time-zone'; timeZone: string }
  | { code: 'bad-weekday'; index: number }
  | { code: 'bad-time'; where: 'periods' | 'exceptions'; index: number }
  | { code: 'bad-date'; index: number }
  | { code: 'date-twice'; date: string }
  | { code: 'too-many' }
  | { code: 'never-open' }

/** What is wrong with a calendar somebody typed; empty when it may be saved. Overlaps are no problem, they count once. */
export function validateCalendar(calendar: Calendar): CalendarProblem[] {
  const problems: CalendarProblem[] = []
  if (!isTimeZone(calendar.timeZone)) problems.push({ code: 'unknown-time-zone', timeZone: calendar.timeZone })
  if (calendar.periods.length > 70 || calendar.exceptions.length > 1_000 || calendar.exceptions.some((day) => day.periods.length > 10)) problems.push({ code: 'too-many' })
  calendar.periods.forEach((period, index) => {
    if (!Number.isInteger(period.weekday) || period.weekday < 1 || period.weekday > 7) problems.push({ code: 'bad-weekday', index })
    if (!isPeriod(period)) problems.push({ code: 'bad-time', where: 'periods', index })
  })
  const seen = new Set<string>()
  calendar.exceptions.forEach((day, index) => {
    if (!isDate(day.date)) problems.push({ code: 'bad-date', index })
    if (seen.has(day.date)) problems.push({ code: 'date-twice', date: day.date })
    seen.add(day.date)
    if (!day.periods.every(isPeriod)) problems.push({ code: 'bad-time', where: 'exceptions', index })
  })
  if (calendar.periods.length === 0 && calendar.exceptions.every((day) => day.periods.length === 0)) problems.push({ code: 'never-open' })
  return problems
}

/** Midnight of the site on the day of `at`: "today" counts from here. */
export function startOfDay(timeZone: string, at: Date): Date {
  return new Date(zoned(timeZone, at.getTime()).startOfDay().epochMilliseconds)
}

const dayMs = 86_400_000

interface Interval {
  start: number
  end: number
}

/** Open intervals that end after `from`, in order and disjoint, day by day within the horizon. */
function* openIntervals(calendar: Calendar, from: number): Generator<Interval> {
  const days = daysOf(calendar)
  // Two days back by UTC: one for zones ahead of or behind it, one for a period that passes midnight.
  const first = Math.floor(from / dayMs) - 2
  let doneUntil = -Infinity
  for (let day = first; day <= first + horizonDays; day += 1) {
    for (const { start, end } of days.get(day)) {
      const clipped = { start: Math.max(start, doneUntil), end }
      if (clipped.end <= clipped.start) continue
      doneUntil = end
      if (end > from) yield clipped
    }
  }
}

interface Days {
  /** The intervals that start on one day, counted from 1970-01-01, by the zone's own date. */
  get(epochDay: number): readonly Interval[]
}

const knownCalendars = new Map<string, Days>()
const knownCalendarsMax = 200
const knownDaysMax = 4_000

/**
 * Zone arithmetic is the dear part (0.1 ms a time) and hours seldom change, so the instants of a day are kept, by the content of
 * the calendar: the answer is the same with and without.
 */
function daysOf(calendar: Calendar): Days {
  const key = JSON.stringify([calendar.timeZone, calendar.periods, calendar.exceptions])
  const known = knownCalendars.get(key)
  if (known) return known
  if (knownCalendars.size >= knownCalendarsMax) knownCalendars.clear()
  const days = readDays(calendar)
  knownCalendars.set(key, days)
  return days
}

function readDays(calendar: Calendar): Days {
  const exceptions = new Map(calendar.exceptions.map((day) => [day.date, day.periods]))
  const kept = new Map<number, readonly Interval[]>()
  return {
    get(epochDay) {
      const known = kept.get(epochDay)
      if (known) return known
      if (kept.size >= knownDaysMax) kept.clear()
      const date = Temporal.PlainDate.from(new Date(epochDay * dayMs).toISOString().slice(0, 10))
      const periods = exceptions.get(date.toString()) ?? calendar.periods.filter((period) => period.weekday === date.dayOfWeek)
      const intervals = periods.map((period) => intervalOf(period, date, calendar.timeZone)).sort((a, b) => a.start - b.start)
      kept.set(epochDay, intervals)
      return intervals
    },
  }
}

/**
 * A local time skipped by a clock change is read with the offset before the change, one that comes twice is the first one (RFC 5545,
 * section 3.3.5).
 */
function intervalOf(period: Period, date: Temporal.PlainDate, timeZone: string): Interval {
  const endDate = minutesOf(period.to) <= minutesOf(period.from) ? date.add({ days: 1 }) : date
  return { start: instantOf(date, period.from, timeZone), end: instantOf(endDate, period.to, timeZone) }
}

function instantOf(date: Temporal.PlainDate, time: string, timeZone: string): number {
  const minutes = minutesOf(time)
  const day = minutes === 1_440 ? date.add({ days: 1 }) : date
  const plain = day.toPlainDateTime({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 })
  return plain.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds
}

function zoned(timeZone: string, time: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone)
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

function isPeriod(period: Period): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(period.from) && /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(period.to) && period.from !== period.to
}

function isDate(date: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  if (!parts) return false
  const read = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(date)
}

function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/.test(timeZone)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
