/** Everything a widget may say on its socket. Strict: a field nobody knows refuses the whole event. */
import * as z from 'zod'
import { cleanLine, cleanText } from '#server/channels/clean-text.ts'

export const textMax = 5_000
export const filesMax = 5

const text = (max: number) => z.string().max(max).transform((raw) => cleanText(raw))
const line = (max: number) => z.string().max(max).transform((raw) => cleanLine(raw, max) ?? '')

export const handshakeSchema = z.strictObject({
  accountId: z.uuid(),
  token: z.string().max(600).optional(),
  siteToken: z.string().max(4_096).optional(),
  locale: line(35).optional(),
  pageUrl: text(2_000).optional(),
})
export type Handshake = z.output<typeof handshakeSchema>

export const syncSchema = z.strictObject({ seq: z.int().nonnegative().nullable() })

export const sendSchema = z
  .strictObject({
    clientId: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
    text: text(textMax),
    attachmentIds: z.array(z.uuid()).max(filesMax),
  })
  .refine((message) => message.text.trim() !== '' || message.attachmentIds.length > 0)
export type SendRequest = z.output<typeof sendSchema>

export const earlierSchema = z.strictObject({
  beforeMessageId: z.uuid(),
  // More than a page is asked for by mistake or by malice; both get a page.
  limit: z.int().positive().transform((limit) => Math.min(limit, 100)),
})

export const typingSchema = z.strictObject({ on: z.boolean() })
export const readSchema = z.strictObject({ messageId: z.uuid() })

export const introduceSchema = z.strictObject({
  name: line(100).optional(),
  email: line(254).optional(),
  phone: line(40).optional(),
})
export type Introduction = z.output<typeof introduceSchema>

export const fileLinkSchema = z.strictObject({ attachmentId: z.uuid() })

const addressKind = z.enum(['email', 'phone'])
export const requestCodeSchema = z.strictObject({ kind: addressKind, value: line(254) })
export const returnCodeSchema = z.strictObject({ kind: addressKind, value: line(254), code: z.string().regex(/^\d{6}$/) })

export const surveyShownSchema = z.strictObject({ invitationId: z.uuid() })

export const answerSurveySchema = z.strictObject({
  invitationId: z.uuid(),
  score: z.int().min(0).max(10),
  comment: text(2_000).optional(),
})

/** `leave` and `signOut` say nothing but their name. */
export const nothingSchema = z.undefined()

