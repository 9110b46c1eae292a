import type { SpokenStep } from '../../channels/channel.ts'
import { waitingPlan } from '../../domain/telephony-plan.ts'
import type { Tx } from '../../platform/db.ts'
import { worded } from './call-words.ts'
import { callsAhead, findCall, loadLineFacts } from './voice.store.ts'

/**
 * What a waiting caller hears now: their place, or, where the queue takes messages and they have waited long enough, the way out of
 * the line to the voicemail. Reads only: a caller who waits an hour leaves nothing behind. Null: no such call.
 */
export async function waitingSteps(db: Pick<Tx, 'one' | 'maybe'>, sessionId: string, now: Date): Promise<SpokenStep[] | null> {
  const call = await findCall(db, sessionId)
  if (!call) return null
  if (call.endedAt) return [{ do: 'hang-up' }]
  const line = await loadLineFacts(db, call.accountId)
  const waitedMs = now.getTime() - (call.queuedAt ?? call.startedAt).getTime()
  if (call.state === 'queued' && line.voicemailAfterMs !== null && waitedMs >= line.voicemailAfterMs) return [{ do: 'leave-queue' }]
  const ahead = call.state === 'queued' ? await callsAhead(db, call.contactId, now) : null
  const facts = { sessionId, locale: call.locale, company: line.company, opening: { isOpen: true as const }, hasVoicemail: false, hasOwnerRinging: false }
  return worded(waitingPlan(facts, ahead), { sessionId, locale: call.locale, round: call.data.round ?? 1, line })
}
