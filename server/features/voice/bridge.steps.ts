/** Putting a caller through: the agent is rung, fetches the caller out of the line, and both talk; or the bridge fails and the wait goes on. */
import type { CallEvent, SpokenStep } from '../../channels/channel.ts'
import { agentRingMs } from '../../domain/telephony-plan.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { contactEvent } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { endTurn } from '../contacts/turns.steps.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { insertOutbound, type OutboundRow } from '../outbound/outbound.store.ts'
import { endEntries, enterQueue } from '../queues/entries.steps.ts'
import { slaOnBridged, slaOnReplyFailed } from '../sla/sla.steps.ts'
import { changeCall, holdCall, tellCall, type HeldCall } from './held-call.ts'
import { callBack, openCallback } from './callback.steps.ts'
import { addTalk, freeFromCall } from './call-units.steps.ts'
import { endLeg, giveUpCommands } from './commands.steps.ts'
import { endHelperLegs, helperRung, holdFailed, roomNotOpened, takeOverTalk } from './helper-legs.steps.ts'
import { missedCallback } from './missed-callback.steps.ts'
import { laneOfCall, ringAgent } from './ring-agent.steps.ts'
import { doubtCall, findLiveCall, isBeingDialled, isDialledId, updateCall, type CallData, type CallSession } from './voice.store.ts'

/**
 * An agent has accepted: rings them. The caller stays in the line until the agent is there, so that nobody is cut off by a
 * telephone that does not answer.
 */
export async function connectCall(tx: Tx, conversation: LockedConversation, contactId: string, agentId: string, now: Date, effects: Effects): Promise<void> {
  const call = await findLiveCall(tx, contactId)
  if (!call) {
    const callback = await openCallback(tx, contactId)
    if (callback) await callBack(tx, conversation, contactId, agentId, callback, now, effects)
    return
  }
  if (call.state === 'voicemail' || call.state === 'greeting') return
  if (call.agentId === agentId) {
    // Who talks with the caller has taken them out of another line.
    if (call.state === 'bridged') endEntries(tx, contactId, 'answered', ['call'], agentId, now)
    return
  }
  // Merged customers may call twice: the second waits until who has the first is free.
  if (await isOnSecondCall(tx, call, agentId)) return
  // Who helps on the call is in its room already: nobody is rung.
  if (call.state === 'bridged' && (await takeOverTalk(tx, conversation, call, agentId, now, effects))) {
    endEntries(tx, contactId, 'answered', ['call'], agentId, now)
    return tellSession(tx, conversation, call, [agentId, call.agentId], effects)
  }
  await giveUpCommands(tx, call, now)
  const round = call.state === 'bridged' ? await takeOutOfTalk(tx, conversation, call, now, effects) : (call.data.round ?? 1)
  await ringAgent(tx, conversation, { ...call, data: { ...call.data, round } }, agentId, now, effects)
  await tellSession(tx, conversation, call, [agentId], effects)
}

async function isOnSecondCall(tx: Tx, call: CallSession, agentId: string): Promise<boolean> {
  return (await tx.maybe(`select 1 from session where contact_id = $1 and id <> $2 and kind = 'call' and agent_id = $3 and state in ('connecting', 'bridged') and ended_at is null limit 1`, [call.contactId, call.id, agentId])) !== undefined
}

async function tellSession(tx: Tx, conversation: LockedConversation, call: CallSession, agentIds: (string | null)[], effects: Effects): Promise<void> {
  const contact = await loadContact(tx, call.contactId)
  if (contact) effects.tell(contactEvent('session.changed', conversation, contact, { sessionIds: [call.id], messageIds: [call.messageId], agentIds }))
}

/** They talk in no room any more. */
const outOfRoom = { inRoom: false, heldSince: null, agentGone: false } satisfies CallData

/** A talk is handed over: the caller stands in the line again for as long as the colleague is rung. Returns their round in it. */
async function takeOutOfTalk(tx: Tx, conversation: LockedConversation, call: CallSession, now: Date, effects: Effects): Promise<number> {
  const round = (call.data.round ?? 1) + 1
  await addTalk(tx, call, now)
  await endHelperLegs({ tx, call, now, effects })
  if (call.data.inRoom) await updateCall(tx, call, { data: outOfRoom })
  insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'requeue', channel: 'voice', accountId: call.accountId, conversationId: conversation.id, contactId: call.contactId, sessionId: call.id, address: call.externalId,
    payload: { callId: call.externalId, sessionId: call.id, round },
  }, now)
  return round
}

/** What became of a command: the provider rings the agent, or will not. */
export async function commandEnded(tx: Tx, row: OutboundRow, result: { ok: true; externalId: string } | { ok: false; code: string }, now: Date, effects: Effects): Promise<void> {
  if ((row.kind !== 'connect' && row.kind !== 'dial' && row.kind !== 'consult' && ((row.kind !== 'hold' && row.kind !== 'open-room') || result.ok)) || !row.sessionId) return
  const held = await holdCall(tx, row.sessionId, now, effects)
  if (!held) return
  if (row.kind === 'dial') return dialEnded(held, result)
  if (row.kind === 'consult') return helperRung(held, row, result)
  if (row.kind === 'hold') return holdFailed(held, row)
  if (row.kind === 'open-room') return result.ok ? undefined : roomNotOpened(held, row, result.code)
  const isCurrent = held.call.state === 'connecting' && held.call.data.commandId === row.id
  if (!result.ok) {
    if (isCurrent) await failBridge(held, result.code)
    return
  }
  if (isCurrent) await changeCall(held, { agentLegId: result.externalId })
  // The caller hung up, or another agent has the call, while the provider was being asked.
  else if (held.call.data.commandId !== row.id || held.call.endedAt) await endLeg(held, result.externalId)
}

/** The provider rings the customer, or will not. */
async function dialEnded(held: HeldCall, result: { ok: true; externalId: string } | { ok: false; code: string }): Promise<void> {
  if (!result.ok) {
    if (isBeingDialled(held.call)) await missedCallback(held)
  } else if (held.call.endedAt) await endLeg(held, result.externalId)
  else if (isDialledId(held.call.externalId)) await changeCall(held, { externalId: result.externalId })
}

/** A step of an agent's leg. Only the leg of the current command counts: of two that answer, one fetches the caller. */
export async function agentLegStep(held: HeldCall, event: Extract<CallEvent, { step: 'agent-leg' }>): Promise<SpokenStep[]> {
  const { call } = held
  const isCurrent = call.state === 'connecting' && call.data.commandId === event.commandId && (call.agentLegId === null || call.agentLegId === event.agentLegId)
  if (event.status === 'answered') {
    if (!isCurrent) return [{ do: 'hang-up' }]
    if (call.agentLegId === null) await changeCall(held, { agentLegId: event.agentLegId })
    return [{ do: 'fetch-caller', sessionId: call.id, timeoutMs: agentRingMs }]
  }
  if (isCurrent) {
    await failBridge(held, event.status === 'ended' ? 'agent-left' : event.status)
    // They picked up and did not get the caller: there may be none.
    if (event.status === 'ended') await doubtCall(held.tx, call.id, held.now)
  }
  else if (call.state === 'bridged' && call.data.inRoom && call.agentLegId === event.agentLegId) await changeCall(held, { data: { agentGone: true } })
  return []
}

/** The caller is put through: the call is answered, and so is what the customer said before it. */
export async function bridgeCall(held: HeldCall, agentLegId: string): Promise<boolean> {
  const { tx, call, now, effects } = held
  if (call.state !== 'connecting' || !call.agentId || call.agentLegId !== agentLegId) return false
  await changeCall(held, { state: 'bridged', bridgedAt: call.bridgedAt ?? now, agentLegId, data: { connectingAt: null, talkingSince: now.toISOString() } })
  endEntries(tx, call.contactId, call.data.dialId ? 'callback' : 'answered', ['call'], call.agentId, now)
  await tx.execute(`update assignment set channel = 'voice', version = version + 1 where contact_id = $1 and agent_id = $2 and released_at is null`, [call.contactId, call.agentId])
  await endTurn(tx, call.contactId, 'answered', null, now)
  await slaOnBridged(tx, call.contactId, now, effects)
  await tellCall(held, held.contact.firstResponseAt ? {} : { firstResponseAt: now })
  effects.tell(await refreshAgent(tx, call.agentId, now))
  return true
}

/**
 * The agent could not be reached, or was gone when the caller was put through: the caller keeps their place in the line and their
 * wait runs on, the agent is free again.
 */
export async function failBridge(held: HeldCall, reason: string): Promise<void> {
  const { tx, call, now, effects, conversation } = held
  const { agentId } = call
  await giveUpCommands(tx, call, now)
  const since = call.state === 'bridged' && call.data.talkingSince ? new Date(call.data.talkingSince) : null
  if (since && agentId) await unanswer(held, agentId, since)
  if (since) await endHelperLegs(held)
  const isFirst = since !== null && call.bridgedAt?.getTime() === since.getTime()
  await changeCall(held, { state: 'queued', agentId: null, agentLegId: null, ...(isFirst ? { bridgedAt: null } : {}), data: { commandId: null, connectingAt: null, talkingSince: null, ...outOfRoom } })
  await freeFromCall(held, 'bridge-failed')
  const rank = await tx.one<{ rankAt: Date | null }>(`select min(rank_at) as "rankAt" from queue_entry where contact_id = $1 and demand = 'call'`, [call.contactId])
  await enterQueue(tx, { contactId: call.contactId, conversationId: conversation.id, queueId: held.contact.queueId, demand: 'call', channel: 'voice', workableAt: now, ...(rank.rankAt ? { rankAt: rank.rankAt } : {}) }, now)
  const fact = await addSystemFact(tx, conversation, call.contactId, 'voice', { code: 'call-not-connected', facts: { reason, agentId } }, now)
  await tellCall(held, {}, { messageIds: [fact.id], agentIds: [agentId] })
  if (agentId) effects.tell(await refreshAgent(tx, agentId, now))
  effects.wake('route', 'all')
}

/** The bridge had been counted as an answer a moment too early: entry, turn and clocks run on as if it had not. */
async function unanswer({ tx, call, now, effects }: HeldCall, agentId: string, bridgedAt: Date): Promise<void> {
  await tx.execute(
    `update queue_entry set ended_at = null, result = null, answered_by = null, version = version + 1
     where contact_id = $1 and demand = 'call' and result in ('answered', 'callback') and answered_by = $2 and ended_at = $3
       and not exists (select 1 from queue_entry o where o.contact_id = $1 and o.demand = 'call' and o.ended_at is null)`, [call.contactId, agentId, bridgedAt])
  const turn = await tx.maybe<{ id: string }>(
    `update turn t set ended_at = null, "end" = null, version = version + 1
     where t.contact_id = $1 and t.ended_at = $2 and t."end" = 'answered' and not exists (select 1 from turn o where o.conversation_id = t.conversation_id and o.ended_at is null) returning id`, [call.contactId, bridgedAt])
  if (turn) await slaOnReplyFailed(tx, turn.id, now, effects)
}
