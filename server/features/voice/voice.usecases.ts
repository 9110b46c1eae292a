import type { Context } from '../../context.ts'
import type { StaffSession } from '../../platform/http-route.ts'
type VoiceContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
/** PLACEHOLDER until the voice feature lands. */
export async function hangUp(_context: VoiceContext, _contactId: string, _staff: StaffSession): Promise<void> {}
export async function sweepCalls(_context: VoiceContext): Promise<number> { return 0 }
