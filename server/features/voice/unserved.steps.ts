/** What a caller nobody served leaves: a closed contact, and somebody's task to call them. */
import { isOpen, nextOpening } from '../../domain/calendar.ts'
import { endConsults } from '../contacts/consult.steps.ts'
import { closeContact, contactEvent } from '../contacts/contacts.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { endTurn } from '../contacts/turns.steps.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { loadQueueFacts } from '../inbound/arrival-facts.steps.ts'
import { slaOnClosed, slaOnTurnSettled } from '../sla/sla.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import type { HeldCall } from './held-call.ts'

/** A caller who was not served is called back within the hour of work. */
const callBackWithinMs = 3_600_000

/** Closes a contact nobody served. `turnStays`: what they wanted is not settled by that. */
export async function closeUnserved(held: HeldCall, outcome: 'abandoned' | 'left-in-menu', { turnStays, agentId }: { turnStays: boolean; agentId: string | null }): Promise<void> {
  const { tx, call, now, effects, conversation } = held
  if (!turnStays && (await endTurn(tx, call.contactId, 'settled', null, now)).length > 0) await slaOnTurnSettled(tx, call.contactId, now, effects)
  await slaOnClosed(tx, { contactId: call.contactId, isResolved: false, isSettled: false, clocks: null }, now, effects)
  const contact = await loadContact(tx, call.contactId)
  if (!contact) return
  const helped = await endConsults(tx, call.contactId, null, 'closed', now, effects)
  const closed = await closeContact(tx, contact, { outcome }, now)
  const fact = await addSystemFact(tx, conversation, call.contactId, 'voice', { code: 'contact-closed', facts: { outcome, agentId: null } }, now)
  effects.tell(contactEvent('contact.closed', conversation, closed, {
    sessionIds: [call.id], messageIds: [call.messageId, fact.id], agentIds: [agentId, ...helped], rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, call.contactId),
  }))
}

/** Somebody calls back, by rule; one such task at a time is enough. */
export async function openCallBack(held: HeldCall): Promise<void> {
  const { tx, call, now, effects, conversation, contact } = held
  const open = await tx.maybe(`select 1 from follow_up where customer_id = $1 and kind = 'call-back' and state = 'open' limit 1`, [conversation.customerId])
  if (open) return
  const queue = await loadQueueFacts(tx, contact.queueId)
  const from = queue.calendar === null || isOpen(queue.calendar, now) ? now : (nextOpening(queue.calendar, now) ?? now)
  await openFollowUp(tx, conversation, { kind: 'call-back', contactId: call.contactId, restrictedTeamId: contact.restrictedTeamId, title: '', ownerId: null, dueAt: new Date(from.getTime() + callBackWithinMs) }, now, effects)
}
