import type { AccountWithSecrets, CallArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
import type { Applied } from '../inbound/inbound.apply.ts'
import type { InboundContext } from '../inbound/inbound.usecases.ts'
import type { OutboundRow } from '../outbound/outbound.store.ts'

/** One step of a call. PLACEHOLDER until the voice feature lands. */
export async function applyCall(_tx: Tx, _context: InboundContext, _arrival: CallArrival, _account: AccountWithSecrets, _now: Date, _effects: Effects): Promise<Applied> {
  return { answer: null, messageId: null, conversationId: null }
}
export async function connectCall(_tx: Tx, _conversation: LockedConversation, _contactId: string, _agentId: string, _now: Date, _effects: Effects): Promise<void> {}
export async function commandEnded(_tx: Tx, _row: OutboundRow, _result: { ok: true; externalId: string } | { ok: false; code: string }, _now: Date, _effects: Effects): Promise<void> {}
