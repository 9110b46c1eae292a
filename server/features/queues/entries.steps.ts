import type { Channel, Demand, EntryResult, CustomerTier } from '#contract/words.ts'
import { rankAt, usualHeadStarts, type CustomerStanding, type HeadStarts } from '../../domain/queueing.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

export interface NewEntry {
  contactId: string
  conversationId: string
  queueId: string
  demand: Demand
  channel: Channel
  workableAt: Date
  /** `front`: keeps this rank instead of getting one by its time. */
  rankAt?: Date
  preferredAgentId?: string | null
  preferredUntil?: Date | null
}

/** What contacts of a queue cost one agent, per channel: the queue's units, where their membership says nothing else. SQL; `queue` is an alias, `agent` an expression. */
export function unitsOfMemberSql(queue: string, agent: string): string {
  return `${queue}.units || coalesce((select um.units from queue_member um where um.queue_id = ${queue}.id and um.agent_id = ${agent}), '{}')`
}

/** Puts a demand of a contact into a queue; its place in the line is one stored instant. An open entry of the demand stays as it is. */
export async function enterQueue(tx: Tx, entry: NewEntry, now: Date): Promise<{ id: string; isNew: boolean }> {
  const open = await tx.maybe<{ id: string }>('select id from queue_entry where contact_id = $1 and demand = $2 and ended_at is null', [entry.contactId, entry.demand])
  if (open) return { id: open.id, isNew: false }
  const facts = await tx.one<{ tier: CustomerTier; priority: number; urgent: boolean; skills: readonly object[]; headStart: Partial<HeadStarts>; standing: CustomerStanding | null; slaMarginMs: number; dueAt: Date | null; hasOverflow: boolean }>(
    `select cu.tier, c.priority, c.urgent, c.skills, case when q.head_start ?| array['stageMs', 'classMs'] then (select jsonb_build_object('stage', cs.stage, 'valueClass', cs.value_class) from customer_standing cs where cs.customer_id = cu.id) end as standing, q.head_start as "headStart", q.sla_margin_ms as "slaMarginMs", coalesce(jsonb_array_length(q.overflow->'rules'), 0) > 0 as "hasOverflow",
       (select min(s.due_at) from sla_clock s where s.contact_id = c.id and s.state = 'running' and s.kind in ('time-to-answer', 'first-response', 'next-response')) as "dueAt"
     from contact c join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id join queue q on q.id = $2 where c.id = $1`,
    [entry.contactId, entry.queueId])
  const rank = entry.rankAt ?? rankAt(
    { enqueuedAt: now, priority: facts.priority, tier: facts.tier, isUrgent: facts.urgent, slaDueAt: facts.dueAt, standing: facts.standing },
    { ...usualHeadStarts, ...facts.headStart, slaMarginMs: facts.slaMarginMs })
  const id = newId(now)
  tx.send(
    `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, preferred_agent_id, preferred_until, skills, overflow_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [id, entry.contactId, entry.conversationId, entry.queueId, entry.demand, entry.channel, now, entry.workableAt, rank, entry.preferredAgentId ?? null, entry.preferredUntil ?? null, JSON.stringify(facts.skills), facts.hasOverflow ? now : null])
  return { id, isNew: true }
}

/** Ends the open entries of a contact, all or those of some demands. Returns their ranks, for a place at the front later. */
export async function endEntries(tx: Tx, contactId: string, result: EntryResult, demands: readonly Demand[] | 'all', answeredBy: string | null, now: Date): Promise<{ id: string; demand: Demand; rankAt: Date; queueId: string }[]> {
  return tx.query(
    `update queue_entry set ended_at = $3, result = $2, answered_by = $4, version = version + 1
     where contact_id = $1 and ended_at is null and ($5::text[] is null or demand = any($5)) returning id, demand, rank_at as "rankAt", queue_id as "queueId"`,
    [contactId, result, now, answeredBy, demands === 'all' ? null : demands])
}

/**
 * Places of a contact that its priority, tier or promise now puts further forward. Nobody moves back: whoever returned to the front
 * keeps it.
 */
export async function moveForward(tx: Tx, contactId: string, now: Date): Promise<boolean> {
  const entries = await tx.query<{ id: string; enqueuedAt: Date; rankAt: Date; tier: CustomerTier; priority: number; urgent: boolean; headStart: Partial<HeadStarts>; standing: CustomerStanding | null; slaMarginMs: number; dueAt: Date | null }>(
    `select e.id, e.enqueued_at as "enqueuedAt", e.rank_at as "rankAt", cu.tier, c.priority, c.urgent, q.head_start as "headStart", case when q.head_start ?| array['stageMs', 'classMs'] then (select jsonb_build_object('stage', cs.stage, 'valueClass', cs.value_class) from customer_standing cs where cs.customer_id = cu.id) end as standing, q.sla_margin_ms as "slaMarginMs",
       (select min(s.due_at) from sla_clock s where s.contact_id = c.id and s.state = 'running' and s.kind in ('time-to-answer', 'first-response', 'next-response')) as "dueAt"
     from queue_entry e join contact c on c.id = e.contact_id join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id join queue q on q.id = e.queue_id
     where e.contact_id = $1 and e.ended_at is null and e.enqueued_at <= $2`, [contactId, now])
  let hasMoved = false
  for (const { id, rankAt: before, ...entry } of entries) {
    const rank = rankAt({ ...entry, isUrgent: entry.urgent, slaDueAt: entry.dueAt }, { ...usualHeadStarts, ...entry.headStart, slaMarginMs: entry.slaMarginMs })
    if (rank >= before) continue
    await tx.execute('update queue_entry set rank_at = $2, version = version + 1 where id = $1', [id, rank])
    hasMoved = true
  }
  return hasMoved
}
