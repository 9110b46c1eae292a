import { randomBytes } from 'node:crypto'

/** A new identifier as Twilio makes them: two letters that tell the kind, and 32 hexadecimal digits. */
export function newSid(prefix: 'SM' | 'MM' | 'CA' | 'PN' | 'RE' | 'QU' | 'CF' | 'ME' | 'EV' | 'NO'): string {
  return prefix + randomBytes(16).toString('hex')
}

/** RFC 2822 as Twilio writes it: `Fri, 24 May 2019 17:44:46 +0000`. */
export function twilioDate(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000')
}
