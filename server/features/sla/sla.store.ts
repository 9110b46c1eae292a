import type { Calendar } from '../../domain/calendar.ts'
import type { Clock, ClockInterval } from '../../domain/sla.ts'
import type { Applies, Hours, PolicyChoice, PromiseFacts } from '../../domain/sla-policy.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

/** A stored clock. */
export type ClockRow = Clock & { id: string; contactId: string; queueId: string }

/** A contact's clocks that have not ended (and those that may run again), and the policies it may be promised by. */
export interface ContactClocks extends PromiseFacts {
  contactId: string
  conversationId: string
  openedAt: Date
  isClosed: boolean
  hasOwner: boolean
  wasAccepted: boolean
  hasHumanReply: boolean
  openTurn: { id: string; startedAt: Date } | null
  choices: PolicyChoice[]
  clocks: ClockRow[]
}

interface JsonCalendar extends Calendar { id: string; version: number }
interface JsonPolicy { id: string; targets: PolicyChoice['targets']; shares: number[]; calendarId: string | null; applies: Applies | null }
type JsonClock = Omit<ClockRow, 'hours' | 'startedAt' | 'warnAt' | 'dueAt' | 'warnedAt' | 'breachedAt' | 'endedAt' | 'intervals'> &
  Record<'startedAt', string> & Record<'warnAt' | 'dueAt' | 'warnedAt' | 'breachedAt' | 'endedAt', string | null> &
  { calendarId: string | null; calendarVersion: number | null; intervals: (Omit<ClockInterval, 'from' | 'to'> & { from: string; to: string | null })[] }
type Row = Omit<ContactClocks, 'clocks' | 'choices' | 'openTurn'> & { openTurn: { id: string; startedAt: string } | null; queueCalendarId: string | null; clocks: JsonClock[]; policies: JsonPolicy[]; calendars: JsonCalendar[] }

const clockJson = `jsonb_build_object('id', s.id, 'contactId', s.contact_id, 'queueId', s.queue_id, 'policyId', s.policy_id, 'channel', s.channel, 'kind', s.kind, 'turnId', s.turn_id, 'targetMs', s.target_ms,
  'warnShares', s.warn_shares, 'warnedShare', s.warned_share, 'calendarId', s.calendar_id, 'calendarVersion', s.calendar_version, 'state', s.state, 'startedAt', s.started_at, 'intervals', s.intervals,
  'warnAt', s.warn_at, 'dueAt', s.due_at, 'warnedAt', s.warned_at, 'breachedAt', s.breached_at, 'endedAt', s.ended_at)`
/** Not ended, or one that may run again. */
const isKept = `(s.state in ('running', 'paused') or s.kind = 'resolution' or s.turn_id is not null)`
const calendarJson = (alias: string, id: string) => `jsonb_build_object('id', ${id}, 'version', ${alias}.version, 'timeZone', ${alias}.time_zone, 'periods', ${alias}.periods, 'exceptions', ${alias}.exceptions)`

/** The policies that may be promised in queue `q`, in the order they are asked in. */
const policiesSql = `coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'targets', p.targets, 'calendarId', p.calendar_id, 'applies', p.applies,
           'shares', (select coalesce(jsonb_agg(st->'share' order by st->'share'), '[]') from jsonb_array_elements(p.steps) st where (st->>'share')::float8 < 1)) order by p.position, p.name)
         from sla_policy p where p.retired_at is null and (p.applies is not null or p.id = q.sla_policy_id)), '[]')`
/** The hours of queue `q` and of policies, and what else is needed. */
const calendarsSql = (also = 'false') => `coalesce((select jsonb_agg(${calendarJson('ca', 'ca.id')}) from calendar ca where ca.id = q.calendar_id
           or exists (select 1 from sla_policy p where p.retired_at is null and ca.id in (p.calendar_id, (p.applies->>'calendarId')::uuid)) or ${also}), '[]')`

/** What a queue's contacts may be promised by, as a column of a statement that reads more, over queue `q`. SQL; see `choicesOf`. */
export const promisesSql = `jsonb_build_object('queuePolicyId', q.sla_policy_id, 'queueCalendarId', q.calendar_id, 'policies', ${policiesSql}, 'calendars', ${calendarsSql()})`

export interface Promises extends Pick<Row, 'queuePolicyId' | 'queueCalendarId' | 'policies' | 'calendars'> {}

/** One statement for any number of contacts: it stands in the way of every message that starts a turn. */
export async function loadClocksOf(tx: Pick<Tx, 'query'>, contactIds: readonly string[]): Promise<ContactClocks[]> {
  const rows = await tx.query<Row>(
    `select c.id as "contactId", c.conversation_id as "conversationId", c.queue_id as "queueId", q.sla_policy_id as "queuePolicyId", q.calendar_id as "queueCalendarId", cu.tier, c.channel, c.priority,
       c.opened_at as "openedAt", c.state = 'closed' as "isClosed", c.first_response_at is not null as "hasHumanReply", c.accepted_at is not null as "wasAccepted",
       exists (select 1 from assignment a where a.contact_id = c.id and a.released_at is null) as "hasOwner",
       (select jsonb_build_object('id', t.id, 'startedAt', t.started_at) from turn t where t.conversation_id = c.conversation_id and t.contact_id = c.id and t.ended_at is null) as "openTurn",
       coalesce((select jsonb_agg(${clockJson}) from sla_clock s where s.contact_id = c.id and ${isKept}), '[]') as clocks,
       ${policiesSql} as policies,
       ${calendarsSql('exists (select 1 from sla_clock s where s.contact_id = c.id and s.calendar_id = ca.id)')}
         || coalesce((select jsonb_agg(${calendarJson('cp', 'cp.calendar_id')}) from calendar_past cp
           where exists (select 1 from sla_clock s where s.contact_id = c.id and s.calendar_id = cp.calendar_id and s.calendar_version = cp.version)), '[]') as calendars
     from contact c join queue q on q.id = c.queue_id join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id where c.id = any($1::uuid[])`, [contactIds])
  return rows.map(toContactClocks)
}

/** The clocks alone: what happens to a contact moves those it has, whatever it is promised by. */
export async function loadClocks(tx: Pick<Tx, 'query'>, contactId: string): Promise<ClockRow[]> {
  return loadClocksWhere(tx, 's.contact_id = $1', contactId)
}

/** The same for the contact of a conversation that is not closed. */
export async function loadClocksOfOpen(tx: Pick<Tx, 'query'>, conversationId: string): Promise<ClockRow[]> {
  return loadClocksWhere(tx, `s.contact_id = (select id from contact where conversation_id = $1 and state <> 'closed')`, conversationId)
}

/** The same for the contact somebody is asked to take. */
export async function loadClocksOfOffer(tx: Pick<Tx, 'query'>, offerId: string): Promise<ClockRow[]> {
  return loadClocksWhere(tx, 's.contact_id = (select contact_id from offer where id = $1)', offerId)
}

async function loadClocksWhere(tx: Pick<Tx, 'query'>, where: string, id: string): Promise<ClockRow[]> {
  return toClocks(await tx.query<StoredClock>(`select ${clockJson} as clock, ${calendarOfClock} as calendar ${clocksFrom} where ${where} and ${isKept}`, [id]))
}

export interface StoredClock { clock: JsonClock; calendar: JsonCalendar | null }

const calendarOfClock = `case when cp.version is not null then ${calendarJson('cp', 'cp.calendar_id')} when ca.id is not null then ${calendarJson('ca', 'ca.id')} end`
const clocksFrom = `from sla_clock s left join calendar ca on ca.id = s.calendar_id
       left join calendar_past cp on cp.calendar_id = s.calendar_id and cp.version = s.calendar_version and cp.version <> ca.version`

/** The clocks of a contact as a column of a statement that reads more: see `toClocks`. SQL; `contact` is an expression. */
export function clocksSql(contact: string): string {
  return `(select coalesce(jsonb_agg(jsonb_build_object('clock', ${clockJson}, 'calendar', ${calendarOfClock})), '[]') ${clocksFrom} where s.contact_id = ${contact} and ${isKept})`
}

export function toClocks(stored: readonly StoredClock[]): ClockRow[] {
  return stored.map(({ clock, calendar }) => toClock(clock, calendar && { id: calendar.id, version: clock.calendarVersion ?? calendar.version, calendar }))
}

export async function loadContactClocks(tx: Pick<Tx, 'query'>, contactId: string): Promise<ContactClocks> {
  const [facts] = await loadClocksOf(tx, [contactId])
  if (!facts) throw new Error('a contact vanished under its conversation lock')
  return facts
}

function toContactClocks({ queueCalendarId, policies, calendars, openTurn, ...row }: Row): ContactClocks {
  return {
    ...row,
    openTurn: openTurn && { id: openTurn.id, startedAt: new Date(openTurn.startedAt) },
    choices: choicesOf({ queueCalendarId, policies, calendars }),
    clocks: row.clocks.map((clock) => toClock(clock, hoursOf(calendars, clock.calendarId, clock.calendarVersion))),
  }
}

/** The policies with their hours, to choose from. */
export function choicesOf({ queueCalendarId, policies, calendars }: Omit<Promises, 'queuePolicyId'>): PolicyChoice[] {
  return policies.map((policy) => ({
    id: policy.id, targets: policy.targets, warnShares: policy.shares, hours: hoursOf(calendars, policy.calendarId ?? queueCalendarId), applies: policy.applies, during: hoursOf(calendars, policy.applies?.calendarId ?? null)?.calendar ?? null,
  }))
}

/** The current version comes first among them: it stands in for one that was not kept. */
function hoursOf(calendars: readonly JsonCalendar[], id: string | null, version?: number | null): Hours {
  const own = id === null ? undefined : (calendars.find((one) => one.id === id && (version == null || one.version === version)) ?? calendars.find((one) => one.id === id))
  return own ? { id: own.id, version: version ?? own.version, calendar: own } : null
}

function toClock({ calendarId: _id, calendarVersion: _version, ...json }: JsonClock, hours: Hours): ClockRow {
  const date = (at: string | null): Date | null => (at === null ? null : new Date(at))
  return {
    ...json, hours, startedAt: new Date(json.startedAt), warnAt: date(json.warnAt), dueAt: date(json.dueAt), warnedAt: date(json.warnedAt), breachedAt: date(json.breachedAt), endedAt: date(json.endedAt),
    intervals: json.intervals.map((interval) => ({ ...interval, until: interval.until ?? null, hours: interval.hours ?? null, from: new Date(interval.from), to: date(interval.to) })),
  }
}

export function insertClocks(tx: Pick<Tx, 'send'>, facts: Pick<ContactClocks, 'contactId' | 'conversationId' | 'queueId'>, clocks: readonly Clock[], at: Date): void {
  if (clocks.length === 0) return
  tx.send(
    `insert into sla_clock (id, contact_id, conversation_id, queue_id, timed_at, turn_id, kind, policy_id, channel, target_ms, warn_shares, calendar_id, calendar_version, state, started_at, intervals, warn_at, due_at)
     select r.id, $2, $3, $4, $5, r.turn_id, r.kind, r.policy_id, r.channel, r.target_ms, r.warn_shares, r.calendar_id, r.calendar_version, r.state, r.started_at, r.intervals, r.warn_at, r.due_at
     from jsonb_to_recordset($1::jsonb) as r(id uuid, turn_id uuid, kind text, policy_id uuid, channel text, target_ms bigint, warn_shares float8[], calendar_id uuid, calendar_version int, state text, started_at timestamptz, intervals jsonb, warn_at timestamptz, due_at timestamptz)`,
    [JSON.stringify(clocks.map((clock) => ({
      id: newId(at), turn_id: clock.turnId, kind: clock.kind, policy_id: clock.policyId, channel: clock.channel, target_ms: clock.targetMs, warn_shares: clock.warnShares, calendar_id: clock.hours?.id ?? null,
      calendar_version: clock.hours?.version ?? null, state: clock.state, started_at: clock.startedAt, intervals: clock.intervals, warn_at: clock.warnAt, due_at: clock.dueAt,
    }))), facts.contactId, facts.conversationId, facts.queueId, at])
}

/** Writes what may have changed of clocks. `timedAt`: they were timed by what is promised now. */
export function updateClocks(tx: Pick<Tx, 'send'>, clocks: readonly ClockRow[], timedAt: Date | null = null): void {
  if (clocks.length === 0) return
  tx.send(
    `update sla_clock s set state = r.state, policy_id = r.policy_id, queue_id = r.queue_id, target_ms = r.target_ms, warn_shares = r.warn_shares, warned_share = r.warned_share, calendar_id = r.calendar_id,
       calendar_version = r.calendar_version, intervals = r.intervals, warn_at = r.warn_at, due_at = r.due_at, warned_at = r.warned_at, breached_at = r.breached_at, ended_at = r.ended_at,
       timed_at = coalesce($2, s.timed_at), version = version + 1
     from jsonb_to_recordset($1::jsonb) as r(id uuid, state text, policy_id uuid, queue_id uuid, target_ms bigint, warn_shares float8[], warned_share float8, calendar_id uuid, calendar_version int, intervals jsonb,
       warn_at timestamptz, due_at timestamptz, warned_at timestamptz, breached_at timestamptz, ended_at timestamptz)
     where s.id = r.id`,
    [JSON.stringify(clocks.map((clock) => ({
      id: clock.id, state: clock.state, policy_id: clock.policyId, queue_id: clock.queueId, target_ms: clock.targetMs, warn_shares: clock.warnShares, warned_share: clock.warnedShare, calendar_id: clock.hours?.id ?? null,
      calendar_version: clock.hours?.version ?? null, intervals: clock.intervals, warn_at: clock.warnAt, due_at: clock.dueAt, warned_at: clock.warnedAt, breached_at: clock.breachedAt, ended_at: clock.endedAt,
    }))), timedAt])
}

export async function nextClockAt(tx: Pick<Tx, 'one'>): Promise<Date | null> {
  const row = await tx.one<{ at: Date | null }>(
    `select least((select min(warn_at) from sla_clock where state = 'running' and warn_at is not null), (select min(due_at) from sla_clock where state = 'running' and breached_at is null)) as at`)
  return row.at
}

/** Contacts with clocks that were last timed before `since`. */
export async function contactsToRetime(tx: Pick<Tx, 'query'>, since: Date, limit: number): Promise<string[]> {
  const rows = await tx.query<{ contactId: string }>(
    `select distinct contact_id as "contactId" from (select contact_id from sla_clock where state in ('running', 'paused') and timed_at < $1 and timed_at < 'infinity' order by timed_at limit $2) open`, [since, limit])
  return rows.map((row) => row.contactId)
}

/** These clocks need no other times: they were looked at. */
export async function markTimed(tx: Pick<Tx, 'execute'>, clockIds: readonly string[], since: Date): Promise<void> {
  if (clockIds.length > 0) await tx.execute(`update sla_clock set timed_at = $2 where id = any($1::uuid[]) and timed_at < $2`, [clockIds, since])
}

const retimeKey = 'sla.retime'

/** Promises changed: clocks timed before `since` are to be looked at. */
export async function askToRetime(tx: Tx, since: Date): Promise<void> {
  await tx.execute(`insert into setting (key, value, updated_at) values ($1, to_jsonb($2::timestamptz), $2) on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`, [retimeKey, since])
}

export async function retimeAskedAt(tx: Pick<Tx, 'maybe'>): Promise<Date | null> {
  const row = await tx.maybe<{ at: Date }>(`select updated_at as at from setting where key = $1`, [retimeKey])
  return row?.at ?? null
}

