import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SlackRequest {
  rawBody: Buffer
  signature: string | string[] | undefined
  timestamp: string | string[] | undefined
}

export type Verdict = { ok: true } | { ok: false; reason: 'signature-missing' | 'signature-wrong' | 'too-old' | 'from-the-future' | 'no-secret' }

const ageMsMax = 300_000
/** Slack's own helper does not look ahead; a clock that is wrong by more would let a captured request live as long again. */
const aheadMsMax = 60_000

/** Slack's v0 signature: HMAC-SHA-256 over `v0:timestamp:raw body`. The signed time bounds how long a copy is of use. */
export function verifySlackRequest({ rawBody, signature, timestamp }: SlackRequest, signingSecrets: readonly string[], now: Date): Verdict {
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: 'signature-missing' }
  if (signingSecrets.length === 0) return { ok: false, reason: 'no-secret' }
  const ageMs = now.getTime() - Number(timestamp) * 1000
  if (ageMs > ageMsMax) return { ok: false, reason: 'too-old' }
  if (ageMs < -aheadMsMax) return { ok: false, reason: 'from-the-future' }
  const isSigned = signingSecrets.some((secret) => isEqual(signature, `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')}`))
  return isSigned ? { ok: true } : { ok: false, reason: 'signature-wrong' }
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
