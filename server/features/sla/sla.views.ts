/** What the clocks of a contact did and why, and which come due next. */
import type { SlaDue, SlaLedger } from '#contract/api/sla.ts'
import type { SlaActionKind, SlaEscalationState, SlaTargetKind, Channel } from '#contract/words.ts'
import { closedWithin, workingTimeBetween } from '../../domain/calendar.ts'
import type { Clock, ClockInterval } from '../../domain/sla.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { loadWatchers } from './escalation.steps.ts'
import { loadHours } from './hours.store.ts'

type Row = Pick<Clock, 'kind' | 'state' | 'targetMs' | 'startedAt' | 'dueAt' | 'warnedAt' | 'breachedAt' | 'endedAt' | 'channel'> & {
  id: string; policy: string; queueId: string; intervals: (Omit<ClockInterval, 'from' | 'to' | 'hours' | 'until'> & { from: string; to: string | null; hours?: ClockInterval['hours']; until?: string | null })[]
}

const closedMax = 200
const clocksMax = 100

/** The ledger of every clock a contact had, the newest last: "why did this breach?" */
export async function slaLedger(db: Pick<Tx, 'query'>, contactId: string, now: Date): Promise<SlaLedger> {
  const rows = await db.query<Row>(
    `select s.id, s.kind, s.state, p.name as policy, s.queue_id as "queueId", s.channel, s.target_ms as "targetMs", s.started_at as "startedAt", s.due_at as "dueAt", s.warned_at as "warnedAt", s.breached_at as "breachedAt", s.ended_at as "endedAt", s.intervals
     from sla_clock s join sla_policy p on p.id = s.policy_id where s.contact_id = $1 order by s.started_at desc, s.id desc limit ${clocksMax}`, [contactId])
  const hours = await loadHours(db, rows.flatMap((row) => row.intervals.flatMap((interval) => interval.hours?.id ?? [])))
  const escalations = await db.query<{ clockId: string; share: number; action: SlaActionKind; state: SlaEscalationState; reason: string | null; at: Date; doneAt: Date | null }>(
    `select clock_id as "clockId", share, action->>'kind' as action, state, reason, at, done_at as "doneAt" from sla_escalation where clock_id = any($1::uuid[]) order by at, share, position`, [rows.map((row) => row.id)])
  const watchers = await loadWatchers(db, [contactId])
  return {
    at: now.toISOString(), watcherIds: watchers.get(contactId) ?? [],
    clocks: rows.toReversed().map((row) => {
      const intervals = row.intervals.map((interval) => intervalView(interval, hours, now))
      return {
        ...row, intervals, workedMs: intervals.reduce((sum, interval) => sum + interval.workedMs, 0), lateMs: lateMs(row, now),
        startedAt: row.startedAt.toISOString(), dueAt: iso(row.dueAt), warnedAt: iso(row.warnedAt), breachedAt: iso(row.breachedAt), endedAt: iso(row.endedAt),
        escalations: escalations.filter((one) => one.clockId === row.id).map(({ clockId: _clock, ...one }) => ({ ...one, at: one.at.toISOString(), doneAt: iso(one.doneAt) })),
      }
    }),
  }
}

function intervalView(interval: Row['intervals'][number], hours: Awaited<ReturnType<typeof loadHours>>, now: Date): SlaLedger['clocks'][number]['intervals'][number] {
  const [from, to] = [new Date(interval.from), interval.to === null ? null : new Date(interval.to)]
  const calendar = interval.does === 'run' && interval.hours ? hours(interval.hours.id, interval.hours.version) : null
  return {
    does: interval.does, from: from.toISOString(), to: iso(to), workedMs: interval.workedMs ?? (interval.does === 'run' ? workingTimeBetween(calendar, from, now) : 0), because: interval.because, until: interval.until ?? null,
    hours: calendar?.name ?? null, closed: closedWithin(calendar, from, to ?? now, closedMax).map((one) => ({ from: one.from.toISOString(), to: one.to.toISOString() })),
  }
}

/** How long after its due time it ended, or how long it is over now. */
function lateMs({ breachedAt, dueAt, endedAt }: Row, now: Date): number {
  return breachedAt === null || dueAt === null ? 0 : Math.max(0, (endedAt ?? now).getTime() - dueAt.getTime())
}

interface DueRow { clockId: string; contactId: string; conversationId: string; customerId: string; customerLabel: string; queueId: string; channel: Channel; kind: SlaTargetKind; dueAt: Date; warnedAt: Date | null; ownerId: string | null }

const dueSelect = `
  select s.id as "clockId", s.contact_id as "contactId", s.conversation_id as "conversationId", cu.id as "customerId", ${customerLabelSql('cu')} as "customerLabel", s.queue_id as "queueId", s.channel, s.kind, s.due_at as "dueAt",
    s.warned_at as "warnedAt", c.owner_id as "ownerId"
  from sla_clock s join contact c on c.id = s.contact_id join conversation co on co.id = s.conversation_id join customer cu on cu.id = co.customer_id
  where s.state = 'running' and s.breached_at is null`

/** SQL of the next breaches of a queue ($1), at most $2: read in order from one index. */
export const nextBreachesSql = `${dueSelect} and s.queue_id = $1 and s.due_at is not null order by s.due_at limit $2`

export async function nextBreaches(db: Pick<Tx, 'query'>, queueId: string, limit: number): Promise<SlaDue[]> {
  return (await db.query<DueRow>(nextBreachesSql, [queueId, limit])).map(dueView)
}

/** Promises that run out before `until`, in all queues or one, the nearest first. */
export async function atRisk(db: Pick<Tx, 'query'>, until: Date, queueId: string | null, limit: number): Promise<SlaDue[]> {
  const rows = queueId
    ? await db.query<DueRow>(`${dueSelect} and s.queue_id = $1 and s.due_at <= $2 order by s.due_at limit $3`, [queueId, until, limit])
    : await db.query<DueRow>(`${dueSelect} and s.due_at <= $1 order by s.due_at limit $2`, [until, limit])
  return rows.map(dueView)
}

function dueView(row: DueRow): SlaDue {
  return { ...row, dueAt: row.dueAt.toISOString(), warnedAt: iso(row.warnedAt) }
}

function iso(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
