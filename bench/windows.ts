/**
 * Windows as people have them open, without a screen: a console and a widget that come back by the numbers they hold. They hold what
 * they would show, changed only by the contract's reducer, and say what was told out of order.
 */
import { io, type Socket } from 'socket.io-client'
import type { StaffEnvelope, VisitorEnvelope } from '../contract/events.ts'
import { applyConversation, applyEnvelope, applySync, emptyInbox, missedSomething, timelineOf, type InboxState } from '../contract/inbox-state.ts'
import type { ConversationSnapshot, SyncReply } from '../contract/staff-socket.ts'
import type { VisitorMessageView } from '../contract/views.ts'
import type { VisitorSnapshot } from '../contract/visitor-socket.ts'

const ackTimeoutMs = 8_000

type Answer<T> = ({ ok: true } & T) | { ok: false; code: string }

/** What both kinds share: how they are cut, when they came back, and what they have shown of what they owe. */
abstract class Window {
  readonly name: string
  readonly socket: Socket
  readonly problems: string[] = []
  /** When the last line was opened, and when all that was stored before that was shown; null while it is not. */
  connectedAt = 0
  caughtUpAt: number | null = null
  onCaughtUp: (window: Window) => void = () => {}
  /** Every text shown, in the order it was first shown. */
  readonly shown = new Set<string>()
  /** Stored, and to be shown here: with the time it was known to be. */
  readonly stored = new Map<string, number>()
  #owed = new Set<string>()
  #isInStep = false

  constructor(name: string, socket: Socket) {
    this.name = name
    this.socket = socket
    socket.on('connect', () => {
      this.connectedAt = performance.now()
      this.caughtUpAt = null
      this.#owed = new Set([...this.stored.keys()].filter((text) => !this.shown.has(text)))
      void this.sync()
    })
    socket.on('disconnect', () => {
      this.#isInStep = false
      this.lost()
    })
  }

  get connected(): boolean { return this.socket.connected }
  /** Every text on screen, in its order. */
  abstract texts(): string[]
  protected abstract sync(): Promise<void>
  protected abstract lost(): void

  /** The line goes without a word, as a network does it; the window comes back by itself, or when `awayMs` are over. */
  cut(awayMs = 0): void {
    const { io: manager } = this.socket
    if (awayMs > 0) {
      manager.reconnection(false)
      setTimeout(() => {
        manager.reconnection(true)
        this.socket.connect()
      }, awayMs)
    }
    // The transport's own socket, which its types do not show.
    ;(manager.engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate()
  }

  protected ask<T>(name: string, request: unknown): Promise<Answer<T> | null> {
    return this.socket.timeout(ackTimeoutMs).emitWithAck(name, request).then((answer) => answer as Answer<T>, () => null)
  }

  protected see(texts: readonly string[]): void {
    for (const text of texts) {
      this.shown.add(text)
      this.#owed.delete(text)
    }
    this.#check()
  }

  protected inStep(): void {
    this.#isInStep = true
    this.#check()
  }

  #check(): void {
    if (!this.#isInStep || this.#owed.size > 0 || this.caughtUpAt !== null) return
    this.caughtUpAt = performance.now()
    this.onCaughtUp(this)
  }
}

/** A console with one conversation on screen; its ways are those of `console/state/connection.ts`. */
export class StaffWindow extends Window {
  state: InboxState = emptyInbox
  openId: string | null = null
  /** How often it was put right by everything, by what it missed, and on an open line. */
  snapshots = 0
  differences = 0
  gaps = 0
  #isSyncing = false
  #heldBack: StaffEnvelope[] = []

  constructor(name: string, url: string, cookie: string) {
    super(name, io(`${url}/staff`, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie }, reconnectionDelay: 100, reconnectionDelayMax: 300, randomizationFactor: 0.4, timeout: 5_000 }))
    this.socket.on('events', (envelopes: StaffEnvelope[]) => envelopes.forEach((envelope) => this.#receive(envelope)))
  }

  #receive(envelope: StaffEnvelope): void {
    if (this.#isSyncing) return void this.#heldBack.push(envelope)
    if (missedSomething(this.state, envelope)) {
      this.gaps += 1
      this.#heldBack.push(envelope)
      return void this.sync()
    }
    this.#take(envelope)
  }

  texts(): string[] {
    return this.openId === null ? [] : timelineOf(this.state, this.openId).filter((message) => message.kind !== 'system').map((message) => message.text)
  }

  async open(conversationId: string): Promise<void> {
    this.openId = conversationId
    const answer = await this.ask<{ conversation: ConversationSnapshot }>('open', { conversationId })
    if (!answer?.ok) throw new Error(`${this.name}: ${answer?.code ?? 'no answer'}`)
    this.state = applyConversation(this.state, answer.conversation)
    this.see(this.texts())
  }

  /** What a window opened now would show. */
  async fresh(): Promise<InboxState> {
    const answer = await this.ask<{ sync: SyncReply }>('sync', { rooms: {}, conversationId: this.openId })
    if (!answer?.ok) throw new Error(`${this.name}: ${answer?.code ?? 'no answer'}`)
    return applySync(emptyInbox, answer.sync)
  }

  protected async sync(): Promise<void> {
    this.#isSyncing = true
    const line = this.socket.id
    const answer = await this.ask<{ sync: SyncReply }>('sync', { rooms: this.state.rooms, conversationId: this.openId })
    if (this.socket.id !== line) return
    this.#isSyncing = false
    const heldBack = this.#heldBack.splice(0)
    if (!answer?.ok) {
      this.problems.push(`${this.name}: sync: ${answer?.code ?? 'no answer'}`)
      return void this.socket.disconnect().connect()
    }
    if (answer.sync.kind === 'difference') {
      this.differences += 1
      this.#expectNext(answer.sync.envelopes)
    } else this.snapshots += 1
    this.state = applySync(this.state, answer.sync)
    this.see(this.texts())
    for (const envelope of heldBack) this.#take(envelope)
    this.inStep()
  }

  protected lost(): void {
    this.#isSyncing = false
    this.#heldBack = []
  }

  #take(envelope: StaffEnvelope): void {
    const last = this.state.rooms[envelope.room]
    // A difference and what was told meanwhile overlap: what a room already told is not applied again.
    if (last !== undefined && envelope.seq <= last) return
    this.#expectNext([envelope])
    this.state = applyEnvelope(this.state, envelope)
    this.see((envelope.upsert.messages ?? []).filter((message) => message.conversationId === this.openId && message.kind !== 'system').map((message) => message.text))
  }

  /** Each room's numbers go on by one. */
  #expectNext(envelopes: readonly StaffEnvelope[]): void {
    const next: Record<string, number> = {}
    for (const { room, seq } of envelopes) {
      const last = next[room] ?? this.state.rooms[room]
      if (last !== undefined && seq !== last + 1) this.problems.push(`${this.name}: ${seq} of ${room} after ${last}`)
      next[room] = seq
    }
  }
}

/** A widget; its ways are those of `widget/chat-client.ts`. */
export class VisitorWindow extends Window {
  visitorId: string | null = null
  seq: number | null = null
  readonly messages = new Map<string, VisitorMessageView>()

  constructor(name: string, url: string, accountId: string) {
    let token: string | undefined
    super(name, io(`${url}/visitor`, {
      transports: ['websocket'], forceNew: true, reconnectionDelay: 500, reconnectionDelayMax: 10_000, extraHeaders: { origin: url }, auth: (give) => give({ accountId, ...(token ? { token } : {}) }),
    }))
    this.keep = (next) => { token = next }
    this.socket.on('event', (envelope: VisitorEnvelope) => this.#take(envelope))
  }

  private readonly keep: (token: string) => void

  texts(): string[] {
    return [...this.messages.values()].filter((message) => message.system === null).sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1)).map((message) => message.text)
  }

  /** Stored when true; the same client id again is the same message. */
  async say(text: string): Promise<boolean> {
    const answer = await this.ask<{ message: VisitorMessageView }>('send', { clientId: `say-${text.replaceAll(/\W/g, '-')}`, text, attachmentIds: [] })
    if (answer && !answer.ok && answer.code !== 'unavailable') this.problems.push(`${this.name}: send: ${answer.code}`)
    if (answer?.ok) this.#hold([answer.message])
    return answer?.ok ?? false
  }

  protected async sync(): Promise<void> {
    const line = this.socket.id
    const answer = await this.ask<{ snapshot: VisitorSnapshot } | { envelopes: VisitorEnvelope[]; seq: number }>('sync', { seq: this.seq })
    if (this.socket.id !== line) return
    if (!answer?.ok) {
      this.problems.push(`${this.name}: sync: ${answer?.code ?? 'no answer'}`)
      return void this.socket.disconnect().connect()
    }
    if ('snapshot' in answer) {
      this.visitorId = answer.snapshot.visitorId
      this.keep(answer.snapshot.token)
      this.seq = answer.snapshot.seq
      this.#hold(answer.snapshot.messages)
    } else {
      for (const envelope of answer.envelopes) this.#take(envelope)
      this.seq = Math.max(this.seq ?? 0, answer.seq)
    }
    this.inStep()
  }

  protected lost(): void {}

  #take(envelope: VisitorEnvelope): void {
    this.#hold(envelope.messages)
    if (this.seq !== null && envelope.seq === this.seq + 1) this.seq = envelope.seq
  }

  #hold(messages: readonly VisitorMessageView[]): void {
    for (const message of messages) if ((this.messages.get(message.id)?.version ?? 0) < message.version) this.messages.set(message.id, message)
    this.see(messages.filter((message) => message.system === null).map((message) => message.text))
  }
}
