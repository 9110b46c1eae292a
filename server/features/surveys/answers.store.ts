import type { SurveyAsk } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { InvitationRow } from './surveys.store.ts'

export async function findResponse(tx: Tx, invitationId: string): Promise<{ id: string; score: number } | undefined> {
  return tx.maybe('select id, score from survey_response where invitation_id = $1', [invitationId])
}

export async function insertAnswer(tx: Tx, answer: { responseId: string; position: number; ask: SurveyAsk; dimensionId: string | null; score: number }): Promise<void> {
  await tx.execute('insert into survey_answer (response_id, position, ask, dimension_id, score) values ($1, $2, $3, $4, $5)', [answer.responseId, answer.position, answer.ask, answer.dimensionId, answer.score])
}

export async function addComment(tx: Tx, responseId: string, comment: string): Promise<void> {
  await tx.execute(`update survey_response set comment = left(coalesce(comment || chr(10), '') || $2, 4000) where id = $1`, [responseId, comment])
}

export async function insertResponse(tx: Tx, response: { id: string; invitation: InvitationRow; score: number; comment: string | null; at: Date }): Promise<void> {
  const { invitation } = response
  await tx.execute(
    `insert into survey_response (id, invitation_id, survey_id, contact_id, customer_id, agent_id, queue_id, channel, score, comment, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [response.id, invitation.id, invitation.surveyId, invitation.contactId, invitation.customerId, invitation.agentId, invitation.queueId, invitation.contactChannel, response.score, response.comment, response.at])
}
