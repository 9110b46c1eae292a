/** Numbers, sizes, times and durations in the reader's language, by Intl. Formatters are made once per language and zone. */
import type { Locale } from '../words.ts'

export interface Formats {
  locale: Locale
  /** 14:05 */
  time(at: string | Date): string
  /** 22 Nov 2026 */
  date(at: string | Date): string
  /** 22 Nov 2026, 14:05 */
  dateTime(at: string | Date): string
  /** Sunday 22 November: the heading of a day. */
  day(at: string | Date): string
  /** The time today, the weekday within a week, else the date: for lists. */
  short(at: string | Date, now: Date): string
  /** 1h 4m, 4m 12s, 12s: the two largest parts. Input in milliseconds. */
  duration(ms: number): string
  number(value: number, digits?: number): string
  /** 8.3 → 8.30: always so many digits, for figures under each other. */
  decimal(value: number, digits: number): string
  /** 22 Nov */
  dayMonth(at: string | Date): string
  /** 0.873 → 87 % */
  percent(share: number, digits?: number): string
  bytes(size: number): string
  list(words: readonly string[]): string
  /** The same calendar day in the reader's zone. */
  isSameDay(a: string | Date, b: string | Date): boolean
}

const tags: Record<Locale, string> = { en: 'en-GB', zh: 'zh-CN' }

/** Formatters for one language; `timeZone` is an IANA name, the machine's own when left out. */
export function formatsFor(locale: Locale, timeZone?: string): Formats {
  const key = `${locale} ${timeZone ?? ''}`
  const known = made.get(key)
  if (known) return known
  const fresh = make(locale, timeZone)
  made.set(key, fresh)
  return fresh
}

const made = new Map<string, Formats>()

function make(locale: Locale, timeZone: string | undefined): Formats {
  const tag = tags[locale]
  const zone = timeZone === undefined ? {} : { timeZone }
  const dates = (options: Intl.DateTimeFormatOptions): ((at: string | Date) => string) => {
    const format = new Intl.DateTimeFormat(tag, { ...options, ...zone })
    return (at) => format.format(new Date(at))
  }
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  const calendarDay: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' }
  const time = dates(clock)
  const date = dates(calendarDay)
  const weekday = dates({ weekday: 'short' })
  const dayMonth = dates({ day: 'numeric', month: 'short' })
  const dayKey = dates({ year: 'numeric', month: '2-digit', day: '2-digit' })
  const isSameDay = (a: string | Date, b: string | Date): boolean => dayKey(a) === dayKey(b)
  const unit = (name: string): Intl.NumberFormat => new Intl.NumberFormat(tag, { style: 'unit', unit: name, unitDisplay: locale === 'zh' ? 'short' : 'narrow', maximumFractionDigits: 0 })
  const units = [['day', 86_400_000, unit('day')], ['hour', 3_600_000, unit('hour')], ['minute', 60_000, unit('minute')], ['second', 1000, unit('second')]] as const
  const list = new Intl.ListFormat(tag, { type: 'conjunction' })

  return {
    locale, time, date, isSameDay, dayMonth,
    dateTime: dates({ ...calendarDay, ...clock }),
    day: dates({ weekday: 'long', day: 'numeric', month: 'long' }),
    short(at, now) {
      if (isSameDay(at, now)) return time(at)
      const ageMs = now.getTime() - new Date(at).getTime()
      if (ageMs >= 0 && ageMs < 6 * 86_400_000) return weekday(at)
      return ageMs < 300 * 86_400_000 ? dayMonth(at) : date(at)
    },
    duration(ms) {
      const whole = Math.max(0, Math.round(ms / 1000) * 1000)
      const first = units.findIndex(([, size]) => whole >= size)
      if (first === -1) return units[3][2].format(0)
      const parts = units.slice(first, first + 2).map(([, size, format], at, chosen) => {
        const above = at === 0 ? Number.POSITIVE_INFINITY : (chosen[at - 1]?.[1] ?? Number.POSITIVE_INFINITY)
        const left = Number.isFinite(above) ? whole % above : whole
        return { count: Math.floor(left / size), format }
      })
      return parts.filter(({ count }, at) => at === 0 || count > 0).map(({ count, format }) => format.format(count)).join(locale === 'zh' ? '' : ' ')
    },
    number: (value, digits = 0) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits }).format(value),
    decimal: (value, digits) => new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    percent: (share, digits = 0) => new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: digits }).format(share),
    bytes(size) {
      const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
      const step = size < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3))
      return new Intl.NumberFormat(tag, { style: 'unit', unit: names[step] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: step === 0 ? 0 : 1 }).format(size / 1000 ** step)
    },
    list: (words) => list.format(words),
  }
}
