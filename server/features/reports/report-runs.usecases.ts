/** Files of a report's rows, made by a job that says how far it is and may be taken up again by another process. */
import { Readable } from 'node:stream'
import type * as z from 'zod'
import { reportNames, type ReportName, type ReportRun, type reportRunCreate } from '#contract/api/analysis.ts'
import type { ReportRunState } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { notFound, refusal } from '../../platform/errors.ts'
import type { ServedFile } from '../../platform/files-serve.ts'
import { signFilePath } from '../../platform/files-serve.ts'
import { newId } from '../../platform/ids.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { seesEverybody, type Viewer } from '../customers/customers.visibility.ts'
import { definitionsOf } from './definitions.ts'
import { periodOf, periodView, type ReportFilter } from './period.ts'
import { columnsOf, countReportRows, csvLine, reportRows, type RowsOf } from './report.rows.ts'

type RunsContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'files' | 'config' | 'logger'>

const batch = 5_000
const leaseMs = 30_000
const sizeBytesMax = 1024 * 1024 * 1024
/** One person may have so many under way. */
const openMax = 3

interface RunRow {
  id: string
  report: ReportName
  format: 'csv' | 'json'
  filter: ReportFilter
  state: ReportRunState
  rowsDone: number
  rowsTotal: number | null
  fileKey: string | null
  problem: string | null
  createdBy: string
  createdAt: Date
  endedAt: Date | null
}

const select = `select id, report, format, filter, state, rows_done as "rowsDone", rows_total as "rowsTotal", file_key as "fileKey", problem, created_by as "createdBy", created_at as "createdAt", ended_at as "endedAt" from report_run`

function toRun({ createdAt, endedAt, filter: _filter, fileKey: _fileKey, createdBy: _createdBy, ...run }: RunRow): ReportRun {
  return { ...run, createdAt: createdAt.toISOString(), endedAt: endedAt?.toISOString() ?? null }
}

/** The period is fixed when it is asked for: a file is of the rows there were then. */
export async function startRun(context: RunsContext, staffId: string, asked: z.output<typeof reportRunCreate>): Promise<ReportRun> {
  const now = context.clock.now()
  const { report, format, ...filter } = asked
  const { from, to } = periodView(periodOf(filter, now))
  const id = newId(now)
  await context.db.tx(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`report-runs ${staffId}`])
    const { open } = await tx.one<{ open: number }>(`select count(*)::int as open from report_run where created_by = $1 and state in ('queued', 'running')`, [staffId])
    if (open >= openMax) throw refusal('report.too-many', 409, 'Wait until one of your reports is done.', { openMax })
    await tx.execute('insert into report_run (id, report, format, filter, created_by, created_at) values ($1, $2, $3, $4, $5, $6)', [id, report, format, JSON.stringify({ ...filter, from, to }), staffId, now])
    await recordAudit(tx, { actorId: staffId, action: 'report.exported', target: { kind: 'reports', id }, facts: { report, format }, at: now })
  })
  context.jobs.wake('reports', 'all')
  return readRun(context, staffId, id)
}

export async function listRuns({ db }: Pick<RunsContext, 'db'>, staffId: string, afterId: string | null, limit: number): Promise<ReportRun[]> {
  return (await db.query<RunRow>(`${select} where created_by = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`, [staffId, afterId, limit])).map(toRun)
}

export async function readRun({ db }: Pick<RunsContext, 'db'>, staffId: string, id: string): Promise<ReportRun> {
  const row = await db.maybe<RunRow>(`${select} where id = $1 and created_by = $2`, [id, staffId])
  if (!row) throw notFound()
  return toRun(row)
}

/** Where the file can be read for five minutes, by whoever asked for it. */
export async function runFileLink(context: RunsContext, staffId: string, id: string): Promise<string> {
  const run = await readRun(context, staffId, id)
  if (run.state !== 'done') throw refusal('report.not-done', 409, 'This report is not done.')
  return signFilePath(context.config.sessionSecret, id, `report:${staffId}`, context.clock.now())
}

/** For the file door: reports are for supervisors and admins, also where the link was made while one was. */
export async function findRunFile({ db }: Pick<RunsContext, 'db'>, id: string, viewer: Viewer): Promise<ServedFile | undefined> {
  if (!seesEverybody(viewer)) return undefined
  const row = await db.maybe<RunRow>(`${select} where id = $1 and created_by = $2 and state = 'done'`, [id, viewer.staffId])
  if (!row?.fileKey) return undefined
  return { storageKey: row.fileKey, name: `${row.report}-${row.createdAt.toISOString().slice(0, 10)}.${row.format}`, contentType: 'application/octet-stream' }
}

/** Makes every file that is asked for, one after the other. One whose process died is begun anew when its lease is over. */
export async function runReports(context: RunsContext): Promise<void> {
  for (;;) {
    const run = await claim(context)
    if (!run) return
    try {
      const stored = await context.files.put(Readable.from(bytesOf(linesOf(context, run))), { sizeBytesMax })
      await context.db.execute(`update report_run set state = 'done', file_key = $2, lease_until = null, ended_at = $3 where id = $1`, [run.id, stored.key, context.clock.now()])
    } catch (error) {
      context.logger.error({ err: error, event: 'report.failed', report: run.report }, 'a report could not be made')
      await context.db.execute(`update report_run set state = 'failed', problem = 'internal', lease_until = null, ended_at = $2 where id = $1`, [run.id, context.clock.now()])
    }
  }
}

async function claim({ db }: RunsContext): Promise<RunRow | undefined> {
  const taken = await db.maybe<{ id: string }>(
    `update report_run set state = 'running', rows_done = 0, lease_until = now() + interval '${leaseMs} milliseconds' where id = (
       select id from report_run where state = 'queued' or (state = 'running' and lease_until < now()) order by created_at for update skip locked limit 1) returning id`)
  return taken && db.one<RunRow>(`${select} where id = $1`, [taken.id])
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) if (line !== '') yield Buffer.from(line)
}

async function* linesOf(context: RunsContext, run: RunRow): AsyncGenerator<string> {
  const { db } = context
  const known = reportNames.find((name) => name === run.report)!
  const of: RowsOf = { report: known, period: periodOf(run.filter, run.createdAt), filter: run.filter, staffId: run.createdBy }
  const columns = columnsOf(known)
  await db.execute('update report_run set rows_total = $2 where id = $1', [run.id, await countReportRows(db.long, of)])
  if (run.format === 'csv') yield `\uFEFF${csvLine(columns.map(({ name }) => name))}`
  else yield `${JSON.stringify({ report: known, period: periodView(of.period), definitions: definitionsOf(known), columns }).slice(0, -1)},"rows":[\n`
  let done = 0
  for (let afterId: string | null = null; ;) {
    const rows: Awaited<ReturnType<typeof reportRows>> = await reportRows(db.long, of, afterId, batch)
    yield rows.map(({ cells }, at) => (run.format === 'csv' ? csvLine(columns.map(({ name }) => cells[name] ?? null)) : `${done + at > 0 ? ',\n' : ''}${JSON.stringify(cells)}`)).join('')
    done += rows.length
    await db.execute(`update report_run set rows_done = $2, lease_until = now() + interval '${leaseMs} milliseconds' where id = $1`, [run.id, done])
    if (rows.length < batch) break
    afterId = rows.at(-1)!.id
  }
  if (run.format === 'json') yield '\n]}\n'
}
