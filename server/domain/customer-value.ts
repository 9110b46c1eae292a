/** What a customer is worth and where they stand with us, with the reasons (docs/satisfaction.md). */
import type { CustomerStage, ValueClass } from '#contract/words.ts'

const dayMs = 86_400_000

/** From which value on a customer is of class A or B. */
export interface ClassLimits {
  aFrom: number
  bFrom: number
}

const shareOfA = 0.8
const shareOfB = 0.95

/**
 * A are those who together bring the first 80 % of all value, the one who reaches it included, B the next 15 %, C the rest. Who has
 * the same value is of the same class. Null where nobody has brought anything.
 */
export function classLimits(values: readonly number[]): ClassLimits | null {
  const sorted = values.filter((value) => value > 0).sort((a, b) => b - a)
  const total = sorted.reduce((sum, value) => sum + value, 0)
  if (total === 0) return null
  return { aFrom: reaching(sorted, shareOfA * total), bFrom: reaching(sorted, shareOfB * total) }
}

function reaching(sorted: readonly number[], goal: number): number {
  let sum = 0
  for (const value of sorted) {
    sum += value
    if (sum >= goal - 1e-9) return value
  }
  return sorted.at(-1)!
}

export function classOf(value: number | null, limits: ClassLimits | null): ValueClass | null {
  if (limits === null || value === null) return null
  return value >= limits.aFrom ? 'A' : value >= limits.bFrom ? 'B' : 'C'
}

/** What is known of a customer. */
export interface StandingFacts {
  value: number | null
  orders: number | null
  firstSeenAt: Date
  /** The last time they came to us or ordered. */
  lastActiveAt: Date | null
  handledContacts: number
  /** Contacts they opened in the last year. */
  frequency: number
  /** Mean time between their contacts; null from fewer than three. */
  usualGapMs: number | null
  /** The last answer to a survey, and whether it was low. */
  lastAnswer: { isLow: boolean; score: number; at: Date } | null
  /** What they suffered and nobody has put right yet. */
  openLoops: readonly { kind: 'complaint' | 'low-answer' | 'late'; at: Date }[]
  before: { stage: CustomerStage; since: Date; silentDays: number | null } | null
}

export interface StageReason {
  code:
    | 'no-order' | 'not-served-yet' | 'ordered' | 'served' | 'silent' | 'quiet' | 'quieter-than-usual' | 'open-complaint' | 'open-low-answer' | 'open-late' | 'low-answer' | 'often' | 'long' | 'content' | 'came-back'
  facts: Record<string, number>
}

export const lostAfterMs = 365 * dayMs
const quietAfterMs = 180 * dayMs
const quietAtLeastMs = 90 * dayMs
const freshMs = 90 * dayMs
const wonBackForMs = 180 * dayMs
const loyalFrom = 4
const loyalKnownMs = 180 * dayMs

/**
 * The stage of a customer now. `givesValue`: the company tells us orders or value at all; where it does not, whoever was served is a
 * customer. Silence counts: most of the dissatisfied never complain.
 */
export function stageOf(facts: StandingFacts, givesValue: boolean, now: Date): { stage: CustomerStage; reasons: StageReason[] } {
  const hasOrdered = (facts.orders ?? 0) > 0 || (facts.value ?? 0) > 0
  const isCustomer = hasOrdered || (!givesValue && facts.handledContacts > 0)
  if (!isCustomer) return { stage: 'prospect', reasons: [{ code: givesValue ? 'no-order' : 'not-served-yet', facts: {} }] }
  const silentMs = now.getTime() - (facts.lastActiveAt ?? facts.firstSeenAt).getTime()
  if (silentMs >= lostAfterMs) return { stage: 'lost', reasons: [{ code: 'silent', facts: { days: days(silentMs) } }] }
  const risks = risksOf(facts, silentMs, now)
  if (risks.length > 0) return { stage: 'at-risk', reasons: risks }
  const isBack = facts.before?.stage === 'lost' || (facts.before?.stage === 'won-back' && now.getTime() - facts.before.since.getTime() < wonBackForMs)
  if (isBack) return { stage: 'won-back', reasons: [{ code: 'came-back', facts: facts.before?.silentDays ? { days: facts.before.silentDays } : {} }] }
  const knownMs = now.getTime() - facts.firstSeenAt.getTime()
  if (facts.frequency >= loyalFrom && knownMs >= loyalKnownMs) {
    const reasons: StageReason[] = [{ code: 'often', facts: { count: facts.frequency } }, { code: 'long', facts: { days: days(knownMs) } }]
    return { stage: 'loyal', reasons: facts.lastAnswer ? [...reasons, { code: 'content', facts: { score: facts.lastAnswer.score } }] : reasons }
  }
  return { stage: 'customer', reasons: [hasOrdered ? { code: 'ordered', facts: { count: facts.orders ?? 1 } } : { code: 'served', facts: { count: facts.handledContacts } }] }
}

function risksOf(facts: StandingFacts, silentMs: number, now: Date): StageReason[] {
  const risks: StageReason[] = facts.openLoops.map(({ kind, at }) => ({ code: `open-${kind}`, facts: { days: days(now.getTime() - at.getTime()) } }))
  const { lastAnswer, usualGapMs } = facts
  if (lastAnswer?.isLow && now.getTime() - lastAnswer.at.getTime() < freshMs && !facts.openLoops.some(({ kind }) => kind === 'low-answer')) {
    risks.push({ code: 'low-answer', facts: { score: lastAnswer.score, days: days(now.getTime() - lastAnswer.at.getTime()) } })
  }
  if (silentMs >= quietAfterMs) risks.push({ code: 'quiet', facts: { days: days(silentMs) } })
  else if (usualGapMs !== null && silentMs >= Math.max(quietAtLeastMs, 2 * usualGapMs)) risks.push({ code: 'quieter-than-usual', facts: { days: days(silentMs), usualDays: Math.max(1, days(usualGapMs)) } })
  return risks
}

function days(ms: number): number {
  return Math.floor(ms / dayMs)
}
