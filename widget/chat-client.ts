/** The panel's one connection: keeps the state right, sends what is in the outbox until it is acknowledged, never twice. */
import { io, type Socket } from 'socket.io-client'
import type { VisitorEnvelope } from '#contract/events.ts'
import type { VisitorClientEvents, VisitorHandshake, VisitorServerEvents } from '#contract/visitor-socket.ts'
import type { VisitorMessageView } from '#contract/views.ts'
import type { PanelHost } from './panel-host.ts'
import { applyChat, applyMessages, applyNextSeq, applySeq, applySnapshot, emptyState, type PanelState } from './state.ts'
import type { Kept, KeptFile, KeptMessage } from './kept.ts'

const ackTimeoutMs = 10_000
const retryMs = 5_000
const typingShownMs = 6_000
const typingSentEveryMs = 3_000
/** The server keeps nothing of what it refused for these reasons: to send it again as it is would be refused again. */
const finalCodes = new Set(['conflict', 'bad-request', 'not-found', 'request.unstorable-text'])

type Ask = Exclude<keyof VisitorClientEvents, 'typing' | 'read'>
type ReplyOf<K extends Ask> = Parameters<VisitorClientEvents[K]> extends [...unknown[], (reply: infer R) => void] ? R : never
export type Answer<K extends Ask> = ReplyOf<K> | { ok: false; code: string }

export interface ChatClient {
  readonly state: PanelState
  subscribe(listener: () => void): () => void
  /** A new message by an agent arrived. */
  onArrival(listener: (message: VisitorMessageView) => void): void
  send(text: string, files: KeptFile[]): void
  retry(clientId: string): void
  discard(clientId: string): void
  typing(on: boolean): void
  earlier(): Promise<void>
  setOpen(isOpen: boolean): void
  seen(): void
  ask<K extends Ask>(name: K, ...request: unknown[]): Promise<Answer<K>>
  reconnect(): void
  forget(): Promise<void>
}

export function createChatClient(host: PanelHost): ChatClient {
  const { storage } = host
  let state = emptyState(storage.read().outbox ?? [], storage.read().unread ?? 0)
  const listeners = new Set<() => void>()
  const arrivals = new Set<(message: VisitorMessageView) => void>()
  let isFlushing = false
  let typingTimer = 0
  let typedAt = 0
  let retryTimer = 0
  let readId = ''

  const update = (next: PanelState): void => {
    if (next === state) return
    state = next
    for (const listener of listeners) listener()
  }
  const keep = (change: (kept: Kept) => Kept): void => void storage.change(change)
  const keepOutbox = (outbox: KeptMessage[]): void => {
    update({ ...state, outbox })
    keep((kept) => ({ ...kept, outbox, unfinished: isUnfinished(outbox) }))
  }
  const isUnfinished = (outbox: KeptMessage[]): boolean => outbox.length > 0 || state.chat.state === 'waiting' || state.chat.state === 'active'

  const socket: Socket<VisitorServerEvents, VisitorClientEvents> = io(`${host.hub}/visitor`, {
    transports: ['websocket', 'polling'], withCredentials: false, reconnectionDelay: 500, reconnectionDelayMax: 10_000,
    auth: async (give) => give(await handshake()),
  })

  async function handshake(): Promise<VisitorHandshake> {
    // A site that cannot say who it is now: the visitor goes on as nobody rather than not at all.
    const siteToken = await host.siteToken().catch(() => undefined)
    const { token } = storage.read()
    return { accountId: host.accountId, locale: host.locale, pageUrl: location.origin + location.pathname, ...(token ? { token } : {}), ...(siteToken ? { siteToken } : {}) }
  }

  async function ask<K extends Ask>(name: K, ...request: unknown[]): Promise<Answer<K>> {
    try {
      // The names and shapes are the contract's; socket.io's own typing cannot follow a name chosen at run time.
      return (await (socket.timeout(ackTimeoutMs) as unknown as { emitWithAck(...args: unknown[]): Promise<unknown> }).emitWithAck(name, ...request)) as Answer<K>
    } catch {
      return { ok: false, code: 'timeout' }
    }
  }

  async function sync(): Promise<void> {
    const reply = await ask('sync', { seq: state.visitorId ? state.seq : null })
    if (!reply.ok) return void scheduleRetry(() => void sync())
    if ('snapshot' in reply) {
      const { snapshot } = reply
      keep((kept) => ({ ...kept, token: snapshot.token }))
      update(applySnapshot(state, snapshot))
    } else {
      update({ ...reply.envelopes.reduce(receive, applySeq(applyChat(state, reply.chat), reply.seq)), connection: 'live' })
    }
    keepOutbox(state.outbox)
    await flush()
  }

  function receive(held: PanelState, envelope: VisitorEnvelope): PanelState {
    const known = new Set(held.messages.map((message) => message.id))
    const news = envelope.messages.filter((message) => message.direction === 'outbound' && !known.has(message.id))
    let next = applyNextSeq(applyMessages(held, envelope.messages), envelope.seq)
    if (envelope.chat) next = applyChat(next, envelope.chat)
    if (news.length > 0 && !isLooking(next)) next = { ...next, unread: next.unread + news.length }
    for (const message of news) for (const listener of arrivals) listener(message)
    return next
  }

  /** In the order written; stops at the first that the server could not take now. */
  async function flush(): Promise<void> {
    if (isFlushing || !socket.connected) return
    isFlushing = true
    try {
      for (;;) {
        const next = state.outbox.find((message) => message.failed === undefined)
        if (!next) return
        const reply = await ask('send', { clientId: next.clientId, text: next.text, attachmentIds: next.files.map((file) => file.id) })
        if (reply.ok) {
          update(applyMessages(state, [reply.message]))
          keepOutbox(state.outbox.filter((message) => message.clientId !== next.clientId))
        } else if (finalCodes.has(reply.code)) {
          keepOutbox(state.outbox.map((message) => (message.clientId === next.clientId ? { ...message, failed: reply.code } : message)))
        } else return void scheduleRetry(() => void flush())
      }
    } finally {
      isFlushing = false
    }
  }

  function scheduleRetry(again: () => void): void {
    clearTimeout(retryTimer)
    retryTimer = window.setTimeout(again, retryMs)
  }

  const isLooking = (held: PanelState): boolean => held.isOpen && document.visibilityState === 'visible'
  const setUnread = (unread: number): void => {
    if (storage.read().unread !== unread) keep((kept) => ({ ...kept, unread }))
    host.onUnread(unread)
  }

  socket.on('connect', () => void sync())
  socket.on('disconnect', () => update({ ...state, connection: 'lost', typing: null }))
  socket.on('connect_error', (error) => {
    if (socket.active) return update({ ...state, connection: state.connection === 'connecting' ? 'connecting' : 'lost' })
    // Refused, which the client does not try again by itself. A token that is no longer good is dropped, once.
    const { token } = storage.read()
    if (error.message === 'unauthorized' && token) {
      keep(({ token: _dropped, ...kept }) => kept)
      update({ ...state, visitorId: null, seq: null })
      return void socket.connect()
    }
    update({ ...state, connection: error.message === 'unauthorized' ? 'refused' : 'lost' })
    window.setTimeout(() => socket.connect(), error.message === 'unauthorized' ? 60_000 : 15_000)
  })
  socket.on('event', (envelope) => {
    update(receive(state, envelope))
    setUnread(state.unread)
    keep((kept) => ({ ...kept, unfinished: isUnfinished(state.outbox) }))
    client.seen()
  })
  socket.on('typing', ({ name, on }) => {
    clearTimeout(typingTimer)
    update({ ...state, typing: on ? name : null })
    if (on) typingTimer = window.setTimeout(() => update({ ...state, typing: null }), typingShownMs)
  })
  socket.on('goodbye', () => {
    keep(({ token: _over, outbox: _unsent, ...kept }) => ({ ...kept, unread: 0, unfinished: false }))
    update({ ...emptyState([], 0), isOpen: state.isOpen })
    setUnread(0)
    setTimeout(() => socket.connect(), 100)
  })
  document.addEventListener('visibilitychange', () => client.seen())
  storage.onChange((kept) => {
    // Another tab: what it has sent, we need not; what it has read, is read.
    update({ ...state, outbox: (kept.outbox ?? []).filter((message) => !state.messages.some((stored) => stored.clientId === message.clientId)), unread: Math.min(state.unread, kept.unread ?? 0) })
    host.onUnread(state.unread)
  })

  const client: ChatClient = {
    get state() { return state },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onArrival: (listener) => void arrivals.add(listener),
    send(text, files) {
      keepOutbox([...state.outbox, { clientId: newClientId(), text, files, at: new Date().toISOString() }])
      typedAt = 0
      void flush()
    },
    retry(clientId) {
      keepOutbox(state.outbox.map(({ failed, ...message }) => (failed !== undefined && message.clientId !== clientId ? { ...message, failed } : message)))
      void flush()
    },
    discard: (clientId) => keepOutbox(state.outbox.filter((message) => message.clientId !== clientId)),
    typing(on) {
      const now = Date.now()
      if (!socket.connected || (on && now - typedAt < typingSentEveryMs) || (!on && typedAt === 0)) return
      typedAt = on ? now : 0
      socket.emit('typing', { on })
    },
    async earlier() {
      const [first] = state.messages
      if (!first) return
      const reply = await ask('earlier', { beforeMessageId: first.id, limit: 50 })
      if (reply.ok) update({ ...applyMessages(state, reply.messages), hasEarlier: reply.hasEarlier })
    },
    setOpen(isOpen) {
      update({ ...state, isOpen })
      keep((kept) => ({ ...kept, open: isOpen }))
      client.seen()
    },
    seen() {
      if (!isLooking(state)) return
      if (state.unread > 0) {
        update({ ...state, unread: 0 })
        setUnread(0)
      }
      const last = state.messages.findLast((message) => message.direction === 'outbound')
      if (!last || last.status === 'read' || last.id === readId || !socket.connected) return
      readId = last.id
      socket.emit('read', { messageId: last.id })
    },
    ask,
    reconnect() {
      update({ ...state, visitorId: null, seq: null, messages: [] })
      socket.disconnect().connect()
    },
    async forget() {
      await ask('signOut')
    },
  }
  return client
}

/** 22 characters of randomness, as the server wants them: letters, digits, - and _. */
function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
