/** A contact gets its owner, inside somebody's transaction: by an accepted offer, by taking it, by answering it. */
import type { Channel } from '#contract/words.ts'
import { mayTakeUnits, unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { lockAgent, refreshAgent, type AgentNow } from '../agents/agents.steps.ts'
import { endConsults } from '../contacts/consult.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact, type ContactRow } from '../contacts/contacts.store.ts'
import { holdWhatGoesOn } from '../contacts/held-units.steps.ts'
import { isContactHidden } from '../customers/customers.visibility.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { endEntries, unitsOfMemberSql } from '../queues/entries.steps.ts'
import { slaOnAccepted, type ClockRow } from '../sla/sla.steps.ts'
import { isOnAnotherCall } from '../voice/helper-legs.steps.ts'
import { connectCall } from '../voice/voice.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { endOffer, offerColumns, type OfferRow } from './offers.steps.ts'
import { contactTaken, noRoom, notAvailable, offerGone } from './routing.errors.ts'

export interface Acceptance {
  contactId: string
  conversationId: string
}

/** The same inside a transaction; the conversation may be locked already by this transaction. */
export async function takeWaiting(tx: Tx, conversation: LockedConversation, contactId: string, agentId: string, now: Date, effects: Effects): Promise<Acceptance> {
  const contact = await loadContact(tx, contactId)
  if (!contact || (contact.restrictedTeamId && (await isContactHidden(tx, contactId, agentId)))) throw notFound()
  if (contact.ownerId === agentId) return { contactId, conversationId: conversation.id }
  if (contact.ownerId) throw contactTaken((await ownerName(tx, contactId)) ?? '')
  if (contact.state !== 'waiting' && contact.state !== 'offered') throw offerGone(null)
  const agent = await lockAgent(tx, agentId, now)
  if (!agent) throw notFound()
  if (agent.presence === 'offline') throw notAvailable()
  const entry = await tx.maybe<{ channel: Channel; demand: 'call' | 'chat' | 'messages'; units: Partial<Record<Channel, number>> }>(
    `select e.channel, e.demand, ${unitsOfMemberSql('q', '$2::uuid')} as units from queue_entry e join queue q on q.id = e.queue_id where e.contact_id = $1 and e.ended_at is null
     order by array_position(array['call', 'chat', 'messages'], e.demand) limit 1`, [contactId, agentId])
  const channel = entry?.channel ?? contact.channel
  const cost = unitsFor(channel, entry?.units ?? {})
  const fit = mayTakeUnits({ demand: entry?.demand ?? 'messages', ...cost }, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits })
  if (!fit.fits) throw noRoom(fit.reason)
  // Who helps on another's call holds no units of it, and has one telephone.
  if (entry?.demand === 'call' && agent.isOnCall && (await isOnAnotherCall(tx, contactId, agentId))) throw noRoom('on-call')
  const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where contact_id = $1 and ended_at is null for update`, [contactId])
  if (offer) await endOffer(tx, conversation, offer, 'withdrawn', 'taken', now, effects)
  return assign(tx, conversation, { contactId, agent, channel, liveUnits: cost.kind === 'live' ? cost.units : 0, deferredUnits: cost.kind === 'deferred' ? cost.units : 0, offerIds: [], how: 'taken' }, now, effects)
}

export interface Assigning {
  contactId: string
  agent: Pick<AgentNow, 'id' | 'name'>
  channel: Channel
  liveUnits: number
  deferredUnits: number
  offerIds: string[]
  /** Who sees that they asked, owner or not. */
  askedBy?: string | null
  how: 'offer' | 'taken' | 'transfer' | 'assigned'
  /** A supervisor went over the agent's capacity. */
  override?: boolean
  /** The contact with its offer open, and its clocks, where they were read with the lock and are as they were. */
  read?: { contact: ContactRow | undefined; clocks: readonly ClockRow[] }
}

const factOf = { offer: 'contact-accepted', taken: 'contact-accepted', transfer: 'contact-transferred', assigned: 'contact-assigned' } as const satisfies Record<Assigning['how'], string>

/** One accept answers every demand of the contact, but a call, which is answered when it is bridged. */
export async function assign(tx: Tx, conversation: LockedConversation, assigning: Assigning, now: Date, effects: Effects): Promise<Acceptance> {
  const { contactId, agent } = assigning
  const agentId = agent.id
  const before = assigning.read?.contact ?? (await loadContact(tx, contactId))
  if (!before) throw notFound()
  if (before.ownerId && before.ownerId !== agentId) {
    tx.send(`update assignment set released_at = $2, ended_at = $2, end_reason = 'transferred', version = version + 1 where contact_id = $1 and released_at is null`, [contactId, now])
  }
  const assignmentId = newId(now)
  if (before.ownerId !== agentId) {
    tx.send(
      `insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at, override) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [assignmentId, contactId, conversation.id, agentId, assigning.channel, assigning.liveUnits, assigning.deferredUnits, now, assigning.override ?? false])
  }
  const isCalling = before.liveCalls > 0 || before.entries.some(({ demand }) => demand === 'call')
  // Where nobody had it and nobody calls, all that becomes of it is known.
  const isPlain = before.ownerId === null && !isCalling
  endEntries(tx, contactId, 'answered', ['chat', 'messages'], agentId, now)
  const clocks = (): Promise<void> => slaOnAccepted(tx, { contactId, isCall: isCalling, clocks: (isPlain && assigning.read?.clocks) || null }, now, effects)
  const asked = isPlain ? [clocks()] : []
  // Who helped and has it now helps no longer. It may have come back since, from who wrapped it up; where nobody had it before nobody helped.
  if (before.acceptedAt !== null) await endConsults(tx, contactId, agentId, 'owner-now', now, effects)
  if (!isPlain) {
    if (isCalling) await connectCall(tx, conversation, contactId, agentId, now, effects)
    // An offer to who has the contact already reserved only what was missing.
    if (before.ownerId === agentId) await holdWhatGoesOn(tx, contactId)
    await clocks()
  }
  const [fact, contact, agentEvent, visitorRooms] = await Promise.all([
    addSystemFact(tx, conversation, contactId, assigning.channel, { code: factOf[assigning.how], facts: { agentId, agent: agent.name } }, now),
    settleContact(tx, isPlain ? { ...before, ownerId: agentId, assignmentId, isWrappingUp: false, entries: [], openEntries: 0, offeredTo: null, openOffers: 0 } : contactId, { acceptedAt: before.acceptedAt ?? now, pendingUntil: null, snoozedUntil: null }, now),
    refreshAgent(tx, agentId, now),
    visitorRoomsOfContact(tx, conversation.visitorIds, contactId),
    ...asked,
  ])
  effects.tell(contactEvent('contact.changed', conversation, contact, { messageIds: [fact.id], offerIds: assigning.offerIds, agentIds: [agentId, before.ownerId, assigning.askedBy ?? null], rooms: visitorRooms }), agentEvent)
  if (before.ownerId && before.ownerId !== agentId) effects.tell(await refreshAgent(tx, before.ownerId, now))
  // Where nobody had it nobody has more room now.
  if (!isPlain) effects.wake('route', 'all')
  return { contactId, conversationId: conversation.id }
}

/** Who has the contact now. */
export async function ownerName(tx: Tx, contactId: string): Promise<string | null> {
  return (await tx.maybe<{ name: string }>('select a.name from assignment s join agent a on a.id = s.agent_id where s.contact_id = $1 and s.released_at is null', [contactId]))?.name ?? null
}
