/** Moving work between people and queues, and asking for help, on a running hub. One hub for all: starting it is what takes the time. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openOffersOf } from '#server/features/routing/offers.views.ts'
import { until } from '../support/deadline.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { answer, arrive, type Work } from '../support/work.ts'

let hub: TestHub
let robin: Staff
let sam: Staff
let lena: Staff
let wei: Staff
let priya: Staff
const queues = new Map<string, string>()
beforeAll(async () => {
  hub = await startTestHub({ simulator: false })
  ;[robin, sam, lena, wei, priya] = await Promise.all([hub.signIn('robin'), hub.signIn('sam'), hub.signIn('lena'), hub.signIn('wei'), hub.signIn('priya')])
  for (const { id, name } of (await robin.must('GET', '/queues')).items) queues.set(name, id)
})
afterAll(() => hub.stop())
afterEach(async () => {
  for (const staff of [lena, wei, priya]) await staff.call('POST', '/presence', { presence: 'offline' })
  for (const { id } of (await robin.must('GET', '/contacts?list=all')).items) await robin.must('POST', `/contacts/${id}/spam`)
  for (const staff of [lena, wei, priya]) await staff.call('POST', '/presence', { presence: 'offline' })
  await hub.quiet()
})

const available = (staff: Staff) => staff.must('POST', '/presence', { presence: 'available' })
const read = (work: Work) => robin.must('GET', `/contacts/${work.contactId}`)
const post = (staff: Staff, work: Work, action: string, body: object = {}) => staff.must('POST', `/contacts/${work.contactId}/${action}`, body)
const openOffer = (work: Work) => hub.db.maybe<{ id: string; agentId: string; kind: string }>('select id, agent_id as "agentId", kind from offer where contact_id = $1 and ended_at is null', [work.contactId])
const facts = async (work: Work): Promise<string[]> => (await hub.db.query<{ code: string }>(`select data->'system'->>'code' as code from message where contact_id = $1 and kind = 'system' order by seq`, [work.contactId])).map((row) => row.code)

/** A stranger's text that this agent has taken. */
async function owned(by: Staff): Promise<Work> {
  await available(by)
  const work = await arrive(hub)
  await hub.quiet()
  await post(by, work, 'accept')
  await hub.quiet()
  return work
}

test('a colleague who declines a transfer leaves it with its owner, whose summary stays in the conversation', async () => {
  const work = await owned(lena)
  await available(wei)
  await post(lena, work, 'transfer', { agentId: wei.id, note: 'Wants a refund for the Arc lamp. Paid with 4111 1111 1111 1111.' })
  const offer = await openOffer(work)
  expect(offer).toMatchObject({ agentId: wei.id, kind: 'transfer' })
  await wei.must('POST', `/offers/${offer?.id}/decline`, { reason: 'busy' })
  await hub.quiet()
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: lena.id })
  expect(await facts(work)).toContain('transfer-declined')
  expect(await hub.db.one(`select text, agent_id as "agentId" from message where contact_id = $1 and kind = 'note'`, [work.contactId])).toEqual({ text: 'Wants a refund for the Arc lamp. Paid with •••• •••• •••• 1111.', agentId: lena.id })
  expect(await hub.db.one('select note from offer where id = $1', [offer?.id])).toEqual({ note: 'Wants a refund for the Arc lamp. Paid with •••• •••• •••• 1111.' })
  await post(lena, work, 'transfer', { agentId: wei.id })
  await wei.must('POST', `/offers/${(await openOffer(work))?.id}/accept`)
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: wei.id })
})

test('who signs out in the moment they are given something is given nothing', async () => {
  const work = await owned(lena)
  for (const [by, action] of [[lena, 'transfer'], [sam, 'assign']] as const) {
    await available(wei)
    let asking: Promise<{ status: number }> | undefined
    await hub.db.tx(async (tx) => {
      await tx.execute(`update agent_state set presence = 'offline' where agent_id = $1`, [wei.id])
      asking = by.call('POST', `/contacts/${work.contactId}/${action}`, { agentId: wei.id })
      await until('it to wait for them', () => hub.db.maybe(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
    })
    expect((await asking)?.status).toBeGreaterThanOrEqual(400)
    expect([await openOffer(work), (await read(work)).ownerId]).toEqual([undefined, lena.id])
  }
})

test('who acts on a contact in the moment it moves into a queue of others alone does nothing to it', async () => {
  const work = await arrive(hub)
  await hub.quiet()
  const others = await hub.db.one<{ id: string }>('select q.id from queue q where not exists (select 1 from team_member m where m.team_id = q.team_id and m.agent_id = $1) order by q.id limit 1', [lena.id])
  let asking: Promise<{ status: number }> | undefined
  await hub.db.tx(async (tx) => {
    await tx.query('select 1 from conversation where id = $1 for update', [work.conversationId])
    await tx.execute('update queue set restricted = true where id = $1', [others.id])
    await tx.execute('update contact set queue_id = $2 where id = $1', [work.contactId, others.id])
    asking = lena.call('POST', `/contacts/${work.contactId}/needs`, { urgent: true })
    await until('it to wait for the move', () => hub.db.maybe(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
  })
  expect((await asking)?.status).toBe(404)
  expect(await hub.db.one('select urgent from contact where id = $1', [work.contactId])).toEqual({ urgent: false })
  await hub.db.execute('update queue set restricted = false where id = $1', [others.id])
})

test('who asked a colleague sees that they are being asked, and takes it back before they answer; nobody else may', async () => {
  const work = await owned(lena)
  await available(wei)
  for (const action of ['transfer', 'consult']) {
    await post(lena, work, action, { agentId: wei.id })
    const offer = await openOffer(work)
    const seenBy = async ({ id }: Staff) => (await openOffersOf(hub.db, id)).map((one) => one.id)
    expect([await seenBy(lena), await seenBy(wei), await seenBy(priya)]).toEqual([[offer?.id], [offer?.id], []])
    for (const stranger of [priya, wei]) expect(await stranger.call('POST', `/offers/${offer?.id}/take-back`)).toMatchObject({ status: 404 })
    await lena.must('POST', `/offers/${offer?.id}/take-back`)
    await hub.quiet()
    expect(await openOffer(work)).toBeUndefined()
    expect(await hub.db.one('select result, reason from offer where id = $1', [offer?.id])).toEqual({ result: 'withdrawn', reason: 'taken-back' })
    expect(await wei.call('POST', `/offers/${offer?.id}/accept`)).toMatchObject({ status: 409 })
    expect(await lena.call('POST', `/offers/${offer?.id}/take-back`)).toMatchObject({ status: 409 })
  }
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: lena.id })
})

test('a transfer to a skill goes to who has it, in the contact’s own queue', async () => {
  const { id } = await robin.must('POST', '/skills', { name: 'Wiring' })
  await robin.must('PATCH', `/staff/${wei.id}`, { skills: [{ skillId: id, level: 3 }] })
  const work = await owned(lena)
  await post(lena, work, 'transfer', { skills: [{ skillId: id, level: 3 }], note: null })
  await hub.quiet()
  expect(await read(work)).toMatchObject({ state: 'waiting', ownerId: null, skills: [{ skillId: id, level: 3 }] })
  expect(await robin.must('GET', `/contacts/${work.contactId}/why`)).toMatchObject({ reason: 'nobody-has-the-skills', skills: [{ skillId: id, level: 3 }] })
  await available(wei)
  await hub.quiet()
  expect(await openOffer(work)).toMatchObject({ agentId: wei.id, kind: 'contact' })
  await post(robin, work, 'needs', { skills: [] })
  expect(await lena.call('POST', `/contacts/${work.contactId}/transfer`, {})).toMatchObject({ status: 409, code: 'contact.not-owner' })
})

test('given back, a contact stands at the front of its queue', async () => {
  const first = await owned(lena)
  const { rankAt } = await hub.db.one<{ rankAt: Date }>('select rank_at as "rankAt" from queue_entry where contact_id = $1', [first.contactId])
  await lena.must('POST', '/presence', { presence: 'break', reason: 'lunch' })
  await post(lena, first, 'return', { note: 'I have to leave.' })
  expect(await read(first)).toMatchObject({ state: 'waiting', ownerId: null })
  expect(await hub.db.one('select rank_at as "rankAt" from queue_entry where contact_id = $1 and ended_at is null', [first.contactId])).toEqual({ rankAt })
  expect(await facts(first)).toContain('contact-returned')
})

test('a colleague who helps sees the contact and may write, and it stays its owner’s', async () => {
  const work = await owned(lena)
  await available(priya)
  // Priya is of another team: she sees nothing of this customer before she is asked.
  expect((await priya.call('GET', `/contacts/${work.contactId}`)).status).toBe(404)
  await post(lena, work, 'consult', { agentId: priya.id, note: 'Which fuse?' })
  expect(await lena.call('POST', `/contacts/${work.contactId}/consult`, { agentId: wei.id })).toMatchObject({ status: 400, code: 'transfer.no-target' })
  const offer = await openOffer(work)
  expect(offer).toMatchObject({ agentId: priya.id, kind: 'consult' })
  await priya.must('POST', `/offers/${offer?.id}/accept`)
  await hub.quiet()
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: lena.id, consultantIds: [priya.id] })
  expect((await priya.must('GET', '/contacts?list=mine')).items).toMatchObject([{ id: work.contactId }])
  await answer(priya, work, 'The one of two amperes.', 'priya-helps-1')
  await hub.quiet()
  expect(await read(work)).toMatchObject({ ownerId: lena.id, unanswered: false })
  expect(await lena.call('POST', `/contacts/${work.contactId}/consult`, { agentId: priya.id })).toMatchObject({ status: 409, code: 'contact.already-helping' })
  await post(priya, work, 'leave-consult')
  expect(await read(work)).toMatchObject({ ownerId: lena.id, consultantIds: [] })
  expect(await facts(work)).toEqual(expect.arrayContaining(['consult-joined', 'consult-left']))
})

test('a queue or a skill that is asked for help asks the best of its people, and the next when they cannot; the contact stays where it is', async () => {
  const work = await owned(lena)
  const { queueId } = await read(work)
  const ask = (body: object) => lena.call('POST', `/contacts/${work.contactId}/consult`, body)
  expect(await ask({})).toMatchObject({ status: 400, code: 'transfer.no-target' })
  expect(await ask({ queueId })).toMatchObject({ status: 409, code: 'consult.nobody-free' })
  const fuses = await robin.must('POST', '/skills', { name: 'Fuses' })
  for (const [staff, level] of [[wei, 3], [priya, 4]] as const) await robin.must('PATCH', `/staff/${staff.id}`, { skills: [{ skillId: fuses.id, level }] })
  await available(wei)
  await available(priya)
  // A skill is looked for in the whole company, a queue among its members: Priya is not one.
  expect((await ask({ skills: [{ skillId: fuses.id, level: 4 }], note: 'Which fuse?' })).status).toBe(204)
  expect(await openOffer(work)).toMatchObject({ agentId: priya.id, kind: 'consult' })
  await priya.must('POST', `/offers/${(await openOffer(work))?.id}/decline`, {})
  expect(await openOffer(work)).toBeUndefined()
  expect(await facts(work)).toEqual(expect.arrayContaining(['consult-declined', 'consult-nobody']))
  expect((await ask({ skills: [{ skillId: fuses.id, level: 3 }], note: 'Which fuse?' })).status).toBe(204)
  const asked = await openOffer(work)
  expect(asked).toMatchObject({ agentId: wei.id, kind: 'consult' })
  expect((await robin.must('GET', `/contacts/${work.contactId}/why`)).offers[0]).toMatchObject({ agentId: wei.id, kind: 'consult', reason: 'least-loaded', excluded: { 'refused-recently': { agentIds: [priya.id] } } })
  await wei.must('POST', `/offers/${asked?.id}/accept`)
  await hub.quiet()
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: lena.id, queueId, consultantIds: [wei.id] })
  await post(wei, work, 'leave-consult')
  // Of two who can, one cannot now: the other is asked without a word of the owner.
  await hub.db.execute(`update offer set ended_at = ended_at - interval '2 minutes' where contact_id = $1 and ended_at is not null`, [work.contactId])
  expect((await ask({ skills: [{ skillId: fuses.id, level: 1 }] })).status).toBe(204)
  const first = await openOffer(work)
  await (first?.agentId === wei.id ? wei : priya).must('POST', `/offers/${first?.id}/decline`, {})
  const second = await openOffer(work)
  expect([first?.agentId, second?.agentId].sort()).toEqual([wei.id, priya.id].sort())
  expect(await hub.db.one('select from_agent_id as "from", kind from offer where id = $1', [second?.id])).toEqual({ from: lena.id, kind: 'consult' })
  await robin.must('POST', `/contacts/${work.contactId}/spam`)
})

test('a consult that is missed stays with the owner; one that runs ends with the contact', async () => {
  const work = await owned(lena)
  await available(wei)
  await post(lena, work, 'consult', { agentId: wei.id })
  await hub.db.execute('update offer set expires_at = offered_at where contact_id = $1 and ended_at is null', [work.contactId])
  await hub.runTimers()
  expect(await read(work)).toMatchObject({ state: 'active', ownerId: lena.id, consultantIds: [] })
  expect(await facts(work)).toContain('consult-timed-out')
  await available(wei)
  await post(lena, work, 'consult', { agentId: wei.id })
  await wei.must('POST', `/offers/${(await openOffer(work))?.id}/accept`)
  await post(lena, work, 'spam')
  expect(await hub.db.query(`select left_reason as reason from consult where agent_id = $1 and left_at is not null`, [wei.id])).toContainEqual({ reason: 'closed' })
  expect(await read(work)).toMatchObject({ state: 'closed', consultantIds: [] })
})

test('a supervisor assigns within capacity, and over it only when they say so; both are kept', async () => {
  await robin.must('PATCH', `/staff/${wei.id}`, { deferredUnits: 25 })
  const [one, two] = [await arrive(hub), await arrive(hub)]
  await available(wei)
  await hub.quiet()
  await post(sam, one, 'assign', { agentId: wei.id })
  expect(await sam.call('POST', `/contacts/${two.contactId}/assign`, { agentId: wei.id })).toMatchObject({ status: 409, code: 'agent.full', body: { facts: { reason: 'no-units', mayOverride: 1 } } })
  await post(sam, two, 'assign', { agentId: wei.id, override: true, note: 'Please do this first.' })
  expect(await read(two)).toMatchObject({ state: 'active', ownerId: wei.id })
  expect(await hub.db.query('select override from assignment where agent_id = $1 and released_at is null order by accepted_at', [wei.id])).toEqual([{ override: false }, { override: true }])
  expect(await hub.db.query(`select target_id as id, facts from audit_entry where action = 'contact.assigned' order by id`)).toMatchObject([{ id: one.contactId, facts: { agentId: wei.id, override: false } }, { id: two.contactId, facts: { override: true } }])
  expect((await facts(two)).at(-1)).toBe('contact-assigned')
  expect(await lena.call('POST', `/contacts/${two.contactId}/assign`, { agentId: lena.id })).toMatchObject({ status: 403 })
  expect(await sam.call('POST', `/contacts/${two.contactId}/assign`, { agentId: priya.id })).toMatchObject({ status: 400, code: 'transfer.no-target' })
  // Over capacity nothing more is offered.
  const third = await arrive(hub)
  await hub.quiet()
  expect(await read(third)).toMatchObject({ state: 'waiting' })
  await robin.must('PATCH', `/staff/${wei.id}`, { deferredUnits: 100 })
})

test('all work of somebody absent is shown and moved at once', async () => {
  const [first, second, third] = [await owned(lena), await owned(lena), await owned(lena)]
  await answer(lena, third, 'We will see.', 'lena-answers-1')
  await post(lena, third, 'pend')
  await robin.must('PATCH', `/staff/${wei.id}`, { deferredUnits: 30 })
  await available(wei)
  expect(await sam.must('GET', `/agents/${lena.id}/work`)).toMatchObject({ contacts: 3, offers: 0, items: [{ id: first.contactId }, { id: second.contactId }, { id: third.contactId, state: 'pending' }] })
  expect(await lena.call('GET', `/agents/${lena.id}/work`)).toMatchObject({ status: 403 })
  expect(await sam.must('POST', `/agents/${lena.id}/move-work`, { toAgentId: wei.id })).toEqual({ toAgent: 1, toQueues: 2 })
  expect(await read(first)).toMatchObject({ state: 'active', ownerId: wei.id })
  expect(await read(second)).toMatchObject({ state: 'waiting', ownerId: null })
  expect(await read(third)).toMatchObject({ state: 'pending', ownerId: null })
  expect(await hub.db.one('select presence, load from agent_state where agent_id = $1', [lena.id])).toEqual({ presence: 'offline', load: 'idle' })
  expect(await sam.must('GET', `/agents/${lena.id}/work`)).toMatchObject({ contacts: 0, items: [] })
  expect(await hub.db.one(`select facts from audit_entry where action = 'agent.work-moved'`)).toMatchObject({ facts: { to: wei.id } })
  await robin.must('PATCH', `/staff/${wei.id}`, { deferredUnits: 100 })
})

test('what becomes urgent moves forward in the line', async () => {
  const [older, younger] = [await arrive(hub), await arrive(hub)]
  await post(sam, younger, 'needs', { urgent: true, priority: 2 })
  expect(await read(younger)).toMatchObject({ urgent: true, priority: 2 })
  const line = await hub.db.query<{ contactId: string }>('select contact_id as "contactId" from queue_entry where ended_at is null and contact_id = any($1) order by rank_at', [[older.contactId, younger.contactId]])
  expect(line.map((row) => row.contactId)).toEqual([younger.contactId, older.contactId])
})

test('who waits is ranked anew, forward and back, when what decides their place changes', async () => {
  const work = await arrive(hub)
  const place = () => hub.db.one<{ rankAt: Date; enqueuedAt: Date; queueId: string }>('select rank_at as "rankAt", enqueued_at as "enqueuedAt", queue_id as "queueId" from queue_entry where contact_id = $1 and ended_at is null', [work.contactId])
  const ahead = async () => place().then(({ rankAt, enqueuedAt }) => (enqueuedAt.getTime() - rankAt.getTime()) / 60_000)
  const { queueId } = await place()
  const settings = (change: object) => robin.must('PATCH', `/queues/${queueId}`, change)
  const tier = async (to: string) => robin.must('PATCH', `/customers/${work.customerId}`, { version: (await robin.must('GET', `/customers/${work.customerId}`)).version, tier: to })
  const { headStart, slaMarginMs } = await robin.must('GET', `/queues/${queueId}`)
  const minutes = (n: number) => n * 60_000
  await settings({ headStart: {}, slaMarginMs: 0 })
  const usual = await ahead()

  await post(sam, work, 'needs', { priority: 2 })
  expect(await ahead()).toBe(10)
  await post(sam, work, 'needs', { priority: 0 })
  expect(await ahead()).toBe(usual)
  await tier('gold')
  expect(await ahead()).toBe(5)
  await settings({ headStart: { tierMs: { silver: minutes(3) } } })
  expect(await ahead(), 'what a queue leaves open is as usual').toBe(5)
  await settings({ headStart: { tierMs: { gold: minutes(7) }, stageMs: { customer: minutes(20) }, classMs: { A: minutes(30) } } })
  expect(await ahead()).toBe(7)
  await robin.must('PUT', `/customers/${work.customerId}/value`, { value: 1_000_000, orders: 3, lastOrderAt: new Date().toISOString() })
  expect(await ahead()).toBe(57)
  await robin.must('PUT', `/customers/${work.customerId}/value`, { value: null, orders: null, lastOrderAt: null })
  expect(await ahead()).toBe(7)
  await settings({ headStart: {}, slaMarginMs: minutes(24 * 60) })
  expect(await ahead(), 'its promise less the margin').toBeGreaterThan(60)
  await settings({ slaMarginMs: 0 })
  expect(await ahead()).toBe(5)

  // Whoever went back to the front keeps that place: less urgent than before, it is not sent behind it.
  await available(lena)
  await hub.quiet()
  await post(lena, work, 'accept')
  const { rankAt: before } = await hub.db.one<{ rankAt: Date }>('select rank_at as "rankAt" from queue_entry where contact_id = $1', [work.contactId])
  await lena.must('POST', '/presence', { presence: 'break', reason: 'lunch' })
  await post(lena, work, 'return')
  await tier('standard')
  expect((await place()).rankAt).toEqual(before)
  await post(sam, work, 'needs', { urgent: true, priority: 9 })
  expect((await place()).rankAt.getTime()).toBeLessThan(before.getTime())
  await post(sam, work, 'needs', { urgent: false, priority: 0 })
  expect((await place()).rankAt).toEqual(before)
  await settings({ headStart, slaMarginMs })
})

test('who writes first takes the contact, over their limit too, which is kept', async () => {
  const work = await owned(lena)
  await robin.must('POST', `/contacts/${work.contactId}/spam`)
  await hub.db.execute('update agent set deferred_units = 20 where id = $1', [lena.id])
  await answer(lena, work, 'One more thing.', `first-${work.contactId}`)
  const first = await hub.db.one('select a.agent_id as "agentId", a.override from contact c join assignment a on a.contact_id = c.id where c.conversation_id = $1 and c.state <> \'closed\'', [work.conversationId])
  expect(first).toEqual({ agentId: lena.id, override: true })
  await hub.db.execute('update agent set deferred_units = 100 where id = $1', [lena.id])
})
