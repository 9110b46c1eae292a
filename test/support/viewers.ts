/** Those who look on: each holds the one state of a screen, changed only by the contract's own reducer, as the console does. */
import { io, type Socket } from 'socket.io-client'
import type { StaffEnvelope, VisitorEnvelope } from '#contract/events.ts'
import { applyConversation, applyEnvelope, applySync, emptyInbox, isUnread, listOf, missedSomething, timelineOf, type InboxState } from '#contract/inbox-state.ts'
import type { ConversationSnapshot, SyncReply } from '#contract/staff-socket.ts'
import type { VisitorChatView, VisitorMessageView } from '#contract/views.ts'
import type { VisitorSnapshot } from '#contract/visitor-socket.ts'
import type { Staff } from './hub.ts'

const envelopeBytesMax = 8 * 1024
const askMs = 5_000
/** A window opened now shows the newest page; one that has been open may hold more. */
const pageSize = 60

/** One window of a member of staff. */
export class StaffViewer {
  readonly name: string
  readonly staff: Staff
  readonly socket: Socket
  state: InboxState = emptyInbox
  /** What came since the last look, as it came. */
  received: StaffEnvelope[] = []
  /** What no envelope may be or leave out. */
  readonly problems: string[] = []
  /** What this window asked of the server. */
  requests = 0
  openId: string | null = null
  #isSyncing = false
  readonly #heldBack: StaffEnvelope[] = []

  constructor(url: string, staff: Staff) {
    this.name = staff.name
    this.staff = staff
    this.socket = io(`${url}/staff`, { transports: ['websocket'], forceNew: true, reconnection: true, reconnectionDelay: 50, extraHeaders: { cookie: staff.cookie } })
    this.socket.on('events', (envelopes: StaffEnvelope[]) => {
      for (const envelope of envelopes) {
        this.received.push(envelope)
        this.problems.push(...tooLarge(envelope, `${envelope.type} for ${this.name}`))
        if (this.#isSyncing) this.#heldBack.push(envelope)
        else this.#take(envelope)
      }
    })
  }

  async start(): Promise<this> {
    await this.#connected()
    await this.sync()
    return this
  }

  async #connected(): Promise<void> {
    if (!this.socket.connected) await new Promise<void>((resolve, reject) => { this.socket.once('connect', resolve).once('connect_error', reject) })
  }

  /** The window as it was, on a new line to this server; it has yet to `sync`. */
  async reconnect(url: string): Promise<StaffViewer> {
    this.stop()
    const again = new StaffViewer(url, this.staff)
    again.state = this.state
    again.openId = this.openId
    again.requests = this.requests
    again.problems.push(...this.problems)
    await again.#connected()
    return again
  }

  /** First load, and what a window does after a loss; `anew` asks for a snapshot. */
  async sync({ anew = false } = {}): Promise<SyncReply['kind']> {
    this.#isSyncing = true
    const { sync } = await this.ask<{ sync: SyncReply }>('sync', { rooms: anew ? {} : this.state.rooms, conversationId: this.openId })
    this.state = applySync(this.state, sync)
    this.#isSyncing = false
    for (const envelope of this.#heldBack.splice(0)) this.#take(envelope)
    return sync.kind
  }

  #take(envelope: StaffEnvelope): void {
    const last = this.state.rooms[envelope.room]
    if (last !== undefined && envelope.seq <= last) return
    if (missedSomething(this.state, envelope)) this.problems.push(`${this.name} missed something before ${envelope.room} ${envelope.seq}`)
    this.state = applyEnvelope(this.state, envelope)
  }

  async open(conversationId: string): Promise<void> {
    if (this.openId && this.openId !== conversationId) this.close()
    // Told of while it is asked for, the answer holds it already or it comes right after.
    this.#isSyncing = true
    const { conversation } = await this.ask<{ conversation: ConversationSnapshot }>('open', { conversationId })
    this.openId = conversationId
    this.state = applyConversation(this.state, conversation)
    this.#isSyncing = false
    for (const envelope of this.#heldBack.splice(0)) this.#take(envelope)
  }

  close(): void {
    if (!this.openId) return
    this.socket.emit('close', { conversationId: this.openId })
    const { [this.openId]: _messages, ...messages } = this.state.messages
    const { [this.openId]: _conversation, ...conversations } = this.state.conversations
    const rooms = Object.fromEntries(Object.entries(this.state.rooms).filter(([room]) => !room.startsWith(`conversation:${this.openId}`)))
    this.state = { ...this.state, messages, conversations, rooms }
    this.openId = null
  }

  /** What a window opened now would show. */
  async fresh(): Promise<InboxState> {
    const { sync } = await this.ask<{ sync: SyncReply }>('sync', { rooms: {}, conversationId: this.openId })
    return applySync(emptyInbox, sync)
  }

  async ask<T>(name: string, request: unknown): Promise<T> {
    this.requests++
    const reply = (await this.socket.timeout(askMs).emitWithAck(name, request)) as { ok: boolean; code?: string } & T
    if (!reply.ok) throw new Error(`${this.name}: ${name} refused: ${reply.code ?? ''}`)
    return reply
  }

  /** As the console: what was told to be asked for again is asked for. */
  async refreshStale(): Promise<void> {
    while (this.state.outdated) await this.sync({ anew: true })
    if (this.openId && this.state.stale.includes(this.openId)) await this.open(this.openId)
    if (this.openId && !this.state.conversations[this.openId]) this.close()
  }

  stop(): void {
    this.socket.disconnect()
  }
}

function tooLarge(envelope: object, what: string): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(envelope))
  return bytes > envelopeBytesMax ? [`${what} has ${bytes} bytes`] : []
}

/** All of a state that a screen shows; two are equal when two screens look the same. */
export function shownBy(state: InboxState, openId: string | null): object {
  const lists = Object.fromEntries((['offered', 'mine', 'waiting', 'all', 'closed'] as const).map((list) => [list, listOf(state, list).map((contact) => ({ ...contact, unread: isUnread(state, contact) }))]))
  const standing = <V extends { id: string }>(views: Record<string, V>, is: (view: V) => boolean): V[] => Object.values(views).filter(is).sort((a, b) => (a.id < b.id ? -1 : 1))
  const contacts = openId ? standing(state.contacts, (contact) => contact.conversationId === openId) : []
  return {
    lists, queues: state.queues,
    offers: standing(state.offers, (offer) => !offer.ended),
    agents: standing(state.agents, (agent) => !agent.retired),
    suggestions: standing(state.suggestions, (suggestion) => suggestion.state === 'open'),
    conversation: openId && state.conversations[openId] ? {
      timeline: timelineOf(state, openId).slice(-pageSize), contacts,
      customer: standing(state.customers, (customer) => customer.conversationId === openId),
      sessions: standing(state.sessions, (session) => session.endedAt === null && contacts.some((contact) => contact.id === session.contactId)),
    } : null,
  }
}

/** One visitor's widget. */
export class VisitorViewer {
  readonly name: string
  readonly socket: Socket
  id = ''
  token = ''
  seq: number | null = null
  messages = new Map<string, VisitorMessageView>()
  chat: VisitorChatView | null = null
  received: VisitorEnvelope[] = []
  readonly problems: string[] = []

  constructor(url: string, name: string, handshake: { accountId: string; token?: string; siteToken?: string }) {
    this.name = name
    this.socket = io(`${url}/visitor`, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { origin: url }, auth: handshake })
    this.socket.on('event', (envelope: VisitorEnvelope) => {
      this.received.push(envelope)
      this.problems.push(...tooLarge(envelope, `an event for ${name}`))
      if (this.seq !== null && envelope.seq > this.seq + 1) this.problems.push(`${name} missed something before ${envelope.seq}`)
      this.take(envelope.messages, envelope.chat ?? null)
      this.seq = Math.max(this.seq ?? 0, envelope.seq)
    })
  }

  async start(): Promise<this> {
    if (!this.socket.connected) await new Promise<void>((resolve, reject) => { this.socket.once('connect', resolve).once('connect_error', reject) })
    const snapshot = await this.fresh()
    this.id = snapshot.visitorId
    this.token = snapshot.token
    this.seq = snapshot.seq
    this.take(snapshot.messages, snapshot.chat)
    return this
  }

  async fresh(): Promise<VisitorSnapshot> {
    return (await this.ask<{ snapshot: VisitorSnapshot }>('sync', { seq: null })).snapshot
  }

  async say(text: string, clientId = `say-${Math.random().toString(36).slice(2, 12)}`): Promise<VisitorMessageView> {
    const { message } = await this.ask<{ message: VisitorMessageView }>('send', { clientId, text, attachmentIds: [] })
    this.take([message], null)
    return message
  }

  async ask<T>(name: string, ...request: unknown[]): Promise<T> {
    const reply = (await this.socket.timeout(askMs).emitWithAck(name, ...request)) as { ok: boolean; code?: string } & T
    if (!reply.ok) throw new Error(`${this.name}: ${name} refused: ${reply.code ?? ''}`)
    return reply
  }

  private take(messages: readonly VisitorMessageView[], chat: VisitorChatView | null): void {
    for (const message of messages) if ((this.messages.get(message.id)?.version ?? 0) < message.version) this.messages.set(message.id, message)
    if (chat && chat.version >= (this.chat?.version ?? 0)) this.chat = chat
  }

  stop(): void {
    this.socket.disconnect()
  }
}

/** What a widget shows; the version of the chat is the time of its reading and says nothing. */
export function shownToVisitor(messages: readonly VisitorMessageView[], chat: VisitorChatView | null): object {
  const { version: _version, ...state } = chat ?? { version: 0 }
  return { messages: messages.toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1)), chat: state }
}
