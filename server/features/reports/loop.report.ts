import type { LoopReport } from '#contract/api/analysis.ts'
import { risingOf } from '../../domain/rising.ts'
import { shareFigure } from '../../domain/survey-figures.ts'
import type { Db } from '../../platform/db.ts'
import { definitionsOf } from './definitions.ts'
import { addUp, bucketSql, figuresOf, measured, numbered, parametersOf, periodOf, periodView, trendOf, type Period, type ReportFilter } from './period.ts'
import { responseFilterSql } from './surveys.report.ts'

type Reader = Pick<Db, 'query' | 'tx'>

const weekMs = 7 * 86_400_000
const weeksShown = 8
/** Recent: the last four weeks; before: the four before them. */
const recentWeeks = 4

export const contactFilterSql = `c.state = 'closed' and c.closed_at >= $1 and c.closed_at < $2 and ($3::uuid is null or c.queue_id = $3)
  and ($4::uuid is null or exists (select 1 from assignment a where a.contact_id = c.id and a.agent_id = $4)) and ($5::text is null or c.channel = $5)`
/** What a customer suffered, of the contacts the report is narrowed to. */
export const loopKindsSql = `f.kind in ('complaint', 'low-answer', 'late')`
export const followUpFilterSql = `${loopKindsSql} and f.created_at >= $1 and f.created_at < $2 and ($4::uuid is null or f.owner_id = $4)
  and (($3::uuid is null and $5::text is null) or exists (select 1 from contact c where c.id = f.contact_id and ($3::uuid is null or c.queue_id = $3) and ($5::text is null or c.channel = $5)))`

/** What each rate counts, and which of it against us; the figure and its rows are made from the same words. */
export const complaintsFromSql = `from contact c where c.outcome not in ('spam', 'merged') and ${contactFilterSql}`
export const turnsFromSql = `from turn t join contact c on c.id = t.contact_id where t.started_at >= $1 and t.started_at < $2 and coalesce(c.outcome, '') not in ('spam', 'merged') and ($3::uuid is null or c.queue_id = $3)
  and ($4::uuid is null or exists (select 1 from assignment a where a.contact_id = c.id and a.agent_id = $4)) and ($5::text is null or c.channel = $5)`
export const forgottenSql = `(t.ended_at is null and (c.state = 'closed' or exists (select 1 from sla_clock s where s.turn_id = t.id and s.breached_at is not null)))`
export const answersFromSql = `from survey_response r join survey s on s.id = r.survey_id and s.kind = 'csat' and s.purpose = 'contact' where ${responseFilterSql}`

/** The three controls, and whether what was suffered was recorded, handled, checked again and fed back. */
export async function loopReport(db: Reader, filter: ReportFilter, now: Date): Promise<LoopReport> {
  const period = periodOf(filter, now)
  const parameters = parametersOf(period, filter)
  const [complaints, omission, answers, steps, causes] = await Promise.all([
    addUp<{ bucket: Date; n: number; hits: number }>(db,
      `select ${bucketSql('c.closed_at', period)} as bucket, count(*)::int as n, count(*) filter (where c.complaint)::int as hits ${complaintsFromSql} group by 1`, parameters),
    figuresOf<{ n: number; hits: number }>(db, `select count(*)::int as n, count(*) filter (where ${forgottenSql})::int as hits ${turnsFromSql}`, parameters),
    addUp<{ bucket: Date; n: number; hits: number }>(db,
      `select ${bucketSql('r.at', period)} as bucket, count(*)::int as n, count(*) filter (where r.score <= 2)::int as hits ${answersFromSql} group by 1`, parameters),
    figuresOf<{ opened: number; handled: number; overdue: number; checked: number; closed: number; openedAgain: number; inTime: number; answered: number; right: number }>(db, `select count(*)::int as opened, count(f.handled_at)::int as handled, count(f.overdue_at)::int as overdue, count(*) filter (where f.recheck <> 'none')::int as checked, count(f.closed_at)::int as closed,
         count(*) filter (where f.handled_at is not null and f.overdue_at is null)::int as "inTime",
         (select count(*)::int from follow_up_step st join follow_up f on f.id = st.follow_up_id where st.step = 'opened-again' and ${followUpFilterSql}) as "openedAgain",
         count(f.recheck_score)::int as answered, count(*) filter (where f.recheck_score >= 3)::int as right
       from follow_up f where ${followUpFilterSql}`, parameters),
    causesOf(db, filter, period),
  ])
  const add = (rows: readonly { n: number; hits: number }[]) => rows.reduce((sum, row) => ({ n: sum.n + row.n, hits: sum.hits + row.hits }), { n: 0, hits: 0 })
  const share = ({ n, hits }: { n: number; hits: number }) => shareFigure(hits, n)
  const trend = (rows: readonly { bucket: Date; n: number; hits: number }[]) => {
    const known = numbered(period, rows)
    return trendOf(period, (bucket) => share(add(known.filter((row) => row.bucket === bucket))))
  }
  const { inTime, answered, right, ...counts } = steps
  return {
    period: periodView(period), definitions: definitionsOf('loop'),
    rates: { complaint: measured(share(add(complaints))), omission: measured(share(omission)), dissatisfaction: measured(share(add(answers))) },
    rateTrend: { complaint: trend(complaints), dissatisfaction: trend(answers) },
    ...counts, inTime: measured(shareFigure(inTime, counts.handled)), putRight: measured(shareFigure(right, answered)), causes,
  }
}

/** What each department caused, the eight weeks to the period's end: recent against before, by contacts closed in each. */
async function causesOf(db: Reader, filter: ReportFilter, period: Period): Promise<LoopReport['causes']> {
  const weeks = (count: number): Date => new Date(period.to.getTime() - count * weekMs)
  const eight: Period = { from: weeks(weeksShown), to: period.to, bucketMs: weekMs }
  const parameters = parametersOf(eight, filter)
  const [counted, exposure] = await Promise.all([
    db.query<{ causeId: string | null; departmentId: string | null; bucket: Date; count: number }>(
      `select f.cause_id as "causeId", f.department_id as "departmentId", ${bucketSql('f.created_at', eight)} as bucket, count(*)::int as count from follow_up f
       where ${followUpFilterSql} and (f.cause_id is not null or f.department_id is not null) group by 1, 2, 3`, parameters),
    figuresOf<{ recentOf: number; beforeOf: number }>(db, `select count(*) filter (where c.closed_at >= $6)::int as "recentOf", count(*) filter (where c.closed_at < $6)::int as "beforeOf" from contact c where c.outcome not in ('spam', 'merged') and ${contactFilterSql}`, [...parameters, weeks(recentWeeks)]),
  ])
  const rows = numbered(eight, counted)
  const groups = [...Map.groupBy(rows, (row) => `${row.causeId} ${row.departmentId}`).values()]
  return groups.map((group) => {
    const [{ causeId, departmentId }] = group as [typeof rows[number]]
    const perWeek = Array.from({ length: weeksShown }, (_, at) => group.find((row) => row.bucket === weeksShown - 1 - at)?.count ?? 0)
    const before = perWeek.slice(0, -recentWeeks).reduce((sum, count) => sum + count, 0)
    const recent = perWeek.slice(-recentWeeks).reduce((sum, count) => sum + count, 0)
    return { causeId, departmentId, recent, before, ...risingOf({ recent, before, ...exposure }, groups.length), weeks: perWeek }
  }).sort((a, b) => Number(b.isRising) - Number(a.isRising) || b.recent - a.recent)
}
