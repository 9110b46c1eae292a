/** What a window may listen to: rooms follow sight, and a window outlives neither its session, its key nor its person. */
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { StaffEnvelope } from '#contract/events.ts'
import { closeOutlived } from '#server/features/inbox/inbox.sessions.ts'
import { until } from '../support/deadline.ts'
import type { Staff } from '../support/hub.ts'
import { secret, startCompany, type Company } from './company.ts'

let company: Company
let robin: Staff
beforeAll(async () => {
  company = await startCompany()
  robin = await company.hub.signIn('robin')
}, 60_000)
afterAll(() => company.stop())

const sockets: Socket[] = []
afterEach(() => { for (const socket of sockets.splice(0)) socket.disconnect() })

async function connect(headers: Record<string, string>): Promise<{ socket: Socket; told: StaffEnvelope[]; ask(name: string, data?: unknown): Promise<Record<string, unknown> & { ok: boolean }> }> {
  const socket = io(`${company.hub.url}/staff`, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers })
  sockets.push(socket)
  const told: StaffEnvelope[] = []
  socket.on('events', (envelopes: StaffEnvelope[]) => told.push(...envelopes))
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject) })
  return { socket, told, ask: (name, data) => socket.timeout(5_000).emitWithAck(name, data) }
}

async function keyOf(staff: Staff): Promise<{ id: string; key: string }> {
  const { key, apiKey } = await robin.must('POST', '/api-keys', { name: `of ${staff.name}`, staffId: staff.id })
  return { id: apiKey.id as string, key: key as string }
}

test('an agent of another team opens nothing, hears nothing and types into nothing', async () => {
  const { foreign, hub } = company
  const { told, ask } = await connect({ cookie: company.wei.cookie })
  const { sync } = await ask('sync', { rooms: {}, conversationId: foreign.conversationId })
  expect(JSON.stringify(sync)).not.toMatch(new RegExp(`${secret}|${foreign.customerId}`))
  expect(sync).toMatchObject({ conversation: null })
  expect(await ask('open', { conversationId: foreign.conversationId })).toEqual({ ok: false, code: 'not-found' })
  for (const room of [`conversation:${foreign.conversationId}:full`, 'supervisors', `agent:${company.priya.id}`]) {
    const asked = await ask('sync', { rooms: { [room]: 0 }, conversationId: null })
    expect(JSON.stringify(asked)).not.toContain(secret)
  }
  expect(await ask('board', { on: true })).toEqual({ ok: false, code: 'forbidden' })
  await company.priya.must('POST', `/conversations/${foreign.conversationId}/messages`, { kind: 'note', clientId: 'note-for-the-workshop', text: secret, attachmentIds: [] })
  await company.priya.must('PATCH', `/customers/${foreign.customerId}`, { version: (await company.priya.must('GET', `/customers/${foreign.customerId}`)).version, name: secret })
  await hub.context.relay.flush()
  expect(JSON.stringify(told)).not.toMatch(new RegExp(`${secret}|${foreign.customerId}`))
})

test('who sees the customer but not the restricted contact is told a grey line, and no session of it', async () => {
  const { restricted, hub } = company
  await hub.db.execute(
    `insert into session (id, contact_id, conversation_id, kind, state, account_id, identity_id, started_at) values (gen_random_uuid(), $1, $2, 'chat', 'live', $3, $4, now())`,
    [restricted.contactId, restricted.conversationId, restricted.accountId, restricted.identityId])
  const { told, ask } = await connect({ cookie: company.wei.cookie })
  const opened = await ask('open', { conversationId: restricted.conversationId })
  expect(opened).toMatchObject({ ok: true, conversation: { room: `conversation:${restricted.conversationId}`, sessions: [], contacts: [] } })
  expect(JSON.stringify(opened)).not.toContain(secret)
  await company.lena.must('POST', `/conversations/${restricted.conversationId}/messages`, { kind: 'note', clientId: 'note-for-accounts', text: `note ${secret}`, attachmentIds: [] })
  await company.lena.must('POST', `/contacts/${restricted.contactId}/accept`)
  await hub.context.relay.flush()
  await until('the grey line', () => told.some((envelope) => envelope.upsert.messages?.some((message) => message.restricted)))
  expect(JSON.stringify(told)).not.toContain(secret)
})

test('who helped with a contact of another team hears of it as long as they help, and no longer', async () => {
  const { foreign, priya, wei, hub } = company
  await priya.must('POST', `/contacts/${foreign.contactId}/accept`)
  await priya.must('POST', `/contacts/${foreign.contactId}/consult`, { agentId: wei.id, note: null })
  const { id } = await hub.db.one<{ id: string }>(`select id from offer where agent_id = $1 and kind = 'consult' and ended_at is null`, [wei.id])
  await wei.must('POST', `/offers/${id}/accept`)
  const { told, ask } = await connect({ cookie: wei.cookie })
  expect(await ask('sync', { rooms: {}, conversationId: foreign.conversationId })).toMatchObject({ sync: { conversation: {} } })
  const say = async (text: string) => {
    await priya.must('POST', `/conversations/${foreign.conversationId}/messages`, { kind: 'note', clientId: `note-${text}-to-helper`, text, attachmentIds: [] })
    await hub.context.relay.flush()
  }
  await say('while-helping')
  await until('the note', () => JSON.stringify(told).includes('while-helping'))
  await wei.must('POST', `/contacts/${foreign.contactId}/leave-consult`, {})
  await hub.context.relay.flush()
  await until('word that it is gone', () => told.some((envelope) => envelope.removed.conversationIds?.includes(foreign.conversationId)))
  await say('after-helping')
  await ask('sync', { rooms: {}, conversationId: null })
  expect(JSON.stringify(told)).not.toContain('after-helping')
  expect(await ask('open', { conversationId: foreign.conversationId })).toEqual({ ok: false, code: 'not-found' })
})

test('a follow-up is told, without its words, to who sees its contact and to its owner, and to nobody else', async () => {
  const { foreign, restricted, hub, lena, priya, sam, wei } = company
  const windows = await Promise.all([lena, priya, sam, wei].map(async (staff) => {
    const window = await connect({ cookie: staff.cookie })
    await window.ask('sync', { rooms: {}, conversationId: null })
    return { name: staff.name, ...window }
  }))
  const toldOf = async (act: () => Promise<unknown>): Promise<Record<string, string[]>> => {
    for (const { told } of windows) told.splice(0)
    await act()
    await hub.context.relay.flush()
    await until('the supervisor to be told', () => windows[2]!.told.some(({ type }) => type.startsWith('follow-up.')))
    expect(JSON.stringify(windows.map(({ told }) => told.filter(({ type }) => type.startsWith('follow-up.'))))).not.toContain(secret)
    return Object.fromEntries(windows.map(({ name, told }) => [name, [...new Set(told.map(({ type }) => type).filter((type) => type.startsWith('follow-up.')))]]))
  }
  const dueAt = new Date(Date.now() + 7_200_000).toISOString()
  const changed = ['follow-up.changed']
  expect(await toldOf(() => priya.must('PATCH', `/follow-ups/${foreign.followUpId}`, { dueAt }))).toEqual({ [lena.name]: [], [priya.name]: changed, [sam.name]: changed, [wei.name]: [] })
  expect(await toldOf(() => sam.must('PATCH', `/follow-ups/${foreign.followUpId}`, { ownerId: wei.id }))).toEqual({ [lena.name]: [], [priya.name]: changed, [sam.name]: changed, [wei.name]: changed })
  expect(await toldOf(() => lena.must('PATCH', `/follow-ups/${restricted.followUpId}`, { dueAt }))).toEqual({ [lena.name]: changed, [priya.name]: [], [sam.name]: changed, [wei.name]: [] })
  expect(await toldOf(() => lena.must('POST', '/follow-ups', { customerId: restricted.customerId, contactId: restricted.contactId, title: secret, dueAt }))).toMatchObject({ [lena.name]: ['follow-up.opened'], [wei.name]: [] })
  await sam.must('PATCH', `/follow-ups/${foreign.followUpId}`, { ownerId: priya.id })
})

test('a window opened with an API key ends with the key', async () => {
  const { id, key } = await keyOf(company.wei)
  const { socket } = await connect({ authorization: `Bearer ${key}` })
  await robin.must('DELETE', `/api-keys/${id}`)
  await until('the window to be closed', () => !socket.connected)
  await expect(connect({ authorization: `Bearer ${key}` })).rejects.toThrow('unauthorized')
})

test('windows of a key follow their person: another team takes them out of its rooms, retirement ends them', async () => {
  const { key } = await keyOf(company.priya)
  const before = await robin.must('GET', `/staff/${company.priya.id}`)
  const first = await connect({ authorization: `Bearer ${key}` })
  await first.ask('sync', { rooms: {}, conversationId: company.foreign.conversationId })
  await robin.must('PATCH', `/staff/${company.priya.id}`, { teamIds: [] })
  await until('word of it', () => first.told.some((envelope) => envelope.sightChanged))
  const rooms = (await company.hub.context.realtime.io.of('/staff').in(`staff:${company.priya.id}`).fetchSockets()).flatMap((socket) => [...socket.rooms])
  expect(rooms.filter((room) => /^(?:team|conversation):/.test(room))).toEqual([])
  await robin.must('PATCH', `/staff/${company.priya.id}`, { teamIds: before.teamIds })
  const second = await connect({ authorization: `Bearer ${key}` })
  await robin.must('POST', `/staff/${company.priya.id}/retire`)
  await until('the window to be closed', () => !second.socket.connected)
})

test('a session that ran out hears nothing more, although its window stays open', async () => {
  const sam = await company.hub.signIn('sam')
  const { socket } = await connect({ cookie: sam.cookie })
  await company.hub.db.execute(`update staff_session set expires_at = now() - interval '1 minute' where agent_id = $1`, [sam.id])
  expect(await closeOutlived(company.hub.context.realtime.io.of('/staff'), company.hub.db, company.hub.context.clock.now())).toBe(1)
  await until('the window to be closed', () => !socket.connected)
})
