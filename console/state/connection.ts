/**
 * The one place that speaks to the socket. It keeps the state right: first load and return after a loss are both one `sync`; what
 * arrives while that is under way is held back and applied after it.
 */
import { io, type Socket } from 'socket.io-client'
import { applyConversation, applyEnvelope, applySync, emptyInbox, missedSomething } from '#contract/inbox-state.ts'
import { applyBoardChange, type BoardChange, type NumberedBoard } from '#contract/board-change.ts'
import type { StaffEnvelope } from '#contract/events.ts'
import type { StaffClientEvents, StaffServerEvents } from '#contract/staff-socket.ts'
import { forgetConversation, inbox, screen } from './inbox.ts'

type StaffSocket = Socket<StaffServerEvents, StaffClientEvents>

const ackTimeoutMs = 8_000
const typingShownMs = 6_000
/** A gap that two more tries do not close is not ours to close: a whole snapshot is asked for. */
const differenceTriesMax = 2
/** Until a server that could not answer just now is asked once more; not by all screens at once. */
const againInMs = (): number => 500 + Math.random() * 1_000

let socket: StaffSocket | null = null
let openId: string | null = null
let boardWatchers = 0
let isSyncing = false
let heldBack: StaffEnvelope[] = []
/** What is told while conversations are being opened: their answers may be older. */
let toldMeanwhile: StaffEnvelope[] = []
let opening = 0
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>()
const settingsListeners = new Set<(what: string) => void>()
const followUpListeners = new Set<() => void>()

export function startConnection(): void {
  if (socket) return
  const fresh: StaffSocket = io('/staff', {
    transports: ['websocket'], withCredentials: true, reconnectionDelay: 100, reconnectionDelayMax: 300, randomizationFactor: 0.4, timeout: 5_000,
  })
  socket = fresh
  fresh.on('connect', () => void sync())
  fresh.on('disconnect', () => {
    goStale()
    // Cut by the server, for another team or because we are signed out: the client does not come back from that by itself.
    if (!fresh.active && socket === fresh) fresh.connect()
  })
  fresh.on('connect_error', (error) => {
    goStale()
    if (fresh.active) return
    // The server itself refused, and the client does not try again by itself: who is signed out would be refused again.
    if (error.message !== 'unavailable') return screen.set((held) => ({ ...held, goodbye: error.message }))
    setTimeout(() => { if (socket === fresh) fresh.connect() }, againInMs())
  })
  fresh.on('events', (envelopes) => envelopes.forEach(receive))
  fresh.on('board', receiveBoard)
  fresh.on('typing', showTyping)
  fresh.on('viewing', ({ conversationId, agentIds }) => screen.set((held) => ({ ...held, viewing: { ...held.viewing, [conversationId]: agentIds } })))
  fresh.on('goodbye', ({ code }) => {
    stopConnection()
    screen.set((held) => ({ ...held, goodbye: code }))
  })
}

export function stopConnection(): void {
  socket?.disconnect()
  socket = null
  openId = null
  isSyncing = false
  heldBack = []
}

/** Shows a conversation: joins its room and loads its newest page, unless it is held already. */
export async function openConversation(conversationId: string): Promise<void> {
  openId = conversationId
  if (!socket?.connected || isSyncing) return
  opening += 1
  const reply = await askOpen(conversationId)
  opening -= 1
  const told = toldMeanwhile
  if (opening === 0) toldMeanwhile = []
  if (openId !== conversationId || !reply) return
  if (!reply.ok) return screen.set((held) => ({ ...held, openProblem: { conversationId, code: reply.code } }))
  screen.set((held) => ({ ...held, openProblem: null }))
  inbox.set((held) => told.filter(({ room }) => room === reply.conversation.room).reduce(applyOnce, applyConversation(held, reply.conversation)))
}

export function closeConversation(conversationId: string): void {
  if (openId === conversationId) openId = null
  if (socket?.connected) socket.emit('close', { conversationId })
  forgetConversation(conversationId)
}

/** `identityId`: whom in the chat it is written to; null for any other channel. */
export function sendTyping(conversationId: string, on: boolean, identityId: string | null): void {
  // Said once in three seconds, so it must not be dropped because the line is busy; kept for later it would be a lie.
  if (socket?.connected) socket.emit('typing', { conversationId, on, identityId })
}

/** Board figures flow only while somebody looks at them. */
export function watchBoard(): () => void {
  boardWatchers += 1
  if (boardWatchers === 1) askBoard(true)
  return () => {
    boardWatchers -= 1
    if (boardWatchers === 0) askBoard(false)
  }
}

/** Told which settings changed, so that what was fetched of them can be fetched again. */
export function onSettingsChanged(listener: (what: string) => void): () => void {
  settingsListeners.add(listener)
  return () => settingsListeners.delete(listener)
}

/** Told that a follow-up was opened or changed: by a colleague, by the customer's answer, by time. */
export function onFollowUpsChanged(listener: () => void): () => void {
  followUpListeners.add(listener)
  return () => followUpListeners.delete(listener)
}

async function sync(triesLeft = differenceTriesMax): Promise<void> {
  const asked = socket
  if (!asked) return
  isSyncing = true
  const conversationId = openId
  const rooms = triesLeft > 0 ? inbox.get().rooms : emptyInbox.rooms
  const reply = await asked.timeout(ackTimeoutMs).emitWithAck('sync', { rooms, conversationId }).catch(() => null)
  if (socket !== asked) return
  isSyncing = false
  if (!reply || !reply.ok) {
    heldBack = []
    if (!asked.connected) return
    // No answer in time: a fresh connection asks again. A server whose database is away says so at once, and is asked again; one that cannot
    // tell the difference can tell all.
    if (!reply) asked.disconnect().connect()
    else setTimeout(() => { if (socket === asked && asked.connected && !isSyncing) void sync(Math.max(0, triesLeft - 1)) }, againInMs())
    return
  }
  const arrived = heldBack
  heldBack = []
  const at = reply.sync.kind === 'snapshot' ? reply.sync.inbox.at : reply.sync.at
  inbox.set((held) => arrived.reduce(applyOnce, applySync(held, reply.sync)))
  screen.set((held) => ({ ...held, connection: 'live', staleSince: null, clockOffsetMs: Date.parse(at) - Date.now() }))
  if (arrived.some((envelope) => missedSomething(inbox.get(), envelope))) return void sync(triesLeft - 1)
  if (inbox.get().outdated) return void sync(0)
  if (openId !== null && needsOpening(openId)) void openConversation(openId)
  for (const listener of followUpListeners) listener()
  for (const listener of settingsListeners) listener('notifications')
  if (boardWatchers > 0) askBoard(true)
}

function receive(envelope: StaffEnvelope): void {
  if (opening > 0) toldMeanwhile.push(envelope)
  if (isSyncing) return void heldBack.push(envelope)
  const held = inbox.get()
  if (missedSomething(held, envelope)) {
    heldBack.push(envelope)
    return void sync()
  }
  inbox.set((state) => applyOnce(state, envelope))
  if (openId !== null && envelope.removed.conversationIds?.includes(openId)) leaveGone(openId, envelope.reordered?.[0])
  if (envelope.settings !== undefined) for (const listener of settingsListeners) listener(envelope.settings)
  if (envelope.type.startsWith('follow-up.')) for (const listener of followUpListeners) listener()
  if (inbox.get().outdated) return void sync(0)
  if (openId !== null && envelope.reordered?.includes(openId)) void openConversation(openId)
}

/** What is on screen ceased to be: it went into another conversation, or may not be seen any more. */
function leaveGone(conversationId: string, into: string | undefined): void {
  screen.set((held) => (into === undefined ? { ...held, openProblem: { conversationId, code: 'not-found' } } : { ...held, movedTo: { from: conversationId, to: into } }))
}

/** What a room already told is not applied again: `removed` carries no version. */
function applyOnce(state: ReturnType<typeof inbox.get>, envelope: StaffEnvelope): ReturnType<typeof inbox.get> {
  const last = state.rooms[envelope.room]
  return last !== undefined && envelope.seq <= last ? state : applyEnvelope(state, envelope)
}

function needsOpening(conversationId: string): boolean {
  const held = inbox.get()
  return !held.conversations[conversationId] || held.stale.includes(conversationId)
}

async function askOpen(conversationId: string): Promise<Awaited<ReturnType<typeof askOpenOn>> | null> {
  return socket ? askOpenOn(socket, conversationId).catch(() => null) : null
}

function askOpenOn(on: StaffSocket, conversationId: string) {
  return on.timeout(ackTimeoutMs).emitWithAck('open', { conversationId })
}

/** The board as it was last told; what comes next is a change of it. */
let toldBoard: NumberedBoard | null = null

function receiveBoard(change: BoardChange): void {
  const next = applyBoardChange(toldBoard, change)
  // Not the next of what we hold: while the whole is on its way this goes with it.
  if (next === null) return toldBoard === null ? undefined : askBoard(true)
  toldBoard = next
  screen.set((held) => ({ ...held, board: next.board }))
}

function askBoard(on: boolean): void {
  const asked = socket
  if (!asked?.connected) return
  toldBoard = null
  asked.timeout(ackTimeoutMs).emitWithAck('board', { on }).catch(() => null).then((reply) => {
    if (socket !== asked) return
    if (reply?.ok && reply.board) receiveBoard(reply.board)
    // Without the whole no change of it is of use.
    else if (on) setTimeout(() => { if (socket === asked && boardWatchers > 0 && toldBoard === null) askBoard(true) }, againInMs())
  })
}

function goStale(): void {
  isSyncing = false
  heldBack = []
  screen.set((held) => (held.connection === 'live' ? { ...held, connection: 'stale', staleSince: inbox.get().knownAt, typing: {} } : held))
  inbox.set((held) => (held.live ? { ...held, live: false } : held))
}

function showTyping({ conversationId, who, kind, on }: { conversationId: string; who: string; kind: 'customer' | 'agent'; on: boolean }): void {
  clearTimeout(typingTimers.get(conversationId))
  const hide = (): void => screen.set((held) => {
    const { [conversationId]: _gone, ...typing } = held.typing
    return { ...held, typing }
  })
  if (!on) return hide()
  screen.set((held) => ({ ...held, typing: { ...held.typing, [conversationId]: { who, kind } } }))
  // Whoever loses the line never says that they stopped; the mark must go by itself.
  typingTimers.set(conversationId, setTimeout(hide, typingShownMs))
}
