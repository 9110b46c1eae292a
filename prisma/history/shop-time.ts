/** The shop's own time: when customers write, and when somebody is there to answer. */
import type { Random } from './random.ts'

export const shopZone = 'America/Los_Angeles'
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

const clockFormat = new Intl.DateTimeFormat('en-US', { timeZone: shopZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' })
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Weekday (0 is Sunday) and hour on the shop's wall. */
export function wallClock(at: Date): { weekday: number; hour: number } {
  const parts = Object.fromEntries(clockFormat.formatToParts(at).map((part) => [part.type, part.value]))
  return { weekday: weekdays.indexOf(parts['weekday'] ?? ''), hour: Number(parts['hour']) }
}

/** How much of a day's custom falls into each hour: little at night, a peak before noon, a second one after work. */
const byHour = [1, 0.5, 0.3, 0.3, 0.4, 1, 2, 4, 7, 10, 11, 10, 8, 8, 9, 9, 8, 8, 9, 8, 6, 4, 3, 2]
/** Mondays are full of the weekend's broken lamps, Sundays are quiet. */
const byWeekday = [0.5, 1.35, 1.15, 1.05, 1, 1.1, 0.75]

/** Times of arrivals from `from` to `to`, about `count` of them, in order. */
export function arrivals(random: Random, from: Date, to: Date, count: number): Date[] {
  const hours: { at: number; weight: number }[] = []
  for (let at = from.getTime(); at < to.getTime(); at += hour) {
    const clock = wallClock(new Date(at))
    hours.push({ at, weight: (byHour[clock.hour] ?? 1) * (byWeekday[clock.weekday] ?? 1) * Math.min(1, (to.getTime() - at) / hour) })
  }
  const perWeight = count / hours.reduce((sum, one) => sum + one.weight, 0)
  return hours
    .flatMap(({ at, weight }) => Array.from({ length: random.poisson(weight * perWeight) }, () => at + random.between(0, Math.min(hour, to.getTime() - at) - 1)))
    .sort((a, b) => a - b)
    .map((at) => new Date(at))
}

/** Whether somebody answers now: the workshop on weekdays from nine to five; the others always, it is an online shop. */
export function isStaffed(queue: string, at: Date): boolean {
  if (queue !== 'Repairs') return true
  const { weekday, hour: hourNow } = wallClock(at)
  return weekday >= 1 && weekday <= 5 && hourNow >= 9 && hourNow < 17
}
