/** Routing by its settings and its explanations, on a running hub. One hub for all: starting it is what takes the time. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { lockConversationOfContact } from '#server/features/conversations/conversations.steps.ts'
import { enterQueue } from '#server/features/queues/entries.steps.ts'
import { newId } from '#server/platform/ids.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { answer, arrive, type Work } from '../support/work.ts'

let hub: TestHub
let robin: Staff
let sam: Staff
let lena: Staff
let wei: Staff
let service: { id: string }
beforeAll(async () => {
  hub = await startTestHub({ simulator: false })
  ;[robin, sam, lena, wei] = await Promise.all([hub.signIn('robin'), hub.signIn('sam'), hub.signIn('lena'), hub.signIn('wei')])
  service = (await robin.must('GET', '/queues')).items.find((queue: { name: string }) => queue.name === 'Service')
})
afterAll(() => hub.stop())
afterEach(async () => {
  for (const staff of [lena, wei]) await staff.call('POST', '/presence', { presence: 'offline' })
  for (const { id } of (await robin.must('GET', '/contacts?list=all')).items) await robin.must('POST', `/contacts/${id}/spam`)
  for (const staff of [lena, wei]) await staff.call('POST', '/presence', { presence: 'offline' })
  await hub.quiet()
})

const change = (body: object) => robin.must('PATCH', `/queues/${service.id}`, body)
const available = (staff: Staff) => staff.must('POST', '/presence', { presence: 'available' })
const contact = (work: Work) => robin.must('GET', `/contacts/${work.contactId}`)

async function waiting(): Promise<Work> {
  const work = await arrive(hub)
  await hub.quiet()
  return work
}

test('a queue that accepts for its members asks nobody', async () => {
  await change({ autoAccept: true })
  await available(lena)
  const work = await waiting()
  expect(await contact(work)).toMatchObject({ state: 'active', ownerId: lena.id })
  expect((await robin.must('GET', `/contacts/${work.contactId}/why`)).offers).toMatchObject([{ agentId: lena.id, result: 'accepted', reason: 'least-loaded' }])
  await change({ autoAccept: false })
})

test('from a queue to pull from nothing is offered; its members take', async () => {
  await change({ pull: true })
  await available(lena)
  const work = await waiting()
  expect(await contact(work)).toMatchObject({ state: 'waiting', waitReason: 'pull-queue' })
  expect(await robin.must('GET', `/contacts/${work.contactId}/why`)).toMatchObject({ reason: 'pull-queue', offers: [], history: [{ reason: 'pull-queue' }] })
  await lena.must('POST', `/contacts/${work.contactId}/accept`)
  expect(await contact(work)).toMatchObject({ state: 'active', ownerId: lena.id })
  await change({ pull: false })
})

test('whoever answers a waiting contact has it', async () => {
  await lena.must('POST', '/presence', { presence: 'break', reason: 'lunch' })
  const work = await waiting()
  await answer(lena, work, 'I am on it.', 'lunch-answer')
  expect(await contact(work)).toMatchObject({ state: 'active', ownerId: lena.id })
  expect(await hub.db.query('select state, owner_id as "ownerId" from contact where id = $1', [work.contactId])).toEqual([{ state: 'active', ownerId: lena.id }])
})

test('a second choice is asked only when no first choice can', async () => {
  const { members } = await robin.must('GET', `/queues/${service.id}`)
  await change({ members: members.map((member: { agentId: string }) => ({ ...member, priority: member.agentId === lena.id ? 2 : 1, units: member.agentId === lena.id ? { sms: 60 } : {} })) })
  await Promise.all([available(lena), available(wei)])
  const work = await waiting()
  const why = await robin.must('GET', `/contacts/${work.contactId}/why`)
  expect(why.offers).toMatchObject([{ agentId: wei.id, nextThree: [lena.id], result: null }])
  await wei.must('POST', `/offers/${why.offers[0].id}/decline`, {})
  await hub.quiet()
  // The dearer contact is what the member's own units say.
  expect(await hub.db.one('select agent_id as "agentId", deferred_units as units from offer where contact_id = $1 and ended_at is null', [work.contactId])).toEqual({ agentId: lena.id, units: 60 })
  await change({ members })
})

test('the preview says who would get one like it, and why nobody', async () => {
  const french = await robin.must('POST', '/skills', { name: 'French' })
  const preview = (body: object) => sam.must('POST', `/queues/${service.id}/preview`, { channel: 'sms', ...body })
  expect(await preview({})).toMatchObject({ agentId: null, reason: 'nobody-staffed', ahead: 0 })
  await available(lena)
  await available(wei)
  expect(await preview({})).toMatchObject({ agentId: expect.any(String), reason: 'least-loaded', nextThree: [expect.any(String)] })
  await robin.must('PATCH', `/staff/${wei.id}`, { skills: [{ skillId: french.id, level: 3 }] })
  const asks = (level: number) => ({ skills: [{ skillId: french.id, level }] })
  expect(await preview(asks(3))).toMatchObject({ agentId: wei.id, excluded: { 'skill-missing': { agentIds: expect.arrayContaining([lena.id]) } } })
  expect(await preview(asks(4))).toMatchObject({ agentId: null, reason: 'nobody-has-the-skills' })
  await change({ rings: [{ afterMs: 60_000, levelsDown: 1 }] })
  expect(await preview(asks(4))).toMatchObject({ agentId: null, nextChangeAt: expect.any(String) })
  expect(await preview({ ...asks(4), waitedMs: 60_000 })).toMatchObject({ agentId: wei.id, skills: [{ skillId: french.id, level: 3 }] })
  expect(await lena.call('POST', `/queues/${service.id}/preview`, { channel: 'sms' })).toMatchObject({ status: 403 })
  await change({ rings: [], overflow: { rules: [{ when: { is: 'wait', ms: 60_000 }, then: { do: 'message', withinMs: 3_600_000 } }] } })
  expect(await preview(asks(4))).toMatchObject({ agentId: null, overflow: null })
  expect(await preview({ ...asks(4), waitedMs: 60_000 })).toMatchObject({ agentId: null, overflow: { do: 'message', because: 'wait', queueId: null, promisedAt: expect.any(String) } })
  await change({ overflow: {} })
})

test('the preview knows the head start of stage and class, and those of a customer it names', async () => {
  await change({ headStart: { perPriorityStepMs: 60_000, stageMs: { 'at-risk': 600_000 }, classMs: { A: 300_000, C: 0 } } })
  const one = await waiting()
  const preview = (body: object) => sam.must('POST', `/queues/${service.id}/preview`, { channel: 'sms', ...body })
  expect(await preview({})).toMatchObject({ headStartMs: 0 })
  expect(await preview({ stage: 'at-risk' })).toMatchObject({ headStartMs: 600_000 })
  expect(await preview({ valueClass: 'A', stage: 'loyal', priority: 1 })).toMatchObject({ headStartMs: 360_000 })
  expect(await preview({ valueClass: 'C' })).toMatchObject({ headStartMs: 0 })
  await hub.db.execute(`insert into customer_standing (customer_id, stage, value_class, reasons, frequency, since, computed_at) values ($1, 'at-risk', 'A', '[]', 1, now(), now()) on conflict (customer_id) do update set stage = 'at-risk', value_class = 'A'`, [one.customerId])
  expect(await preview({ customerId: one.customerId, stage: 'prospect', valueClass: 'C' })).toMatchObject({ headStartMs: 900_000 })
  await change({ headStart: {} })
})

test('a contact that arrives in the moment its customer’s stage changes has the rank of the new stage', async () => {
  await change({ headStart: { stageMs: { prospect: 600_000 } } })
  const { contactId, conversationId, customerId } = await waiting()
  await hub.db.execute('delete from customer_standing where customer_id = $1', [customerId])
  await hub.db.execute(`update queue_entry set ended_at = now(), result = 'moved' where contact_id = $1 and ended_at is null`, [contactId])
  const [entered, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const arrival = hub.db.tx(async (tx) => {
    const now = hub.context.clock.now()
    await lockConversationOfContact(tx, contactId, now)
    await enterQueue(tx, { contactId, conversationId, queueId: service.id, demand: 'messages', channel: 'sms', workableAt: now }, now)
    await tx.query('select 1')
    entered.resolve()
    await mayCommit.promise
  })
  await entered.promise
  let isDone = false
  const stage = robin.must('PUT', `/customers/${customerId}/value`, { orders: 0 }).finally(() => { isDone = true })
  // It ends before the arrival does, or waits for it.
  await expect.poll(async () => isDone || (await hub.db.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).length > 0).toBe(true)
  mayCommit.resolve()
  await arrival
  expect((await stage).stage).toBe('prospect')
  const { headStartMs } = await hub.db.one<{ headStartMs: number }>('select (extract(epoch from enqueued_at - rank_at) * 1000)::int as "headStartMs" from queue_entry where contact_id = $1 and ended_at is null', [contactId])
  expect(headStartMs).toBe(600_000)
  await change({ headStart: {} })
})

test('why a contact waits is kept whenever it changes, with whom routing looked at', async () => {
  const work = await waiting()
  expect(await robin.must('GET', `/contacts/${work.contactId}/why`)).toMatchObject({ waiting: true, reason: 'nobody-staffed', excluded: { offline: { count: expect.any(Number) } }, ahead: 0, expected: null, history: [{ reason: 'nobody-staffed' }] })
  const behind = await waiting()
  expect(await robin.must('GET', `/contacts/${behind.contactId}/why`)).toMatchObject({ ahead: 1 })
  await robin.must('POST', `/contacts/${behind.contactId}/spam`)
  await available(lena)
  await hub.quiet()
  const [offer] = (await robin.must('GET', `/contacts/${work.contactId}/why`)).offers
  await lena.must('POST', `/offers/${offer.id}/decline`, { reason: 'busy' })
  await hub.quiet()
  const why = await robin.must('GET', `/contacts/${work.contactId}/why`)
  expect(why).toMatchObject({ reason: 'everybody-refused', nextChangeAt: expect.any(String), excluded: { 'refused-recently': { agentIds: [lena.id] } }, offers: [{ agentId: lena.id, result: 'declined', excluded: {} }] })
  // What it was decided on: read before the offer was made, which changed both.
  const { snapshot, offeredAt } = why.offers[0]
  expect(new Date(snapshot.at).getTime()).toBeLessThanOrEqual(new Date(offeredAt).getTime())
  const now = await hub.db.one<{ entry: number; agent: number }>('select e.version as entry, s.version as agent from queue_entry e, agent_state s where e.contact_id = $1 and s.agent_id = $2', [work.contactId, lena.id])
  expect(snapshot.entryVersion).toBeGreaterThan(0)
  expect([snapshot.entryVersion < now.entry, snapshot.agentVersion < now.agent]).toEqual([true, true])
  expect(why.history.map((one: { reason: string }) => one.reason)).toEqual(['everybody-refused', 'nobody-staffed'])
})

test('ahead are those who could take the same agents: by skills, with the rings that are open', async () => {
  const [spanish, french] = (await Promise.all(['Spanish', 'French'].map((name) => robin.must('POST', '/skills', { name: `${name} ahead` })))).map(({ id }: { id: string }) => id)
  await hub.db.execute('insert into agent_skill (agent_id, skill_id, level) values ($1, $2, 3), ($3, $4, 3)', [lena.id, spanish, wei.id, french])
  const [first, second] = [await waiting(), await waiting()]
  const asks = (work: Work, skillId: string | undefined, level: number) =>
    hub.db.execute('update queue_entry set skills = $2 where contact_id = $1 and ended_at is null', [work.contactId, JSON.stringify(skillId ? [{ skillId, level }] : [])])
  const ahead = async (): Promise<number> => (await robin.must('GET', `/contacts/${second.contactId}/why`)).ahead
  expect(await ahead(), 'anybody may take both').toBe(1)
  await asks(first, spanish, 3)
  expect(await ahead(), 'who speaks Spanish may take mine').toBe(1)
  await asks(second, french, 2)
  expect(await ahead(), 'nobody speaks both').toBe(0)
  await hub.db.execute('insert into agent_skill (agent_id, skill_id, level) values ($1, $2, 1)', [lena.id, french])
  expect(await ahead(), 'not well enough').toBe(0)
  // The one in front has waited for its ring, which is open to who speaks none; then for both rings, which ask for less.
  const ring = (afterMs: number, levelsDown: number, dropSkillIds: unknown[]) => ({ afterMs, levelsDown, dropSkillIds })
  const since = (work: Work, minutes: number) => hub.db.execute(`update queue_entry set workable_at = $2 where contact_id = $1 and ended_at is null`, [work.contactId, new Date(Date.now() - minutes * 60_000)])
  await change({ rings: [ring(60_000, 0, [spanish])] })
  expect(await ahead(), 'not open yet').toBe(0)
  await since(first, 2)
  expect(await ahead(), 'who speaks no Spanish may take the first').toBe(1)
  await asks(first, spanish, 3)
  await since(second, 2)
  await change({ rings: [ring(60_000, 1, []), ring(70_000, 1, [])] })
  expect(await ahead(), 'French at level one is enough for mine now').toBe(1)
  await change({ rings: [] })
  await hub.db.execute('delete from agent_skill where skill_id = any($1::uuid[])', [[spanish, french]])
})

test('whom routing looked at is forgotten after 30 days, its rule is not', async () => {
  await available(lena)
  const [old, young] = [await waiting(), await waiting()]
  const offerOf = (work: Work) => hub.db.one<{ id: string; decision: object }>('select id, decision from offer where contact_id = $1', [work.contactId])
  const longAgo = new Date(Date.now() - 31 * 86_400_000)
  await hub.db.execute('update offer set id = $2 where contact_id = $1', [old.contactId, newId(longAgo)])
  await hub.db.execute(`insert into wait_reason (entry_id, at, reason) select id, $2, 'everybody-busy' from queue_entry where contact_id = $1`, [old.contactId, longAgo])
  await hub.db.execute(`update setting set updated_at = $1, value = to_jsonb('00000000-0000-7000-8000-000000000000'::text) where key = 'routing-decisions-forgotten'`, [longAgo])
  await hub.sweep()
  expect((await offerOf(old)).decision).toEqual({ reason: 'least-loaded' })
  expect((await offerOf(young)).decision).toMatchObject({ reason: 'least-loaded', nextThree: [], excludedByReason: {} })
  expect(await hub.db.query('select 1 from wait_reason where at <= $1', [longAgo])).toEqual([])
})

test('a text nobody can answer in time is promised one once, and then goes to another queue at the rank it had', async () => {
  const sales = (await robin.must('GET', '/queues')).items.find((queue: { name: string }) => queue.name === 'Sales')
  await change({ overflow: { rules: [{ when: { is: 'nobody-staffed' }, then: { do: 'message', withinMs: 4 * 3_600_000 } }, { when: { is: 'wait', ms: 60_000 }, then: { do: 'queue', queueId: sales.id } }] } })
  const work = await waiting()
  const promises = () => hub.db.query(`select 1 from message where contact_id = $1 and direction = 'outbound'`, [work.contactId])
  expect(await contact(work)).toMatchObject({ state: 'waiting', queueId: service.id, promisedAt: expect.any(String) })
  expect(await promises()).toHaveLength(1)
  const { rankAt } = await hub.db.one<{ rankAt: Date }>('select rank_at as "rankAt" from queue_entry where contact_id = $1', [work.contactId])
  await hub.db.execute(`update queue_entry set workable_at = workable_at - interval '61 seconds', overflow_at = least(overflow_at, now()) where contact_id = $1 and ended_at is null`, [work.contactId])
  await hub.sweep()
  await hub.quiet()
  expect(await contact(work)).toMatchObject({ state: 'waiting', queueId: sales.id })
  expect(await hub.db.query('select queue_id as "queueId", result, rank_at as "rankAt" from queue_entry where contact_id = $1 order by enqueued_at', [work.contactId])).toEqual([{ queueId: service.id, result: 'overflowed', rankAt }, { queueId: sales.id, result: null, rankAt }])
  expect(await promises()).toHaveLength(1)
  await change({ overflow: {} })
})
