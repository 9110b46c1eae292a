import type { Context } from '../../context.ts'
import { firstIdOf } from '../../platform/ids.ts'

const keptMs = 7 * 86_400_000
const perSweep = 500

/**
 * Forgets reports on what we never sent: those on our own are joined as soon as our call has returned, at the latest when it is
 * settled by asking. Returns how many; called by the sweeper.
 */
export async function forgetStrangeReports({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<number> {
  return db.execute('delete from status_report where id in (select id from status_report where id < $1 order by id limit $2)', [firstIdOf(new Date(clock.now().getTime() - keptMs)), perSweep])
}
