import { idParams } from '#contract/api/common.ts'
import { FollowUp } from '#contract/api/followups.ts'
import { SurveyResponsePage, surveyResponsesQuery } from '#contract/api/surveys.ts'
import type { Channel, SurveyKind } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import { sendRecheck } from './recheck.usecases.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { hiddenContactSql } from '../customers/customers.visibility.ts'

interface ResponseRow {
  id: string
  surveyId: string
  kind: SurveyKind
  contactId: string
  conversationId: string
  customerId: string
  customerLabel: string
  agentId: string | null
  queueId: string
  channel: Channel
  score: number
  comment: string | null
  at: Date
}

/** The answers customers gave, newest first. */
export function surveyRoutes(context: Pick<Context, 'db' | 'config' | 'clock' | 'jobs' | 'relay'>): Route[] {
  const { db, config } = context
  return [
    defineRoute({ method: 'POST', path: '/api/v1/follow-ups/:id/recheck', summary: 'Ask the customer whether it is right now', tag: 'follow-ups', roles: 'signed-in', params: idParams, response: FollowUp }, ({ params, staff }) => sendRecheck(context, staff, params.id)),
    defineRoute({ method: 'GET', path: '/api/v1/survey-responses', summary: 'Answers to surveys, newest first', tag: 'surveys', roles: ['supervisor', 'admin'], query: surveyResponsesQuery, response: SurveyResponsePage }, async ({ query, staff }) => {
      const scope = `survey-responses:${query.surveyId ?? ''}:${query.queueId ?? ''}:${query.agentId ?? ''}:${query.scoreMax ?? ''}`
      const [at = null, id = null] = readPlace(config.sessionSecret, scope, query.cursor)
      const rows = await db.query<ResponseRow>(
        `select r.id, r.survey_id as "surveyId", s.kind, r.contact_id as "contactId", c.conversation_id as "conversationId", r.customer_id as "customerId", ${customerLabelSql('cu')} as "customerLabel",
           r.agent_id as "agentId", r.queue_id as "queueId", r.channel, r.score, case when ${hiddenContactSql('r.contact_id', '$8::uuid')} then null else r.comment end as comment, r.at
         from survey_response r join survey s on s.id = r.survey_id join contact c on c.id = r.contact_id join customer cu on cu.id = r.customer_id
         where s.purpose = 'contact' and ($1::uuid is null or r.survey_id = $1) and ($2::uuid is null or r.queue_id = $2) and ($3::uuid is null or r.agent_id = $3) and ($4::int is null or r.score <= $4)
           and ($5::timestamptz is null or (r.at, r.id) < ($5::timestamptz, $6::uuid))
         order by r.at desc, r.id desc limit $7`,
        [query.surveyId ?? null, query.queueId ?? null, query.agentId ?? null, query.scoreMax ?? null, at, id, query.limit + 1, staff.staffId])
      const page = toPage(config.sessionSecret, scope, rows, query.limit, (row) => [row.at.toISOString(), row.id])
      return { items: page.items.map((row) => ({ ...row, at: row.at.toISOString() })), nextCursor: page.nextCursor }
    }),
  ]
}
