/**
 * What a queue does with what it cannot serve in time. Rules are asked in their order; the first whose cause holds and whose way out
 * is open to this demand decides. Plain data: the schema of the API is built from these words, the decision is in the domain.
 */
import type { Demand } from './words.ts'

/**
 * Why something leaves the line. `wait`: for so long in this queue, counted from `workableAt`. `length`: so many already wait in it when
 * this one comes. `closed`: outside its hours. `nobody-staffed`: no member is at work, available or on a break, as it enters or waits.
 */
export const overflowCauses = ['wait', 'length', 'closed', 'nobody-staffed'] as const
export type OverflowCause = (typeof overflowCauses)[number]

export type OverflowWhen = { is: 'wait'; ms: number } | { is: 'length'; atLeast: number } | { is: 'closed' } | { is: 'nobody-staffed' }

/**
 * The way out. `callback`: the caller is asked and, with a key, hangs up and keeps the place in line; who presses nothing waits on.
 * `message`: the time is promised by which somebody answers, `withinMs` of opening hours from now; a caller is told and called back,
 * the rest waits on.
 */
export const overflowActions = ['queue', 'voicemail', 'callback', 'message'] as const
export type OverflowAction = (typeof overflowActions)[number]

export type OverflowThen = { do: 'queue'; queueId: string } | { do: 'voicemail' } | { do: 'callback' } | { do: 'message'; withinMs: number }

export interface OverflowRule {
  when: OverflowWhen
  then: OverflowThen
}

export interface Overflow {
  rules?: OverflowRule[] | undefined
}

export const overflowRulesMax = 10

/** Whom a way out is open to. */
export const demandsOfAction: Readonly<Record<OverflowAction, readonly Demand[]>> = {
  queue: ['call', 'chat', 'messages'], voicemail: ['call'], callback: ['call'], message: ['call', 'chat', 'messages'],
}
