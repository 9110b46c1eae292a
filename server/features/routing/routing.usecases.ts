/** Routing: plan the offers of the line with the pure core, make each in its own transaction, accept, decline, expire. */
import type { Channel } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { chooseAgent, matchQueues, type AgentChoice } from '../../domain/routing.ts'
import { mayTakeUnits, unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { lockAgent, refreshAgent } from '../agents/agents.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact, type ContactRow } from '../contacts/contacts.store.ts'
import { addSystemFact, lockConversationOfContact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { endEntries } from '../queues/entries.steps.ts'
import { slaOnAccepted } from '../sla/sla.steps.ts'
import { connectCall } from '../voice/voice.steps.ts'
import { visitorRoomsOf } from '../webchat/webchat.steps.ts'
import { endOffer, makeOffer, offerColumns, type OfferRow } from './offers.steps.ts'
import { contactTaken, noRoom, notAvailable, offerGone } from './routing.errors.ts'
import { loadAgents, loadLine, loadQueues, type LoadedEntry } from './routing.store.ts'

export type RoutingContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

/** How long an offer stands, unless the queue says otherwise. */
export const offerTimeoutMs: Record<Channel, number> = { voice: 20_000, webchat: 20_000, sms: 60_000, whatsapp: 60_000, slack: 60_000, email: 60_000 }

/** One run of the `route` job: takes the whole line and makes every offer that can be made now. */
export async function route(context: RoutingContext): Promise<void> {
  const now = context.clock.now()
  const line = await loadLine(context.db, now)
  if (line.length === 0) return
  const [agents, queues] = await Promise.all([loadAgents(context.db, false), loadQueues(context.db)])
  const plan = matchQueues(line, agents, queues, now)
  const entries = new Map(line.map((entry) => [entry.id, entry]))
  let nextChangeAt: Date | null = null
  for (const match of plan) {
    const entry = entries.get(match.entry.id)
    if (!entry) continue
    if (match.kind === 'offer') await offerTo(context, entry, match, queues.get(entry.queueId)?.offerTimeoutMs[entry.channel] ?? offerTimeoutMs[entry.channel])
    else {
      if (match.nextChangeAt && (!nextChangeAt || match.nextChangeAt < nextChangeAt)) nextChangeAt = match.nextChangeAt
      if (match.reason !== entry.waitReason) await keepReason(context, entry, match)
    }
  }
  if (nextChangeAt) context.jobs.wake('route', 'all', { at: nextChangeAt })
}

/** Makes one planned offer, if everything it rested on still holds under the locks. */
async function offerTo(context: RoutingContext, entry: LoadedEntry, choice: Extract<AgentChoice, { kind: 'offer' }>, timeoutMs: number): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversationOfContact(tx, entry.contactId, now)
    const open = await tx.maybe('select 1 from queue_entry where id = $1 and ended_at is null for update', [entry.id])
    const offered = await tx.maybe('select 1 from offer where contact_id = $1 and ended_at is null', [entry.contactId])
    if (!open || offered) return
    const agent = await lockAgent(tx, choice.agentId, now)
    const isFree = agent && agent.presence === 'available' && !agent.draining && !agent.isOnCall
      && mayTakeUnits(entry, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits }).fits
    if (!isFree) {
      effects.wake('route', 'all')
      return
    }
    await makeOffer(tx, conversation, {
      contactId: entry.contactId, conversationId: conversation.id, entryId: entry.id, agentId: choice.agentId, kind: 'contact', channel: entry.channel,
      units: { kind: entry.kind, units: entry.units }, timeoutMs,
      decision: { reason: choice.reason, nextThree: choice.nextThree, excludedByReason: choice.excludedByReason },
    }, now, effects)
  })
}

/** Keeps why an entry waits, when that changed; screens show it. */
async function keepReason(context: RoutingContext, entry: LoadedEntry, choice: Extract<AgentChoice, { kind: 'wait' }>): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversationOfContact(tx, entry.contactId, now)
    const changed = await tx.execute(
      `update queue_entry set reason = $2, reason_at = $3, version = version + 1 where id = $1 and ended_at is null and reason is distinct from $2`, [entry.id, choice.reason, now])
    if (changed > 0) effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, entry.contactId, {}, now)))
  })
}

export interface Acceptance {
  contactId: string
  conversationId: string
}

/** An agent accepts an offer. Of many at once one wins; the rest are told who was faster. */
export async function acceptOffer(context: RoutingContext, offerId: string, agentId: string): Promise<Acceptance> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const seen = await tx.maybe<{ contactId: string; agentId: string }>('select contact_id as "contactId", agent_id as "agentId" from offer where id = $1', [offerId])
    if (!seen || seen.agentId !== agentId) throw notFound()
    const conversation = await lockConversationOfContact(tx, seen.contactId, now)
    const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null for update`, [offerId])
    if (!offer || offer.expiresAt <= now) throw offerGone(await ownerName(tx, seen.contactId))
    const agent = await lockAgent(tx, agentId, now)
    if (!agent) throw notFound()
    const ended = await tx.execute(`update offer set ended_at = $2, result = 'accepted', version = version + 1 where id = $1`, [offer.id, now])
    if (ended === 0) throw offerGone(null)
    return assign(tx, conversation, { contactId: offer.contactId, agentId, channel: offer.channel, liveUnits: offer.liveUnits, deferredUnits: offer.deferredUnits, offerIds: [offer.id], how: offer.kind === 'transfer' ? 'transfer' : 'offer' }, now, effects)
  })
}

/** An agent takes a waiting contact by themselves: from the list, or by answering it. */
export async function takeContact(context: RoutingContext, contactId: string, agentId: string): Promise<Acceptance> {
  const now = context.clock.now()
  return commit(context, now, (tx, effects) => takeWaiting(tx, contactId, agentId, now, effects))
}

/** The same inside a transaction; the conversation may be locked already by this transaction. */
export async function takeWaiting(tx: Tx, contactId: string, agentId: string, now: Date, effects: Effects): Promise<Acceptance> {
  const conversation = await lockConversationOfContact(tx, contactId, now)
  const contact = await loadContact(tx, contactId)
  if (!contact) throw notFound()
  if (contact.ownerId === agentId) return { contactId, conversationId: conversation.id }
  if (contact.ownerId) throw contactTaken((await ownerName(tx, contactId)) ?? '')
  if (contact.state !== 'waiting' && contact.state !== 'offered') throw offerGone(null)
  const agent = await lockAgent(tx, agentId, now)
  if (!agent) throw notFound()
  if (agent.presence === 'offline') throw notAvailable()
  const entry = await tx.maybe<{ channel: Channel; demand: 'call' | 'chat' | 'messages'; units: Partial<Record<Channel, number>> }>(
    `select e.channel, e.demand, q.units from queue_entry e join queue q on q.id = e.queue_id where e.contact_id = $1 and e.ended_at is null
     order by array_position(array['call', 'chat', 'messages'], e.demand) limit 1`, [contactId])
  const channel = entry?.channel ?? contact.channel
  const cost = unitsFor(channel, entry?.units ?? {})
  const fit = mayTakeUnits({ demand: entry?.demand ?? 'messages', ...cost }, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits })
  if (!fit.fits) throw noRoom(fit.reason)
  const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where contact_id = $1 and ended_at is null for update`, [contactId])
  if (offer) await endOffer(tx, conversation, offer, 'withdrawn', 'taken', now, effects)
  return assign(tx, conversation, { contactId, agentId, channel, liveUnits: cost.kind === 'live' ? cost.units : 0, deferredUnits: cost.kind === 'deferred' ? cost.units : 0, offerIds: [], how: 'taken' }, now, effects)
}

interface Assigning {
  contactId: string
  agentId: string
  channel: Channel
  liveUnits: number
  deferredUnits: number
  offerIds: string[]
  how: 'offer' | 'taken' | 'transfer'
}

/** One accept answers every demand of the contact, but a call, which is answered when it is bridged. */
async function assign(tx: Tx, conversation: LockedConversation, assigning: Assigning, now: Date, effects: Effects): Promise<Acceptance> {
  const { contactId, agentId } = assigning
  const before = await loadContact(tx, contactId)
  if (!before) throw notFound()
  if (before.ownerId && before.ownerId !== agentId) {
    await tx.execute(`update assignment set released_at = $2, ended_at = $2, end_reason = 'transferred', version = version + 1 where contact_id = $1 and released_at is null`, [contactId, now])
  }
  if (before.ownerId !== agentId) {
    await tx.execute(
      `insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [newId(now), contactId, conversation.id, agentId, assigning.channel, assigning.liveUnits, assigning.deferredUnits, now])
  } else {
    await tx.execute('update assignment set live_units = greatest(live_units, $2), deferred_units = greatest(deferred_units, $3), version = version + 1 where contact_id = $1 and released_at is null', [contactId, assigning.liveUnits, assigning.deferredUnits])
  }
  await endEntries(tx, contactId, 'answered', ['chat', 'messages'], agentId, now)
  await connectCall(tx, conversation, contactId, agentId, now, effects)
  await slaOnAccepted(tx, contactId, now, effects)
  const fact = await addSystemFact(tx, conversation, contactId, assigning.channel, { code: assigning.how === 'transfer' ? 'contact-transferred' : 'contact-accepted', facts: { agentId, agent: await agentName(tx, agentId) } }, now)
  const contact = await settleContact(tx, contactId, { acceptedAt: before.acceptedAt ?? now, pendingUntil: null, snoozedUntil: null }, now)
  effects.tell(contactEvent('contact.changed', conversation, contact, { messageIds: [fact.id], offerIds: assigning.offerIds, agentIds: [agentId, before.ownerId], rooms: visitorRoomsOf(conversation.visitorIds) }))
  effects.tell(await refreshAgent(tx, agentId, now))
  if (before.ownerId && before.ownerId !== agentId) effects.tell(await refreshAgent(tx, before.ownerId, now))
  effects.wake('route', 'all')
  return { contactId, conversationId: conversation.id }
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

/** Ends the offers whose time is over. Returns how many, and when the next one's time ends. */
export async function expireOffers(context: RoutingContext): Promise<{ expired: number; nextAt: Date | null }> {
  const now = context.clock.now()
  const due = await context.db.query<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where ended_at is null and expires_at <= $1 order by expires_at limit 200', [now])
  for (const { id, contactId } of due) {
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversationOfContact(tx, contactId, now)
      const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null and expires_at <= $2 for update`, [id, now])
      if (offer) await endOffer(tx, conversation, offer, 'timed-out', 'no-answer', now, effects)
    })
  }
  const next = await context.db.one<{ at: Date | null }>('select min(expires_at) as at from offer where ended_at is null')
  return { expired: due.length, nextAt: next.at }
}

/** "Why is this waiting?", "who would get it?": the same pure function, run now. */
export async function explain(context: Pick<Context, 'db' | 'clock'>, contactId: string): Promise<{ entryId: string; choice: AgentChoice; agents: Record<string, string> } | null> {
  const now = context.clock.now()
  const entry = (await loadLine(context.db, now, contactId))[0]
  if (!entry) return null
  const [agents, queues] = await Promise.all([loadAgents(context.db, true), loadQueues(context.db)])
  const queue = queues.get(entry.queueId)
  if (!queue) return null
  const names = await context.db.query<{ id: string; name: string }>('select id, name from agent where retired_at is null')
  return { entryId: entry.id, choice: chooseAgent(entry, agents, queue, now), agents: Object.fromEntries(names.map((row) => [row.id, row.name])) }
}

async function ownerName(tx: Tx, contactId: string): Promise<string | null> {
  return (await tx.maybe<{ name: string }>('select a.name from assignment s join agent a on a.id = s.agent_id where s.contact_id = $1 and s.released_at is null', [contactId]))?.name ?? null
}

async function agentName(tx: Tx, agentId: string): Promise<string> {
  return (await tx.one<{ name: string }>('select name from agent where id = $1', [agentId])).name
}

export type { ContactRow }
