/** One customer becomes part of another, in one transaction, every changed row kept as an item so that it can be taken back. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { alreadyMerged, bothOnCalls } from './customers.errors.ts'
import { agentsWhoSee } from './customers.visibility.ts'
import { foldContacts, type FoldedContacts } from './merge-contacts.steps.ts'
import { allowLongStatements, MergeItems } from './merge.store.ts'
import { tellLost, tellSide, tellSuggestions, union, wakeLanes } from './merge-telling.steps.ts'
import type { SuggestionEvidence } from './suggestions.steps.ts'

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

  allowLongStatements(tx)
  const mergeId = newId(at)
  await tx.execute(
    `insert into merge (id, survivor_id, folded_id, survivor_conversation_id, folded_conversation_id, actor_id, automatic, evidence, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [mergeId, survivor.customerId, folded.customerId, survivor.conversationId, folded.conversationId, plan.actorId, plan.actorId === null, JSON.stringify(plan.evidence), at])
  const pair = [survivor.conversationId, folded.conversationId]
  const saw = await agentsWhoSee(tx, pair)
  const items = new MergeItems(tx, mergeId)
  const contacts = await foldContacts(tx, items, survivor.conversationId, folded.conversationId, at, effects)
  await moveRows(items, survivor, folded, contacts)
  await joinCustomers(items, mergeId, survivor, folded, at)
  await joinConversations(items, survivor.conversationId, folded.conversationId)
  await contacts.settle(items)
  // Whoever waits now waits as the survivor: their tier, their standing.
  await rankAgain(tx, { conversationIds: [survivor.conversationId] })
  // What lists call the customer may be another address now.
  await tx.execute('update contact set version = version + 1 where conversation_id = $1', [survivor.conversationId])
  await wakeLanes(tx, [survivor.conversationId], effects)
  for (const agentId of contacts.touchedAgentIds) effects.tell(await refreshAgent(tx, agentId, at))
  await recordAudit(tx, { actorId: plan.actorId, action: 'customer.merged', target: { kind: 'customer', id: survivor.customerId }, facts: { foldedId: folded.customerId, mergeId }, at })
  await tellSide(tx, { type: 'customer.merged', conversationId: survivor.conversationId, customerIds: [survivor.customerId, folded.customerId], goneConversationIds: [folded.conversationId], ...contacts }, effects)
  await tellSuggestions(tx, mergeId, [...(saw.get(survivor.conversationId) ?? [])].filter((id) => saw.get(folded.conversationId)?.has(id)), effects)
  const sees = await agentsWhoSee(tx, pair)
  tellLost('customer.merged', [...union(saw)].filter((id) => !sees.get(survivor.conversationId)?.has(id)), { goneConversationIds: pair }, effects)
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
  const columns = ['name', 'locale', 'time_zone', 'preferred_channel', 'company_id', 'account_owner_id', 'value', 'orders', 'last_order_at']
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
