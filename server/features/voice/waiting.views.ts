import type { SpokenStep } from '../../channels/channel.ts'
import { positionEveryMs, waitingPlan } from '../../domain/telephony-plan.ts'
import type { Tx } from '../../platform/db.ts'
import { decidePlace, loadOverflowPlace } from '../queues/overflow.store.ts'
import { aheadOf, expectedWaitOf } from '../queues/waiting.views.ts'
import { worded } from './call-words.ts'
import { findCall, loadLineFacts } from './voice.store.ts'

/** Shorter than this no pause is told. */
const pauseMinMs = 1000

/**
 * What a waiting caller hears now: their place and what they may expect, or the way out of the line when a rule of their queue leads
 * them out. Reads only: a caller who waits an hour leaves nothing behind. Null: no such call.
 */
export async function waitingSteps(db: Pick<Tx, 'one' | 'maybe' | 'query'>, sessionId: string, now: Date): Promise<SpokenStep[] | null> {
  const call = await findCall(db, sessionId)
  if (!call) return null
  if (call.endedAt) return [{ do: 'hang-up' }]
  const place = call.state === 'queued' ? await loadOverflowPlace(db, call.contactId, 'call', false, now) : undefined
  const decision = place && !place.isOffered ? decidePlace(place, now) : null
  // Another queue is entered without a word, by what looks after the line.
  if (decision && decision.do !== 'wait' && decision.do !== 'queue') return [{ do: 'leave-queue' }]
  const line = await loadLineFacts(db, call.accountId)
  const ahead = call.state === 'queued' ? await aheadOf(db, call.contactId, 'call', now) : null
  const expected = place && ahead !== null ? await expectedWaitOf(db, { queueId: place.queueId, demand: 'call', workableAt: place.facts.workableAt }, now) : null
  const untilNextMs = decision?.do === 'wait' && decision.nextAt ? decision.nextAt.getTime() - now.getTime() : positionEveryMs
  const pauseMs = Math.max(pauseMinMs, Math.min(positionEveryMs, untilNextMs))
  const { locale } = call
  return worded(waitingPlan({ sessionId, locale, company: line.company }, { ahead, expected, pauseMs }), { sessionId, locale, round: call.data.round ?? 1, keysRound: call.data.keysRound ?? 0, line })
}
