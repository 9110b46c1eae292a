/**
 * The line under everything that happens to it: agents come, go, crash, decline, hand over; contacts come, leave, merge, move; what
 * asks it dies, asks twice, late or never. After each step: nobody over capacity, nobody asked twice, nothing left that could go, places
 * kept. A failing story is printed with its seed: `npm run test:long -- routing-model-core --seed n`.
 */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { channels, unitsOf, type Channel } from '#contract/words.ts'
import { unitsFor } from '#server/domain/eligibility.ts'
import { Line, type Offer, type RoutableAgent, type RoutableEntry, type RoutableQueue } from '#server/domain/routing.ts'
import { planByRules } from '../../bench/routing/rules-oracle.ts'
import { countOr, isLong } from '../support/long.ts'

const runs = countOr(250)
const seed = process.env['LONG_SEED'] ? { seed: Number(process.env['LONG_SEED']) } : {}

const french = [{ skillId: 'french', level: 3 }]
const queues = new Map<string, RoutableQueue>([
  ['support', { id: 'support', rings: [] }],
  ['france', { id: 'france', rings: [{ afterMs: 30_000, levelsDown: 2, dropSkillIds: [] }, { afterMs: 90_000, levelsDown: 0, dropSkillIds: ['french'] }] }],
  ['sales', { id: 'sales', rings: [{ afterMs: 20_000, levelsDown: 0, dropSkillIds: [] }] }],
])
const oracleQueues = new Map([...queues].map(([id, queue]) => [id, { rings: queue.rings, isPull: false, slaMarginMs: 0 }]))

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('contact-comes' as const), contact: fc.nat(11), channel: fc.constantFrom(...channels), queue: fc.constantFrom('support', 'france', 'sales'), headStartS: fc.constantFrom(0, 0, 60), prefers: fc.nat(5), holdS: fc.constantFrom(0, 30, 120), laterS: fc.constantFrom(0, 0, 0, 45) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('customer-leaves' as const), contact: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('contact-moves' as const), contact: fc.nat(11), queue: fc.constantFrom('support', 'france', 'sales') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('contacts-merge' as const), contact: fc.nat(11), into: fc.nat(11) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('accepts', 'accepts', 'accepts', 'declines', 'misses'), agent: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('closes' as const), agent: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('comes', 'comes', 'goes-on-break', 'crashes', 'drains', 'retires'), agent: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('hands-over', 'is-given', 'has-less-room'), agent: fc.nat(5), contact: fc.nat(11) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time-passes' as const), s: fc.constantFrom(1, 10, 30, 60, 120) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('asker-dies', 'asks-twice', 'asks-later') }) },
)
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never

interface Work {
  entries: RoutableEntry[]
  kind: 'live' | 'deferred'
  units: number
  isCall: boolean
}

/** What is true, beside the line: who waits, who is offered what, who works on what. */
class Hub {
  now = new Date('2026-11-10T10:00:00Z')
  line = new Line(queues)
  readonly agents = new Map<string, RoutableAgent>()
  readonly waiting = new Map<string, RoutableEntry>()
  readonly offers = new Map<string, Work>()
  readonly work = new Map<string, Work[]>()
  /** Over capacity by what no routing decided. */
  readonly overridden = new Set<string>()
  #ids = 0
  #isLate = false

  step(step: Step): void {
    const agentId = 'agent' in step ? `a${step.agent}` : ''
    const contactId = 'contact' in step ? `k${step.contact}` : ''
    switch (step.do) {
      case 'contact-comes': return this.#contactComes(contactId, step.channel, step.queue, step)
      case 'customer-leaves': return this.#leave(contactId)
      case 'contact-moves': return this.#replace(contactId, (entry) => ({ ...entry, queueId: step.queue, skills: step.queue === 'france' ? french : [] }))
      case 'contacts-merge': return contactId === `k${step.into}` ? undefined : this.#replace(contactId, (entry) => ({ ...entry, contactId: `k${step.into}` }))
      case 'accepts': return this.#endOffer(agentId, (offer) => this.#begin(agentId, offer))
      case 'declines': return this.#endOffer(agentId, (offer) => this.#backToFront(offer, agentId))
      case 'misses': return this.#endOffer(agentId, (offer) => {
        this.#change(agentId, { presence: 'break' })
        this.#backToFront(offer, agentId)
      })
      case 'closes': return this.#close(agentId)
      case 'comes': return this.agents.has(agentId) ? this.#change(agentId, { presence: 'available', isDraining: false, idleSince: this.now }) : this.#join(agentId, step.agent)
      case 'goes-on-break': return this.#change(agentId, { presence: 'break' })
      case 'drains': return this.#change(agentId, { isDraining: true })
      case 'crashes': return this.#loseAll(agentId, { presence: 'offline' })
      case 'retires': return this.#loseAll(agentId, null)
      case 'hands-over': return this.#handOver(agentId)
      case 'is-given': return this.#isGiven(agentId, contactId)
      case 'has-less-room': {
        this.overridden.add(agentId)
        return this.#change(agentId, { capacity: { live: 66, deferred: 60 } })
      }
      case 'time-passes': {
        this.now = new Date(this.now.getTime() + step.s * 1_000)
        return
      }
      // A line made anew from what is true, as every run of the job makes it.
      case 'asker-dies': {
        this.line = new Line(queues)
        for (const agent of this.agents.values()) this.line.setAgent(agent)
        for (const entry of this.waiting.values()) this.line.enter(entry)
        return
      }
      case 'asks-twice': return this.#ask()
      case 'asks-later': {
        this.#isLate = true
      }
    }
  }

  /** Asks the line, unless the one who should is late; then checks all that must hold. */
  settle(): void {
    if (this.#isLate) {
      this.#isLate = false
      return
    }
    this.#ask()
    const stuck = planByRules([...this.waiting.values()].map((entry) => ({ ...entry, enqueuedAt: entry.rankAt, headStartMs: 0, slaDueAt: null })), [...this.agents.values()], oracleQueues, this.now)
    expect(stuck, 'somebody waits who could be served').toEqual([])
    expect(this.line.next(this.now), 'asked again, nothing new').toBeNull()
    expect(this.line.waiting().map((entry) => entry.contactId).sort(), 'who waits').toEqual([...new Set([...this.waiting.values()].map((entry) => entry.contactId))].sort())
    for (const [agentId, agent] of this.agents) {
      const holds = [...(this.work.get(agentId) ?? []), ...[this.offers.get(agentId)].filter((one) => one !== undefined)]
      for (const kind of ['live', 'deferred'] as const) expect(agent.used[kind], `${kind} units of ${agentId}`).toBe(holds.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.units, 0))
      if (!this.overridden.has(agentId)) expect([agent.used.live <= agent.capacity.live, agent.used.deferred <= agent.capacity.deferred], `${agentId} has room for what they hold`).toEqual([true, true])
    }
    const owned = [...this.work.values()].flat().flatMap((one) => one.entries.map((entry) => entry.id))
    const offered = [...this.offers.values()].flatMap((one) => one.entries.map((entry) => entry.id))
    const everything = [...owned, ...offered, ...this.waiting.keys()]
    expect(new Set(everything).size, 'nothing in two hands').toBe(everything.length)
  }

  #ask(): void {
    for (let offer = this.line.next(this.now); offer; offer = this.line.next(this.now)) this.#offer(offer)
  }

  #offer({ entry, agentId, reason }: Offer): void {
    const agent = this.agents.get(agentId)!
    expect(agent.presence === 'available' && !agent.isDraining && !agent.isOnCall, 'only who is there is asked').toBe(true)
    expect(this.offers.has(agentId) && entry.kind === 'live' && this.offers.get(agentId)!.kind === 'live', 'one live offer at a time').toBe(false)
    // First come, first served among those who ask the same and have no wishes.
    const passedOver = [...this.waiting.values()].filter((other) => other.queueId === entry.queueId && other.channel === entry.channel && other.workableAt <= this.now && other.workableAt.getTime() === entry.workableAt.getTime()
      && other.preferred.length === 0 && other.refusedBy.size === 0 && other.contactId !== entry.contactId && isAlone(other, this.waiting) && isAlone(entry, this.waiting) && (other.rankAt < entry.rankAt || (other.rankAt.getTime() === entry.rankAt.getTime() && other.id < entry.id)))
    expect(passedOver.map((one) => one.id), `${entry.id} before those ranked first, by ${reason}`).toEqual([])
    const entries = [...this.waiting.values()].filter((one) => one.contactId === entry.contactId)
    for (const one of entries) this.waiting.delete(one.id)
    this.line.take({ entry, agentId })
    // A second offer to one agent is of deferred work only; here the first is taken on before it comes.
    const before = this.offers.get(agentId)
    if (before) this.#begin(agentId, before)
    const units = unitsFor(agent, entry)
    this.offers.set(agentId, { entries, kind: entry.kind, units, isCall: entry.demand === 'call' })
    this.#count(agentId)
  }

  #endOffer(agentId: string, then: (offer: Work) => void): void {
    const offer = this.offers.get(agentId)
    if (!offer) return
    this.offers.delete(agentId)
    then(offer)
    this.#count(agentId)
  }

  #begin(agentId: string, work: Work): void {
    this.work.set(agentId, [...(this.work.get(agentId) ?? []), work])
  }

  #backToFront(work: Work, refuser: string | null): void {
    for (const entry of work.entries) this.#enter(refuser ? { ...entry, refusedBy: new Map(entry.refusedBy).set(refuser, this.now) } : entry)
  }

  #close(agentId: string): void {
    const [, ...rest] = this.work.get(agentId) ?? []
    this.work.set(agentId, rest)
    this.#count(agentId)
  }

  #loseAll(agentId: string, change: Partial<RoutableAgent> | null): void {
    if (!this.agents.has(agentId)) return
    const held = [...(this.work.get(agentId) ?? []), ...[this.offers.get(agentId)].filter((one) => one !== undefined)]
    this.offers.delete(agentId)
    this.work.delete(agentId)
    if (change) this.#change(agentId, change)
    else {
      this.agents.delete(agentId)
      this.line.removeAgent(agentId)
    }
    for (const one of held) this.#backToFront(one, null)
    this.#count(agentId)
  }

  #handOver(agentId: string): void {
    const [first, ...rest] = this.work.get(agentId) ?? []
    if (!first) return
    this.work.set(agentId, rest)
    this.#backToFront(first, null)
    this.#count(agentId)
  }

  /** A supervisor gives it, whatever room there is. */
  #isGiven(agentId: string, contactId: string): void {
    const entries = [...this.waiting.values()].filter((entry) => entry.contactId === contactId)
    if (!this.agents.has(agentId) || entries.length === 0) return
    this.#leave(contactId)
    const { kind, units, demand } = entries[0]!
    this.overridden.add(agentId)
    this.#begin(agentId, { entries, kind, units, isCall: demand === 'call' })
    this.#count(agentId)
  }

  #contactComes(contactId: string, channel: Channel, queueId: string, { headStartS, prefers, holdS, laterS }: { headStartS: number; prefers: number; holdS: number; laterS: number }): void {
    const demand = channel === 'voice' ? 'call' : channel === 'webchat' ? 'chat' : 'messages'
    const isElsewhere = [...this.work.values()].flat().concat(...this.offers.values()).some((work) => work.entries.some((entry) => entry.contactId === contactId))
    if (isElsewhere || [...this.waiting.values()].some((entry) => entry.contactId === contactId && entry.demand === demand)) return
    this.#enter({
      id: `e${String(this.#ids++).padStart(4, '0')}`, contactId, queueId, demand, channel, ...unitsOf[channel], rankAt: new Date(this.now.getTime() - headStartS * 1_000), enqueuedAt: this.now, workableAt: new Date(this.now.getTime() + laterS * 1_000),
      skills: queueId === 'france' ? french : [], refusedBy: new Map(), only: null,
      preferred: prefers < 4 ? [{ agentId: `a${prefers}`, as: 'owner', holdMs: holdS * 1_000 }, { agentId: `a${(prefers + 1) % 4}`, as: 'last-agent', holdMs: 60_000 - holdS * 500 }] : [],
    })
  }

  #leave(contactId: string): void {
    for (const entry of [...this.waiting.values()].filter((one) => one.contactId === contactId)) {
      this.waiting.delete(entry.id)
      this.line.leave(entry.id)
    }
  }

  #replace(contactId: string, change: (entry: RoutableEntry) => RoutableEntry): void {
    const entries = [...this.waiting.values()].filter((one) => one.contactId === contactId)
    this.#leave(contactId)
    for (const entry of entries) this.#enter(change(entry))
  }

  #enter(entry: RoutableEntry): void {
    this.waiting.set(entry.id, entry)
    this.line.enter(entry)
  }

  #join(agentId: string, index: number): void {
    const own = index % 3 === 0 ? ['support', 'france', 'sales'] : index % 3 === 1 ? ['support', 'sales'] : ['france', 'sales']
    this.agents.set(agentId, {
      id: agentId, presence: 'available', isDraining: false, queueIds: new Set(own), skills: new Map(index % 2 === 0 ? [['french', index === 2 ? 1 : 4]] : []), channels: new Set(channels),
      memberships: new Map(index === 1 ? [['support', { priority: 2, units: { sms: 50 } }]] : []), capacity: { live: 100, deferred: 100 }, used: { live: 0, deferred: 0 },
      isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, idleSince: this.now,
    })
    this.#count(agentId)
  }

  #change(agentId: string, change: Partial<RoutableAgent>): void {
    const agent = this.agents.get(agentId)
    if (!agent) return
    this.agents.set(agentId, { ...agent, ...change })
    this.line.setAgent(this.agents.get(agentId)!)
  }

  /** What the agent holds, told to the line. */
  #count(agentId: string): void {
    const work = this.work.get(agentId) ?? []
    const offer = this.offers.get(agentId)
    const used = { live: 0, deferred: 0 }
    for (const one of [...work, ...(offer ? [offer] : [])]) used[one.kind] += one.units
    this.#change(agentId, { used, isOnCall: work.some((one) => one.isCall), openLiveOffers: offer?.kind === 'live' ? 1 : 0 })
  }
}

/** The contact waits with this entry alone. */
function isAlone(entry: RoutableEntry, waiting: ReadonlyMap<string, RoutableEntry>): boolean {
  return [...waiting.values()].filter((one) => one.contactId === entry.contactId).length === 1
}

it('keeps capacity, order and owners, and leaves nobody waiting who could be served', { timeout: isLong ? 3_600_000 : 10_000 }, () => {
  fc.assert(fc.property(fc.array(anyStep, { minLength: 10, maxLength: 60 }), (story) => {
    const hub = new Hub()
    for (let agent = 0; agent < 3; agent++) hub.step({ do: 'comes', agent })
    for (const step of story) {
      hub.step(step)
      hub.settle()
    }
  }), { numRuns: runs, ...seed })
})
