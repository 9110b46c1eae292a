import { exclusionOf, isPassing, refusalMinMs, ringOpensAt, unitsFor, type ExclusionReason, type Preference, type Ring, type RoutableAgent, type RoutableEntry } from './eligibility.ts'
import { compareRank, mostUrgentEntry } from './queueing.ts'

export { exclusionOf, type ExclusionReason, type Preference, type Ring, type RoutableAgent, type RoutableEntry } from './eligibility.ts'

/** What routing must know of a queue. */
export interface RoutableQueue {
  id: string
  rings: readonly Ring[]
  /** Nothing is offered: its members take contacts from the list by themselves. */
  isPull?: boolean
}

export type ExcludedByReason = Partial<Record<ExclusionReason, { count: number; agentIds: string[] }>>

export type WaitReason = 'not-yet-workable' | 'pull-queue' | 'nobody-staffed' | 'nobody-has-the-skills' | 'everybody-refused' | 'everybody-busy' | 'held-for-preferred'
export type OfferReason = Preference | 'longest-idle' | 'least-loaded'

export type AgentChoice =
  | { kind: 'offer'; agentId: string; reason: OfferReason; nextThree: string[]; excludedByReason: ExcludedByReason }
  | {
      kind: 'wait'
      reason: WaitReason
      excludedByReason: ExcludedByReason
      /** When time alone may change the answer (opening, ring, hold, refusal); null: only an event can. */
      nextChangeAt: Date | null
    }

const agentIdsKept = 20

/**
 * Chooses the agent for one waiting entry, or says why it waits. The same function answers "why is this waiting?".
 * Preference (owner, last agent, account owner) first, each held for while busy; then longest idle for live work, least loaded
 * for the rest, among members of a queue with priorities those asked first; ids break ties, so that two runs over one snapshot agree.
 */
export function chooseAgent(entry: RoutableEntry, agents: readonly RoutableAgent[], queue: RoutableQueue, now: Date): AgentChoice {
  if (entry.workableAt > now) return { kind: 'wait', reason: 'not-yet-workable', excludedByReason: {}, nextChangeAt: entry.workableAt }
  if (queue.isPull) return { kind: 'wait', reason: 'pull-queue', excludedByReason: {}, nextChangeAt: null }
  const { eligible, excluded } = sortOut(entry, agents, queue, now)
  const excludedByReason = countReasons(excluded)
  const preferred = choosePreferred(entry, eligible, excluded, now)
  if (preferred === 'hold') return { kind: 'wait', reason: 'held-for-preferred', excludedByReason, nextChangeAt: nextChangeAt(entry, queue, now) }
  if (eligible.length === 0) return { kind: 'wait', reason: waitReason(excluded), excludedByReason, nextChangeAt: nextChangeAt(entry, queue, now) }
  const byLoad = entry.kind === 'live' ? byLongestIdle : byLeastLoaded
  const order = eligible.sort((a, b) => priorityIn(queue, a) - priorityIn(queue, b) || byLoad(a, b))
  const winner = preferred?.agent ?? order[0]!
  const nextThree = order.filter((agent) => agent.id !== winner.id).slice(0, 3).map((agent) => agent.id)
  return { kind: 'offer', agentId: winner.id, reason: preferred?.as ?? (entry.kind === 'live' ? 'longest-idle' : 'least-loaded'), nextThree, excludedByReason }
}

/** The best contact for one freed agent over all queues they serve, or null. Others who are free get theirs by `matchQueues`. */
export function chooseContact(agent: RoutableAgent, entries: readonly RoutableEntry[], queues: ReadonlyMap<string, RoutableQueue>, agents: readonly RoutableAgent[], now: Date): { entry: RoutableEntry; choice: Extract<AgentChoice, { kind: 'offer' }> } | null {
  for (const entry of placesOf(entries)) {
    const queue = queues.get(entry.queueId)
    if (!queue || exclusionOf(agent, entry, queue.rings, now) !== null) continue
    const choice = chooseAgent(entry, agents, queue, now)
    if (choice.kind === 'offer' && choice.agentId === agent.id) return { entry, choice }
  }
  return null
}

export type PlannedMatch = { entry: RoutableEntry } & AgentChoice

/**
 * Plans the offers of a routing group: contacts in the order of the line, each with the units that those before it left. No plan
 * exceeds a capacity. Entries that wait are in the answer too, with their reason.
 */
export function matchQueues(entries: readonly RoutableEntry[], agents: readonly RoutableAgent[], queues: ReadonlyMap<string, RoutableQueue>, now: Date): PlannedMatch[] {
  const rest = new Map(agents.map((agent) => [agent.id, agent]))
  const plan: PlannedMatch[] = []
  for (const entry of placesOf(entries)) {
    const queue = queues.get(entry.queueId)
    if (!queue) continue
    const choice = chooseAgent(entry, [...rest.values()], queue, now)
    plan.push({ entry, ...choice })
    if (choice.kind === 'offer') rest.set(choice.agentId, withReserved(rest.get(choice.agentId)!, entry))
  }
  return plan
}

/** The agent after an offer reserved its units. */
export function withReserved(agent: RoutableAgent, entry: Pick<RoutableEntry, 'queueId' | 'channel' | 'kind' | 'units'>): RoutableAgent {
  return {
    ...agent,
    used: { ...agent.used, [entry.kind]: agent.used[entry.kind] + unitsFor(agent, entry) },
    openLiveOffers: agent.openLiveOffers + (entry.kind === 'live' ? 1 : 0),
  }
}

/** One place per contact, its most urgent entry, in the order of the line. */
function placesOf(entries: readonly RoutableEntry[]): RoutableEntry[] {
  const byContact = Map.groupBy(entries, (entry) => entry.contactId)
  return [...byContact.values()].map((own) => mostUrgentEntry(own.map((entry) => ({ ...entry, isEmail: entry.channel === 'email' })))!).sort(compareRank)
}

interface Excluded {
  agent: RoutableAgent
  reason: ExclusionReason
}

function sortOut(entry: RoutableEntry, agents: readonly RoutableAgent[], queue: RoutableQueue, now: Date) {
  const eligible: RoutableAgent[] = []
  const excluded: Excluded[] = []
  for (const agent of agents) {
    const reason = exclusionOf(agent, entry, queue.rings, now)
    if (reason === null) eligible.push(agent)
    else excluded.push({ agent, reason })
  }
  if (eligible.length > 0 || entry.refusedBy.size === 0) return { eligible, excluded }
  return liftRefusals(entry, queue, excluded, now)
}

/** Nobody else is left: after 60 s those who refused are asked again. */
function liftRefusals(entry: RoutableEntry, queue: RoutableQueue, excluded: Excluded[], now: Date) {
  const asked = { ...entry, refusedBy: new Map([...entry.refusedBy].filter(([, at]) => now.getTime() < at.getTime() + refusalMinMs)) }
  const again = excluded.map(({ agent, reason }) => ({ agent, reason: reason === 'refused-recently' ? exclusionOf(agent, asked, queue.rings, now) : reason }))
  return {
    eligible: again.filter((one) => one.reason === null).map((one) => one.agent),
    excluded: again.filter((one): one is Excluded => one.reason !== null),
  }
}

function choosePreferred(entry: RoutableEntry, eligible: readonly RoutableAgent[], excluded: readonly Excluded[], now: Date): { agent: RoutableAgent; as: Preference } | 'hold' | null {
  const only = entry.only && entry.only.until > now ? entry.only : null
  if (only) {
    const agent = eligible.find((one) => one.id === only.agentId)
    if (agent) return { agent, as: 'owner' }
    // An owner who refused the ring is not waited for.
    if (excluded.some((one) => one.agent.id === only.agentId && isPassing(one.reason))) return 'hold'
  }
  for (const { agentId, as, holdMs } of entry.preferred) {
    const agent = eligible.find((one) => one.id === agentId)
    if (agent) return { agent, as }
    const isBusy = excluded.some((one) => one.agent.id === agentId && isPassing(one.reason))
    if (isBusy && now.getTime() < entry.workableAt.getTime() + holdMs) return 'hold'
  }
  return null
}

function priorityIn(queue: RoutableQueue, agent: RoutableAgent): number {
  return agent.memberships?.get(queue.id)?.priority ?? 1
}

function byLongestIdle(a: RoutableAgent, b: RoutableAgent): number {
  return a.idleSince.getTime() - b.idleSince.getTime() || compareIds(a, b)
}

function byLeastLoaded(a: RoutableAgent, b: RoutableAgent): number {
  return a.used.deferred / a.capacity.deferred - b.used.deferred / b.capacity.deferred || a.used.live - b.used.live || byLongestIdle(a, b)
}

function compareIds(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function countReasons(excluded: readonly Excluded[]): ExcludedByReason {
  const counts: ExcludedByReason = {}
  for (const { agent, reason } of excluded) {
    const kept = (counts[reason] ??= { count: 0, agentIds: [] })
    kept.count += 1
    if (kept.agentIds.length < agentIdsKept) kept.agentIds.push(agent.id)
  }
  return counts
}

/** The one sentence for the supervisor: the mildest reason among those present says what to wait for. */
function waitReason(excluded: readonly Excluded[]): WaitReason {
  const reasons = new Set(excluded.map((one) => one.reason))
  if ([...reasons].some(isPassing)) return 'everybody-busy'
  if (reasons.has('refused-recently')) return 'everybody-refused'
  if (reasons.has('skill-missing') || reasons.has('channel-not-allowed')) return 'nobody-has-the-skills'
  return 'nobody-staffed'
}

function nextChangeAt(entry: RoutableEntry, queue: RoutableQueue, now: Date): Date | null {
  const times = [
    ...queue.rings.map((ring) => ringOpensAt(entry, ring)),
    ...[...entry.refusedBy.values()].map((at) => at.getTime() + refusalMinMs),
    ...entry.preferred.map((one) => entry.workableAt.getTime() + one.holdMs),
    ...(entry.only ? [entry.only.until.getTime()] : []),
  ].filter((time) => time > now.getTime())
  return times.length > 0 ? new Date(Math.min(...times)) : null
}

/** After so many offers without an accept the supervisor is told. */
export const offersBeforeAlarm = 5

/** What an ended offer does beside freeing its units. A missed one says the agent is not there; a declined one does not. */
export function afterOffer(result: 'accepted' | 'declined' | 'timed-out' | 'withdrawn', offersSoFar: number): { excludesAgent: boolean; agentPresence: 'unchanged' | 'break-missed'; tellSupervisor: boolean; entry: 'answered' | 'keeps-its-place' } {
  const isRefusal = result === 'declined' || result === 'timed-out'
  return {
    excludesAgent: isRefusal,
    agentPresence: result === 'timed-out' ? 'break-missed' : 'unchanged',
    tellSupervisor: isRefusal && offersSoFar === offersBeforeAlarm,
    entry: result === 'accepted' ? 'answered' : 'keeps-its-place',
  }
}
