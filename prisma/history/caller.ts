import type { Context } from '#server/context.ts'
import { progressKey } from './history.ts'

/**
 * Somebody of the history who might call now: known by their number, with nothing open. Null while nobody is. Until all is told only
 * people of the last hours call, whose stories come first: of anybody else there may be more to tell.
 */
export async function nextCaller({ db }: Pick<Context, 'db'>): Promise<{ phone: string; locale: 'en' | 'zh' } | null> {
  const row = await db.maybe<{ phone: string; locale: string | null }>(
    `select i.value as phone, cu.locale from identity i join customer cu on cu.id = i.customer_id join conversation co on co.customer_id = cu.id
     where i.kind = 'phone' and i.evidence = 'proved' and cu.name is not null and co.last_seq > 3
       and not exists (select 1 from contact c where c.conversation_id = co.id and (c.state <> 'closed' or c.reopen_until > now()))
       and (exists (select 1 from setting where key = $1 and value->>'finishedAt' is not null) or not exists (select 1 from contact c where c.conversation_id = co.id and c.opened_at < now() - interval '6 hours'))
       and not exists (select 1 from opt_out o where o.address = i.value)
     order by random() limit 1`, [progressKey])
  return row ? { phone: row.phone, locale: row.locale === 'zh' ? 'zh' : 'en' } : null
}
