/** The requests of the reports and of the satisfaction loop. */
import type { Dimension, LoopReport, RateName, ReportName, ReportRun, SatisfactionReport, SlaReport, StageReport, SurveyReport } from '#contract/api/analysis.ts'
import type { FollowUp, FollowUpChange, FollowUpDetail } from '#contract/api/followups.ts'
import type { BoardRow } from '#contract/api/reports.ts'
import type { Standing } from '#contract/api/standing.ts'
import type { Channel, CustomerStage, ValueClass } from '#contract/words.ts'
import { http } from './http.ts'
import type { Page } from './work.ts'

export interface ReportFilter { from: string; to: string; queueId: string | null; agentId: string | null; channel: Channel | null }

const read = <T>(report: ReportName) => (filter: ReportFilter): Promise<T> => http.get<T>(`/reports/${report}`, { ...filter })
const given = (filter: ReportFilter): object => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null))

export const reports = {
  surveys: read<SurveyReport>('surveys'), loop: read<LoopReport>('loop'), satisfaction: read<SatisfactionReport>('satisfaction'), sla: read<SlaReport>('sla'), stages: read<StageReport>('stages'),
  rateRows: (rate: RateName, filter: ReportFilter, hits: boolean, cursor: string | null) => http.get<Page<BoardRow>>(`/reports/rates/${rate}/rows`, { ...filter, hits: String(hits), cursor }),
  start: (report: ReportName, format: 'csv' | 'json', filter: ReportFilter) => http.post<ReportRun>('/report-runs', { report, format, ...given(filter) }),
  run: (id: string) => http.get<ReportRun>(`/report-runs/${id}`),
  link: (id: string) => http.get<{ url: string }>(`/report-runs/${id}/link`),
}

export const standings = {
  of: (customerId: string) => http.get<Page<Standing>>('/standings', { customerId }),
  list: (filter: { stage: CustomerStage; valueClass: ValueClass | null }, cursor: string | null) => http.get<Page<Standing>>('/standings', { ...filter, cursor, limit: 20 }),
}

export interface Department { id: string; name: string }

export const loop = {
  departments: () => http.get<Page<Department>>('/departments'),
  causes: () => http.get<Page<{ id: string; name: string; departmentId: string | null }>>('/causes'),
  read: (id: string) => http.get<FollowUpDetail>(`/follow-ups/${id}`),
  change: (id: string, change: FollowUpChange) => http.patch<FollowUp>(`/follow-ups/${id}`, change),
  recheck: (id: string) => http.post<FollowUp>(`/follow-ups/${id}/recheck`),
  open: (followUp: { customerId: string; kind: 'at-risk'; title: string; dueAt: string; ownerId: string | null }) => http.post<FollowUp>('/follow-ups', followUp),
}

export const dimensions = { list: () => http.get<Page<Dimension>>('/dimensions') }
