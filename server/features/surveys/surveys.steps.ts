/** What surveys do inside somebody's transaction: schedule at the close of a contact, cancel when it is opened again. */
import { decideSurvey, samplePointOf } from '../../domain/surveys.ts'
import { chooseSurvey } from '../../domain/survey-questions.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import type { ContactRow } from '../contacts/contacts.store.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
import { loadWays, reachOptions, type ReachOption } from '../conversations/reach.store.ts'
import * as store from './surveys.store.ts'

export { surveysOfContact, type SurveysOfQueue } from './surveys.store.ts'
export { recordSurveyAnswer, type GivenAnswer } from './answers.steps.ts'
export { askOnKeypad, markKeypadPlayed, recordKeypadAnswer, type KeypadQuestion } from './keypad.steps.ts'

/** Decides whether a contact that just closed is asked how it went, and writes the invitation (RULES section 6). */
export async function scheduleSurvey(tx: Tx, conversation: LockedConversation, contact: ContactRow, { surveys, reopenMs }: store.SurveysOfQueue, now: Date, effects: Effects): Promise<void> {
  if (contact.outcome === null || contact.closedAt === null) return
  if (surveys.length === 0) return
  const endedOn = await store.endOfContact(tx, contact.id, conversation.customerId)
  const survey = endedOn && chooseSurvey(surveys, { queueId: contact.queueId, channel: endedOn.channel, locale: endedOn.locale, tier: endedOn.tier, dispositionId: contact.dispositionId, isComplaint: contact.complaint })
  if (!survey) return
  const invited = await store.findInvitationOfContact(tx, contact.id)
  // The caller hung up before the question was heard: it may still come as a text.
  const isUnheard = invited?.channel === 'voice' && invited.state === 'sending'
  if (isUnheard) await store.takeBackUnplayed(tx, invited.id)
  const way = endedOn.isOneTime ? null : await wayOf(tx, conversation, endedOn, now)
  const decision = decideSurvey(survey, {
    contact: { id: contact.id, outcome: contact.outcome, closedAt: contact.closedAt, reopenWindowMs: reopenMs },
    endedOn: {
      channel: endedOn.channel, identityId: endedOn.identityId, accountId: way?.accountId ?? endedOn.accountId, isOneTime: endedOn.isOneTime,
      isOptedOut: await store.isOptedOut(tx, way?.accountId ?? endedOn.accountId, endedOn.identityId), wasProvedOnContact: endedOn.wasProvedOnContact, isReachable: way?.reach.reachable ?? false,
    },
    lastAskedAt: await store.lastAskedAt(tx, conversation.customerId, contact.id),
    wasInvited: invited !== undefined && !isUnheard,
    isErased: endedOn.isErased,
    isSessionOpen: false,
    samplePoint: samplePointOf(contact.id),
  })
  if (decision.kind === 'none' || !way) return
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
export async function wayOf(tx: Tx, conversation: Pick<LockedConversation, 'id' | 'customerId'>, endedOn: Pick<store.EndedOn, 'channel' | 'identityId'>, now: Date): Promise<ReachOption | null> {
  const options = reachOptions(await loadWays(tx, conversation.id), 'survey', null, now)
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
    `update survey_invitation set state = 'delivered', delivered_at = $4, opened_at = coalesce(opened_at, $4), version = version + 1
     where id = $1 and conversation_id = $2 and identity_id = any($3::uuid[]) and channel = 'webchat' and state = 'sent'`, [shown.invitationId, shown.conversationId, shown.identityIds, now])
}
