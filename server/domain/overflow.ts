/** Too much, too late: what happens to a place in the line that cannot be served as promised (RULES section 4). */
import { demandsOfAction, type OverflowCause, type OverflowRule } from '#contract/overflow.ts'
import type { Demand } from '#contract/words.ts'
import { addWorkingTime, type Calendar } from './calendar.ts'

/** What decides, read at one instant. */
export interface OverflowFacts {
  demand: Demand
  /** The place in the line begins: the length of the line is a reason now and never again. */
  isEntering: boolean
  /** From here the wait counts. */
  workableAt: Date
  /** Contacts that wait in this queue, this one left aside. */
  length: number
  isOpen: boolean
  /** A member of the queue is at work: available or on a break. */
  isStaffed: boolean
  calendar: Calendar | null
  /** Queues that could take it now: open, in use, and never left by this contact for being too slow. */
  queueIds: ReadonlySet<string>
  /** There is a number to call back that the customer was reached or seen on. */
  canCallBack: boolean
  /** What the customer was asked or told in this place already; it is not said twice. */
  told: ReadonlySet<string>
}

export type OverflowDecision =
  /** `nextAt`: when time alone may change that; null: never. */
  | { do: 'wait'; nextAt: Date | null }
  | { do: 'queue'; queueId: string; because: OverflowCause }
  | { do: 'voicemail'; because: OverflowCause }
  | { do: 'callback'; because: OverflowCause }
  | { do: 'message'; promisedAt: Date; because: OverflowCause }

/** The first rule whose cause holds and whose way out is open decides. */
export function decideOverflow(rules: readonly OverflowRule[], facts: OverflowFacts, now: Date): OverflowDecision {
  for (const rule of rules) {
    if (!holds(rule, facts, now)) continue
    const out = wayOut(rule, facts, now)
    if (out) return out
  }
  return { do: 'wait', nextAt: nextAt(rules, facts, now) }
}

function holds({ when }: OverflowRule, facts: OverflowFacts, now: Date): boolean {
  switch (when.is) {
    case 'wait': return now.getTime() - facts.workableAt.getTime() >= when.ms
    case 'length': return facts.isEntering && facts.length >= when.atLeast
    case 'closed': return !facts.isOpen
    case 'nobody-staffed': return facts.isOpen && !facts.isStaffed
  }
}

function wayOut({ when, then }: OverflowRule, facts: OverflowFacts, now: Date): Exclude<OverflowDecision, { do: 'wait' }> | null {
  if (!demandsOfAction[then.do].includes(facts.demand)) return null
  const because = when.is
  switch (then.do) {
    case 'queue': return facts.queueIds.has(then.queueId) ? { do: 'queue', queueId: then.queueId, because } : null
    case 'voicemail': return { do: 'voicemail', because }
    case 'callback': return facts.canCallBack && !facts.told.has('callback') ? { do: 'callback', because } : null
    case 'message': {
      // A caller is promised a call, which needs a number; who writes is answered where they wrote.
      const isAble = (facts.demand !== 'call' || facts.canCallBack) && !facts.told.has('message')
      const promisedAt = isAble ? addWorkingTime(facts.calendar, now, then.withinMs) : null
      return promisedAt ? { do: 'message', promisedAt, because } : null
    }
  }
}

function nextAt(rules: readonly OverflowRule[], facts: OverflowFacts, now: Date): Date | null {
  const times = rules.flatMap(({ when, then }) => (when.is === 'wait' && demandsOfAction[then.do].includes(facts.demand) ? [facts.workableAt.getTime() + when.ms] : [])).filter((at) => at > now.getTime())
  return times.length > 0 ? new Date(Math.min(...times)) : null
}

/** How often a customer is rung who asked to be called back, and how long between. */
export const callbackTriesMax = 3
export const callbackAgainAfterMs = 5 * 60_000

/** What follows when a customer who is called back does not answer. */
export function afterMissedCallback(tries: number, now: Date): { do: 'again'; at: Date } | { do: 'follow-up' } {
  return tries < callbackTriesMax ? { do: 'again', at: new Date(now.getTime() + callbackAgainAfterMs) } : { do: 'follow-up' }
}
