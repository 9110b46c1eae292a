/**
 * Who helps on a call talks with it: their telephone is rung, and when they answer all three meet in a room of the call. Their leg is a
 * session without a contact, so that they count as on a call while the contact has one call and one owner.
 */
import type { CallEvent, SpokenStep } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { endConsults } from '../contacts/consult.steps.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { insertOutbound, type OutboundRow } from '../outbound/outbound.store.ts'
import { addTalk } from './call-units.steps.ts'
import { endLeg, sendCommand } from './commands.steps.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'
import { laneOfCall } from './ring-agent.steps.ts'
import { findHelperLeg, helperLegOfCommand, isRungId, openHelperLegs, rungId, updateHelperLeg, type HelperLeg } from './helper-legs.store.ts'
import { findCall, findLiveCall, updateCall, type CallSession } from './voice.store.ts'

/** Rings who has accepted to help, if the contact's call is being talked on and they are on no other nor asked for one. Returns the session of their leg. */
export async function ringHelper(tx: Tx, conversation: LockedConversation, contactId: string, agentId: string, now: Date, effects: Effects): Promise<string | null> {
  const call = await findLiveCall(tx, contactId)
  if (!call || call.state !== 'bridged') return null
  const agent = await tx.one<{ phone: string | null; isOnCall: boolean }>(
    `select phone, exists (select 1 from session s where s.agent_id = agent.id and s.kind = 'call' and s.ended_at is null)
       or exists (select 1 from offer o where o.agent_id = agent.id and o.channel = 'voice' and o.kind <> 'consult' and o.ended_at is null) as "isOnCall" from agent where id = $1`, [agentId])
  if (agent.isOnCall) return null
  const id = newId(now)
  const commandId = insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'consult', channel: 'voice', accountId: call.accountId, conversationId: conversation.id, contactId, sessionId: call.id, address: agent.phone ?? agentId,
    payload: { sessionId: call.id, legId: id, agent: { id: agentId, phone: agent.phone } },
  }, now)
  await tx.execute(
    `insert into session (id, kind, state, account_id, external_id, agent_id, started_at, last_seen_at, data) values ($1, 'call', 'connecting', $2, $3, $4, $5, $5, $6)`,
    [id, call.accountId, rungId(commandId), agentId, now, JSON.stringify({ callId: call.id, commandId })])
  effects.wake('deliver', laneOfCall(call))
  effects.tell(await refreshAgent(tx, agentId, now))
  return id
}

/** The provider rings who helps, or will not. */
export async function helperRung(held: HeldCall, row: OutboundRow, result: { ok: true; externalId: string } | { ok: false; code: string }): Promise<void> {
  const { tx, call, now } = held
  const leg = await helperLegOfCommand(tx, row.id)
  if (!leg) return
  if (!result.ok) return legOver(held, leg, result.code)
  // They were thanked, or the call ended, while the provider was being asked.
  if (leg.endedAt) return endLeg(held, result.externalId)
  if (isRungId(leg.externalId)) await updateHelperLeg(tx, leg.id, { externalId: result.externalId }, now)
  if (call.endedAt) await endHelperLegs(held)
}

/** A step of the leg of who helps. With the first who answers the talk of two moves into the room. */
export async function helperLegStep(held: HeldCall, event: Extract<CallEvent, { step: 'helper-leg' }>): Promise<SpokenStep[]> {
  const { tx, call, now } = held
  const leg = await helperLegOfCommand(tx, event.commandId)
  const isCurrent = leg && !leg.endedAt && (isRungId(leg.externalId) || leg.externalId === event.agentLegId)
  if (event.status !== 'answered') {
    if (isCurrent) await legOver(held, leg, event.status === 'ended' ? 'agent-left' : event.status)
    return []
  }
  if (!isCurrent || leg.callId !== call.id || call.state !== 'bridged' || !call.agentLegId) return [{ do: 'hang-up' }]
  await updateHelperLeg(tx, leg.id, { externalId: event.agentLegId, state: 'bridged' }, now)
  const round = call.data.round ?? 1
  if (!call.data.inRoom) {
    await changeCall(held, { data: { inRoom: true } })
    await sendCommand(held, 'open-room', call.agentLegId, { callId: call.agentLegId, sessionId: call.id, round })
  }
  await tellCall(held, {}, { agentIds: [leg.agentId] })
  return [{ do: 'join-room', sessionId: call.id, round, as: 'helper' }]
}

/** Whoever hung up helps no longer; whose telephone nobody answered helps in writing. The customer is not left on hold alone with their agent. */
async function legOver(held: HeldCall, leg: HelperLeg, reason: string): Promise<void> {
  const { tx, call, now, effects, conversation } = held
  await updateHelperLeg(tx, leg.id, { state: 'ended' }, now)
  const left = leg.state === 'bridged' ? await endConsults(tx, call.contactId, leg.agentId, 'left', now, effects) : []
  const code = leg.state === 'bridged' ? 'consult-left' : 'consult-not-connected'
  const fact = await addSystemFact(tx, conversation, call.contactId, 'voice', { code, facts: { reason, agentId: leg.agentId } }, now)
  await afterHelper(held)
  await tellCall(held, {}, { messageIds: [fact.id], agentIds: [leg.agentId, ...left] })
  effects.tell(await refreshAgent(tx, leg.agentId, now))
  effects.wake('route', 'all')
}

/** The legs of all who help end with the call. */
export async function endHelperLegs(held: Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'>): Promise<void> {
  for (const leg of await openHelperLegs(held.tx, held.call.id)) await endHelperLeg(held, leg)
}

/** One who helped is thanked or gone. Nothing when their leg has ended. */
export async function endHelperLegOf(tx: Tx, sessionId: string, now: Date, effects: Effects): Promise<void> {
  const leg = await findHelperLeg(tx, sessionId)
  if (!leg || leg.endedAt) return
  const call = await findCall(tx, leg.callId)
  if (!call) return
  await endHelperLeg({ tx, call, now, effects }, leg)
  await afterHelper({ tx, call, now, effects })
}

/** With the last who helps gone, the customer is taken off hold; whose agent had gone before they all met has nobody left to talk with. */
async function afterHelper(held: Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'>): Promise<void> {
  const { tx, call } = held
  if (call.state !== 'bridged' || (await openHelperLegs(tx, call.id)).length > 0) return
  await endHold(held)
  if (call.data.agentGone) await endLeg(held, call.externalId)
}

/** Whether the customer would find nobody in the room. */
export async function isRoomEmpty({ tx, call }: Pick<HeldCall, 'tx' | 'call'>): Promise<boolean> {
  return call.data.agentGone === true && (await openHelperLegs(tx, call.id)).length === 0
}

/**
 * The agent did not get into the room. Was their line over, who helps talks with the customer, or nobody is left. Else the two talk
 * on where they are, and who came to help is let go.
 */
export async function roomNotOpened(held: HeldCall, row: Pick<OutboundRow, 'address'>, code: string): Promise<void> {
  const { tx, call } = held
  if (call.state !== 'bridged' || !call.data.inRoom || call.agentLegId !== row.address) return
  if (code === 'call-over') return agentLeftRoom(held)
  await changeCall(held, { data: { inRoom: false } })
  for (const leg of await openHelperLegs(tx, call.id)) {
    await legOver(held, leg, code)
    if (!isRungId(leg.externalId)) await endLeg(held, leg.externalId)
  }
}

/** Nobody but who helps is left for the customer to talk with. */
export async function agentLeftRoom(held: HeldCall): Promise<void> {
  await changeCall(held, { data: { agentGone: true } })
  await afterHelper(held)
}

/** The provider knows the leg no more, and never said so. False when it had ended meanwhile. */
export async function helperLegLost(held: HeldCall, legId: string): Promise<boolean> {
  const leg = await findHelperLeg(held.tx, legId)
  if (!leg || leg.endedAt) return false
  await legOver(held, leg, 'end-lost')
  return true
}

async function endHelperLeg(held: Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'>, leg: HelperLeg): Promise<void> {
  const { tx, now, effects } = held
  await updateHelperLeg(tx, leg.id, { state: 'ended' }, now)
  effects.tell(await refreshAgent(tx, leg.agentId, now))
  effects.wake('route', 'all')
  if (isRungId(leg.externalId)) return void (await tx.execute(`update outbound set state = 'failed', reason = 'call-over', ended_at = $2, version = version + 1 where id = $1 and state = 'pending'`, [leg.commandId, now]))
  await endLeg(held, leg.externalId)
}

/**
 * Who helps on the call becomes its owner: they stay in the room, who had it is out. False when they are not in it: then they are
 * rung like anybody else.
 */
export async function takeOverTalk(tx: Tx, conversation: LockedConversation, call: CallSession, agentId: string, now: Date, effects: Effects): Promise<boolean> {
  const leg = (await openHelperLegs(tx, call.id)).find((one) => one.agentId === agentId && one.state === 'bridged')
  if (!leg || !call.agentLegId) return false
  await addTalk(tx, call, now)
  await updateHelperLeg(tx, leg.id, { state: 'ended', externalId: `joined:${leg.id}` }, now)
  await endHold({ tx, call, now, effects })
  await updateCall(tx, call, { agentId, agentLegId: leg.externalId, data: { talkingSince: now.toISOString(), commandId: null, agentGone: false, isEndedByAgent: false } })
  insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'hand-over', channel: 'voice', accountId: call.accountId, conversationId: conversation.id, contactId: call.contactId, sessionId: call.id, address: leg.externalId,
    payload: { callId: leg.externalId, fromCallId: call.agentLegId, sessionId: call.id },
  }, now)
  effects.wake('deliver', laneOfCall(call))
  return true
}

/** Whether they are on the line for another contact than this one, talking or helping. */
export async function isOnAnotherCall(tx: Pick<Tx, 'maybe'>, contactId: string, agentId: string): Promise<boolean> {
  return (await tx.maybe(
    `select 1 from session s left join session c on c.id = (s.data->>'callId')::uuid
     where s.kind = 'call' and s.agent_id = $2 and s.ended_at is null and s.contact_id is distinct from $1 and not (s.contact_id is null and s.state = 'bridged' and c.contact_id = $1 and c.ended_at is null) limit 1`, [contactId, agentId])) !== undefined
}

/** The customer hears silence while the others talk, or is back. */
export async function setHold(held: Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'>, isOnHold: boolean): Promise<void> {
  const { tx, call, now } = held
  held.call = await updateCall(tx, call, { data: { heldSince: isOnHold ? now.toISOString() : null } })
  // What was to be so before and has not come about yet need not be any more.
  await tx.execute(`update outbound set state = 'failed', reason = 'overtaken', ended_at = $2, version = version + 1 where session_id = $1 and kind = 'hold' and state = 'pending'`, [call.id, now])
  await sendCommand(held, 'hold', call.externalId, { callId: call.externalId, sessionId: call.id, isOnHold })
}

/** The customer was never put on hold, and hears: screens say so. */
export async function holdFailed(held: HeldCall, row: Pick<OutboundRow, 'createdAt'>): Promise<void> {
  if (held.call.data.heldSince !== row.createdAt.toISOString()) return
  await changeCall(held, { data: { heldSince: null } })
  await tellCall(held)
}

/** With nobody there to talk with apart, the customer is taken back. */
async function endHold(held: Pick<HeldCall, 'tx' | 'call' | 'now' | 'effects'>): Promise<void> {
  if (held.call.state === 'bridged' && held.call.data.heldSince) await setHold(held, false)
}
