import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from './customer-label.ts'
import { loadBornSince, type MergeRow } from './undo.store.ts'

/** What an undo would do, in numbers a person can weigh. */
export interface UndoPreview {
  mergeId: string
  at: string
  survivor: { id: string; label: string }
  folded: { id: string; label: string }
  /** Rows of the merge that go back. */
  goesBack: { messages: number; contacts: number; identities: number; claims: number }
  /** Born since the merge: by address, else by contact, else with the survivor. */
  bornSince: { messagesToFolded: number; messagesToSurvivor: number; contactsToFolded: number; contactsToSurvivor: number }
  /** The contact that closed as merged and is open again. */
  reopens: boolean
}

export async function previewUndo(db: Pick<Tx, 'query' | 'maybe' | 'one'>, merge: MergeRow): Promise<UndoPreview> {
  const born = await loadBornSince(db, merge)
  const counts = await db.one<UndoPreview['goesBack'] & { survivorLabel: string; foldedLabel: string; reopens: boolean }>(
    `select count(*) filter (where table_name = 'message' and before->>'conversation_id' is distinct from after->>'conversation_id')::int as messages,
       count(*) filter (where table_name = 'contact' and before ? 'conversation_id')::int as contacts,
       count(*) filter (where table_name = 'identity')::int as identities, count(*) filter (where table_name = 'claim')::int as claims,
       coalesce(bool_or(table_name = 'contact' and after->>'outcome' = 'merged'), false) as reopens,
       (select ${customerLabelSql('s')} from customer s where s.id = $2) as "survivorLabel",
       (select coalesce(f.name, (select coalesce(i.display_name, i.value) from identity i join merge_item x on x.merge_id = $1 and x.table_name = 'identity' and x.row_key->>'id' = i.id::text
         where i.kind in ('phone', 'email') order by i.evidence = 'proved' desc, i.created_at, i.id limit 1), '') from customer f where f.id = $3) as "foldedLabel"
     from merge_item where merge_id = $1`, [merge.id, merge.survivorId, merge.foldedId])
  const { survivorLabel, foldedLabel, reopens, ...goesBack } = counts
  return {
    mergeId: merge.id, at: merge.at.toISOString(), goesBack, reopens,
    survivor: { id: merge.survivorId, label: survivorLabel }, folded: { id: merge.foldedId, label: foldedLabel },
    bornSince: {
      messagesToFolded: born.messages.folded.length, messagesToSurvivor: born.messages.survivor.length,
      contactsToFolded: born.contacts.folded.length, contactsToSurvivor: born.contacts.survivor.length,
    },
  }
}
