/** Who gets which contact, or why it waits (RULES section 4). Pure: a snapshot and the time go in, a plan with its reasons comes out. */
import type { ExclusionReason, Preference, Ring, RoutableAgent, RoutableEntry } from './eligibility.ts'
import { Line } from './line.ts'
import { compareRank } from './queueing.ts'

export type { ExclusionReason, Preference, Ring, RoutableAgent, RoutableEntry } from './eligibility.ts'
export { Line, type Offer } from './line.ts'

/** What routing must know of a queue. */
export interface RoutableQueue {
  id: string
  rings: readonly Ring[]
  /** Nothing is offered: its members take contacts from the list by themselves. */
  isPull?: boolean
  /** So many idle agents are kept for calls: a chat goes to who chats already before it takes one of the last. 0: it never does. */
  keepIdle?: number
}

export type ExcludedByReason = Partial<Record<ExclusionReason, { count: number; agentIds: string[] }>>

export type WaitReason = 'not-yet-workable' | 'pull-queue' | 'nobody-staffed' | 'nobody-has-the-skills' | 'everybody-refused' | 'everybody-busy' | 'held-for-preferred'
export type OfferReason = Preference | 'longest-idle' | 'least-loaded'

export interface OfferChoice {
  kind: 'offer'
  agentId: string
  reason: OfferReason
  nextThree: string[]
  excludedByReason: ExcludedByReason
}

export interface WaitChoice {
  kind: 'wait'
  reason: WaitReason
  excludedByReason: ExcludedByReason
  /** When time alone may change the answer (opening, ring, hold, refusal); null: only an event can. */
  nextChangeAt: Date | null
}

export type AgentChoice = OfferChoice | WaitChoice

/** Chooses the agent for one waiting entry, or says why it waits: "why is this waiting?". */
export function chooseAgent(entry: RoutableEntry, agents: readonly RoutableAgent[], queue: RoutableQueue, now: Date): AgentChoice {
  const line = new Line(new Map([[queue.id, queue]]))
  for (const agent of agents) line.setAgent(agent)
  return line.why(entry, now)
}

export type PlannedMatch = { entry: RoutableEntry } & AgentChoice

/**
 * Plans the offers of a routing group: contacts in the order of the line, each with the units that those before it left. No plan
 * exceeds a capacity. Entries that wait are in the answer too, with their reason.
 */
export function matchQueues(entries: readonly RoutableEntry[], agents: readonly RoutableAgent[], queues: ReadonlyMap<string, RoutableQueue>, now: Date): PlannedMatch[] {
  const line = new Line(queues)
  for (const agent of agents) line.setAgent(agent)
  for (const entry of entries) line.enter(entry)
  const plan: PlannedMatch[] = []
  for (let offer = line.next(now); offer; offer = line.next(now)) {
    plan.push({ entry: offer.entry, ...line.why(offer.entry, now) })
    line.take(offer)
  }
  plan.push(...line.waiting().map((entry) => ({ entry, ...line.why(entry, now) })))
  return plan.sort((a, b) => compareRank(a.entry, b.entry))
}

/** After so many offers that were declined or missed the supervisor is told. */
export const offersBeforeAlarm = 5

/** What an ended offer does beside freeing its units. A missed one says the agent is not there; a declined one does not. */
export function afterOffer(result: 'accepted' | 'declined' | 'timed-out' | 'withdrawn', refusals: number): { excludesAgent: boolean; agentPresence: 'unchanged' | 'break-missed'; tellSupervisor: boolean; entry: 'answered' | 'keeps-its-place' } {
  const isRefusal = result === 'declined' || result === 'timed-out'
  return {
    excludesAgent: isRefusal,
    agentPresence: result === 'timed-out' ? 'break-missed' : 'unchanged',
    tellSupervisor: isRefusal && refusals === offersBeforeAlarm,
    entry: result === 'accepted' ? 'answered' : 'keeps-its-place',
  }
}
