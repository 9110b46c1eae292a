import type { AccountWithSecrets, SendResult } from '../channel.ts'
import type { ChannelTools } from '../parse.ts'
import { refused } from '../send-result.ts'
import { resultOfBrokenConnection, retryAfterMsOf } from '../sending-error.ts'
import { twilioClient, type TwilioClient, TwilioNotConfigured } from './client.ts'
import { refusalCodeOf } from './error-codes.ts'

/** Calls Twilio's REST API and says in our words what came of it. */
export async function attempt(account: AccountWithSecrets, tools: ChannelTools, call: (client: TwilioClient) => Promise<SendResult>): Promise<SendResult> {
  let client: TwilioClient | undefined
  try {
    client = await twilioClient(account, tools)
    return await call(client)
  } catch (error) {
    if (error instanceof TwilioNotConfigured) return refused('credentials-refused', error.message)
    const { status, code, message } = error as { status?: unknown; code?: unknown; message?: string }
    if (typeof status === 'number') return resultOfStatus(status, typeof code === 'number' ? code : undefined, message ?? '', retryAfterMsOf(client?.retryAfter(), tools.clock.now()))
    const broken = resultOfBrokenConnection(error)
    if (broken) return broken
    throw error
  }
}

/** 429 and 503 are said before anything is done; other 5xx may come after the message was taken. */
function resultOfStatus(status: number, code: number | undefined, message: string, retryAfterMs: number | null): SendResult {
  const detail = `${code ?? status}: ${message}`.slice(0, 300)
  if (status === 429 || status === 503) return { ok: false, kind: 'later', retryAfterMs, detail }
  if (status >= 500) return { ok: false, kind: 'unknown', detail }
  if (status === 401 || status === 403) return refused('credentials-refused', detail)
  return refused(refusalCodeOf(code), detail)
}
