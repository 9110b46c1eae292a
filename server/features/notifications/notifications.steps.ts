import { roomOf } from '#contract/rooms.ts'
import type { NotificationKind } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'

export interface NewNotification {
  kind: NotificationKind
  contactId: string | null
  /** Codes and ids, never a customer's words: whoever reads it may have lost sight of the contact since. */
  facts: Record<string, string | number | null>
}

/** Tells each of these members of staff, in their console. Retired ones are left out. */
export async function notify(tx: Tx, agentIds: readonly string[], notification: NewNotification, now: Date, effects: Effects): Promise<void> {
  const distinct = [...new Set(agentIds)]
  if (distinct.length === 0) return
  const told = await tx.query<{ agentId: string }>(
    `insert into notification (id, agent_id, contact_id, kind, facts, at)
     select n.id, a.id, $3, $4, $5, $6 from unnest($1::uuid[], $2::uuid[]) as n(id, agent_id) join agent a on a.id = n.agent_id and a.retired_at is null returning agent_id as "agentId"`,
    [distinct.map(() => newId(now)), distinct, notification.contactId, notification.kind, JSON.stringify(notification.facts), now])
  if (told.length > 0) effects.tell({ type: 'notification.made', refs: { settings: 'notifications' }, rooms: told.map(({ agentId }) => roomOf.agent(agentId)) })
}
