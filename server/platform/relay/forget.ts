import type { Db } from '../db.ts'
import { firstIdOf } from '../ids.ts'

/** A screen that was away for longer is given a snapshot, which is less to send anyway. */
const keptMs = 24 * 3_600_000
/** An event is told within seconds; one that waited for an hour (no server ran) is forgotten from the list of events alone. */
const toldWithinMs = 3_600_000
const perSweep = 5_000
const mark = 'events-forgotten'

/**
 * Forgets what was told more than a day ago, so that both tables hold a day: some 9 events and 29 numbers for each contact. Goes
 * on where it stopped and takes at most 5,000 events, for the sweeper: 500 a second. Returns how many.
 */
export async function forgetEvents(db: Pick<Db, 'one'>, now: Date): Promise<number> {
  const toldBefore = new Date(now.getTime() - keptMs)
  const until = firstIdOf(new Date(toldBefore.getTime() - toldWithinMs))
  const { events } = await db.one<{ events: number }>(
    `with old as (
       select id, rooms from event
       where id >= coalesce((select value #>> '{}' from setting where key = $1), $3)::uuid and id < $2::text::uuid and published_at is not null
       order by id limit $4
     ), gone as (
       delete from event where id in (select id from old)
     ), touched as (
       select distinct r.room from old cross join lateral unnest(old.rooms) as r(room)
     ), edge as (
       select t.room, (select k.seq from room_event k where k.room = t.room and k.at >= $5 order by k.seq limit 1) as kept_from from touched t
     ), forgotten as (
       delete from room_event re using edge where re.room = edge.room and re.at < $5 and re.seq < coalesce(edge.kept_from, 9223372036854775807)
     ), moved as (
       insert into setting (key, value, updated_at)
       select $1, to_jsonb(case when count(*) = $4 then (select id::text from old order by id desc limit 1) else $2::text end), $6 from old
       on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at where setting.value #>> '{}' < excluded.value #>> '{}'
     )
     select count(*)::int as events from old`,
    [mark, until, firstIdOf(new Date(0)), perSweep, toldBefore, now])
  return events
}
