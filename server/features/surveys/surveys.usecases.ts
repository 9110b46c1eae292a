/** The surveys worker: sends what is due, each once, and ends what nobody answered. */
import { customerTexts } from '#contract/i18n/customer.ts'
import type { Context } from '../../context.ts'
import { maySendInvitation } from '../../domain/surveys.ts'
import { DatabaseUnavailable, type Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { faultPoint } from '../../platform/faults.ts'
import { count } from '../../platform/telemetry.ts'
import { addSystemFact, lockConversation, staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import { loadWays, reachOptions } from '../conversations/reach.store.ts'
import { sendAutomaticText, type AutomaticMessage } from '../outbound/outbound.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { recordAnswers } from './answers.steps.ts'
import { endRechecks } from './recheck.usecases.ts'
import { openQuestion, questionsToAsk } from './surveys.questions.ts'
import * as store from './surveys.store.ts'

type SurveyContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

const batch = 200
const retryMs = 60_000

/** Sends every invitation whose time has come, ends the expired ones, and wakes itself at the next due time. */
export async function sendDueSurveys(context: SurveyContext): Promise<void> {
  const now = context.clock.now()
  const failures: unknown[] = []
  // One that fails must not hold up the rest; it is tried again, and the job fails visibly below.
  const setAside = (error: unknown): void => {
    if (error instanceof DatabaseUnavailable) throw error
    failures.push(error)
  }
  for (;;) {
    const due = await store.dueInvitations(context.db, now, batch)
    for (const { id, conversationId } of due) {
      await sendOne(context, id, conversationId).catch(async (error: unknown) => {
        setAside(error)
        await context.db.tx((tx) => store.postpone(tx, id, new Date(now.getTime() + retryMs)))
      })
    }
    if (due.length < batch) break
  }
  for (const { id, conversationId } of await store.dueReminders(context.db, now, batch)) await remindOne(context, id, conversationId).catch(setAside)
  await context.db.tx((tx) => store.expireInvitations(tx, now))
  await endRechecks(context)
  const nextAt = await store.nextInvitationAt(context.db, now)
  if (nextAt) context.jobs.wake('surveys', 'all', { at: nextAt })
  if (failures.length > 0) throw failures[0]
}

/**
 * Claim, message and outbound item are one transaction under the conversation's lock: whoever dies in it has sent nothing, and
 * whoever comes second finds it sent.
 */
async function sendOne(context: SurveyContext, invitationId: string, conversationId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const held = await hold(tx, invitationId, conversationId, now)
    if (!held || held.invitation.state !== 'scheduled') return
    const { conversation, invitation } = held
    const verdict = await judge(tx, conversation, invitation, now)
    if (verdict.do === 'wait') return store.postpone(tx, invitation.id, verdict.until)
    if (verdict.do === 'cancel') return store.cancelInvitation(tx, invitation.id, verdict.reason)
    if (!(await store.claimInvitation(tx, invitation.id))) return
    faultPoint('surveys.claimed')
    const questions = await questionsToAsk(tx, invitation)
    await store.keepQuestions(tx, invitation.id, questions)
    await write(tx, conversation, { ...invitation, questions }, now, effects)
    count('surveysSent', { channel: invitation.channel })
  })
}

/** One reminder, half-way to the end and only while nothing was said since. A reply to it is an answer like one to the question. */
async function remindOne(context: SurveyContext, invitationId: string, conversationId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const held = await hold(tx, invitationId, conversationId, now)
    if (!held || !(await store.isLastThing(tx, invitationId))) return
    const { conversation, invitation } = held
    if (!(await mayWrite(tx, conversation, invitation, now))) return store.markReminded(tx, invitationId, null, now)
    const messageId = await sendAutomaticText(tx, {}, {
      ...automaticText(conversation, invitation), text: `${customerTexts(invitation.locale)('survey.reminder')}\n\n${openQuestion(invitation)}`,
    }, now, effects)
    await store.markReminded(tx, invitationId, messageId, now)
  })
}

/** The invitation under its conversation's lock. A merge may have moved it meanwhile: it is still due, and the next look finds it where it is now. */
async function hold(tx: Tx, invitationId: string, conversationId: string, now: Date): Promise<{ conversation: LockedConversation; invitation: store.InvitationRow } | null> {
  await tx.query('select 1 from conversation where id = $1 for update', [conversationId])
  const invitation = await store.loadInvitation(tx, invitationId)
  if (!invitation || invitation.conversationId !== conversationId) return null
  return { conversation: await lockConversation(tx, conversationId, now), invitation }
}

async function mayWrite(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, now: Date): Promise<boolean> {
  return maySendInvitation({ ...invitation, state: 'scheduled' }, await sendingFacts(tx, conversation, invitation, now), now).do === 'send'
}

async function judge(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, now: Date): Promise<{ do: 'send' } | { do: 'wait'; until: Date } | { do: 'cancel'; reason: string }> {
  const verdict = maySendInvitation(invitation, await sendingFacts(tx, conversation, invitation, now), now)
  if (verdict.do !== 'send') return verdict
  if (invitation.purpose === 'recheck') return verdict
  // Two customers who were one person all along may both have been invited before they were merged.
  const lastSentAt = await store.lastSentAt(tx, conversation.customerId, invitation.id)
  return lastSentAt && now.getTime() - lastSentAt.getTime() < invitation.quietMs ? { do: 'cancel', reason: 'quiet-period' } : verdict
}

async function sendingFacts(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, now: Date): Promise<Parameters<typeof maySendInvitation>[1]> {
  const options = reachOptions(await loadWays(tx, conversation.id), 'survey', null, now)
  return {
    contactIsClosed: invitation.purpose === 'recheck' || (invitation.contactState === 'closed' && invitation.contactOutcome !== 'merged' && invitation.contactOutcome !== 'spam'),
    isErased: invitation.isErased,
    isOptedOut: await store.isOptedOut(tx, invitation.accountId, invitation.identityId),
    isReachable: options.some((option) => option.channel === invitation.channel && option.identityId === invitation.identityId && option.reach.reachable),
  }
}

function automaticText(conversation: LockedConversation, invitation: store.InvitationRow): AutomaticMessage {
  return {
    conversation, contactId: invitation.contactId, account: { id: invitation.accountId }, identityId: invitation.identityId, channel: invitation.channel, text: openQuestion(invitation),
    subject: invitation.channel === 'email' ? customerTexts(invitation.locale)(invitation.purpose === 'recheck' ? 'survey.recheckMailSubject' : 'survey.mailSubject') : null, code: 'survey', replyToMessageId: null, invitationId: invitation.id,
  }
}

async function write(tx: Tx, conversation: LockedConversation, invitation: store.InvitationRow, now: Date, effects: Effects): Promise<void> {
  const isChat = invitation.channel === 'webchat'
  const messageId = await sendAutomaticText(tx, {}, automaticText(conversation, invitation), now, effects)
  await store.markWritten(tx, invitation.id, messageId, now, isChat)
  const fact = await addSystemFact(tx, conversation, invitation.contactId, invitation.channel, { code: 'survey-sent', facts: { kind: invitation.kind } }, now)
  effects.tell({
    type: 'survey.sent', conversationId: conversation.id, contactId: invitation.contactId, refs: { messageIds: [fact.id], contactIds: [invitation.contactId], facts: { invitationId: invitation.id } },
    rooms: [
      ...staffRooms(conversation, { restrictedTeamId: invitation.restrictedTeamId, agentIds: [] }),
      ...(isChat ? await visitorRoomsOfContact(tx, conversation.visitorIds, invitation.contactId) : []),
    ],
  })
}

/** What the page of a link was sent with. Returns what it says then. */
export async function answerByLink(context: SurveyContext, invitationId: string, answers: { scores: readonly { position: number; score: number }[]; comment: string | null }): Promise<'recorded' | 'over' | 'bad-score'> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const found = await store.loadInvitation(tx, invitationId)
    if (!found) return 'over'
    const conversation = await lockConversation(tx, found.conversationId, now)
    // What was answered by text meanwhile stands; the page adds the rest.
    const invitation = await store.loadInvitation(tx, invitationId)
    if (!invitation || invitation.conversationId !== conversation.id) return 'over'
    return recordAnswers(tx, invitation, { ...answers, scores: answers.scores.filter(({ position }) => position >= invitation.asked), isLast: true }, now, effects, conversation)
  })
}
