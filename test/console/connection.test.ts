/** The console's connection against a real Socket.IO server that answers as a hub does. */
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StaffEnvelope } from '#contract/events.ts'
import { emptyInbox } from '#contract/inbox-state.ts'
import type { InboxSnapshot, SyncReply, SyncRequest } from '#contract/staff-socket.ts'
import type { AgentView, ContactView, MessageView } from '#contract/views.ts'
import { until } from '../support/deadline.ts'

const at = '2026-11-22T10:00:00.000Z'
const me: AgentView = { id: 'lena', name: 'Lena', role: 'agent', presence: 'available', reason: null, draining: false, load: 'idle', liveUsed: 0, liveUnits: 100, deferredUsed: 0, deferredUnits: 100, contacts: 0, isHelping: false, teamIds: [], queueIds: [], since: at, retired: false, version: 1 }

const contact = (id: string, version: number, state: ContactView['state'] = 'waiting'): ContactView => ({ id, conversationId: `c-${id}`, state, version, ownerId: null, openedAt: at, lastMessageAt: at, lastInboundAt: at, waitingSince: at, closedAt: null }) as ContactView // only what lists read
const snapshot = (contacts: ContactView[], seq: number): SyncReply => ({
  kind: 'snapshot', conversation: null,
  inbox: { at, me, agents: [], queues: [], contacts, offers: [], suggestions: [], windows: emptyInbox.windows, reads: {}, rooms: { 'team:1': seq } } satisfies InboxSnapshot,
})
const envelope = (seq: number, view: ContactView): StaffEnvelope => ({ room: 'team:1', seq, at, type: 'contact.changed', upsert: { contacts: [view] }, removed: {} }) as StaffEnvelope // only what the screen reads

let http: HttpServer
let io: Server
let asked: SyncRequest[]
let replies: (SyncReply | { refused: string })[]
/** So many times the server says at the door that it cannot let anybody in just now. */
let unavailable = 0
let socket: Socket | undefined

/** The modules keep one connection a page; each test is a page of its own. */
async function page() {
  vi.resetModules()
  vi.doMock('socket.io-client', async (original) => {
    const client = await original<typeof import('socket.io-client')>()
    const { port } = http.address() as AddressInfo
    return { ...client, io: (path: string, options: object) => client.io(`http://127.0.0.1:${port}${path}`, options) }
  })
  const [connection, state] = await Promise.all([import('../../console/state/connection.ts'), import('../../console/state/inbox.ts')])
  return { ...connection, ...state, states: () => Object.fromEntries(Object.values(state.inbox.get().contacts).map(({ id, state: is }) => [id, is])) }
}

beforeEach(async () => {
  asked = []
  unavailable = 0
  http = createServer()
  await new Promise<void>((resolve) => { http.listen(0, '127.0.0.1', resolve) })
  io = new Server(http)
  io.of('/staff').use((_socket, next) => (unavailable-- > 0 ? next(new Error('unavailable')) : next()))
  io.of('/staff').on('connection', (fresh) => {
    socket = fresh
    fresh.on('sync', (request: SyncRequest, ack: (reply: unknown) => void) => {
      asked.push(request)
      const sync = replies.shift()
      if (sync) ack('refused' in sync ? { ok: false, code: sync.refused } : { ok: true, sync })
    })
  })
})
afterEach(async () => {
  vi.doUnmock('socket.io-client')
  vi.restoreAllMocks()
  await io.close()
})

describe('the connection', () => {
  it('is live after one sync, and applies what is told', async () => {
    replies = [snapshot([contact('k1', 1)], 4)]
    const { startConnection, stopConnection, screen, states } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    socket?.emit('events', [envelope(5, contact('k1', 2, 'active'))])
    await until('the event', () => states()['k1'] === 'active')
    expect(asked).toEqual([{ rooms: {}, conversationId: null }])
    stopConnection()
  })

  it('asks for the difference when a number is missing, and loses nothing told meanwhile', async () => {
    replies = [snapshot([contact('k1', 1)], 4), { kind: 'difference', at, envelopes: [envelope(5, contact('k1', 2, 'offered')), envelope(6, contact('k1', 3, 'active'))], rooms: { 'team:1': 6 } }]
    const { startConnection, stopConnection, screen, states, inbox } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    socket?.emit('events', [envelope(6, contact('k1', 3, 'active'))])
    await until('the difference', () => inbox.get().rooms['team:1'] === 6)
    expect(states()).toEqual({ k1: 'active' })
    expect(asked[1]).toEqual({ rooms: { 'team:1': 4 }, conversationId: null })
    stopConnection()
  })

  it.each([['what it may see changed', { sightChanged: true }], ['the queues changed', { settings: 'queues' }]])('asks for everything anew when %s, and drops what is not in it', async (_name, change) => {
    replies = [snapshot([contact('k1', 1), contact('k2', 1)], 4), snapshot([contact('k2', 1), contact('k3', 1)], 5)]
    const { startConnection, stopConnection, screen, states, inbox } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    socket?.emit('events', [{ ...envelope(5, contact('k2', 1)), ...change }])
    await until('the snapshot', () => states()['k3'] !== undefined)
    expect(Object.keys(states())).toEqual(['k2', 'k3'])
    expect(asked.slice(1)).toEqual([{ rooms: {}, conversationId: null }])
    expect(inbox.get().outdated).toBe(false)
    stopConnection()
  })

  it('says since when it is stale, comes back by itself with its last numbers, and is live again', async () => {
    replies = [snapshot([contact('k1', 1)], 4)]
    const { startConnection, stopConnection, screen, states } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    replies = [{ kind: 'difference', at, envelopes: [envelope(5, contact('k1', 2, 'closed'))], rooms: { 'team:1': 5 } }]
    socket?.conn.close()
    await until('stale', () => screen.get().connection === 'stale')
    expect(screen.get().staleSince).toBe(at)
    await until('live again', () => screen.get().connection === 'live')
    expect(states()).toEqual({ k1: 'closed' })
    expect(asked.at(-1)).toEqual({ rooms: { 'team:1': 4 }, conversationId: null })
    stopConnection()
  })

  it.each([['asked', 0], ['at the door', 1]])('keeps asking a server that cannot answer just now, %s', async (_where, times) => {
    unavailable = times
    replies = [...(times === 0 ? [{ refused: 'failed' }] : []), snapshot([contact('k1', 1)], 4)]
    const { startConnection, stopConnection, screen } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    expect(screen.get().goodbye).toBeNull()
    stopConnection()
  })

  it('loses nothing of a conversation that is told while it is being opened', async () => {
    replies = [snapshot([contact('k1', 1)], 4)]
    const { startConnection, stopConnection, openConversation, screen, inbox } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    const said = (id: string, seq: number): MessageView => ({ id, conversationId: 'c-k1', seq, version: 1 }) as MessageView // only what the timeline reads
    socket?.on('open', (_request, ack: (reply: unknown) => void) => {
      socket?.emit('events', [{ ...envelope(8, contact('k1', 2)), room: 'conversation:c-k1', upsert: { messages: [said('m2', 2)] } }])
      ack({ ok: true, conversation: { conversationId: 'c-k1', epoch: 0, customer: { id: 'cu', version: 1 }, contacts: [], messages: [said('m1', 1)], sessions: [], hasEarlier: false, readMessageId: null, room: 'conversation:c-k1', roomSeq: 7 } })
    })
    await openConversation('c-k1')
    expect([Object.keys(inbox.get().messages['c-k1'] ?? {}), inbox.get().rooms['conversation:c-k1']]).toEqual([['m1', 'm2'], 8])
    stopConnection()
  })

  it('asks for the snapshot when the difference cannot be given, again and again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    replies = [snapshot([contact('k1', 1)], 4)]
    const { startConnection, stopConnection, screen, states } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    replies = [{ refused: 'failed' }, { refused: 'failed' }, snapshot([contact('k1', 3, 'active')], 6)]
    socket?.emit('events', [envelope(6, contact('k1', 3, 'active'))])
    await until('the snapshot', () => states()['k1'] === 'active')
    expect(asked.slice(1).map(({ rooms }) => rooms)).toEqual([{ 'team:1': 4 }, { 'team:1': 4 }, {}])
    stopConnection()
  })

  it('asks once more for a board it was not given', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    replies = [snapshot([], 4)]
    const { startConnection, stopConnection, watchBoard, screen } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    const answers = [{ ok: false, code: 'unavailable' }, { ok: true, board: { number: 7, board: { at, since: at, total: {}, lines: [], agents: [] } } }]
    socket?.on('board', (_request: unknown, ack: (reply: unknown) => void) => ack(answers.shift()))
    watchBoard()
    await until('the board', () => screen.get().board?.at === at)
    stopConnection()
  })

  it('lets go when the server says goodbye, with the reason, and asks for nothing more', async () => {
    replies = [snapshot([], 1)]
    const { startConnection, screen } = await page()
    startConnection()
    await until('live', () => screen.get().connection === 'live')
    socket?.emit('goodbye', { code: 'session.revoked' })
    await until('goodbye', () => screen.get().goodbye === 'session.revoked')
    expect(asked).toHaveLength(1)
    expect(screen.get().connection).toBe('stale')
  })
})
