/**
 * Takes a merge back: its items go back, last first, wherever a column still is what the merge made of it; what was born since
 * goes where it belongs; a folded contact comes back with its own messages and clocks and, unanswered, at its old place.
 */
import { mayUndoMerge } from '../../domain/merging.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { rankAgain } from '../queues/entries.steps.ts'
import { alreadyUndone, mergeLostRows, notNewestMerge } from './customers.errors.ts'
import { agentsWhoSee } from './customers.visibility.ts'
import { allowLongStatements, hashed, mergeSteps, takeBackAdded, takeBackChange, takeBackRemoved, type MergeStep } from './merge.store.ts'
import { lockSides } from './merge.steps.ts'
import { tellLost, tellSide, tellSuggestions, union, wakeLanes } from './merge-telling.steps.ts'
import { bringContactsBack, rehome } from './undo-contacts.steps.ts'
import { loadBornSince, loadMerge, type BornSince, type MergeRow } from './undo.store.ts'

/** Undoes a merge inside the caller's transaction. Refuses an older one than the newest, a second time, or after an erasure. */
export async function undoInside(tx: Tx, mergeId: string, actor: { actorId: string; reason: string | null }, at: Date, effects: Effects): Promise<MergeRow> {
  const seen = await loadMerge(tx, mergeId)
  if (!seen) throw notFound()
  allowLongStatements(tx)
  await lockSides(tx, [seen.survivorId, seen.foldedId])
  const merge = await loadMerge(tx, mergeId)
  if (!merge) throw notFound()
  refuseUndo(merge)

  const saw = await agentsWhoSee(tx, [merge.survivorConversationId])
  const contactIds = await mergedContactIds(tx, merge)
  await tx.query('select 1 from contact where conversation_id = $1 order by id for update', [merge.survivorConversationId])
  const agentIds = await withdrawOffersSince(tx, merge, contactIds, at)
  const born = await loadBornSince(tx, merge)
  await moveBorn(tx, merge, born)
  for (const step of await mergeSteps(tx, mergeId)) await takeBack(tx, merge, step, at)
  await restoreMessages(tx, merge, born)
  await followContacts(tx, merge)
  await settleConversations(tx, merge)
  await tx.execute('update merge set undone_at = $2, undone_by = $3, undone_reason = $4 where id = $1', [mergeId, at, actor.actorId, actor.reason])
  await rehome(tx, merge, at)
  await bringContactsBack(tx, merge, contactIds, at)
  await rankAgain(tx, { conversationIds: [merge.survivorConversationId, merge.foldedConversationId] })
  await tx.execute('update contact set version = version + 1 where conversation_id in ($1, $2)', [merge.survivorConversationId, merge.foldedConversationId])

  const agents = await tx.query<{ id: string }>(
    `select agent_id as id from assignment where contact_id = any($1::uuid[]) and (ended_at is null or ended_at >= $2) union select agent_id from offer where contact_id = any($1::uuid[]) and (ended_at is null or ended_at >= $2)`,
    [contactIds, merge.at])
  for (const id of new Set([...agentIds, ...agents.map((agent) => agent.id)])) effects.tell(await refreshAgent(tx, id, at))
  await recordAudit(tx, { actorId: actor.actorId, action: 'customer.unmerged', target: { kind: 'customer', id: merge.survivorId }, facts: { foldedId: merge.foldedId, mergeId }, at })
  await tellUndo(tx, merge, contactIds, saw, at, effects)
  await wakeLanes(tx, [merge.survivorConversationId, merge.foldedConversationId], effects)
  effects.wake('route', 'all')
  effects.wake('timers', 'all')
  return merge
}

/** Each side to those who may see it now. Whoever saw both through the other side loses what is not theirs. */
async function tellUndo(tx: Tx, merge: MergeRow, touchedIds: readonly string[], saw: ReadonlyMap<string, ReadonlySet<string>>, at: Date, effects: Effects): Promise<void> {
  const pair = [merge.survivorConversationId, merge.foldedConversationId]
  for (const [conversationId, customerId] of [[merge.survivorConversationId, merge.survivorId], [merge.foldedConversationId, merge.foldedId]] as const) {
    const offers = await tx.query<{ id: string }>('select id from offer where conversation_id = $1 and contact_id = any($2::uuid[]) and (ended_at is null or ended_at = $3)', [conversationId, touchedIds, at])
    const sessions = await tx.query<{ id: string }>('select id from session where conversation_id = $1 and ended_at is null', [conversationId])
    await tellSide(tx, {
      type: 'customer.unmerged', conversationId, customerIds: [customerId], goneConversationIds: [], touchedIds,
      offerIds: offers.map((offer) => offer.id), sessionIds: sessions.map((session) => session.id),
    }, effects)
  }
  await tellSuggestions(tx, merge.id, [], effects)
  const sees = await agentsWhoSee(tx, pair)
  const lost = (conversationId: string) => [...union(saw)].filter((id) => !sees.get(conversationId)?.has(id))
  tellLost('customer.unmerged', lost(merge.survivorConversationId), { goneConversationIds: [merge.survivorConversationId] }, effects)
  const folded = await tx.query<{ id: string }>('select id from contact where conversation_id = $1', [merge.foldedConversationId])
  tellLost('customer.unmerged', lost(merge.foldedConversationId), { goneContactIds: folded.map((contact) => contact.id) }, effects)
}

/** Throws the reason why a merge cannot be undone. */
export function refuseUndo(merge: MergeRow): void {
  const may = mayUndoMerge(merge, merge.newestId)
  if (may.ok) return
  if (may.reason === 'already-undone') throw alreadyUndone()
  if (may.reason === 'erased') throw mergeLostRows()
  throw notNewestMerge(merge.newestId ?? '')
}

/** The contacts the merge changed beyond moving them: the one that stayed and the one that closed. */
async function mergedContactIds(tx: Tx, merge: MergeRow): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct row_key->>'id' as id from merge_item where merge_id = $1 and table_name = 'contact' and before ? 'state' order by 1`, [merge.id])
  return rows.map((row) => row.id)
}

/** Offers made since rest on the joined contact: they are withdrawn, routing decides anew. */
async function withdrawOffersSince(tx: Tx, merge: MergeRow, contactIds: readonly string[], at: Date): Promise<string[]> {
  const rows = await tx.query<{ agentId: string }>(
    `update offer set ended_at = $3, result = 'withdrawn', reason = 'unmerged', version = version + 1
     where contact_id = any($1::uuid[]) and ended_at is null and offered_at >= $2 returning agent_id as "agentId"`, [contactIds, merge.at, at])
  return rows.map((row) => row.agentId)
}

async function moveBorn(tx: Tx, merge: MergeRow, born: BornSince): Promise<void> {
  const to = merge.foldedConversationId
  // Two contacts are never open in one conversation: the folded one is still closed at this moment.
  await tx.execute('update contact set conversation_id = $1, version = version + 1 where id = any($2::uuid[])', [to, born.contacts.folded])
  await tx.execute('update turn set conversation_id = $1, version = version + 1 where id = any($2::uuid[])', [to, born.turnIds])
  await tx.execute('update session set conversation_id = $1, version = version + 1 where id = any($2::uuid[])', [to, born.sessionIds])
  await tx.execute('update thread set conversation_id = $1 where id = any($2::uuid[])', [to, born.threadIds])
}

/** True for `contact` when what it owed at the merge was answered since, and nothing new is open. */
const answeredSince = (contact: string) => `(exists (select 1 from turn u where u.contact_id = ${contact} and u.ended_at >= $3)
  and not exists (select 1 from turn u where u.contact_id = ${contact} and u.ended_at is null))`
const isClosed = (contact: string) => `exists (select 1 from contact c where c.id = ${contact} and c.state = 'closed')`
const hungUpSince = `(exists (select 1 from session s where s.contact_id = t.contact_id and s.ended_at >= $3) and not exists (select 1 from session s where s.contact_id = t.contact_id and s.ended_at is null))`

async function takeBack(tx: Tx, merge: MergeRow, step: MergeStep, at: Date): Promise<void> {
  const since = [merge.at]
  const has = (column: string) => step.columns.includes(column)
  const change = (unless: string, values: readonly unknown[], columns: readonly string[] = step.columns) => takeBackChange(tx, merge.id, step, columns, unless, values)
  if (step.table === 'message') return // by `restoreMessages`, together with what was born since
  if (step.kind === 'remove') return void (await (step.table === 'turn' ? restoreTurn(tx, merge, step) : takeBackRemoved(tx, merge.id, step)))
  if (step.kind === 'add' && step.table === 'conversation_team') {
    return void (await takeBackAdded(tx, merge.id, step, `exists (select 1 from contact c join queue q on q.id = c.queue_id where c.conversation_id = t.conversation_id and q.team_id = t.team_id and c.opened_at >= $3)`, since))
  }
  if (step.kind === 'add') return void (await takeBackAdded(tx, merge.id, step, 't.ended_at is not null and $3::timestamptz is not null', since))
  if (step.table === 'conversation') return void (await change('false', [], step.columns.filter((column) => column !== 'epoch' && column !== 'last_seq')))
  if (step.table === 'contact' && has('outcome')) {
    return void (await change(`exists (select 1 from contact o where o.conversation_id = t.conversation_id and o.id <> t.id and o.state <> 'closed')`, []))
  }
  if (step.table === 'offer' && has('ended_at')) {
    return void (await change(`t.expires_at <= $3 or ${isClosed('t.contact_id')} or exists (select 1 from offer o where o.contact_id = t.contact_id and o.id <> t.id and o.ended_at is null)`, [at]))
  }
  if (step.table === 'queue_entry' && has('result')) {
    const taken = 'exists (select 1 from queue_entry o where o.contact_id = t.contact_id and o.demand = t.demand and o.id <> t.id and o.ended_at is null)'
    return void (await change(`${isClosed('t.contact_id')} or ${taken} or (t.demand = 'messages' and ${answeredSince('t.contact_id')}) or (t.demand <> 'messages' and ${hungUpSince})`, since))
  }
  if (step.table === 'assignment' && has('ended_at')) {
    const retired = 'exists (select 1 from agent a where a.id = t.agent_id and a.retired_at is not null)'
    const taken = 'exists (select 1 from assignment o where o.contact_id = t.contact_id and o.id <> t.id and o.released_at is null)'
    return void (await change(`${isClosed('t.contact_id')} or ${retired} or ${taken}`, []))
  }
  if (step.table === 'sla_clock' && has('state')) {
    return void (await change(`${isClosed('t.contact_id')} or (t.kind <> 'resolution' and ${answeredSince('t.contact_id')})`, since))
  }
  await change('false', [])
}

/** The turn that ended in the other one comes back; where that one was answered since, this one was answered with it. */
async function restoreTurn(tx: Tx, merge: MergeRow, step: MergeStep): Promise<void> {
  await tx.execute(
    `insert into turn select r.* from merge_item i
     left join lateral (
       select k.* from merge_item m join turn k on k.id::text = m.after->>'turn_id'
       where m.merge_id = $1 and m.table_name = 'message' and m.before->>'turn_id' = i.row_key->>'id' limit 1
     ) kept on true
     cross join lateral jsonb_populate_record(null::turn, i.before || case when kept.ended_at is null then '{}'
       else jsonb_build_object('ended_at', kept.ended_at, 'end', kept."end", 'answered_by_message_id', kept.answered_by_message_id) end) r
     where i.merge_id = $1 and i.position = $2`, [merge.id, step.position])
}

/** Moves messages back, old ones by their items, new ones as decided, and numbers both conversations by (`at`, id): one statement. */
async function restoreMessages(tx: Tx, merge: MergeRow, born: BornSince): Promise<void> {
  const was = (column: string) => `case when i.id is not null and m.${column} is not distinct from (i.after->>'${column}')::uuid then (i.before->>'${column}')::uuid else m.${column} end`
  await hashed(tx, () => tx.execute(
    `update message t set conversation_id = d.conversation_id, contact_id = d.contact_id, turn_id = d.turn_id, seq = d.seq
     from (
       select p.*, row_number() over (partition by p.conversation_id order by p.at, p.id)::int as seq from (
         select m.id, m.at, case when m.id = any($4::uuid[]) then $3::uuid else ${was('conversation_id')} end as conversation_id, ${was('contact_id')} as contact_id, ${was('turn_id')} as turn_id
         from message m left join merge_item i on i.merge_id = $1 and i.table_name = 'message' and (i.row_key->>'id')::uuid = m.id
         where m.conversation_id = $2
       ) p
     ) d
     where t.id = d.id and (t.conversation_id, t.contact_id, t.turn_id, t.seq) is distinct from (d.conversation_id, d.contact_id, d.turn_id, d.seq)`,
    [merge.id, merge.survivorConversationId, merge.foldedConversationId, born.messages.folded]))
}

/** Rows without an address of their own go where their contact or their message went. */
async function followContacts(tx: Tx, merge: MergeRow): Promise<void> {
  const pair = [merge.survivorConversationId, merge.foldedConversationId]
  for (const table of ['queue_entry', 'offer', 'assignment', 'sla_clock', 'follow_up', 'survey_invitation']) {
    await tx.execute(
      `update ${table} t set conversation_id = c.conversation_id from contact c where c.id = t.contact_id and t.conversation_id in ($1, $2) and c.conversation_id in ($1, $2)
         and t.conversation_id <> c.conversation_id`, pair)
  }
  await tx.execute(
    `update turn t set conversation_id = c.conversation_id, version = t.version + 1 from contact c
     where c.id = t.contact_id and t.ended_at is not null and t.conversation_id in ($1, $2) and c.conversation_id in ($1, $2) and t.conversation_id <> c.conversation_id`, pair)
  await tx.execute(
    `update session t set conversation_id = c.conversation_id, version = t.version + 1 from contact c
     where c.id = t.contact_id and t.ended_at is not null and t.conversation_id in ($1, $2) and c.conversation_id in ($1, $2) and t.conversation_id <> c.conversation_id`, pair)
  await tx.execute(
    `update outbound t set conversation_id = m.conversation_id, lane = replace(t.lane, t.conversation_id::text, m.conversation_id::text) from message m
     where m.id = t.message_id and t.conversation_id in ($1, $2) and m.conversation_id in ($1, $2) and t.conversation_id <> m.conversation_id`, pair)
  for (const table of ['follow_up', 'survey_invitation']) {
    await tx.execute(`update ${table} t set customer_id = co.customer_id from conversation co where co.id = t.conversation_id and co.id in ($1, $2) and t.customer_id <> co.customer_id`, pair)
  }
  await tx.execute(
    `update survey_response t set customer_id = i.customer_id from survey_invitation i where i.id = t.invitation_id and i.conversation_id in ($1, $2) and t.customer_id <> i.customer_id`, pair)
  await tx.execute(
    `insert into conversation_team (conversation_id, team_id) select distinct c.conversation_id, q.team_id from contact c join queue q on q.id = c.queue_id
     where c.conversation_id = $1 and c.opened_at >= $2 on conflict do nothing`, [merge.foldedConversationId, merge.at])
}

async function settleConversations(tx: Tx, merge: MergeRow): Promise<void> {
  const latest = (column: string, filter: string) => `nullif(greatest(case when born.any then null else co."${column}" end, (select max(m.at) from message m where m.conversation_id = co.id and ${filter} and born.any), '-infinity'), '-infinity')`
  await tx.execute(
    `update conversation co set epoch = co.epoch + 1, version = co.version + 1, last_seq = (select count(*) from message m where m.conversation_id = co.id),
       last_message_at = ${latest('last_message_at', 'true')}, last_inbound_at = ${latest('last_inbound_at', `m.direction = 'inbound'`)},
       last_inbound_channel = case when born.any then (select m.channel from message m where m.conversation_id = co.id and m.direction = 'inbound' order by m.seq desc limit 1) else co.last_inbound_channel end
     from (select c.id, exists (select 1 from message m where m.conversation_id in ($1, $2) and m.at > coalesce(
         (select (x.after->>'last_message_at')::timestamptz from merge_item x where x.merge_id = $3 and x.table_name = 'conversation' and x.after ? 'last_message_at'), '-infinity')) as any
       from conversation c where c.id in ($1, $2)) born
     where co.id = born.id`, [merge.survivorConversationId, merge.foldedConversationId, merge.id])
}
