import type { Channel } from '#contract/words.ts'
import { skillsNow, type Ring } from './eligibility.ts'
import { unitsFor, type Units } from './units.ts'

/** A queue as it is, or would be after a change, with all that its settings could contradict. */
export interface QueuePlan {
  skills: readonly { skillId: string; level: number }[]
  rings: readonly Ring[]
  members: readonly { id: string; skills: ReadonlyMap<string, number>; capacity: Units; units: Partial<Record<Channel, number>> }[]
  units: Partial<Record<Channel, number>>
  /** Channels whose accounts bring contacts here. */
  channels: readonly Channel[]
  slaMarginMs: number
  /** The longest promise to answer of its SLA policy; null: none. */
  longestTargetMs: number | null
  /** False: its hours have no opening any more. */
  opensAgain: boolean
}

/** What is wrong with a queue. Saved all the same: the people or hours that mend it may come later, and the screen says it until then. */
export type QueueWarning =
  | { code: 'no-members' | 'never-opens' | 'nobody-has-all-skills' }
  | { code: 'skill-nobody-has'; skillId: string; level: number }
  | { code: 'ring-changes-nothing'; ring: number }
  | { code: 'no-room'; channel: Channel }
  | { code: 'margin-over-target'; targetMs: number }

/** Looks for settings that contradict each other or ask for what nobody has. */
export function checkQueue(queue: QueuePlan): QueueWarning[] {
  if (queue.members.length === 0) return [{ code: 'no-members' }, ...hours(queue)]
  return [...hours(queue), ...skills(queue), ...rings(queue), ...room(queue), ...margin(queue)]
}

function hours(queue: QueuePlan): QueueWarning[] {
  return queue.opensAgain ? [] : [{ code: 'never-opens' }]
}

function skills(queue: QueuePlan): QueueWarning[] {
  const missing = queue.skills.filter((skill) => !queue.members.some((member) => (member.skills.get(skill.skillId) ?? 0) >= skill.level))
  if (missing.length > 0) return missing.map((skill) => ({ code: 'skill-nobody-has', ...skill }))
  return matching(queue, queue.rings.length).length === 0 ? [{ code: 'nobody-has-all-skills' }] : []
}

/** A ring is there to let others in: one after which the same people are asked as before never matches anybody new. */
function rings(queue: QueuePlan): QueueWarning[] {
  return queue.rings.flatMap((_, ring) => (matching(queue, ring + 1).length > matching(queue, ring).length ? [] : [{ code: 'ring-changes-nothing' as const, ring }]))
}

function room(queue: QueuePlan): QueueWarning[] {
  return queue.channels
    .filter((channel) => !queue.members.some((member) => {
      const cost = unitsFor(channel, { ...queue.units, ...member.units })
      return cost.units <= member.capacity[cost.kind]
    }))
    .map((channel) => ({ code: 'no-room', channel }))
}

function margin(queue: QueuePlan): QueueWarning[] {
  return queue.longestTargetMs !== null && queue.slaMarginMs >= queue.longestTargetMs ? [{ code: 'margin-over-target', targetMs: queue.longestTargetMs }] : []
}

/** Who is asked once so many rings are open. */
function matching(queue: QueuePlan, openRings: number): string[] {
  const beginning = new Date(0)
  const entry = { skills: queue.skills, workableAt: beginning }
  const asked = skillsNow(entry, queue.rings.slice(0, openRings).map((ring) => ({ ...ring, afterMs: 0 })), beginning)
  return queue.members.filter((member) => asked.every((skill) => (member.skills.get(skill.skillId) ?? 0) >= skill.level)).map((member) => member.id)
}

/** What a change of settings is refused for: it could never do what it says. `path` is where in the queue. */
export type QueueRefusal = { path: string; code: 'rings-out-of-order' | 'ring-empty' | 'overflow-circle'; queueIds?: string[] }

/** Rings open one after the other, each relaxing something; work that overflows never comes back to where it was. */
export function refuseQueue(queue: { id: string; rings: readonly Ring[] }, overflowsTo: ReadonlyMap<string, readonly string[]>): QueueRefusal[] {
  const refusals: QueueRefusal[] = []
  queue.rings.forEach((ring, index) => {
    if (index > 0 && ring.afterMs <= queue.rings[index - 1]!.afterMs) refusals.push({ path: `rings.${index}.afterMs`, code: 'rings-out-of-order' })
    if (ring.levelsDown === 0 && ring.dropSkillIds.length === 0) refusals.push({ path: `rings.${index}`, code: 'ring-empty' })
  })
  const circle = circleFrom(queue.id, overflowsTo)
  if (circle) refusals.push({ path: 'overflow', code: 'overflow-circle', queueIds: circle })
  return refusals
}

/** The way from a queue over its overflows back to itself, or null. */
export function circleFrom(start: string, overflowsTo: ReadonlyMap<string, readonly string[]>): string[] | null {
  const seen = new Set<string>()
  const walk = (id: string, way: string[]): string[] | null => {
    for (const next of overflowsTo.get(id) ?? []) {
      if (next === start) return [...way, id]
      if (seen.has(next)) continue
      seen.add(next)
      const found = walk(next, [...way, id])
      if (found) return found
    }
    return null
  }
  return walk(start, [])
}
