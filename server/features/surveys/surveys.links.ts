import * as z from 'zod'
import { customerTexts } from '#contract/i18n/customer.ts'
import type { Locale } from '#contract/words.ts'
import type { Context } from '../../context.ts'

const purpose = 'survey-answer'
const tokenSchema = z.object({ id: z.uuid() })

/**
 * The line with the link that a survey's mail ends with. It stands in what is sent and not in the stored message: staff who read
 * the conversation must not hold the customer's own link. Null for an invitation that is over.
 */
export async function surveyLinkLine(context: Pick<Context, 'db' | 'secrets' | 'config'>, invitationId: string): Promise<string | null> {
  const row = await context.db.maybe<{ expiresAt: Date; locale: Locale | null }>(
    `select si.expires_at as "expiresAt", cu.locale from survey_invitation si join customer cu on cu.id = si.customer_id where si.id = $1 and si.answered_at is null and si.expires_at is not null`, [invitationId])
  if (!row) return null
  const url = `${context.config.publicUrl}/s/${context.secrets.signToken({ id: invitationId }, purpose, row.expiresAt)}`
  return customerTexts(row.locale ?? 'en')('survey.link', { url })
}

/** The invitation a link was made for; undefined for a link that is forged or over. */
export function invitationOfLink(context: Pick<Context, 'secrets' | 'clock'>, token: string): string | undefined {
  const parsed = tokenSchema.safeParse(context.secrets.readToken(token, purpose, context.clock.now()))
  return parsed.success ? parsed.data.id : undefined
}
