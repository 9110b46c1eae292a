import express from 'express'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FollowUp } from '#contract/api/followups.ts'
import type { Role } from '#contract/words.ts'
import { createBoard } from '#server/features/reports/board.ts'
import { reportRoutes } from '#server/features/reports/reports.routes.ts'
import { followUpRoutes } from '#server/features/followups/followups.routes.ts'
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
  mountRoutes(app, [...followUpRoutes(w.context), ...reportRoutes({ ...w.context, board } as never), ...surveyRoutes(w.context)], {
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
    expect({ kind, ownerId, dueInMs: Date.parse(dueAt) - w.clock.now().getTime() }).toEqual({ kind: 'complaint', ownerId: null, dueInMs: 24 * 3_600_000 })
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

  test('of somebody else is theirs; a supervisor may hand it over, which is recorded', async () => {
    const { id } = await complaint()
    await call(agent(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.agentId })
    expect((await call(agent(1), 'PATCH', `/follow-ups/${id}`, { ownerId: w.world.agentIds[1] })).body.code).toBe('follow-up.not-owner')
    expect((await call(supervisor(), 'PATCH', `/follow-ups/${id}`, { ownerId: w.world.agentIds[1] })).body).toMatchObject({ ownerId: w.world.agentIds[1] })
    expect(await w.db.maybe(`select 1 from audit_entry where action = 'follow-up.assigned' and target_id = $1 and actor_id = $2`, [id, w.world.supervisorId])).toBeDefined()
    expect((await call(supervisor(), 'PATCH', `/follow-ups/${id}`, { ownerId: newId() })).body.code).toBe('follow-up.unknown')
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
