import type { SendResult } from '../channel.ts'
import { refused } from '../send-result.ts'
import type { SmtpOutcome } from './smtp-session.ts'

type Failure = Extract<SmtpOutcome, { ok: false }>

const retryMs = 60_000

/** What the server's answer means: 4xx is greylisting and the like, 5xx is for good, silence after the body is unknown. */
export function resultOfFailure(failure: Failure): SendResult {
  const { code, response, errorCode, isBodySent } = failure
  if (errorCode === 'EAUTH') return code !== null && code < 500 ? later(response) : refused('credentials-refused', response)
  if (code !== null && code >= 500) return refused(refusalOf(code), response)
  if (code !== null && code >= 400) return later(response)
  if (errorCode === 'EMESSAGE') return refused('message-too-long', response)
  return isBodySent ? { ok: false, kind: 'unknown', detail: response } : later(response)
}

function later(detail: string): SendResult {
  return { ok: false, kind: 'later', retryAfterMs: retryMs, detail }
}

export function refusalOf(code: number) {
  if (code === 530 || code === 534 || code === 535) return 'credentials-refused'
  if (code === 550 || code === 551 || code === 553 || code === 556) return 'unreachable-address'
  return code === 552 ? 'message-too-long' : 'message-refused'
}
