import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { recordAudit } from '#server/features/audit/audit.steps.ts'
import { newId } from '#server/platform/ids.ts'
import { type Api, foreignId, startApi } from './support/api.ts'

let api: Api
let admin: { id: string; cookie: string }
let teamId = ''
let queueId = ''
let skillId = ''
beforeAll(async () => {
  api = await startApi()
  admin = await api.staff('admin', 'Ada')
  teamId = (await api.call('POST', '/teams', { as: admin.cookie, body: { name: 'Service' } })).body.id
  queueId = (await api.call('POST', '/queues', { as: admin.cookie, body: { name: 'Orders', teamId } })).body.id
  skillId = (await api.call('POST', '/skills', { as: admin.cookie, body: { name: 'French' } })).body.id
})
afterAll(() => api.stop())
beforeEach(() => {
  api.clock.advance(60 * 60_000)
  api.mails.length = 0
})

const invite = (body: object) => api.call('POST', '/invites', { as: admin.cookie, body })
const tokenOf = (link: string) => link.split('#')[1]
const audited = async (action: string) => (await api.call('GET', `/audit?action=${action}`, { as: admin.cookie })).body.items

test('an invited person opens the link, chooses a password and is signed in with role, team and queue', async () => {
  const made = await invite({ email: 'New.Agent@example.com', name: 'New', role: 'agent', teamIds: [teamId], queueIds: [queueId] })
  expect(made).toMatchObject({ status: 201, body: { mailed: true, link: expect.stringMatching(/^https:\/\/help\.example\.com\/join#/), invite: { email: 'new.agent@example.com', role: 'agent' } } })
  expect(api.mails[0]).toMatchObject({ to: 'new.agent@example.com', text: expect.stringContaining(made.body.link) })
  const token = tokenOf(made.body.link)
  expect((await api.call('POST', '/invitation', { body: { token } })).body).toEqual({ email: 'new.agent@example.com', name: 'New', role: 'agent', expiresAt: expect.any(String) })
  const accept = () => api.call('POST', '/invitation/accept', { body: { token, name: '新人', password: 'a long enough one', locale: 'zh' } })
  const accepted = await accept()
  expect(accepted.body).toMatchObject({ staff: { name: '新人', role: 'agent', locale: 'zh' }, needsCode: false })
  expect((await api.call('GET', '/me', { as: accepted.cookies.join('; ') })).body).toMatchObject({ teamIds: [teamId], queueIds: [queueId] })
  expect(await accept()).toMatchObject({ status: 404, code: 'invitation.not-valid' })
  expect(await audited('staff.joined')).toHaveLength(1)
  expect(await api.db.query('select 1 from staff_invite where token_hash = $1', [token])).toEqual([])
})

test('six opens of one link at once make one member of staff', async () => {
  const { link } = (await invite({ email: 'race@example.com', name: 'Race', role: 'agent' })).body
  const all = await Promise.all(Array.from({ length: 6 }, () => api.call('POST', '/invitation/accept', { body: { token: tokenOf(link), name: 'Race', password: 'a long enough one', locale: 'en' } })))
  expect(all.map(({ status, code }) => `${status} ${code}`).sort()).toEqual(['200 undefined', ...Array.from({ length: 5 }, () => '404 invitation.not-valid')])
  expect(await api.db.query('select 1 from agent where email = $1', ['race@example.com'])).toHaveLength(1)
})

test('an invitation ends after seven days, when taken back, and when a newer one is made', async () => {
  const body = { email: 'slow@example.com', name: 'Slow', role: 'agent' }
  const first = (await invite(body)).body
  const second = (await invite(body)).body
  const read = async (link: string) => (await api.call('POST', '/invitation', { body: { token: tokenOf(link) } })).status
  expect([await read(first.link), await read(second.link)]).toEqual([404, 200])
  expect((await api.call('DELETE', `/invites/${second.invite.id}`, { as: admin.cookie })).status).toBe(204)
  expect(await read(second.link)).toBe(404)
  const third = (await invite(body)).body
  api.clock.advance(7 * 86_400_000)
  expect(await read(third.link)).toBe(404)
  expect(await invite({ ...body, email: 'ADA@example.com' })).toMatchObject({ status: 409, code: 'staff.email-taken' })
  expect(await invite({ ...body, teamIds: [foreignId()] })).toMatchObject({ status: 404, code: 'staff.unknown-teams' })
  expect(await invite({ ...body, role: 'root' })).toMatchObject({ status: 400 })
})

test('another role ends the sessions at once; another team is told to the windows, which stay', async () => {
  const someone = await api.staff('agent', 'Mover')
  api.revoked.length = 0
  const change = (body: object) => api.call('PATCH', `/staff/${someone.id}`, { as: admin.cookie, body })
  expect((await change({ teamIds: [teamId], queueIds: [queueId], skills: [{ skillId, level: 3 }], liveUnits: 66, phone: '+4930123456' })).body).toMatchObject({ teamIds: [teamId], queueIds: [queueId], skills: [{ skillId, level: 3 }], liveUnits: 66, phone: '+4930123456' })
  expect(api.revoked).toEqual([])
  expect(await api.db.query(`select rooms from event where data->>'sight' = 'true' and rooms @> array[$1]`, [`agent:${someone.id}`])).toHaveLength(1)
  expect((await api.call('GET', '/me', { as: someone.cookie })).status).toBe(200)
  expect((await change({ role: 'supervisor' })).body).toMatchObject({ role: 'supervisor', phone: '+4930123456' })
  expect((await api.call('GET', '/me', { as: someone.cookie })).status).toBe(401)
  // Their session, and the windows their keys opened.
  expect(api.revoked).toEqual([expect.any(String), `key-of-${someone.id}`])
  expect(await audited('staff.role-changed')).toMatchObject([{ actorName: 'Ada', targetId: someone.id, facts: { from: 'agent', to: 'supervisor' } }])
  expect((await change({ phone: null })).body).toMatchObject({ phone: null })
  for (const body of [{ liveUnits: 0 }, { liveUnits: -1 }, { deferredUnits: 1e9 }, { skills: [{ skillId, level: 6 }] }, { passwordHash: 'x' }, { phone: '030' }]) expect((await change(body)).status).toBe(400)
  expect(await change({ skills: [{ skillId: foreignId(), level: 1 }] })).toMatchObject({ status: 404, code: 'staff.unknown-skills' })
  expect(await change({ queueIds: [foreignId()] })).toMatchObject({ status: 404, code: 'staff.unknown-queues' })
})

test('nobody demotes themselves or the last administrator; two at once leave one', async () => {
  expect(await api.call('PATCH', `/staff/${admin.id}`, { as: admin.cookie, body: { role: 'agent' } })).toMatchObject({ status: 409, code: 'staff.not-yourself' })
  expect(await api.call('POST', `/staff/${admin.id}/retire`, { as: admin.cookie })).toMatchObject({ status: 409, code: 'staff.not-yourself' })
  const second = await api.staff('admin', 'Bea')
  const both = await Promise.all([api.call('POST', `/staff/${second.id}/retire`, { as: admin.cookie }), api.call('POST', `/staff/${admin.id}/retire`, { as: second.cookie })])
  expect(both.map(({ status }) => status).sort()).not.toEqual([200, 200])
  const left = await api.db.query<{ id: string }>("select id from agent where role = 'admin' and retired_at is null")
  expect(left).toHaveLength(1)
  admin = left[0]?.id === admin.id ? admin : second
})

test('a retired person is out of sessions, keys and password, and stays in the record', async () => {
  const someone = await api.staff('agent', 'Gone')
  const { key } = (await api.call('POST', '/api-keys', { as: admin.cookie, body: { name: 'k', staffId: someone.id } })).body
  expect((await api.call('POST', `/staff/${someone.id}/retire`, { as: admin.cookie })).body).toMatchObject({ id: someone.id, retiredAt: expect.any(String), queueIds: [] })
  expect((await api.call('GET', '/me', { as: someone.cookie })).status).toBe(401)
  expect((await api.call('GET', '/me', { as: key })).status).toBe(401)
  expect(await api.call('POST', '/session', { body: { email: someone.email, password: 'correct horse battery' } })).toMatchObject({ status: 401, code: 'session.wrong-credentials' })
  expect((await api.call('POST', `/staff/${someone.id}/retire`, { as: admin.cookie })).status).toBe(404)
  expect((await api.call('PATCH', `/staff/${someone.id}`, { as: admin.cookie, body: { name: 'Back' } })).status).toBe(404)
  const gone = await api.call('GET', '/staff?retired=true', { as: admin.cookie })
  expect(gone.body.items.map(({ id }: { id: string }) => id)).toContain(someone.id)
})

test('what a retired person held goes back to the front of its queue, and their follow-ups are nobody’s', async () => {
  const someone = await api.staff('agent', 'Busy')
  const [customer, conversation, contact] = [newId(), newId(), newId()]
  const at = api.clock.now()
  await api.db.execute('insert into customer (id, created_at) values ($1, $2)', [customer, at])
  await api.db.execute('insert into conversation (id, customer_id, created_at) values ($1, $2, $3)', [conversation, customer, at])
  await api.db.execute("insert into contact (id, conversation_id, queue_id, state, owner_id, channel, opened_at, updated_at) values ($1, $2, $3, 'active', $4, 'sms', $5, $5)", [contact, conversation, queueId, someone.id, at])
  await api.db.execute("insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at) values ($1, $2, $3, $4, 'sms', 0, 25, $5)", [newId(), contact, conversation, someone.id, at])
  await api.db.execute(`insert into follow_up (id, customer_id, conversation_id, kind, title, owner_id, due_at, created_at) values ($1, $2, $3, 'other', 'Call', $4, $5, $5)`, [newId(), customer, conversation, someone.id, at])
  expect((await api.call('POST', `/staff/${someone.id}/retire`, { as: admin.cookie })).status).toBe(200)
  expect(await api.db.one('select owner_id as owner from follow_up where conversation_id = $1', [conversation])).toEqual({ owner: null })
  expect(await api.db.one('select state, owner_id as owner from contact where id = $1', [contact])).toEqual({ state: 'waiting', owner: null })
  expect((await audited('staff.retired')).find(({ targetId }: { targetId: string }) => targetId === someone.id).facts).toEqual({ returnedContacts: 1, followUps: 1 })
})

test('an administrator signs somebody out and removes the codes of a lost phone', async () => {
  const someone = await api.staff('agent', 'Lost')
  await api.db.execute("insert into staff_two_factor (id, secret, backup_codes, agent_id) values ($1, 's', 'b', $2)", [newId(), someone.id])
  expect((await api.call('DELETE', `/staff/${someone.id}/two-factor`, { as: admin.cookie })).status).toBe(204)
  expect(await api.db.query('select 1 from staff_two_factor where agent_id = $1', [someone.id])).toEqual([])
  expect((await api.call('GET', '/me', { as: someone.cookie })).status).toBe(401)
  expect((await api.call('DELETE', `/staff/${someone.id}/sessions`, { as: admin.cookie })).status).toBe(204)
})

test('lists are pages in order; a cursor of another list is refused', async () => {
  const names: string[] = []
  let cursor = ''
  do {
    const page = await api.call('GET', `/staff?limit=2${cursor}`, { as: admin.cookie })
    expect(page.body.items.length).toBeLessThanOrEqual(2)
    names.push(...page.body.items.map(({ name }: { name: string }) => name))
    cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`
  } while (cursor !== '')
  const all = await api.db.query<{ name: string }>('select name from agent where retired_at is null order by name, id')
  expect(names).toEqual(all.map(({ name }) => name))
  const staffCursor = (await api.call('GET', '/staff?limit=1', { as: admin.cookie })).body.nextCursor
  for (const path of [`/audit?cursor=${staffCursor}`, `/staff?limit=1&role=agent&cursor=${staffCursor}`, '/staff?cursor=x.y', '/invites?cursor=1']) expect(await api.call('GET', path, { as: admin.cookie })).toMatchObject({ status: 400, code: 'list.bad-cursor' })
  for (const path of ['/staff?limit=0', '/staff?limit=-1', '/staff?limit=1e9', '/staff?limit=NaN', '/staff?sort=password', '/staff?role=root']) expect((await api.call('GET', path, { as: admin.cookie })).status).toBe(400)
  const first = (await api.call('GET', '/audit?limit=1', { as: admin.cookie })).body
  const second = (await api.call('GET', `/audit?limit=1&cursor=${first.nextCursor}`, { as: admin.cookie })).body
  expect(second.items[0].id < first.items[0].id).toBe(true)
})

test('an act and its audit entry are there together or not at all', async () => {
  await expect(api.db.tx(async (tx) => {
    await recordAudit(tx, { actorId: admin.id, action: 'test.undone', target: { kind: 'staff', id: null }, at: api.clock.now() })
    throw new Error('the act failed')
  })).rejects.toThrow('the act failed')
  expect(await audited('test.undone')).toEqual([])
})
