import * as z from 'zod'
import { readTwilioAddress } from './address.ts'

const sid = (prefix: string) => z.string().regex(new RegExp(`^(?:${prefix})[0-9a-fA-F]{32}$`))
const address = z.string().max(200).refine((value) => readTwilioAddress(value) !== null)
/** Fields that only decorate a message: a wrong one is dropped, never a reason to refuse the message. */
const extra = (charsMax: number) => z.string().max(charsMax).optional().catch(undefined)
const degrees = (limit: number) => z.string().regex(/^-?\d{1,3}(\.\d{1,15})?$/).transform(Number).refine((value) => Math.abs(value) <= limit).optional().catch(undefined)

/** The fields of an incoming message we use; unknown ones are ignored. */
export const messageFields = z.object({
  MessageSid: sid('SM|MM'),
  AccountSid: sid('AC'),
  From: address,
  To: address,
  Body: z.string().max(65_536),
  NumMedia: z.string().regex(/^\d{1,2}$/).transform(Number).pipe(z.number().max(10)).optional().catch(0),
  ProfileName: extra(500),
  MessageType: extra(40),
  ButtonText: extra(500),
  Latitude: degrees(90),
  Longitude: degrees(180),
  Address: extra(500),
  Label: extra(500),
  OriginalRepliedMessageSid: extra(64),
})
export type MessageFields = z.infer<typeof messageFields>

/** The fields of a status callback. Twilio writes the number of our account into `From`. */
export const statusFields = z.object({
  MessageSid: sid('SM|MM'),
  AccountSid: sid('AC'),
  From: address,
  To: address.optional().catch(undefined),
  MessageStatus: z.string().regex(/^[a-z_]{1,40}$/),
  ErrorCode: z.string().regex(/^\d{1,6}$/).optional().catch(undefined),
})
export type StatusFields = z.infer<typeof statusFields>
