/** What surveys do inside somebody's transaction: schedule at the close of a contact, cancel when it is opened again, take an answer. */
import { customerTexts } from '#contract/i18n/customer.ts'
import { roomOf } from '#contract/rooms.ts'
import { decideSurvey, mayAnswer, samplePointOf } from '../../domain/surveys.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import type { ContactRow } from '../contacts/contacts.store.ts'
import { addSystemFact, lockConversation, staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import { reachOptions, type ReachOption } from '../conversations/reach.store.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { sendAutomaticText } from '../outbound/outbound.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import * as store from './surveys.store.ts'

const lowAnswerDueMs = 24 * 3_600_000

/** Decides whether a contact that just closed is asked how it went, and writes the invitation (RULES section 6). */
export async function scheduleSurvey(tx: Tx, conversation: LockedConversation, contact: ContactRow, now: Date, effects: Effects): Promise<void> {
  if (contact.outcome === null || contact.closedAt === null) return
  const survey = await store.surveyOfQueue(tx, contact.queueId)
  if (!survey) return
  const endedOn = await store.endOfContact(tx, contact.id, conversation.customerId)
  const way = endedOn && !endedOn.isOneTime ? await wayOf(tx, conversation, endedOn, now) : null
  const invited = await store.findInvitationOfContact(tx, contact.id, survey.id)
  const decision = decideSurvey(
    { ...survey, isEnabled: survey.enabled, samplingShare: 1 },
    {
      contact: { id: contact.id, outcome: contact.outcome, closedAt: contact.closedAt, reopenWindowMs: survey.reopenMs },
      endedOn: endedOn ? {
        channel: endedOn.channel, identityId: endedOn.identityId, accountId: way?.accountId ?? endedOn.accountId, isOneTime: endedOn.isOneTime,
        isOptedOut: await store.isOptedOut(tx, way?.accountId ?? endedOn.accountId, endedOn.identityId), wasProvedOnContact: endedOn.wasProvedOnContact, isReachable: way?.reach.reachable ?? false,
      } : null,
      lastAskedAt: await store.lastAskedAt(tx, conversation.customerId, contact.id),
      wasInvited: invited !== undefined && !(invited.state === 'cancelled' && invited.reason === 'reopened'),
      isSessionOpen: false,
      samplePoint: samplePointOf(contact.id),
    })
  if (decision.kind === 'none' || !endedOn || !way) return
  const isNew = await store.scheduleInvitation(tx, {
    id: newId(now), surveyId: survey.id, contactId: contact.id, conversationId: conversation.id, customerId: conversation.customerId, identityId: decision.identityId, accountId: decision.accountId,
    channel: way.channel, agentId: endedOn.agentId, queueId: contact.queueId, sendAt: decision.sendAt, expiresAt: decision.expiresAt,
  })
  if (isNew) effects.wake('surveys', 'all', decision.sendAt)
}

/**
 * The way the question goes: the identity the contact ended on. After a call that is a text to the same number: the call is over,
 * and nobody is rung up for a survey.
 */
async function wayOf(tx: Tx, conversation: LockedConversation, endedOn: store.EndedOn, now: Date): Promise<ReachOption | null> {
  const options = await reachOptions(tx, conversation.customerId, conversation.id, 'survey', null, now)
  const channel = endedOn.channel === 'voice' ? 'sms' : endedOn.channel
  return options.find((option) => option.channel === channel && option.identityId === endedOn.identityId) ?? null
}

/** Takes back what was not sent: the contact is open again, and will be asked about when it closes. */
export async function cancelSurvey(tx: Tx, contactId: string): Promise<void> {
  await store.cancelScheduled(tx, contactId, 'reopened')
}

/** A widget's question is delivered when it is shown, to the visitor it is for. */
export async function markSurveyShown(tx: Tx, shown: { invitationId: string; conversationId: string; identityIds: readonly string[] }, now: Date): Promise<void> {
  await tx.execute(
    `update survey_invitation set state = 'delivered', delivered_at = $4, version = version + 1
     where id = $1 and conversation_id = $2 and identity_id = any($3::uuid[]) and channel = 'webchat' and state = 'sent'`, [shown.invitationId, shown.conversationId, shown.identityIds, now])
}

export interface GivenAnswer {
  invitationId: string
  score: number
  comment: string | null
}

/**
 * Stores the one answer to an invitation and tells supervisors and whoever has the conversation open. A low answer opens a
 * follow-up. Said again, late or to a cancelled one, it changes nothing. The caller has locked the invitation's conversation and
 * hands it over if it goes on writing into it.
 */
export async function recordSurveyAnswer(tx: Tx, answer: GivenAnswer, now: Date, effects: Effects, held?: LockedConversation): Promise<void> {
  const invitation = await store.loadInvitation(tx, answer.invitationId)
  if (!invitation || !mayAnswer(invitation, now).ok) return
  if (!(await store.markAnswered(tx, invitation.id, now))) return
  await store.insertResponse(tx, { id: newId(now), invitation, score: answer.score, comment: answer.comment, at: now })
  const conversation = held?.id === invitation.conversationId ? held : await lockConversation(tx, invitation.conversationId, now)
  const isLow = answer.score <= invitation.lowAtMost
  const fact = await addSystemFact(tx, conversation, invitation.contactId, invitation.channel, { code: 'survey-answered', facts: { kind: invitation.kind, score: answer.score, comment: answer.comment } }, now)
  effects.tell({
    type: 'survey.answered', conversationId: conversation.id, contactId: invitation.contactId,
    refs: { messageIds: [fact.id], contactIds: [invitation.contactId], facts: { invitationId: invitation.id, score: answer.score, isLow } },
    rooms: [
      ...staffRooms(conversation, { restrictedTeamId: invitation.restrictedTeamId, agentIds: [invitation.ownerId] }), roomOf.supervisors,
      ...(invitation.channel === 'webchat' ? await visitorRoomsOfContact(tx, conversation.visitorIds, invitation.contactId) : []),
    ],
  })
  if (isLow) {
    await openFollowUp(tx, conversation, {
      kind: 'low-answer', contactId: invitation.contactId, restrictedTeamId: invitation.restrictedTeamId, title: answer.comment?.slice(0, 200) ?? '', ownerId: null, dueAt: new Date(now.getTime() + lowAnswerDueMs),
    }, now, effects)
  }
  await thank(tx, conversation, invitation, isLow, now, effects)
}

/** Where the answer came as a message somebody typed; a page or a widget thanks by itself, and mail stays short. */
async function thank(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, isLow: boolean, now: Date, effects: Effects): Promise<void> {
  if (!['sms', 'whatsapp', 'slack'].includes(invitation.channel)) return
  await sendAutomaticText(tx, {}, {
    conversation, contactId: invitation.contactId, account: { id: invitation.accountId }, identityId: invitation.identityId, channel: invitation.channel,
    text: customerTexts(invitation.locale)(isLow ? 'survey.thanksLow' : 'survey.thanks'), code: 'survey-thanks', replyToMessageId: null,
  }, now, effects)
}
