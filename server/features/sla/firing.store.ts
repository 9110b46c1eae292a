/** Many due clocks at once: the statements of one batch, each for all of its contacts. */
import type { SlaStep } from '#contract/api/sla.ts'
import type { Channel, SlaTargetKind } from '#contract/words.ts'
import type { Calendar } from '../../domain/calendar.ts'
import type { Clock, ClockInterval } from '../../domain/sla.ts'
import type { Hours } from '../../domain/sla-policy.ts'
import type { Tx } from '../../platform/db.ts'

export interface Due {
  id: string
  conversationId: string
}

/** Clocks whose warning or due time has come, the most overdue first. */
export async function dueClocks(tx: Pick<Tx, 'query'>, now: Date, limit: number): Promise<Due[]> {
  const rows = await tx.query<Due>(
    `(select id, conversation_id as "conversationId" from sla_clock where state = 'running' and warn_at is not null and warn_at <= $1 order by warn_at limit $2)
     union all
     (select id, conversation_id from sla_clock where state = 'running' and breached_at is null and due_at <= $1 order by due_at limit $2)`, [now, limit])
  return [...new Map(rows.map((row) => [row.id, row])).values()].slice(0, limit)
}

/** Locks these conversations in id order, and says which it got. `isPatient` false: one that somebody works on is left for later. */
export async function lockConversations(tx: Tx, conversationIds: readonly string[], isPatient: boolean): Promise<string[]> {
  const locked = await tx.query<{ id: string }>(`select id from conversation where id = any($1::uuid[]) and folded_into_id is null order by id for update${isPatient ? '' : ' skip locked'}`, [conversationIds])
  return locked.map((row) => row.id)
}

export type DueClock = Clock & { id: string; contactId: string; conversationId: string; queueId: string; contactChannel: Channel; steps: SlaStep[] | null }
type Row = Omit<DueClock, 'hours' | 'intervals'> & { calendarId: string | null; calendarVersion: number | null; intervals: (Omit<ClockInterval, 'from' | 'to'> & { from: string; to: string | null })[] }

/** Of these clocks those that are in locked conversations and fire by `now`, with the steps of their policy where it has actions. */
export async function loadDueClocks(tx: Tx, ids: readonly string[], lockedIds: readonly string[], now: Date): Promise<DueClock[]> {
  const rows = await tx.query<Row>(
    `select s.id, s.contact_id as "contactId", s.conversation_id as "conversationId", s.queue_id as "queueId", s.policy_id as "policyId", s.channel, c.channel as "contactChannel", s.kind, s.turn_id as "turnId", s.target_ms as "targetMs",
       s.warn_shares as "warnShares", s.warned_share as "warnedShare", s.calendar_id as "calendarId", s.calendar_version as "calendarVersion", s.state, s.started_at as "startedAt", s.intervals, s.warn_at as "warnAt", s.due_at as "dueAt",
       s.warned_at as "warnedAt", s.breached_at as "breachedAt", s.ended_at as "endedAt", case when p.has_actions then p.steps end as steps
     from sla_clock s join contact c on c.id = s.contact_id join (select id, steps, jsonb_path_exists(steps, '$[*].actions[*]') as has_actions from sla_policy) p on p.id = s.policy_id
     where s.id = any($1::uuid[]) and s.conversation_id = any($3::uuid[]) and s.state = 'running' and s.breached_at is null and (s.warn_at <= $2 or s.due_at <= $2) order by least(s.warn_at, s.due_at), s.id`, [ids, now, lockedIds])
  const hours = await loadHours(tx, rows)
  return rows.map(({ calendarId, calendarVersion, ...row }) => ({
    ...row, hours: hours(calendarId, calendarVersion),
    intervals: row.intervals.map((interval) => ({ ...interval, from: new Date(interval.from), to: interval.to === null ? null : new Date(interval.to) })),
  }))
}

/** The versions of business hours that clocks name, each read once. */
export async function loadHours(tx: Pick<Tx, 'query'>, named: readonly { calendarId: string | null; calendarVersion: number | null }[]): Promise<(id: string | null, version: number | null) => Hours> {
  const ids = [...new Set(named.flatMap((one) => one.calendarId ?? []))]
  const rows = ids.length === 0 ? [] : await tx.query<Calendar & { id: string; version: number; name: string }>(
    `select c.id, v.version, c.name, v.time_zone as "timeZone", v.periods, v.exceptions from calendar c
     join lateral (select c.version, c.time_zone, c.periods, c.exceptions union all select p.version, p.time_zone, p.periods, p.exceptions from calendar_past p where p.calendar_id = c.id) v on true
     where c.id = any($1::uuid[]) order by v.version desc`, [ids])
  return (id, version) => {
    const own = rows.find((row) => row.id === id && row.version === version) ?? rows.find((row) => row.id === id)
    return own ? { id: own.id, version: version ?? own.version, calendar: own } : null
  }
}

/** Writes that clocks fired. */
export async function markFired(tx: Tx, clocks: readonly DueClock[]): Promise<void> {
  await tx.execute(
    `update sla_clock s set warn_at = r.warn_at, warned_share = r.warned_share, warned_at = r.warned_at, breached_at = r.breached_at, version = version + 1
     from unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::timestamptz[], $5::timestamptz[]) as r(id, warn_at, warned_share, warned_at, breached_at) where s.id = r.id`,
    [clocks.map((c) => c.id), clocks.map((c) => c.warnAt), clocks.map((c) => c.warnedShare), clocks.map((c) => c.warnedAt), clocks.map((c) => c.breachedAt)])
}

/** A contact that changed without its state: what is needed to tell it. */
export interface TouchedContact {
  id: string
  conversationId: string
  state: 'arriving' | 'waiting' | 'offered' | 'active' | 'pending' | 'snoozed' | 'wrap-up' | 'closed'
  ownerId: string | null
  offeredTo: string | null
  restrictedTeamId: string | null
  channel: Channel
  version: number
  teamIds: string[]
}

export async function touchContacts(tx: Tx, contactIds: readonly string[], now: Date): Promise<TouchedContact[]> {
  return tx.query(
    `with touched as (update contact c set version = c.version + 1, updated_at = $2 where c.id = any($1::uuid[]) returning c.id, c.conversation_id, c.state, c.owner_id, c.channel, c.version, c.queue_id)
     select t.id, t.conversation_id as "conversationId", t.state, t.owner_id as "ownerId", t.channel, t.version, case when q.restricted then q.team_id end as "restrictedTeamId",
       (select o.agent_id from offer o where o.contact_id = t.id and o.ended_at is null) as "offeredTo",
       coalesce((select array_agg(ct.team_id) from conversation_team ct where ct.conversation_id = t.conversation_id), '{}') as "teamIds"
     from touched t join queue q on q.id = t.queue_id`, [contactIds, now])
}

export interface NewFact {
  id: string
  conversationId: string
  contactId: string
  channel: Channel
  target: SlaTargetKind
}

/** One system item at the end of each conversation named, several in the order given; the conversations are locked. */
export async function addBreachFacts(tx: Tx, facts: readonly NewFact[], now: Date): Promise<void> {
  if (facts.length === 0) return
  await tx.execute(
    `with fact as (
       select f.*, row_number() over (partition by f.conversation_id order by f.n)::int as k from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) with ordinality as f(id, conversation_id, contact_id, channel, target, n)
     ), placed as (
       select fact.*, co.last_seq + fact.k as seq, greatest($6::timestamptz, co.last_message_at + interval '1 millisecond') + (fact.k - 1) * interval '1 millisecond' as at
       from fact join conversation co on co.id = fact.conversation_id
     ), bumped as (
       update conversation co set last_seq = p.seq, last_message_at = p.at, version = co.version + p.k
       from (select distinct on (conversation_id) * from placed order by conversation_id, k desc) p where co.id = p.conversation_id
     )
     insert into message (id, conversation_id, seq, at, contact_id, kind, channel, direction, status, text, data)
     select id, conversation_id, seq, at, contact_id, 'system', channel, 'internal', 'received', '', jsonb_build_object('system', jsonb_build_object('code', 'sla-breached', 'facts', jsonb_build_object('target', target))) from placed`,
    [facts.map((f) => f.id), facts.map((f) => f.conversationId), facts.map((f) => f.contactId), facts.map((f) => f.channel), facts.map((f) => f.target), now])
}
