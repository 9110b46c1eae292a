/** Thousands of clocks in the database: a year of them by a clock of the test, stepped back and forth. */
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fireClocks } from '#server/features/sla/sla.usecases.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { surveyContext } from './surveys-world.ts'
import { makeWorld, type World } from './support/customer-world.ts'
import { makeClocks } from '../../bench/timers-data.ts'

const dayMs = 86_400_000
const yearStart = new Date('2026-01-01T00:00:00Z')
let t: TestDatabase
let world: World
let context: ReturnType<typeof surveyContext>
beforeAll(async () => {
  t = await createTestDatabase()
  world = await makeWorld(t.db)
  await t.db.execute(`update sla_policy set targets = '[]'`)
  await t.db.execute('update queue set sla_policy_id = $1', [world.policyId])
  context = surveyContext(t.db, yearStart)
})
afterAll(() => t.drop())

async function clocks(count: number, dueAt: (n: number) => Date): Promise<void> {
  const db = new Client({ connectionString: t.url })
  await db.connect()
  await makeClocks(db, Array.from({ length: count }, (_, n) => dueAt(n)))
  await db.end()
}

const wrong = () => t.db.query(
  `select s.id from sla_clock s
   left join (select contact_id, count(*) as n from event where type = 'sla.breached' group by 1) e on e.contact_id = s.contact_id
   left join (select contact_id, count(*) as n from message where data->'system'->>'code' = 'sla-breached' group by 1) m on m.contact_id = s.contact_id
   where s.breached_at is null or s.breached_at < s.due_at or e.n is distinct from 1 or m.n is distinct from 1`)

test('a year of 10,000 timers, 30 % moved before they fire, the clock stepped back and forth by an hour', { timeout: 60_000 }, async () => {
  const slots = 40
  await clocks(10_000, (n) => new Date(yearStart.getTime() + (1 + (n * 7919) % slots) * (365 / (slots + 2)) * dayMs))
  await t.db.execute(`update sla_clock set due_at = due_at + interval '1 day' where right(id::text, 1) in ('0', '1', '2', '3', '4')`)
  const jumps = [0, -3_600_000, 3_600_000]
  let fired = 0
  for (let look = 0; ; look++) {
    const next = await t.db.one<{ at: Date | null }>(`select min(due_at) as at from sla_clock where state = 'running' and breached_at is null`)
    if (!next.at) break
    context.clock.set(new Date(next.at.getTime() - 1))
    expect((await fireClocks(context)).fired).toBe(0)
    context.clock.set(new Date(next.at.getTime() + jumps[look % 3]!))
    fired += (await fireClocks(context)).fired
    context.clock.set(next.at)
    fired += (await fireClocks(context)).fired
  }
  expect(fired).toBe(10_000)
  expect(await wrong()).toEqual([])
})

test('clocks on whose breach nobody acts fire to the same rows, told in the same rooms, as any others', async () => {
  const policy = await t.db.one<{ id: string }>('select sla_policy_id as id from queue where sla_policy_id is not null limit 1')
  const dueAt = new Date(context.clock.now().getTime() + dayMs)
  const made = `contact_id in (select contact_id from sla_clock where due_at = $1 and kind = 'resolution')`
  // Warned, warned twice, never, late for a warning; and a second clock of the same contact.
  const kinds = [`warn_shares = '{}'`, `warn_shares = '{0.5,0.8}', warned_share = 0.5, warned_at = started_at, warn_at = due_at - interval '1 second'`, `warn_shares = '{0.8}', warned_share = 0.8, warned_at = started_at`, `warn_shares = '{0.2,0.9}', warn_at = started_at`]
  const told = async (steps: object[]): Promise<{ rooms: string[] }[]> => {
    await t.db.execute('update sla_policy set steps = $2::jsonb where id = $1', [policy.id, JSON.stringify(steps)])
    await clocks(40, () => dueAt)
    const ids = (await t.db.query<{ id: string }>('select id from sla_clock where due_at = $1 and breached_at is null order by id', [dueAt])).map((row) => row.id)
    for (const [n, set] of kinds.entries()) await t.db.execute(`update sla_clock set ${set} where id = any($1::uuid[])`, [ids.filter((_, i) => i % 4 === n)])
    await t.db.execute(
      `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, warn_shares, state, started_at, intervals, due_at)
       select gen_random_uuid(), contact_id, conversation_id, 'first-response', policy_id, queue_id, channel, target_ms, '{}', state, started_at, intervals, due_at + interval '1 ms' from sla_clock where id = any($1::uuid[])`, [ids.slice(0, 12)])
    // Owned; owned and offered to somebody else; offered; of a restricted queue; seen by a second team.
    const these = 'in (select contact_id from sla_clock where id = any($1::uuid[]))'
    const [owner, offered] = world.agentIds
    await t.db.execute(`update contact set owner_id = $2 where id ${these}`, [ids.slice(0, 12), owner])
    await t.db.execute(
      `insert into offer (id, contact_id, conversation_id, agent_id, kind, channel, live_units, deferred_units, offered_at, expires_at)
       select gen_random_uuid(), id, conversation_id, $2, 'contact', 'email', 0, 20, now(), now() + interval '1 year' from contact where id ${these}`, [ids.slice(8, 16), offered])
    await t.db.execute(`update contact set state = 'offered' where id ${these}`, [ids.slice(12, 16)])
    await t.db.execute(`update contact set queue_id = $2 where id ${these}`, [ids.slice(4, 20), world.queueIds[2]])
    await t.db.execute(`insert into conversation_team (conversation_id, team_id) select conversation_id, $2 from contact where id ${these} on conflict do nothing`, [ids.slice(0, 28), world.teamIds[1]])
    context.clock.set(new Date(dueAt.getTime() + 5_000))
    expect((await fireClocks(context)).fired).toBe(40 + 10 + 20 + 12)
    const rows = await t.db.query<{ rooms: string[] }>(
      `select s.kind, s.warn_shares, s.warned_share, s.warned_at, s.warn_at, s.breached_at, s.version, c.version > 1 as is_touched, c.updated_at, m.seq, m.at, m.kind as item, m.channel, m.direction, m.status, m.text, m.data,
         co.last_seq, co.last_message_at, co.version as conversation_version, e.data - 'contactIds' - 'messageIds' - 'version' as refs, e.data->'version' is not null as has_version, e.at as told_at, e.data->'contactIds'->>0 = c.id::text as is_own,
         array(select replace(room, e.conversation_id::text, 'this') from unnest(e.rooms) room order by 1) as rooms
       from sla_clock s join contact c on c.id = s.contact_id join conversation co on co.id = c.conversation_id
       join message m on m.contact_id = c.id and m.data->'system'->'facts'->>'target' = s.kind join event e on e.contact_id = c.id and e.type = 'sla.breached' and e.data->'messageIds'->>0 = m.id::text
       where s.contact_id in (select contact_id from sla_clock where due_at = $1) order by s.kind, s.warn_shares::text, s.warned_share, co.last_seq, rooms`, [dueAt])
    await t.db.execute(`update sla_clock set due_at = due_at - interval '1 hour' where ${made}`, [dueAt])
    return rows
  }
  const plain = await told([])
  expect(plain).toHaveLength(52)
  expect(new Set(plain.map((row) => JSON.stringify(row.rooms))).size).toBeGreaterThan(5)
  // The same policy with a step that finds nobody: its clocks go the long way.
  expect(await told([{ share: 1, actions: [{ kind: 'notify', agentIds: [], teamIds: [], owner: false, supervisors: false }] }])).toEqual(plain)
})
