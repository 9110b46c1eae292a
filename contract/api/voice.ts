import * as z from 'zod'
import { Instant } from './common.ts'

/** Where an agent's calls ring: in the browser, which then asks for a token, or on their own telephone. */
export const VoiceDevice = z.strictObject({ ringsIn: z.enum(['browser', 'telephone']) }).meta({ id: 'VoiceDevice' })
export type VoiceDevice = z.infer<typeof VoiceDevice>

/** A pass for this agent's browser at the telephone provider, for its library only. */
export const VoiceToken = z.strictObject({ token: z.string(), identity: z.string(), expiresAt: Instant }).meta({ id: 'VoiceToken' })
export type VoiceToken = z.infer<typeof VoiceToken>
