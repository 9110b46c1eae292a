/** Routing: plan the offers of the line with the pure core, make each in its own transaction, accept, decline, expire. */
import { usualOfferTimeoutMs } from '#contract/queue-defaults.ts'
import type { Context } from '../../context.ts'
import { ringOwnerFirstMs } from '../../domain/inbound.ts'
import { unitsFor, type RoutableAgent } from '../../domain/eligibility.ts'
import { matchQueues, type AgentChoice, type PlannedMatch } from '../../domain/routing.ts'
import { mayTakeUnits } from '../../domain/units.ts'
import type { Statements, Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { lockAgent, refreshAgent, type AgentNow } from '../agents/agents.steps.ts'
import { joinConsult } from '../contacts/consult.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContactOfOffer } from '../contacts/contacts.store.ts'
import { lockConversationAndRead, lockConversationOfContact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { assign, ownerName, takeWaiting, type Acceptance, type Assigning } from './assign.steps.ts'
import { endOffer, lockForOffer, makeOffer, offerColumns, type OfferRow } from './offers.steps.ts'
import { loadClocksOfOffer } from '../sla/sla.steps.ts'
import { isOnAnotherCall } from '../voice/helper-legs.steps.ts'
import { noRoom, offerGone } from './routing.errors.ts'
import { ringOwners } from './owner-first.usecases.ts'
import { kindsWaiting, loadAgents, loadLine, loadQueues, waitsBehind, withMemberships, type LoadedAgent, type LoadedEntry, type LoadedQueue, type Snapshot } from './routing.store.ts'

export type RoutingContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

type RouteScope = 'changed' | 'all'

export interface RouteFacts {
  now: Date
  free: LoadedAgent[]
  queues: Map<string, LoadedQueue>
  first: LoadedEntry[]
  kinds: Awaited<ReturnType<typeof kindsWaiting>>
}

/** What a run begins with, in one round trip. */
export async function loadRouteFacts(reader: Statements, scope: RouteScope, now: Date): Promise<RouteFacts> {
  const [free, queues, first, kinds] = await Promise.all([
    loadAgents(reader, false), loadQueues(reader), loadLine(reader, now, scope === 'changed' ? { first: frontMax } : {}), kindsWaiting(reader),
  ])
  return { now, free, queues, first, kinds }
}

/**
 * One run of the `route` job: takes the line and makes every offer that can be made now. While nobody has room only what is new
 * in the line is looked at, for its reason; `all` (the sweeper's) says the reason of everything anew.
 * @param known where it was read a moment ago.
 */
export async function route(context: RoutingContext, scope: RouteScope = 'changed', known?: RouteFacts): Promise<void> {
  const { now, free, queues, first, kinds } = known ?? (await context.db.together((reader) => loadRouteFacts(reader, scope, context.clock.now())))
  const lineOf = (which: { unexplainedOnly?: boolean }): Promise<LoadedEntry[]> => context.db.together((reader) => loadLine(reader, now, which))
  const agents = withMemberships(free, queues)
  const hasRoom = agents.some((agent) => hasLeft(agent, 'live') || hasLeft(agent, 'deferred'))
  const isFront = scope === 'changed' && hasRoom
  let line = scope === 'all' || hasRoom ? first : first.filter(({ waitReason }) => waitReason === null)
  if (scope === 'changed' && !hasRoom && first.length === frontMax) line = await lineOf({ unexplainedOnly: true })
  if (line.length === 0) return
  let { members, plan } = await planOf(context, line, agents, queues, now)
  const front = new Set(line.map(({ id }) => id))
  let isRestLeft = false
  if (isFront && line.length === frontMax) {
    const left = roomLeft(members, plan)
    const mayBe = (['live', 'deferred'] as const).some((kind) => kinds[kind] && left[kind].length > 0)
    const isForSomebody = mayBe && (await waitsBehind(context.db, line.at(-1)!, left, now)) // as many as asked for
    // Where nothing behind is for anybody, only what is new there wants its reason: now, or when what is offered here is out.
    isRestLeft = !isForSomebody && plan.some(({ kind }) => kind === 'offer')
    if (!isRestLeft) {
      line = isForSomebody ? await lineOf({}) : [...line, ...(await lineOf({ unexplainedOnly: true })).filter(({ id }) => !front.has(id))]
      ;({ members, plan } = await planOf(context, line, members, queues, now))
    }
  }
  const entries = new Map(line.map((entry) => [entry.id, entry]))
  const reasons: Reason[] = []
  let nextChangeAt: Date | null = null
  for (const match of plan) {
    const entry = entries.get(match.entry.id)
    if (!entry) continue
    const queue = queues.get(entry.queueId)
    if (match.kind === 'offer') {
      const agent = members.find(({ id }) => id === match.agentId)
      if (!agent) continue
      await offerTo(context, { ...entry, units: unitsFor(agent, entry) }, match, {
        timeoutMs: offerTimeOf(entry, queue?.offerTimeoutMs, now), isAccepted: queue?.autoAccept === true, snapshot: { at: now, entryVersion: entry.version, agentVersion: agent.version },
      })
    } else {
      if (match.nextChangeAt && (!nextChangeAt || match.nextChangeAt < nextChangeAt)) nextChangeAt = match.nextChangeAt
      if (match.reason !== entry.waitReason) reasons.push({ entry, choice: match })
    }
  }
  await keepReasons(context, reasons)
  if (isRestLeft && (await lineOf({ unexplainedOnly: true })).some(({ id }) => !front.has(id))) context.jobs.wake('route', 'all')
  if (nextChangeAt) context.jobs.wake('route', 'all', { at: nextChangeAt })
}

/** Of a long line the first few are mostly all that those with room can be given. */
const frontMax = 16

/** Rings owners, and plans what all others are offered. */
async function planOf(context: RoutingContext, line: readonly LoadedEntry[], agents: readonly LoadedAgent[], queues: ReadonlyMap<string, LoadedQueue>, now: Date): Promise<{ members: readonly LoadedAgent[]; plan: PlannedMatch[] }> {
  const { agents: members, contactIds: ringing } = await ringOwners(context, line, agents, now)
  return { members, plan: matchQueues(ringing.size === 0 ? line : line.filter((entry) => !ringing.has(entry.contactId)), members, queues, now) }
}

/** The queues of those who have room when all planned is taken, by the kind of work there is room for. */
function roomLeft(agents: readonly RoutableAgent[], plan: readonly PlannedMatch[]): Record<'live' | 'deferred', string[]> {
  const left = new Map(agents.map((agent) => [agent.id, agent]))
  for (const match of plan) {
    const agent = match.kind === 'offer' ? left.get(match.agentId) : undefined
    if (!agent) continue
    const { kind } = match.entry
    left.set(agent.id, { ...agent, used: { ...agent.used, [kind]: agent.used[kind] + unitsFor(agent, match.entry) } })
  }
  const queuesOf = (kind: 'live' | 'deferred'): string[] => [...new Set([...left.values()].filter((agent) => hasLeft(agent, kind)).flatMap(({ queueIds }) => [...queueIds]))]
  return { live: queuesOf('live'), deferred: queuesOf('deferred') }
}

function hasLeft({ used, capacity }: RoutableAgent, kind: 'live' | 'deferred'): boolean {
  return used[kind] < capacity[kind]
}

/** An owner who is asked before all others rings for the shorter time that is theirs. */
function offerTimeOf(entry: LoadedEntry, ofQueue: Partial<Record<LoadedEntry['channel'], number>> | undefined, now: Date): number {
  const timeoutMs = ofQueue?.[entry.channel] ?? usualOfferTimeoutMs[entry.channel]
  return entry.only && entry.only.until > now ? Math.min(timeoutMs, ringOwnerFirstMs) : timeoutMs
}

/** Makes one planned offer, if everything it rested on still holds under the locks. `isAccepted`: its queue asks nobody, it gives. */
async function offerTo(context: RoutingContext, entry: LoadedEntry, choice: Extract<AgentChoice, { kind: 'offer' }>, { timeoutMs, isAccepted, snapshot }: { timeoutMs: number; isAccepted: boolean; snapshot: Snapshot }): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const held = await lockForOffer(tx, entry, choice.agentId, now)
    if (!held) return
    const { conversation, contact, agent, isOfTeam } = held
    const isFree = agent && agent.presence === 'available' && !agent.draining && !agent.isOnCall
      && mayTakeUnits(entry, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits }).fits
    if (!isFree) {
      effects.wake('route', 'all')
      return
    }
    const offerId = await makeOffer(tx, conversation, {
      contact, conversationId: conversation.id, entryId: entry.id, agentId: choice.agentId, isOfTeam, kind: 'contact', channel: entry.channel,
      units: { kind: entry.kind, units: entry.units }, timeoutMs,
      decision: { reason: choice.reason, nextThree: choice.nextThree, excludedByReason: choice.excludedByReason, snapshot },
    }, now, effects)
    if (!isAccepted) return
    const [made, taker] = await Promise.all([lockOffer(tx, offerId), lockAgent(tx, choice.agentId, now)])
    if (made) await takeOffer(tx, conversation, { offer: made, agent: taker }, now, effects)
  })
}

interface Reason {
  entry: LoadedEntry
  choice: Extract<AgentChoice, { kind: 'wait' }>
}

/** So many conversations are held at once at most while their reasons are written. */
const reasonsAtOnce = 10

/** Keeps why entries wait, where that changed; screens show it. Conversations are locked in the order of their ids. */
async function keepReasons(context: RoutingContext, reasons: readonly Reason[]): Promise<void> {
  const ordered = [...reasons].sort((a, b) => (a.entry.conversationId < b.entry.conversationId ? -1 : 1))
  for (let from = 0; from < ordered.length; from += reasonsAtOnce) {
    const now = context.clock.now()
    await commit(context, now, async (tx, effects) => {
      for (const { entry, choice } of ordered.slice(from, from + reasonsAtOnce)) {
        const conversation = await lockConversationOfContact(tx, entry.contactId, now)
        const changed = await tx.execute(
          `with changed as (update queue_entry set reason = $2, reason_at = $3, version = version + 1 where id = $1 and ended_at is null and reason is distinct from $2 returning id)
           insert into wait_reason (entry_id, at, reason, excluded, next_change_at) select id, $3, $2, $4, $5 from changed on conflict do nothing`,
          [entry.id, choice.reason, now, JSON.stringify(choice.excludedByReason), choice.nextChangeAt])
        if (changed > 0) effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, entry.contactId, {}, now)))
      }
    })
  }
}

/** An agent accepts an offer. Of many at once one wins; the rest are told who was faster. */
export async function acceptOffer(context: RoutingContext, offerId: string, agentId: string): Promise<Acceptance> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const [{ conversation, row: offer }, agent, contact, clocks] = await Promise.all([
      lockConversationAndRead(tx, 'offer', offerId, now, () => lockOffer(tx, offerId)), lockAgent(tx, agentId, now), loadContactOfOffer(tx, offerId), loadClocksOfOffer(tx, offerId),
    ])
    if (!conversation || offer?.agentId !== agentId) throw notFound()
    return takeOffer(tx, conversation, { offer, agent, read: { contact, clocks } }, now, effects)
  })
}

/** Wakes `timers`, with the agent's id behind it: they talk, so what else the line asks of them is taken back. */
export const besideCall = 'beside-call '

type Offered = OfferRow & { endedAt: Date | null }

async function lockOffer(tx: Tx, offerId: string): Promise<Offered | undefined> {
  return tx.maybe<Offered>(`select ${offerColumns}, ended_at as "endedAt" from offer where id = $1 for update`, [offerId])
}

async function takeOffer(tx: Tx, conversation: LockedConversation, { offer, agent, read }: { offer: Offered; agent: AgentNow | undefined; read?: Assigning['read'] }, now: Date, effects: Effects): Promise<Acceptance> {
  if (offer.endedAt !== null || offer.expiresAt <= now) throw offerGone(await ownerName(tx, offer.contactId))
  if (!agent) throw notFound()
  const agentId = agent.id
  // A supervisor may have given them another call meanwhile; they have one telephone.
  if (offer.channel === 'voice' && offer.kind !== 'consult' && agent.isOnCall && (await isOnAnotherCall(tx, offer.contactId, agentId))) throw noRoom('on-call')
  tx.send(`update offer set ended_at = $2, result = 'accepted', version = version + 1 where id = $1`, [offer.id, now])
  if (offer.channel === 'voice') effects.wake('timers', `${besideCall}${agentId}`)
  if (offer.kind === 'consult') {
    await joinConsult(tx, conversation, offer, now, effects)
    effects.tell(await refreshAgent(tx, agentId, now))
    return { contactId: offer.contactId, conversationId: conversation.id }
  }
  return assign(tx, conversation, { contactId: offer.contactId, agent, channel: offer.channel, liveUnits: offer.liveUnits, deferredUnits: offer.deferredUnits, offerIds: [offer.id], askedBy: offer.fromAgentId, how: offer.kind === 'transfer' ? 'transfer' : 'offer', ...(read ? { read } : {}) }, now, effects)
}

/** An agent takes a waiting contact by themselves: from the list, or by answering it. */
export async function takeContact(context: RoutingContext, contactId: string, agentId: string): Promise<Acceptance> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => takeWaiting(tx, await lockConversationOfContact(tx, contactId, now), contactId, agentId, now, effects))
}

export async function declineOffer(context: RoutingContext, offerId: string, agentId: string, reason: string | null): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const seen = await tx.maybe<{ contactId: string; agentId: string }>('select contact_id as "contactId", agent_id as "agentId" from offer where id = $1', [offerId])
    if (!seen || seen.agentId !== agentId) throw notFound()
    const conversation = await lockConversationOfContact(tx, seen.contactId, now)
    const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null for update`, [offerId])
    if (!offer) throw offerGone(await ownerName(tx, seen.contactId))
    await endOffer(tx, conversation, offer, 'declined', reason, now, effects)
  })
}

/** Who asked a colleague thinks better of it before they answer; it stays where it is. */
export async function takeBackOffer(context: RoutingContext, offerId: string, agentId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const seen = await tx.maybe<{ contactId: string }>('select contact_id as "contactId" from offer where id = $1 and from_agent_id = $2', [offerId, agentId])
    if (!seen) throw notFound()
    const conversation = await lockConversationOfContact(tx, seen.contactId, now)
    const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null for update`, [offerId])
    if (!offer) throw offerGone(await ownerName(tx, seen.contactId))
    await endOffer(tx, conversation, offer, 'withdrawn', 'taken-back', now, effects)
  })
}

/** Ends the offers whose time is over. Returns how many, and when the next one's time ends. */
export async function expireOffers(context: RoutingContext): Promise<{ expired: number; nextAt: Date | null }> {
  const now = context.clock.now()
  const due = await context.db.query<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where ended_at is null and expires_at <= $1 order by expires_at limit 200', [now])
  for (const { id, contactId } of due) {
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversationOfContact(tx, contactId, now)
      const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null and expires_at <= $2 for update`, [id, now])
      if (!offer) return
      // Who took a call by themselves, or was given one, is at the desk: they cannot answer, and nothing is held against them.
      const isOnCall = offer.channel !== 'voice' && offer.fromAgentId === null && (await lockAgent(tx, offer.agentId, now))?.isOnCall === true
      await endOffer(tx, conversation, offer, isOnCall ? 'withdrawn' : 'timed-out', isOnCall ? 'on-call' : 'no-answer', now, effects)
    })
  }
  const next = await context.db.one<{ at: Date | null }>('select min(expires_at) as at from offer where ended_at is null')
  return { expired: due.length, nextAt: next.at }
}
