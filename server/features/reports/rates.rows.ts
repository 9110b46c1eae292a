/** The contacts behind the three rates of the loop: exactly those a rate counts, or only those that count against us. */
import type * as z from 'zod'
import type { BoardRowPage } from '#contract/api/reports.ts'
import type { RateName, rateRowsQuery } from '#contract/api/analysis.ts'
import type { Db } from '../../platform/db.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import type { CountedRow } from './board.store.ts'
import { countedPage } from './counted-rows.ts'
import { answersFromSql, complaintsFromSql, forgottenSql, turnsFromSql } from './loop.report.ts'
import { parametersOf, periodOf } from './period.ts'

interface Source { from: string; id: string; contactId: string; at: string; result: string; score: string; hit: string }
const sources: Record<RateName, Source> = {
  complaint: { from: complaintsFromSql, id: 'c.id', contactId: 'c.id', at: 'c.closed_at', result: 'c.outcome', score: 'null::int', hit: 'c.complaint' },
  omission: { from: turnsFromSql, id: 't.id', contactId: 't.contact_id', at: 't.started_at', result: 't."end"', score: 'null::int', hit: forgottenSql },
  dissatisfaction: { from: answersFromSql, id: 'r.id', contactId: 'r.contact_id', at: 'r.at', result: 'null::text', score: 'r.score', hit: 'r.score <= 2' },
}

/** One page, the newest first; the period is that of the first page. */
export async function rateRows(db: Pick<Db, 'query' | 'maybe'>, sessionSecret: string, rate: RateName, { limit, cursor, hits, ...filter }: z.output<typeof rateRowsQuery>, now: Date): Promise<z.input<typeof BoardRowPage>> {
  const scope = `rate-rows:${rate}:${hits}:${Object.entries(filter).map((pair) => pair.join('=')).sort().join('&')}`
  const [to, afterId = null] = readPlace(sessionSecret, scope, cursor)
  const period = periodOf(filter, to === undefined ? now : new Date(to))
  const { from, id, contactId, at, result, score, hit } = sources[rate]
  const rows = await db.query<CountedRow>(
    `select ${id} as id, ${contactId} as "contactId", ${at} as at, null::float8 as "waitMs", ${result} as result, ${score} as score, coalesce(${hit}, false) as "isHit"
     ${from} and ($6::uuid is null or ${id} < $6) and (not $7 or ${hit}) order by ${id} desc limit $8`, [...parametersOf(period, filter), afterId, hits === 'true', limit + 1])
  return countedPage(db, toPage(sessionSecret, scope, rows, limit, (row) => [period.to.toISOString(), row.id]))
}
