import type { CallEvent, SpokenStep } from '../../channels/channel.ts'
import { cleanText, maskCards } from '../../domain/text.ts'
import { newId } from '../../platform/ids.ts'
import { reopenContact } from '../contacts/contacts.steps.ts'
import { startTurn } from '../contacts/turns.steps.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import { enterQueue } from '../queues/entries.steps.ts'
import { laneOfCall } from './ring-agent.steps.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'
import { say } from './speaking.steps.ts'

type Recorded = Extract<CallEvent, { step: 'recorded' }>

const transcriptMax = 10_000

/**
 * What was said after the tone, or its transcript. Only who was asked for a message has agreed to be recorded: any other
 * recording is deleted at the provider and never fetched.
 */
export async function keepRecording(held: HeldCall, event: Recorded): Promise<SpokenStep[]> {
  const { call } = held
  const hasAgreed = call.data.hasVoicemail === true && call.bridgedAt === null
  if (!hasAgreed) return refuseRecording(held, event)
  const changed = event.transcript === null ? await attach(held, event) : await transcribe(held, event.transcript)
  if (changed && call.endedAt && event.transcript === null) await takeUpAgain(held)
  if (changed) await tellCall(held)
  if (call.endedAt || event.transcript !== null) return []
  return say(held, { step: 'recorded' })
}

async function attach({ tx, call, now, effects }: HeldCall, event: Recorded): Promise<boolean> {
  const isOurs = event.recordingUrl !== null
  await tx.execute(
    `insert into attachment (id, message_id, position, name, content_type, size_bytes, source_url, state, state_reason, next_attempt_at, created_at)
     values ($1, $2, (select count(*) from attachment where message_id = $2), 'voicemail.wav', 'audio/wav', 0, $3, $4, $5, $6, $7)`,
    [newId(now), call.messageId, event.recordingUrl, isOurs ? 'fetching' : 'refused', isOurs ? null : 'foreign-host', isOurs ? now : null, now])
  await tx.execute('update message set version = version + 1 where id = $1', [call.messageId])
  if (isOurs) effects.wake('media', call.messageId)
  return true
}

/** The word of the recording came after that of the end: what closed as left without a word is somebody's message now. */
async function takeUpAgain(held: HeldCall): Promise<void> {
  const { tx, call, now, effects, conversation, contact } = held
  const isLeft = contact.outcome === 'left-in-menu' || contact.outcome === 'abandoned'
  const another = await tx.maybe(`select 1 from contact where conversation_id = $1 and state <> 'closed'`, [conversation.id])
  if (!isLeft || another) return
  await changeCall(held, { endReason: 'voicemail-left' })
  await reopenContact(tx, contact.id, now)
  await startTurn(tx, { conversationId: conversation.id, contactId: contact.id, messageId: call.messageId }, now)
  await enterQueue(tx, { contactId: contact.id, conversationId: conversation.id, queueId: contact.queueId, demand: 'messages', channel: 'voice', workableAt: now }, now)
  effects.wake('route', 'all')
}

async function transcribe({ tx, call }: HeldCall, transcript: string): Promise<boolean> {
  const text = maskCards(cleanText(transcript, transcriptMax)).trim()
  if (text === '') return false
  await tx.execute('update message set text = $2, version = version + 1 where id = $1', [call.messageId, text])
  return true
}

async function refuseRecording(held: HeldCall, event: Recorded): Promise<SpokenStep[]> {
  const { tx, call, now, effects, conversation } = held
  if (event.transcript !== null) return []
  insertOutbound(tx, {
    lane: laneOfCall(call), kind: 'delete-recording', channel: 'voice', accountId: call.accountId, conversationId: conversation.id, contactId: call.contactId, sessionId: call.id,
    address: event.recordingId, payload: { recordingId: event.recordingId },
  }, now)
  effects.wake('deliver', laneOfCall(call))
  const fact = await addSystemFact(tx, conversation, call.contactId, 'voice', { code: 'recording-refused', facts: {} }, now)
  await tellCall(held, {}, { messageIds: [fact.id] })
  return []
}
