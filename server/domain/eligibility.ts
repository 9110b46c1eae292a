import type { Channel, Demand, Presence } from '#contract/words.ts'
import { mayTakeUnits, type UnitKind, type Units } from './units.ts'

/** What routing must know of an agent; the caller reads it in one snapshot. */
export interface RoutableAgent {
  id: string
  presence: Presence
  isDraining: boolean
  queueIds: ReadonlySet<string>
  /** By queue, where this agent differs from its other members; missing: asked with the first, at the queue's units. */
  memberships?: ReadonlyMap<string, Membership>
  /** Skill id → level 1–5. */
  skills: ReadonlyMap<string, number>
  channels: ReadonlySet<Channel>
  capacity: Units
  /** Held by contacts and wrap-ups and reserved by open offers, together. */
  used: Units
  isOnCall: boolean
  isInCallWrapUp: boolean
  /** Open offers to this agent; live ones are shown one at a time. */
  openLiveOffers: number
  /** Since when the agent has had no live work; orders "longest idle". */
  idleSince: Date
}

export interface Membership {
  /** 1 is asked first; a higher number only when no lower one is eligible. */
  priority: number
  /** What a contact costs this agent, where that differs. */
  units: Partial<Record<Channel, number>>
}

/** One relaxation of a queue's skill demands, cumulative with those before it. */
export interface Ring {
  /** After so much waiting (from workableAt). */
  afterMs: number
  levelsDown: number
  dropSkillIds: readonly string[]
}

export interface RoutableEntry {
  id: string
  contactId: string
  queueId: string
  demand: Demand
  channel: Channel
  kind: UnitKind
  units: number
  rankAt: Date
  enqueuedAt: Date
  workableAt: Date
  skills: readonly { skillId: string; level: number }[]
  /** Agents who declined or missed this entry, with the time of the last one. */
  refusedBy: ReadonlyMap<string, Date>
  /** Who is preferred, most preferred first. */
  preferred: readonly { agentId: string; as: Preference; holdMs: number }[]
  /** Only this agent is asked until then (a call that meets its owner). */
  only: { agentId: string; until: Date } | null
}

export type Preference = 'owner' | 'last-agent' | 'account-owner'

/** Why an agent cannot get an entry, the reason hardest to change first: of several the first here is the one that is told. */
export const exclusionReasons = [
  'not-member', 'offline', 'on-break', 'draining', 'channel-not-allowed', 'skill-missing', 'refused-recently', 'on-call', 'wrap-up', 'offered-elsewhere', 'live-work', 'no-units',
] as const
export type ExclusionReason = (typeof exclusionReasons)[number]

/** Reasons that pass while the agent stays at work: worth holding a contact for. */
const passingReasons: ReadonlySet<ExclusionReason> = new Set(['on-call', 'wrap-up', 'offered-elsewhere', 'live-work', 'no-units'])

export function isPassing(reason: ExclusionReason): boolean {
  return passingReasons.has(reason)
}

/** What entries ask of the person, whatever that person does at the moment. */
export interface Ability {
  queueId: string
  channel: Channel
  skills: readonly { skillId: string; level: number }[]
}

export function lacksAbility(agent: RoutableAgent, ability: Ability): 'not-member' | 'channel-not-allowed' | 'skill-missing' | null {
  if (!agent.queueIds.has(ability.queueId)) return 'not-member'
  if (!agent.channels.has(ability.channel)) return 'channel-not-allowed'
  return ability.skills.every((skill) => (agent.skills.get(skill.skillId) ?? 0) >= skill.level) ? null : 'skill-missing'
}

/** What entries take of a person. */
export type Cost = Pick<RoutableEntry, 'queueId' | 'channel' | 'demand' | 'kind' | 'units'>

/** Why an agent takes nothing at all now. */
export function isAway(agent: RoutableAgent): 'offline' | 'on-break' | 'draining' | 'on-call' | 'wrap-up' | null {
  if (agent.presence !== 'available') return agent.presence === 'break' ? 'on-break' : 'offline'
  if (agent.isDraining) return 'draining'
  if (agent.isOnCall) return 'on-call'
  return agent.isInCallWrapUp ? 'wrap-up' : null
}

/** Why an agent who is there has no room for this. */
export function lacksUnits(agent: RoutableAgent, cost: Pick<Cost, 'demand' | 'kind' | 'units'>): 'offered-elsewhere' | 'live-work' | 'no-units' | null {
  if (cost.kind === 'live' && agent.openLiveOffers > 0) return 'offered-elsewhere'
  const fit = mayTakeUnits(cost, agent.used, agent.capacity)
  return fit.fits ? null : fit.reason
}

/** What this contact costs this agent. */
export function unitsFor(agent: RoutableAgent, entry: Pick<RoutableEntry, 'queueId' | 'channel' | 'units'>): number {
  return agent.memberships?.get(entry.queueId)?.units[entry.channel] ?? entry.units
}

/** The agent after an offer reserved its units. */
export function withReserved(agent: RoutableAgent, entry: Pick<RoutableEntry, 'queueId' | 'channel' | 'kind' | 'units'>): RoutableAgent {
  const units = unitsFor(agent, entry)
  return {
    ...agent,
    used: entry.kind === 'live' ? { ...agent.used, live: agent.used.live + units } : { ...agent.used, deferred: agent.used.deferred + units },
    openLiveOffers: agent.openLiveOffers + (entry.kind === 'live' ? 1 : 0),
  }
}

/** The skills asked for now: each open ring lowers the levels and drops some. A level never falls below 1 but by a drop. */
export function skillsNow(entry: Pick<RoutableEntry, 'skills' | 'workableAt'>, rings: readonly Ring[], now: Date): { skillId: string; level: number }[] {
  const open = rings.filter((ring) => ringOpensAt(entry, ring) <= now.getTime())
  const levelsDown = open.reduce((sum, ring) => sum + ring.levelsDown, 0)
  const dropped = new Set(open.flatMap((ring) => ring.dropSkillIds))
  return entry.skills.filter((skill) => !dropped.has(skill.skillId)).map((skill) => ({ skillId: skill.skillId, level: Math.max(1, skill.level - levelsDown) }))
}

export function ringOpensAt(entry: Pick<RoutableEntry, 'workableAt'>, ring: Ring): number {
  return entry.workableAt.getTime() + ring.afterMs
}

export const refusalMinMs = 60_000

/** For so long a refusal excludes whatever else happens. One from later than that is from before a clock was put back: no reason to wait an hour. */
export function isFreshRefusal(at: Date, now: Date): boolean {
  return Math.abs(now.getTime() - at.getTime()) < refusalMinMs
}

/** A refusal holds at least 60 s, then until a ring opens after it. That nobody else is left lifts it too; who asks knows that. */
export function isRefused(at: Date, entry: RoutableEntry, rings: readonly Ring[], now: Date): boolean {
  if (isFreshRefusal(at, now)) return true
  return !rings.some((ring) => ringOpensAt(entry, ring) > at.getTime() && ringOpensAt(entry, ring) <= now.getTime())
}

/** When time alone may change who can get this entry (opening, ring, refusal, hold); null: only an event can. */
export function nextChangeAt(entry: RoutableEntry, rings: readonly Ring[], now: Date): Date | null {
  let next = Infinity
  const consider = (at: number): void => {
    if (at > now.getTime() && at < next) next = at
  }
  consider(entry.workableAt.getTime())
  if (entry.skills.length > 0 || entry.refusedBy.size > 0) for (const ring of rings) consider(ringOpensAt(entry, ring))
  for (const at of entry.refusedBy.values()) consider(at.getTime() + refusalMinMs)
  for (const one of entry.preferred) consider(entry.workableAt.getTime() + one.holdMs)
  if (entry.only) consider(entry.only.until.getTime())
  return next === Infinity ? null : new Date(next)
}
