import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import type { FollowUpKind } from '#contract/api/followups.ts'

export interface NewFollowUp {
  kind: FollowUpKind
  contactId: string | null
  /** Of the contact's queue, where that is restricted: told to its team only. */
  restrictedTeamId: string | null
  title: string
  ownerId: string | null
  dueAt: Date
}

/**
 * Opens a task that outlives its contact. The caller holds the conversation's lock. A rule that fires twice for one contact finds
 * the open one and leaves it. Returns its id.
 */
export async function openFollowUp(tx: Tx, conversation: LockedConversation, followUp: NewFollowUp, now: Date, effects: Effects): Promise<string> {
  const open = followUp.contactId
    ? await tx.maybe<{ id: string }>(`select id from follow_up where contact_id = $1 and kind = $2 and state = 'open' order by created_at limit 1`, [followUp.contactId, followUp.kind])
    : undefined
  if (open && followUp.kind !== 'other') return open.id
  const id = newId(now)
  await tx.execute(
    `insert into follow_up (id, customer_id, conversation_id, contact_id, kind, title, owner_id, due_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, conversation.customerId, conversation.id, followUp.contactId, followUp.kind, followUp.title, followUp.ownerId, followUp.dueAt, now])
  tellFollowUp('follow-up.opened', conversation, { ...followUp, id }, effects)
  return id
}

/** Tells lists of follow-ups that one changed: they ask for it again. */
export function tellFollowUp(type: 'follow-up.opened' | 'follow-up.changed', conversation: Pick<LockedConversation, 'id' | 'teamIds'>, followUp: Pick<NewFollowUp, 'contactId' | 'restrictedTeamId' | 'ownerId'> & { id: string }, effects: Effects): void {
  effects.tell({
    type, conversationId: conversation.id, ...(followUp.contactId ? { contactId: followUp.contactId } : {}), refs: { facts: { followUpId: followUp.id, ownerId: followUp.ownerId } },
    rooms: staffRooms(conversation, { restrictedTeamId: followUp.restrictedTeamId, agentIds: [followUp.ownerId] }),
  })
}
