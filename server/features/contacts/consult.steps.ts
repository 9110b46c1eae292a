/** A second agent beside the owner, inside somebody's transaction. The caller has locked the conversation. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { endHelperLegOf, ringHelper } from '../voice/helper-legs.steps.ts'
import { contactEvent, settleContact } from './contacts.steps.ts'

export interface ConsultOffer {
  id: string
  contactId: string
  agentId: string
  fromAgentId: string | null
  channel: Parameters<typeof addSystemFact>[3]
}

/** Somebody accepted to help: they see and may write, and are rung into the call if there is one; the owner stays. */
export async function joinConsult(tx: Tx, conversation: LockedConversation, offer: ConsultOffer, now: Date, effects: Effects): Promise<void> {
  const sessionId = await ringHelper(tx, conversation, offer.contactId, offer.agentId, now, effects)
  await tx.execute('insert into consult (id, offer_id, agent_id, session_id, joined_at) values ($1, $2, $3, $4, $5)', [newId(now), offer.id, offer.agentId, sessionId, now])
  const fact = await addSystemFact(tx, conversation, offer.contactId, offer.channel, { code: 'consult-joined', facts: { agentId: offer.agentId } }, now)
  effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, offer.contactId, {}, now), { messageIds: [fact.id], offerIds: [offer.id], agentIds: [offer.agentId, offer.fromAgentId] }))
}

/** Who helps with the contact $1. */
export const helpersSql = `select hk.agent_id from consult hk join offer ho on ho.id = hk.offer_id where ho.contact_id = $1 and ho.kind = 'consult' and hk.left_at is null`

/** For who has a statement to put it into: contact, time, reason, agent or null. */
export const endConsultsSql = `
  update consult k set left_at = $2, left_reason = $3, version = k.version + 1 from offer o
  where o.id = k.offer_id and o.contact_id = $1 and o.kind = 'consult' and k.left_at is null and ($4::uuid is null or k.agent_id = $4) returning k.agent_id as "agentId", k.session_id as "sessionId"`

/**
 * Ends who helps with a contact, everybody or one agent, and their part in its call; who becomes its owner stays on the line. Returns
 * who left; the caller tells the contact with them among its agents.
 */
export async function endConsults(tx: Tx, contactId: string, agentId: string | null, reason: string, now: Date, effects: Effects): Promise<string[]> {
  const left = await tx.query<{ agentId: string; sessionId: string | null }>(endConsultsSql, [contactId, now, reason, agentId])
  for (const { sessionId } of left) if (sessionId && reason !== 'owner-now') await endHelperLegOf(tx, sessionId, now, effects)
  return left.map((row) => row.agentId)
}
