import type { Channel, Demand, EntryResult, CustomerTier } from '#contract/words.ts'
import { headStartsOf, rankAnew, rankAt, type CustomerStanding, type HeadStarts } from '../../domain/queueing.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

export interface NewEntry {
  contactId: string
  conversationId: string
  queueId: string
  demand: Demand
  channel: Channel
  workableAt: Date
  /** `front`: keeps this rank instead of getting one by its time, whatever changes later. */
  rankAt?: Date
  preferredAgentId?: string | null
  preferredUntil?: Date | null
}

/** What contacts of a queue cost one agent, per channel: the queue's units, where their membership says nothing else. SQL; `queue` is an alias, `agent` an expression. */
export function unitsOfMemberSql(queue: string, agent: string): string {
  return `${queue}.units || coalesce((select um.units from queue_member um where um.queue_id = ${queue}.id and um.agent_id = ${agent}), '{}')`
}

/** Standing only where the queue looks at it. */
const standingSql = `case when q.head_start ?| array['stageMs', 'classMs'] then (select jsonb_build_object('stage', cs.stage, 'valueClass', cs.value_class) from customer_standing cs where cs.customer_id = cu.id) end`
const hasOverflowSql = `coalesce(jsonb_array_length(q.overflow->'rules'), 0) > 0`

/** What a contact that begins brings to the line: its customer's standing and the queue's rules. */
export interface LineFacts {
  tier: CustomerTier
  standing: CustomerStanding | null
  headStart: Partial<HeadStarts>
  slaMarginMs: number
  hasOverflow: boolean
}

/** The same as a column of a statement that reads more, over queue `q` and customer `cu`, who may be nobody yet. SQL. */
export const lineFactsSql = `jsonb_build_object('tier', coalesce(cu.tier, 'standard'), 'headStart', q.head_start, 'slaMarginMs', q.sla_margin_ms,
  'standing', ${standingSql}, 'hasOverflow', ${hasOverflowSql})`

interface RankFacts {
  tier: CustomerTier
  priority: number
  isUrgent: boolean
  standing: CustomerStanding | null
  slaDueAt: Date | null
  headStart: Partial<HeadStarts>
  slaMarginMs: number
}

/** What decides a place in the line. SQL over contact `c`, customer `cu` and queue `q`. */
const rankFacts = `cu.tier, c.priority, c.urgent as "isUrgent", q.head_start as "headStart", q.sla_margin_ms as "slaMarginMs", ${standingSql} as standing,
  (select min(s.due_at) from sla_clock s where s.contact_id = c.id and s.state = 'running' and s.kind in ('time-to-answer', 'first-response', 'next-response')) as "slaDueAt"`

/** Puts a demand of a contact into a queue; its place in the line is one stored instant. An open entry of the demand stays as it is. */
export async function enterQueue(tx: Tx, entry: NewEntry, now: Date): Promise<{ id: string; isNew: boolean }> {
  const facts = await tx.one<RankFacts & { openId: string | null; skills: readonly object[]; hasOverflow: boolean }>(
    `select ${rankFacts}, c.skills, ${hasOverflowSql} as "hasOverflow",
       (select e.id from queue_entry e where e.contact_id = c.id and e.demand = $3 and e.ended_at is null) as "openId"
     from contact c join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id join queue q on q.id = $2 where c.id = $1`,
    [entry.contactId, entry.queueId, entry.demand])
  if (facts.openId) return { id: facts.openId, isNew: false }
  return { id: insertEntry(tx, entry, facts, now), isNew: true }
}

/** The same for a contact that has just begun: nothing of it waits yet, and nobody has said how urgent it is or what it needs. */
export function enterFirst(tx: Pick<Tx, 'send'>, entry: NewEntry, facts: LineFacts, now: Date): string {
  return insertEntry(tx, entry, { ...facts, priority: 0, isUrgent: false, slaDueAt: null, skills: [] }, now)
}

function insertEntry(tx: Pick<Tx, 'send'>, entry: NewEntry, facts: RankFacts & { skills: readonly object[]; hasOverflow: boolean }, now: Date): string {
  const rank = entry.rankAt ?? rankAt({ enqueuedAt: now, ...facts }, headStartsOf(facts))
  const id = newId(now)
  tx.send(
    `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, kept_rank_at, preferred_agent_id, preferred_until, skills, overflow_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [id, entry.contactId, entry.conversationId, entry.queueId, entry.demand, entry.channel, now, entry.workableAt, rank, entry.rankAt ?? null, entry.preferredAgentId ?? null, entry.preferredUntil ?? null, JSON.stringify(facts.skills), facts.hasOverflow ? now : null])
  return id
}

const endEntriesSql = `
  update queue_entry set ended_at = $3, result = $2, answered_by = $4, version = version + 1
  where contact_id = $1 and ended_at is null and ($5::text[] is null or demand = any($5)) returning id, demand, rank_at as "rankAt", queue_id as "queueId"`

/** Ends the open entries of a contact, all or those of some demands. */
export function endEntries(tx: Pick<Tx, 'send'>, contactId: string, result: EntryResult, demands: readonly Demand[] | 'all', answeredBy: string | null, now: Date): void {
  tx.send(endEntriesSql, [contactId, result, now, answeredBy, demands === 'all' ? null : demands])
}

/** The same, and says which they were: with their ranks, for a place at the front later. */
export async function endEntriesOf(tx: Pick<Tx, 'query'>, contactId: string, result: EntryResult, demands: readonly Demand[] | 'all', now: Date): Promise<{ id: string; demand: Demand; rankAt: Date; queueId: string }[]> {
  return tx.query(endEntriesSql, [contactId, result, now, null, demands === 'all' ? null : demands])
}

/** Whose places are to be looked at. */
export type Ranked = { contactId: string } | { conversationIds: readonly string[] } | { queueId: string } | { standingOf: readonly string[] }

/**
 * Ranks anew who waits, once what decides their place has changed: priority, urgency, tier, standing, promise, or the queue's head
 * starts. Forward and back alike, but nobody loses a place they keep. In the transaction of the change. Returns how many moved.
 */
export async function rankAgain(tx: Tx, whose: Ranked): Promise<number> {
  const [where, value] = whoseSql(whose)
  const entries = await tx.query<RankFacts & { id: string; enqueuedAt: Date; rankAt: Date; keptRankAt: Date | null }>(
    `select e.id, e.enqueued_at as "enqueuedAt", e.rank_at as "rankAt", e.kept_rank_at as "keptRankAt", ${rankFacts}
     from queue_entry e join contact c on c.id = e.contact_id join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id join queue q on q.id = e.queue_id
     where e.ended_at is null and ${where} order by e.id for update of e`, [value])
  const moved = entries.map((entry) => ({ ...entry, after: rankAnew(entry, headStartsOf(entry)) })).filter(({ rankAt: before, after }) => after.getTime() !== before.getTime())
  if (moved.length === 0) return 0
  return tx.execute(
    `update queue_entry e set rank_at = m.after, version = e.version + 1 from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as m(id, before, after)
     where e.id = m.id and e.ended_at is null and e.rank_at = m.before`, [moved.map(({ id }) => id), moved.map((entry) => entry.rankAt), moved.map(({ after }) => after)])
}

function whoseSql(whose: Ranked): [string, unknown] {
  if ('contactId' in whose) return ['e.contact_id = $1', whose.contactId]
  if ('conversationIds' in whose) return ['e.conversation_id = any($1::uuid[])', whose.conversationIds]
  if ('queueId' in whose) return ['e.queue_id = $1', whose.queueId]
  return [`co.customer_id = any($1::uuid[]) and q.head_start ?| array['stageMs', 'classMs']`, whose.standingOf]
}
