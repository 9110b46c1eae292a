/** Overflow while waiting: places in the line whose time has come, each under its conversation's lock. */
import type { Demand } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import type { Statements } from '../../platform/db.ts'
import { lockContact } from '../contacts/contacts.steps.ts'
import { commit } from '../../platform/effects.ts'
import { overflowToQueue, promiseInWriting } from './overflow.steps.ts'
import { decidePlace, loadOverflowPlace, lookAgainAt, placesToLookAt } from './overflow.store.ts'

export type OverflowContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

const batch = 200

/**
 * Looks at what is due and wakes itself at the next due instant. What is heard on the line (voicemail, callback, promise) the line does by itself.
 * @param beside read in the same round trip, for who goes on with it; undefined where something was done meanwhile.
 * @returns whether anybody waits: agents are freed far more often.
 */
export async function runOverflow<T>(context: OverflowContext, beside: (reader: Statements, now: Date) => Promise<T>): Promise<{ isAnybodyWaiting: boolean; beside: T | undefined }> {
  const now = context.clock.now()
  const [{ due, nextAt, isAnybodyWaiting }, read] = await context.db.together((reader) => Promise.all([placesToLookAt(reader, now, batch), beside(reader, now)]))
  let next = nextAt
  for (const place of due) {
    const at = await lookAt(context, place)
    if (at && (next === null || at < next)) next = at
  }
  if (next) context.jobs.wake('route', 'all', { at: next })
  return { isAnybodyWaiting, beside: due.length === 0 ? read : undefined }
}

async function lookAt(context: OverflowContext, due: { entryId: string; contactId: string; demand: Demand; isEntering: boolean }): Promise<Date | null> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const { conversation, contact } = await lockContact(tx, due.contactId, now)
    const place = await loadOverflowPlace(tx, due.contactId, due.demand, due.isEntering, now)
    if (!place || place.entryId !== due.entryId) return null
    const offer = await tx.maybe<{ expiresAt: Date }>('select expires_at as "expiresAt" from offer where contact_id = $1 and ended_at is null', [due.contactId])
    if (offer) {
      await lookAgainAt(tx, due.entryId, offer.expiresAt)
      return offer.expiresAt
    }
    const decision = decidePlace(place, now)
    const held = { tx, conversation, contact, now, effects }
    if (decision.do === 'queue') {
      await overflowToQueue(held, { ...decision, demand: due.demand, channel: place.channel })
      return null
    }
    const isHeard = due.demand === 'call'
    if (decision.do === 'message' && !isHeard) await promiseInWriting(held, { at: decision.promisedAt, channel: place.channel })
    const again = decision.do === 'wait' ? decision.nextAt : decision.do === 'message' && !isHeard ? now : null
    await lookAgainAt(tx, due.entryId, again, decision.do === 'message' && !isHeard ? 'message' : 'entered')
    return again
  })
}
