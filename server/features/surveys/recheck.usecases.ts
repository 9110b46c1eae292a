/** The check with the customer whether a follow-up put it right: a survey of one question, sent for the follow-up's contact. */
import type { FollowUp } from '#contract/api/followups.ts'
import type { Context } from '../../context.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { commit } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { holdForRecheck, readRules, recheckEnded, recheckSent } from '../followups/followups.steps.ts'
import { seenFollowUp } from '../followups/followups.store.ts'
import { notReachableForRecheck } from './surveys.errors.ts'
import { wayOf } from './surveys.steps.ts'
import * as store from './surveys.store.ts'

type RecheckContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

/** The one survey all checks are sent by; a migration made it. */
const recheckSurveyId = '019a0000-0000-7000-8000-0000000000c1'

/** Asks the customer, on the identity the contact ended on. Refused where they cannot be asked there: then a person does. */
export async function sendRecheck(context: RecheckContext, actor: Pick<StaffSession, 'staffId' | 'role'>, followUpId: string): Promise<FollowUp> {
  const now = context.clock.now()
  const seen = await seenFollowUp(context.db, actor, followUpId)
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, seen.conversationId, now)
    const { contactId } = await holdForRecheck(tx, actor, followUpId)
    const endedOn = await store.endOfContact(tx, contactId, conversation.customerId)
    const way = endedOn && !endedOn.isOneTime && !endedOn.isErased ? await wayOf(tx, conversation, endedOn, now) : null
    if (!endedOn || !way?.reach.reachable || (await store.isOptedOut(tx, way.accountId, endedOn.identityId))) throw notReachableForRecheck()
    const { recheckMs } = await readRules(tx)
    await store.insertRecheck(tx, {
      id: newId(now), surveyId: recheckSurveyId, contactId, conversationId: conversation.id, customerId: conversation.customerId, identityId: endedOn.identityId, accountId: way.accountId,
      channel: way.channel, agentId: endedOn.agentId, queueId: await store.queueOfContact(tx, contactId), sendAt: now, expiresAt: new Date(now.getTime() + recheckMs), followUpId,
    })
    await recheckSent(tx, conversation, followUpId, actor.staffId, now, effects)
    effects.wake('surveys', 'all')
  })
  return seenFollowUp(context.db, actor, followUpId)
}

/** Tells follow-ups whose question was not answered in time, or could not be sent. */
export async function endRechecks(context: RecheckContext): Promise<void> {
  const now = context.clock.now()
  for (const { followUpId, conversationId } of await store.endedRechecks(context.db, 200)) {
    await commit(context, now, async (tx, effects) => recheckEnded(tx, await lockConversation(tx, conversationId, now), followUpId, now, effects))
  }
}
