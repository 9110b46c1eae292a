/**
 * A survey at the end of a call, on the telephone's keys. The line asks for a question when the agent has left it, says that its
 * prompt is played, and hands over what was pressed; each step runs in the call's own transaction, under its conversation's lock.
 */
import { customerTexts } from '#contract/i18n/customer.ts'
import type { Locale } from '#contract/words.ts'
import { decideSurvey, mayAnswer, samplePointOf } from '../../domain/surveys.ts'
import { chooseSurvey, scaleOfAsk } from '../../domain/survey-questions.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
import { recordSurveyAnswer } from './answers.steps.ts'
import { questionsAsked, questionsToAsk } from './surveys.questions.ts'
import * as store from './surveys.store.ts'

/** What the caller hears. `digits`: how many keys the highest answer has; a shorter one ends by # or by waiting. */
export interface KeypadQuestion {
  invitationId: string
  text: string
  locale: Locale
  min: number
  max: number
  digits: 1 | 2
}

/** How long the line may take to put its questions. */
const keypadExpiryMs = 10 * 60_000

export interface EndingCall {
  contactId: string
  queueId: string
  identityId: string
  accountId: string
}

/** The question for a caller whose agent has left the line; null when they are not to be asked (RULES section 6), or not by key. */
export async function askOnKeypad(tx: Tx, conversation: LockedConversation, call: EndingCall, now: Date): Promise<KeypadQuestion | null> {
  const { surveys } = await store.surveysOfQueue(tx, call.queueId)
  const endedOn = surveys.length > 0 ? await store.endOfContact(tx, call.contactId, conversation.customerId) : undefined
  if (!endedOn) return null
  const survey = chooseSurvey(surveys.filter(({ rule }) => rule.keypad !== false), { queueId: call.queueId, channel: 'voice', locale: endedOn.locale, tier: endedOn.tier, dispositionId: null, isComplaint: false })
  if (!survey) return null
  const decision = decideSurvey({ ...survey, expiryMs: keypadExpiryMs }, {
    contact: { id: call.contactId, outcome: 'handled', closedAt: now, reopenWindowMs: {} },
    endedOn: { ...endedOn, channel: 'voice', identityId: call.identityId, accountId: call.accountId, isOptedOut: await store.isOptedOut(tx, call.accountId, call.identityId), isReachable: true },
    lastAskedAt: await store.lastAskedAt(tx, conversation.customerId, call.contactId),
    wasInvited: (await store.findInvitationOfContact(tx, call.contactId)) !== undefined,
    isErased: endedOn.isErased,
    isSessionOpen: true,
    samplePoint: samplePointOf(call.contactId),
  })
  if (decision.kind === 'none') return null
  const isNew = await store.scheduleInvitation(tx, {
    id: newId(now), surveyId: survey.id, contactId: call.contactId, conversationId: conversation.id, customerId: conversation.customerId, identityId: call.identityId, accountId: call.accountId,
    channel: 'voice', agentId: endedOn.agentId, queueId: call.queueId, sendAt: now, expiresAt: decision.expiresAt,
  })
  const invited = isNew ? await store.findInvitationOfContact(tx, call.contactId) : undefined
  if (!invited || !(await store.claimInvitation(tx, invited.id))) return null
  const invitation = await store.loadInvitation(tx, invited.id)
  if (!invitation) return null
  await store.keepQuestions(tx, invitation.id, await questionsToAsk(tx, invitation))
  return openOnKeypad(tx, invitation.id)
}

/** The prompt was played: that is its delivery. Until then the question may still come as a text. */
export async function markKeypadPlayed(tx: Tx, invitationId: string, now: Date): Promise<void> {
  await store.markPlayed(tx, invitationId, now)
}

/**
 * What the caller pressed. `next`: the question to put now, `again`: the same one, the number was none of its scale, `done`: thank
 * and hang up, also for what came too late.
 */
export async function recordKeypadAnswer(tx: Tx, pressed: { invitationId: string; digits: string }, now: Date, effects: Effects, held: LockedConversation): Promise<{ say: 'next' | 'again'; question: KeypadQuestion } | { say: 'done'; text: string }> {
  await store.markPlayed(tx, pressed.invitationId, now)
  const invitation = await store.loadInvitation(tx, pressed.invitationId)
  const done = { say: 'done' as const, text: customerTexts(invitation?.locale ?? 'en')('survey.keypadThanks') }
  if (!invitation || !mayAnswer(invitation, now).ok) return done
  const score = /^\d{1,2}$/.test(pressed.digits) ? Number(pressed.digits) : Number.NaN
  const result = await recordSurveyAnswer(tx, { invitationId: invitation.id, score, comment: null }, now, effects, held)
  const question = await openOnKeypad(tx, invitation.id)
  if (!question) return done
  return result === 'bad-score' ? { say: 'again', question: { ...question, text: `${customerTexts(question.locale)('survey.keypadAgain')} ${question.text}` } } : { say: 'next', question }
}

async function openOnKeypad(tx: Tx, invitationId: string): Promise<KeypadQuestion | null> {
  const invitation = await store.loadInvitation(tx, invitationId)
  const question = invitation && invitation.state !== 'answered' ? questionsAsked(invitation)[invitation.asked] : undefined
  if (!invitation || !question) return null
  const { min, max } = scaleOfAsk(invitation.kind, question.ask)
  const text = customerTexts(invitation.locale)('survey.keypad', { question: question.text[invitation.locale] })
  return { invitationId, text, locale: invitation.locale, min, max, digits: max > 9 ? 2 : 1 }
}
