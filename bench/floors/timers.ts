/**
 * The floor of `timers`: the same durable writes as a breach (clock, contact, conversation, item, event) with bare pg, as many at
 * once as one statement takes. Imports nothing of ours.
 */
import pg from 'pg'

/** Milliseconds to fire `count` clocks that are due at once, in transactions of 500. */
export async function drainFloor(databaseUrl: string, count: number): Promise<number> {
  const db = new pg.Client({ connectionString: databaseUrl, options: '-c search_path=floor' })
  await db.connect()
  db.on('error', () => {})
  await db.query(`
    drop schema if exists floor cascade; create schema floor;
    create table floor.conversation (id bigint primary key, last_seq int not null default 0, last_at timestamptz, version int default 1);
    create table floor.contact (id bigint primary key, conversation_id bigint, version int default 1, updated_at timestamptz);
    create table floor.clock (id bigint primary key, contact_id bigint, due_at timestamptz, breached_at timestamptz, version int default 1);
    create index on floor.clock (due_at) where breached_at is null;
    create table floor.message (id bigserial primary key, conversation_id bigint, seq int, at timestamptz, data jsonb, unique (conversation_id, seq));
    create table floor.event (id bigserial primary key, conversation_id bigint, type text, data jsonb, rooms text[], published boolean default false);
    create index on floor.event (id) where not published;
    insert into floor.conversation select g from generate_series(1, ${count}) g;
    insert into floor.contact select g, g from generate_series(1, ${count}) g;
    insert into floor.clock select g, g, now() from generate_series(1, ${count}) g;
    analyze floor.clock; analyze floor.contact; analyze floor.conversation;`)
  const startedAt = performance.now()
  for (let fired = 0; fired < count;) {
    const { rowCount } = await db.query(
      `with due as (select id, contact_id from clock where breached_at is null and due_at <= now() order by due_at limit 500 for update skip locked),
       fired as (update clock c set breached_at = now(), version = version + 1 from due where c.id = due.id),
       touched as (update contact c set version = c.version + 1, updated_at = now() from due where c.id = due.contact_id returning c.id, c.conversation_id),
       bumped as (update conversation o set last_seq = last_seq + 1, last_at = now(), version = o.version + 1 from touched t where o.id = t.conversation_id returning o.id, o.last_seq),
       said as (insert into message (conversation_id, seq, at, data) select id, last_seq, now(), '{"system":{"code":"sla-breached"}}' from bumped)
       insert into event (conversation_id, type, data, rooms) select conversation_id, 'sla.breached', jsonb_build_object('contactIds', jsonb_build_array(id)), array['supervisors', 'conversation'] from touched`)
    fired += rowCount ?? 0
    if (!rowCount) break
  }
  const tookMs = performance.now() - startedAt
  await db.query('drop schema floor cascade')
  await db.end()
  return tookMs
}
