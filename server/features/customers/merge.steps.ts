/** One customer becomes part of another, in one transaction, every changed row kept as an item so that it can be taken back. */
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import type { NewEvent } from '../../platform/relay/append.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { alreadyMerged, bothOnCalls } from './customers.errors.ts'
import { foldContacts, type FoldedContacts } from './merge-contacts.steps.ts'
import { allowLongStatements, MergeItems } from './merge.store.ts'
import { suggestionRooms, type SuggestionEvidence } from './suggestions.steps.ts'

export interface MergePlan {
  survivorId: string
  foldedId: string
  /** Null: the machine, on proof. */
  actorId: string | null
  evidence: readonly SuggestionEvidence[]
}

export interface Side {
  customerId: string
  conversationId: string
  createdAt: Date
  isGone: boolean
  isOneTime: boolean
  hasLiveCall: boolean
}

const contactsToldMax = 100

/**
 * Locks the conversations of these customers in the order of their ids, then reads the customers under the locks. Whoever was
 * folded meanwhile comes back as `isGone`.
 */
export async function lockSides(tx: Tx, customerIds: readonly string[]): Promise<Side[]> {
  await tx.query('select 1 from conversation where customer_id = any($1::uuid[]) order by id for update', [customerIds])
  return tx.query<Side>(
    `select cu.id as "customerId", co.id as "conversationId", cu.created_at as "createdAt", cu.merged_into_id is not null or cu.erased_at is not null as "isGone",
       exists (select 1 from identity i where i.customer_id = cu.id) and not exists (select 1 from identity i where i.customer_id = cu.id and i.kind <> 'call') as "isOneTime",
       exists (select 1 from session s where s.conversation_id = co.id and s.kind = 'call' and s.ended_at is null) as "hasLiveCall"
     from customer cu join conversation co on co.customer_id = cu.id where cu.id = any($1::uuid[]) order by cu.id`, [customerIds])
}

/** Merges two customers whose sides are locked. Refuses when one is gone or both are on the phone. Returns the merge's id. */
export async function mergeInside(tx: Tx, plan: MergePlan, sides: readonly Side[], at: Date, effects: Effects): Promise<string> {
  const survivor = sides.find((side) => side.customerId === plan.survivorId)
  const folded = sides.find((side) => side.customerId === plan.foldedId)
  if (!survivor || !folded || survivor.isGone || folded.isGone) throw alreadyMerged()
  if (survivor.hasLiveCall && folded.hasLiveCall) throw bothOnCalls()

  await allowLongStatements(tx)
  const mergeId = newId(at)
  await tx.execute(
    `insert into merge (id, survivor_id, folded_id, survivor_conversation_id, folded_conversation_id, actor_id, automatic, evidence, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [mergeId, survivor.customerId, folded.customerId, survivor.conversationId, folded.conversationId, plan.actorId, plan.actorId === null, JSON.stringify(plan.evidence), at])
  const items = new MergeItems(tx, mergeId)
  const contacts = await foldContacts(tx, items, survivor.conversationId, folded.conversationId, at, effects)
  await moveRows(items, survivor, folded, contacts)
  await joinCustomers(items, mergeId, survivor, folded, at)
  await joinConversations(items, survivor.conversationId, folded.conversationId)
  await contacts.settle(items)
  await wakeLanes(tx, [survivor.conversationId], effects)
  for (const agentId of contacts.touchedAgentIds) effects.tell(await refreshAgent(tx, agentId, at))
  await recordAudit(tx, { actorId: plan.actorId, action: 'customer.merged', target: { kind: 'customer', id: survivor.customerId }, facts: { foldedId: folded.customerId, mergeId }, at })
  await tellMerge(tx, { type: 'customer.merged', mergeId, goneIds: [folded.conversationId], contacts }, [survivor, folded], effects)
  return mergeId
}

async function moveRows(items: MergeItems, survivor: Side, folded: Side, contacts: FoldedContacts): Promise<void> {
  const [to, from] = [survivor.conversationId, folded.conversationId]
  const byContact = `t.conversation_id = $4 and t.contact_id in (select c.id from contact c where c.conversation_id in ($3, $4))`
  const conversation = { conversation_id: '$3::uuid' }
  for (const table of ['turn', 'queue_entry', 'offer', 'assignment', 'sla_clock']) await items.change(table, conversation, byContact, [to, from])
  for (const table of ['session', 'thread']) await items.change(table, conversation, 't.conversation_id = $4', [to, from])
  // What still leaves in order per conversation and channel leaves in the survivor's lane from now on.
  await items.change('outbound', { ...conversation, lane: 'replace(t.lane, $4::uuid::text, $3::uuid::text)' }, 't.conversation_id = $4', [to, from])
  const both = { ...conversation, customer_id: '$5::uuid' }
  await items.change('survey_invitation', both, 't.conversation_id = $4 and t.customer_id = $6', [to, from, survivor.customerId, folded.customerId])
  await items.change('follow_up', both, 't.conversation_id = $4 and t.customer_id = $6', [to, from, survivor.customerId, folded.customerId])
  await items.moveMessages({ survivorId: to, foldedId: from, ...contacts.turnsAndContacts })
  await items.change('contact', conversation, 't.conversation_id = $4', [to, from])
}

async function joinCustomers(items: MergeItems, mergeId: string, survivor: Side, folded: Side, at: Date): Promise<void> {
  const pair = [survivor.customerId, folded.customerId]
  for (const table of ['identity', 'claim', 'one_time_code', 'survey_response']) await items.change(table, { customer_id: '$3::uuid' }, 't.customer_id = $4', pair)

  // The survivor's fields, else the other's. The lowest tier is what everybody begins with: it says nothing.
  const other = (column: string) => `(select f."${column}" from customer f where f.id = $4)`
  const columns = ['name', 'locale', 'time_zone', 'preferred_channel', 'company_id', 'account_owner_id', 'value']
  await items.change('customer', {
    ...Object.fromEntries(columns.map((column) => [column, `coalesce(t."${column}", ${other(column)})`])),
    tier: `case when t.tier = 'standard' then ${other('tier')} else t.tier end`,
    attributes: `${other('attributes')} || t.attributes`,
  }, 't.id = $3', pair)
  await items.change('customer', { merged_into_id: '$3::uuid' }, 't.id = $4', pair)

  await items.change('merge_suggestion', { state: `'accepted'`, merge_id: '$5::uuid', decided_at: '$6::timestamptz' },
    `t.state = 'open' and t.customer_a_id = least($3::uuid, $4::uuid) and t.customer_b_id = greatest($3::uuid, $4::uuid)`, [...pair, mergeId, at])
  // What was proposed for the folded one is proposed for the survivor, unless that pair was proposed before.
  const third = 'case when t.customer_a_id = $4 then t.customer_b_id else t.customer_a_id end'
  const open = `t.state = 'open' and $4 in (t.customer_a_id, t.customer_b_id)`
  const known = `exists (select 1 from merge_suggestion k where k.customer_a_id = least($3::uuid, ${third}) and k.customer_b_id = greatest($3::uuid, ${third}))`
  await items.change('merge_suggestion', { customer_a_id: `least($3::uuid, ${third})`, customer_b_id: `greatest($3::uuid, ${third})` }, `${open} and not ${known}`, pair)
  await items.change('merge_suggestion', { state: `'dismissed'`, decided_at: '$4::timestamptz' }, `t.state = 'open' and $3 in (t.customer_a_id, t.customer_b_id)`, [folded.customerId, at])
}

async function joinConversations(items: MergeItems, survivorId: string, foldedId: string): Promise<void> {
  const pair = [survivorId, foldedId]
  await items.add('conversation_team', ['conversation_id', 'team_id'], 'select $3::uuid, team_id from conversation_team where conversation_id = $4', pair)
  // Who has read both is kept at the earlier mark, so that nothing unread looks read.
  await items.change('message_read', {
    message_id: '(select f.message_id from message_read f where f.agent_id = t.agent_id and f.conversation_id = $4)',
    at: '(select f.at from message_read f where f.agent_id = t.agent_id and f.conversation_id = $4)',
  }, 't.conversation_id = $3 and exists (select 1 from message_read f where f.agent_id = t.agent_id and f.conversation_id = $4 and f.at < t.at)', pair)
  const latest = (column: string) => `greatest(t."${column}", (select f."${column}" from conversation f where f.id = $4))`
  await items.change('conversation', {
    last_seq: '(select count(*) from message m where m.conversation_id = $3)',
    epoch: 't.epoch + 1',
    last_message_at: latest('last_message_at'),
    last_inbound_at: latest('last_inbound_at'),
    last_inbound_channel: `(select l.last_inbound_channel from conversation l where l.id in ($3, $4) order by l.last_inbound_at desc nulls last limit 1)`,
  }, 't.id = $3', pair)
  await items.change('conversation', { folded_into_id: '$3::uuid', last_seq: '0', epoch: 't.epoch + 1' }, 't.id = $4', pair)
}

/** Tells a merge or an undo: what is gone, what is in another order, and every row that looks different now. */
export async function tellMerge(
  tx: Tx,
  told: { type: 'customer.merged' | 'customer.unmerged'; mergeId: string; goneIds: readonly string[]; contacts: { touchedIds: readonly string[]; offerIds: readonly string[]; sessionIds: readonly string[] } },
  sides: readonly Pick<Side, 'customerId' | 'conversationId'>[],
  effects: Effects,
): Promise<void> {
  const conversationIds = sides.map((side) => side.conversationId)
  const contacts = await tx.query<ToldContact>(
    `select c.id, case when q.restricted then q.team_id end as "restrictedTeamId", c.conversation_id as "conversationId", c.owner_id as "ownerId"
     from contact c join queue q on q.id = c.queue_id where c.conversation_id = any($1::uuid[]) or c.id = any($2::uuid[])
     order by c.id = any($2::uuid[]) desc, c.state = 'closed', c.opened_at desc limit ${contactsToldMax}`, [conversationIds, told.contacts.touchedIds])
  const agents = await tx.query<{ id: string }>(
    `select agent_id as id from assignment where contact_id = any($1::uuid[]) and ended_at is null union select agent_id from offer where contact_id = any($1::uuid[]) and ended_at is null`,
    [contacts.map((contact) => contact.id)])
  const teams = await tx.query<{ id: string }>('select distinct team_id as id from conversation_team where conversation_id = any($1::uuid[])', [conversationIds])
  effects.tell({
    type: told.type,
    conversationId: sides[0]?.conversationId ?? '',
    refs: {
      goneConversationIds: [...told.goneIds],
      reorderedConversationIds: conversationIds.filter((id) => !told.goneIds.includes(id)),
      customerIds: sides.map((side) => side.customerId),
      contactIds: contacts.filter((contact) => !contact.restrictedTeamId).map((contact) => contact.id),
      offerIds: [...told.contacts.offerIds],
      sessionIds: [...told.contacts.sessionIds],
    },
    rooms: [
      ...conversationIds.flatMap((id) => [roomOf.conversation(id), roomOf.conversationFull(id)]), roomOf.supervisors,
      ...teams.map((team) => roomOf.team(team.id)), ...agents.map((agent) => roomOf.agent(agent.id)),
    ],
  })
  for (const contact of contacts) if (contact.restrictedTeamId) effects.tell(restrictedContactChanged(contact, contact.restrictedTeamId))
  await tellSuggestions(tx, told.mergeId, effects)
}

interface ToldContact {
  id: string
  conversationId: string
  restrictedTeamId: string | null
  ownerId: string | null
}

/** A contact of a restricted queue is told to its own team and its owner, apart from the rest. */
function restrictedContactChanged(contact: ToldContact, teamId: string): NewEvent {
  return {
    type: 'contact.changed', conversationId: contact.conversationId, contactId: contact.id, refs: { contactIds: [contact.id] },
    rooms: [roomOf.conversationFull(contact.conversationId), roomOf.supervisors, roomOf.team(teamId), ...(contact.ownerId ? [roomOf.agent(contact.ownerId)] : [])],
  }
}

/** Suggestions the merge decided or moved; each is told to those who may see both of its customers. */
async function tellSuggestions(tx: Tx, mergeId: string, effects: Effects): Promise<void> {
  const suggestions = await tx.query<{ id: string; aId: string; bId: string; state: string }>(
    `select id, customer_a_id as "aId", customer_b_id as "bId", state from merge_suggestion
     where id in (select (row_key->>'id')::uuid from merge_item where merge_id = $1 and table_name = 'merge_suggestion')`, [mergeId])
  for (const { id, aId, bId, state } of suggestions) {
    effects.tell({ type: state === 'open' ? 'suggestion.made' : 'suggestion.decided', refs: { suggestionIds: [id] }, rooms: await suggestionRooms(tx, aId, bId) })
  }
}

/** Lanes were renamed: whoever delivers looks into the new ones. */
export async function wakeLanes(tx: Tx, conversationIds: readonly string[], effects: Effects): Promise<void> {
  const lanes = await tx.query<{ lane: string }>(`select distinct lane from outbound where conversation_id = any($1::uuid[]) and state in ('pending', 'sending', 'unknown')`, [conversationIds])
  for (const { lane } of lanes) effects.wake('deliver', lane)
}
