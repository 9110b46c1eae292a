import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { describe, expect } from 'vitest'
import { signIn } from '../support/hub.ts'
import { until } from '../support/deadline.ts'
import { canary, hub, row, staff, staffViewer } from './harness.ts'

type Options = Partial<ManagerOptions & SocketOptions>

/** A socket of the console; rejects with what the hub says. */
async function connect(options: Options = {}, namespace = '/staff'): Promise<Socket> {
  const socket = io(`${hub().url}${namespace}`, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { cookie: staff().cookie }, ...options })
  try {
    await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject) })
    return socket
  } catch (error) {
    socket.disconnect()
    throw error
  }
}

const refused = async (options: Options, namespace?: string): Promise<void> => {
  await expect(connect(options, namespace)).rejects.toThrow(/^(unauthorized|websocket error|xhr poll error|Invalid namespace)$/)
}
const from = (origin: string): Options => ({ extraHeaders: { origin, cookie: staff().cookie } })

async function bad(name: string, payloads: readonly unknown[], code = 'bad-request'): Promise<void> {
  const socket = await connect()
  for (const payload of payloads) expect(await socket.timeout(1_000).emitWithAck(name, payload), JSON.stringify(payload)).toEqual({ ok: false, code })
  socket.disconnect()
}

/** Connecting and leaving is seen in the agent's presence. */
const presenceTables = ['agent_state', 'event', 'room', 'room_event', 'presence_interval', 'load_interval']

export function staffSocketRows(): void {
  describe('staff socket: handshake', () => {
    row('staff', 'WS-01, WS-03', 'pages of other sites, with the cookie of somebody signed in', async () => {
      const { port, host } = new URL(hub().url)
      for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, `https://${host}`, `http://127.0.0.1:${Number(port) + 1}`, `http://localhost:${port}`]) await refused(from(origin))
      await refused({ ...from('https://evil.example'), transports: ['polling'] })
    })
    row('staff', 'WS-04', 'no cookie, garbage, forged signatures', async () => {
      const name = staff().cookie.split('=')[0]
      for (const cookie of ['', 'a=b', `${name}=`, `${name}=garbage`, `${name}=${'x'.repeat(3_000)}`, staff().cookie.replace(/\.[^.]+$/, '.AAAA'), `${name}=eyJhbGciOiJub25lIn0.e30.`]) await refused({ extraHeaders: { cookie } })
      for (const authorization of ['Bearer x', 'Basic bGVuYTpsYW1w', `Bearer ${'y'.repeat(60)}`]) await refused({ extraHeaders: { authorization } })
    })
    row('staff', 'WS-06', 'a website’s visitor at the door of staff', async () => {
      const site = await hub().db.one<{ id: string }>(`select id from channel_account where channel = 'webchat'`)
      await refused({ extraHeaders: { origin: hub().url }, auth: { accountId: site.id, token: 'x'.repeat(43) } })
    })
    row('staff', 'WS-07', 'the session in the address', async () => {
      await refused({ extraHeaders: {}, query: { token: staff().cookie, cookie: staff().cookie } })
    })
    row('staff', 'WS-12', 'other versions and transports', async () => {
      for (const query of ['EIO=3&transport=polling', 'EIO=99&transport=polling', 'EIO=4&transport=telepathy', 'EIO=4', '', 'EIO=4&transport=polling&sid=unknown']) {
        const response = await fetch(`${hub().url}/socket.io/?${query}`)
        expect(response.status, query).toBe(400)
        expect(await response.text()).not.toMatch(/stack|\.js|\.ts/)
      }
    })
    row('staff', 'WS-13', 'namespaces nobody made', async () => {
      for (const namespace of ['/admin', '/', '/constructor', '/staff/../visitor']) await refused({}, namespace)
    }, { isCounted: false })
    row('staff', 'WS-15, WS-60', 'a socket after its session has ended, and the next one', async () => {
      const jonas = await signIn(hub().url, 'jonas')
      const socket = await connect({ extraHeaders: { cookie: jonas.cookie } })
      const gone = new Promise<void>((resolve) => { socket.once('disconnect', () => resolve()) })
      await jonas.must('DELETE', '/session')
      const startedAt = performance.now()
      await gone
      expect(performance.now() - startedAt).toBeLessThan(1_000)
      await refused({ extraHeaders: { cookie: jonas.cookie } })
    }, { changes: [...presenceTables, 'audit_entry', 'staff_session', 'staff_verification'], isCounted: true })
  })

  describe('staff socket: frames', () => {
    const frames: [string, string, string[]][] = [
      ['WS-19', 'broken JSON', ['42/staff,{not json', '42/staff,["sync"', '42/staff,']],
      ['WS-21', 'names of the library’s own events', ['42/staff,["error"]', '42/staff,["disconnect"]', '42/staff,["disconnecting"]', '42/staff,["newListener"]', '42/staff,["connect"]', '42/staff,["connect_error"]']],
      ['WS-22', 'no event name', ['42/staff,[1]', '42/staff,[["msg"]]', '42/staff,{}', '42/staff,[]', '42/staff,null', '42/staff,"sync"', '42/staff,[null,{}]']],
      ['WS-24', 'names that reach into objects', ['42/staff,["constructor"]', '42/staff,["__proto__",{}]', '42/staff,["toString"]', '42/staff,["hasOwnProperty",1]', '42/staff,{"event":"base"}']],
      ['WS-25', 'attachments that never come', ['45999999999-/staff,["sync",{"_placeholder":true,"num":0}]', '451-/staff,["sync",{"_placeholder":true,"num":5}]', '42/staff,["sync",{"_placeholder":true,"num":0}]']],
      ['WS-34', 'no acknowledgement asked for', ['42/staff,["sync",{"rooms":{},"conversationId":null}]', '42/staff,["open",{"conversationId":"x"}]', '42/staff,["board",{"on":true}]', '42/staff,["sync"]']],
    ]
    for (const [ids, title, sent] of frames) row('staff', ids, title, async () => {
      for (const frame of sent) {
        const raw = await rawSocket()
        await raw.join()
        raw.send(frame)
        await raw.settle()
        expect(raw.frames.filter((answer) => /stack|at \w+ \(|server\//.test(answer))).toEqual([])
        raw.close()
      }
    }, { isCounted: false })
    row('staff', 'WS-27', 'an event before the namespace was joined', async () => {
      const raw = await rawSocket()
      raw.send('42/staff,["sync",{"rooms":{},"conversationId":null}]')
      await raw.closed
    }, { isCounted: false })
    row('staff', 'WS-28', 'frames of 70 KB and of 2 MB', async () => {
      for (const size of [70_000, 2_000_000]) {
        const raw = await rawSocket()
        await raw.join()
        raw.send(`42/staff,["sync",{"rooms":{"${'x'.repeat(size)}":1},"conversationId":null}]`)
        await raw.closed
      }
    }, { isCounted: false })
    row('staff', 'WS-30', 'binary junk', async () => {
      const raw = await rawSocket()
      await raw.join()
      raw.send(new Uint8Array(60_000).map((_, index) => index * 31))
      await raw.settle()
      raw.close()
    }, { isCounted: false })
    row('staff', 'WS-31', 'compression is not offered', async () => {
      const raw = await rawSocket()
      expect(raw.extensions).toBe('')
      raw.close()
    }, { isCounted: false })
  })

  describe('staff socket: envelopes', () => {
    const nobody = '0190a000-0000-7000-8000-00000000dead'
    row('staff', 'WS-36, WS-37', 'payloads that are none, or say more than they may', () => bad('sync', [null, undefined, 7, [], 'x', {}, { rooms: null, conversationId: null }, { rooms: { a: -1 }, conversationId: null }, { rooms: { a: 1.5 }, conversationId: null }, { rooms: { a: 1e18 }, conversationId: null }, { rooms: { [canary.word.repeat(20)]: 1 }, conversationId: null }, { rooms: {}, conversationId: `' or 1=1` }, { rooms: {}, conversationId: { not: '' } }, { rooms: {}, conversationId: null, role: 'admin' }, { rooms: {}, conversationId: null, agentId: nobody }]))
    row('staff', 'WS-36', 'conversations that are none', () => bad('open', [null, {}, { conversationId: '' }, { conversationId: null }, { conversationId: 7 }, { conversationId: ['x'] }, { conversationId: canary.word }]))
    row('staff', 'WS-54', 'a conversation that is not there, or out of sight', async () => {
      await bad('open', [{ conversationId: nobody }], 'not-found')
      expect(await staffViewer().ask('sync', { rooms: {}, conversationId: nobody })).toMatchObject({ ok: true, sync: { kind: 'snapshot', conversation: null } })
    })
    row('staff', 'WS-46', 'rooms of others are not joined by naming them', async () => {
      const socket = await connect()
      const heard: unknown[] = []
      socket.on('events', (events) => heard.push(events))
      const { sync } = (await socket.timeout(1_000).emitWithAck('sync', { rooms: { supervisors: 0, [`conversation:${nobody}`]: 0, 'agent:0190a000-0000-7000-8000-000000000001': 0, board: 0 }, conversationId: null })) as { sync: { kind: string; rooms?: object } }
      expect(sync.kind).toBe('snapshot')
      const rooms = [...hub().context.realtime.io.of('/staff').sockets.get(socket.id ?? '')?.rooms ?? []]
      expect(rooms.filter((room) => /supervisors|board|dead|000000000001/.test(room))).toEqual([])
      socket.disconnect()
    }, { isCounted: false })
    row('staff', 'WS-51', 'typing a thousand times, in a conversation that is not open', async () => {
      const socket = await connect()
      for (let i = 0; i < 1_000; i++) socket.emit('typing', { conversationId: nobody, on: i % 2 === 0 })
      await until('the flood to be over', async () => ((await socket.timeout(1_000).emitWithAck('typing', { conversationId: nobody, on: false })) as { ok: boolean }).ok)
      socket.disconnect()
    })
    row('staff', 'WS-52', 'acting by socket, and as somebody else', () => bad('presence', [{ agentId: nobody, presence: 'available' }], 'unknown-event'))
    row('staff', 'WS-52', 'more of what is done over HTTP only', async () => {
      for (const name of ['assign', 'accept', 'send', 'join', 'rate_conversation']) await bad(name, [{ contactId: nobody }], 'unknown-event')
    })
    row('staff', 'WS-54', 'the board, by an agent', () => bad('board', [{ on: true }], 'forbidden'))
    row('staff', 'WS-63', 'five thousand events in a second from one socket', async () => {
      const socket = await connect()
      for (let i = 0; i < 5_000; i++) {
        socket.emit('open', { conversationId: nobody })
        // In slices, because sender and server share this process and its event loop.
        if (i % 250 === 0) await new Promise((resolve) => { setImmediate(resolve) })
      }
      expect(await socket.timeout(5_000).emitWithAck('open', { conversationId: nobody })).toMatchObject({ ok: false, code: 'rate-limited' })
      expect(await staffViewer().ask('sync', { rooms: {}, conversationId: null })).toMatchObject({ ok: true })
      socket.disconnect()
    })
  })
}

/** Engine.IO by hand, for what no client would send. */
async function rawSocket() {
  const Raw = WebSocket as unknown as new (url: string, options: { headers: Record<string, string> }) => WebSocket // Node's takes headers
  const socket = new Raw(`${hub().url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers: { cookie: staff().cookie } })
  const frames: string[] = []
  const closed = new Promise<void>((resolve) => { socket.addEventListener('close', () => resolve()) })
  socket.addEventListener('message', (event) => {
    frames.push(String(event.data))
    if (event.data === '2') socket.send('3')
  })
  socket.addEventListener('error', () => {})
  await until('the socket to open', () => frames[0]?.startsWith('0') === true)
  return {
    frames, closed, extensions: socket.extensions,
    send: (frame: string | Uint8Array<ArrayBuffer>) => socket.send(frame),
    close: () => socket.close(),
    async join() {
      socket.send('40/staff,{}')
      await until('the namespace to be joined', () => frames.some((frame) => frame.startsWith('40/staff,')))
    },
    /** Until the server has closed it, or has answered something sent after. */
    async settle() {
      if (socket.readyState === socket.OPEN) socket.send('42/staff,99["close",{"conversationId":"0190a000-0000-7000-8000-00000000dead"}]')
      await until('the frame to be dealt with', () => socket.readyState !== socket.OPEN || frames.some((frame) => frame.startsWith('43/staff,99')))
    },
  }
}
