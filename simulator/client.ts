import type { ControlRequest, FileUpload } from './control/requests.ts'
import type { FaultsPatch } from './faults.ts'
import type { CallView, Faults, MailView, Person, SlackView, Snapshot, TextView } from './views.ts'

export type InboxOf = { sms: TextView; whatsapp: TextView; slack: SlackView; mail: MailView }
export type EventDelivery = { eventId: string; status: number | null; attempts: number; ts: string; channel: string }
export type SentMail = { id: string; messageId: string; response: string; isAccepted: boolean }

type CallOptions = Omit<ControlRequest['call'], 'from'>

const pollMs = 15

/** The customers, as tests and the command line drive them: everything goes through the simulator's control API. */
export class Customers {
  readonly #url: string
  readonly faults = {
    set: (patch: FaultsPatch): Promise<Faults> => this.#request<Faults>('PUT', 'faults', patch),
    clear: (): Promise<Faults> => this.#request<Faults>('DELETE', 'faults', {}),
  }

  /** `pageUrl` is the address of the simulator's page. */
  constructor(pageUrl: string) {
    this.#url = `${pageUrl.replace(/\/+$/, '')}/control/`
  }

  state(): Promise<Snapshot> {
    return this.#request('GET', 'state')
  }

  /** Somebody new, whom phone, mail and Slack know from now on. */
  addPerson(person: ControlRequest['person']): Promise<Person> {
    return this.#request('POST', 'people', person)
  }

  /** Resolves when the hub's webhook has answered. `webhookStatus` null: it could not be reached. */
  sms(from: string, text: string, options: Partial<ControlRequest['text']> = {}): Promise<{ sid: string; webhookStatus: number | null }> {
    return this.#request('POST', 'texts', { ...options, channel: 'sms', from, text })
  }

  whatsapp(from: string, text: string, options: Partial<ControlRequest['text']> = {}): Promise<{ sid: string; webhookStatus: number | null }> {
    return this.#request('POST', 'texts', { ...options, channel: 'whatsapp', from, text })
  }

  /** Opens the customer's WhatsApp: what was delivered is reported as read. */
  async readWhatsapp(customer: string): Promise<void> {
    await this.#request('POST', 'texts/read', { customer })
  }

  async call(from: string, options: CallOptions = {}): Promise<CallHandle> {
    const view = await this.#request<CallView>('POST', 'calls', { ...options, from })
    return new CallHandle(view, (method, path, body) => this.#request(method, path, body))
  }

  /** The newest call on which the hub rings this customer, as soon as there is one. */
  async incomingCall(customer: string, timeoutMs = 5_000): Promise<CallHandle> {
    const view = await this.waitFor(async () => (await this.state()).calls.findLast((call) => call.customer === customer && call.party === 'customer' && call.direction === 'from-hub' && call.state !== 'ended'), timeoutMs)
    return new CallHandle(view, (method, path, body) => this.#request(method, path, body))
  }

  /** Resolves when the hub has taken the event, or all retries are used up. */
  slackDm(user: string, text: string, options: Partial<ControlRequest['slack']> = {}): Promise<EventDelivery> {
    return this.#request('POST', 'slack', { ...options, user, text })
  }

  slackEdit(ts: string, text: string): Promise<EventDelivery> {
    return this.#request('POST', `slack/${ts}/edit`, { text })
  }

  slackDelete(ts: string): Promise<EventDelivery> {
    return this.#request('POST', `slack/${ts}/delete`, {})
  }

  slackReact(ts: string, user: string, reaction: string): Promise<EventDelivery> {
    return this.#request('POST', `slack/${ts}/react`, { user, reaction })
  }

  slackHandshake(): Promise<{ ok: boolean }> {
    return this.#request('POST', 'slack-handshake', {})
  }

  /** Sends by real SMTP; `signed: false` is what a forger could send. */
  mail(from: string, mail: Omit<ControlRequest['mail'], 'from'>): Promise<SentMail> {
    return this.#request('POST', 'mails', { ...mail, from })
  }

  /** Answers a received mail with the original quoted, as mail programs do. */
  replyToMail(id: string, text: string, files: FileUpload[] = []): Promise<SentMail> {
    return this.#request('POST', `mails/${id}/reply`, { text, files })
  }

  /** What this customer received, oldest first. Addresses: number, Slack user id, mail address. */
  inbox<Kind extends keyof InboxOf>(kind: Kind, address: string): Promise<InboxOf[Kind][]> {
    return this.#request('GET', `inbox?kind=${kind}&address=${encodeURIComponent(address)}`)
  }

  /** Asks until the answer is neither empty nor false. The error says how long it waited. */
  waitFor<T>(ask: () => T | Promise<T>, timeoutMs = 5_000): Promise<NonNullable<Exclude<T, false>>> {
    return waitFor(ask, timeoutMs)
  }

  async #request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#url + path, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    // The control API is this program's own; its shapes are the types of views.ts.
    return JSON.parse(text) as T
  }
}

type RequestControl = <T>(method: string, path: string, body?: unknown) => Promise<T>

/** A customer's end of one call. Properties show the state of the last look; `refresh` and the waits look anew. */
export class CallHandle {
  readonly sid: string
  readonly #request: RequestControl
  #view: CallView

  constructor(view: CallView, request: RequestControl) {
    this.sid = view.id
    this.#view = view
    this.#request = request
  }

  get view(): CallView {
    return this.#view
  }

  get state(): CallView['state'] {
    return this.#view.state
  }

  get error(): CallView['error'] {
    return this.#view.error
  }

  /** What was spoken into the customer's ear: by the hub's TwiML and by the agent. */
  get heard(): string[] {
    return this.#view.lines.filter((line) => line.by === 'line' || line.by === 'agent').map((line) => line.text)
  }

  async refresh(): Promise<this> {
    this.#view = await this.#request<CallView>('GET', `calls/${this.sid}`)
    return this
  }

  async until(isSo: (call: CallView) => boolean, timeoutMs = 5_000): Promise<this> {
    try {
      await waitFor(async () => isSo((await this.refresh()).view), timeoutMs)
    } catch (error) {
      throw new Error(`the call is ${this.state} (${this.#view.status}), heard ${JSON.stringify(this.heard)}, error ${JSON.stringify(this.error)}`, { cause: error })
    }
    return this
  }

  /** Waits until a spoken line contains the words. */
  hears(words: string, timeoutMs = 5_000): Promise<this> {
    return this.until((call) => call.lines.some((line) => (line.by === 'line' || line.by === 'agent') && line.text.includes(words)), timeoutMs)
  }

  /** Presses keys as soon as the hub listens for them. */
  async press(keys: string): Promise<void> {
    await this.until((call) => call.listening === 'keys' || call.listening === 'recording')
    await this.#request('POST', `calls/${this.sid}/press`, { keys })
  }

  async say(text: string): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/say`, { text })
  }

  /** Words of whoever is bridged with the customer. */
  async otherSays(text: string): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/other-says`, { text })
  }

  async otherHangsUp(): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/other-hangs-up`, {})
  }

  async hangup(): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/hang-up`, {})
  }

  async answer(): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/answer`, {})
  }

  async decline(): Promise<void> {
    await this.#request('POST', `calls/${this.sid}/decline`, {})
  }
}

async function waitFor<T>(ask: () => T | Promise<T>, timeoutMs: number): Promise<NonNullable<Exclude<T, false>>> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>
    if (Date.now() > until) throw new Error(`nothing after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
