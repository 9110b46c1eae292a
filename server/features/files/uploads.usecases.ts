import type { Context } from '../../context.ts'
import { deleteUnsentUploads } from './uploads.steps.ts'

const perSweep = 100

/** Removes what was uploaded and never sent, by visitors and by staff. Returns how many; called by the sweeper. */
export async function sweepUploads(context: Pick<Context, 'db' | 'clock' | 'files'>): Promise<number> {
  const { storageKeys, count } = await deleteUnsentUploads(context.db, context.clock.now(), perSweep)
  for (const key of storageKeys) await context.files.remove(key)
  return count
}
