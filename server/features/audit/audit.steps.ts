import { newId } from '#server/platform/ids.ts'
import type { Tx } from '#server/platform/db.ts'

export type Audited = {
  /** Who did it; null for the deployment itself. */
  actorId: string | null
  /** What was done, e.g. `staff.role-changed`. */
  action: string
  target: { kind: string; id: string | null }
  /** Ids, words and numbers; never texts of customers, addresses or secrets. */
  facts?: Record<string, string | number | boolean | null>
  at: Date
}

/** Records an act of power inside the transaction that performs it, so that neither is there without the other. */
export async function recordAudit(tx: Pick<Tx, 'execute'>, { actorId, action, target, facts = {}, at }: Audited): Promise<void> {
  await tx.execute('insert into audit_entry (id, actor_id, action, target_kind, target_id, facts, at) values ($1, $2, $3, $4, $5, $6, $7)', [newId(at), actorId, action, target.kind, target.id, JSON.stringify(facts), at])
}
