import type { SlaReport } from '#contract/api/analysis.ts'
import { slaTargetKinds, type Channel, type SlaTargetKind } from '#contract/words.ts'
import { shareFigure } from '../../domain/survey-figures.ts'
import type { Db } from '../../platform/db.ts'
import { definitionsOf } from './definitions.ts'
import { addUp, bucketSql, measured, numbered, parametersOf, periodOf, periodView, trendOf, type ReportFilter } from './period.ts'

/** A promise's fate: when it was missed, or kept. One that was cancelled has none. */
export const fateSql = `least(s.breached_at, case when s.state = 'met' then s.ended_at end)`
export const slaFromSql = `from sla_clock s where s.state <> 'cancelled' and ${fateSql} >= $1 and ${fateSql} < $2 and ($3::uuid is null or s.queue_id = $3)
  and ($4::uuid is null or exists (select 1 from assignment a where a.contact_id = s.contact_id and a.agent_id = $4)) and ($5::text is null or s.channel = $5)`

/** How many promises were kept, by what was promised, queue and channel. A promise counts when its fate was decided. */
export async function slaReport(db: Pick<Db, 'tx'>, filter: ReportFilter, now: Date): Promise<SlaReport> {
  const period = periodOf(filter, now)
  const rows = numbered(period, await addUp<{ kind: SlaTargetKind; queueId: string; channel: Channel; bucket: Date; met: number; breached: number }>(db,
    `select s.kind, s.queue_id as "queueId", s.channel, ${bucketSql(fateSql, period)} as bucket, count(*) filter (where s.breached_at is null)::int as met, count(*) filter (where s.breached_at is not null)::int as breached
     ${slaFromSql} group by 1, 2, 3, 4`, parametersOf(period, filter)))
  const sum = (of: typeof rows) => of.reduce((held, row) => ({ met: held.met + row.met, breached: held.breached + row.breached }), { met: 0, breached: 0 })
  const figureOf = ({ met, breached }: { met: number; breached: number }) => shareFigure(met, met + breached)
  const lines = [...Map.groupBy(rows, (row) => `${row.kind} ${row.queueId} ${row.channel}`).values()].map((group) => {
    const [{ kind, queueId, channel }] = group as [typeof rows[number]]
    const counts = sum(group)
    return { kind, queueId, channel, ...counts, figure: measured(figureOf(counts)) }
  })
  const byBucket = Map.groupBy(rows, (row) => row.bucket)
  return {
    period: periodView(period), definitions: definitionsOf('sla'), total: measured(figureOf(sum(rows))),
    kinds: slaTargetKinds.flatMap((kind) => {
      const own = rows.filter((row) => row.kind === kind)
      return own.length > 0 ? [{ kind, figure: measured(figureOf(sum(own))) }] : []
    }),
    lines: lines.sort((a, b) => b.met + b.breached - a.met - a.breached),
    trend: trendOf(period, (bucket) => figureOf(sum(byBucket.get(bucket) ?? []))),
  }
}
