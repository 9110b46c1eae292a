/** Files that are on the hub before the message they belong to, of visitors and of staff: how much one may put there, and the end of what is never sent. */
import { refusal } from '../../platform/errors.ts'
import type { Tx } from '../../platform/db.ts'

export interface UploadLimit {
  files: number
  sizeBytes: number
}

const dayMs = 24 * 3_600_000

/** Refuses with 429 who has put as much on the hub in the last 24 hours as one may. `uploader` is as `attachment.uploaded_by` has it. */
export async function requireUploadRoom(db: Pick<Tx, 'one'>, uploader: string, sizeBytes: number, perDay: UploadLimit, now: Date): Promise<void> {
  const used = await db.one<{ files: number; sizeBytes: number }>(
    `select count(*)::int as files, coalesce(sum(size_bytes), 0)::float8 as "sizeBytes" from attachment where uploaded_by = $1 and created_at > $2`, [uploader, new Date(now.getTime() - dayMs)])
  if (used.files >= perDay.files || used.sizeBytes + sizeBytes > perDay.sizeBytes) throw refusal('rate-limited', 429, 'Too many files for one day.', { ...perDay })
}

/** Takes away the rows of what was uploaded a day ago and never sent. Returns where the bytes lie that nothing holds any more: a message written just before a crash may hold the same. */
export async function deleteUnsentUploads(tx: Pick<Tx, 'query'>, now: Date, limit: number): Promise<{ storageKeys: string[]; count: number }> {
  const gone = await tx.query<{ storageKey: string | null; isHeld: boolean }>(
    `with gone as (
       delete from attachment where id in (select id from attachment where message_id is null and uploaded_by is not null and created_at < $1 order by created_at limit $2)
       returning id, storage_key
     )
     select g.storage_key as "storageKey", exists (select 1 from attachment a where a.storage_key = g.storage_key and a.message_id is not null) as "isHeld" from gone g`, [new Date(now.getTime() - dayMs), limit])
  return { storageKeys: gone.flatMap((one) => (one.storageKey !== null && !one.isHeld ? one.storageKey : [])), count: gone.length }
}
