/** Thousands of clocks in the database: a year of them by a clock of the test, stepped back and forth. */
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fireClocks } from '#server/features/sla/sla.usecases.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { surveyContext } from './surveys-world.ts'
import { makeWorld } from './support/customer-world.ts'
import { makeClocks } from '../../bench/timers-data.ts'

const dayMs = 86_400_000
const yearStart = new Date('2026-01-01T00:00:00Z')
let t: TestDatabase
let context: ReturnType<typeof surveyContext>
beforeAll(async () => {
  t = await createTestDatabase()
  const world = await makeWorld(t.db)
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
