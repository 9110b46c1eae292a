import type { UndoPreview } from '#contract/api/customers.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from './customer-label.ts'
import { foldedLabelSql } from './customers.views.ts'
import { loadBornSince, type MergeRow } from './undo.store.ts'

/** What an undo would do, in numbers a person can weigh. Changes nothing. */
export async function previewUndo(db: Pick<Tx, 'query' | 'maybe' | 'one'>, merge: MergeRow): Promise<UndoPreview> {
  const born = await loadBornSince(db, merge)
  const { survivorLabel, foldedLabel, reopens, ...items } = await db.one<UndoPreview['movesBack'] & Pick<UndoPreview, 'survivorLabel' | 'foldedLabel' | 'reopens'>>(
    `select count(*) filter (where x.table_name = 'message' and x.before->>'conversation_id' is distinct from x.after->>'conversation_id')::int as messages,
       count(*) filter (where x.table_name = 'contact' and x.before ? 'conversation_id')::int as contacts,
       count(*) filter (where x.table_name = 'identity')::int as identities, count(*) filter (where x.table_name = 'claim')::int as claims,
       coalesce(bool_or(x.table_name = 'contact' and x.after->>'outcome' = 'merged'), false) as reopens,
       (select ${customerLabelSql('s')} from customer s where s.id = $2) as "survivorLabel", (select ${foldedLabelSql('m')} from merge m where m.id = $1) as "foldedLabel"
     from merge_item x where x.merge_id = $1`, [merge.id, merge.survivorId])
  return {
    mergeId: merge.id, at: merge.at.toISOString(), survivorId: merge.survivorId, foldedId: merge.foldedId, survivorLabel, foldedLabel, reopens,
    movesBack: { ...items, messages: items.messages + born.messages.folded.length, contacts: items.contacts + born.contacts.folded.length },
    staysBehind: { messages: born.messages.survivor.length, contacts: born.contacts.survivor.length },
  }
}
