import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, foreignId, startApi } from './support/api.ts'

const minute = 60_000
let api: Api
let admin = ''
let teamId = ''
let ben = ''
let cleo = ''
beforeAll(async () => {
  api = await startApi()
  admin = (await api.staff('admin', 'Ada')).cookie
  ben = (await api.staff('agent', 'Ben')).id
  cleo = (await api.staff('agent', 'Cleo')).id
  teamId = (await post('/teams', { name: 'Service', memberIds: [ben, cleo] })).body.id
})
afterAll(() => api.stop())

const post = (path: string, body: object = {}) => api.call('POST', path, { as: admin, body })
const patch = (path: string, body: object) => api.call('PATCH', path, { as: admin, body })
const read = async (id: string) => (await api.call('GET', `/queues/${id}`, { as: admin })).body
const makeQueue = async (name: string, body: object = {}): Promise<string> => (await post('/queues', { name, teamId, ...body })).body.id
const makeSkill = async (name: string): Promise<string> => (await post('/skills', { name })).body.id

test('a queue keeps everything routing asks of it', async () => {
  const skillId = await makeSkill('French')
  await patch(`/staff/${ben}`, { skills: [{ skillId, level: 4 }] })
  await patch(`/staff/${cleo}`, { skills: [{ skillId, level: 2 }] })
  const settings = {
    members: [{ agentId: ben, priority: 1, units: {} }, { agentId: cleo, priority: 2, units: { webchat: 50 } }].sort((a, b) => (a.agentId < b.agentId ? -1 : 1)),
    skills: [{ skillId, level: 4 }], rings: [{ afterMs: minute, levelsDown: 2, dropSkillIds: [] }, { afterMs: 5 * minute, levelsDown: 0, dropSkillIds: [skillId] }],
    headStart: { perPriorityStepMs: 2 * minute, tierMs: { gold: 4 * minute }, urgentMs: 9 * minute }, slaMarginMs: 30_000, offerTimeoutMs: { voice: 15_000, email: 120_000 }, reopenMs: { email: 86_400_000 },
    ownerHoldMs: 20_000, lastAgentDays: 30, lastAgentHoldMs: 10_000, accountOwnerHoldMs: 15_000, autoAccept: true, pull: true, wrapUpLimitMs: 90_000, pendingLimitMs: 24 * 86_400_000,
  }
  const made = await post('/queues', { name: 'Support', teamId, ...settings })
  expect(made).toMatchObject({ status: 201, body: { ...settings, memberIds: settings.members.map(({ agentId }) => agentId), warnings: [{ code: 'ring-changes-nothing', ring: 1 }] } })
  // Who stays keeps what is theirs.
  const changed = await patch(`/queues/${made.body.id}`, { memberIds: [cleo], pull: false })
  expect(changed.body).toMatchObject({ members: [{ agentId: cleo, priority: 2, units: { webchat: 50 } }], pull: false, rings: settings.rings })
  const audited = async () => (await api.call('GET', '/audit?limit=1', { as: admin })).body.items[0]
  expect(await audited()).toMatchObject({ action: 'settings.changed', targetKind: 'queues', targetName: 'Support', facts: { fields: 'memberIds pull', pull: 'true → false' } })
  // A form is saved whole: only what differs is written down.
  const { members, skills, rings, headStart, reopenMs } = changed.body
  await patch(`/queues/${made.body.id}`, { ...settings, members, skills: skills.toReversed(), rings, headStart, reopenMs, pull: false, wrapUpLimitMs: 60_000 })
  expect((await audited()).facts).toEqual({ fields: 'wrapUpLimitMs', wrapUpLimitMs: '90000 → 60000' })
})

test.each<[string, () => Promise<object> | object, string, string]>([
  ['rings that open at the same time', () => ({ rings: [{ afterMs: minute, levelsDown: 1 }, { afterMs: minute, levelsDown: 1 }] }), 'rings.1.afterMs', 'rings-out-of-order'],
  ['a ring that relaxes nothing', () => ({ rings: [{ afterMs: minute }] }), 'rings.0', 'ring-empty'],
  ['a circle of two', async () => ({ overflow: overflowTo(await makeQueue('Second', { overflow: overflowTo(await queueNamed('Refused')) })) }), 'overflow', 'overflow-circle'],
  ['overflow into itself', async () => ({ overflow: overflowTo(await queueNamed('Refused')) }), 'overflow', 'overflow-circle'],
])('%s is refused with the reason', async (_name, change, path, code) => {
  const id = await queueNamed('Refused')
  expect(await patch(`/queues/${id}`, await change())).toMatchObject({ status: 400, code: 'request.invalid', body: { errors: [{ path, code }] } })
})

const overflowTo = (queueId: string) => ({ rules: [{ when: { is: 'wait', ms: minute }, then: { do: 'queue', queueId } }] })
const named = new Map<string, Promise<string>>()
function queueNamed(name: string): Promise<string> {
  const id = named.get(name) ?? makeQueue(name)
  named.set(name, id)
  return id
}

test('of two changes at once that would close a circle only one is made', async () => {
  const [a, b] = [await makeQueue('This'), await makeQueue('That')]
  const both = await Promise.all([patch(`/queues/${a}`, { overflow: overflowTo(b) }), patch(`/queues/${b}`, { overflow: overflowTo(a) })])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
})

test('what a queue lacks is said until somebody mends it', async () => {
  const skillId = await makeSkill('Welsh')
  const id = await makeQueue('Wales')
  expect((await read(id)).warnings).toEqual([{ code: 'no-members' }])
  await patch(`/queues/${id}`, { memberIds: [ben], skills: [{ skillId, level: 3 }] })
  expect((await read(id)).warnings).toEqual([{ code: 'skill-nobody-has', skillId, level: 3 }])
  await patch(`/staff/${ben}`, { skills: [{ skillId, level: 3 }] })
  expect((await read(id)).warnings).toEqual([])
  const past = await post('/calendars', { name: 'Last fair', timeZone: 'Europe/Berlin', periods: [], exceptions: [{ date: '2020-05-01', name: 'Fair', periods: [{ from: '09:00', to: '17:00' }] }] })
  await patch(`/queues/${id}`, { calendarId: past.body.id })
  expect((await read(id)).warnings).toEqual([{ code: 'never-opens' }])
})

test.each<[string, object, number]>([
  ['an unknown skill dropped', { rings: [{ afterMs: minute, dropSkillIds: [foreignId()] }] }, 404],
  ['an unknown member', { members: [{ agentId: foreignId() }] }, 404],
  ['a tenth priority', { members: [{ agentId: foreignId(), priority: 10 }] }, 400],
  ['a pending limit the database could not hold', { pendingLimitMs: 30 * 86_400_000 }, 400],
  ['six levels down', { rings: [{ afterMs: minute, levelsDown: 6 }] }, 400],
])('%s is refused', async (_name, change, status) => {
  expect((await patch(`/queues/${await queueNamed('Refused')}`, change)).status).toBe(status)
})
