/**
 * Twenty people take one contact at once, over two server processes, a worker beside them: one has it, the rest are told who was
 * faster. The other processes take their time to start.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStaff } from '#server/features/staff/staff.steps.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { chance, countOr, isLong } from '../support/long.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { arrive } from '../support/work.ts'
import { workInACrowd } from './support/crowd.ts'

const people = 20
const rounds = countOr(2)

let redis: TestRedis | null = null
let hub: TestHub
let robin: Staff
let keys: string[]

beforeAll(async () => {
  redis = hasRedis ? await startRedis() : null
  hub = await startTestHub({ simulator: false, redisUrl: redis?.url, scaledOut: true })
  robin = await hub.signIn('robin')
  const now = new Date()
  const team = await hub.db.one<{ id: string }>(`select id from team where name = 'Service'`)
  const queue = await hub.db.one<{ id: string }>(`select id from queue where name = 'Service'`)
  keys = []
  for (let i = 0; i < people; i++) {
    const id = await hub.db.tx((tx) => createStaff(tx, { email: `racer${i}@hillside.example`, name: `Racer ${i}`, role: 'agent', locale: 'en', passwordHash: 'none', teamIds: [team.id], queueIds: [queue.id], at: now }))
    // On a break: nobody is offered it by routing, everybody may take it.
    await hub.db.execute(`insert into agent_state (agent_id, presence, reason, since, load_since, idle_since) values ($1, 'break', 'lunch', $2, $2, $2) on conflict (agent_id) do update set presence = 'break', reason = 'lunch'`, [id, now])
    await hub.db.execute('update agent set deferred_units = 100000 where id = $1', [id]) // whoever wins often still has room
    keys.push((await robin.must('POST', '/api-keys', { name: `racer ${i}`, staffId: id })).key)
  }
})
afterAll(async () => {
  await hub.stop()
  redis?.stop()
})

test('one wins, nineteen are told who was faster', { timeout: 60_000 * rounds }, async () => {
  const by = chance()
  for (let round = 0; round < rounds; round++) {
    const { contactId } = await arrive(hub)
    const at = by.shuffle(keys.map((_, i) => (i % 2 === 0 ? hub.url : hub.otherUrl)))
    const answers = await Promise.all(keys.map(async (key, i) => {
      const response = await fetch(`${at[i]}/api/v1/contacts/${contactId}/accept`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })
      return { status: response.status, body: (await response.json()) as { code?: string; facts?: { by?: string } } }
    }))
    const won = answers.findIndex((answer) => answer.status === 200)
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const owner = await hub.db.one<{ name: string }>('select a.name from assignment s join agent a on a.id = s.agent_id where s.contact_id = $1 and s.released_at is null', [contactId])
    expect(owner.name).toBe(`Racer ${won}`)
    const rest = answers.filter((answer) => answer.status !== 200)
    expect(rest.map(({ status, body }) => ({ status, code: body.code, by: body.facts?.by }))).toEqual(Array.from({ length: people - 1 }, () => ({ status: 409, code: 'contact.taken', by: owner.name })))
  }
  await expectInvariants(hub.db)
})

test.skipIf(isLong)('a crowd in front of a line longer than it can hold: all are served or told why not, and nobody is forgotten', { timeout: 30_000 }, async () => {
  const { told } = await workInACrowd(hub, { agents: 30, waiting: 200, by: chance() })
  expect(told['accept']).toBeGreaterThan(100)
})
