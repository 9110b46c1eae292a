/**
 * RULES section 4 once more, written from its sentences alone and importing nothing of the core: every time it is asked it sorts the
 * whole line anew and looks at every agent for every contact. Slow, and too simple to be wrong in the same way.
 */
export interface OracleAgent {
  id: string
  presence: string
  isDraining: boolean
  queueIds: ReadonlySet<string>
  memberships?: ReadonlyMap<string, { priority: number; units: Partial<Record<string, number>> }>
  skills: ReadonlyMap<string, number>
  channels: ReadonlySet<string>
  capacity: { live: number; deferred: number }
  used: { live: number; deferred: number }
  isOnCall: boolean
  isInCallWrapUp: boolean
  openLiveOffers: number
  idleSince: Date
}

export interface OracleEntry {
  id: string
  contactId: string
  queueId: string
  demand: string
  channel: string
  kind: 'live' | 'deferred'
  units: number
  enqueuedAt: Date
  workableAt: Date
  headStartMs: number
  slaDueAt: Date | null
  skills: readonly { skillId: string; level: number }[]
  refusedBy: ReadonlyMap<string, Date>
  preferred: readonly { agentId: string; as: string; holdMs: number }[]
  only: { agentId: string; until: Date } | null
}

export interface OracleQueue {
  slaMarginMs: number
  isPull: boolean
  rings: readonly { afterMs: number; levelsDown: number; dropSkillIds: readonly string[] }[]
}

export interface OracleOffer {
  entryId: string
  agentId: string
  reason: string
  nextThree: string[]
  /** Reason → how many agents. */
  excluded: Record<string, number>
}

const minute = 60_000

export function planByRules(entries: readonly OracleEntry[], agents: readonly OracleAgent[], queues: ReadonlyMap<string, OracleQueue>, now: Date): OracleOffer[] {
  const people = agents.map((agent) => ({ ...agent, used: { ...agent.used } }))
  const offers: OracleOffer[] = []
  for (const entry of lineUp(entries, queues)) {
    const queue = queues.get(entry.queueId)!
    if (queue.isPull || entry.workableAt > now) continue
    const offer = choose(entry, queue, people, now)
    if (!offer) continue
    const person = people.find((one) => one.id === offer.agentId)!
    person.used[entry.kind] += costFor(person, entry)
    if (entry.kind === 'live') person.openLiveOffers++
    offers.push(offer)
  }
  return offers
}

/** One place per contact (call, chat, messaging, mail), by rankAt, then id. */
function lineUp(entries: readonly OracleEntry[], queues: ReadonlyMap<string, OracleQueue>): OracleEntry[] {
  const rank = (entry: OracleEntry): number =>
    Math.min(entry.enqueuedAt.getTime() - entry.headStartMs, entry.slaDueAt ? entry.slaDueAt.getTime() - queues.get(entry.queueId)!.slaMarginMs : Infinity)
  const urgency = (entry: OracleEntry): number => (entry.demand === 'call' ? 0 : entry.demand === 'chat' ? 1 : entry.channel === 'email' ? 3 : 2)
  const inOrder = (a: OracleEntry, b: OracleEntry): number => rank(a) - rank(b) || (a.id < b.id ? -1 : 1)
  const places = new Map<string, OracleEntry>()
  for (const entry of entries.toSorted((a, b) => urgency(a) - urgency(b) || inOrder(a, b))) if (!places.has(entry.contactId)) places.set(entry.contactId, entry)
  return [...places.values()].toSorted(inOrder)
}

function choose(entry: OracleEntry, queue: OracleQueue, people: readonly OracleAgent[], now: Date): OracleOffer | null {
  const asks = askedNow(entry, queue, now)
  let why = people.map((one) => whyNot(one, entry, asks, now, false))
  if (entry.refusedBy.size > 0 && !why.includes('')) why = people.map((one) => whyNot(one, entry, asks, now, true))
  const reasonOf = (agentId: string): string => why[people.findIndex((one) => one.id === agentId)] ?? 'unknown'
  const able = people.filter((_, index) => why[index] === '').sort((a, b) => before(a, b, entry))
  const offer = (agentId: string, reason: string): OracleOffer => {
    const excluded: Record<string, number> = {}
    for (const reason of why) if (reason !== '') excluded[reason] = (excluded[reason] ?? 0) + 1
    return { entryId: entry.id, agentId, reason, nextThree: able.map((one) => one.id).filter((id) => id !== agentId).slice(0, 3), excluded }
  }
  const wanted = entry.preferred.map((one) => ({ ...one, until: entry.workableAt.getTime() + one.holdMs }))
  if (entry.only && entry.only.until > now) wanted.unshift({ agentId: entry.only.agentId, as: 'owner', holdMs: 0, until: entry.only.until.getTime() })
  for (const one of wanted) {
    const reason = reasonOf(one.agentId)
    if (reason === '') return offer(one.agentId, one.as)
    if (now.getTime() < one.until && ['on-call', 'wrap-up', 'offered-elsewhere', 'live-work', 'no-units'].includes(reason)) return null
  }
  const first = able[0]
  return first ? offer(first.id, entry.kind === 'live' ? 'longest-idle' : 'least-loaded') : null
}

/** The skills asked for after the rings that are open, and when those opened. */
function askedNow(entry: OracleEntry, queue: OracleQueue, now: Date): { skills: { skillId: string; level: number }[]; openedAt: number[] } {
  const opened = queue.rings.map((ring) => ({ ...ring, at: entry.workableAt.getTime() + ring.afterMs })).filter((ring) => ring.at <= now.getTime())
  const skills: { skillId: string; level: number }[] = []
  for (const { skillId, level } of entry.skills) {
    if (opened.some((ring) => ring.dropSkillIds.includes(skillId))) continue
    let asked = level
    for (const ring of opened) asked -= ring.levelsDown
    skills.push({ skillId, level: Math.max(asked, 1) })
  }
  return { skills, openedAt: opened.map((ring) => ring.at) }
}

/** Why not; empty: eligible. */
function whyNot(agent: OracleAgent, entry: OracleEntry, asks: ReturnType<typeof askedNow>, now: Date, isNobodyElseLeft: boolean): string {
  if (!agent.queueIds.has(entry.queueId)) return 'not-member'
  if (agent.presence === 'offline') return 'offline'
  if (agent.presence === 'break') return 'on-break'
  if (agent.isDraining) return 'draining'
  if (!agent.channels.has(entry.channel)) return 'channel-not-allowed'
  if (asks.skills.some(({ skillId, level }) => (agent.skills.get(skillId) ?? 0) < level)) return 'skill-missing'
  const refusedAt = entry.refusedBy.get(agent.id)?.getTime()
  if (refusedAt !== undefined) {
    const isOver = now.getTime() - refusedAt >= minute && (isNobodyElseLeft || asks.openedAt.some((at) => at > refusedAt))
    if (!isOver) return 'refused-recently'
  }
  if (agent.isOnCall) return 'on-call'
  if (agent.isInCallWrapUp) return 'wrap-up'
  if (entry.kind === 'live' && agent.openLiveOffers > 0) return 'offered-elsewhere'
  if (entry.demand === 'call' && agent.used.live !== 0) return 'live-work'
  return agent.used[entry.kind] + costFor(agent, entry) > agent.capacity[entry.kind] ? 'no-units' : ''
}

function costFor(agent: OracleAgent, entry: OracleEntry): number {
  return agent.memberships?.get(entry.queueId)?.units[entry.channel] ?? entry.units
}

/** Members asked first, then longest idle for live work (who has live work is not idle), least loaded for the rest. */
function before(a: OracleAgent, b: OracleAgent, entry: OracleEntry): number {
  const priority = (one: OracleAgent): number => one.memberships?.get(entry.queueId)?.priority ?? 1
  const load = (one: OracleAgent): number => (entry.kind === 'deferred' ? one.used.deferred / one.capacity.deferred : 0)
  return priority(a) - priority(b) || load(a) - load(b) || a.used.live - b.used.live || a.idleSince.getTime() - b.idleSince.getTime() || (a.id < b.id ? -1 : 1)
}
