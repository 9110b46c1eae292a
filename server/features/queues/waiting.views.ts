/** What somebody who stands in a line is told: how many are ahead, and how long they will still wait, as a range or not at all. */
import type { ExpectedWait } from '#contract/expected-wait.ts'
import type { Demand } from '#contract/words.ts'
import { expectedRest, expectedWait } from '../../domain/queueing.ts'
import type { Tx } from '../../platform/db.ts'

/** What is left for a call or chat in this queue of the wait most people had of late; null when too few had one, or it is nearly over. */
export async function expectedWaitOf(db: Pick<Tx, 'query'>, entry: { queueId: string; demand: Exclude<Demand, 'messages'>; workableAt: Date }, now: Date): Promise<ExpectedWait | null> {
  return expectedRest(expectedWait(await recentWaits(db, entry.queueId, entry.demand, now)), Math.max(0, now.getTime() - entry.workableAt.getTime()))
}

/** How long those waited in this queue who were answered of late, ms. */
async function recentWaits(db: Pick<Tx, 'query'>, queueId: string, demand: Demand, now: Date): Promise<number[]> {
  const rows = await db.query<{ ms: number }>(
    `select (extract(epoch from ended_at - greatest(enqueued_at, workable_at)) * 1000)::int as ms from queue_entry
     where queue_id = $1 and demand = $3 and result = 'answered' and ended_at > $2::timestamptz - interval '2 hours' and ended_at <= $2 order by ended_at desc limit 50`, [queueId, now, demand])
  return rows.map((row) => Math.max(0, row.ms))
}

/** What an entry asks for now, as `skillsNow`: what its queue asks for and what it needs besides, less what the rings that are open let go. `$3` is the time. */
const demandsSql = (entry: string): string => `
  select d.skill_id, greatest(1, max(d.level) - r.down) as level
  from (select s.skill_id, s.level from queue_skill s where s.queue_id = ${entry}.queue_id
        union all select (of.skill->>'skillId')::uuid, (of.skill->>'level')::int from jsonb_array_elements(${entry}.skills) of(skill)) d
  cross join (select coalesce(sum((of.ring->>'levelsDown')::int), 0) as down, coalesce(jsonb_agg(of.ring->'dropSkillIds'), '[]') as dropped
    from queue q cross join jsonb_array_elements(q.rings) of(ring) where q.id = ${entry}.queue_id and ${opensSql('of.ring', entry)}) r
  where not exists (select 1 from jsonb_array_elements(r.dropped) of(ids) where of.ids ? d.skill_id::text)
  group by d.skill_id, r.down`
const opensSql = (ring: string, entry: string): string => `${entry}.workable_at + (${ring}->>'afterMs')::float8 * interval '1 ms' <= $3`

/** Whether an agent has the skills an entry asks for. */
const hasSkillsSql = (agentId: string, entry: string): string => `not exists (select 1 from (${demandsSql(entry)}) n
  where not exists (select 1 from agent_skill k where k.agent_id = ${agentId} and k.skill_id = n.skill_id and k.level >= n.level))`

/**
 * About how many stand before what waits of this contact who could take the same agents, as `positionOf`, whoever of those is at work;
 * where nobody could, those of its own queue. Who calls and chats at once counts as two. Null when nothing of it waits.
 */
export async function aheadOf(db: Pick<Tx, 'maybe'>, contactId: string, demand: Demand, now: Date): Promise<number | null> {
  const row = await db.maybe<{ ahead: number }>(
    `with own as (
       select id, contact_id, queue_id, demand, skills, rank_at, workable_at from queue_entry where contact_id = $1 and demand = $2 and ended_at is null
     ), able as (
       select m.agent_id from own join queue_member m on m.queue_id = own.queue_id join agent a on a.id = m.agent_id and a.retired_at is null where ${hasSkillsSql('m.agent_id', 'own')}
     ), kinds as (
       select o.queue_id, o.skills, min(o.workable_at) as workable_at, count(*)::int as contacts
       from own join queue_entry o on o.ended_at is null and o.workable_at <= $3 and o.contact_id <> own.contact_id and (o.rank_at, o.id) < (own.rank_at, own.id) and (o.demand = 'messages') = (own.demand = 'messages')
       join queue q on q.id = o.queue_id
       group by o.queue_id, o.skills, case when q.rings = '[]' then 0 else (select count(*) from jsonb_array_elements(q.rings) of(ring) where ${opensSql('of.ring', 'o')}) end
     )
     select coalesce((select sum(k.contacts)::int from kinds k
       where exists (select 1 from able join queue_member m on m.agent_id = able.agent_id and m.queue_id = k.queue_id where ${hasSkillsSql('m.agent_id', 'k')})
         or (k.queue_id = own.queue_id and not exists (select 1 from able))), 0) as ahead
     from own`, [contactId, demand, now])
  return row?.ahead ?? null
}
