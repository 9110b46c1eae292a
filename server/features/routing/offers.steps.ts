import { roomOf } from '#contract/rooms.ts'
import type { Channel, OfferKind, OfferResult } from '#contract/words.ts'
import { afterMissedOffer } from '../../domain/presence.ts'
import { afterOffer } from '../../domain/routing.ts'
import { cleanText, maskCards } from '../../domain/text.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { count } from '../../platform/telemetry.ts'
import { lockAgent, refreshAgent, touchAgent, setPresence, type AgentNow } from '../agents/agents.steps.ts'
import { contactEvent, lockContact, settleContact, tellEarlierContacts } from '../contacts/contacts.steps.ts'
import type { ContactChange, ContactRow } from '../contacts/contacts.store.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { tellOpenSuggestions } from '../customers/customers.steps.ts'
import { askNextHelper } from './choose-helper.steps.ts'
import { notify } from '../notifications/notifications.steps.ts'

export interface OfferRow {
  id: string
  contactId: string
  conversationId: string
  entryId: string | null
  agentId: string
  kind: OfferKind
  fromAgentId: string | null
  channel: Channel
  liveUnits: number
  deferredUnits: number
  expiresAt: Date
}

export const offerColumns = `id, contact_id as "contactId", conversation_id as "conversationId", entry_id as "entryId", agent_id as "agentId", kind, from_agent_id as "fromAgentId", channel,
  live_units as "liveUnits", deferred_units as "deferredUnits", expires_at as "expiresAt"`

/** Locks a waiting contact and the agent it is for, in one round trip. Undefined when it waits no more, a call of it has come meanwhile, or somebody is asked already. */
export async function lockForOffer(tx: Tx, entry: { id: string; contactId: string }, agentId: string, now: Date): Promise<{ conversation: LockedConversation; contact: ContactRow; agent: AgentNow | undefined; isOfTeam: boolean } | undefined> {
  const [{ conversation, contact }, agent, isOfTeam] = await Promise.all([
    lockContact(tx, entry.contactId, now),
    lockAgent(tx, agentId, now),
    tx.maybe('select 1 from contact c join conversation_team ct on ct.conversation_id = c.conversation_id join team_member m on m.team_id = ct.team_id and m.agent_id = $2 where c.id = $1 limit 1', [entry.contactId, agentId]),
  ])
  const open = contact.entries.find(({ id }) => id === entry.id)
  const isCalling = contact.entries.some(({ demand, workableAt }) => demand === 'call' && new Date(workableAt) <= now)
  return open && (open.demand === 'call' || !isCalling) && contact.offeredTo === null ? { conversation, contact, agent, isOfTeam: isOfTeam !== undefined } : undefined
}

async function isOfTeams(tx: Tx, agentId: string, teamIds: readonly string[]): Promise<boolean> {
  return (await tx.maybe('select 1 from team_member where agent_id = $1 and team_id = any($2::uuid[]) limit 1', [agentId, teamIds])) !== undefined
}

export interface NewOffer {
  /** Its id; or as it was read with its lock, unchanged since. */
  contact: string | ContactRow
  conversationId: string
  entryId: string | null
  agentId: string
  /** Whether they see the conversation by their team, where that was asked with the lock. */
  isOfTeam?: boolean
  kind: OfferKind
  fromAgentId?: string | null
  note?: string | null
  channel: Channel
  units: { kind: 'live' | 'deferred'; units: number }
  timeoutMs: number
  decision: object
}

/** Shows a contact to one agent and reserves the units. The unique index keeps a contact at one open offer. */
export async function makeOffer(tx: Tx, conversation: LockedConversation, offer: NewOffer, now: Date, effects: Effects): Promise<string> {
  const contactId = typeof offer.contact === 'string' ? offer.contact : offer.contact.id
  const id = newId(now)
  const expiresAt = new Date(now.getTime() + offer.timeoutMs)
  tx.send(
    `insert into offer (id, contact_id, conversation_id, entry_id, agent_id, kind, from_agent_id, note, channel, live_units, deferred_units, offered_at, expires_at, decision)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [id, contactId, offer.conversationId, offer.entryId, offer.agentId, offer.kind, offer.fromAgentId ?? null, offer.note ? maskCards(cleanText(offer.note)) : null, offer.channel,
      offer.units.kind === 'live' ? offer.units.units : 0, offer.units.kind === 'deferred' ? offer.units.units : 0, now, expiresAt, JSON.stringify(offer.decision)])
  if (offer.entryId) tx.send('update queue_entry set offers = offers + 1, version = version + 1 where id = $1', [offer.entryId])
  const known = typeof offer.contact === 'string' ? contactId : { ...offer.contact, offeredTo: offer.agentId, openOffers: offer.kind === 'contact' || offer.kind === 'session' ? 1 : 0 }
  const [contact, isOfTeam] = await Promise.all([settleContact(tx, known, {}, now), offer.isOfTeam ?? isOfTeams(tx, offer.agentId, conversation.teamIds)])
  if (!isOfTeam) {
    await tellEarlierContacts(tx, conversation, contact.id, roomOf.agent(offer.agentId), effects)
    await tellOpenSuggestions(tx, conversation.customerId, effects)
  }
  effects.tell(contactEvent('offer.made', conversation, contact, { offerIds: [id], agentIds: [offer.agentId, offer.fromAgentId ?? null] }), touchAgent(tx, offer.agentId))
  effects.wake('timers', 'all', expiresAt)
  return id
}

/** Ends an open offer and frees its units. A missed one says the agent is not there: break (missed). False when it had ended. */
export async function endOffer(tx: Tx, conversation: LockedConversation, offer: OfferRow, result: OfferResult, reason: string | null, now: Date, effects: Effects, change: ContactChange = {}): Promise<ContactRow | null> {
  const ended = await tx.execute('update offer set ended_at = $2, result = $3, reason = $4, version = version + 1 where id = $1 and ended_at is null', [offer.id, now, result, reason])
  if (ended === 0) return null
  count('offers', { outcome: result })
  const refusals = offer.entryId ? (await tx.one<{ n: number }>(`select count(*)::int as n from offer where entry_id = $1 and result in ('declined', 'timed-out')`, [offer.entryId])).n : 0
  const after = afterOffer(result, refusals)
  const contact = await settleContact(tx, offer.contactId, change, now)
  if (after.agentPresence === 'break-missed') await missOffer(tx, offer.agentId, now)
  if (after.tellSupervisor) await tellSupervisors(tx, contact, refusals, now, effects)
  // Who asked a colleague sees in the conversation that it stays with them.
  const fact = after.excludesAgent && offer.fromAgentId ? await addSystemFact(tx, conversation, offer.contactId, offer.channel, { code: `${offer.kind === 'consult' ? 'consult' : 'transfer'}-${result}`, facts: { agentId: offer.agentId } }, now) : null
  effects.tell(contactEvent('offer.ended', conversation, contact, { ...(fact ? { messageIds: [fact.id] } : {}), offerIds: [offer.id], agentIds: [offer.agentId, offer.fromAgentId] }), await refreshAgent(tx, offer.agentId, now))
  effects.wake('route', 'all')
  if (fact && offer.kind === 'consult') await askNextHelper(tx, conversation, offer, now, effects)
  return contact
}

/** Nobody accepts it: those who watch the queue are told, once for each stay in it. */
async function tellSupervisors(tx: Tx, contact: ContactRow, offers: number, now: Date, effects: Effects): Promise<void> {
  const supervisors = await tx.query<{ id: string }>(
    `select a.id from agent a where a.retired_at is null and (a.role = 'admin' or (a.role = 'supervisor' and exists (
       select 1 from team_member m join queue q on q.team_id = m.team_id where m.agent_id = a.id and q.id = $1)))`, [contact.queueId])
  await notify(tx, supervisors.map(({ id }) => id), { kind: 'not-accepted', contactId: contact.id, facts: { offers, queueId: contact.queueId, channel: contact.channel } }, now, effects)
}

/** Nobody is at the desk: break (missed) until they come back by their own click; with work in hand it begins as draining. */
async function missOffer(tx: Tx, agentId: string, now: Date): Promise<void> {
  const agent = await lockAgent(tx, agentId, now)
  if (!agent) return
  const change = afterMissedOffer({ presence: agent.presence, reason: agent.reason, isDraining: agent.draining }, { activeContacts: agent.load === 'on-contact' ? Math.max(1, agent.openAssignments) : 0, wrapUps: agent.load === 'wrap-up' ? 1 : 0 })
  if (change.ok) await setPresence(tx, agentId, change.to.presence, change.to.reason, change.to.isDraining, now)
  await tx.execute('update agent_state set missed_offers = missed_offers + 1 where agent_id = $1', [agentId])
}

export async function openOfferOf(tx: Tx, contactId: string): Promise<OfferRow | undefined> {
  return tx.maybe<OfferRow>(`select ${offerColumns} from offer where contact_id = $1 and ended_at is null`, [contactId])
}

/** A call joins what somebody is asked to take as less: they would take it on top of their calls and chats. It is decided anew. */
export async function withdrawForCall(tx: Tx, conversation: LockedConversation, contactId: string, now: Date, effects: Effects): Promise<void> {
  const offer = await openOfferOf(tx, contactId)
  if (offer && offer.kind !== 'consult' && offer.channel !== 'voice') await endOffer(tx, conversation, offer, 'withdrawn', 'customer-called', now, effects)
}

/** The customer left, a merge, a close: whoever was being asked is asked no more. */
export async function withdrawOffers(tx: Tx, conversation: LockedConversation, contactId: string, reason: string, now: Date, effects: Effects): Promise<void> {
  const offer = await openOfferOf(tx, contactId)
  if (offer) await endOffer(tx, conversation, offer, 'withdrawn', reason, now, effects)
}
