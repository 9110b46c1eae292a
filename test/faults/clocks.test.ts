/** Clocks warn and breach exactly once: with two workers at once, and when one is killed between claim and effect. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fireClocks } from '#server/features/sla/sla.usecases.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { startChild } from '../support/kill.ts'
import { arrive } from '../support/work.ts'

let hub: TestHub
let other: TestHub
beforeAll(async () => {
  hub = await startTestHub({ simulator: false, works: false })
  other = await startTestHub({ simulator: false, works: false, databaseUrl: hub.databaseUrl, redisUrl: hub.config.redisUrl })
})
afterAll(async () => {
  await other.stop()
  await hub.stop()
})

async function dueContacts(n: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < n; i++) ids.push((await arrive(hub)).contactId)
  await hub.db.execute(`update sla_clock set warn_at = clock_timestamp() - interval '2 seconds', due_at = clock_timestamp() - interval '1 second' where contact_id = any($1::uuid[]) and kind = 'first-response'`, [ids])
  return ids
}

async function expectFiredOnce(contactIds: string[]): Promise<void> {
  expect(await hub.db.query(
    `select c.id from contact c where c.id = any($1::uuid[]) and (
       (select count(*) from event e where e.contact_id = c.id and e.type = 'sla.breached') <> 1
       or (select count(*) from message m where m.contact_id = c.id and m.data->'system'->>'code' = 'sla-breached') <> 1
       or (select count(*) from sla_clock s where s.contact_id = c.id and s.warned_at is not null and s.breached_at is not null) <> 1)`, [contactIds])).toEqual([])
  await expectInvariants(hub.db)
}

test('two workers at once', async () => {
  const ids = await dueContacts(10)
  await Promise.all([hub, other, hub, other].map(({ context }) => fireClocks(context)))
  await fireClocks(hub.context)
  await expectFiredOnce(ids)
})

test('killed between claim and effect, with steps to take', { timeout: 30_000 }, async () => {
  await hub.db.execute('update sla_policy set steps = $1', [JSON.stringify([{ share: 0.8, actions: [] }, { share: 1, actions: [{ kind: 'notify', agentIds: [hub.staffId('priya')], teamIds: [], owner: false, supervisors: false }, { kind: 'raise-priority', by: 2 }] }])])
  const ids = await dueContacts(3)
  const worker = await startChild({ databaseUrl: hub.databaseUrl, like: hub.config, role: 'worker', redisUrl: hub.config.redisUrl, fault: 'sla.claimed', diesEarly: true })
  expect(await worker.ended).toBe('SIGKILL')
  await Promise.all([fireClocks(hub.context), fireClocks(other.context)])
  await expectFiredOnce(ids)
  expect(await hub.db.query(
    `select c.priority, (select count(*)::int from notification n where n.contact_id = c.id) as told, (select count(*)::int from sla_escalation e where e.contact_id = c.id and e.state = 'done') as taken
     from contact c where c.id = any($1::uuid[])`, [ids])).toEqual(ids.map(() => ({ priority: 2, told: 1, taken: 2 })))
})
