/** Commands to the provider about one call: taken back before they leave, or ending a leg. */
import type { Tx } from '../../platform/db.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import type { HeldCall } from './held-call.ts'
import { laneOfCall } from './ring-agent.steps.ts'
import type { CallSession } from './voice.store.ts'

/** A command that has not left yet is not sent any more. */
export async function giveUpCommands(tx: Tx, call: CallSession, now: Date): Promise<void> {
  await tx.execute(`update outbound set state = 'failed', reason = 'call-over', ended_at = $2, version = version + 1 where session_id = $1 and kind in ('connect', 'dial', 'open-room', 'hold') and state = 'pending'`, [call.id, now])
}

/** Ends one leg, after the commit. */
export async function endLeg(held: HeldCall, legId: string): Promise<void> {
  const { tx, call, now, effects } = held
  await insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'hang-up', channel: 'voice', accountId: call.accountId, conversationId: held.conversation.id, contactId: call.contactId, sessionId: call.id, address: legId, payload: { callId: legId },
  }, now)
  effects.wake('deliver', laneOfCall(call))
}
