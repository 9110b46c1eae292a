/**
 * The one line of a group of queues, indexed: contacts that ask the same of an agent wait in one lane, the best rank on top, so that a
 * freed agent is compared with the heads of a few lanes and an arrival with the agents who are able and free. Nothing of it is lasting:
 * it is made from a snapshot and fed with what changes; time is given. One plain rule stays: in the order of the line, each contact
 * gets the best agent who can take it.
 */
import { intersects } from './agent-set.ts'
import { decide, exclusionsOf, reasonOf, waitReasonOf } from './choice.ts'
import { isFreshRefusal, nextChangeAt, skillsNow, withReserved, type Ability, type RoutableAgent, type RoutableEntry } from './eligibility.ts'
import { Heap } from './heap.ts'
import { mostUrgentEntry } from './queueing.ts'
import { Roster, type Need } from './roster.ts'
import type { AgentChoice, ExcludedByReason, OfferReason, RoutableQueue } from './routing.ts'

/** A contact's place in the line. A change makes a new one; the old is gone, wherever it still lies. */
interface Place {
  entry: RoutableEntry
  queue: RoutableQueue
  rank: number
  lane: Lane | null
  isGone: boolean
}

interface Lane {
  need: Need
  /** Everybody able and free may have them. */
  open: Heap<Place>
  /** Some agents refused them within the minute: looked at one by one. */
  refused: Place[]
}

export interface Offer {
  entry: RoutableEntry
  agentId: string
  reason: OfferReason
}

const noSkills: Ability['skills'] = []

export class Line {
  readonly #queues: ReadonlyMap<string, RoutableQueue>
  readonly #roster = new Roster()
  readonly #contacts = new Map<string, { entries: RoutableEntry[]; place: Place }>()
  readonly #contactOf = new Map<string, string>()
  readonly #lanes = new Map<Need, Lane>()
  /** Lanes in which somebody waits. */
  readonly #waited = new Set<Lane>()
  /** Those of them in which something may be possible; all others were looked at since anything changed for them. */
  readonly #worthALook = new Set<Lane>()
  readonly #heldFor = new Map<string, Set<Place>>()
  readonly #toPlace: Place[] = []
  readonly #timers = new Heap<{ at: number; place: Place }>((a, b) => a.at < b.at)
  /** Who cannot take what has this need, while no agent changes: hundreds who wait for the same are explained at once. */
  readonly #explained = new Map<Need, ExcludedByReason>()

  constructor(queues: ReadonlyMap<string, RoutableQueue>) {
    this.#queues = queues
  }

  /** An agent comes, or is now like this. */
  setAgent(agent: RoutableAgent): void {
    this.#explained.clear()
    const hasGained = this.#roster.set(agent)
    const number = this.#roster.numberOf(agent.id)!
    if (hasGained) {
      for (const lane of this.#waited) if (lane.need.able.has(number) && lane.need.room.free.has(number)) this.#worthALook.add(lane)
    }
    this.#releaseHolds(agent.id)
  }

  removeAgent(agentId: string): void {
    this.#explained.clear()
    this.#roster.remove(agentId)
    this.#releaseHolds(agentId)
  }

  /** An entry comes into the line, or is now like this. Queues that are not of this line are passed over. */
  enter(entry: RoutableEntry): void {
    const queue = this.#queues.get(entry.queueId)
    if (!queue) return
    const others = this.#contacts.get(entry.contactId)?.entries.filter((one) => one.id !== entry.id) ?? []
    this.#contactOf.set(entry.id, entry.contactId)
    this.#putContact(entry.contactId, [...others, entry])
  }

  /** An entry leaves the line: abandoned, answered, moved, merged. */
  leave(entryId: string): void {
    const contactId = this.#contactOf.get(entryId)
    if (contactId === undefined) return
    this.#contactOf.delete(entryId)
    this.#putContact(contactId, this.#contacts.get(contactId)!.entries.filter((one) => one.id !== entryId))
  }

  /** The first contact in the line that can be offered now, and to whom; it stays until it is taken. Null: nothing more can be offered before something changes. */
  next(now: Date): Offer | null {
    this.#placeWhatChanged(now)
    let first: Place | null = null
    for (const lane of this.#worthALook) {
      const head = intersects(lane.need.able, lane.need.room.free) ? this.#headOf(lane, now) : null
      if (lane.open.size === 0 && lane.refused.length === 0) this.#waited.delete(lane)
      if (!head) this.#worthALook.delete(lane)
      else if (!first || comesBefore(head, first)) first = head
    }
    if (!first) return null
    const decision = decide(this.#roster, first.entry, first.queue, first.lane!.need, now, 1)
    if (decision.kind !== 'agents') throw new Error(`the head of a lane can be offered to nobody: ${first.entry.id}`)
    return { entry: first.entry, agentId: this.#roster.agents[decision.numbers[0]!]!.id, reason: reasonOf(first.entry, decision.as) }
  }

  /** The offer is made: its contact leaves the line (one accept answers all of it; who declines makes it enter again), the agent's units are reserved. */
  take({ entry, agentId }: Pick<Offer, 'entry' | 'agentId'>): void {
    const contact = this.#contacts.get(entry.contactId)
    if (!contact) return
    for (const one of contact.entries) this.#contactOf.delete(one.id)
    this.#contacts.delete(entry.contactId)
    contact.place.isGone = true
    const agent = this.#roster.agents[this.#roster.numberOf(agentId) ?? -1]
    if (agent) this.setAgent(withReserved(agent, entry))
  }

  /** The rules, run for one entry, in the line or not: who gets it, or why it waits. */
  why(entry: RoutableEntry, now: Date): AgentChoice {
    const queue = this.#queues.get(entry.queueId)
    if (entry.workableAt > now) return { kind: 'wait', reason: 'not-yet-workable', excludedByReason: {}, nextChangeAt: entry.workableAt }
    if (!queue) return { kind: 'wait', reason: 'nobody-staffed', excludedByReason: {}, nextChangeAt: null }
    if (queue.isPull) return { kind: 'wait', reason: 'pull-queue', excludedByReason: {}, nextChangeAt: null }
    return this.#choose(entry, queue, this.#needOf(entry, queue, now), now)
  }

  /** Who waits, in the order of the line: one place a contact. */
  waiting(): RoutableEntry[] {
    return [...this.#contacts.values()].map((one) => one.place).sort((a, b) => (comesBefore(a, b) ? -1 : 1)).map((place) => place.entry)
  }

  #putContact(contactId: string, entries: RoutableEntry[]): void {
    const before = this.#contacts.get(contactId)
    const entry = placeOf(entries)
    if (before && before.place.entry === entry) {
      before.entries = entries
      return
    }
    if (before) before.place.isGone = true
    if (!entry) {
      this.#contacts.delete(contactId)
      return
    }
    const place: Place = { entry, queue: this.#queues.get(entry.queueId)!, rank: entry.rankAt.getTime(), lane: null, isGone: false }
    this.#contacts.set(contactId, { entries, place })
    this.#toPlace.push(place)
  }

  #placeWhatChanged(now: Date): void {
    for (let due = this.#timers.peek(); due && due.at <= now.getTime(); due = this.#timers.peek()) {
      this.#timers.pop()
      this.#placeAgain(due.place)
    }
    // Placing makes nothing new to place.
    for (const place of this.#toPlace) if (!place.isGone) this.#place(place, now)
    this.#toPlace.length = 0
  }

  #placeAgain(place: Place): void {
    if (place.isGone) return
    place.isGone = true
    const again: Place = { ...place, lane: null, isGone: false }
    this.#contacts.get(place.entry.contactId)!.place = again
    this.#toPlace.push(again)
  }

  #place(place: Place, now: Date): void {
    const { entry, queue } = place
    if (queue.isPull) return
    const next = nextChangeAt(entry, queue.rings, now)
    if (next) this.#timers.push({ at: next.getTime(), place })
    if (entry.workableAt > now) return
    const need = this.#needOf(entry, queue, now)
    let lane = this.#lanes.get(need)
    if (!lane) this.#lanes.set(need, (lane = { need, open: new Heap(comesBefore), refused: [] }))
    place.lane = lane
    if (this.#isHeld(place, now)) return this.#hold(place)
    if (hasFreshRefusal(entry, now)) lane.refused.push(place)
    else lane.open.push(place)
    this.#waited.add(lane)
    this.#worthALook.add(lane)
  }

  #needOf(entry: RoutableEntry, queue: RoutableQueue, now: Date): Need {
    return this.#roster.needOf(entry, entry.skills.length === 0 ? noSkills : skillsNow(entry, queue.rings, now))
  }

  /** The best ranked place of a lane that somebody free can have. */
  #headOf(lane: Lane, now: Date): Place | null {
    let head = lane.open.peek() ?? null
    while (head) {
      if (!head.isGone) {
        if (!this.#isHeld(head, now)) break
        this.#hold(head)
      }
      lane.open.pop()
      head = lane.open.peek() ?? null
    }
    if (lane.refused.length === 0) return head
    lane.refused = lane.refused.filter((place) => !place.isGone)
    for (const place of lane.refused) {
      if (head && !comesBefore(place, head)) continue
      const { kind } = decide(this.#roster, place.entry, place.queue, lane.need, now, 1)
      if (kind === 'agents') head = place
      else if (kind === 'hold') this.#hold(place)
    }
    return head
  }

  #isHeld({ entry, queue, lane }: Place, now: Date): boolean {
    return (entry.preferred.length > 0 || entry.only !== null) && decide(this.#roster, entry, queue, lane!.need, now, 1).kind === 'hold'
  }

  /** Looked at again when any of those it prefers changes: one preferred more than who it is held for may be free first. */
  #hold(place: Place): void {
    const { preferred, only } = place.entry
    for (const agentId of [...preferred.map((one) => one.agentId), ...(only ? [only.agentId] : [])]) {
      let held = this.#heldFor.get(agentId)
      if (!held) this.#heldFor.set(agentId, (held = new Set()))
      held.add(place)
    }
  }

  /** Whatever an agent does anew, those held for them are looked at again. */
  #releaseHolds(agentId: string): void {
    const held = this.#heldFor.get(agentId)
    if (!held) return
    this.#heldFor.delete(agentId)
    for (const place of held) this.#placeAgain(place)
  }

  #choose(entry: RoutableEntry, queue: RoutableQueue, need: Need, now: Date): AgentChoice {
    const decision = decide(this.#roster, entry, queue, need, now, 4)
    const excludedByReason = decision.refusers.length > 0 ? exclusionsOf(this.#roster, need, decision.refusers) : (this.#explained.get(need) ?? exclusionsOf(this.#roster, need, []))
    if (decision.refusers.length === 0) this.#explained.set(need, excludedByReason)
    if (decision.kind !== 'agents') {
      return { kind: 'wait', reason: decision.kind === 'hold' ? 'held-for-preferred' : waitReasonOf(excludedByReason), excludedByReason, nextChangeAt: nextChangeAt(entry, queue.rings, now) }
    }
    const [winner, ...others] = decision.numbers.map((number) => this.#roster.agents[number]!.id)
    return { kind: 'offer', agentId: winner!, reason: reasonOf(entry, decision.as), nextThree: others, excludedByReason }
  }
}

/** One place per contact: its most urgent entry. */
function placeOf(entries: readonly RoutableEntry[]): RoutableEntry | undefined {
  if (entries.length < 2) return entries[0]
  const first = mostUrgentEntry(entries.map((one) => ({ ...one, isEmail: one.channel === 'email' })))
  return entries.find((one) => one.id === first?.id)
}

/** The order of the line: rank, then id. */
function comesBefore(a: Place, b: Place): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.entry.id < b.entry.id
}

function hasFreshRefusal(entry: RoutableEntry, now: Date): boolean {
  if (entry.refusedBy.size === 0) return false
  for (const at of entry.refusedBy.values()) if (isFreshRefusal(at, now)) return true
  return false
}
