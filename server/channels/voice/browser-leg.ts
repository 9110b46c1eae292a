import type { Config } from '#server/platform/config.ts'
import type { BrowserLeg } from '../channel.ts'

/** A token lives so long; the browser asks for the next shortly before. */
const ttlSeconds = 900

/** What a page needs to reach for a leg in the browser: signalling and events, the sounds of the provider's library, its audio. */
export const browserLegSources = { connect: ['https://*.twilio.com', 'wss://*.twilio.com'], media: ['https://sdk.twilio.com', 'mediastream:'] } as const

/** Whether agents can talk in the browser: a key pair to sign tokens with, and the TwiML application they stand for. */
export function hasBrowserLeg({ twilio }: Pick<Config, 'twilio'>): boolean {
  return Boolean(twilio.accountSid && twilio.apiKeySid && twilio.apiKeySecret && twilio.twimlAppSid)
}

/** The name an agent's browser registers under and is dialled by: letters, digits and underscores are all it may hold. */
export function browserIdentity(agentId: string): string {
  return `agent_${agentId.replaceAll('-', '')}`
}

/** A pass for one agent's browser, to be rung only; null where the deployment has no keys. */
export async function browserLegFor(agentId: string, { twilio }: Pick<Config, 'twilio'>, now: Date): Promise<BrowserLeg | null> {
  const { accountSid, apiKeySid, apiKeySecret } = twilio
  if (!hasBrowserLeg({ twilio }) || !accountSid || !apiKeySid || !apiKeySecret) return null
  const { default: AccessToken } = await import('twilio/lib/jwt/AccessToken.js')
  const identity = browserIdentity(agentId)
  const token = new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity, ttl: ttlSeconds })
  token.addGrant(new AccessToken.VoiceGrant({ incomingAllow: true }))
  return { token: token.toJwt(), identity, expiresAt: new Date(now.getTime() + ttlSeconds * 1000) }
}
