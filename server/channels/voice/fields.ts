import * as z from 'zod'
import { keyQuestions } from '../channel.ts'

const sid = (prefix: string) => z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`))
const extra = (charsMax: number) => z.string().max(charsMax).optional().catch(undefined)
const seconds = z.string().regex(/^\d{1,6}$/).transform(Number).optional().catch(undefined)

/** The fields of a voice webhook we use, whichever step it is; unknown ones are ignored. */
export const callFields = z.object({
  CallSid: sid('CA'),
  AccountSid: sid('AC'),
  From: z.string().max(200),
  To: z.string().max(200),
  CallStatus: z.string().regex(/^[a-z-]{1,30}$/),
  Direction: z.string().regex(/^[a-z-]{1,30}$/).optional().catch(undefined),
  StirVerstat: extra(100),
  CallerName: extra(200),
  QueueResult: extra(40),
  DequeingCallSid: sid('CA').optional().catch(undefined),
  RecordingUrl: extra(500),
  RecordingSid: sid('RE').optional().catch(undefined),
  RecordingDuration: seconds,
  TranscriptionText: extra(20_000),
  TranscriptionStatus: extra(40),
  CallDuration: seconds,
  Digits: z.string().regex(/^[0-9*#]{0,20}$/).catch(''),
})
export type CallFields = z.infer<typeof callFields>

/** What the door read from the address that was asked; kept with the receipt. */
export const callFacts = z.object({
  session: z.uuid().nullable().default(null),
  command: z.uuid().nullable().default(null),
  asks: z.enum(keyQuestions).nullable().default(null),
})
export type CallFactsOfDoor = z.infer<typeof callFacts>

/** A call that is over, in the provider's words. */
export const endedStatuses: ReadonlySet<string> = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled'])
