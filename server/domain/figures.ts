/**
 * The figures of the board and the reports (RULES section 7), over plain rows. Milliseconds inside. A figure rests on `n` rows; without
 * any its value is null and the screen shows "–". The caller selects the rows: an entry counts in the interval in which it ended.
 */
import type { Channel, EntryResult } from '#contract/words.ts'

export interface Figure {
  value: number | null
  /** How many rows the value rests on. */
  n: number
  /** 95 % interval, where the formula has one. */
  interval?: { low: number; high: number }
}

/** Under this many answers a figure is shown grey and takes part in no ranking. */
export const rankedFrom = 10

/** One queue entry that ended, or waits (`result` null). */
export interface EntryRow {
  channel: Channel
  result: EntryResult | null
  /** From workableAt to its end, or until now. */
  waitMs: number
}

/** Abandoned sooner than this is a wrong number, not a lost customer. Mail and messaging expire, they are not abandoned. */
export const shortAbandonMs: Record<Channel, number> = { voice: 5_000, webchat: 10_000, sms: 0, whatsapp: 0, slack: 0, email: 0 }

const leftForLater: ReadonlySet<EntryResult> = new Set(['overflowed', 'voicemail', 'callback'])

/**
 * Answered in ≤ X / (answered + abandoned − short + overflowed, voicemail or callback after X). `live`: those who wait longer than X
 * already count against it.
 */
export function serviceLevel(rows: readonly EntryRow[], thresholdMs: Record<Channel, number>, live = false): Figure {
  let good = 0
  let n = 0
  for (const row of rows) {
    const isLate = row.waitMs > thresholdMs[row.channel]
    if (row.result === 'answered') {
      n += 1
      if (!isLate) good += 1
    } else if (row.result === 'abandoned') n += isShort(row) ? 0 : 1
    else if (row.result !== null && leftForLater.has(row.result)) n += isLate ? 1 : 0
    else if (row.result === null && live) n += isLate ? 1 : 0
  }
  return share(good, n)
}

/** Mean wait of the answered, ms. Voice and chat only: of a mail nobody says "it was answered after ringing". */
export function asa(rows: readonly EntryRow[]): Figure {
  return mean(liveRows(rows).filter((row) => row.result === 'answered').map((row) => row.waitMs))
}

/** The wait that nine of ten answered stayed within, ms (nearest rank). */
export function waitP90(rows: readonly EntryRow[]): Figure {
  const waits = liveRows(rows).filter((row) => row.result === 'answered').map((row) => row.waitMs).sort((a, b) => a - b)
  return { value: waits.length === 0 ? null : waits[Math.ceil(0.9 * waits.length) - 1]!, n: waits.length }
}

export function longestWait(rows: readonly EntryRow[]): Figure {
  const waiting = rows.filter((row) => row.result === null)
  return { value: waiting.length === 0 ? null : Math.max(...waiting.map((row) => row.waitMs)), n: waiting.length }
}

/** (abandoned − short) / (answered + abandoned − short), voice and chat. */
export function abandonment(rows: readonly EntryRow[]): Figure {
  const counted = liveRows(rows).filter((row) => row.result === 'answered' || (row.result === 'abandoned' && !isShort(row)))
  return share(counted.filter((row) => row.result === 'abandoned').length, counted.length)
}

function isShort(row: EntryRow): boolean {
  return row.waitMs < shortAbandonMs[row.channel]
}

function liveRows(rows: readonly EntryRow[]): EntryRow[] {
  return rows.filter((row) => row.channel === 'voice' || row.channel === 'webchat')
}

/** One assignment of a handled contact. For a call talk and hold; else the worked time. */
export interface HandleRow {
  talkMs: number
  holdMs: number
  workedMs: number
  wrapUpMs: number
  isCall: boolean
}

export function handleMs(row: HandleRow): number {
  return (row.isCall ? row.talkMs + row.holdMs : row.workedMs) + row.wrapUpMs
}

/** AHT: mean handle time per handled. */
export function averageHandleTime(rows: readonly HandleRow[]): Figure {
  return mean(rows.map(handleMs))
}

/** Mean of durations, ms: first response (first human message − first item), next response (answer − first item of its turn). */
export function mean(durationsMs: readonly number[]): Figure {
  return { value: durationsMs.length === 0 ? null : durationsMs.reduce((sum, value) => sum + value, 0) / durationsMs.length, n: durationsMs.length }
}

/** Union of busy intervals / (that + available and idle), all cut to the period. `n` is the busy intervals counted. */
export function occupancy(busy: readonly Span[], available: readonly Span[]): Figure {
  const busyMs = unionMs(busy)
  const total = unionMs([...busy, ...available])
  return { value: total === 0 ? null : busyMs / total, n: busy.length }
}

export interface Span {
  from: Date
  to: Date
}

/** Time covered by at least one of the spans, ms. */
export function unionMs(spans: readonly Span[]): number {
  const sorted = [...spans].sort((a, b) => a.from.getTime() - b.from.getTime())
  let sum = 0
  let until = -Infinity
  for (const span of sorted) {
    sum += Math.max(0, span.to.getTime() - Math.max(span.from.getTime(), until))
    until = Math.max(until, span.to.getTime())
  }
  return sum
}

/** Timed-out offers / offers. */
export function missedOffers(rows: readonly { result: 'accepted' | 'declined' | 'timed-out' | 'withdrawn' | null }[]): Figure {
  return share(rows.filter((row) => row.result === 'timed-out').length, rows.length)
}

/** Contacts transferred / handled. */
export function transferRate(rows: readonly { wasTransferred: boolean }[]): Figure {
  return share(rows.filter((row) => row.wasTransferred).length, rows.length)
}

const dayMs = 86_400_000

/** Of handled contacts closed 7–14 days ago, those followed within 7 days by one the customer opened. */
export function repeatRate(rows: readonly { closedAt: Date; nextOpenedByCustomerAt: Date | null }[], now: Date): Figure {
  const counted = rows.filter((row) => ageMs(row.closedAt, now) >= 7 * dayMs && ageMs(row.closedAt, now) <= 14 * dayMs)
  const repeated = counted.filter((row) => row.nextOpenedByCustomerAt !== null && ageMs(row.closedAt, row.nextOpenedByCustomerAt) <= 7 * dayMs)
  return share(repeated.length, counted.length)
}

function ageMs(from: Date, to: Date): number {
  return to.getTime() - from.getTime()
}

/** Turns neither answered nor settled whose contact is closed or which are past their limit / turns. */
export function omission(rows: readonly { isEnded: boolean; isContactClosed: boolean; isPastLimit: boolean }[]): Figure {
  return share(rows.filter((row) => !row.isEnded && (row.isContactClosed || row.isPastLimit)).length, rows.length)
}

/** Contacts with a complaint mark, spam excluded / closed contacts. */
export function complaintRate(rows: readonly { isComplaint: boolean; isSpam: boolean }[]): Figure {
  const counted = rows.filter((row) => !row.isSpam)
  return share(counted.filter((row) => row.isComplaint).length, counted.length)
}

/** CSAT: share of 4–5, with Wilson's 95 % interval. */
export function csat(scores: readonly number[]): Figure {
  const good = scores.filter((score) => score >= 4).length
  return scores.length === 0 ? { value: null, n: 0 } : { value: good / scores.length, n: scores.length, interval: wilson(good, scores.length) }
}

/** CSAT answers 1–2 / CSAT answers. */
export function dissatisfaction(scores: readonly number[]): Figure {
  return share(scores.filter((score) => score <= 2).length, scores.length)
}

/** NPS in points, −100 to 100: %9–10 − %0–6, ± 1.96·√((p + d − (p − d)²)/n). */
export function nps(scores: readonly number[]): Figure {
  return npsOf(scores.filter((score) => score >= 9).length, scores.filter((score) => score <= 6).length, scores.length)
}

/** The same from how many are promoters and detractors. */
export function npsOf(promoting: number, detracting: number, n: number): Figure {
  if (n === 0) return { value: null, n: 0 }
  const [promoters, detractors] = [promoting / n, detracting / n]
  const difference = promoters - detractors
  const margin = z95 * Math.sqrt(Math.max(0, promoters + detractors - difference ** 2) / n)
  return { value: 100 * difference, n, interval: { low: 100 * Math.max(-1, difference - margin), high: 100 * Math.min(1, difference + margin) } }
}

/** CES: mean 1–7 with its t interval. One answer has no interval. */
export function ces(scores: readonly number[]): Figure {
  const { value, n } = mean(scores)
  if (value === null || n < 2) return { value, n }
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - value) ** 2, 0) / (n - 1))
  const margin = studentT95(n - 1) * (deviation / Math.sqrt(n))
  return { value, n, interval: { low: Math.max(1, value - margin), high: Math.min(7, value + margin) } }
}

/** Answers / delivered invitations. */
export function responseRate(rows: readonly { isDelivered: boolean; isAnswered: boolean }[]): Figure {
  const delivered = rows.filter((row) => row.isDelivered)
  return share(delivered.filter((row) => row.isAnswered).length, delivered.length)
}

const z95 = 1.959964

function share(count: number, n: number): Figure {
  return { value: n === 0 ? null : count / n, n }
}

/** Wilson's score interval of a share (Wilson 1927): right for few answers, where ± 1.96 σ leaves 0–1. */
export function wilson(count: number, n: number): { low: number; high: number } {
  const p = count / n
  const z2 = z95 ** 2
  const center = (p + z2 / (2 * n)) / (1 + z2 / n)
  const margin = (z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n ** 2))
  // Rounding must not put the share itself outside its interval.
  return { low: Math.max(0, Math.min(p, center - margin)), high: Math.min(1, Math.max(p, center + margin)) }
}

/** Student's t for 95 %, two-sided: Cornish–Fisher expansion of the normal quantile, exact to 0.1 % from 4 degrees on. */
export function studentT95(degrees: number): number {
  const exact = [12.706, 4.303, 3.182][degrees - 1]
  if (exact !== undefined) return exact
  const z = z95
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
}
