import type { Attestation, CallLine, CallView } from '../views.ts'
import type { Conference } from './conferences.ts'
import { newSid } from './ids.ts'

export type LegStatus = 'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled'

/** Where the next document comes from. */
export type UrlSource = { url: string; method?: string; params?: Record<string, string> }
export type DocumentSource = UrlSource | { twiml: string; baseUrl: string }

export type LegRequest = {
  direction: 'inbound' | 'outbound-api' | 'outbound-dial'
  party: 'customer' | 'agent'
  from: string
  to: string
  /** The customer's own number, also when it is withheld from the hub. */
  customer: string
  hub: string
  withheld?: boolean
  attestation?: Attestation
  parentSid?: string
  callerName?: string
  statusCallback?: string
  statusCallbackEvents?: readonly string[]
}

type Listener = { wants: 'keys' | 'speech' | 'recording'; key: (key: string) => void; speech: (text: string) => void }

const linesMax = 500

/** One end of a call: what is said on it, what it listens for, and the two ways to interrupt it. */
export class Leg {
  readonly sid = newSid('CA')
  readonly request: LegRequest
  readonly createdAt = new Date()
  readonly lines: CallLine[] = []
  readonly #onChange: (leg: Leg) => void
  status: LegStatus = 'queued'
  answeredAt: Date | null = null
  bridgedAt: Date | null = null
  endedAt: Date | null = null
  updatedAt = new Date()
  queue: { name: string; position: number } | null = null
  peer: Leg | null = null
  conference: Conference | null = null
  error: { code: number; message: string } | null = null
  sequence = 0
  #stop = new AbortController()
  #redirect: DocumentSource | null = null
  #listener: Listener | null = null
  #pickUp: ((isAnswered: boolean) => void) | null = null
  #lastLine = 0

  constructor(request: LegRequest, onChange: (leg: Leg) => void) {
    this.request = request
    this.#onChange = onChange
  }

  /** Raised when this end hangs up or is sent elsewhere. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get isEnded(): boolean {
    return this.endedAt !== null
  }

  /** Who hears what is said here. */
  get others(): Leg[] {
    if (this.conference) return this.conference.hearing(this)
    return this.peer ? [this.peer] : []
  }

  setStatus(status: LegStatus): void {
    this.status = status
    if (status === 'in-progress') this.answeredAt ??= new Date()
    if (['completed', 'busy', 'no-answer', 'failed', 'canceled'].includes(status)) {
      this.endedAt ??= new Date()
      this.queue = null
      this.#listener = null
    }
    this.changed()
  }

  changed(): void {
    this.updatedAt = new Date()
    this.#onChange(this)
  }

  /** Adds a line to what was heard on this leg. */
  note(by: CallLine['by'], text: string): void {
    this.#lastLine += 1
    this.lines.push({ id: this.#lastLine, at: new Date().toISOString(), by, text })
    if (this.lines.length > linesMax) this.lines.shift()
    this.changed()
  }

  /** This end speaks: the other ends hear it, or whatever listens takes it. */
  say(text: string): void {
    this.note(this.request.party, text)
    for (const other of this.others) other.note(this.request.party, text)
    this.#listener?.speech(text)
  }

  /** Keys pressed while nothing listens are lost, as on a real line. */
  press(keys: string): void {
    for (const key of keys) this.#listener?.key(key)
  }

  listen(listener: Listener): () => void {
    this.#listener = listener
    this.changed()
    return () => {
      if (this.#listener === listener) this.#listener = null
      this.changed()
    }
  }

  hangUp(): void {
    this.#pickUp?.(false)
    this.#stop.abort()
  }

  /** Leaves whatever is going on and executes another document. */
  redirect(source: DocumentSource): void {
    this.#redirect = source
    this.#stop.abort()
  }

  /** The document a redirect asked for, once; the leg can then be interrupted anew. */
  takeRedirect(): DocumentSource | null {
    const source = this.#redirect
    if (source) {
      this.#redirect = null
      this.#stop = new AbortController()
    }
    return source
  }

  get isRedirected(): boolean {
    return this.#redirect !== null
  }

  /** Rings until somebody answers or declines by hand. */
  ring(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#pickUp = resolve
    })
  }

  answer(isAnswered: boolean): void {
    this.#pickUp?.(isAnswered)
  }

  view(): CallView {
    return {
      id: this.sid,
      party: this.request.party,
      direction: this.request.direction === 'inbound' ? 'to-hub' : 'from-hub',
      customer: this.request.customer,
      hub: this.request.hub,
      withheld: this.request.withheld ?? false,
      attestation: this.request.attestation ?? 'none',
      state: this.#stateForView(),
      status: this.status,
      listening: this.#listener?.wants ?? null,
      queue: this.queue,
      peer: this.others[0]?.sid ?? null,
      lines: [...this.lines],
      error: this.error,
      startedAt: this.createdAt.toISOString(),
      bridgedAt: this.bridgedAt?.toISOString() ?? null,
      endedAt: this.endedAt?.toISOString() ?? null,
    }
  }

  #stateForView(): CallView['state'] {
    if (this.endedAt) return 'ended'
    if (this.peer || this.conference) return 'bridged'
    if (this.queue) return 'queued'
    return this.status === 'in-progress' ? 'in-progress' : 'ringing'
  }
}
