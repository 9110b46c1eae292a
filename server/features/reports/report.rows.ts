/** The rows behind each report, with what every column is: one page as JSON, or all of them for a file. */
import type { ReportName } from '#contract/api/analysis.ts'
import type { Tx } from '../../platform/db.ts'
import { hiddenContactSql } from '../customers/customers.visibility.ts'
import { followUpFilterSql } from './loop.report.ts'
import { figuresOf, parametersOf, type Period, type ReportFilter } from './period.ts'
import { slaFromSql } from './sla.report.ts'
import { invitationFilterSql, responseFilterSql } from './surveys.report.ts'

export type Cell = string | number | boolean | null
export interface Column { name: string; sql: string; definition: string }

/**
 * `order`: what rows are ordered and gone on by, along an index; `key` the same as a text, `after` true for what follows the key
 * `$7`. `$6`: the member of staff who reads them, `$8`: how many.
 */
interface Source { key: string; order: string; after: string; from: string; columns: Column[] }
const first = '00000000-0000-0000-0000-000000000000'
const byId = (id: string): Pick<Source, 'key' | 'order' | 'after'> => ({ key: `${id}::text`, order: id, after: `${id} > coalesce($7::text, '${first}')::uuid` })

const at = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const column = (name: string, sql: string, definition: string): Column => ({ name, sql, definition })
const queue = (id: string): Column => column('queue', `(select q.name from queue q where q.id = ${id})`, 'The queue it counts for.')
const agent = (id: string): Column => column('agent', `(select g.name from agent g where g.id = ${id})`, 'Who had the contact last.')

const sources: Record<ReportName, Source> = {
  sla: {
    ...byId('s.id'), from: slaFromSql,
    columns: [
      column('clockId', 's.id', 'The clock of one promise.'), column('contactId', 's.contact_id', 'The contact it is about.'), queue('s.queue_id'), column('channel', 's.channel', 'The channel it was promised on.'),
      column('kind', 's.kind', 'What was promised: time to answer, first response, next response, resolution.'), column('targetMs', 's.target_ms::float8', 'The time promised, ms of its business hours.'),
      column('startedAt', at('s.started_at'), 'When it began to run.'), column('dueAt', at('s.due_at'), 'When it was or would have been due.'), column('breachedAt', at('s.breached_at'), 'When it was missed; empty when kept.'),
      column('endedAt', at('s.ended_at'), 'When it ended.'), column('isMet', 's.breached_at is null', 'Kept, not missed.'),
    ],
  },
  surveys: {
    ...byId('si.id'), from: `from survey_invitation si join survey s on s.id = si.survey_id left join survey_response r on r.invitation_id = si.id where si.follow_up_id is null and ${invitationFilterSql}`,
    columns: [
      column('invitationId', 'si.id', 'One question set, sent for one contact.'), column('contactId', 'si.contact_id', 'The contact it asked about.'), column('survey', 's.name', 'The survey.'), column('kind', 's.kind', 'csat, nps, ces or csi.'),
      queue('si.queue_id'), agent('si.agent_id'), column('channel', 'si.channel', 'Where it was asked.'), column('state', 'si.state', 'What became of it.'), column('sentAt', at('si.sent_at'), 'When it was sent.'),
      column('deliveredAt', at('si.delivered_at'), 'By receipt, shown or played; empty where there is none.'), column('openedAt', at('si.opened_at'), 'When its page was opened or it was shown; programs open links too.'),
      column('answeredAt', at('si.answered_at'), 'When it was answered.'), column('score', 'r.score', 'The answer to its first question.'),
      column('comment', `case when ${hiddenContactSql('si.contact_id', '$6::uuid')} then null else r.comment end`, 'What was said beside it; left out for contacts of a restricted queue you are not of.'),
    ],
  },
  loop: {
    ...byId('f.id'), from: `from follow_up f where ${followUpFilterSql} and $6::uuid is not null`,
    columns: [
      column('followUpId', 'f.id', 'The follow-up.'), column('contactId', 'f.contact_id', 'The contact it came from.'), column('kind', 'f.kind', 'complaint, low-answer, or late: a promise missed by far.'),
      column('department', '(select d.name from department d where d.id = f.department_id)', 'Who caused it or repairs it.'), column('cause', '(select k.name from cause k where k.id = f.cause_id)', 'Why it happened.'), agent('f.owner_id'),
      column('recordedAt', at('f.created_at'), 'When it was recorded.'), column('dueAt', at('f.due_at'), 'When it is due.'), column('overdueAt', at('f.overdue_at'), 'When it became overdue; that stays.'), column('handledAt', at('f.handled_at'), 'When it was handled.'),
      column('recheck', 'f.recheck', 'The check with the customer: none, sent, answered, expired, by-hand.'), column('recheckScore', 'f.recheck_score', 'What they answered, 1–5.'), column('closedAt', at('f.closed_at'), 'When it was fed back and closed.'),
    ],
  },
  satisfaction: {
    key: `a.response_id || ':' || a.position`, order: 'a.response_id, a.position',
    after: `(a.response_id, a.position) > (split_part(coalesce($7::text, '${first}:0'), ':', 1)::uuid, split_part(coalesce($7::text, '${first}:0'), ':', 2)::int)`,
    from: `from survey_answer a join survey_response r on r.id = a.response_id where ${responseFilterSql}`,
    columns: [
      column('responseId', 'a.response_id', 'One customer’s answers to one question set.'), column('at', at('r.at'), 'When it was answered.'), queue('r.queue_id'), agent('r.agent_id'), column('channel', 'r.channel', 'The channel of the contact.'),
      column('dimension', `(select d.name->>'en' from dimension d where d.id = a.dimension_id)`, 'What it is about; empty for the overall questions.'),
      column('ask', 'a.ask', 'score, against-expectation, against-ideal, perceived, expected or importance.'), column('score', 'a.score', 'The answer, on the question’s scale.'),
    ],
  },
  stages: {
    ...byId('st.customer_id'), from: `from customer_standing st join customer cu on cu.id = st.customer_id where cu.merged_into_id is null and cu.erased_at is null and $1::timestamptz < $2::timestamptz and coalesce($3::uuid, $4::uuid, $6::uuid) is not null and coalesce($5::text, '') <> 'none'`,
    columns: [
      column('customerId', 'st.customer_id', 'The customer.'), column('stage', 'st.stage', 'Where they stand.'), column('since', at('st.since'), 'Since when.'), column('reasons', `(select string_agg(reason->>'code', ' ') from jsonb_array_elements(st.reasons) reason)`, 'Why.'),
      column('valueClass', 'st.value_class', 'A, B or C by share of all value.'), column('value', 'cu.value::float8', 'The value given for them.'), column('orders', 'cu.orders', 'Their orders, as given.'),
      column('frequency', 'st.frequency', 'Contacts they opened in the last year.'), column('lastActiveAt', at('st.last_active_at'), 'When they last came to us or ordered.'),
    ],
  },
}

export function columnsOf(report: ReportName): { name: string; definition: string }[] {
  return sources[report].columns.map(({ name, definition }) => ({ name, definition }))
}

export interface RowsOf { report: ReportName; period: Period; filter: ReportFilter; staffId: string }

/** Rows after the key `afterId`; each with its own for going on. */
export async function reportRows(db: Pick<Tx, 'query'>, of: RowsOf, afterId: string | null, limit: number): Promise<{ id: string; cells: Record<string, Cell> }[]> {
  const { key, order, after, from, columns } = sources[of.report]
  return db.query(
    `select ${key} as id, jsonb_build_object(${columns.map(({ name, sql }) => `'${name}', ${sql}`).join(', ')}) as cells ${from} and $6::uuid is not null and ${after} order by ${order} limit $8`,
    [...parametersOf(of.period, of.filter), of.staffId, afterId, limit])
}

export async function countReportRows(db: Pick<Tx, 'query'>, of: RowsOf): Promise<number> {
  const { from } = sources[of.report]
  return (await figuresOf<{ n: number }>(db, `select count(*)::int as n ${from} and $6::uuid is not null`, [...parametersOf(of.period, of.filter), of.staffId])).n
}

/** One line of a CSV (RFC 4180). A text that a spreadsheet would run as a formula is made a text, also behind what parts cells and rows elsewhere. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => {
    if (cell === null) return ''
    if (typeof cell !== 'string') return String(cell)
    const text = cell.replaceAll(/(^|[;\t\r\n])(?= *[=+\-@＝＋－＠]|[\t\r])/g, "$1'")
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }).join(',')}\r\n`
}
