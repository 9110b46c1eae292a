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

export const exclusionReasons = [
  'not-member', 'offline', 'on-break', 'draining', 'skill-missing', 'channel-not-allowed', 'refused-recently', 'offered-elsewhere', 'on-call', 'wrap-up', 'live-work', 'no-units',
] as const
export type ExclusionReason = (typeof exclusionReasons)[number]

/** Reasons that pass while the agent stays at work: worth holding a contact for. */
const passingReasons: ReadonlySet<ExclusionReason> = new Set(['offered-elsewhere', 'on-call', 'wrap-up', 'live-work', 'no-units'])

export function isPassing(reason: ExclusionReason): boolean {
  return passingReasons.has(reason)
}

export const refusalMinMs = 60_000

/** Why this agent cannot get this entry now, the reason hardest to change first; null: eligible. */
export function exclusionOf(agent: RoutableAgent, entry: RoutableEntry, rings: readonly Ring[], now: Date): ExclusionReason | null {
  if (!agent.queueIds.has(entry.queueId)) return 'not-member'
  if (agent.presence === 'offline') return 'offline'
  if (agent.presence === 'break') return 'on-break'
  if (agent.isDraining) return 'draining'
  if (!agent.channels.has(entry.channel)) return 'channel-not-allowed'
  if (entry.skills.length > 0 && !hasSkills(agent, entry, rings, now)) return 'skill-missing'
  if (entry.refusedBy.size > 0 && isRefused(agent.id, entry, rings, now)) return 'refused-recently'
  if (agent.isOnCall) return 'on-call'
  if (agent.isInCallWrapUp) return 'wrap-up'
  if (entry.kind === 'live' && agent.openLiveOffers > 0) return 'offered-elsewhere'
  const units = unitsFor(agent, entry)
  const fit = mayTakeUnits(units === entry.units ? entry : { ...entry, units }, agent.used, agent.capacity)
  return fit.fits ? null : fit.reason
}

/** What this contact costs this agent. */
export function unitsFor(agent: RoutableAgent, entry: Pick<RoutableEntry, 'queueId' | 'channel' | 'units'>): number {
  return agent.memberships?.get(entry.queueId)?.units[entry.channel] ?? entry.units
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

function hasSkills(agent: RoutableAgent, entry: RoutableEntry, rings: readonly Ring[], now: Date): boolean {
  return skillsNow(entry, rings, now).every((skill) => (agent.skills.get(skill.skillId) ?? 0) >= skill.level)
}

/** A refusal holds at least 60 s, then until a ring opens after it; `chooseAgent` lifts it too when nobody else is left. */
function isRefused(agentId: string, entry: RoutableEntry, rings: readonly Ring[], now: Date): boolean {
  const refusedAt = entry.refusedBy.get(agentId)
  if (!refusedAt) return false
  if (now.getTime() < refusedAt.getTime() + refusalMinMs) return true
  return !rings.some((ring) => ringOpensAt(entry, ring) > refusedAt.getTime() && ringOpensAt(entry, ring) <= now.getTime())
}
