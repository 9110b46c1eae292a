/** The agent's end of a call is rung by a command in the lane of the call. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import { updateCall, type CallSession } from './voice.store.ts'

/** The commands of one call leave in order. */
export function laneOfCall(call: Pick<CallSession, 'id'>): string {
  return `call:${call.id}`
}

/** Whether the customer is on hold waits until they are in the room; nothing else of their call waits for that. */
export function laneOfHold(call: Pick<CallSession, 'id'>): string {
  return `hold:${call.id}`
}

/** Rings an agent for a caller in the line; a leg made by an earlier command is turned away. */
export async function ringAgent(tx: Tx, conversation: LockedConversation, call: CallSession, agentId: string, now: Date, effects: Effects): Promise<CallSession> {
  const { phone } = await tx.one<{ phone: string | null }>('select phone from agent where id = $1', [agentId])
  const commandId = insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'connect', channel: 'voice', accountId: call.accountId, conversationId: conversation.id, contactId: call.contactId, sessionId: call.id, address: phone ?? agentId,
    payload: { callId: call.externalId, sessionId: call.id, agent: { id: agentId, phone } },
  }, now)
  effects.wake('deliver', laneOfCall(call))
  return updateCall(tx, call, { state: 'connecting', agentId, agentLegId: null, data: { commandId, connectingAt: now.toISOString(), isEndedByAgent: false } })
}
