/**
 * The token in a reply address: which thread, and made for which recipient. Short, because a mail address has 64 characters
 * before the "@", and hexadecimal, because some mail servers lose the case.
 */
import type { Secrets } from '../../platform/secrets.ts'

const purpose = 'reply-address'

export function replyToken(secrets: Pick<Secrets, 'mac'>, threadId: string, identityId: string): string {
  return `${threadId.replaceAll('-', '')}.${secrets.mac(`${threadId} ${identityId}`, purpose)}`
}

/** The thread a token names, whether or not it is genuine; null when it names none. */
export function threadOfReplyToken(token: string): string | null {
  const [, a, b, c, d, e] = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\.[0-9a-f]{20}$/.exec(token) ?? []
  return a ? [a, b, c, d, e].join('-') : null
}
