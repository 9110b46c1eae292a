import type { WireAddress } from '../channel.ts'

/** Numbers Twilio puts in place of a withheld caller: anonymous, restricted, unavailable, blocked, unknown. */
export const standInNumbers: ReadonlySet<string> = new Set(['+266696687', '+7378742833', '+86282452253', '+2562533', '+8656696'])

export type TwilioChannel = 'sms' | 'whatsapp'

export interface TwilioAddress {
  channel: TwilioChannel
  /** E.164, short code, alphanumeric sender, or WhatsApp's id without a number. */
  value: string
  form: 'number' | 'short-code' | 'name' | 'whatsapp-id'
}

/** Reads `+15550001`, `12345`, `MYBANK`, `whatsapp:+15550001`; null for anything else. No country is guessed. */
export function readTwilioAddress(text: string): TwilioAddress | null {
  const isWhatsapp = text.startsWith('whatsapp:')
  const value = isWhatsapp ? text.slice('whatsapp:'.length) : text
  const channel = isWhatsapp ? 'whatsapp' : 'sms'
  if (/^\+[1-9]\d{4,14}$/.test(value)) return { channel, value, form: 'number' }
  if (isWhatsapp) return /^[A-Za-z0-9._-]{3,128}$/.test(value) ? { channel, value, form: 'whatsapp-id' } : null
  if (/^\d{3,8}$/.test(value)) return { channel, value, form: 'short-code' }
  return /^(?=.*[A-Za-z])[A-Za-z0-9 &._+-]{1,11}$/.test(value) ? { channel, value, form: 'name' } : null
}

/** `whatsapp:` in front where the channel wants it. */
export function writeTwilioAddress(channel: TwilioChannel, value: string): string {
  return channel === 'whatsapp' ? `whatsapp:${value}` : value
}

/** The sender as an identity. `oneTime`: nothing can be sent back there, and the next one under it may be somebody else. */
export function senderOf(address: TwilioAddress, realm: string, displayName: string | null): { from: WireAddress; oneTime: boolean } {
  if (address.form === 'whatsapp-id') return { from: { kind: 'whatsapp-id', realm, value: address.value, displayName }, oneTime: false }
  return { from: { kind: 'phone', realm: '', value: address.value, displayName }, oneTime: address.form === 'name' || standInNumbers.has(address.value) }
}
