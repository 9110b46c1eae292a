import * as z from 'zod'
import * as words from '../words.ts'
import { Channel, Id, Instant, listQuery, pageOf } from './common.ts'

/** Reports over a period: sums with their definition, n and interval; the rows behind them as JSON, or as a file made by a job. */

export const reportNames = ['sla', 'surveys', 'loop', 'satisfaction', 'stages'] as const
export type ReportName = (typeof reportNames)[number]

/** `from` to before `to`; without them the last 28 days. Stages are of now: only their changes are of the period. */
const filter = { from: Instant.optional(), to: Instant.optional(), queueId: Id.optional(), agentId: Id.optional(), channel: Channel.optional() }
export const reportQuery = z.strictObject(filter)
export const ReportPeriod = z.strictObject({ from: Instant, to: Instant, bucketMs: z.int() }).meta({ id: 'ReportPeriod' })
export type ReportPeriod = z.infer<typeof ReportPeriod>

/** `value` is null when nothing was counted. `isRanked`: ten or more; below, it is shown grey and compared with nothing. */
export const Measured = z.strictObject({ value: z.number().nullable(), n: z.int(), low: z.number().nullable(), high: z.number().nullable(), isRanked: z.boolean() }).meta({ id: 'Measured' })
export type Measured = z.infer<typeof Measured>
const trend = z.array(z.strictObject({ from: Instant, figure: Measured }))
/** A name of a figure and its formula in a sentence. */
const definitions = z.record(z.string(), z.string())
const base = { period: ReportPeriod, definitions }

export const SlaReport = z.strictObject({
  ...base, total: Measured, kinds: z.array(z.strictObject({ kind: z.enum(words.slaTargetKinds), figure: Measured })),
  lines: z.array(z.strictObject({ kind: z.enum(words.slaTargetKinds), queueId: Id.nullable(), channel: Channel.nullable(), met: z.int(), breached: z.int(), figure: Measured })),
  trend,
}).meta({ id: 'SlaReport' })
export type SlaReport = z.infer<typeof SlaReport>

const surveyLine = { figure: Measured, scores: z.array(z.strictObject({ score: z.int(), count: z.int() })) }
export const SurveyReport = z.strictObject({
  ...base,
  kinds: z.array(z.strictObject({
    kind: z.enum(words.surveyKinds), ...surveyLine,
    byQueue: z.array(z.strictObject({ queueId: Id, figure: Measured })), byAgent: z.array(z.strictObject({ agentId: Id, figure: Measured })), byChannel: z.array(z.strictObject({ channel: Channel, figure: Measured })),
    trend,
  })),
  /** Asked is what was sent; each of the others is counted apart. */
  invitations: z.strictObject({ sent: z.int(), delivered: z.int(), opened: z.int(), answered: z.int(), refused: z.int(), expired: z.int(), cancelled: z.int(), responseRate: Measured }),
}).meta({ id: 'SurveyReport' })
export type SurveyReport = z.infer<typeof SurveyReport>

export const LoopReport = z.strictObject({
  ...base,
  rates: z.strictObject({ complaint: Measured, omission: Measured, dissatisfaction: Measured }),
  rateTrend: z.strictObject({ complaint: trend, dissatisfaction: trend }),
  opened: z.int(), handled: z.int(), overdue: z.int(), checked: z.int(), closed: z.int(), openedAgain: z.int(),
  inTime: Measured, putRight: Measured,
  /** The last 28 days against the 28 before: `isRising` by the rule in the definitions. Weeks: the last eight, oldest first. */
  causes: z.array(z.strictObject({ causeId: Id.nullable(), departmentId: Id.nullable(), recent: z.int(), before: z.int(), p: z.number(), isRising: z.boolean(), weeks: z.array(z.int()) })),
}).meta({ id: 'LoopReport' })
export type LoopReport = z.infer<typeof LoopReport>

export const quadrants = ['improve-now', 'advantage', 'improve-later', 'overdone'] as const
export const SatisfactionReport = z.strictObject({
  ...base,
  /** The three questions on 1–10, 0–100, with their weights. */
  index: z.strictObject({ figure: Measured, weights: z.strictObject({ overall: z.number(), expectation: z.number(), ideal: z.number() }), trend }),
  dimensions: z.array(z.strictObject({
    id: Id, name: z.strictObject({ en: z.string(), zh: z.string() }), perceived: Measured, expected: Measured, ratio: Measured, importance: Measured, weight: z.number(), weightFrom: z.enum(['stated', 'set']),
    quadrant: z.enum(quadrants).nullable(), trend,
  })),
  axes: z.strictObject({ importance: z.number(), satisfaction: z.number() }).nullable(),
  dimensionIndex: Measured,
}).meta({ id: 'SatisfactionReport' })
export type SatisfactionReport = z.infer<typeof SatisfactionReport>

export const StageReport = z.strictObject({
  ...base, customers: z.int(), computedAt: Instant.nullable(),
  stages: z.array(z.strictObject({ stage: z.enum(words.customerStages), count: z.int(), value: z.number() })),
  classes: z.array(z.strictObject({ valueClass: z.enum(words.valueClasses), count: z.int(), value: z.number(), share: z.number() })),
  changes: z.array(z.strictObject({ from: z.enum(words.customerStages).nullable(), to: z.enum(words.customerStages), count: z.int() })),
}).meta({ id: 'StageReport' })
export type StageReport = z.infer<typeof StageReport>

/** The contacts behind a rate of the loop; `hits`: only those that count against us. */
export const rateNames = ['complaint', 'omission', 'dissatisfaction'] as const
export type RateName = (typeof rateNames)[number]
export const rateParams = z.strictObject({ rate: z.enum(rateNames) })
export const rateRowsQuery = z.strictObject({ ...listQuery.shape, ...filter, hits: z.enum(['true', 'false']).default('false') })

/** A row behind a report: the named columns, in the order of `columns`. */
const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export const reportParams = z.strictObject({ report: z.enum(reportNames) })
export const reportRowsQuery = z.strictObject({ ...listQuery.shape, ...filter })
export const ReportRows = z.strictObject({ ...pageOf(z.record(z.string(), cell)).shape, columns: z.array(z.strictObject({ name: z.string(), definition: z.string() })) }).meta({ id: 'ReportRows' })
export type ReportRows = z.infer<typeof ReportRows>

/** A file of all rows, made by a job. `rowsTotal` is known once it has begun. */
export const ReportRun = z.strictObject({
  id: Id, report: z.enum(reportNames), format: z.enum(['csv', 'json']), state: z.enum(words.reportRunStates), rowsDone: z.int(), rowsTotal: z.int().nullable(), problem: z.string().nullable(), createdAt: Instant, endedAt: Instant.nullable(),
}).meta({ id: 'ReportRun' })
export type ReportRun = z.infer<typeof ReportRun>
export const ReportRunPage = pageOf(ReportRun)
export const reportRunCreate = z.strictObject({ report: z.enum(reportNames), format: z.enum(['csv', 'json']), ...filter })
export const FileLink = z.strictObject({ url: z.string() })

const DimensionName = z.strictObject({ en: z.string().trim().min(1).max(60), zh: z.string().trim().min(1).max(60) })
export const Dimension = z.strictObject({ id: Id, name: z.strictObject({ en: z.string(), zh: z.string() }), weight: z.number(), position: z.int(), retiredAt: Instant.nullable() }).meta({ id: 'Dimension' })
export type Dimension = z.infer<typeof Dimension>
export const DimensionList = z.strictObject({ items: z.array(Dimension), nextCursor: z.null() })
/** `weight` counts where customers are not asked how important it is to them. */
export const dimensionCreate = z.strictObject({ name: DimensionName, weight: z.number().min(0).max(100).default(1), position: z.int().min(0).max(1000).default(100) })
export const dimensionChange = z.strictObject({ name: DimensionName, weight: z.number().min(0).max(100), position: z.int().min(0).max(1000), isRetired: z.boolean() }).partial()
