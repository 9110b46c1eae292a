import type { Channel, SlaTargetKind } from '#contract/words.ts'
import type { Calendar } from '../../domain/calendar.ts'
import type { Clock, ClockInterval, SlaPolicy } from '../../domain/sla.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

/** A stored clock. */
export type ClockRow = Clock & { id: string; contactId: string }

export interface ContactClocks {
  conversationId: string
  queueId: string
  channel: Channel
  hasOwner: boolean
  hasHumanReply: boolean
  isCall: boolean
  policy: SlaPolicy | null
  calendar: Calendar | null
  clocks: ClockRow[]
}

type JsonClock = Omit<ClockRow, 'startedAt' | 'warnAt' | 'dueAt' | 'warnedAt' | 'breachedAt' | 'endedAt' | 'intervals'> &
  Record<'startedAt', string> & Record<'warnAt' | 'dueAt' | 'warnedAt' | 'breachedAt' | 'endedAt', string | null> & { intervals: (Omit<ClockInterval, 'from' | 'to'> & { from: string; to: string | null })[] }

/** A contact's policy, calendar and clocks that have not ended (and the resolution clock, which may run again), in one statement. */
export async function loadContactClocks(tx: Pick<Tx, 'one'>, contactId: string): Promise<ContactClocks> {
  const row = await tx.one<Omit<ContactClocks, 'clocks' | 'policy'> & { clocks: JsonClock[]; policy: Omit<SlaPolicy, 'calendar'> | null }>(
    `select c.conversation_id as "conversationId", c.queue_id as "queueId", c.channel, c.first_response_at is not null as "hasHumanReply",
       exists (select 1 from assignment a where a.contact_id = c.id and a.released_at is null) as "hasOwner",
       exists (select 1 from session s where s.contact_id = c.id and s.kind = 'call' and s.ended_at is null) as "isCall",
       case when p.id is not null then jsonb_build_object('id', p.id, 'warnShare', p.warn_share, 'targets', p.targets) end as policy,
       case when ca.id is not null then jsonb_build_object('timeZone', ca.time_zone, 'periods', ca.periods, 'exceptions', ca.exceptions) end as calendar,
       coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'contactId', s.contact_id, 'kind', s.kind, 'turnId', s.turn_id, 'targetMs', s.target_ms, 'warnShare', p.warn_share, 'state', s.state,
           'startedAt', s.started_at, 'intervals', s.intervals, 'warnAt', s.warn_at, 'dueAt', s.due_at, 'warnedAt', s.warned_at, 'breachedAt', s.breached_at, 'endedAt', s.ended_at))
         from sla_clock s where s.contact_id = c.id and (s.state in ('running', 'paused') or s.kind = 'resolution' or s.turn_id is not null)), '[]') as clocks
     from contact c join queue q on q.id = c.queue_id left join sla_policy p on p.id = q.sla_policy_id
     left join calendar ca on ca.id = coalesce(p.calendar_id, q.calendar_id) where c.id = $1`, [contactId])
  return { ...row, policy: row.policy ? { ...row.policy, calendar: row.calendar } : null, clocks: row.clocks.map(toClock) }
}

function toClock(json: JsonClock): ClockRow {
  const date = (at: string | null): Date | null => (at === null ? null : new Date(at))
  return {
    ...json, startedAt: new Date(json.startedAt), warnAt: date(json.warnAt), dueAt: date(json.dueAt), warnedAt: date(json.warnedAt), breachedAt: date(json.breachedAt), endedAt: date(json.endedAt),
    intervals: json.intervals.map((interval) => ({ ...interval, from: new Date(interval.from), to: date(interval.to) })),
  }
}

export async function insertClocks(tx: Tx, contactId: string, facts: ContactClocks, policyId: string, clocks: readonly Clock[], at: Date): Promise<void> {
  for (const clock of clocks) {
    await tx.execute(
      `insert into sla_clock (id, contact_id, conversation_id, turn_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, warn_at, due_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [newId(at), contactId, facts.conversationId, clock.turnId, clock.kind, policyId, facts.queueId, facts.channel, clock.targetMs, clock.state, clock.startedAt, JSON.stringify(clock.intervals), clock.warnAt, clock.dueAt])
  }
}

export async function updateClock(tx: Tx, clock: ClockRow): Promise<void> {
  await tx.execute(
    `update sla_clock set state = $2, intervals = $3, warn_at = $4, due_at = $5, warned_at = $6, breached_at = $7, ended_at = $8, version = version + 1 where id = $1`,
    [clock.id, clock.state, JSON.stringify(clock.intervals), clock.warnAt, clock.dueAt, clock.warnedAt, clock.breachedAt, clock.endedAt])
}

/** Running clocks whose warning or due time has come: contacts, so that each is handled under its conversation's lock. */
export async function dueClocks(tx: Pick<Tx, 'query'>, now: Date, limit: number): Promise<{ id: string; contactId: string; kind: SlaTargetKind }[]> {
  return tx.query(
    `(select id, contact_id as "contactId", kind, warn_at as at from sla_clock where state = 'running' and warned_at is null and warn_at <= $1 order by warn_at limit $2)
     union
     (select id, contact_id, kind, due_at from sla_clock where state = 'running' and breached_at is null and due_at <= $1 order by due_at limit $2)
     order by at limit $2`, [now, limit])
}

export async function nextClockAt(tx: Pick<Tx, 'one'>): Promise<Date | null> {
  const row = await tx.one<{ at: Date | null }>(
    `select least((select min(warn_at) from sla_clock where state = 'running' and warned_at is null), (select min(due_at) from sla_clock where state = 'running' and breached_at is null)) as at`)
  return row.at
}
