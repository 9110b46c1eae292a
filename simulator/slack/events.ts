import { createHmac, randomBytes } from 'node:crypto'
import type { Feed } from '../feed.ts'
import type { Pace } from '../pace.ts'
import { bot, type SlackFile, type SlackMessage, type Workspace } from './workspace.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Parts = { url: string; signingSecret: string; workspace: Workspace; feed: Feed; pace: Pace; apiUrl: () => string }

/** How it ended: the HTTP status of the last attempt (null: none answered), and how many attempts there were. */
export type EventDelivery = { eventId: string; status: number | null; attempts: number }

const answerMs = 3_000
const retryDelaysMs = [1_000, 60_000, 300_000]

/** Sends signed Events API requests, and again up to three times when the hub does not answer 2xx within three seconds. */
export class SlackEvents {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Slack's handshake when a request URL is entered: the challenge must come back. */
  async verifyUrl(): Promise<boolean> {
    const challenge = randomBytes(16).toString('hex')
    const { status, body } = await this.#post({ token: 'verification', challenge, type: 'url_verification' }, {})
    return status === 200 && body.includes(challenge)
  }

  message(message: SlackMessage): Promise<EventDelivery> {
    return this.#send(this.#messageEvent(message))
  }

  changed(message: SlackMessage, previousText: string): Promise<EventDelivery> {
    const edited = { ...this.#messageEvent(message), edited: { user: message.user, ts: message.ts } }
    return this.#send({
      type: 'message', subtype: 'message_changed', hidden: true, channel: message.channel, channel_type: 'im', ts: nowTs(), event_ts: nowTs(), message: edited,
      previous_message: { ...this.#messageEvent(message), text: previousText },
    })
  }

  deleted(message: SlackMessage): Promise<EventDelivery> {
    return this.#send({
      type: 'message', subtype: 'message_deleted', hidden: true, channel: message.channel, channel_type: 'im', ts: nowTs(), event_ts: nowTs(), deleted_ts: message.ts, previous_message: this.#messageEvent(message),
    })
  }

  reaction(message: SlackMessage, user: string, reaction: string): Promise<EventDelivery> {
    return this.#send({ type: 'reaction_added', user, reaction, item: { type: 'message', channel: message.channel, ts: message.ts }, item_user: message.user, event_ts: nowTs() })
  }

  #messageEvent(message: SlackMessage): { [key: string]: Json } {
    const { workspace } = this.#parts
    const files: Json[] = message.files.map((file) => this.fileJson(file, message.user))
    return {
      type: 'message', channel: message.channel, channel_type: 'im', user: message.user, text: message.text, ts: message.ts, event_ts: message.ts, team: workspace.teamId,
      ...(message.by === 'customer' ? { client_msg_id: clientId(message.ts) } : { bot_id: bot.botId, app_id: bot.appId }),
      ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
      ...(files.length === 0 ? {} : { subtype: 'file_share', files, upload: false }),
    }
  }

  fileJson(file: SlackFile, user: string): { [key: string]: Json } {
    const url = `${this.#parts.apiUrl()}/files-pri/${this.#parts.workspace.teamId}-${file.id}/${encodeURIComponent(file.stored.name)}`
    return {
      id: file.id, name: file.stored.name, title: file.title, mimetype: file.stored.contentType, filetype: file.stored.name.split('.').at(-1) ?? '', size: file.stored.bytes.length, user, mode: 'hosted',
      is_external: false, url_private: url, url_private_download: url,
    }
  }

  async #send(event: { [key: string]: Json }): Promise<EventDelivery> {
    const { workspace, feed, pace } = this.#parts
    const eventId = `Ev${randomBytes(6).toString('hex').toUpperCase()}`
    const envelope: Json = {
      token: 'verification', team_id: workspace.teamId, api_app_id: bot.appId, event, type: 'event_callback', event_id: eventId, event_time: Math.floor(Date.now() / 1000), event_context: `4-${eventId}`,
      authorizations: [{ enterprise_id: null, team_id: workspace.teamId, user_id: bot.userId, is_bot: true, is_enterprise_install: false }], is_ext_shared_channel: false,
    }
    let headers: Record<string, string> = {}
    for (let attempt = 0; ; attempt += 1) {
      const result = await this.#post(envelope, headers)
      if (result.status !== null && result.status >= 200 && result.status < 300) return { eventId, status: result.status, attempts: attempt + 1 }
      feed.notice('slack', result.status ?? result.reason, `The event ${eventId} was not taken (attempt ${attempt + 1})`)
      const delayMs = retryDelaysMs[attempt]
      if (delayMs === undefined || result.noRetry) return { eventId, status: result.status, attempts: attempt + 1 }
      headers = { 'x-slack-retry-num': String(attempt + 1), 'x-slack-retry-reason': result.reason }
      await pace.sleep(delayMs)
    }
  }

  async #post(body: Json, headers: Record<string, string>): Promise<{ status: number | null; reason: string; body: string; noRetry: boolean }> {
    const raw = JSON.stringify(body)
    const timestamp = String(Math.floor(Date.now() / 1000))
    const signature = `v0=${createHmac('sha256', this.#parts.signingSecret).update(`v0:${timestamp}:${raw}`).digest('hex')}`
    try {
      const response = await fetch(this.#parts.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)', 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature, ...headers },
        body: raw,
        signal: AbortSignal.timeout(answerMs),
      })
      return { status: response.status, reason: 'http_error', body: await response.text(), noRetry: response.headers.get('x-slack-no-retry') === '1' }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      return { status: null, reason: isLate ? 'http_timeout' : 'connection_failed', body: '', noRetry: false }
    }
  }
}

function nowTs(): string {
  return (Date.now() / 1000).toFixed(6)
}

function clientId(ts: string): string {
  const digits = ts.replace('.', '').padStart(32, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}
