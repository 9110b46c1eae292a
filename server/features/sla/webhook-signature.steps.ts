import { createHmac } from 'node:crypto'
import type { Secrets } from '../../platform/secrets.ts'

/** One secret for each policy, derived: nothing to store, and another session secret makes others. 160 bits. */
export function webhookSecret(secrets: Pick<Secrets, 'mac'>, policyId: string): string {
  return `${secrets.mac(policyId, 'sla-webhook')}${secrets.mac(policyId, 'sla-webhook-rest')}`
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>`. */
export function webhookSignature(secret: string, at: Date, body: string): string {
  const seconds = Math.floor(at.getTime() / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
