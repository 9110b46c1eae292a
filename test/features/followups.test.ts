import express from 'express'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FollowUp } from '#contract/api/followups.ts'
import type { Role } from '#contract/words.ts'
import { createBoard } from '#server/features/reports/board.ts'
import { reportRoutes } from '#server/features/reports/reports.routes.ts'
import { followUpRoutes } from '#server/features/followups/followups.routes.ts'
import { notificationRoutes } from '#server/features/notifications/notifications.routes.ts'
import { releaseFollowUps } from '#server/features/followups/followups.steps.ts'
import { commit } from '#server/platform/effects.ts'
import { sweepFollowUps } from '#server/features/followups/overdue.usecases.ts'
import { sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { surveyRoutes } from '#server/features/surveys/surveys.routes.ts'
import { lastHandlers, mountRoutes } from '#server/platform/http.ts'
import { createRealtime } from '#server/platform/realtime/realtime.ts'
import { newId } from '#server/platform/ids.ts'
import { startSurveyWorld } from './surveys-world.ts'

let w: Awaited<ReturnType<typeof startSurveyWorld>>
let origin: string
let close: () => Promise<void>
beforeAll(async () => {
  w = await startSurveyWorld()
  const realtime = await createRealtime({ logger: w.context.logger, isAllowed: async () => true })
  const board = createBoard({ ...w.context, realtime })
  const app = express()
  mountRoutes(app, [...followUpRoutes(w.context), ...notificationRoutes(w.context), ...reportRoutes({ ...w.context, board } as never), ...surveyRoutes(w.context)], {
    // Who somebody is, is not what these tests are about.
    authenticate: async ({ headers }) => {
      const [staffId, role] = String(headers['x-staff'] ?? '').split(' ')
      return staffId ? { staffId, role: role as Role, sessionId: undefined, name: 'Somebody', email: 'somebody@example.com', locale: 'en' } : undefined
    },
    clock: w.clock, logger: w.context.logger, publicOrigin: 'https://help.example.com', allowOwnHost: true, checkResponses: true,
  })
  app.use(...lastHandlers({ logger: w.context.logger }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  realtime.attach(server)
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = async () => {
    board.close()
    await realtime.close()
    await w.stop()
  }
}, 60_000)
afterAll(() => close())

interface Answer<T> { status: number; body: T & { code?: string; facts?: Record<string, string>; items: T[] } }
async function call<T = FollowUp>(as: string, method: string, path: string, body?: object): Promise<Answer<T>> {
  const response = await fetch(`${origin}/api/v1${path}`, { method, headers: { 'x-staff': as, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}
const agent = (i = 0): string => `${w.world.agentIds[i]} agent`
const supervisor = (): string => `${w.world.supervisorId} supervisor`
const admin = (): string => `${w.world.supervisorId} admin`

async function complaint(): Promise<FollowUp> {
  const { conversationId } = await w.write(w.newPhone(), 'This is a disgrace')
  const contactId = await w.serve(conversationId, { complaint: true })
  const { body } = await call(agent(), 'GET', `/follow-ups?contactId=${contactId}`)
  expect(body.items).toHaveLength(1)
  return body.items[0]!
}

describe('a follow-up', () => {
  test('of a complaint is taken, and closed with remedy, cause, department and a check with the customer', async () => {
    const { body: shipping } = await call<{ id: string; name: string }>(admin(), 'POST', '/departments', { name: 'Shipping' })
    const { body: cause } = await call<{ id: string }>(admin(), 'POST', '/causes', { name: 'Parcel lost', departmentId: shipping.id })
    const { id, kind, ownerId, dueAt } = await complaint()
    expect({ kind, ownerId, dueInMs: Date.parse(dueAt) - w.clock.now().getTime() }).toEqual({ kind: 'complaint', ownerId: w.agentId, dueInMs: 24 * 3_600_000 })
    expect((await call(agent(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.agentId })).body).toMatchObject({ ownerId: w.agentId, state: 'open' })
    expect((await call(agent(), 'GET', '/follow-ups?view=mine')).body.items.map((one) => one.id)).toEqual([id])

    const closing = (change: object) => call(agent(), 'PATCH', `/follow-ups/${id}`, { state: 'closed', ...change })
    expect((await closing({})).body).toMatchObject({ code: 'follow-up.incomplete', facts: { missing: 'remedy' } })
    expect((await closing({ remedy: 'Sent again' })).body.facts).toEqual({ missing: 'cause' })
    expect((await closing({ remedy: 'Sent again', causeId: cause.id })).body.facts).toEqual({ missing: 'recheck' })
    const { status, body } = await closing({ remedy: 'Sent again', causeId: cause.id, isRechecked: true })
    expect(status).toBe(200)
    expect(body).toMatchObject({ state: 'closed', remedy: 'Sent again', causeId: cause.id, departmentId: shipping.id, recheckedAt: w.clock.now().toISOString(), closedAt: w.clock.now().toISOString() })
    expect((await closing({})).body.code).toBe('follow-up.closed')
    expect(await w.db.maybe(`select 1 from audit_entry where action = 'follow-up.closed' and target_id = $1`, [id])).toBeDefined()
  })

  test('is checked with the customer: a good answer closes the loop, a low one opens it again, silence ends it', async () => {
    const causes = (await call<{ id: string; departmentId: string }>(admin(), 'GET', '/causes')).body.items
    const phone = w.newPhone()
    const { conversationId } = await w.write(phone, 'The lamp came broken')
    const contactId = await w.serve(conversationId, { complaint: true })
    const [{ id }] = (await call(agent(), 'GET', `/follow-ups?contactId=${contactId}`)).body.items as [FollowUp]
    const recheck = () => call(agent(), 'POST', `/follow-ups/${id}/recheck`)
    const change = (to: object) => call(agent(), 'PATCH', `/follow-ups/${id}`, to)
    expect((await recheck()).body.facts).toEqual({ missing: 'remedy' })
    const handed = await change({ causeId: causes[0]!.id })
    expect(handed.body).toMatchObject({ departmentId: causes[0]!.departmentId, dueAt: new Date(w.clock.now().getTime() + 24 * 3_600_000).toISOString() })
    expect((await change({ remedy: 'Sent a new one' })).body).toMatchObject({ handledAt: w.clock.now().toISOString(), recheck: 'none' })
    expect((await recheck()).body).toMatchObject({ recheck: 'sent' })
    expect((await recheck()).body.code).toBe('follow-up.recheck-on-its-way')
    await sendDueSurveys(w.context)
    await w.delivered(contactId)
    w.clock.advance(1000)
    await w.write(phone, '1')
    w.clock.advance(1000)
    expect((await call(agent(), 'GET', `/follow-ups/${id}`)).body).toMatchObject({ state: 'open', handledAt: null, remedy: null, recheck: 'none', recheckScore: 1 })
    expect(await w.db.maybe(`select 1 from notification where kind = 'follow-up-again' and agent_id = $1 and facts->>'followUpId' = $2`, [w.agentId, id])).toBeDefined()
    await change({ remedy: 'Brought it in person' })
    w.clock.advance(60_000)
    await recheck()
    expect((await change({ state: 'closed' })).body).toMatchObject({ state: 'closed', recheck: 'sent' })
    await sendDueSurveys(w.context)
    await w.delivered(contactId)
    w.clock.advance(73 * 3_600_000)
    await sendDueSurveys(w.context)
    const { body } = await call<FollowUp & { steps: { step: string }[] }>(agent(), 'GET', `/follow-ups/${id}`)
    expect(body).toMatchObject({ state: 'closed', recheck: 'expired' })
    expect(body.steps.map(({ step }) => step)).toEqual(['recorded', 'handed-over', 'handled', 'recheck-sent', 'recheck-answered', 'opened-again', 'handled', 'recheck-sent', 'fed-back', 'recheck-expired'])
  })

  test('whose check nobody answered says so while it is open, and may be asked again or closed as it is', async () => {
    const [cause] = (await call(agent(), 'GET', '/causes')).body.items
    const { id, contactId } = await complaint()
    const read = async () => (await call<FollowUp & { steps: { step: string }[] }>(agent(), 'GET', `/follow-ups/${id}`)).body
    const ask = async () => {
      expect((await call(agent(), 'POST', `/follow-ups/${id}/recheck`)).body).toMatchObject({ recheck: 'sent' })
      await sendDueSurveys(w.context)
      await w.delivered(contactId!)
    }
    await call(agent(), 'PATCH', `/follow-ups/${id}`, { remedy: 'Sent a new one', causeId: cause!.id })
    await ask()
    w.clock.advance(73 * 3_600_000)
    await sendDueSurveys(w.context)
    expect(await read()).toMatchObject({ state: 'open', recheck: 'expired', handledAt: expect.any(String) })
    expect((await call(agent(), 'GET', `/follow-ups?contactId=${contactId}`)).body.items[0]).toMatchObject({ recheck: 'expired' })
    w.clock.advance(1000)
    await ask()
    await sendDueSurveys(w.context)
    expect(await read()).toMatchObject({ recheck: 'sent', recheckedAt: null })
    w.clock.advance(73 * 3_600_000)
    await sendDueSurveys(w.context)
    expect((await read()).steps.map(({ step }) => step).filter((step) => step.startsWith('recheck'))).toEqual(['recheck-sent', 'recheck-expired', 'recheck-sent', 'recheck-expired'])
    expect((await call(agent(), 'PATCH', `/follow-ups/${id}`, { state: 'closed' })).body).toMatchObject({ state: 'closed', recheck: 'expired' })
  })

  test('and its check run as long as the company says; what is open keeps its time', async () => {
    interface Rules { dueMs: number; recheckMs: number }
    const before = await complaint()
    expect((await call<Rules>(agent(), 'GET', '/follow-up-rules')).body).toEqual({ dueMs: 24 * 3_600_000, recheckMs: 72 * 3_600_000 })
    expect((await call(agent(), 'PATCH', '/follow-up-rules', { recheckMs: 3_600_000 })).status).toBe(403)
    expect((await call(admin(), 'PATCH', '/follow-up-rules', { recheckMs: 1 })).status).toBe(400)
    expect((await call<Rules>(admin(), 'PATCH', '/follow-up-rules', { recheckMs: 5 * 3_600_000 })).body).toEqual({ dueMs: 24 * 3_600_000, recheckMs: 5 * 3_600_000 })
    await call(admin(), 'PATCH', '/follow-up-rules', { dueMs: 2 * 3_600_000 })
    expect(await w.db.query(`select facts->>'fields' as fields, target_kind as kind from audit_entry where target_kind = 'follow-up-rules' order by id`)).toEqual([{ fields: 'recheckMs', kind: 'follow-up-rules' }, { fields: 'dueMs', kind: 'follow-up-rules' }])
    const { id, contactId, dueAt } = await complaint()
    expect([dueAt, (await call(agent(), 'GET', `/follow-ups/${before.id}`)).body.dueAt]).toEqual([new Date(w.clock.now().getTime() + 2 * 3_600_000).toISOString(), before.dueAt])
    await call(agent(), 'PATCH', `/follow-ups/${id}`, { remedy: 'Sent a new one' })
    await call(agent(), 'POST', `/follow-ups/${id}/recheck`)
    expect(await w.db.one('select expires_at as "expiresAt" from survey_invitation where contact_id = $1 and follow_up_id is not null', [contactId])).toEqual({ expiresAt: new Date(w.clock.now().getTime() + 5 * 3_600_000) })
    await w.db.execute(`delete from setting where key = 'follow-ups'`)
  })

  test('is marked overdue once, and opens by itself where a promise was missed by far', async () => {
    const { id } = await complaint()
    w.clock.advance(25 * 3_600_000)
    await sweepFollowUps(w.context)
    await sweepFollowUps(w.context)
    const { body } = await call<FollowUp & { steps: { step: string }[] }>(agent(), 'GET', `/follow-ups/${id}`)
    expect(body.overdueAt).toBe(body.dueAt)
    expect(body.steps.filter(({ step }) => step === 'overdue')).toHaveLength(1)

    const { conversationId } = await w.write(w.newPhone(), 'Where is it?')
    const contact = await w.db.one<{ id: string; queueId: string }>('select id, queue_id as "queueId" from contact where conversation_id = $1', [conversationId])
    const from = w.clock.now()
    const late = (minutes: number) => [{ does: 'run', from, to: null, workedMs: null, because: 'turn-started' }, { does: 'pause', from, to: from, workedMs: minutes * 60_000, because: 'closed' }]
    await w.db.execute(
      `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, breached_at) values ($1, $2, $3, 'first-response', $4, $5, 'sms', 600000, 'running', $6, $7, $8)`,
      [newId(), contact.id, conversationId, newId(), contact.queueId, from, JSON.stringify(late(0)), new Date(from.getTime() + 600_000)])
    const opened = () => w.db.query('select kind, source->>\'clockKind\' as "clockKind", (source->>\'lateMs\')::int as "lateMs" from follow_up where contact_id = $1', [contact.id])
    w.clock.advance(19 * 60_000)
    await sweepFollowUps(w.context)
    expect(await opened()).toEqual([])
    w.clock.advance(60_000)
    await sweepFollowUps(w.context)
    await sweepFollowUps(w.context)
    expect(await opened()).toEqual([{ kind: 'late', clockKind: 'first-response', lateMs: 600_000 }])
  })

  test('opens where a promise was missed by far by its own hours, however long it was and however many others are waited for', async () => {
    const calendarId = newId()
    await w.db.execute(`insert into calendar (id, name, time_zone, periods, exceptions) values ($1, 'Mondays only', 'UTC', '[{"weekday":1,"from":"09:00","to":"10:00"}]', '[]')`, [calendarId])
    const now = w.clock.now().getTime()
    const clocks = async (count: number, target: { ms: number; breachedMsAgo: number; hours: object | null }) => {
      const { conversationId } = await w.write(w.newPhone(), 'Where is it?')
      const from = new Date(now - target.breachedMsAgo - target.ms)
      await w.db.execute(
        `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, breached_at)
         select gen_random_uuid(), c.id, $1, 'resolution', $2, c.queue_id, 'sms', $3, 'running', $4, $5, $6 from contact c, generate_series(1, $7) where c.conversation_id = $1`,
        [conversationId, newId(), target.ms, from, JSON.stringify([{ does: 'run', from, to: null, workedMs: null, because: 'turn-started', until: null, hours: target.hours }]), new Date(now - target.breachedMsAgo), count])
      return async () => (await w.db.query(`select 1 from follow_up f where f.conversation_id = $1 and kind = 'late'`, [conversationId])).length
    }
    const day = 24 * 3_600_000
    // Their hours let them run an hour a week: late by little, whatever a clock on the wall says.
    const closed = await clocks(201, { ms: 8 * 3_600_000, breachedMsAgo: 5 * day, hours: { id: calendarId, version: 1 } })
    const weeks = await clocks(1, { ms: 10 * day, breachedMsAgo: 10 * day, hours: null })
    const fresh = await clocks(1, { ms: 600_000, breachedMsAgo: 600_000, hours: null })
    await sweepFollowUps(w.context)
    expect([await closed(), await weeks(), await fresh()]).toEqual([0, 1, 1])
    await w.db.execute(`update sla_clock set state = 'cancelled', ended_at = $1 where kind = 'resolution'`, [w.clock.now()])
  })

  test('of somebody else is theirs; a supervisor may hand it over, which is recorded', async () => {
    const { id } = await complaint()
    await call(agent(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.agentId })
    expect((await call(agent(1), 'PATCH', `/follow-ups/${id}`, { ownerId: w.world.agentIds[1] })).body.code).toBe('follow-up.not-owner')
    expect((await call(supervisor(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.world.agentIds[1] })).body).toMatchObject({ ownerId: w.world.agentIds[1] })
    expect(await w.db.maybe(`select 1 from audit_entry where action = 'follow-up.assigned' and target_id = $1 and actor_id = $2`, [id, w.world.supervisorId])).toBeDefined()
    expect((await call(supervisor(), 'PATCH', `/follow-ups/${id}`, { ownerId: newId() })).body.code).toBe('follow-up.unknown')
  })

  test('of somebody who is gone is nobody’s, and found as that; what is done is listed the last first', async () => {
    await w.db.execute(`update follow_up set owner_id = null where state = 'open'`)
    const { id } = await complaint()
    const unowned = async () => (await call(supervisor(), 'GET', '/follow-ups?view=unowned')).body.items.map((one) => one.id)
    expect(await unowned()).not.toContain(id)
    expect(await commit(w.context, w.clock.now(), (tx, effects) => releaseFollowUps(tx, w.agentId, w.world.supervisorId, w.clock.now(), effects))).toBe(1)
    expect(await unowned()).toContain(id)
    expect((await call<FollowUp & { steps: { step: string; facts: object }[] }>(supervisor(), 'GET', `/follow-ups/${id}`)).body.steps.at(-1)).toMatchObject({ step: 'assigned', facts: { ownerId: null } })
    const closed = await call(supervisor(), 'GET', '/follow-ups?state=closed&limit=2')
    const next = await call(supervisor(), 'GET', `/follow-ups?state=closed&limit=100&cursor=${encodeURIComponent(String((closed.body as unknown as { nextCursor: string }).nextCursor))}`)
    const times = [...closed.body.items, ...next.body.items].map(({ closedAt }) => closedAt!)
    expect(times.length).toBeGreaterThan(2)
    expect(times).toEqual(times.toSorted().reverse())
  })

  test('is told to whoever gets it; one that runs over, or is not right, to whom it may concern', async () => {
    const { id } = await complaint()
    const told = async () => (await w.db.query<{ to: string }>(`select kind || ' ' || agent_id as "to" from notification where facts->>'followUpId' = $1 order by id`, [id])).map(({ to }) => to)
    const [first, second, boss] = [w.agentId, w.world.agentIds[1]!, w.world.supervisorId]
    expect(await told()).toEqual([`follow-up-given ${first}`])
    await call(agent(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.agentId })
    await call(supervisor(), 'PATCH', `/follow-ups/${id}`, { ownerId: second })
    w.clock.advance(25 * 3_600_000)
    await sweepFollowUps(w.context)
    await sweepFollowUps(w.context)
    expect((await told()).slice(1).sort()).toEqual([`follow-up-given ${second}`, `follow-up-overdue ${second}`, `follow-up-overdue ${boss}`].sort())
    // The customer is named to those who have them in sight when they read it.
    await w.db.execute(`insert into notification (id, agent_id, kind, facts, at) values ($1, $2, 'follow-up-given', $3, $4)`, [newId(w.clock.now()), w.world.agentIds[2], JSON.stringify({ followUpId: id, kind: 'complaint' }), w.clock.now()])
    const named = async (as: string) => (await call<{ items: { customerLabel: string | null; facts: { followUpId?: string } }[] }>(as, 'GET', '/notifications')).body.items.find(({ facts }) => facts.followUpId === id)?.customerLabel
    expect(await named(supervisor())).toMatch(/^\+/)
    expect(await named(agent(2))).toBeNull()
  })

  test('is out of sight for an agent of another team', async () => {
    const { id } = await complaint()
    expect((await call(agent(2), 'GET', `/follow-ups/${id}`)).status).toBe(404)
    expect((await call(agent(2), 'PATCH', `/follow-ups/${id}`, { ownerId: w.world.agentIds[2] })).status).toBe(404)
    expect((await call(agent(2), 'GET', '/follow-ups')).body.items.map((one) => one.id)).not.toContain(id)
    expect((await call('', 'GET', '/follow-ups')).status).toBe(401)
  })

  test('is opened by hand with a time, and listed when that has passed', async () => {
    const { conversationId } = await w.write(w.newPhone(), 'Hello')
    const { customerId } = await w.db.one<{ customerId: string }>('select customer_id as "customerId" from conversation where id = $1', [conversationId])
    const dueAt = new Date(w.clock.now().getTime() + 60_000).toISOString()
    const made = await call(agent(), 'POST', '/follow-ups', { customerId, title: 'Ask whether the lamp works', dueAt })
    expect(made).toMatchObject({ status: 201, body: { kind: 'other', state: 'open', dueAt } })
    const due = async () => (await call(agent(), 'GET', `/follow-ups?view=due&customerId=${customerId}`)).body.items.length
    expect(await due()).toBe(0)
    w.clock.advance(60_000)
    expect(await due()).toBe(1)
    expect(await w.db.maybe(`select 1 from event where type = 'follow-up.opened' and data->'facts'->>'followUpId' = $1`, [made.body.id])).toBeDefined()
  })

  test('lists go on from page to page', async () => {
    for (let i = 0; i < 3; i++) await complaint()
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body }: Answer<FollowUp> = await call(supervisor(), 'GET', `/follow-ups?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
      seen.push(...body.items.map((one) => one.id))
      cursor = (body as unknown as { nextCursor: string | null }).nextCursor
    }
    const all = await w.db.query<{ id: string }>(`select id from follow_up where state = 'open' order by due_at, id`)
    expect(seen).toEqual(all.map((one) => one.id))
  })
})

describe('the board and the answers', () => {
  test('are for supervisors', async () => {
    for (const path of ['/board', '/board/rows?figure=waiting', '/survey-responses']) {
      expect([path, (await call(agent(), 'GET', path)).status]).toEqual([path, 403])
      expect([path, (await call(supervisor(), 'GET', path)).status]).toEqual([path, 200])
    }
  })

  test('rows come with the entry that was counted', async () => {
    await w.write(w.newPhone(), 'I wait')
    w.clock.advance(30_000)
    const { body } = await call<{ state: string; counted: { waitMs: number; result: null } }>(supervisor(), 'GET', '/board/rows?figure=waiting&limit=1')
    expect(body.items).toMatchObject([{ state: 'waiting', counted: { waitMs: 30_000, result: null, isHit: false } }])
    expect((await call(supervisor(), 'GET', '/board/rows?figure=nonsense')).status).toBe(400)
  })
})

test('departments and causes are renamed, retired when nothing is left to them, and used again', async () => {
  const { body: depot } = await call<{ id: string }>(admin(), 'POST', '/departments', { name: 'Depot' })
  const { body: dented } = await call<{ id: string }>(admin(), 'POST', '/causes', { name: 'Dented', departmentId: depot.id })
  const changed = (path: string, to: object) => call<object & { code?: string; facts?: object }>(admin(), 'PATCH', path, to)
  const names = async (path: string): Promise<string[]> => (await call<{ items: { name: string }[] }>(agent(), 'GET', path)).body.items.map(({ name }) => name)
  expect((await changed(`/causes/${dented.id}`, { name: 'Parcel lost' })).body.code).toBe('follow-up.name-taken')
  expect((await changed(`/causes/${dented.id}`, { name: 'Came dented' })).body).toEqual({ id: dented.id, name: 'Came dented', departmentId: depot.id, retiredAt: null })
  const { id } = await complaint()
  await call(agent(), 'PATCH', `/follow-ups/${id}`, { causeId: dented.id })
  expect((await changed(`/departments/${depot.id}`, { isRetired: true })).body).toMatchObject({ code: 'settings.in-use', facts: { by: 'follow-ups', count: 1 } })
  await call(agent(), 'PATCH', `/follow-ups/${id}`, { remedy: 'Sent again', isRechecked: true })
  await call(agent(), 'PATCH', `/follow-ups/${id}`, { state: 'closed' })
  expect((await changed(`/departments/${depot.id}`, { isRetired: true })).body).toMatchObject({ code: 'settings.in-use', facts: { by: 'causes', count: 1 } })
  expect((await changed(`/causes/${dented.id}`, { isRetired: true })).body).toMatchObject({ retiredAt: w.clock.now().toISOString(), departmentId: depot.id })
  expect((await changed(`/departments/${depot.id}`, { isRetired: true })).status).toBe(200)
  expect([await names('/causes'), await names('/departments')].flat()).not.toContain('Depot')
  expect([await names('/causes?retired=true'), await names('/departments?retired=true')]).toEqual([['Came dented'], ['Depot']])
  expect((await changed(`/causes/${dented.id}`, { isRetired: false })).body.code).toBe('follow-up.unknown')
  await changed(`/departments/${depot.id}`, { isRetired: false })
  expect((await changed(`/causes/${dented.id}`, { isRetired: false })).body).toMatchObject({ retiredAt: null })
  expect((await call(agent(), 'PATCH', `/causes/${dented.id}`, { name: 'No' })).status).toBe(403)
  expect(await w.db.maybe(`select 1 from audit_entry where action = 'settings.retired' and target_id = $1`, [depot.id])).toBeDefined()
})
