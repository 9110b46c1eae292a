import type { Twilio } from 'twilio'
import type { AccountWithSecrets } from '../channel.ts'
import type { ChannelTools } from '../parse.ts'
import { twilioCredentials } from './account.ts'

/** Twilio's own request options, as far as its client fills them. NOTE: `method` comes in lower case. */
interface SdkRequest {
  method: string
  uri: string
  username?: string
  password?: string
  headers?: Record<string, string>
  params?: Record<string, unknown>
  data?: Record<string, unknown>
}

export interface TwilioClient {
  sdk: Twilio
  /** `Retry-After` of the last answer, which the SDK's errors do not carry. */
  retryAfter(): string | null
}

/** All requests of a command together are waited for so long: who takes it up after a dead worker need not wait longer (`commandLeaseMs`). */
const answerWithinMs = 15_000

/** No account SID or token, neither of the account nor of the deployment. */
export class TwilioNotConfigured extends Error {}

/**
 * The Twilio SDK of one account for one command, speaking through the hub's one HTTP client, to TWILIO_API_URL where that is set. The SDK is
 * loaded on first use: it costs the start up to 100 ms.
 */
export async function twilioClient(account: AccountWithSecrets, tools: Pick<ChannelTools, 'config' | 'http' | 'clock'>): Promise<TwilioClient> {
  const { accountSid, authToken } = twilioCredentials(account, tools.config, tools.clock.now())
  if (!accountSid || !authToken) throw new TwilioNotConfigured('account SID and auth token are not set')
  const { default: twilio } = await import('twilio')
  let retryAfter: string | null = null
  const deadline = performance.now() + answerWithinMs
  const httpClient = {
    async request(asked: SdkRequest) {
      const method = asked.method.toUpperCase()
      const url = redirectedTo(tools.config.twilio.apiUrl, asked.uri)
      for (const [name, value] of entriesOf(asked.params)) url.searchParams.append(name, value)
      const answer = await tools.http.request({
        url: url.href,
        method,
        headers: {
          ...asked.headers,
          authorization: basicAuth(asked.username ?? accountSid, asked.password ?? authToken),
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        ...(method === 'POST' ? { body: new URLSearchParams(entriesOf(asked.data)).toString() } : {}),
        allowedHosts: ['api.twilio.com', '*.twilio.com'],
        timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
        redirectsMax: 0,
      })
      retryAfter = answer.headers['retry-after'] ?? null
      return { statusCode: answer.status, body: parsed(answer.body), headers: answer.headers }
    },
  }
  // The SDK types its client as a class with private members; it calls `request` only.
  return { sdk: twilio(accountSid, authToken, { httpClient: httpClient as never }), retryAfter: () => retryAfter }
}

export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function redirectedTo(apiUrl: string | undefined, uri: string): URL {
  const url = new URL(uri)
  return apiUrl === undefined ? url : new URL(url.pathname + url.search, apiUrl)
}

function entriesOf(values: Record<string, unknown> | undefined): [string, string][] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null).map((one): [string, string] => [name, String(one)]))
}

function parsed(body: Buffer): unknown {
  const text = body.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
