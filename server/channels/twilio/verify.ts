import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import type { Config } from '#server/platform/config.ts'
import type { AccountWithSecrets } from '../channel.ts'
import { twilioCredentials } from './account.ts'

export interface TwilioRequest {
  /** Path and query as sent. The host is never taken from the request. */
  url: string
  params: Record<string, string>
  signature: string | string[] | undefined
}

export type Verdict = { ok: true } | { ok: false; reason: 'signature-missing' | 'signature-wrong' | 'foreign-account' | 'no-token' }

/**
 * Whether Twilio signed this request with the token of the account it addresses (without an account: the deployment's).
 * The signature binds neither the borders between fields nor the time: a strict schema and the message's id do the rest.
 */
export function verifyTwilioRequest(request: TwilioRequest, account: AccountWithSecrets | null, config: Pick<Config, 'twilio' | 'publicUrl'>, now: Date): Verdict {
  const { signature } = request
  if (typeof signature !== 'string' || signature === '') return { ok: false, reason: 'signature-missing' }
  const credentials = twilioCredentials(account, config, now)
  if (credentials.signingTokens.length === 0) return { ok: false, reason: 'no-token' }
  const isSigned = credentials.signingTokens.some((token) => validateRequest(token, signature, config.publicUrl + request.url, request.params))
  if (!isSigned) return { ok: false, reason: 'signature-wrong' }
  const given = request.params['AccountSid']
  if (credentials.accountSid !== undefined && given !== undefined && given !== credentials.accountSid) return { ok: false, reason: 'foreign-account' }
  return { ok: true }
}
