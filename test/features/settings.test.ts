import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccountById } from '#server/features/settings/channel-accounts.steps.ts'
import { newId } from '#server/platform/ids.ts'
import { openApiDocument, openObjects } from '#server/platform/openapi.ts'
import { type Api, foreignId, startApi } from './support/api.ts'

let api: Api
let admin = ''
let agentId = ''
let agent = ''
let supervisor = ''
let teamId = ''
beforeAll(async () => {
  api = await startApi()
  admin = (await api.staff('admin', 'Ada')).cookie
  const someone = await api.staff('agent', 'Ben')
  ;[agentId, agent] = [someone.id, someone.cookie]
  supervisor = (await api.staff('supervisor', 'Sue')).cookie
  teamId = (await post('/teams', { name: 'Service', memberIds: [agentId] })).body.id
})
afterAll(() => api.stop())

const post = (path: string, body?: object, as = admin) => api.call('POST', path, { as, ...(body === undefined ? {} : { body }) })
const patch = (path: string, body: object) => api.call('PATCH', path, { as: admin, body })
const get = (path: string, as = admin) => api.call('GET', path, { as })
const makeQueue = async (name: string, body: object = {}) => (await post('/queues', { name, teamId, ...body })).body.id as string

test('every route refuses who is not signed in, who has the wrong role, and ids that name nothing', async () => {
  const rank = { agent: 0, supervisor: 1, admin: 2 }
  for (const route of api.routes) {
    const path = route.path.replace('/api/v1', '').replaceAll(/:\w+/g, foreignId())
    const body = route.body === undefined ? {} : { body: {} }
    if (route.roles === 'public') continue
    expect([route.path, (await api.call(route.method, path, body)).status]).toEqual([route.path, 401])
    if (route.roles === 'signed-in') continue
    for (const [role, as] of [['agent', agent], ['supervisor', supervisor]] as const) {
      const got = await api.call(route.method, path, { as, ...body })
      expect([route.path, role, got.status === 403]).toEqual([route.path, role, !route.roles.includes(role)])
    }
    expect(Math.max(...route.roles.map((role) => rank[role]))).toBe(2)
  }
  for (const [method, path, body] of [
    ['GET', '/queues/', undefined], ['PATCH', '/queues/', { name: 'x' }], ['POST', '/queues/:id/retire', {}], ['GET', '/channel-accounts/', undefined], ['PATCH', '/channel-accounts/', { name: 'x' }],
    ['POST', '/channel-accounts/:id/retire', undefined], ['POST', '/channel-accounts/:id/test', undefined], ['PATCH', '/teams/', { name: 'xx' }], ['POST', '/teams/:id/retire', undefined],
    ['PATCH', '/skills/', { name: 'xx' }], ['POST', '/skills/:id/retire', undefined], ['PATCH', '/dispositions/', { name: 'xx' }], ['POST', '/dispositions/:id/retire', undefined],
    ['PATCH', '/calendars/', { name: 'xx' }], ['POST', '/calendars/:id/retire', undefined], ['PATCH', '/sla-policies/', { name: 'xx' }], ['POST', '/sla-policies/:id/retire', undefined],
    ['PATCH', '/surveys/', { name: 'xx' }], ['POST', '/surveys/:id/retire', undefined], ['GET', '/staff/', undefined], ['PATCH', '/staff/', { name: 'x' }], ['POST', '/staff/:id/retire', undefined],
    ['DELETE', '/staff/:id/sessions', undefined], ['DELETE', '/staff/:id/two-factor', undefined], ['DELETE', '/invites/', undefined], ['DELETE', '/api-keys/', undefined],
  ] as const) {
    const target = path.includes(':id') ? path.replace(':id', foreignId()) : path + foreignId()
    expect([method, path, (await api.call(method, target, { as: admin, ...(body === undefined ? {} : { body }) })).status]).toEqual([method, path, 404])
  }
})

test('the API describes itself, and no object in it is open', () => {
  expect(api.routes.flatMap(openObjects)).toEqual([])
  const document = openApiDocument(api.routes)
  expect(Object.keys(document.paths ?? {}).length).toBeGreaterThan(30)
  expect(document.components?.schemas).toHaveProperty('ChannelAccount')
})

test('a queue with members, skills and hours works at once and is told to all screens', async () => {
  const skill = (await post('/skills', { name: 'Greek' })).body.id
  const calendar = await post('/calendars', { name: 'Always', timeZone: 'Europe/Berlin', periods: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })) })
  expect(calendar).toMatchObject({ status: 201, body: { isOpen: true, exceptions: [] } })
  const policy = await post('/sla-policies', { name: 'Fast', targets: [{ kind: 'first-response', channel: null, targetMs: 60_000 }], calendarId: calendar.body.id })
  expect(policy).toMatchObject({ status: 201, body: { steps: [{ share: 0.8, actions: [] }], applies: null, position: 0 } })
  const survey = (await post('/surveys', { name: 'After', kind: 'csat' })).body
  const queue = await post('/queues', {
    name: 'Returns', teamId, calendarId: calendar.body.id, slaPolicyId: policy.body.id, surveyId: survey.id, memberIds: [agentId], skills: [{ skillId: skill, level: 2 }], restricted: true,
    headStart: { tierMs: { gold: 60_000 } }, offerTimeoutMs: { voice: 15_000 }, units: { email: 50 }, greeting: { en: 'Hello', zh: '您好' },
  })
  expect(queue).toMatchObject({ status: 201, body: { name: 'Returns', isOpen: true, waiting: 0, memberIds: [agentId], skills: [{ skillId: skill, level: 2 }], restricted: true, headStart: { tierMs: { gold: 60_000 } }, slaMarginMs: 60_000 } })
  expect((await get('/queues', agent)).body.items).toContainEqual(queue.body)
  expect((await patch(`/queues/${queue.body.id}`, { surveyId: null, units: { email: 20 } })).body).toMatchObject({ surveyId: null, units: { email: 20 }, name: 'Returns', version: 2 })
  expect(await api.db.query("select type, data, rooms from event where type = 'settings.changed' and data->>'settings' = 'queues' limit 1")).toMatchObject([{ rooms: ['staff'] }])
  expect(await post(`/skills/${skill}/retire`)).toMatchObject({ status: 409, code: 'settings.in-use' })
  expect(await post(`/calendars/${calendar.body.id}/retire`)).toMatchObject({ status: 409, code: 'settings.in-use' })
  expect(await post(`/sla-policies/${policy.body.id}/retire`)).toMatchObject({ status: 409, code: 'settings.in-use' })
  expect(await post(`/teams/${teamId}/retire`)).toMatchObject({ status: 409, code: 'settings.in-use', body: { facts: { by: 'queues' } } })
  expect((await post(`/surveys/${survey.id}/retire`)).status).toBe(204)
})

test.each<[string, object, number, string]>([
  ['no team', { name: 'a' }, 400, 'request.invalid'],
  ['an unknown team', { name: 'a', teamId: newId() }, 404, 'settings.unknown-reference'],
  ['an unknown calendar', { name: 'a', calendarId: newId() }, 404, 'settings.unknown-reference'],
  ['an unknown member', { name: 'a', memberIds: [newId()] }, 404, 'settings.unknown-reference'],
  ['an unknown overflow', { name: 'a', overflow: { rules: [{ when: { is: 'closed' }, then: { do: 'queue', queueId: newId() } }] } }, 404, 'settings.unknown-reference'],
  ['units nobody has', { name: 'a', units: { voice: 101 } }, 400, 'request.invalid'],
  ['no time to answer', { name: 'a', offerTimeoutMs: { voice: 0 } }, 400, 'request.invalid'],
  ['an unknown channel', { name: 'a', units: { fax: 1 } }, 400, 'request.invalid'],
  ['a blank name', { name: '  ' }, 400, 'request.invalid'],
])('a queue with %s is refused', async (_name, body, status, code) => {
  expect(await post('/queues', { ...(status === 400 && !('units' in body) && !('offerTimeoutMs' in body) ? {} : { teamId }), ...body })).toMatchObject({ status, code })
})

test.each<[string, object, string]>([
  ['no hours at all', { periods: [] }, 'never-open'],
  ['an unknown zone', { timeZone: 'Mars/Base' }, 'unknown-time-zone'],
  ['overlapping periods', { periods: [{ weekday: 1, from: '09:00', to: '13:00' }, { weekday: 1, from: '12:59', to: '17:00' }] }, 'overlaps'],
  ['a night that runs into the next morning', { periods: [{ weekday: 7, from: '22:00', to: '06:00' }, { weekday: 1, from: '05:00', to: '09:00' }] }, 'overlaps'],
  ['a holiday twice', { exceptions: [{ date: '2026-12-25', name: '', periods: [] }, { date: '2026-12-25', name: '', periods: [] }] }, 'date-twice'],
  ['a day that does not exist', { exceptions: [{ date: '2026-02-30', name: '', periods: [] }] }, 'invalid_format'],
  ['a ninth weekday', { periods: [{ weekday: 9, from: '09:00', to: '10:00' }] }, 'too_big'],
  ['a time that is none', { periods: [{ weekday: 1, from: '25:00', to: '26:00' }] }, 'invalid_format'],
])('hours with %s are refused with the reason', async (name, part, code) => {
  const got = await post('/calendars', { name, timeZone: 'Europe/Berlin', periods: [{ weekday: 1, from: '09:00', to: '17:00' }], ...part })
  expect(got).toMatchObject({ status: 400, code: 'request.invalid' })
  expect(got.body.errors.map((error: { code: string }) => error.code)).toContain(code)
})

test('periods that touch, nights and round the clock are hours', async () => {
  const periods = [{ weekday: 1, from: '09:00', to: '12:00' }, { weekday: 1, from: '12:00', to: '17:00' }, { weekday: 5, from: '22:00', to: '06:00' }]
  const made = await post('/calendars', { name: 'Split', timeZone: 'Asia/Shanghai', periods })
  expect(made.status).toBe(201)
  expect((await patch(`/calendars/${made.body.id}`, { periods: [...periods, { weekday: 6, from: '05:59', to: '07:00' }] })).status).toBe(400)
  expect((await patch(`/calendars/${made.body.id}`, { exceptions: [{ date: '2026-10-01', name: '国庆节', periods: [] }] })).body).toMatchObject({ periods, version: 2 })
  expect((await post(`/calendars/${made.body.id}/retire`)).status).toBe(204)
  expect((await get('/calendars?retired=true')).body.items.map(({ name }: { name: string }) => name)).toContain('Split')
})

test('a queue with work is retired only into another, and each contact keeps its place', async () => {
  const [from, to] = [await makeQueue('Old'), await makeQueue('New')]
  const account = await post('/channel-accounts', { channel: 'sms', address: '+15550001111', name: 'Main', queueId: from })
  const contact = await waitingContact(from)
  expect(await post(`/queues/${from}/retire`, {})).toMatchObject({ status: 409, code: 'queue.has-work', body: { facts: { contacts: 1, accounts: 1 } } })
  expect(await post(`/queues/${from}/retire`, { targetQueueId: from })).toMatchObject({ status: 400, code: 'queue.bad-target' })
  expect(await post(`/queues/${from}/retire`, { targetQueueId: foreignId() })).toMatchObject({ status: 400, code: 'queue.bad-target' })
  expect((await post(`/queues/${from}/retire`, { targetQueueId: to })).body).toMatchObject({ id: from, retiredAt: expect.any(String), isOpen: false })
  expect(await api.db.one('select queue_id as "queueId", state from contact where id = $1', [contact.id])).toEqual({ queueId: to, state: 'waiting' })
  expect(await api.db.query('select queue_id as "queueId", result, rank_at as "rankAt" from queue_entry where contact_id = $1 order by result nulls last', [contact.id])).toEqual([
    { queueId: from, result: 'moved', rankAt: contact.rankAt }, { queueId: to, result: null, rankAt: contact.rankAt },
  ])
  expect((await get(`/channel-accounts/${account.body.id}`)).body).toMatchObject({ queueId: to })
  expect((await get(`/queues/${to}`)).body).toMatchObject({ waiting: 1 })
  expect((await post(`/queues/${from}/retire`, {})).status).toBe(404)
})

async function waitingContact(queueId: string): Promise<{ id: string; rankAt: Date }> {
  const [customer, conversation, id] = [newId(), newId(), newId()]
  const at = api.clock.now()
  const rankAt = new Date(at.getTime() - 90_000)
  await api.db.execute('insert into customer (id, created_at) values ($1, $2)', [customer, at])
  await api.db.execute('insert into conversation (id, customer_id, created_at) values ($1, $2, $3)', [conversation, customer, at])
  await api.db.execute("insert into contact (id, conversation_id, queue_id, state, channel, opened_at, updated_at) values ($1, $2, $3, 'waiting', 'sms', $4, $4)", [id, conversation, queueId, at])
  await api.db.execute("insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at) values ($1, $2, $3, $4, 'messages', 'sms', $5, $5, $6)", [newId(), id, conversation, queueId, at, rankAt])
  return { id, rankAt }
}

test('a channel account shows what to paste, keeps its secrets sealed and asks its provider', async () => {
  const queueId = await makeQueue('Accounts')
  const make = (body: object) => post('/channel-accounts', { name: 'x', queueId, ...body })
  const sms = await make({ channel: 'sms', address: '+1 (555) 000-2222', settings: { accountSid: `AC${'0'.repeat(32)}` }, secrets: { authToken: 'wrong' } })
  expect(sms).toMatchObject({ status: 201, body: { channel: 'sms', address: '+15550002222', secretsSet: ['authToken'], paste: [{ label: 'messageUrl', value: 'https://help.example.com/webhooks/twilio/messages' }, { label: 'statusUrl' }] } })
  expect((await post(`/channel-accounts/${sms.body.id}/test`)).body).toEqual({ ok: false, detail: 'wrong-token' })
  const changed = await patch(`/channel-accounts/${sms.body.id}`, { secrets: { authToken: 'right', secondaryAuthToken: 'old' } })
  expect(changed.body.secretsSet).toEqual(['authToken', 'secondaryAuthToken'])
  expect((await post(`/channel-accounts/${sms.body.id}/test`)).body).toEqual({ ok: true, detail: 'connected' })
  expect((await patch(`/channel-accounts/${sms.body.id}`, { secrets: { secondaryAuthToken: '' } })).body.secretsSet).toEqual(['authToken'])
  expect((await openAccountById(api.context, sms.body.id))?.secrets).toEqual({ authToken: 'right' })
  expect(JSON.stringify([await get('/channel-accounts'), await api.db.query('select * from channel_account'), await api.db.query('select * from audit_entry'), await api.db.query('select * from event')])).not.toMatch(/"right"|right/)
  expect(await make({ channel: 'sms', address: '+15550002222' })).toMatchObject({ status: 409, code: 'channel-account.address-taken' })
  expect((await make({ channel: 'voice', address: '+15550002222' })).body.paste[0].value).toBe('https://help.example.com/webhooks/twilio/voice')
  expect((await make({ channel: 'email', address: 'Help@Shop.Example' })).body).toMatchObject({ address: 'help@shop.example', paste: [{ value: 'help@shop.example' }, { value: 'help.example.com:25' }] })
  const site = (await make({ channel: 'webchat', address: 'shop', settings: { allowedOrigins: ['https://shop.example'], trustedClaims: ['email'] }, secrets: { siteSecret: 's'.repeat(32) } })).body
  expect(site.paste[0].value).toBe(`<script src="https://help.example.com/widget.js" data-account="${site.id}" async></script>`)
  expect((await make({ channel: 'slack', address: 'T1', secrets: { botToken: 'xoxb-1', signingSecret: 's' } })).body.paste[0].value).toBe('https://help.example.com/webhooks/slack/events')
  expect((await get('/channel-accounts?channel=email', agent)).body.items).toMatchObject([{ address: 'help@shop.example', settings: {}, secretsSet: [], paste: [] }])
  expect((await post(`/channel-accounts/${sms.body.id}/retire`)).status).toBe(204)
  expect((await make({ channel: 'sms', address: '+15550002222' })).status).toBe(201)
})

test.each<[string, object]>([
  ['a number that is none', { channel: 'sms', address: '12345' }],
  ['a mailbox that is none', { channel: 'email', address: 'help' }],
  ['a workspace that is none', { channel: 'slack', address: 'my workspace' }],
  ['an address as an origin', { channel: 'webchat', address: 'x', settings: { allowedOrigins: ['https://shop.example/path'] } }],
  ['a wildcard origin', { channel: 'webchat', address: 'x', settings: { allowedOrigins: ['*'] } }],
  ['settings of another channel', { channel: 'email', address: 'a@b.example', settings: { trustedClaims: ['email'] } }],
  ['a site secret anybody could guess', { channel: 'webchat', address: 'x', secrets: { siteSecret: 'short' } }],
  ['an unknown secret', { channel: 'email', address: 'a@b.example', secrets: { password: 'x' } }],
])('a channel account with %s is refused', async (_name, body) => {
  const queueId = (await get('/queues')).body.items[0].id
  expect(await post('/channel-accounts', { name: 'x', queueId, ...body })).toMatchObject({ status: 400, code: 'request.invalid' })
})

test('names are unique, and the same request with one key makes one thing', async () => {
  expect((await post('/skills', { name: 'Dutch' })).status).toBe(201)
  expect(await post('/skills', { name: 'Dutch' })).toMatchObject({ status: 409, code: 'settings.name-taken' })
  const once = () => api.call('POST', '/dispositions', { as: admin, key: 'k-1', body: { name: 'Refunded', complaint: true } })
  const [first, second] = [await once(), await once()]
  expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id])
  expect(await api.call('POST', '/dispositions', { as: admin, key: 'k-1', body: { name: 'Other' } })).toMatchObject({ status: 422 })
  const many = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', '/dispositions', { as: admin, key: 'k-2', body: { name: 'Exchanged' } })))
  expect(new Set(many.map(({ status }) => status)).size).toBeLessThanOrEqual(2)
  expect(many.every(({ status }) => status === 201 || status === 409)).toBe(true)
  expect((await get('/dispositions')).body.items.filter(({ name }: { name: string }) => name === 'Exchanged')).toHaveLength(1)
  expect((await patch(`/dispositions/${first.body.id}`, { position: 5 })).body).toMatchObject({ name: 'Refunded', complaint: true, position: 5 })
  expect((await post(`/dispositions/${first.body.id}/retire`)).status).toBe(204)
  expect((await get('/dispositions', agent)).body.items.map(({ name }: { name: string }) => name)).not.toContain('Refunded')
})
