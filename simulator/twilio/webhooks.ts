import { randomUUID } from 'node:crypto'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'

/** What came of one webhook: an answer, or Twilio's number for why there is none. */
export type WebhookAnswer =
  | { ok: true; status: number; contentType: string; body: string; /** where it was at last, redirects included */ url: string }
  | { ok: false; code: 11200 | 11205; message: string; status: number | null }

export type WebhookParams = Record<string, string>

type Overrides = { retries: number; policies: Set<string> }

/** Sends signed requests as Twilio does: form encoded, one retry when the connection fails, more when the URL's fragment asks for it. */
export class TwilioWebhooks {
  readonly #authToken: string
  readonly #timeoutMs: number

  constructor(authToken: string, timeoutMs = 15_000) {
    this.#authToken = authToken
    this.#timeoutMs = timeoutMs
  }

  /** `url` may carry connection overrides (`#rc=2&rp=5xx,ct`); they are neither sent nor signed. */
  async send(url: string, params: WebhookParams, method = 'POST'): Promise<WebhookAnswer> {
    const [plainUrl = url, fragment] = url.split('#', 2)
    const overrides = readOverrides(fragment)
    const token = randomUUID()
    let answer: WebhookAnswer
    let attempt = 0
    do {
      answer = await this.#attempt(plainUrl, params, method, token)
      attempt += 1
    } while (attempt <= overrides.retries && mayRetry(answer, overrides.policies))
    return answer
  }

  async #attempt(url: string, params: WebhookParams, method: string, token: string): Promise<WebhookAnswer> {
    const isGet = method.toUpperCase() === 'GET'
    const target = isGet ? withQuery(url, params) : url
    const signature = getExpectedTwilioSignature(this.#authToken, target, isGet ? {} : params)
    const headers: Record<string, string> = { 'x-twilio-signature': signature, 'i-twilio-idempotency-token': token, 'user-agent': 'TwilioProxy/1.1', accept: '*/*' }
    if (!isGet) headers['content-type'] = 'application/x-www-form-urlencoded; charset=UTF-8'
    try {
      const response = await fetch(target, {
        method: isGet ? 'GET' : 'POST',
        headers,
        ...(isGet ? {} : { body: new URLSearchParams(params).toString() }),
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      const body = await response.text()
      if (!response.ok) return { ok: false, code: 11200, message: `Got HTTP ${response.status} response to ${url}`, status: response.status }
      return { ok: true, status: response.status, contentType: response.headers.get('content-type') ?? '', body, url: response.url || target }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      return isLate
        ? { ok: false, code: 11200, message: `No answer from ${url} within ${this.#timeoutMs} ms`, status: null }
        : { ok: false, code: 11205, message: `Unable to connect to ${url}`, status: null }
    }
  }
}

function withQuery(url: string, params: WebhookParams): string {
  const target = new URL(url)
  for (const [name, value] of Object.entries(params)) target.searchParams.set(name, value)
  return target.toString()
}

function readOverrides(fragment: string | undefined): Overrides {
  const given = new URLSearchParams(fragment ?? '')
  const retries = Math.min(5, Math.max(0, Number(given.get('rc') ?? 1) || 0))
  return { retries, policies: new Set((given.get('rp') ?? 'ct').split(',')) }
}

function mayRetry(answer: WebhookAnswer, policies: Set<string>): boolean {
  if (answer.ok) return false
  if (answer.code === 11205) return policies.has('ct') || policies.has('all')
  if (answer.status === null) return policies.has('rt') || policies.has('all')
  return policies.has('all') || policies.has(`${Math.floor(answer.status / 100)}xx`)
}
