/** Tells a merge and its undo: each side to those who may see that side now, and what is gone to those who lost sight of it. */
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { NewEvent } from '../../platform/relay/append.ts'
import { relabelOffers } from './customers.store.ts'
import { suggestionRooms } from './suggestions.steps.ts'

type Type = 'customer.merged' | 'customer.unmerged'

export interface ToldSide {
  type: Type
  /** As it stands now; screens ask for it again. */
  conversationId: string
  customerIds: readonly string[]
  goneConversationIds: readonly string[]
  /** Contacts to tell before all others. */
  touchedIds: readonly string[]
  offerIds: readonly string[]
  sessionIds: readonly string[]
}

const contactsToldMax = 100

/** One side to its own rooms. Contacts of restricted queues go to their team, apart from the rest. */
export async function tellSide(tx: Tx, side: ToldSide, effects: Effects): Promise<void> {
  const contacts = await tx.query<ToldContact>(
    `select c.id, case when q.restricted then q.team_id end as "restrictedTeamId", c.conversation_id as "conversationId", c.owner_id as "ownerId"
     from contact c join queue q on q.id = c.queue_id where c.conversation_id = $1
     order by c.id = any($2::uuid[]) desc, c.state = 'closed', c.opened_at desc limit ${contactsToldMax}`, [side.conversationId, side.touchedIds])
  const agents = await tx.query<{ id: string }>(
    `select agent_id as id from assignment where contact_id = any($1::uuid[]) and ended_at is null
     union select agent_id from offer where contact_id = any($1::uuid[]) and ended_at is null union select agent_id from offer where id = any($2::uuid[])`,
    [contacts.map((contact) => contact.id), side.offerIds])
  const offers = await relabelOffers(tx, side.conversationId)
  const teams = await tx.query<{ id: string }>('select team_id as id from conversation_team where conversation_id = $1', [side.conversationId])
  effects.tell({
    type: side.type,
    conversationId: side.conversationId,
    refs: {
      goneConversationIds: [...side.goneConversationIds],
      reorderedConversationIds: [side.conversationId],
      customerIds: [...side.customerIds],
      contactIds: contacts.filter((contact) => !contact.restrictedTeamId).map((contact) => contact.id),
      offerIds: [...new Set([...side.offerIds, ...offers.map((offer) => offer.id)])],
      sessionIds: [...side.sessionIds],
    },
    rooms: [
      ...[side.conversationId, ...side.goneConversationIds].flatMap((id) => [roomOf.conversation(id), roomOf.conversationFull(id)]), roomOf.supervisors,
      ...teams.map((team) => roomOf.team(team.id)), ...agents.map((agent) => roomOf.agent(agent.id)),
    ],
  })
  for (const contact of contacts) if (contact.restrictedTeamId) effects.tell(restrictedContactChanged(contact, contact.restrictedTeamId))
}

interface ToldContact {
  id: string
  conversationId: string
  restrictedTeamId: string | null
  ownerId: string | null
}

function restrictedContactChanged(contact: ToldContact, teamId: string): NewEvent {
  return {
    type: 'contact.changed', conversationId: contact.conversationId, contactId: contact.id, refs: { contactIds: [contact.id] },
    rooms: [roomOf.supervisors, roomOf.team(teamId), ...(contact.ownerId ? [roomOf.agent(contact.ownerId)] : [])],
  }
}

/** To each agent alone: they may see by one team what they no longer see by another, so a team's room cannot say it. */
export function tellLost(type: Type, agentIds: readonly string[], gone: { goneConversationIds?: string[]; goneContactIds?: string[] }, effects: Effects): void {
  if (agentIds.length > 0) effects.tell({ type, refs: gone, rooms: agentIds.map(roomOf.agent) })
}

export function union(sights: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  return new Set([...sights.values()].flatMap((agents) => [...agents]))
}

/** Suggestions the merge decided or moved; each is told to those who may see both of its customers, decided ones to who saw them open. */
export async function tellSuggestions(tx: Tx, mergeId: string, sawBoth: readonly string[], effects: Effects): Promise<void> {
  const suggestions = await tx.query<{ id: string; aId: string; bId: string; state: string }>(
    `select id, customer_a_id as "aId", customer_b_id as "bId", state from merge_suggestion
     where id in (select (row_key->>'id')::uuid from merge_item where merge_id = $1 and table_name = 'merge_suggestion')`, [mergeId])
  for (const { id, aId, bId, state } of suggestions) {
    effects.tell({ type: state === 'open' ? 'suggestion.made' : 'suggestion.decided', refs: { suggestionIds: [id] }, rooms: [...(await suggestionRooms(tx, aId, bId)), ...(state === 'open' ? [] : sawBoth.map(roomOf.agent))] })
  }
}

/** Lanes were renamed: whoever delivers looks into the new ones. */
export async function wakeLanes(tx: Tx, conversationIds: readonly string[], effects: Effects): Promise<void> {
  const lanes = await tx.query<{ lane: string }>(`select distinct lane from outbound where conversation_id = any($1::uuid[]) and state in ('pending', 'sending', 'unknown')`, [conversationIds])
  for (const { lane } of lanes) effects.wake('deliver', lane)
}
