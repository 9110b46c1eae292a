/** What the administrator decides for one website. */
import * as z from 'zod'
import type { AccountWithSecrets } from '../channel.ts'

export const webchatSettingsSchema = z.object({
  /** Exact origins the widget may be embedded on, e.g. `https://shop.example`. */
  allowedOrigins: z.array(z.string()).default([]),
  /** Which claims of the site's JWT are believed when it says `…_verified`. */
  trustedClaims: z.array(z.enum(['email', 'phone'])).default([]),
})
export type WebchatSettings = z.output<typeof webchatSettingsSchema>

export function webchatSettingsOf(account: Pick<AccountWithSecrets, 'settings'>): WebchatSettings {
  return webchatSettingsSchema.parse(account.settings)
}

/** An origin exactly as browsers send it: scheme, host and port, nothing behind. */
export function isExactOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
}
