/** Every step of a call, inside the receipt's transaction. A step may come twice, late, or before the one before it. */
import type { AccountWithSecrets, CallArrival, CallEvent, SpokenStep } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { Applied } from '../inbound/inbound.apply.ts'
import type { InboundContext } from '../inbound/inbound.usecases.ts'
import { agentLegStep, bridgeCall, failBridge } from './bridge.steps.ts'
import { endCall } from './call-end.steps.ts'
import { calledBack, callbackAnswer } from './callback.steps.ts'
import { changeCall, holdCall, type HeldCall } from './held-call.ts'
import { askOrSayGoodbye, surveyAnswer } from './keypad.steps.ts'
import { overflowCall } from './overflow-call.steps.ts'
import { helperLegStep, isRoomEmpty } from './helper-legs.steps.ts'
import { keepRecording } from './recording.steps.ts'
import { arriveCall } from './ringing.steps.ts'
import { say } from './speaking.steps.ts'
import { findCall, findCallByExternalId, isDialledId, touchCall, type CallSession } from './voice.store.ts'

export { commandEnded, connectCall } from './bridge.steps.ts'

export async function applyCall(tx: Tx, context: InboundContext, arrival: CallArrival, account: AccountWithSecrets, now: Date, effects: Effects): Promise<Applied> {
  const { event } = arrival
  const seen = await sessionOf(tx, arrival, account)
  if (!seen) {
    // The first we hear of a call may be that it is over: the receipt before it failed, or was never sent.
    const isOver = event.step === 'ended'
    if (event.step !== 'ringing' && !isOver) return answered(context, [{ do: 'hang-up' }], null)
    const arrived = await arriveCall(tx, arrival, account, isOver, now, effects)
    const held = isOver ? await holdCall(tx, arrived.sessionId, now, effects) : undefined
    if (held) await endCall(held, 'never-heard')
    return answered(context, isOver ? [] : arrived.steps, arrived)
  }
  const held = await holdCall(tx, seen.id, now, effects)
  if (!held) throw new Error('a call vanished')
  if (arrival.callId !== '') await touchCall(tx, seen.id, now)
  // Of a call we make the provider's own request may be faster than its answer to ours.
  if (arrival.callId !== '' && isDialledId(held.call.externalId)) await changeCall(held, { externalId: arrival.callId })
  return answered(context, await take(held, event), { messageId: held.call.messageId, conversationId: held.conversation.id })
}

async function sessionOf(tx: Tx, arrival: CallArrival, account: AccountWithSecrets): Promise<CallSession | undefined> {
  const call = arrival.sessionId === null ? await findCallByExternalId(tx, account.id, arrival.callId) : await findCall(tx, arrival.sessionId)
  // A session id is ours, but the step must be of a call of this number, and of this caller's leg.
  return call && call.accountId === account.id && (arrival.callId === '' || call.externalId === arrival.callId || isDialledId(call.externalId)) ? call : undefined
}

async function take(held: HeldCall, event: CallEvent): Promise<SpokenStep[]> {
  const { call } = held
  switch (event.step) {
    case 'ringing': return call.endedAt ? [{ do: 'hang-up' }] : requeued(held)
    case 'agent-leg': return agentLegStep(held, event)
    case 'helper-leg': return helperLegStep(held, event)
    case 'room-left': return roomLeft(held, event.isOver)
    case 'bridged': {
      await bridgeCall(held, event.agentLegId)
      return []
    }
    case 'queue-left': return queueLeft(held, event)
    case 'recorded': return keepRecording(held, event)
    case 'called-back': return calledBack(held, event)
    case 'keys': return keysPressed(held, event)
    case 'ended': {
      await endCall(held, call.state === 'bridged' ? 'hung-up' : call.queuedAt ? 'abandoned' : 'closed')
      return []
    }
  }
}

async function keysPressed(held: HeldCall, { asks, digits }: Extract<CallEvent, { step: 'keys' }>): Promise<SpokenStep[]> {
  // The question at the end comes when the call is over for its agent.
  if (asks === 'survey') return surveyAnswer(held, digits)
  if (held.call.endedAt) return [{ do: 'hang-up' }]
  return (await callbackAnswer(held, digits)) ?? requeued(held)
}

async function queueLeft(held: HeldCall, event: Extract<CallEvent, { step: 'queue-left' }>): Promise<SpokenStep[]> {
  const { call } = held
  if (call.endedAt) return [{ do: 'hang-up' }]
  switch (event.result) {
    case 'hung-up': {
      await endCall(held, 'abandoned')
      return []
    }
    case 'bridged': {
      // Their agent went ahead into the room where somebody else joins them.
      if (call.state === 'bridged' && call.data.inRoom && !event.isOver && !(await isRoomEmpty(held))) return [{ do: 'join-room', sessionId: call.id, round: call.data.round ?? 1, as: 'customer' }]
      // Handed over or moved just as their agent hung up or picked up: the caller waits for the next.
      if (!event.isOver && (call.state === 'queued' || (call.state === 'connecting' && (call.bridgedAt !== null || call.agentLegId === null)))) return requeued(held)
      // The word that they were put through may be lost or late.
      if (call.state === 'connecting' && call.agentLegId) await bridgeCall(held, call.agentLegId)
      await endCall(held, event.isOver ? 'customer-hung-up' : 'agent-hung-up')
      return event.isOver ? [] : askOrSayGoodbye(held)
    }
    case 'moved': return []
    case 'left': return leaveLine(held)
    case 'error': {
      if (call.state === 'connecting' || call.state === 'bridged') await failBridge(held, 'agent-left')
      return requeued(held)
    }
  }
}

/** The talk in the room is over: the customer hung up, or their agent did; who is handed over or moved meanwhile waits for the next. */
async function roomLeft(held: HeldCall, isOver: boolean): Promise<SpokenStep[]> {
  if (!isOver && (held.call.state === 'connecting' || held.call.state === 'queued')) return requeued(held)
  await endCall(held, isOver ? 'customer-hung-up' : 'agent-hung-up')
  return isOver ? [] : askOrSayGoodbye(held)
}

/** Back into the line, its wait running: nobody is told of it but the provider. */
async function requeued(held: HeldCall): Promise<SpokenStep[]> {
  const { call } = held
  if (call.state === 'voicemail') return say(held, { step: 'voicemail' })
  if (call.state === 'greeting') return say(held, { step: 'bridge-ended' })
  await changeCall(held, { data: { round: (call.data.round ?? 1) + 1 } })
  return say(held, { step: 'bridge-failed' })
}

/** Waited long enough: out of the line, unless an agent is just being rung or asked. */
async function leaveLine(held: HeldCall): Promise<SpokenStep[]> {
  const overflowed = held.call.state === 'queued' ? await overflowCall(held, false) : { goes: 'on' as const }
  return overflowed.goes === 'out' ? say(held, overflowed.step) : requeued(held)
}

function answered(context: InboundContext, steps: readonly SpokenStep[], of: { messageId: string; conversationId: string } | null): Applied {
  const { voice } = context.channels.adapters
  if (!voice.speak) throw new Error('the telephone cannot speak')
  return { answer: voice.speak(steps), messageId: of?.messageId ?? null, conversationId: of?.conversationId ?? null }
}
