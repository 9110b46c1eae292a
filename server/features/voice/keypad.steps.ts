/** The question at the end of a call, on the keys of the caller's telephone: put when the agent has left the line. */
import type { SpokenStep } from '../../channels/channel.ts'
import { keyWaitMs } from '../../domain/telephony-plan.ts'
import { askOnKeypad, markKeypadPlayed, recordKeypadAnswer, type KeypadQuestion } from '../surveys/surveys.steps.ts'
import { changeCall, type HeldCall } from './held-call.ts'
import { say } from './speaking.steps.ts'

/** The caller is still there, their agent is not: one question, or goodbye. */
export async function askOrSayGoodbye(held: HeldCall): Promise<SpokenStep[]> {
  const { tx, call, now, conversation, contact } = held
  const question = call.identityId && call.bridgedAt ? await askOnKeypad(tx, conversation, { contactId: contact.id, queueId: contact.queueId, identityId: call.identityId, accountId: call.accountId }, now) : null
  return question ? ask(held, question) : say(held, { step: 'bridge-ended' })
}

/** What was pressed. Silence after the prompt is an answer too: none. */
export async function surveyAnswer(held: HeldCall, digits: string): Promise<SpokenStep[]> {
  const { tx, now, effects, conversation, call } = held
  const { surveyInvitationId } = call.data
  if (!surveyInvitationId) return [{ do: 'hang-up' }]
  if (digits === '') {
    await markKeypadPlayed(tx, surveyInvitationId, now)
    return say(held, { step: 'bridge-ended' })
  }
  const next = await recordKeypadAnswer(tx, { invitationId: surveyInvitationId, digits }, now, effects, conversation)
  if (next.say === 'done') return [{ do: 'say', locale: call.locale, text: next.text }, { do: 'hang-up' }]
  return ask(held, next.question)
}

async function ask(held: HeldCall, question: KeypadQuestion): Promise<SpokenStep[]> {
  const round = (held.call.data.keysRound ?? 0) + 1
  // A question is put again for ever only to who keeps pressing: the line lets go.
  if (round > questionsMax) return say(held, { step: 'bridge-ended' })
  await changeCall(held, { data: { keysRound: round, surveyInvitationId: question.invitationId } })
  return [{ do: 'ask', sessionId: held.call.id, asks: 'survey', round, locale: question.locale, text: question.text, digitsMax: question.digits, timeoutMs: keyWaitMs }]
}

const questionsMax = 12
