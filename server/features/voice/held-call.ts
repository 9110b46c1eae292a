/** A call under the lock of its conversation, with all that a step of it may touch. */
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact, type ContactChange, type ContactRow } from '../contacts/contacts.store.ts'
import { lockConversationOfContact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { findCall, updateCall, type CallChange, type CallSession } from './voice.store.ts'

export interface HeldCall {
  tx: Tx
  effects: Effects
  now: Date
  conversation: LockedConversation
  contact: ContactRow
  call: CallSession
}

/** Locks the conversation a call is in now, then reads the call: a merge may move it in between. Undefined: no such call. */
export async function holdCall(tx: Tx, sessionId: string, now: Date, effects: Effects): Promise<HeldCall | undefined> {
  for (;;) {
    const seen = await findCall(tx, sessionId)
    if (!seen) return undefined
    const conversation = await lockConversationOfContact(tx, seen.contactId, now)
    const call = await findCall(tx, sessionId)
    const contact = call ? await loadContact(tx, call.contactId) : undefined
    if (call && contact && contact.conversationId === conversation.id) return { tx, effects, now, conversation, contact, call }
  }
}

/** Changes the call and holds it as it is now. */
export async function changeCall(held: HeldCall, change: CallChange): Promise<void> {
  held.call = await updateCall(held.tx, held.call, change)
}

/** Derives the contact's state after a step of its call and tells screens of both. */
export async function tellCall(held: HeldCall, change: ContactChange = {}, also: { messageIds?: string[]; agentIds?: (string | null)[] } = {}): Promise<ContactRow> {
  const { tx, effects, conversation, call, now } = held
  const contact = await settleContact(tx, call.contactId, change, now)
  effects.tell(contactEvent('session.changed', conversation, contact, {
    sessionIds: [call.id], messageIds: [call.messageId, ...(also.messageIds ?? [])], agentIds: [call.agentId, ...(also.agentIds ?? [])],
    rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contact.id),
  }))
  held.contact = contact
  return contact
}
