import type { Channel } from '#contract/words.ts'
import { refusal, type Refusal } from '#server/platform/errors.ts'
import { count } from '#server/platform/telemetry.ts'

/** A webhook turned away, counted by why. The caller learns the class of the mistake, not which check caught it. */
export function refuseWebhook(channel: Channel, status: 400 | 401 | 403 | 404 | 413, reason: string): Refusal {
  count('receiptsRejected', { channel, reason })
  const code = { 400: 'webhook.malformed', 401: 'webhook.unsigned', 403: 'webhook.unsigned', 404: 'webhook.unknown-address', 413: 'request.too-large' }[status]
  return refusal(code, status)
}
