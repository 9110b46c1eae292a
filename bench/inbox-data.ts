/**
 * What a large company has after a year: a million conversations of ten messages, one contact in forty still waits and one in a hundred is at work. Written once by
 * SQL into a data folder of its own and kept beside other temporary files, or below BENCH_DATA; its making is counted nowhere.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbeddedPostgres } from '../server/platform/embedded-postgres.ts'
import { makeCompany } from './company.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'

export const conversations = Number(process.env['BENCH_CONVERSATIONS'] ?? 1_000_000)
export const messages = conversations * 10
/** Raised when the rows below change: what was kept of before is made anew. */
const edition = 1
const teams = 4
const agents = 200
/** Nobody waits for what is made to be safe; the settings are those of this start alone. */
const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0', max_wal_size: '16GB', checkpoint_timeout: '1h', autovacuum: 'off', shared_buffers: '1GB', maintenance_work_mem: '1GB' }

const folder = path.join(process.env['BENCH_DATA'] ?? os.tmpdir(), `tributary-bench-inbox-${edition}-${conversations}`)

/** Starts a hub on it, having made it if it is not there. Statements are counted by PostgreSQL. */
export async function startOnHistory(): Promise<HubProcess> {
  if (!existsSync(path.join(folder, 'made'))) await make()
  await onDatabase({}, async (db) => {
    // The night's walk over all customers is no part of this.
    const mark = { changesUntil: new Date().toISOString(), night: `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`, walkAfterId: null, isWalking: false, limits: null }
    await db.query(`insert into setting (key, value, updated_at) values ('standings', $1, now()) on conflict (key) do update set value = excluded.value`, [JSON.stringify(mark)])
    await db.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`)
    await db.query('create extension if not exists pg_stat_statements')
  })
  return startHubProcess({}, folder)
}

async function make(): Promise<void> {
  const startedAt = performance.now()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o711)
  const hub = await startHubProcess({}, folder)
  const company = await makeCompany(hub, { agents: 1, unitsPerText: 25 })
  company.close()
  await hub.stop()
  await onDatabase(unsafe, write)
  writeFileSync(path.join(folder, 'made'), '')
  process.stdout.write(`data set: ${conversations} conversations, ${messages} messages in ${Math.round((performance.now() - startedAt) / 1000)} s (not counted), kept in ${folder}\n`)
}

async function onDatabase(settings: Record<string, string>, use: (db: pg.Client, open: () => Promise<pg.Client>) => Promise<void>): Promise<void> {
  const server = await startEmbeddedPostgres(folder, pino({ level: 'error' }), { settings })
  const clients: pg.Client[] = []
  const open = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: server.url, options: '-c session_replication_role=replica' })
    await client.connect()
    clients.push(client)
    return client
  }
  try {
    await use(await open(), open)
  } finally {
    for (const client of clients) await client.end()
    await server.stop()
  }
}

const id = (kind: string, of: string): string => `('019a0000-${kind}-7000-8000-' || lpad(to_hex(${of}), 12, '0'))::uuid`
/** A conversation's last message: its place in the year is another than its place on disk. */
const lastAt = (of: string): string => `date_trunc('milliseconds', timestamptz '2026-01-01' + interval '300 days' * ((${of}::bigint * 7919) % ${conversations}) / ${conversations})`
const waits = 'i % 40 = 0'
const isOpen = `(${waits} or i % 100 = 5)`
const state = `case when ${waits} then 'waiting' when ${isOpen} then 'active' else 'closed' end`
const words = `(array['Where is my order', 'The parcel came open', 'Can I change the address', 'I was charged twice', 'Thank you, that helped', 'When do you open', 'The code does not work', 'Please call me back'])`

async function write(db: pg.Client, open: () => Promise<pg.Client>): Promise<void> {
  const company = (await db.query<{ team: string; queue: string; agent: string }>(`select t.id as team, q.id as queue, (select id from agent where role = 'agent') as agent from team t join queue q on q.team_id = t.id`)).rows[0]
  if (!company) throw new Error('no company was made')
  const rows = `generate_series(1, ${conversations}) i`
  const of = (kind: string, own: string, n: string): string => `case when ${n} = 0 then '${own}'::uuid else ${id(kind, n)} end`
  const team = of('0001', company.team, `(i / 10) % ${teams}`)
  const queue = of('0002', company.queue, `(i / 10) % ${teams}`)
  const owner = of('0003', company.agent, `(i / 10) % ${agents}`)
  const indexes = await dropIndexes(db, ['customer', 'identity', 'conversation', 'conversation_team', 'contact', 'message', 'turn', 'queue_entry', 'assignment', 'sla_clock'])
  await db.query(`insert into team (id, name) select ${id('0001', 'i')}, 'Bench ' || i from generate_series(1, ${teams - 1}) i`)
  await db.query(`insert into queue (id, name, team_id, created_at) select ${id('0002', 'i')}, 'Bench ' || i, ${id('0001', 'i')}, now() from generate_series(1, ${teams - 1}) i`)
  await db.query(`insert into agent (id, name, email) select ${id('0003', 'i')}, 'Colleague ' || i, 'colleague' || i || '@bench.example' from generate_series(1, ${agents - 1}) i`)
  await db.query(`insert into customer (id, name, created_at) select ${id('0004', 'i')}, case when i % 3 > 0 then 'Customer ' || i end, timestamptz '2025-12-01' from ${rows}`)
  await db.query(`insert into identity (id, customer_id, kind, value, evidence, created_at, last_seen_at) select ${id('0005', 'i')}, ${id('0004', 'i')}, 'phone', '+1415' || lpad(i::text, 7, '0'), 'proved', timestamptz '2025-12-01', ${lastAt('i')} from ${rows}`)
  await db.query(`insert into conversation (id, customer_id, last_seq, last_message_at, last_inbound_at, created_at) select ${id('0006', 'i')}, ${id('0004', 'i')}, 10, ${lastAt('i')}, ${lastAt('i')}, timestamptz '2025-12-01' from ${rows}`)
  await db.query(`insert into conversation_team (conversation_id, team_id) select ${id('0006', 'i')}, ${team} from ${rows}`)
  await db.query(
    `insert into contact (id, conversation_id, queue_id, state, outcome, owner_id, channel, opened_at, workable_at, accepted_at, closed_at, last_inbound_at, last_message_at, snippet, updated_at)
     select ${id('0007', 'i')}, ${id('0006', 'i')}, ${queue}, ${state}, case when not ${isOpen} then 'handled' end, case when not ${waits} then ${owner} end, 'email', at - interval '200 minutes', at - interval '200 minutes',
       case when not ${waits} then at - interval '190 minutes' end, case when not ${isOpen} then at + interval '5 minutes' end, at, at, ${words}[i % 8 + 1], at from (select i, ${lastAt('i')} as at from ${rows}) made`)
  await db.query(
    `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, ended_at, result)
     select ${id('0008', 'i')}, ${id('0007', 'i')}, ${id('0006', 'i')}, ${queue}, 'messages', 'email', at, at, at, case when not ${waits} then at + interval '10 minutes' end, case when not ${waits} then 'answered' end
     from (select i, ${lastAt('i')} - interval '200 minutes' as at from ${rows}) made`)
  await db.query(
    `insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at, released_at, ended_at)
     select ${id('0009', 'i')}, ${id('0007', 'i')}, ${id('0006', 'i')}, ${owner}, 'email', 0, 25, at, case when not ${isOpen} then at end, case when not ${isOpen} then at end from (select i, ${lastAt('i')} as at from ${rows}) made where not ${waits}`)
  await db.query(
    `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, due_at, ended_at)
     select ${id('000a', 'i')}, ${id('0007', 'i')}, ${id('0006', 'i')}, 'resolution', ${id('0002', '1')}, ${queue}, 'email', 600000, case when not ${isOpen} then 'met' else 'running' end, at, '[]', case when not ${isOpen} then at else at + interval '20 years' end, case when not ${isOpen} then at end
     from (select i, ${lastAt('i')} as at from ${rows}) made`)
  await db.query(
    `insert into turn (id, conversation_id, contact_id, first_message_id, started_at, ended_at, "end") select ${id('000b', 'i')}, ${id('0006', 'i')}, ${id('0007', 'i')}, ${id('000c', 'i')}, at, case when not ${waits} then at end, case when not ${waits} then 'answered' end
     from (select i, ${lastAt('i')} as at from ${rows}) made`)
  // As they come: a conversation's messages lie far apart.
  const said = async (from: number, to: number): Promise<void> => {
    await (await open()).query(
      `insert into message (id, conversation_id, contact_id, seq, at, kind, channel, direction, identity_id, agent_id, turn_id, text, status)
       select ${id('000c', 'n')}, ${id('0006', 'i')}, ${id('0007', 'i')}, seq, ${lastAt('i')} - interval '20 minutes' * (10 - seq), 'text', 'email', case when seq % 2 = 1 then 'inbound' else 'outbound' end, ${id('0005', 'i')},
         case when seq % 2 = 0 then ${owner} end, case when seq = 1 then ${id('000b', 'i')} end, ${words}[n % 8 + 1] || ' ' || n % 1000, case when seq % 2 = 1 then 'received' else 'delivered' end
       from (select n, (n - 1) % ${conversations} + 1 as i, (n - 1) / ${conversations} + 1 as seq from generate_series(${from}, ${to}) n) made`)
  }
  await Promise.all([said(1, messages / 2), said(messages / 2 + 1, messages)])
  const makers = await Promise.all([open(), open()])
  await Promise.all(makers.map(async (maker) => { for (let next = indexes.pop(); next !== undefined; next = indexes.pop()) await maker.query(next) }))
  await db.query('vacuum analyze')
}

/** An index grows faster in one piece than row by row. Returns how to make them again. */
async function dropIndexes(db: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ drop: string; make: string }>(
    `select case when o.oid is null then format('drop index %I', c.relname) else format('alter table %s drop constraint %I', x.indrelid::regclass, o.conname) end as drop,
       case when o.oid is null then pg_get_indexdef(c.oid) else format('alter table %s add constraint %I %s', x.indrelid::regclass, o.conname, pg_get_constraintdef(o.oid)) end as make
     from pg_index x join pg_class c on c.oid = x.indexrelid left join pg_constraint o on o.conindid = c.oid and o.contype = 'u'
     where x.indrelid = any($1::text[]::regclass[]) and not x.indisprimary`, [tables])
  for (const { drop } of rows) await db.query(drop)
  return rows.map(({ make: again }) => again)
}
