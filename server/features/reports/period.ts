/** The period of a report and what it is narrowed to, as SQL parameters that all reports share: $1 from, $2 to, $3 queue, $4 agent, $5 channel. */
import type * as z from 'zod'
import type { Measured, ReportPeriod, reportQuery } from '#contract/api/analysis.ts'
import { rankedFrom, type Figure } from '../../domain/figures.ts'
import type { Db, Tx } from '../../platform/db.ts'
import { invalid } from '../../platform/errors.ts'

export type ReportFilter = z.output<typeof reportQuery>

const dayMs = 86_400_000
const usualMs = 28 * dayMs
const periodMax = 1100 * dayMs

export interface Period {
  from: Date
  to: Date
  bucketMs: number
}

export function periodOf(filter: Pick<ReportFilter, 'from' | 'to'>, now: Date): Period {
  const to = filter.to ? new Date(filter.to) : now
  const from = filter.from ? new Date(filter.from) : new Date(to.getTime() - usualMs)
  const lengthMs = to.getTime() - from.getTime()
  if (lengthMs <= 0 || lengthMs > periodMax) throw invalid([{ path: 'from', code: 'out-of-range', message: 'From is before to, three years apart at most.' }])
  return { from, to, bucketMs: lengthMs <= 15 * dayMs ? dayMs : lengthMs <= 210 * dayMs ? 7 * dayMs : 30 * dayMs }
}

export function periodView({ from, to, bucketMs }: Period): ReportPeriod {
  return { from: from.toISOString(), to: to.toISOString(), bucketMs }
}

export function parametersOf(period: Period, filter: ReportFilter): unknown[] {
  return [period.from, period.to, filter.queueId ?? null, filter.agentId ?? null, filter.channel ?? null]
}

/** The one row of figures over many rows: a list's statement, planned for the period asked for. */
export async function figuresOf<Row>(db: Pick<Tx, 'query'>, sql: string, values: readonly unknown[]): Promise<Row> {
  const [row] = await db.query<Row>(sql, values)
  return row! // an aggregate has one
}

/**
 * Adds up many rows into few groups. The planner expects few rows of an expression it knows nothing of, and sorts them all by
 * their texts; hashed, on all cores, they take a third of the time.
 */
export async function addUp<Row>(db: Pick<Db, 'tx'>, sql: string, values: readonly unknown[]): Promise<Row[]> {
  return db.tx(async (tx) => {
    await tx.query('set local enable_sort = off')
    return tx.query<Row>(sql, values)
  }, { plans: 'values' })
}

/** When the stretch of the period an instant is in began, as SQL; whole numbers, since a million rows are asked. They end at the period's end. */
export function bucketSql(at: string, period: Period): string {
  return `date_bin('${period.bucketMs} milliseconds', ${at}, $2::timestamptz)`
}

/** Rows with the number of their stretch, counted back from the period's end. */
export function numbered<Row extends { bucket: Date | null }>(period: Period, rows: readonly Row[]): (Omit<Row, 'bucket'> & { bucket: number | null })[] {
  return rows.map((row) => ({ ...row, bucket: row.bucket && Math.round((period.to.getTime() - row.bucket.getTime()) / period.bucketMs) - 1 }))
}

/** A point for each stretch, the oldest first; one without rows has no value. */
export function trendOf(period: Period, figureOf: (bucket: number) => Figure | undefined): { from: string; figure: Measured }[] {
  const count = Math.ceil((period.to.getTime() - period.from.getTime()) / period.bucketMs)
  return Array.from({ length: count }, (_, at) => {
    const bucket = count - 1 - at
    const from = Math.max(period.from.getTime(), period.to.getTime() - (bucket + 1) * period.bucketMs)
    return { from: new Date(from).toISOString(), figure: measured(figureOf(bucket) ?? { value: null, n: 0 }) }
  })
}

export function measured(figure: Figure): Measured {
  return { value: figure.value, n: figure.n, low: figure.interval?.low ?? null, high: figure.interval?.high ?? null, isRanked: figure.n >= rankedFrom }
}
