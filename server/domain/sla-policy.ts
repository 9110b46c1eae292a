import type { Channel, CustomerTier, SlaTargetKind } from '#contract/words.ts'
import { isOpen, type Calendar } from './calendar.ts'

/** Business hours as a clock runs by them: one version of one calendar. Null: around the clock. */
export type Hours = { id: string; version: number; calendar: Calendar } | null

/** A promise. A target without a channel is for all that have none of their own. */
export interface SlaPolicy {
  id: string
  hours: Hours
  /** Shares of the target after which a warning is due, ascending, each above 0 and below 1. */
  warnShares: readonly number[]
  targets: readonly { kind: SlaTargetKind; channel: Channel | null; targetMs: number }[]
}

/** What a policy is for. An empty list means all; every condition must hold. */
export interface Applies {
  queueIds: readonly string[]
  tiers: readonly CustomerTier[]
  channels: readonly Channel[]
  /** 0: any. */
  minPriority: number
  /** Only for what begins while these hours are open. */
  calendarId: string | null
}

/** A policy as a choice: with what it is for, null when only queues name it. */
export type PolicyChoice = SlaPolicy & { applies: Applies | null; during: Calendar | null }

export interface PromiseFacts {
  queueId: string
  /** The policy the queue names. */
  queuePolicyId: string | null
  tier: CustomerTier
  channel: Channel
  priority: number
}

/**
 * The policy for what begins at `at`: the first in their order whose conditions all hold, else the one the queue names; null:
 * nothing is promised.
 */
export function choosePolicy(choices: readonly PolicyChoice[], facts: PromiseFacts, at: Date): PolicyChoice | null {
  const own = choices.find((choice) => choice.applies !== null && holds(choice.applies, choice.during, facts, at))
  return own ?? choices.find((choice) => choice.id === facts.queuePolicyId) ?? null
}

function holds(applies: Applies, during: Calendar | null, facts: PromiseFacts, at: Date): boolean {
  const allows = <Value>(list: readonly Value[], value: Value) => list.length === 0 || list.includes(value)
  return allows(applies.queueIds, facts.queueId) && allows(applies.tiers, facts.tier) && allows(applies.channels, facts.channel)
    && facts.priority >= applies.minPriority && (applies.calendarId === null || (during !== null && isOpen(during, at)))
}

/** The target of a policy for a channel, ms; null: nothing promised. */
export function targetMs(policy: Pick<SlaPolicy, 'targets'>, kind: SlaTargetKind, channel: Channel): number | null {
  const own = policy.targets.find((target) => target.kind === kind && target.channel === channel)
  const common = policy.targets.find((target) => target.kind === kind && target.channel === null)
  return (own ?? common)?.targetMs ?? null
}
