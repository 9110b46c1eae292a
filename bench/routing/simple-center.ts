/** The center of the textbooks, routed by the core: whoever is offered something accepts at once and works on it; nothing else happens. */
import { channels, type Channel, type Demand } from '#contract/words.ts'
import { Heap } from '#server/domain/heap.ts'
import { Line, type RoutableAgent } from '#server/domain/routing.ts'
import { seeded } from './random.ts'

export interface Kind {
  queueId: string
  demand: Demand
  channel: Channel
  kind: 'live' | 'deferred'
  units: number
  handleMs: number
  /** Mean; null: nobody leaves. */
  patienceMs: number | null
  /** Its share of the arrivals. */
  share: number
}

/** Who comes when, with what, for how long. */
export interface Contacts {
  at: Float64Array
  kind: Uint8Array
  handleMs: Float64Array
  patienceMs: Float64Array
}

/** On one call, a chat among others, or an answer, with nobody else's work in between. */
export const oneAtATime = (queueId: string, handleMs: number, share = 1): Kind => ({ queueId, demand: 'call', channel: 'voice', kind: 'live', units: 100, handleMs, patienceMs: null, share })

/** The sample means of gaps and handling times are made exact (moment matching): what is left of chance is what the line makes of it. */
export function makeContacts(seed: number, count: number, arrivalsPerMs: number, kinds: readonly Kind[]): Contacts {
  const random = seeded(seed)
  const contacts = { at: new Float64Array(count), kind: new Uint8Array(count), handleMs: new Float64Array(count), patienceMs: new Float64Array(count) }
  const all = kinds.reduce((sum, one) => sum + one.share, 0)
  let now = 0
  for (let index = 0; index < count; index++) {
    now += random.exponential(1 / arrivalsPerMs)
    let pick = random.next() * all
    let kind = 0
    while (kind < kinds.length - 1 && (pick -= kinds[kind]!.share) >= 0) kind++
    // Whole milliseconds, as the core knows them.
    contacts.at[index] = Math.round(now)
    contacts.kind[index] = kind
    contacts.handleMs[index] = Math.max(1, Math.round(random.exponential(kinds[kind]!.handleMs)))
    const { patienceMs } = kinds[kind]!
    contacts.patienceMs[index] = patienceMs === null ? Infinity : Math.max(1, Math.round(random.exponential(patienceMs)))
  }
  const gaps = (contacts.at[count - 1]! * arrivalsPerMs) / count
  const asked = contacts.kind.reduce((sum, kind) => sum + kinds[kind]!.handleMs, 0)
  const work = contacts.handleMs.reduce((sum, one) => sum + one, 0) / asked
  for (let index = 0; index < count; index++) {
    contacts.at[index] = Math.round(contacts.at[index]! / gaps)
    contacts.handleMs[index] = Math.max(1, Math.round(contacts.handleMs[index]! / work))
  }
  return contacts
}

/** Agents with the queues they serve, idle since the instants 0, 1, 2, …; the first number of each pair is asked first. */
export function makeAgents(queuesOf: readonly (readonly string[])[], priorityOf: (index: number, queueId: string) => number = () => 1): RoutableAgent[] {
  return queuesOf.map((queueIds, index) => ({
    id: `a${String(index).padStart(3, '0')}`, presence: 'available', isDraining: false, queueIds: new Set(queueIds), skills: new Map(), channels: new Set(channels),
    memberships: new Map(queueIds.map((queueId) => [queueId, { priority: priorityOf(index, queueId), units: {} }])),
    capacity: { live: 100, deferred: 100 }, used: { live: 0, deferred: 0 }, isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, idleSince: new Date(index),
  }))
}

export interface Outcome {
  /** When each contact was begun; NaN: never. */
  beganAt: Float64Array
  agent: Int32Array
}

interface Happening {
  at: number
  /** Among ends at one instant: the agent's number. */
  order: number
  kind: 'end' | 'leave'
  contact: number
}

/** Runs it to the end. A call sets the deferred work of its agent aside: that goes on when the call is over. */
export function run(contacts: Contacts, kinds: readonly Kind[], agents: readonly RoutableAgent[], keepIdle = 0): Outcome {
  const line = new Line(new Map(kinds.map(({ queueId }) => [queueId, { id: queueId, rings: [], keepIdle }])))
  const people = agents.map((agent) => ({ ...agent, used: { ...agent.used } }))
  const numberOf = new Map(people.map((agent, number) => [agent.id, number]))
  for (const agent of people) line.setAgent({ ...agent })
  const count = contacts.at.length
  const outcome: Outcome = { beganAt: new Float64Array(count).fill(Number.NaN), agent: new Int32Array(count).fill(-1) }
  const due = new Heap<Happening>((a, b) => a.at < b.at || (a.at === b.at && (a.kind === b.kind ? a.order < b.order : a.kind === 'end')))
  // Deferred work in hand, by agent: what is left of it, and since when it runs (NaN: set aside). `turn` outdates older ends.
  const aside = people.map(() => new Map<number, { leftMs: number; runsSince: number }>())
  const begun = (contact: number): boolean => !Number.isNaN(outcome.beganAt[contact]!)
  const idOf = (contact: number): string => String(contact).padStart(8, '0')

  const setAside = (number: number, now: number, isAside: boolean): void => {
    for (const [contact, work] of aside[number]!) {
      if (isAside && !Number.isNaN(work.runsSince)) {
        work.leftMs -= now - work.runsSince
        work.runsSince = Number.NaN
      } else if (!isAside && Number.isNaN(work.runsSince)) {
        work.runsSince = now
        due.push({ at: now + work.leftMs, order: number, kind: 'end', contact })
      }
    }
  }
  const begin = (contact: number, number: number, now: number): void => {
    const kind = kinds[contacts.kind[contact]!]!
    const agent = people[number]!
    agent.used[kind.kind] += kind.units
    if (kind.demand === 'call') agent.isOnCall = true
    line.setAgent({ ...agent, used: { ...agent.used } })
    outcome.beganAt[contact] = now
    outcome.agent[contact] = number
    if (kind.kind === 'deferred') aside[number]!.set(contact, { leftMs: contacts.handleMs[contact]!, runsSince: Number.NaN })
    else due.push({ at: now + contacts.handleMs[contact]!, order: number, kind: 'end', contact })
    setAside(number, now, agent.isOnCall)
  }
  const end = (contact: number, now: number): void => {
    const kind = kinds[contacts.kind[contact]!]!
    const number = outcome.agent[contact]!
    const agent = people[number]!
    if (kind.kind === 'deferred') {
      const work = aside[number]!.get(contact)
      // Set aside since, or running on with another end.
      if (!work || Number.isNaN(work.runsSince) || work.runsSince + work.leftMs !== now) return
      aside[number]!.delete(contact)
    }
    agent.used[kind.kind] -= kind.units
    if (kind.demand === 'call') agent.isOnCall = false
    if (agent.used.live === 0 && kind.kind === 'live') agent.idleSince = new Date(now)
    line.setAgent({ ...agent, used: { ...agent.used } })
    setAside(number, now, agent.isOnCall)
  }

  let arrived = 0
  for (;;) {
    const next = due.peek()
    const arrivesAt = arrived < count ? contacts.at[arrived]! : Infinity
    if (!next && arrivesAt === Infinity) return outcome
    const now = Math.min(next?.at ?? Infinity, arrivesAt)
    if (next && next.at <= arrivesAt) {
      due.pop()
      if (next.kind === 'end') end(next.contact, now)
      else if (!begun(next.contact)) line.leave(idOf(next.contact))
    } else {
      const { queueId, demand, channel, kind, units } = kinds[contacts.kind[arrived]!]!
      const at = new Date(now)
      const id = idOf(arrived)
      line.enter({ id, contactId: id, queueId, demand, channel, kind, units, rankAt: at, enqueuedAt: at, workableAt: at, skills: [], refusedBy: new Map(), preferred: [], only: null })
      if (contacts.patienceMs[arrived] !== Infinity) due.push({ at: now + contacts.patienceMs[arrived]!, order: arrived, kind: 'leave', contact: arrived })
      arrived++
    }
    const time = new Date(now)
    for (let offer = line.next(time); offer; offer = line.next(time)) {
      line.take(offer)
      begin(Number(offer.entry.id), numberOf.get(offer.agentId)!, now)
    }
  }
}

/** Means over those who came after the first tenth, by kind: waits of all (until begun or left), waits of those begun, the share who left. */
export function figures(contacts: Contacts, outcome: Outcome, kind?: number): { waitMs: number; servedWaitMs: number; left: number } {
  let all = 0
  let served = 0
  let waited = 0
  let servedWaited = 0
  for (let contact = Math.floor(contacts.at.length / 10); contact < contacts.at.length; contact++) {
    if (kind !== undefined && contacts.kind[contact] !== kind) continue
    const wait = outcome.beganAt[contact]! - contacts.at[contact]!
    all++
    if (Number.isNaN(wait)) waited += contacts.patienceMs[contact]!
    else {
      served++
      waited += wait
      servedWaited += wait
    }
  }
  return { waitMs: waited / all, servedWaitMs: servedWaited / served, left: (all - served) / all }
}
