/** What becomes of an agent's work when they are gone or retired, inside somebody's transaction. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { endConsults } from '../contacts/consult.steps.ts'
import { contactEvent, demandGoingOn, lockContact, settleContact } from '../contacts/contacts.steps.ts'
import { addSystemFact, lockConversation } from '../conversations/conversations.steps.ts'
import { enterQueue } from '../queues/entries.steps.ts'
import { endOffer, offerColumns, type OfferRow } from '../routing/offers.steps.ts'
import { stopRinging } from '../voice/commands.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { refreshAgent } from './agents.steps.ts'

/** Takes a contact from its owner back to the front of its line: the entry keeps the rank the contact had. */
export async function requeue(tx: Tx, contactId: string, reason: string, now: Date, effects: Effects): Promise<void> {
  const { conversation, contact } = await lockContact(tx, contactId, now)
  if (contact.state === 'closed' || !contact.ownerId) return
  const ownerId = contact.ownerId
  await tx.execute('update assignment set released_at = $2, ended_at = $2, end_reason = $3, version = version + 1 where contact_id = $1 and released_at is null', [contactId, now, reason])
  await stopRinging(tx, conversation, contactId, now, effects)
  const helped = await endConsults(tx, contactId, null, 'returned', now, effects)
  const rank = await tx.one<{ rankAt: Date | null }>('select min(rank_at) as "rankAt" from queue_entry where contact_id = $1', [contactId])
  if (contact.state === 'active') {
    await enterQueue(tx, { contactId, conversationId: conversation.id, queueId: contact.queueId, ...demandGoingOn(contact), workableAt: now, ...(rank.rankAt ? { rankAt: rank.rankAt } : {}) }, now)
  }
  const fact = await addSystemFact(tx, conversation, contactId, contact.channel, { code: 'contact-returned', facts: { reason, agentId: ownerId } }, now)
  const settled = await settleContact(tx, contactId, {}, now)
  effects.tell(
    contactEvent('contact.changed', conversation, settled, { messageIds: [fact.id], agentIds: [ownerId, ...helped], rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contactId) }),
    await refreshAgent(tx, ownerId, now),
  )
  effects.wake('route', 'all')
}

/**
 * All work of an agent goes back to its queues: offers are withdrawn, contacts return to the front. Locks conversations in the
 * order of their ids. Returns how many contacts went back.
 */
export async function returnAgentWork(tx: Tx, agentId: string, now: Date, effects: Effects): Promise<number> {
  const work = await tx.query<{ contactId: string | null; offerId: string | null; conversationId: string }>(
    `select contact_id as "contactId", null::uuid as "offerId", conversation_id as "conversationId" from assignment where agent_id = $1 and released_at is null
     union all select null, id, conversation_id from offer where agent_id = $1 and ended_at is null order by 3`, [agentId])
  for (const one of work) {
    if (one.contactId) await requeue(tx, one.contactId, 'owner-retired', now, effects)
    if (!one.offerId) continue
    const conversation = await lockConversation(tx, one.conversationId, now)
    const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null for update`, [one.offerId])
    if (offer) await endOffer(tx, conversation, offer, 'withdrawn', 'agent-retired', now, effects)
  }
  await tx.execute('update assignment set ended_at = $2, version = version + 1 where agent_id = $1 and ended_at is null', [agentId, now])
  return work.filter((one) => one.contactId !== null).length
}
