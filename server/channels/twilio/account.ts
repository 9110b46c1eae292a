import * as z from 'zod'
import type { Config } from '#server/platform/config.ts'
import type { AccountWithSecrets } from '../channel.ts'

/** What a Twilio number, or WhatsApp sender, may have of its own; what is missing comes from the deployment. */
const settingsSchema = z.object({
  accountSid: z.string().optional(),
  messagingServiceSid: z.string().optional(),
  /** Until when the token before the last rotation is accepted on webhooks. */
  secondaryAuthTokenUntil: z.iso.datetime().optional(),
})

export interface TwilioCredentials {
  accountSid: string | undefined
  authToken: string | undefined
  messagingServiceSid: string | undefined
  /** Tokens that may have signed a webhook at this time. */
  signingTokens: string[]
}

/** The credentials of one account; without an account those of the deployment. */
export function twilioCredentials(account: Pick<AccountWithSecrets, 'settings' | 'secrets'> | null, config: Pick<Config, 'twilio'>, now: Date): TwilioCredentials {
  const settings = settingsSchema.parse(account?.settings ?? {})
  const authToken = account?.secrets['authToken'] ?? config.twilio.authToken
  const secondary = account?.secrets['secondaryAuthToken']
  const isOverlap = secondary !== undefined && settings.secondaryAuthTokenUntil !== undefined && now < new Date(settings.secondaryAuthTokenUntil)
  return {
    accountSid: settings.accountSid ?? config.twilio.accountSid,
    authToken,
    messagingServiceSid: settings.messagingServiceSid,
    signingTokens: [authToken, isOverlap ? secondary : undefined].filter((token) => token !== undefined),
  }
}
