/**
 * A contact center that never was: customers come over all channels, wait, leave; agents accept, decline, miss, work, wrap up, go on
 * breaks. Everything by a seed and on its own clock. Whatever routes is asked after every change, as the hub asks.
 */
import { channels, unitsOf, type Channel } from '#contract/words.ts'
import { Heap } from '#server/domain/heap.ts'
import type { Membership, RoutableAgent, RoutableEntry } from '#server/domain/eligibility.ts'
import { rankAt, type HeadStarts } from '#server/domain/queueing.ts'
import type { AgentChoice, Line, Offer, RoutableQueue } from '#server/domain/routing.ts'
import { seeded, type Random } from './random.ts'

export interface WorldEntry extends RoutableEntry {
  headStartMs: number
  slaDueAt: Date | null
}

export interface WorldQueue extends RoutableQueue {
  isPull: boolean
  slaMarginMs: number
  skills: { skillId: string; level: number }[]
}

/** What is asked of a router. `Line` is one. */
export type Router = Pick<Line, 'setAgent' | 'enter' | 'leave' | 'next' | 'why' | 'take'>

/** An offer with what explains it. */
export type Answer = Offer & { why: AgentChoice }

export interface WorldOptions {
  seed: number
  contacts: number
  agents: number
  queues: number
  /** Work that comes in share of what the agents can do. */
  load: number
}

const start = Date.UTC(2026, 10, 10, 8)
const second = 1_000
const skillIds = ['french', 'billing', 'repairs', 'law']
const heads: HeadStarts = { perPriorityStepMs: 60_000, tierMs: { silver: 30_000, gold: 90_000 }, urgentMs: 120_000, slaMarginMs: 20_000 }
const mix: readonly Channel[] = ['voice', 'voice', 'voice', 'webchat', 'webchat', 'sms', 'whatsapp', 'slack', 'email', 'email']
const handleMs: Record<Channel, number> = { voice: 180_000, webchat: 300_000, sms: 240_000, whatsapp: 240_000, slack: 240_000, email: 400_000 }
const demandOf = (channel: Channel): WorldEntry['demand'] => (channel === 'voice' ? 'call' : channel === 'webchat' ? 'chat' : 'messages')

export class World {
  readonly queues: Map<string, WorldQueue>
  readonly agents = new Map<string, RoutableAgent>()
  /** Entries that wait and are not offered. */
  readonly line = new Map<string, WorldEntry>()
  now = start
  offers = 0
  readonly #random: Random
  readonly #options: WorldOptions
  readonly #due = new Heap<{ at: number; order: number; run: () => void }>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order))
  readonly #gapMs: number
  #router!: Router
  #order = 0
  #arrived = 0

  constructor(options: WorldOptions) {
    this.#options = options
    this.#random = seeded(options.seed)
    this.queues = new Map(Array.from({ length: options.queues }, (_, index) => [`q${index}`, this.#makeQueue(index)]))
    for (let index = 0; index < options.agents; index++) this.#makeAgent(index)
    // An agent's whole time is worth 100 units of live work; deferred work comes on top.
    const liveWorkMs = mix.reduce((sum, channel) => sum + (unitsOf[channel].kind === 'live' ? (handleMs[channel] * unitsOf[channel].units) / 100 : 0), 0) / mix.length
    this.#gapMs = liveWorkMs / (options.agents * options.load)
  }

  /** Runs the whole story. `check` sees the state in which the router was asked, and what it answered. */
  run(router: Router, check?: (world: World, answers: Answer[]) => void): void {
    this.#router = router
    for (const agent of this.agents.values()) router.setAgent(agent)
    this.#in(0, () => this.#arrive())
    for (let event = this.#due.pop(); event; event = this.#due.pop()) {
      this.now = event.at
      event.run()
      this.#ask(check)
    }
  }

  #ask(check?: (world: World, answers: Answer[]) => void): void {
    const now = new Date(this.now)
    const answers: Answer[] = []
    for (let offer = this.#router.next(now); offer; offer = this.#router.next(now)) {
      answers.push({ ...offer, why: this.#router.why(offer.entry, now) })
      this.#router.take(offer)
    }
    check?.(this, answers)
    this.offers += answers.length
    for (const { entry, agentId } of answers) this.#beginOffer(this.line.get(entry.id)!, agentId)
  }

  #makeQueue(index: number): WorldQueue {
    const random = this.#random
    const skills = random.chance(0.7) ? [{ skillId: random.pick(skillIds), level: 1 + random.below(4) }] : []
    const rings = random.chance(0.6) ? [{ afterMs: 20_000 + random.below(3) * 10_000, levelsDown: 2, dropSkillIds: [] }, { afterMs: 90_000, levelsDown: 1, dropSkillIds: skills.map((one) => one.skillId) }] : []
    return { id: `q${index}`, rings, isPull: index > 0 && random.chance(0.05), slaMarginMs: heads.slaMarginMs, skills }
  }

  #makeAgent(index: number): void {
    const random = this.#random
    const id = `a${String(index).padStart(4, '0')}`
    const own = [...this.queues.keys()].filter((_, at) => at === index % this.queues.size || random.chance(0.3))
    const memberships = new Map<string, Membership>(own.filter(() => random.chance(0.3)).map((queueId) => [queueId, { priority: 1 + random.below(2), units: random.chance(0.3) ? { email: 50 } : {} }]))
    this.agents.set(id, {
      id, presence: 'available', isDraining: false, queueIds: new Set(own), ...(memberships.size > 0 ? { memberships } : {}), skills: new Map(skillIds.filter(() => random.chance(0.6)).map((skillId) => [skillId, 1 + random.below(5)])),
      channels: new Set(random.chance(0.85) ? channels : channels.filter((channel) => channel !== 'voice')), capacity: { live: random.chance(0.9) ? 100 : 66, deferred: 100 }, used: { live: 0, deferred: 0 },
      isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, idleSince: new Date(start - random.below(600) * second),
    })
    this.#in(random.exponential(1_800_000), () => this.#rest(id))
  }

  #arrive(): void {
    const random = this.#random
    this.#arrived++
    const contactId = `k${this.#arrived}`
    this.#enqueue(contactId, random.pick(mix), `${String(this.#arrived).padStart(8, '0')}a`)
    // A second demand of the same contact: mail, then the customer calls or opens a chat.
    if (random.chance(0.05)) this.#enqueue(contactId, random.pick(['voice', 'webchat', 'sms']), `${String(this.#arrived).padStart(8, '0')}b`)
    if (this.#arrived < this.#options.contacts) this.#in(random.exponential(this.#gapMs), () => this.#arrive())
  }

  #enqueue(contactId: string, channel: Channel, id: string): void {
    const random = this.#random
    const queue = this.queues.get(`q${random.below(this.queues.size)}`)!
    const enqueuedAt = new Date(this.now)
    const workableAt = random.chance(0.02) ? new Date(this.now + 120_000) : enqueuedAt
    const priority = random.chance(0.1) ? random.below(4) : 0
    const tier = random.chance(0.2) ? random.pick(['silver', 'gold'] as const) : 'standard'
    const isUrgent = random.chance(0.03)
    const slaDueAt = random.chance(0.5) ? new Date(this.now + 30_000 + random.below(5) * 60_000) : null
    const anybody = (): string => `a${String(random.below(this.agents.size)).padStart(4, '0')}`
    const preferred = [
      ...(random.chance(0.1) ? [{ agentId: anybody(), as: 'owner' as const, holdMs: random.pick([0, 30_000, 60_000]) }] : []),
      ...(random.chance(0.1) ? [{ agentId: anybody(), as: 'last-agent' as const, holdMs: random.pick([0, 20_000]) }] : []),
      ...(random.chance(0.03) ? [{ agentId: anybody(), as: 'account-owner' as const, holdMs: 0 }] : []),
    ]
    const headStartMs = priority * heads.perPriorityStepMs + (tier === 'standard' ? 0 : heads.tierMs[tier]!) + (isUrgent ? heads.urgentMs : 0)
    this.#putInLine({
      id, contactId, queueId: queue.id, demand: demandOf(channel), channel, ...unitsOf[channel], enqueuedAt, workableAt, headStartMs, slaDueAt, preferred, refusedBy: new Map(),
      rankAt: rankAt({ enqueuedAt, priority, tier, isUrgent, slaDueAt }, heads), skills: random.chance(0.05) ? [...queue.skills, { skillId: 'law', level: 2 }] : queue.skills,
      only: channel === 'voice' && random.chance(0.05) ? { agentId: anybody(), until: new Date(this.now + 15_000) } : null,
    })
    this.#in(random.exponential(channel === 'email' ? 1_800_000 : 240_000), () => this.#leave(id))
  }

  #putInLine(entry: WorldEntry): void {
    this.line.set(entry.id, entry)
    this.#router.enter(entry)
    // Whatever time alone may change is asked for when it may.
    const instants = [entry.workableAt.getTime(), ...this.queues.get(entry.queueId)!.rings.map((ring) => entry.workableAt.getTime() + ring.afterMs), ...[...entry.refusedBy.values()].map((at) => at.getTime() + 60_000),
      ...entry.preferred.map((one) => entry.workableAt.getTime() + one.holdMs), ...(entry.only ? [entry.only.until.getTime()] : [])]
    for (const at of new Set(instants)) if (at > this.now) this.#in(at - this.now, () => {})
  }

  #leave(entryId: string): void {
    if (this.line.delete(entryId)) this.#router.leave(entryId)
  }

  #beginOffer(entry: WorldEntry, agentId: string): void {
    const random = this.#random
    // One accept answers the whole contact.
    const whole = ['a', 'b'].map((demand) => this.line.get(entry.id.slice(0, -1) + demand)).filter((one) => one !== undefined)
    for (const one of whole) this.line.delete(one.id)
    const units = this.agents.get(agentId)!.memberships?.get(entry.queueId)?.units[entry.channel] ?? entry.units
    // The router reserved already what it offers.
    this.agents.set(agentId, this.#holding(agentId, entry, units, entry.kind === 'live' ? 1 : 0))
    const outcome = random.next()
    this.#in(outcome < 0.92 ? 1_000 + random.below(6_000) : outcome < 0.97 ? 3_000 : 20_000, () => {
      const isAccepted = outcome < 0.92
      const isCall = isAccepted && entry.channel === 'voice'
      this.#set({ ...this.#holding(agentId, entry, isAccepted ? 0 : -units, entry.kind === 'live' ? -1 : 0), ...(isCall ? { isOnCall: true } : outcome >= 0.97 ? { presence: 'break' } : {}) })
      if (isAccepted) return this.#work(entry, agentId, units)
      if (outcome >= 0.97) this.#in(60_000, () => this.#change(agentId, { presence: 'available', idleSince: new Date(this.now) }))
      for (const one of whole) this.#putInLine(one.id === entry.id ? { ...one, refusedBy: new Map(one.refusedBy).set(agentId, new Date(this.now)) } : one)
    })
  }

  #work(entry: WorldEntry, agentId: string, units: number): void {
    const random = this.#random
    const isCall = entry.channel === 'voice'
    this.#in(random.exponential(handleMs[entry.channel]), () => {
      if (isCall) this.#change(agentId, { isOnCall: false, isInCallWrapUp: true })
      this.#in(isCall ? random.exponential(20_000) : 0, () => {
        const agent = this.#holding(agentId, entry, -units, 0)
        const isIdle = entry.kind === 'live' && agent.used.live === 0
        this.#set({ ...agent, ...(isCall ? { isInCallWrapUp: false } : {}), ...(isIdle ? { idleSince: new Date(this.now) } : {}) })
        if (agent.isDraining && agent.used.live + agent.used.deferred === 0) this.#in(300_000, () => this.#return(agentId))
      })
    })
  }

  #rest(agentId: string): void {
    const agent = this.agents.get(agentId)!
    const isBusy = agent.used.live + agent.used.deferred > 0
    this.#change(agentId, isBusy ? { isDraining: true } : { presence: this.#random.chance(0.5) ? 'break' : 'offline' })
    if (!isBusy) this.#in(300_000, () => this.#return(agentId))
  }

  #return(agentId: string): void {
    this.#change(agentId, { presence: 'available', isDraining: false, idleSince: new Date(this.now) })
    if (this.#arrived < this.#options.contacts) this.#in(this.#random.exponential(1_800_000), () => this.#rest(agentId))
  }

  #holding(agentId: string, entry: WorldEntry, units: number, liveOffers: number): RoutableAgent {
    const agent = this.agents.get(agentId)!
    return { ...agent, used: { ...agent.used, [entry.kind]: agent.used[entry.kind] + units }, openLiveOffers: agent.openLiveOffers + liveOffers }
  }

  #change(agentId: string, change: Partial<RoutableAgent>): void {
    this.#set({ ...this.agents.get(agentId)!, ...change })
  }

  #set(agent: RoutableAgent): void {
    this.agents.set(agent.id, agent)
    this.#router.setAgent(agent)
  }

  #in(ms: number, run: () => void): void {
    this.#due.push({ at: this.now + Math.round(ms), order: this.#order++, run })
  }
}
