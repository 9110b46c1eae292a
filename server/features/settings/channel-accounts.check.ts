import type { AccountSettings } from '#contract/api/settings.ts'
import type { Channel } from '#contract/words.ts'
import { badAddress, badSetting } from './settings.errors.ts'

const settingsOf: Record<Channel, readonly (keyof AccountSettings)[]> = {
  voice: ['accountSid', 'secondaryAuthTokenUntil', 'locale'],
  sms: ['accountSid', 'messagingServiceSid', 'secondaryAuthTokenUntil', 'locale'],
  whatsapp: ['accountSid', 'messagingServiceSid', 'secondaryAuthTokenUntil', 'locale'],
  email: ['locale'],
  webchat: ['allowedOrigins', 'trustedClaims', 'locale'],
  slack: ['botId', 'botUserId', 'locale'],
}

/** The one spelling under which arrivals find the account: E.164, a mailbox in lower case, a workspace's id. */
export function normaliseAddress(channel: Exclude<Channel, 'webchat'>, typed: string): string {
  const address = typed.trim()
  if (channel === 'email') {
    if (!/^[^\s@<>"]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(address)) throw badAddress('not-a-mailbox')
    return address.toLowerCase()
  }
  if (channel === 'slack') {
    if (!/^[TE][A-Z0-9]{0,20}$/.test(address)) throw badAddress('not-a-workspace')
    return address
  }
  const digits = address.replace(/^whatsapp:/i, '').replace(/[\s().-]/g, '')
  if (!/^\+[1-9]\d{6,14}$/.test(digits)) throw badAddress('not-a-number')
  return digits
}

/** Settings of another channel are a mistake somebody should hear about. */
export function assertSettings(channel: Channel, settings: AccountSettings): void {
  const stray = (Object.keys(settings) as (keyof AccountSettings)[]).find((key) => settings[key] !== undefined && !settingsOf[channel].includes(key))
  if (stray !== undefined) throw badSetting(`settings.${stray}`, 'not-of-this-channel')
  const index = (settings.allowedOrigins ?? []).findIndex((origin) => !isExactOrigin(origin))
  if (index >= 0) throw badSetting(`settings.allowedOrigins.${index}`, 'not-an-origin')
}

/** An origin as browsers send it: scheme, host and port, nothing behind. */
function isExactOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}
