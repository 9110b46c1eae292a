/**
 * The rows WS-… of the bad-input list that concern visitors, one by one: after each the process lives, no rows but those named
 * have changed, nothing was logged as an error, the rejection was counted, and the next valid input is answered at once.
 */
import { SignJWT, UnsecuredJWT, exportSPKI, generateKeyPair } from 'jose'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { counted } from '#server/platform/telemetry.ts'
import { dumpDifference, dumpTables } from '../support/dump.ts'
import { ask, collect, send, siteOrigin, siteSecret, soon, startVisitorHub, type VisitorHub } from './support/visitor-hub.ts'

let hub: VisitorHub
/** Somebody else, chatting all the while. */
let good: Awaited<ReturnType<VisitorHub['visit']>>
let goodMessageId: string

beforeAll(async () => {
  hub = await startVisitorHub()
  good = await hub.visit()
  goodMessageId = (await send(good.socket, 'good-0001', 'hello')).message.id
  await hub.context.relay.flush()
}, 60_000)
afterAll(() => hub.stop())

interface Row {
  /** Tables the row may change; none unless told. */
  changes?: string[]
  /** Whether somebody is to see the refusal in the figures. */
  isCounted?: boolean
}

/** Runs one row and checks what must hold after every one. */
function row(ids: string, act: () => Promise<void>, { changes = [], isCounted = false }: Row = {}): void {
  test(ids, { timeout: 15_000 }, async () => {
    const before = await dumpTables(hub.db, { withoutColumns: ['last_seen_at', 'published_at'] })
    const rejected = await counted('socketsRejected')
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    await act()
    lag.disable()
    // The median: single delays are other tests on the same two cores.
    expect(lag.percentile(50) / 1e6, 'event loop lag in ms').toBeLessThan(100)
    const changed = Object.keys(dumpDifference(before, await dumpTables(hub.db, { withoutColumns: ['last_seen_at', 'published_at'] })))
    expect(changed.filter((table) => !changes.includes(table)), 'tables that changed').toEqual([])
    if (isCounted) expect(await counted('socketsRejected')).toBeGreaterThan(rejected)
    const startedAt = performance.now()
    expect((await ask(good.socket, 'sync', { seq: null })).snapshot.messages[0]?.text).toBe('hello')
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
}

const sendTables = ['attachment', 'claim', 'contact', 'conversation', 'conversation_team', 'customer', 'event', 'identity', 'message', 'queue_entry', 'receipt', 'room', 'room_event', 'session', 'sla_clock', 'turn', 'visitor']
const refused = (auth: Record<string, unknown>, options: Parameters<VisitorHub['connect']>[1] = {}) => expect(hub.connect(auth, options)).rejects.toThrow(/^(unauthorized|websocket error|xhr poll error)$/)
const from = (origin: string) => ({ extraHeaders: { origin } })

describe('handshake', () => {
  row('WS-01 a page of a foreign origin', async () => {
    await refused({}, from('https://evil.example'))
    await refused({}, { ...from('https://evil.example'), transports: ['polling'] })
  }, { isCounted: true })
  row('WS-03 origins that only look like the site’s, or are another site’s', async () => {
    for (const origin of ['null', 'https://shop.example.evil.com', 'http://shop.example', 'https://shop.example:8443', 'https://other.example']) await refused({}, from(origin))
  }, { isCounted: true })
  row('WS-04 tokens that are garbage, unsigned, signed by the wrong key or over', async () => {
    const claims = { sub: 'mei', aud: hub.ids.site, exp: Math.floor(Date.now() / 1000) + 600 }
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const confused = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(await exportSPKI(publicKey)))
    for (const token of ['', 'garbage', 'a'.repeat(500), '\u0000']) await refused({ token })
    for (const siteToken of [
      new UnsecuredJWT(claims).encode(), await confused, await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
      await new SignJWT({ ...claims, exp: 1 }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(siteSecret)), '', 'x',
    ]) await refused({ siteToken })
    await refused({ accountId: 'nonsense' })
    await refused({ accountId: hub.ids.mailbox })
    await refused({ accountId: undefined })
    await refused({ unexpected: 1 })
  }, { isCounted: true })
  row('WS-04 the token of another site', async () => {
    await refused({ accountId: hub.ids.otherSite, token: good.token }, from('https://other.example'))
  }, { isCounted: true })
  row('WS-06 a session cookie of staff opens nothing here', async () => {
    await refused({ accountId: undefined }, { extraHeaders: { origin: siteOrigin, cookie: 'tributary.session_token=abc' } })
  }, { isCounted: true })
  row('WS-07 a token in the query string', async () => {
    await refused({}, { query: { token: good.token } })
  }, { isCounted: true })
  row('WS-09 a site’s word for somebody that is empty, unsigned, or in other letters', async () => {
    const token = await hub.siteToken()
    await refused({ siteToken: token.toUpperCase() })
    await refused({ siteToken: token.split('.').slice(0, 2).join('.') })
    await refused({ siteToken: `${token}x` })
  }, { isCounted: true })
  row('WS-10 a site’s word that would be good for too long', async () => {
    const long = new SignJWT({ sub: 'mei' }).setProtectedHeader({ alg: 'HS256' }).setAudience(hub.ids.site).setExpirationTime('2h').sign(new TextEncoder().encode(siteSecret))
    await refused({ siteToken: await long })
  }, { isCounted: true })
  row('WS-12 other versions and transports of Engine.IO', async () => {
    for (const query of ['EIO=3&transport=polling', 'EIO=99&transport=polling', 'EIO=4&transport=telepathy', 'EIO=4', '']) {
      expect((await fetch(`${hub.url}/socket.io/?${query}`)).status, query).toBe(400)
    }
  })
  row('WS-13 an unknown namespace', async () => {
    const raw = await rawSocket()
    raw.send('40/admin,{}')
    expect(await raw.next((frame) => frame.startsWith('44/admin'))).toBe('44/admin,{"message":"Invalid namespace"}')
    raw.close()
  })
  row('WS-15 a reconnect after the visitor was ended', async () => {
    const gone = await hub.visit()
    await send(gone.socket, 'ended-0001', 'bye')
    await ask(gone.socket, 'signOut')
    await refused({ token: gone.token })
  }, { changes: sendTables, isCounted: true })
})

describe('frames', () => {
  const frames: [string, string[]][] = [
    ['WS-19 broken JSON', ['42/visitor,{not json', '42/visitor,["send"', '42/visitor,']],
    ['WS-21 names of the library’s own events', ['42/visitor,["error"]', '42/visitor,["disconnect"]', '42/visitor,["disconnecting"]', '42/visitor,["newListener"]', '42/visitor,["connect"]', '42/visitor,["connect_error"]']],
    ['WS-22 no event name', ['42/visitor,[1]', '42/visitor,[["msg"]]', '42/visitor,{}', '42/visitor,[]', '42/visitor,null', '42/visitor,"send"', '42/visitor,[null,{}]']],
    ['WS-24 event names that reach into objects', ['42/visitor,["constructor"]', '42/visitor,["__proto__",{}]', '42/visitor,["toString"]', '42/visitor,["hasOwnProperty",1]']],
    ['WS-25 attachments that never come', ['45999999999-/visitor,["send",{"_placeholder":true,"num":0}]', '451-/visitor,["send",{"_placeholder":true,"num":5}]', '42/visitor,["send",{"_placeholder":true,"num":0}]']],
    ['WS-34 no acknowledgement asked for', ['42/visitor,["sync",{"seq":null}]', '42/visitor,["earlier",{"beforeMessageId":"x","limit":1}]', '42/visitor,["returnCode",{}]']],
  ]
  for (const [ids, sent] of frames) {
    row(ids, async () => {
      for (const frame of sent) {
        const raw = await rawSocket()
        await raw.join()
        raw.send(frame)
        // Closed or ignored: either way nothing is said that was not asked for, and the next socket is served.
        await raw.settle()
        expect(raw.frames.filter((answer) => /stack|at \w+ \(|server\//.test(answer))).toEqual([])
        raw.close()
      }
    })
  }
  row('WS-27 an event before the namespace was joined', async () => {
    const raw = await rawSocket()
    raw.send('42/visitor,["sync",{"seq":null}]')
    await raw.closed
  })
  row('WS-28 a frame of 70 KB, and one of 2 MB', async () => {
    for (const size of [70_000, 2_000_000]) {
      const raw = await rawSocket()
      await raw.join()
      raw.send(`42/visitor,["send",{"clientId":"too-large-1","text":"${'x'.repeat(size)}","attachmentIds":[]}]`)
      await raw.closed
    }
  })
  row('WS-30 binary junk', async () => {
    const raw = await rawSocket()
    await raw.join()
    raw.send(new Uint8Array(60_000).map((_, index) => index * 31))
    await raw.settle()
    raw.close()
  })
  row('WS-31 compression is not offered', async () => {
    const raw = await rawSocket()
    expect(raw.extensions).toBe('')
    raw.close()
  })
})

describe('handlers', () => {
  let socket: Socket
  let visitorId: string
  // A socket of its own for each row: so many refusals use up what one socket may ask.
  beforeEach(async () => {
    const visitor = await hub.visit()
    socket = visitor.socket
    visitorId = visitor.visitorId
    await send(socket, 'handler-0001', 'I am here')
    await hub.context.relay.flush()
  })
  const bad = async (name: string, payloads: unknown[]): Promise<void> => {
    for (const payload of payloads) expect(await ask(socket, name, payload), JSON.stringify(payload)).toEqual({ ok: false, code: 'bad-request' })
  }

  row('WS-36 texts that are no text', async () => {
    await bad('send', [null, undefined, 7, [], 'text', { clientId: 'wrong-0001', text: { a: 1 }, attachmentIds: [] }, { clientId: 'wrong-0001', text: null, attachmentIds: [] }, { clientId: 'wrong-0001', text: ' \n', attachmentIds: [] }, { clientId: 'wrong-0001', text: 'x'.repeat(5_001), attachmentIds: [] }])
  }, { isCounted: true })
  row('WS-36 client ids that are none', async () => {
    await bad('send', ['', 'short', 'a'.repeat(65), 'white space 1', '../../etc/passwd', 'nul\u0000nul1', 7, {}].map((clientId) => ({ clientId, text: 'x', attachmentIds: [] })))
  }, { isCounted: true })
  row('WS-37 fields that are not the visitor’s to set', async () => {
    const message = { clientId: 'extra-0001', text: 'x', attachmentIds: [] }
    await bad('send', [{ ...message, role: 'admin' }, { ...message, agentId: hub.ids.agent }, { ...message, createdAt: '2020-01-01' }, { ...message, isPrivate: true }, { ...message, direction: 'outbound' }])
    await bad('introduce', [{ name: 'x', tier: 'gold' }, { customerId: hub.ids.agent }])
  }, { isCounted: true })
  row('WS-39 markup is text', async () => {
    const text = '<svg onload=alert(1)> [x](javascript:alert(1)) {{7*7}} ${7*7}'
    expect((await send(socket, 'markup-001', text)).message.text).toBe(text)
    const mark = await hub.db.one<{ text: string; html: string | null }>(`select text, html from message where client_id = 'markup-001'`)
    expect(mark).toEqual({ text, html: null })
  }, { changes: sendTables })
  row('WS-40 characters no database takes, and those that confuse readers', async () => {
    expect((await send(socket, 'strange-01', 'a\u0000b \ud800 c')).message.text).toBe('ab \ufffd c')
    expect((await send(socket, 'strange-02', '\u202egnp.exe Z\u0351\u036b\u0343')).ok).toBe(true)
  }, { changes: sendTables })
  row('WS-42 a client id with another text', async () => {
    await send(socket, 'twice-0001', 'first')
    expect(await send(socket, 'twice-0001', 'second')).toEqual({ ok: false, code: 'conflict' })
    expect((await send(socket, 'twice-0001', 'first')).message.text).toBe('first')
  }, { changes: sendTables })
  row('WS-43 the client id of another visitor’s message', async () => {
    expect((await send(socket, 'good-0001', 'my own')).message.text).toBe('my own')
  }, { changes: sendTables })
  row('WS-46 items of another visitor', async () => {
    expect(await ask(socket, 'earlier', { beforeMessageId: goodMessageId, limit: 50 })).toMatchObject({ ok: true, messages: [], hasEarlier: false })
    expect(await ask(socket, 'read', { messageId: goodMessageId })).toEqual({ ok: true })
    const heard = collect(socket)
    await send(good.socket, 'private-01', 'for the agent only')
    await hub.context.relay.flush()
    expect(JSON.stringify(heard)).not.toContain('for the agent only')
  }, { changes: sendTables })
  row('WS-48 places that are none', async () => {
    await bad('earlier', [-1, 1e18, "' or 1=1 --", { a: 1 }, null].map((beforeMessageId) => ({ beforeMessageId, limit: 10 })))
    await bad('earlier', [-1, 0, 1.5, 'all', null, Infinity].map((limit) => ({ beforeMessageId: goodMessageId, limit })))
    await bad('sync', [{ seq: -1 }, { seq: 1.5 }, { seq: 'x' }, {}, { seq: 1e18 }])
  }, { isCounted: true })
  row('WS-49 a page of a billion', async () => {
    expect((await ask(socket, 'earlier', { beforeMessageId: goodMessageId, limit: 1e9 })).ok).toBe(true)
  })
  row('WS-51 typing a thousand times a second', async () => {
    for (let i = 0; i < 1_000; i++) socket.emit('typing', { on: i % 2 === 0 })
    await soon(async () => (await ask(socket, 'typing', { on: false })).ok)
  }, { isCounted: true })
  row('WS-52, WS-54, WS-55 what only staff may do', async () => {
    for (const name of ['presence', 'assign', 'open', 'board']) expect(await ask(socket, name, { agentId: hub.ids.agent })).toEqual({ ok: false, code: 'unknown-event' })
  }, { isCounted: true })
  row('WS-57 a survey nobody was asked, and scores that are none', async () => {
    await bad('answerSurvey', [{ invitationId: hub.ids.agent, score: 99 }, { invitationId: hub.ids.agent, score: -1 }, { invitationId: 'x', score: 1 }, { score: 1 }])
    expect(await ask(socket, 'answerSurvey', { invitationId: hub.ids.agent, score: 5 })).toEqual({ ok: false, code: 'not-found' })
  }, { isCounted: true })
  row('WS-58 files that are not the visitor’s', async () => {
    expect(await send(socket, 'files-0001', 'x', [hub.ids.agent])).toEqual({ ok: false, code: 'not-found' })
    await bad('send', [{ clientId: 'files-0002', text: '', attachmentIds: Array.from({ length: 6 }, () => hub.ids.agent) }, { clientId: 'files-0003', text: 'x', attachmentIds: 'all' }])
    expect(await ask(socket, 'fileLink', { attachmentId: hub.ids.agent })).toEqual({ ok: false, code: 'not-found' })
  })
  row('WS-61 a message in the moment the socket goes', async () => {
    const going = await hub.visit()
    going.socket.emit('send', { clientId: 'parting-01', text: 'and off', attachmentIds: [] })
    going.socket.disconnect()
    // Stored whole or not at all; the widget has it still and sends it again under the same id.
    await soon(() => hub.holds(going.visitorId) === 0)
    const halves = await hub.db.query(`select 1 from receipt r where r.channel = 'webchat' and r.external_id like '%:parting-01' and r.state = 'failed'`)
    expect(halves).toEqual([])
  }, { changes: sendTables })
  row('WS-63 ten thousand events in a second', async () => {
    const flood = await hub.visit()
    for (let i = 0; i < 10_000; i++) {
      flood.socket.emit('sync', { seq: null })
      // In slices, because sender and server share this process and its event loop.
      if (i % 250 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await soon(async () => { const reply = await ask(flood.socket, 'sync', { seq: null }); return reply.ok ? null : reply.code })).toBe('rate-limited')
    expect((await ask(good.socket, 'sync', { seq: null })).ok).toBe(true)
    flood.socket.disconnect()
  }, { isCounted: true })
  row('WS-72 a name of a megabyte is too long, one of a hundred letters is not', async () => {
    await bad('introduce', [{ name: 'x'.repeat(101) }, { name: { toString: 'x' } }, { email: ['a@b.example'] }])
    expect((await ask(socket, 'introduce', { name: '<b>Robert"); drop table' })).ok).toBe(true)
    expect(await hub.db.query(`select value from claim where kind = 'name' and value like '<b>%'`)).toHaveLength(1)
    expect(visitorId).not.toBe('')
  }, { changes: ['claim', 'customer', 'event', 'room', 'room_event'] })
})

/** Engine.IO by hand, for what no client would send. */
async function rawSocket() {
  const Raw = WebSocket as unknown as new (url: string, options: { headers: Record<string, string> }) => WebSocket // Node's takes headers
  const socket = new Raw(`${hub.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers: { origin: siteOrigin } })
  const frames: string[] = []
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()))
  socket.addEventListener('message', (event) => {
    frames.push(String(event.data))
    if (event.data === '2') socket.send('3')
  })
  socket.addEventListener('error', () => {})
  await soon(() => frames[0]?.startsWith('0'))
  const next = (isIt: (frame: string) => boolean) => soon(() => frames.find(isIt))
  return {
    frames, closed, next, extensions: socket.extensions,
    send: (frame: string | Uint8Array<ArrayBuffer>) => socket.send(frame),
    close: () => socket.close(),
    async join() {
      socket.send(`40/visitor,${JSON.stringify({ accountId: hub.ids.site })}`)
      await next((frame) => frame.startsWith('40/visitor,'))
    },
    /** Until the server has closed it, or has answered something sent after. */
    async settle() {
      if (socket.readyState === socket.OPEN) socket.send('42/visitor,99["typing",{"on":false}]')
      await soon(() => socket.readyState !== socket.OPEN || frames.some((frame) => frame.startsWith('43/visitor,99')))
    },
  }
}
