/** What time alone does to contacts: pending ends as no-reply, a snooze wakes, wrap-up reaches its limit, a menu is left. */
import { arrivingLimitMs } from '../../domain/contact-state.ts'
import { commit } from '../../platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { slaOnResumed } from '../sla/sla.steps.ts'
import { contactEvent, lockContact, settleContact } from './contacts.steps.ts'
import { finish } from './close.steps.ts'
import type { ContactContext } from './contacts.usecases.ts'

const batch = 200

/** Returns how many contacts moved and when to look again. */
export async function runContactTimers(context: ContactContext): Promise<{ moved: number; nextAt: Date | null }> {
  const now = context.clock.now()
  const due = await context.db.query<{ id: string }>(
    `select id from contact where state <> 'closed' and (pending_until <= $1 or snoozed_until <= $1 or (wrap_up_until <= $1 and state = 'wrap-up') or (state = 'arriving' and opened_at <= $2))
     order by least(pending_until, snoozed_until, wrap_up_until, opened_at) limit ${batch}`, [now, new Date(now.getTime() - arrivingLimitMs)])
  for (const { id } of due) await moveOne(context, id, now)
  const next = await context.db.one<{ at: Date | null }>(
    `select least(min(pending_until), min(snoozed_until), min(wrap_up_until) filter (where state = 'wrap-up')) as at from contact where state in ('pending', 'snoozed', 'wrap-up')`)
  return { moved: due.length, nextAt: next.at }
}

async function moveOne(context: ContactContext, contactId: string, now: Date): Promise<void> {
  await commit(context, now, async (tx, effects) => {
    const { conversation, contact } = await lockContact(tx, contactId, now)
    const held = { tx, effects, conversation, contact, now }
    if (contact.state === 'pending' && contact.pendingUntil && contact.pendingUntil <= now) return finish(held, { outcome: 'no-reply' }, null)
    if (contact.state === 'wrap-up' && contact.wrapUpUntil && contact.wrapUpUntil <= now) return finish(held, { outcome: 'handled' }, null)
    if (contact.state === 'arriving' && contact.openedAt.getTime() + arrivingLimitMs <= now.getTime()) return finish(held, { outcome: 'left-in-menu' }, null)
    if (contact.state === 'snoozed' && contact.snoozedUntil && contact.snoozedUntil <= now) {
      const { live, deferred } = await tx.one<{ live: number; deferred: number }>(
        `select coalesce(max(o.live_units), 0)::int as live, coalesce(max(o.deferred_units), 25)::int as deferred from offer o where o.contact_id = $1 and o.result = 'accepted'`, [contactId])
      await tx.execute('update assignment set live_units = $2, deferred_units = $3, version = version + 1 where contact_id = $1 and released_at is null', [contactId, live, deferred])
      await slaOnResumed(tx, contactId, now, effects)
      effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, { snoozedUntil: null }, now)))
      if (contact.ownerId) effects.tell(await refreshAgent(tx, contact.ownerId, now))
    }
  })
}
