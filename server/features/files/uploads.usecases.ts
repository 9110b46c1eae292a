import type { Context } from '../../context.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Tx } from '../../platform/db.ts'
import type { StoredFile } from '../../platform/files.ts'
import { deleteUnsentUploads, requireUploadRoom, type UploadLimit } from './uploads.steps.ts'

const perSweep = 100

/** Writes the row of a file that has arrived. What one sends at once is counted one after the other; what is too much is taken away again. */
export async function keepUpload({ db, files }: Pick<Context, 'db' | 'files'>, uploader: string, stored: StoredFile, perDay: UploadLimit, now: Date, insert: (tx: Tx) => Promise<unknown>): Promise<void> {
  try {
    await db.tx(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`uploads ${uploader}`])
      await requireUploadRoom(tx, uploader, stored.sizeBytes, perDay, now)
      await insert(tx)
    })
  } catch (error) {
    if (error instanceof Refusal) await files.remove(stored.key)
    throw error
  }
}

/** Removes what was uploaded and never sent, by visitors and by staff. Returns how many; called by the sweeper. */
export async function sweepUploads(context: Pick<Context, 'db' | 'clock' | 'files'>): Promise<number> {
  const { storageKeys, count } = await deleteUnsentUploads(context.db, context.clock.now(), perSweep)
  for (const key of storageKeys) await context.files.remove(key)
  return count
}
