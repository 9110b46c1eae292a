/**
 * The agents of a line, indexed by what entries ask: who is able (queue, channel, skills) and who has room now, as sets of bits that
 * are kept with every change of an agent. The same tables hold the reason where the answer is no, so that what explains a decision
 * is what made it.
 */
import { AgentSet, intersection } from './agent-set.ts'
import { exclusionReasons, isAway, lacksAbility, lacksUnits, unitsFor, type Ability, type Cost, type ExclusionReason, type RoutableAgent, type RoutableEntry } from './eligibility.ts'

/** Nothing is lacking; higher than every reason's place in the order of reasons. */
export const nothing = exclusionReasons.length
const codeOf = new Map<ExclusionReason | null, number>([...exclusionReasons.map((reason, code) => [reason, code] as const), [null, nothing]])
const notMember = codeOf.get('not-member')!
const [elsewhere, liveWork, noUnits] = [codeOf.get('offered-elsewhere')!, codeOf.get('live-work')!, codeOf.get('no-units')!]

/** Who has room for work of one cost. */
interface Room {
  key: string
  cost: Cost
  /** What it costs members with units of their own, by number. */
  ownCost: (Cost | undefined)[]
  free: AgentSet
  /** Code of what each agent lacks, by number. */
  lack: number[]
}

/** What some waiting entries have in common: whoever can take one of them can take each. */
export interface Need {
  key: string
  ability: Ability
  able: AgentSet
  lack: number[]
  room: Room
  /** The agents' priority in the queue; null while all have the first. */
  priority: number[] | null
}

/** What hangs on one queue. */
interface Side {
  needs: Need[]
  rooms: Room[]
}

export class Roster {
  /** By number; null: gone. A number stays its agent's for good. */
  readonly agents: (RoutableAgent | null)[] = []
  readonly #numbers = new Map<string, number>()
  readonly #needs = new Map<string, Need>()
  readonly #sides = new Map<string, Side>()
  readonly #sidesOf: Side[][] = []
  readonly #liveUsed: number[] = []
  readonly #load: number[] = []
  readonly #idleSince: number[] = []
  readonly #found: number[] = []

  numberOf(agentId: string): number | undefined {
    return this.#numbers.get(agentId)
  }

  /** Puts in an agent, or how they are now. True: they have room for something for which they had none. */
  set(agent: RoutableAgent): boolean {
    const number = this.#numbers.get(agent.id) ?? this.agents.length
    const before = this.agents[number] ?? null
    if (number === this.agents.length) this.#takeNumber(agent.id, number)
    this.agents[number] = agent
    this.#liveUsed[number] = agent.used.live
    this.#load[number] = agent.used.deferred / agent.capacity.deferred
    this.#idleSince[number] = agent.idleSince.getTime()
    if (!before || !isSamePerson(before, agent)) this.#seat(agent, number)
    const away = codeOf.get(isAway(agent))!
    let hasGained = false
    for (const side of this.#sidesOf[number]!) {
      for (const room of side.rooms) if (noteRoom(room, agent, number, away)) hasGained = true
    }
    return hasGained
  }

  remove(agentId: string): void {
    const number = this.#numbers.get(agentId)
    if (number === undefined) return
    this.#unseat(number)
    this.agents[number] = null
  }

  /** What an entry asks, with the skills it asks for now. */
  needOf(entry: RoutableEntry, skills: Ability['skills']): Need {
    const costKey = `${entry.channel} ${entry.demand} ${entry.kind} ${entry.units}`
    let key = `${entry.queueId} ${costKey}`
    for (const skill of skills) key += ` ${skill.skillId}=${skill.level}`
    return this.#needs.get(key) ?? this.#addNeed(key, costKey, entry, skills)
  }

  /** Why this agent cannot take what has this need, as a code; `nothing`: they can. */
  lack(need: Need, number: number): number {
    const ability = need.lack[number]!
    const room = need.room.lack[number]!
    return ability < room ? ability : room
  }

  /**
   * Who comes first among those who can, at most so many: priority in the queue, then longest idle or least loaded. `keepIdle`: while
   * no more than so many are idle, what leaves room for more (a chat) goes to who has live work already, so that a call finds somebody.
   */
  first(need: Need, except: readonly number[], howMany: number, keepIdle = 0): number[] {
    const count = intersection(need.able, need.room.free, this.#found)
    const fills = keepIdle > 0 && need.room.cost.kind === 'live' && need.room.cost.demand !== 'call' && this.#countIdle(count) <= keepIdle
    const best: number[] = []
    for (let k = 0; k < count; k++) {
      const number = this.#found[k]!
      if (except.length > 0 && except.includes(number)) continue
      let at = best.length
      while (at > 0 && this.#comesBefore(need, number, best[at - 1]!, fills)) at--
      if (at >= howMany) continue
      best.splice(at, 0, number)
      if (best.length > howMany) best.pop()
    }
    return best
  }

  /** Whoever has live work is not idle: they come after all who have none, the least busy first. Ids break ties, so that two runs agree. */
  #comesBefore(need: Need, a: number, b: number, fills: boolean): boolean {
    const byPriority = need.priority ? need.priority[a]! - need.priority[b]! : 0
    if (byPriority !== 0) return byPriority < 0
    if (need.room.cost.kind === 'deferred' && this.#load[a] !== this.#load[b]) return this.#load[a]! < this.#load[b]!
    if (this.#liveUsed[a] !== this.#liveUsed[b]) return this.#liveUsed[a]! < this.#liveUsed[b]! !== fills
    if (this.#idleSince[a] !== this.#idleSince[b]) return this.#idleSince[a]! < this.#idleSince[b]!
    return this.agents[a]!.id < this.agents[b]!.id
  }

  #countIdle(count: number): number {
    let idle = 0
    for (let k = 0; k < count; k++) if (this.#liveUsed[this.#found[k]!] === 0) idle++
    return idle
  }

  #takeNumber(agentId: string, number: number): void {
    this.#numbers.set(agentId, number)
    for (const side of this.#sides.values()) {
      for (const need of side.needs) need.lack[number] = notMember
      for (const room of side.rooms) room.lack[number] = notMember
    }
  }

  #seat(agent: RoutableAgent, number: number): void {
    this.#unseat(number)
    const sides = [...agent.queueIds].map((queueId) => this.#sideOf(queueId))
    this.#sidesOf[number] = sides
    for (const side of sides) {
      for (const need of side.needs) noteAbility(need, agent, number)
      for (const room of side.rooms) noteOwnCost(room, agent, number)
    }
  }

  #unseat(number: number): void {
    for (const side of this.#sidesOf[number] ?? []) {
      for (const need of side.needs) {
        need.able.put(number, false)
        need.lack[number] = notMember
      }
      for (const room of side.rooms) {
        room.free.put(number, false)
        room.lack[number] = notMember
      }
    }
    this.#sidesOf[number] = []
  }

  #addNeed(key: string, costKey: string, entry: RoutableEntry, skills: Ability['skills']): Need {
    const side = this.#sideOf(entry.queueId)
    const room = side.rooms.find((one) => one.key === costKey) ?? this.#addRoom(side, costKey, entry)
    const need: Need = { key, ability: { queueId: entry.queueId, channel: entry.channel, skills }, able: new AgentSet(), lack: this.agents.map(() => notMember), room, priority: null }
    this.#needs.set(key, need)
    side.needs.push(need)
    this.agents.forEach((agent, number) => {
      if (agent?.queueIds.has(entry.queueId)) noteAbility(need, agent, number)
    })
    return need
  }

  #addRoom(side: Side, key: string, { queueId, channel, demand, kind, units }: RoutableEntry): Room {
    const room: Room = { key, cost: { queueId, channel, demand, kind, units }, ownCost: [], free: new AgentSet(), lack: this.agents.map(() => notMember) }
    side.rooms.push(room)
    this.agents.forEach((agent, number) => {
      if (!agent?.queueIds.has(queueId)) return
      noteOwnCost(room, agent, number)
      noteRoom(room, agent, number, codeOf.get(isAway(agent))!)
    })
    return room
  }

  #sideOf(queueId: string): Side {
    let side = this.#sides.get(queueId)
    if (!side) this.#sides.set(queueId, (side = { needs: [], rooms: [] }))
    return side
  }
}

function noteAbility(need: Need, agent: RoutableAgent, number: number): void {
  const lack = lacksAbility(agent, need.ability)
  need.able.put(number, lack === null)
  need.lack[number] = codeOf.get(lack)!
  const priority = agent.memberships?.get(need.ability.queueId)?.priority ?? 1
  if (priority !== 1 || need.priority) (need.priority ??= need.lack.map(() => 1))[number] = priority
}

function noteOwnCost(room: Room, agent: RoutableAgent, number: number): void {
  const units = unitsFor(agent, room.cost)
  room.ownCost[number] = units === room.cost.units ? undefined : { ...room.cost, units }
}

/** True: they had no room for it, and have now. */
function noteRoom(room: Room, agent: RoutableAgent, number: number, away: number): boolean {
  const had = room.lack[number] === nothing
  // The line's most frequent question: no look-up in a table here.
  const units = away === nothing ? lacksUnits(agent, room.ownCost[number] ?? room.cost) : null
  const lack = units === null ? away : units === 'no-units' ? noUnits : units === 'live-work' ? liveWork : elsewhere
  room.lack[number] = lack
  if (had === (lack === nothing)) return false
  room.free.put(number, !had)
  return !had
}

function isSamePerson(a: RoutableAgent, b: RoutableAgent): boolean {
  return a.queueIds === b.queueIds && a.memberships === b.memberships && a.skills === b.skills && a.channels === b.channels
}
