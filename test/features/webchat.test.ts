import { wholeMinutes } from '#contract/expected-wait.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildItem } from '#server/features/outbound/outbound.payload.ts'
import type { OutboundRow } from '#server/features/outbound/outbound.store.ts'
import { sweepChats } from '#server/features/webchat/webchat.presence.ts'
import { ask, send, soon, startVisitorHub, type VisitorHub } from './support/visitor-hub.ts'

let hub: VisitorHub
beforeAll(async () => { hub = await startVisitorHub() }, 60_000)
afterAll(() => hub.stop())

const texts = (messages: { text: string }[]) => messages.map((message) => message.text)
let serial = 0
const clientId = () => `client-${String(++serial).padStart(8, '0')}`

describe('a stranger', () => {
  test('leaves nothing behind by only looking', async () => {
    const before = await hub.db.one<{ n: number }>('select count(*)::int as n from customer')
    const { snapshot } = await hub.visit()
    expect(snapshot).toMatchObject({ siteName: 'Hillside Lamps', signedInAs: null, messages: [], chat: { state: 'idle' } })
    expect(await hub.db.one('select count(*)::int as n from customer')).toEqual(before)
  })

  test('writes, waits in line, is answered, and finds it all again after a reload', async () => {
    const { socket, token, visitorId, envelopes } = await hub.visit({ locale: 'en-GB' })
    const sent = await send(socket, clientId(), 'Is the Arc lamp in stock?')
    expect(sent).toMatchObject({ ok: true, message: { text: 'Is the Arc lamp in stock?', direction: 'inbound', status: 'received' } })
    await hub.context.relay.flush()
    await soon(() => envelopes.find((envelope) => envelope.chat?.state === 'waiting'))
    await hub.accept(visitorId)
    await hub.context.relay.flush()
    expect((await soon(() => envelopes.find((envelope) => envelope.chat?.state === 'active'))).chat?.agentName).toBe('Ana Agent')
    await hub.answer(visitorId, 'Yes, three of them.')
    expect((await soon(() => envelopes.find((envelope) => envelope.messages[0]?.direction === 'outbound'))).messages[0]).toMatchObject({ text: 'Yes, three of them.', authorName: 'Ana Agent' })
    socket.disconnect()

    const again = await hub.visit({ token })
    expect(again.visitorId).toBe(visitorId)
    expect(texts(again.snapshot.messages)).toEqual(['Is the Arc lamp in stock?', 'Yes, three of them.'])
    expect(again.snapshot.chat).toMatchObject({ state: 'active', agentName: 'Ana Agent' })
    expect(JSON.stringify(again.snapshot)).not.toContain(hub.ids.agent)
  })

  test('hears how many chats and calls are before them, mail not counted, and what is left of the wait most had', async () => {
    await hub.db.execute(`update queue_entry set ended_at = enqueued_at, result = 'moved'`)
    const visitors = []
    for (const text of ['by mail', 'by chat', 'now me']) {
      const visitor = await hub.visit()
      await send(visitor.socket, clientId(), text)
      visitors.push(visitor)
    }
    const [mail, , mine] = visitors
    await hub.db.execute(`update queue_entry set demand = 'messages' where contact_id = $1`, [(await hub.contactOf(mail!.visitorId)).contactId])
    const chat = async () => (await hub.visit({ token: mine!.token })).snapshot.chat
    expect(await chat()).toMatchObject({ state: 'waiting', ahead: 1, expected: null })
    const { contactId } = await hub.contactOf(mine!.visitorId)
    const waited = (n: number) => hub.db.execute(
      `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, ended_at, result)
       select gen_random_uuid(), contact_id, conversation_id, queue_id, 'chat', 'webchat', now() - interval '10 minutes', now() - interval '10 minutes', now(), now() - interval '3 minutes', 'answered' from queue_entry, generate_series(1, $2) where contact_id = $1 and ended_at is null`,
      [contactId, n])
    await waited(9)
    expect((await chat()).expected).toBeNull()
    await waited(1)
    const { expected } = await chat()
    expect(wholeMinutes(expected!)).toEqual({ from: 6, to: 7 })
  })

  test('gets only what was missed after a loss', async () => {
    const first = await hub.visit()
    await send(first.socket, clientId(), 'hello')
    await hub.context.relay.flush()
    await hub.accept(first.visitorId)
    const { seq } = await ask(first.socket, 'sync', { seq: 0 })
    first.socket.disconnect()
    await hub.answer(first.visitorId, 'while you were away')
    const again = await hub.connect({ token: first.token })
    const missed = await ask(again, 'sync', { seq })
    expect(missed.snapshot).toBeUndefined()
    expect(texts(missed.envelopes.flatMap((envelope) => envelope.messages))).toContain('while you were away')
  })

  test('is never shown notes, system facts or the place in the conversation', async () => {
    const { socket, visitorId, token } = await hub.visit()
    await send(socket, clientId(), 'hello')
    const { conversationId } = await hub.contactOf(visitorId)
    const { writeNote } = await import('#server/features/conversations/conversations.usecases.ts')
    await hub.accept(visitorId)
    await writeNote(hub.context, conversationId, { staffId: hub.ids.agent, role: 'agent' }, { clientId: clientId(), text: 'rude customer', attachmentIds: [] })
    await hub.context.relay.flush()
    const { snapshot } = await hub.visit({ token })
    expect(texts(snapshot.messages)).toEqual(['hello'])
    expect(JSON.stringify(snapshot)).not.toContain('rude')
    expect(Object.keys(snapshot.messages[0] ?? {}).sort()).toEqual(['at', 'attachments', 'authorName', 'channel', 'clientId', 'direction', 'id', 'status', 'system', 'text', 'version'])
  })
})

describe('what is sent', () => {
  test('is stored once however often it is sent, and refused with other words', async () => {
    const { socket } = await hub.visit()
    const id = clientId()
    const replies = await Promise.all([1, 2, 3].map(() => send(socket, id, 'once')))
    const stored = replies.filter((reply) => reply.ok)
    expect(stored.length).toBeGreaterThan(0)
    const again = await send(socket, id, 'once')
    expect(again.message.id).toBe(stored[0]?.message.id)
    expect(await send(socket, id, 'twice')).toEqual({ ok: false, code: 'conflict' })
    expect(await hub.db.one('select count(*)::int as n from message where client_id = $1', [id])).toEqual({ n: 1 })
  })

  test('is in one order for two tabs of one visitor', async () => {
    const one = await hub.visit()
    await send(one.socket, clientId(), 'first')
    const two = await hub.visit({ token: one.token })
    await Promise.all([send(one.socket, clientId(), 'from one'), send(two.socket, clientId(), 'from two')])
    await hub.context.relay.flush()
    const [a, b] = [await hub.visit({ token: one.token }), await hub.visit({ token: one.token })]
    expect(texts(a.snapshot.messages)).toEqual(texts(b.snapshot.messages))
    expect(texts(a.snapshot.messages)).toHaveLength(3)
  })

  test('carries files uploaded before, which nobody else can open', async () => {
    const { socket } = await hub.visit()
    const { ticket } = await ask(socket, 'uploadTicket')
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    const upload = await fetch(`${hub.url}/api/v1/visitor/uploads`, { method: 'POST', body: png, headers: { authorization: `Visitor ${ticket}`, 'x-file-name': encodeURIComponent('照片<1>.png'), origin: 'https://shop.example', 'content-type': 'image/svg+xml' } })
    expect(upload.status).toBe(201)
    const file = await upload.json() as { id: string }
    expect(file).toMatchObject({ contentType: 'image/png', sizeBytes: png.length })
    const sent = await send(socket, clientId(), '', [file.id])
    const [attachment] = sent.message.attachments
    expect(attachment).toMatchObject({ name: '照片_1_.png', inline: true, state: 'stored' })
    const { path } = await ask(socket, 'fileLink', { attachmentId: attachment!.id })
    const served = await fetch(hub.url + path)
    expect(Buffer.from(await served.arrayBuffer())).toEqual(png)
    expect(served.headers.get('content-security-policy')).toContain('sandbox')
    const other = await hub.visit()
    await send(other.socket, clientId(), 'I exist')
    expect(await ask(other.socket, 'fileLink', { attachmentId: attachment!.id })).toMatchObject({ ok: false, code: 'not-found' })
    expect(await send(other.socket, clientId(), 'steal', [file.id])).toMatchObject({ ok: false, code: 'not-found' })
  })

  test.each([
    ['no ticket', {}, 401],
    ['a forged ticket', { authorization: 'Visitor abc.def' }, 401],
  ])('an upload with %s is refused', async (_what, headers, status) => {
    const answer = await fetch(`${hub.url}/api/v1/visitor/uploads`, { method: 'POST', body: 'x', headers: { ...headers } as Record<string, string> })
    expect(answer.status).toBe(status)
  })

  test('an upload from a page of another site, an empty and a too large one are refused', async () => {
    const { socket } = await hub.visit()
    const { ticket, sizeBytesMax } = await ask(socket, 'uploadTicket')
    const put = (body: Uint8Array<ArrayBuffer>, origin = 'https://shop.example') => fetch(`${hub.url}/api/v1/visitor/uploads`, { method: 'POST', body, headers: { authorization: `Visitor ${ticket}`, origin } })
    expect((await put(new Uint8Array(3), 'https://other.example')).status).toBe(401)
    expect((await put(new Uint8Array(0))).status).toBe(400)
    expect((await put(new Uint8Array(sizeBytesMax + 1))).status).toBe(413)
  })
})

describe('a customer signed in on the site', () => {
  test('is the same person in every browser, and their address proved by the site is theirs', async () => {
    const first = await hub.visit({ siteToken: await hub.siteToken() })
    expect(first.snapshot.signedInAs).toBe('Mei Chen')
    await send(first.socket, clientId(), 'from my laptop')
    const second = await hub.visit({ siteToken: await hub.siteToken() })
    expect(second.visitorId).not.toBe(first.visitorId)
    expect(texts(second.snapshot.messages)).toEqual(['from my laptop'])
    const rows = await hub.db.query<{ kind: string }>(
      `select i.kind from identity i where i.customer_id = (select customer_id from identity where kind = 'site-user' and value = 'mei') order by i.kind`)
    expect(rows.map((row) => row.kind)).toEqual(['email', 'site-user', 'visitor', 'visitor'])
  })

  test('keeps what they wrote before signing in; another one on the same browser sees nothing of it', async () => {
    const anonymous = await hub.visit()
    await send(anonymous.socket, clientId(), 'before I signed in')
    const tom = await hub.visit({ token: anonymous.token, siteToken: await hub.siteToken({ sub: 'tom', name: 'Tom', email: 'tom@becker.example' }) })
    expect(tom.visitorId).toBe(anonymous.visitorId)
    expect(texts(tom.snapshot.messages)).toEqual(['before I signed in'])
    const ines = await hub.visit({ token: tom.token, siteToken: await hub.siteToken({ sub: 'ines', name: 'Ines', email: 'ines@x.example' }) })
    expect(ines.visitorId).not.toBe(tom.visitorId)
    expect(ines.snapshot.messages).toEqual([])
    const signedOut = await hub.visit({ token: tom.token })
    expect(signedOut.visitorId).not.toBe(tom.visitorId)
    expect(signedOut.snapshot.messages).toEqual([])
  })

  test('is not taken at the site’s word for an address it has not verified', async () => {
    await hub.visit({ siteToken: await hub.siteToken({ sub: 'eve', email: 'victim@x.example', email_verified: false }) })
    expect(await hub.db.query(`select 1 from identity where value = 'victim@x.example'`)).toEqual([])
  })
})

describe('who somebody says they are', () => {
  test('is a claim: it shows them nothing and only proposes', async () => {
    const mei = await hub.visit({ siteToken: await hub.siteToken() })
    await send(mei.socket, clientId(), 'my secret order number')
    const stranger = await hub.visit()
    expect(await ask(stranger.socket, 'introduce', { name: 'Mei', email: 'mei@chen.example' })).toMatchObject({ ok: true })
    const { snapshot } = await hub.visit({ token: stranger.token })
    expect(snapshot.messages).toEqual([])
    const claims = await hub.db.query(`select kind, value from claim order by kind`)
    expect(claims).toEqual([{ kind: 'email', value: 'mei@chen.example' }, { kind: 'name', value: 'Mei' }])
    expect((await hub.db.query(`select 1 from merge_suggestion where state = 'open'`)).length).toBe(1)
  })

  test('is proved by the code that came back, within its limits', async () => {
    const { socket, visitorId } = await hub.visit()
    const target = { kind: 'email', value: 'Lena@Haus.example' }
    expect(await ask(socket, 'requestCode', target)).toEqual({ ok: true })
    const [row] = await hub.db.query<{ payload: { sealed: string }; address: string }>(`select payload, address from outbound where address = 'lena@haus.example'`)
    const words = JSON.parse(hub.context.secrets.openSecret(row!.payload.sealed)) as { text: string }
    expect(words.text).toContain('Hillside Lamps')
    const code = /\d{6}/.exec(words.text)![0]
    const wrong = code === '111111' ? '222222' : '111111'
    expect(await ask(socket, 'returnCode', { ...target, code: wrong })).toEqual({ ok: false, code: 'wrong-code' })
    expect(await ask(socket, 'returnCode', { ...target, code })).toEqual({ ok: true })
    expect(await ask(socket, 'returnCode', { ...target, code })).toEqual({ ok: false, code: 'wrong-code' })
    const [sending] = await hub.db.query<OutboundRow>(`select id, kind, channel, address, payload, message_id as "messageId", attempts from outbound where address = 'lena@haus.example'`)
    const item = await buildItem(hub.context, { row: sending!, words: null }, { id: hub.ids.mailbox, channel: 'email', address: 'help@help.example', name: 'Help', settings: {}, secrets: {} })
    expect(item).toMatchObject({ to: 'lena@haus.example', payload: { text: words.text, subject: 'Your code for Hillside Lamps', isAutomatic: true } })
    const owner = await hub.db.one<{ same: boolean }>(
      `select e.customer_id = v.customer_id and e.evidence = 'proved' as same from identity e, identity v where e.value = 'lena@haus.example' and v.value = $1`, [visitorId])
    expect(owner.same).toBe(true)
    expect(hub.woken.some((wake) => wake.startsWith('deliver code:email:lena@haus.example'))).toBe(true)
  })

  test('no code is good after five tries, and no address gets more than three an hour', async () => {
    const { socket } = await hub.visit()
    const target = { kind: 'phone', value: '+49 170 1234567' }
    expect(await ask(socket, 'requestCode', target)).toEqual({ ok: true })
    const [row] = await hub.db.query<{ payload: { sealed: string } }>(`select payload from outbound where address = '+491701234567'`)
    const code = /\d{6}/.exec(hub.context.secrets.openSecret(row!.payload.sealed))![0]
    const wrong = code === '111111' ? '222222' : '111111'
    for (let i = 0; i < 5; i++) expect((await ask(socket, 'returnCode', { ...target, code: wrong })).code).toBe('wrong-code')
    expect(await ask(socket, 'returnCode', { ...target, code })).toEqual({ ok: false, code: 'wrong-code' })
    expect(await ask(socket, 'requestCode', { kind: 'email', value: 'not an address' })).toEqual({ ok: false, code: 'bad-address' })
    for (const expected of [true, true, false]) expect((await ask((await hub.visit()).socket, 'requestCode', target)).ok).toBe(expected)
  })
})

describe('presence', () => {
  const stateOf = async (visitorId: string) => (await hub.contactOf(visitorId)).state
  const sessionOf = (visitorId: string) => hub.db.one<{ state: string; endReason: string | null }>(`select state, end_reason as "endReason" from session where visitor_id = $1 order by started_at desc limit 1`, [visitorId])

  test('a reload ends nothing; a minute away ends the chat, and a chat that still waited is abandoned', async () => {
    const { socket, token, visitorId } = await hub.visit()
    await send(socket, clientId(), 'anybody there?')
    socket.disconnect()
    const back = await hub.visit({ token })
    await sweepChats(hub.context)
    expect((await sessionOf(visitorId)).state).toBe('live')
    const left = soon(() => hub.holds(visitorId) === 0)
    back.socket.disconnect()
    await left
    hub.clock.advance(61_000)
    await sweepChats(hub.context)
    expect(await sessionOf(visitorId)).toEqual({ state: 'ended', endReason: 'away' })
    expect(await hub.db.one(`select result from queue_entry e join contact c on c.id = e.contact_id join message m on m.contact_id = c.id where m.visitor_id = $1`, [visitorId])).toEqual({ result: 'abandoned' })
    expect(await stateOf(visitorId)).toBe('closed')
  })

  test('whoever says goodbye has left at once; an agent keeps the contact they hold', async () => {
    const { socket, visitorId } = await hub.visit()
    await send(socket, clientId(), 'hello')
    await hub.accept(visitorId)
    expect(await ask(socket, 'leave')).toEqual({ ok: true })
    expect(await sessionOf(visitorId)).toEqual({ state: 'ended', endReason: 'left' })
    expect(await stateOf(visitorId)).toBe('active')
  })

  test('signing out ends the visitor on every tab, and their token', async () => {
    const one = await hub.visit()
    await send(one.socket, clientId(), 'hello')
    const two = await hub.visit({ token: one.token })
    const told = new Promise((resolve) => two.socket.once('goodbye', resolve))
    expect(await ask(one.socket, 'signOut')).toEqual({ ok: true })
    expect(await told).toEqual({ code: 'signed-out' })
    await soon(() => !two.socket.connected)
    await expect(hub.connect({ token: one.token })).rejects.toThrow('unauthorized')
  })

  test('read is told once and stays', async () => {
    const { socket, visitorId, token } = await hub.visit()
    await send(socket, clientId(), 'hello')
    await hub.accept(visitorId)
    const messageId = await hub.answer(visitorId, 'hi')
    socket.emit('read', { messageId })
    await soon(async () => (await hub.db.one<{ status: string }>('select status from message where id = $1', [messageId])).status === 'read')
    expect((await hub.visit({ token })).snapshot.messages.at(-1)?.status).toBe('read')
  })
})

test('a token is renewed after a day, and the old one ends when the new one is used', async () => {
  const { socket, token } = await hub.visit()
  await send(socket, clientId(), 'hello')
  hub.clock.advance(25 * 3_600_000)
  const renewed = await hub.visit({ token })
  expect(renewed.token).not.toBe(token)
  // The answer may have been lost: until the new one is used the old one is good.
  const again = await hub.visit({ token })
  expect(again.visitorId).toBe(renewed.visitorId)
  expect((await hub.visit({ token: renewed.token })).visitorId).toBe(renewed.visitorId)
  await expect(hub.connect({ token })).rejects.toThrow('unauthorized')
  hub.clock.advance(31 * 24 * 3_600_000)
  await expect(hub.connect({ token: renewed.token })).rejects.toThrow('unauthorized')
})
