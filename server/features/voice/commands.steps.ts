/** Commands to the provider about one call: taken back before they leave, or ending a leg. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import type { HeldCall } from './held-call.ts'
import { laneOfCall, laneOfHold } from './ring-agent.steps.ts'
import { findLiveCall, isBeingDialled, updateCall, type CallSession } from './voice.store.ts'

/** A command that has not left yet is not sent any more. */
export async function giveUpCommands(tx: Tx, call: CallSession, now: Date): Promise<void> {
  await tx.execute(`update outbound set state = 'failed', reason = 'call-over', ended_at = $2, version = version + 1 where session_id = $1 and kind in ('connect', 'dial', 'open-room', 'hold') and state = 'pending'`, [call.id, now])
}

/** The contact is taken from who is being rung for it: the caller stands in the line again, and the telephone that rings is let go. */
export async function stopRinging(tx: Tx, conversation: LockedConversation, contactId: string, now: Date, effects: Effects): Promise<void> {
  const call = await findLiveCall(tx, contactId)
  if (call?.state !== 'connecting' || isBeingDialled(call)) return
  await giveUpCommands(tx, call, now)
  if (call.agentLegId) await endLeg({ tx, call, now, effects, conversation }, call.agentLegId)
  await updateCall(tx, call, { state: 'queued', agentId: null, agentLegId: null, data: { commandId: null, connectingAt: null } })
}

/** Ends one leg. */
export async function endLeg(of: OfCall, legId: string): Promise<void> {
  await sendCommand(of, 'hang-up', legId, { callId: legId })
}

type OfCall = Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'> & Partial<Pick<HeldCall, 'conversation'>>

/** Tells the provider something of this call, after the commit and after what it was told before. */
export async function sendCommand({ tx, call, now, effects, conversation }: OfCall, kind: 'open-room' | 'hold' | 'hang-up', address: string, payload: Record<string, unknown>): Promise<void> {
  const lane = kind === 'hold' ? laneOfHold(call) : laneOfCall(call)
  insertOutbound(tx, {
    lane, kind, channel: 'voice', accountId: call.accountId, conversationId: conversation?.id ?? null, contactId: call.contactId, sessionId: call.id, address, payload,
  }, now)
  effects.wake('deliver', lane)
}
