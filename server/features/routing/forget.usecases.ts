import type { Context } from '../../context.ts'
import { firstIdOf } from '../../platform/ids.ts'

const keptMs = 30 * 86_400_000
const everyMs = 3_600_000
const mark = 'routing-decisions-forgotten'

/**
 * Forgets whom routing looked at more than 30 days ago: reasons to wait, and all of an offer's decision but its rule. Does
 * something once an hour, in whichever process comes first, and goes on where it stopped. Returns how many offers it cleared.
 */
export async function forgetDecisions({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<number> {
  const now = clock.now()
  const until = firstIdOf(new Date(now.getTime() - keptMs))
  const claimed = await db.maybe<{ from: string | null }>(
    `insert into setting (key, value, updated_at) values ($1, to_jsonb($2::text), $3)
     on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at where setting.updated_at <= $4
     returning (select value #>> '{}' from setting where key = $1) as "from"`, [mark, until, now, new Date(now.getTime() - everyMs)])
  if (!claimed) return 0
  await db.execute('delete from wait_reason where at < $1', [new Date(now.getTime() - keptMs)])
  return db.execute(`update offer set decision = jsonb_build_object('reason', decision->'reason') where id >= $1 and id < $2 and decision ? 'nextThree'`, [claimed.from ?? firstIdOf(new Date(0)), until])
}
