import type { SurveyReport } from '#contract/api/analysis.ts'
import { surveyKinds, type Channel, type SurveyKind } from '#contract/words.ts'
import { countsDeliveredAfterMs } from '../../domain/surveys.ts'
import { shareFigure, surveyFigure, type ScoreCount } from '../../domain/survey-figures.ts'
import type { Tx } from '../../platform/db.ts'
import { definitionsOf } from './definitions.ts'
import { bucketSql, figuresOf, measured, numbered, parametersOf, periodOf, periodView, trendOf, type ReportFilter } from './period.ts'

export const responseFilterSql = `r.at >= $1 and r.at < $2 and ($3::uuid is null or r.queue_id = $3) and ($4::uuid is null or r.agent_id = $4) and ($5::text is null or r.channel = $5)`
/** Receipt, shown or played, answered; or sent and not refused for a day. */
export const deliveredSql = `(si.state not in ('refused', 'cancelled') and (si.delivered_at is not null or si.answered_at is not null or (si.state in ('sent', 'expired') and si.sent_at <= $6::timestamptz - interval '${countsDeliveredAfterMs} milliseconds')))`
export const invitationFilterSql = `si.sent_at >= $1 and si.sent_at < $2 and ($3::uuid is null or si.queue_id = $3) and ($4::uuid is null or si.agent_id = $4) and ($5::text is null or si.channel = $5)`

interface ScoreRow extends ScoreCount {
  kind: SurveyKind
  queueId: string | null
  agentId: string | null
  channel: Channel | null
  bucket: number | null
  isTotal: boolean
}

/** What customers answered, by kind of survey; what became of the questions, each counted apart. */
export async function surveyReport(db: Pick<Tx, 'query'>, filter: ReportFilter, now: Date): Promise<SurveyReport> {
  const period = periodOf(filter, now)
  const parameters = parametersOf(period, filter)
  const bucket = bucketSql('r.at', period)
  const [scores, sent] = await Promise.all([
    db.query<Omit<ScoreRow, 'bucket'> & { bucket: Date | null }>(
      `select s.kind, r.queue_id as "queueId", r.agent_id as "agentId", r.channel, ${bucket} as bucket, r.score, count(*)::int as count, grouping(r.queue_id, r.agent_id, r.channel, ${bucket}) = 15 as "isTotal"
       from survey_response r join survey s on s.id = r.survey_id and s.purpose = 'contact' where ${responseFilterSql}
       group by grouping sets ((s.kind, r.score), (s.kind, r.queue_id, r.score), (s.kind, r.agent_id, r.score), (s.kind, r.channel, r.score), (s.kind, ${bucket}, r.score))`, parameters),
    figuresOf<Omit<SurveyReport['invitations'], 'responseRate'> & { answeredOfDelivered: number }>(db, `select count(*)::int as sent, count(*) filter (where ${deliveredSql})::int as delivered, count(*) filter (where si.opened_at is not null)::int as opened, count(*) filter (where si.state = 'answered')::int as answered,
         count(*) filter (where si.state = 'refused')::int as refused, count(*) filter (where si.state = 'expired')::int as expired, count(*) filter (where si.state = 'cancelled')::int as cancelled,
         count(*) filter (where si.state = 'answered' and ${deliveredSql})::int as "answeredOfDelivered"
       from survey_invitation si where si.follow_up_id is null and ${invitationFilterSql}`, [...parameters, now]),
  ])
  const rows: ScoreRow[] = numbered(period, scores)
  const { answeredOfDelivered, ...invitations } = sent
  return {
    period: periodView(period), definitions: definitionsOf('surveys'),
    kinds: surveyKinds.flatMap((kind) => {
      const own = rows.filter((row) => row.kind === kind)
      return own.length > 0 ? [kindOf(kind, own)] : []
    }),
    invitations: { ...invitations, responseRate: measured(shareFigure(answeredOfDelivered, invitations.delivered)) },
  }

  function kindOf(kind: SurveyKind, own: readonly ScoreRow[]): SurveyReport['kinds'][number] {
    const figure = (counts: readonly ScoreCount[]) => measured(surveyFigure(kind, counts))
    const by = <Key extends 'queueId' | 'agentId' | 'channel'>(key: Key) => [...Map.groupBy(own.filter((row) => row[key] !== null), (row) => row[key] as NonNullable<ScoreRow[Key]>)]
    const total = own.filter((row) => row.isTotal).map(({ score, count }) => ({ score, count })).sort((a, b) => a.score - b.score)
    const buckets = Map.groupBy(own.filter((row) => row.bucket !== null), (row) => row.bucket)
    return {
      kind, figure: figure(total), scores: total,
      byQueue: by('queueId').map(([queueId, counts]) => ({ queueId, figure: figure(counts) })), byAgent: by('agentId').map(([agentId, counts]) => ({ agentId, figure: figure(counts) })),
      byChannel: by('channel').map(([channel, counts]) => ({ channel, figure: figure(counts) })),
      trend: trendOf(period, (at) => surveyFigure(kind, buckets.get(at) ?? [])),
    }
  }
}
