/**
 * What the widget sent, as the receipt keeps it, in neutral words. The door has authenticated the visitor before it stored the
 * receipt, so the body's identity is proved: by the visitor's token, or by the site's own word for its signed-in user.
 */
import * as z from 'zod'
import type { MessageArrival } from '../channel.ts'
import { UnusableReceipt } from '../parse.ts'

/** The body of a webchat receipt. */
export const webchatReceiptSchema = z.strictObject({
  accountId: z.uuid(),
  visitorId: z.uuid(),
  clientId: z.string(),
  /** The site's name for its signed-in user; null for an anonymous visitor. */
  siteUser: z.strictObject({ sub: z.string(), name: z.string().nullable() }).nullable(),
  text: z.string(),
  files: z.array(z.strictObject({ uploadId: z.uuid(), name: z.string(), contentType: z.string(), sizeBytes: z.int().nonnegative(), storageKey: z.string(), sha256: z.string() })),
  locale: z.string().nullable(),
})
export type WebchatReceipt = z.output<typeof webchatReceiptSchema>

/** One message per receipt; throws `UnusableReceipt` on a body this door did not write. */
export function parseWebchat(body: Buffer): MessageArrival {
  return arrivalOf(readReceipt(body))
}

/** The body as the door wrote it. */
export function readReceipt(body: Buffer): WebchatReceipt {
  try {
    return webchatReceiptSchema.parse(JSON.parse(body.toString('utf8')))
  } catch (error) {
    throw new UnusableReceipt('not-a-webchat-message', { cause: error })
  }
}

function arrivalOf(receipt: WebchatReceipt): MessageArrival {
  const { accountId, visitorId, siteUser } = receipt
  return {
    kind: 'message',
    accountId,
    channel: 'webchat',
    externalId: webchatExternalId(visitorId, receipt.clientId),
    from: siteUser
      ? { kind: 'site-user', realm: accountId, value: siteUser.sub, displayName: siteUser.name }
      : { kind: 'visitor', realm: accountId, value: visitorId, displayName: null },
    evidence: 'proved',
    proof: siteUser ? 'site-token' : 'visitor-token',
    oneTime: false,
    sentAt: null,
    locale: receipt.locale,
    text: receipt.text,
    html: null,
    subject: null,
    files: receipt.files.map(({ name, contentType, sizeBytes, storageKey, sha256 }) => ({ name, contentType, sizeBytes, stored: { storageKey, sha256 } })),
    thread: null,
    mail: null,
    clientId: receipt.clientId,
    visitorId,
  }
}

/** The receipt's key: a client id is the sender's free choice and counts only beside its visitor. */
export function webchatExternalId(visitorId: string, clientId: string): string {
  return `${visitorId}:${clientId}`
}
