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

/** About how many stand before what waits of this contact who could take the same agents, as `positionOf`; null when nothing of it waits. */
export async function aheadOf(db: Pick<Tx, 'maybe'>, contactId: string, demand: Demand, now: Date): Promise<number | null> {
  const row = await db.maybe<{ ahead: number }>(
    `select (select count(distinct o.contact_id)::int from queue_entry o
        where o.ended_at is null and o.workable_at <= $3 and o.contact_id <> e.contact_id and (o.rank_at, o.id) < (e.rank_at, e.id) and (o.demand = 'messages') = (e.demand = 'messages')
          and (o.queue_id = e.queue_id or exists (select 1 from queue_member a join queue_member b on b.agent_id = a.agent_id where a.queue_id = o.queue_id and b.queue_id = e.queue_id))) as ahead
     from queue_entry e where e.contact_id = $1 and e.demand = $2 and e.ended_at is null`, [contactId, demand, now])
  return row?.ahead ?? null
}
