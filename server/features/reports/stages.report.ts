import type { StageReport } from '#contract/api/analysis.ts'
import { customerStages, valueClasses, type CustomerStage, type ValueClass } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import { definitionsOf } from './definitions.ts'
import { periodOf, periodView, type ReportFilter } from './period.ts'

/** Where customers stand now, what they bring, and how they moved in the period. Queue, agent and channel do not narrow it. */
export async function stageReport(db: Pick<Tx, 'query'>, filter: ReportFilter, now: Date): Promise<StageReport> {
  const period = periodOf(filter, now)
  const [rows, changes] = await Promise.all([
    db.query<{ stage: CustomerStage; valueClass: ValueClass | null; count: number; value: number; computedAt: Date }>(
      `select st.stage, st.value_class as "valueClass", count(*)::int as count, coalesce(sum(cu.value), 0)::float8 as value, max(st.computed_at) as "computedAt"
       from customer_standing st join customer cu on cu.id = st.customer_id where cu.merged_into_id is null and cu.erased_at is null group by 1, 2`),
    db.query<{ from: CustomerStage | null; to: CustomerStage; count: number }>(
      'select from_stage as "from", to_stage as "to", count(*)::int as count from stage_change where at >= $1 and at < $2 and from_stage is not null group by 1, 2 order by 3 desc', [period.from, period.to]),
  ])
  const sum = (of: typeof rows) => ({ count: of.reduce((total, row) => total + row.count, 0), value: of.reduce((total, row) => total + row.value, 0) })
  const all = sum(rows)
  return {
    period: periodView(period), definitions: definitionsOf('stages'), customers: all.count,
    computedAt: rows.length === 0 ? null : new Date(Math.max(...rows.map((row) => row.computedAt.getTime()))).toISOString(),
    stages: customerStages.map((stage) => ({ stage, ...sum(rows.filter((row) => row.stage === stage)) })),
    classes: valueClasses.map((valueClass) => {
      const own = sum(rows.filter((row) => row.valueClass === valueClass))
      return { valueClass, ...own, share: all.value === 0 ? 0 : own.value / all.value }
    }),
    changes,
  }
}
