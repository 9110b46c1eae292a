import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { slaOnParked } from '../sla/sla.steps.ts'
import { closeContact, contactEvent } from './contacts.steps.ts'
import { loadContact } from './contacts.store.ts'

const followUpDueMs = 24 * 3_600_000

/**
 * Closes a pending or snoozed contact as `parked` because a live arrival came for another queue; a FollowUp carries on what it
 * owed, with its running resolution clock's due time.
 */
export async function parkContact(tx: Tx, conversation: LockedConversation, contactId: string, now: Date, effects: Effects): Promise<void> {
  const contact = await loadContact(tx, contactId)
  if (!contact) return
  await tx.execute(`update assignment set released_at = coalesce(released_at, $2), ended_at = $2, end_reason = 'parked', version = version + 1 where contact_id = $1 and ended_at is null`, [contactId, now])
  const owed = await tx.one<{ title: string; dueAt: Date | null }>(
    `select coalesce(c.subject, '') as title, (select min(s.due_at) from sla_clock s where s.contact_id = c.id and s.kind = 'resolution' and s.state in ('running', 'paused')) as "dueAt" from contact c where c.id = $1`, [contactId])
  await openFollowUp(tx, conversation, {
    kind: 'parked', contactId, restrictedTeamId: contact.restrictedTeamId, title: owed.title, ownerId: contact.ownerId, dueAt: owed.dueAt ?? new Date(now.getTime() + followUpDueMs),
  }, now, effects)
  await slaOnParked(tx, contactId, now)
  const parked = await closeContact(tx, contact, { outcome: 'parked' }, now)
  const note = await addSystemFact(tx, conversation, contactId, contact.channel, { code: 'contact-parked', facts: {} }, now)
  effects.tell(contactEvent('contact.closed', conversation, parked, { messageIds: [note.id], agentIds: [contact.ownerId] }))
  if (contact.ownerId) effects.tell(await refreshAgent(tx, contact.ownerId, now))
}
