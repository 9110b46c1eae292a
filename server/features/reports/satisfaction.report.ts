import type { SatisfactionReport } from '#contract/api/analysis.ts'
import type { Locale } from '#contract/words.ts'
import { meanFigure, satisfactionModel, type DimensionSums, type Moments, type PairMoments } from '../../domain/satisfaction.ts'
import type { Tx } from '../../platform/db.ts'
import { definitionsOf } from './definitions.ts'
import { bucketSql, measured, numbered, parametersOf, periodOf, periodView, trendOf, type ReportFilter } from './period.ts'
import { responseFilterSql } from './surveys.report.ts'

/** The three questions count the same; shown with the index. */
const indexWeights = { overall: 1, expectation: 1, ideal: 1 }
const nothing: Moments = { n: 0, sum: 0, sumSquares: 0 }
const noPairs: PairMoments = { n: 0, perceived: 0, expected: 0, perceivedSquares: 0, expectedSquares: 0, products: 0 }
const moments = (of: string): string => `count(*)::int as n, sum(${of})::float8 as sum, sum((${of}) ^ 2)::float8 as "sumSquares"`

/** What customers find and what they expect, per dimension: ratio, matrix, index, each with its interval and its way over time. */
export async function satisfactionReport(db: Pick<Tx, 'query'>, filter: ReportFilter, now: Date): Promise<SatisfactionReport> {
  const period = periodOf(filter, now)
  const parameters = parametersOf(period, filter)
  const answered = `from survey_answer a join survey_response r on r.id = a.response_id where ${responseFilterSql}`
  const [dimensions, sums, pairs, trending, indexes] = await Promise.all([
    db.query<{ id: string; name: Record<Locale, string>; weight: number }>('select id, name, weight from dimension where retired_at is null order by position, id'),
    db.query<Moments & { dimensionId: string; ask: string }>(`select a.dimension_id as "dimensionId", a.ask, ${moments('a.score')} ${answered} and a.dimension_id is not null group by 1, 2`, parameters),
    db.query<PairMoments & { dimensionId: string }>(
      `select a.dimension_id as "dimensionId", count(*)::int as n, sum(a.score)::float8 as perceived, sum(e.score)::float8 as expected, sum(a.score ^ 2)::float8 as "perceivedSquares", sum(e.score ^ 2)::float8 as "expectedSquares", sum(a.score * e.score)::float8 as products
       from survey_answer a join survey_response r on r.id = a.response_id join survey_answer e on e.response_id = a.response_id and e.dimension_id = a.dimension_id and e.ask = 'expected'
       where a.ask = 'perceived' and ${responseFilterSql} group by 1`, parameters),
    db.query<Moments & { dimensionId: string; bucket: Date }>(`select a.dimension_id as "dimensionId", ${bucketSql('r.at', period)} as bucket, ${moments('a.score')} ${answered} and a.ask = 'perceived' group by 1, 2`, parameters),
    db.query<Moments & { bucket: Date }>(
      `select bucket, ${moments('value')} from (
         select ${bucketSql('r.at', period)} as bucket, ${indexSql} as value
         from survey_answer a join survey_response r on r.id = a.response_id join survey s on s.id = r.survey_id and s.kind = 'csi' where ${responseFilterSql} group by r.id, r.at
         having count(distinct a.ask) filter (where a.ask in ('score', 'against-expectation', 'against-ideal')) = 3) v group by 1`, parameters),
  ])
  const [trends, index] = [numbered(period, trending), numbered(period, indexes)]
  const of = (dimensionId: string, ask: string): Moments => sums.find((row) => row.dimensionId === dimensionId && row.ask === ask) ?? nothing
  const model = satisfactionModel(dimensions.map(({ id, weight }): DimensionSums => ({
    id, weight, perceived: of(id, 'perceived'), expected: of(id, 'expected'), importance: of(id, 'importance'), pairs: pairs.find((row) => row.dimensionId === id) ?? noPairs,
  })))
  const indexFigure = (rows: readonly Moments[]) => meanFigure(added(rows), { min: 0, max: 100 })
  return {
    period: periodView(period), definitions: definitionsOf('satisfaction'),
    index: { figure: measured(indexFigure(index)), weights: indexWeights, trend: trendOf(period, (bucket) => indexFigure(index.filter((row) => row.bucket === bucket))) },
    dimensions: model.dimensions.map((one, at) => ({
      ...one, name: dimensions[at]!.name, perceived: measured(one.perceived), expected: measured(one.expected), ratio: measured(one.ratio), importance: measured(one.importance),
      trend: trendOf(period, (bucket) => meanFigure(trends.find((row) => row.dimensionId === one.id && row.bucket === bucket) ?? nothing)),
    })),
    axes: model.axes, dimensionIndex: measured(model.index),
  }
}

/** `indexOf` of the domain over one response's answers; a test holds the two together. */
const { overall, expectation, ideal } = indexWeights
const indexSql = `100.0 * (max(a.score) filter (where a.ask = 'score') * ${overall} + max(a.score) filter (where a.ask = 'against-expectation') * ${expectation} + max(a.score) filter (where a.ask = 'against-ideal') * ${ideal}
  - ${overall + expectation + ideal}) / ${9 * (overall + expectation + ideal)}`

function added(rows: readonly Moments[]): Moments {
  return rows.reduce((sum, row) => ({ n: sum.n + row.n, sum: sum.sum + row.sum, sumSquares: sum.sumSquares + row.sumSquares }), nothing)
}
