import type { SurveyKind } from '#contract/words.ts'
import { isLowAnswer } from '#server/domain/arrival.ts'
import { scaleOf } from '#server/domain/survey-answer.ts'
import { invalid } from '#server/platform/errors.ts'
import { commit } from '#server/platform/effects.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { markSurveyShown, recordSurveyAnswer } from '../surveys/surveys.steps.ts'
import { alreadyAnswered, nothingToAnswer } from './webchat.errors.ts'
import { sendFromVisitor } from './webchat.usecases.ts'
import type { Visitor, VisitorContext } from './webchat.visitors.ts'
import type { VisitorSight } from './visitor-sight.ts'

/** The question is on the visitor's screen: that is its delivery. */
export async function noteSurveyShown(context: Pick<VisitorContext, 'db' | 'clock'>, sight: VisitorSight, invitationId: string): Promise<void> {
  await context.db.tx((tx) => markSurveyShown(tx, { invitationId, conversationId: sight.conversationId, identityIds: sight.identityIds }, context.clock.now()))
}

/** Stores the first answer to an invitation of this visitor. Words beside a low score want an answer: they are a message too. */
export async function answerSurvey(context: VisitorContext, visitor: Visitor, sight: VisitorSight, answer: { invitationId: string; score: number; comment?: string | undefined }): Promise<void> {
  const now = context.clock.now()
  const comment = answer.comment?.trim() || null
  const kind = await commit(context, now, async (tx, effects) => {
    await lockConversation(tx, sight.conversationId, now)
    const invitation = await tx.maybe<{ kind: SurveyKind; isAnswered: boolean; isExpired: boolean }>(
      `select case when si.asked > 0 then 'csi' else s.kind end as kind, si.answered_at is not null as "isAnswered", coalesce(si.expires_at <= $4, false) or si.state in ('cancelled', 'refused', 'expired') as "isExpired"
       from survey_invitation si join survey s on s.id = si.survey_id
       where si.id = $1 and si.conversation_id = $2 and si.identity_id = any($3::uuid[]) for update of si`,
      [answer.invitationId, sight.conversationId, sight.identityIds, now])
    if (!invitation || invitation.isExpired) throw nothingToAnswer()
    if (invitation.isAnswered) throw alreadyAnswered()
    const { min, max } = scaleOf[invitation.kind]
    const result = await recordSurveyAnswer(tx, { invitationId: answer.invitationId, score: answer.score, comment }, now, effects)
    if (result === 'bad-score') throw invalid([{ path: 'score', code: 'out-of-range', message: `From ${min} to ${max}.` }])
    return invitation.kind
  })
  if (comment && isLowAnswer(kind, answer.score)) await sendFromVisitor(context, visitor, { clientId: `survey-${answer.invitationId}`, text: comment, attachmentIds: [] })
}
