/** An answer, from wherever it came: stored once, told, followed up when it is low, and the next question asked. */
import { customerTexts } from '#contract/i18n/customer.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Channel } from '#contract/words.ts'
import { mayAnswer } from '../../domain/surveys.ts'
import { cleanText, maskCards } from '../../domain/text.ts'
import { scaleOfAsk } from '../../domain/survey-questions.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { addSystemFact, lockConversation, staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import { openFollowUp, recheckAnswered } from '../followups/followups.steps.ts'
import { sendAutomaticText } from '../outbound/outbound.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { questionsAsked } from './surveys.questions.ts'
import { addComment, findResponse, insertAnswer, insertResponse } from './answers.store.ts'
import * as store from './surveys.store.ts'

/** Where one question follows the other; on a page they stand together, and to a mail one number is sent back. */
const oneByOne: ReadonlySet<Channel> = new Set(['sms', 'whatsapp', 'slack', 'webchat', 'voice'])
const thankedByText: ReadonlySet<Channel> = new Set(['sms', 'whatsapp', 'slack'])

export interface GivenAnswer {
  invitationId: string
  score: number
  comment: string | null
}

/** The answer to the question that is open now, as a reply, in the widget or on the keypad. */
export async function recordSurveyAnswer(tx: Tx, answer: GivenAnswer, now: Date, effects: Effects, held?: LockedConversation): Promise<'recorded' | 'over' | 'bad-score'> {
  const invitation = await store.loadInvitation(tx, answer.invitationId)
  if (!invitation) return 'over'
  const isLast = !oneByOne.has(invitation.channel) || invitation.asked + 1 >= questionsAsked(invitation).length
  return recordAnswers(tx, invitation, { scores: [{ position: invitation.asked, score: answer.score }], comment: answer.comment, isLast }, now, effects, held)
}

export interface GivenAnswers {
  scores: readonly { position: number; score: number }[]
  comment: string | null
  /** No further question is put. */
  isLast: boolean
}

/**
 * Stores answers to an invitation, each once; what comes late, twice or to a cancelled one changes nothing. A low score opens a
 * follow-up, or tells the one it checks. The caller has locked the invitation's conversation and hands it over if it goes on
 * writing into it.
 */
export async function recordAnswers(tx: Tx, invitation: store.InvitationRow, given: GivenAnswers, now: Date, effects: Effects, held?: LockedConversation): Promise<'recorded' | 'over' | 'bad-score'> {
  if (!mayAnswer(invitation, now).ok) return 'over'
  const comment = given.comment && maskCards(cleanText(given.comment))
  const questions = questionsAsked(invitation)
  const response = await findResponse(tx, invitation.id)
  const answers = given.scores.flatMap(({ position, score }) => (questions[position] ? [{ position, score, ...questions[position] }] : []))
  const isOff = answers.some(({ ask, score }) => !isOnScale(score, scaleOfAsk(invitation.kind, ask)))
  const own = answers.find(({ ask }) => ask === 'score')
  if (isOff || answers.length === 0 || (!response && !own)) return 'bad-score'
  if (given.isLast && !(await store.markAnswered(tx, invitation.id, now))) return 'over'
  const responseId = response?.id ?? newId(now)
  if (!response) await insertResponse(tx, { id: responseId, invitation, score: own!.score, comment, at: now })
  else if (comment) await addComment(tx, responseId, comment)
  for (const { position, ask, dimensionId, score } of answers) await insertAnswer(tx, { responseId, position, ask, dimensionId, score })
  const conversation = held?.id === invitation.conversationId ? held : await lockConversation(tx, invitation.conversationId, now)
  const isLow = own !== undefined && own.score <= invitation.lowAtMost
  await tell(tx, conversation, invitation, own && { ...own, comment, isLow }, now, effects)
  if (own) await followUp(tx, conversation, invitation, { score: own.score, comment, isLow }, now, effects)
  if (!given.isLast) await askNext(tx, conversation, invitation, now, effects)
  else await thank(tx, conversation, invitation, (own?.score ?? response?.score ?? Infinity) <= invitation.lowAtMost, now, effects)
  return 'recorded'
}

function isOnScale(score: number, { min, max }: { min: number; max: number }): boolean {
  return Number.isInteger(score) && score >= min && score <= max
}

/** Supervisors and whoever has the conversation open see the score; the visitor's widget sees that something changed. */
async function tell(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, answer: { score: number; comment: string | null; isLow: boolean } | undefined, now: Date, effects: Effects): Promise<void> {
  const fact = answer && (await addSystemFact(tx, conversation, invitation.contactId, invitation.channel, { code: 'survey-answered', facts: { kind: invitation.kind, score: answer.score, comment: answer.comment } }, now))
  effects.tell({
    type: 'survey.answered', conversationId: conversation.id, contactId: invitation.contactId,
    refs: { ...(fact ? { messageIds: [fact.id] } : {}), contactIds: [invitation.contactId], facts: { invitationId: invitation.id, ...(answer ? { score: answer.score, isLow: answer.isLow } : {}) } },
    rooms: [
      ...staffRooms(conversation, { restrictedTeamId: invitation.restrictedTeamId, agentIds: [invitation.ownerId] }), roomOf.supervisors,
      ...(invitation.channel === 'webchat' ? await visitorRoomsOfContact(tx, conversation.visitorIds, invitation.contactId) : []),
    ],
  })
}

async function followUp(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, answer: { score: number; comment: string | null; isLow: boolean }, now: Date, effects: Effects): Promise<void> {
  if (invitation.followUpId) return recheckAnswered(tx, conversation, { followUpId: invitation.followUpId, ...answer }, now, effects)
  if (!answer.isLow) return
  await openFollowUp(tx, conversation, {
    kind: 'low-answer', contactId: invitation.contactId, restrictedTeamId: invitation.restrictedTeamId, title: answer.comment?.slice(0, 200) ?? '', ownerId: null, dueAt: null,
    source: { invitationId: invitation.id, kind: invitation.kind, score: answer.score },
  }, now, effects)
}

/** The reply to it is an answer while it is the last thing sent, like one to the first question. */
async function askNext(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, now: Date, effects: Effects): Promise<void> {
  const asked = invitation.asked + 1
  const question = questionsAsked(invitation)[asked]
  const isText = thankedByText.has(invitation.channel) && question !== undefined
  await store.markAsked(tx, invitation.id, asked, isText ? await sendText(tx, conversation, invitation, { text: question.text[invitation.locale], code: 'survey' }, now, effects) : null)
}

/** Where the answer came as a message somebody typed; a page, a widget or a voice thanks by itself, and mail stays short. */
async function thank(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, isLow: boolean, now: Date, effects: Effects): Promise<void> {
  if (!thankedByText.has(invitation.channel)) return
  await sendText(tx, conversation, invitation, { text: customerTexts(invitation.locale)(isLow ? 'survey.thanksLow' : 'survey.thanks'), code: 'survey-thanks' }, now, effects)
}

async function sendText(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, message: { text: string; code: string }, now: Date, effects: Effects): Promise<string> {
  return sendAutomaticText(tx, {}, {
    conversation, contactId: invitation.contactId, account: { id: invitation.accountId }, identityId: invitation.identityId, channel: invitation.channel, ...message, replyToMessageId: null,
  }, now, effects)
}
