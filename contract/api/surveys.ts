import * as z from 'zod'
import { surveyKinds } from '../words.ts'
import { Channel, Id, Instant, listQuery, pageOf } from './common.ts'

/** One answer to a survey, with whom and what it was about. */
export const SurveyResponse = z.strictObject({
  id: Id, surveyId: Id, kind: z.enum(surveyKinds), contactId: Id, conversationId: Id, customerId: Id, customerLabel: z.string(), agentId: Id.nullable(), queueId: Id, channel: Channel,
  score: z.int(), comment: z.string().nullable(), at: Instant,
}).meta({ id: 'SurveyResponse' })
export const SurveyResponsePage = pageOf(SurveyResponse)
export const surveyResponsesQuery = z.strictObject({ ...listQuery.shape, surveyId: Id.optional(), queueId: Id.optional(), agentId: Id.optional(), scoreMax: z.coerce.number().int().min(0).max(10).optional() })
