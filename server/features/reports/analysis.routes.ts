import * as api from '#contract/api/analysis.ts'
import { idParams, listQuery } from '#contract/api/common.ts'
import { BoardRowPage } from '#contract/api/reports.ts'
import type { Context } from '../../context.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import * as dimensions from './dimensions.ts'
import { loopReport } from './loop.report.ts'
import { periodOf } from './period.ts'
import { rateRows } from './rates.rows.ts'
import { listRuns, readRun, runFileLink, startRun } from './report-runs.usecases.ts'
import { columnsOf, reportRows } from './report.rows.ts'
import { satisfactionReport } from './satisfaction.report.ts'
import { slaReport } from './sla.report.ts'
import { stageReport } from './stages.report.ts'
import { surveyReport } from './surveys.report.ts'

const tag = 'reports'
const roles = ['supervisor', 'admin'] as const

/** Reports over a period, the rows behind them, files of them, and the dimensions satisfaction is measured in. */
export function analysisRoutes(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'files' | 'config' | 'logger'>): Route[] {
  const { clock, config } = context
  const db = context.db.long
  const query = api.reportQuery
  return [
    defineRoute({ method: 'GET', path: '/api/v1/reports/sla', summary: 'Promises kept and missed', tag, roles, query, response: api.SlaReport }, (input) => slaReport(db, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/surveys', summary: 'What customers answered', tag, roles, query, response: api.SurveyReport }, (input) => surveyReport(db, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/loop', summary: 'Complaint, omission, dissatisfaction; recorded, handled, checked again, fed back', tag, roles, query, response: api.LoopReport }, (input) => loopReport(db, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/satisfaction', summary: 'Perceived against expected, per dimension', tag, roles, query, response: api.SatisfactionReport }, (input) => satisfactionReport(db, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/stages', summary: 'Where customers stand, and what they bring', tag, roles, query, response: api.StageReport }, (input) => stageReport(db, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/rates/:rate/rows', summary: 'Exactly the contacts a rate of the loop counts', tag, roles, params: api.rateParams, query: api.rateRowsQuery, response: BoardRowPage }, (input) => rateRows(db, config.sessionSecret, input.params.rate, input.query, clock.now())),
    defineRoute({ method: 'GET', path: '/api/v1/reports/:report/rows', summary: 'The rows behind a report', tag, roles, params: api.reportParams, query: api.reportRowsQuery, response: api.ReportRows }, async ({ params, query: { limit, cursor, ...filter }, staff }) => {
      const scope = `report-rows:${params.report}:${Object.entries(filter).map((pair) => pair.join('=')).sort().join('&')}`
      const [to, afterId = null] = readPlace(config.sessionSecret, scope, cursor)
      const period = periodOf(filter, to === undefined ? clock.now() : new Date(to))
      const rows = await reportRows(db, { report: params.report, period, filter, staffId: staff.staffId }, afterId, limit + 1)
      const page = toPage(config.sessionSecret, scope, rows, limit, (row) => [period.to.toISOString(), row.id])
      return { items: page.items.map(({ cells }) => cells), nextCursor: page.nextCursor, columns: columnsOf(params.report) }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/report-runs', summary: 'Have a file of all rows made', tag, roles, body: api.reportRunCreate, response: api.ReportRun, status: 202, idempotent: true }, ({ body, staff }) => startRun(context, staff.staffId, body)),
    defineRoute({ method: 'GET', path: '/api/v1/report-runs', summary: 'One’s own files, and how far they are', tag, roles, query: listQuery, response: api.ReportRunPage }, async ({ query: { limit, cursor }, staff }) => {
      const [afterId = null] = readPlace(config.sessionSecret, 'report-runs', cursor)
      return toPage(config.sessionSecret, 'report-runs', await listRuns(context, staff.staffId, afterId, limit + 1), limit, (run) => [run.id])
    }),
    defineRoute({ method: 'GET', path: '/api/v1/report-runs/:id', summary: 'How far one is', tag, roles, params: idParams, response: api.ReportRun }, ({ params, staff }) => readRun(context, staff.staffId, params.id)),
    defineRoute({ method: 'GET', path: '/api/v1/report-runs/:id/link', summary: 'A link to the file, good for five minutes', tag, roles, params: idParams, response: api.FileLink }, async ({ params, staff }) => ({ url: await runFileLink(context, staff.staffId, params.id) })),
    defineRoute({ method: 'GET', path: '/api/v1/dimensions', summary: 'What satisfaction is measured in', tag, roles, response: api.DimensionList }, async () => ({ items: await dimensions.listDimensions(context.db), nextCursor: null })),
    defineRoute({ method: 'POST', path: '/api/v1/dimensions', summary: 'Add one of one’s own', tag, roles: ['admin'], body: api.dimensionCreate, response: api.Dimension, status: 201, idempotent: true }, ({ body, staff }) => dimensions.createDimension(context, staff.staffId, body)),
    defineRoute({ method: 'PATCH', path: '/api/v1/dimensions/:id', summary: 'Change or retire one', tag, roles: ['admin'], params: idParams, body: api.dimensionChange, response: api.Dimension }, ({ params, body, staff }) => dimensions.changeDimension(context, staff.staffId, params.id, body)),
  ]
}
