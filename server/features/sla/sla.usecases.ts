/** Warnings and breaches: rows claimed under their conversation's lock, each fired once, whoever looks and however often. */
import type { Context } from '../../context.ts'
import { afterFiring, whatFires } from '../../domain/sla.ts'
import { commit } from '../../platform/effects.ts'
import { faultPoint } from '../../platform/faults.ts'
import { count } from '../../platform/telemetry.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { addSystemFact, lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { dueClocks, loadContactClocks, nextClockAt, updateClock } from './sla.store.ts'

const batch = 500

/** Fires everything due. Returns how many clocks fired and when to look again. */
export async function fireClocks(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>): Promise<{ fired: number; nextAt: Date | null }> {
  const now = context.clock.now()
  const due = await dueClocks(context.db, now, batch)
  let fired = 0
  for (const contactId of new Set(due.map((clock) => clock.contactId))) {
    fired += await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversationOfContact(tx, contactId, now)
      const facts = await loadContactClocks(tx, contactId)
      let firedHere = 0
      for (const clock of facts.clocks) {
        const fires = whatFires(clock, now)
        if (fires.length === 0) continue
        faultPoint('sla.claimed')
        await updateClock(tx, afterFiring(clock, fires, now))
        firedHere += fires.length
        const isBreach = fires.includes('breach')
        if (isBreach) count('slaBreaches', { target: clock.kind })
        const contact = await loadContact(tx, contactId)
        if (!contact) continue
        const fact = isBreach ? await addSystemFact(tx, conversation, contactId, contact.channel, { code: 'sla-breached', facts: { target: clock.kind } }, now) : null
        const settled = await settleContact(tx, contactId, {}, now)
        effects.tell(contactEvent(isBreach ? 'sla.breached' : 'sla.warned', conversation, settled, fact ? { messageIds: [fact.id] } : {}))
      }
      return firedHere
    })
  }
  return { fired, nextAt: await nextClockAt(context.db) }
}
