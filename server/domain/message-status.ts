import type { MessageStatus } from '#contract/words.ts'

/**
 * The rank of an outbound message's status: it only rises, so late, doubled or reordered reports all end in the same state. `failed`
 * stands above `sent` (providers refuse late) and below `delivered` (what arrived has not failed).
 */
export const statusRank: Record<MessageStatus, number> = { received: 0, pending: 0, sending: 1, unknown: 2, sent: 3, failed: 4, delivered: 5, read: 6 }

/** Whether a report moves a message on. Received messages are inbound and never move. */
export function mayAdvance(from: MessageStatus, to: MessageStatus): boolean {
  return from !== 'received' && to !== 'received' && statusRank[to] > statusRank[from]
}

/** Only what surely did not arrive is sent again by a person's button; `unknown` is settled by asking the provider. */
export function mayRetry(status: MessageStatus): { ok: true } | { ok: false; reason: 'not-failed' | 'ask-provider-first' } {
  if (status === 'failed') return { ok: true }
  return { ok: false, reason: status === 'unknown' ? 'ask-provider-first' : 'not-failed' }
}
