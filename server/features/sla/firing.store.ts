/** Many due clocks at once: the statements of one batch, each for all of its contacts. */
import type { SlaStep } from '#contract/api/sla.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Channel, ContactState, SlaTargetKind } from '#contract/words.ts'
import type { Clock, ClockInterval } from '../../domain/sla.ts'
import type { Hours } from '../../domain/sla-policy.ts'
import type { Tx } from '../../platform/db.ts'
import { loadHours, type NamedHours } from './hours.store.ts'

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

/** A locked conversation: where its next item stands. */
export interface Held {
  id: string
  lastSeq: number
  lastMessageAt: Date | null
  teamIds: string[]
}

/** Locks these conversations in id order, and says which it got. `isPatient` false: one that somebody works on is left for later. */
export async function lockConversations(tx: Tx, conversationIds: readonly string[], isPatient: boolean): Promise<Held[]> {
  return tx.query<Held>(
    `select co.id, co.last_seq as "lastSeq", co.last_message_at as "lastMessageAt", coalesce((select array_agg(ct.team_id) from conversation_team ct where ct.conversation_id = co.id), '{}') as "teamIds"
     from conversation co where co.id = any($1::uuid[]) and co.folded_into_id is null order by co.id for update of co${isPatient ? '' : ' skip locked'}`, [conversationIds])
}

/** Breaches written by `breachPlainly`, of one target. */
export interface PlainBreaches {
  target: SlaTargetKind
  breaches: number
  /** What fired: breaches, and the warnings that nobody had looked at before them. */
  firings: number
}

/** Where an event of a contact is told, as `staffRooms` has it; `t` has conversation, owner and who is offered it. */
const [roomStart, roomEnd] = roomOf.conversationFull('|').split('|')
const roomsSql = `array['${roomOf.conversation('')}' || t.conversation_id, '${roomStart}' || t.conversation_id || '${roomEnd}', '${roomOf.supervisors}']
  || case when t.restricted_to is null then (select array_agg('${roomOf.team('')}' || ct.team_id) from conversation_team ct where ct.conversation_id = t.conversation_id) else array['${roomOf.team('')}' || t.restricted_to] end
  || array_remove(array['${roomOf.agent('')}' || t.owner_id, case when t.offered_to is distinct from t.owner_id then '${roomOf.agent('')}' || t.offered_to end], null)`

/**
 * Breaches clocks on whose breach nobody acts: no steps, no watchers; one of each conversation. The first statement claims them by
 * their conversations' locks, the most overdue first, and passes over those that somebody works on. The second sees what was
 * committed before the locks, and writes clock, contact, conversation, item and event of all of them, as `whatFires`, `afterFiring`,
 * `addBreachFacts` and `contactEvent` have it for any clock (a test holds them to each other). Both leave in one write: what is
 * claimed is handed from one to the other in a setting of the transaction. `ids`: for items and events, as many as may be claimed.
 */
export async function breachPlainly(tx: Tx, ids: readonly string[], now: Date): Promise<{ claimed: number; breached: PlainBreaches[] }> {
  const [{ claimed }, breached] = await Promise.all([
    tx.one<{ claimed: number }>(
      `with claimed as materialized (
         select s.id from sla_clock s join conversation co on co.id = s.conversation_id join sla_policy p on p.id = s.policy_id
         where s.state = 'running' and s.breached_at is null and s.due_at <= $1 and co.folded_into_id is null and not jsonb_path_exists(p.steps, '$[*].actions[*]')
         order by s.due_at limit $2 for update of co skip locked
       )
       select count(*)::int as claimed, set_config('tributary.claimed', coalesce(string_agg(id::text, ','), ''), true) from claimed`, [now, ids.length]),
    tx.query<PlainBreaches>(
      `with due as materialized (
         select distinct on (s.conversation_id) s.id, s.contact_id, s.conversation_id, s.kind, (select count(*)::int from unnest(s.warn_shares) share where share > coalesce(s.warned_share, 0)) as warnings
         from unnest(string_to_array(current_setting('tributary.claimed'), ',')::uuid[]) as n(id) join sla_clock s on s.id = n.id join sla_policy p on p.id = s.policy_id
         where s.state = 'running' and s.breached_at is null and s.due_at <= $1 and not jsonb_path_exists(p.steps, '$[*].actions[*]')
           and not exists (select 1 from contact x join contact_watcher w on w.contact_id = x.id where x.conversation_id = s.conversation_id and (x.id = s.contact_id or x.merged_into_id = s.contact_id))
         order by s.conversation_id, least(s.warn_at, s.due_at), s.id
       ), fired as (
         update sla_clock s set breached_at = $1, warn_at = null, version = s.version + 1, warned_at = case when d.warnings > 0 then $1 else s.warned_at end,
           warned_share = case when d.warnings > 0 then (select max(share) from unnest(s.warn_shares) share) else s.warned_share end
         from due d where s.id = d.id
       ), touched as (
         update contact c set version = c.version + 1, updated_at = $1 from (select *, row_number() over () as n from due) d, queue q where c.id = d.contact_id and q.id = c.queue_id
         returning ($2::uuid[])[d.n] as new_id, d.kind, d.warnings, c.id as contact_id, d.conversation_id, c.state, c.owner_id, c.channel, c.version, case when q.restricted then q.team_id end as restricted_to,
           case when c.state = 'offered' or c.owner_id is not null then (select o.agent_id from offer o where o.contact_id = c.id and o.ended_at is null) end as offered_to
       ), moved as (
         update conversation co set version = co.version + 1, last_seq = co.last_seq + 1, last_message_at = greatest($1, co.last_message_at + interval '1 ms') from touched t where co.id = t.conversation_id
         returning t.*, co.last_seq, co.last_message_at
       ), said as (
         insert into message (id, conversation_id, seq, at, contact_id, kind, channel, direction, status, text, data)
         select new_id, conversation_id, last_seq, last_message_at, contact_id, 'system', channel, 'internal', 'received', '', jsonb_build_object('system', jsonb_build_object('code', 'sla-breached', 'facts', jsonb_build_object('target', kind))) from moved
       ), told as (
         insert into event (id, type, conversation_id, contact_id, data, rooms, at)
         select t.new_id, 'sla.breached', t.conversation_id, t.contact_id,
           jsonb_build_object('contactIds', array[t.contact_id], 'version', t.version, 'messageIds', array[t.new_id], 'facts', jsonb_build_object('state', t.state, 'ownerId', t.owner_id)), ${roomsSql}, $1 from moved t
       )
       select kind as target, count(*)::int as breaches, sum(warnings + 1)::int as firings from moved group by kind`, [now, ids]),
  ])
  return { claimed, breached }
}

/** One more item at the end of a conversation. */
function moveOn(conversation: Held, now: Date): void {
  conversation.lastSeq += 1
  conversation.lastMessageAt = new Date(Math.max(now.getTime(), (conversation.lastMessageAt?.getTime() ?? 0) + 1))
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
  const hours = await loadHours(tx, rows.flatMap((row) => row.calendarId ?? []))
  return rows.map(({ calendarId, calendarVersion, ...row }) => ({
    ...row, hours: hoursOf(hours(calendarId, calendarVersion), calendarVersion),
    intervals: row.intervals.map((interval) => ({ ...interval, from: new Date(interval.from), to: interval.to === null ? null : new Date(interval.to) })),
  }))
}

function hoursOf(named: NamedHours | null, version: number | null): Hours {
  return named && { id: named.id, version: version ?? named.version, calendar: named }
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
  state: ContactState
  ownerId: string | null
  offeredTo: string | null
  restrictedTeamId: string | null
  channel: Channel
  version: number
}

export async function touchContacts(tx: Tx, contactIds: readonly string[], now: Date): Promise<TouchedContact[]> {
  return tx.query(
    `update contact c set version = c.version + 1, updated_at = $2 from queue q where q.id = c.queue_id and c.id = any($1::uuid[])
     returning c.id, c.conversation_id as "conversationId", c.state, c.owner_id as "ownerId", c.channel, c.version, case when q.restricted then q.team_id end as "restrictedTeamId",
       case when c.state = 'offered' or c.owner_id is not null then (select o.agent_id from offer o where o.contact_id = c.id and o.ended_at is null) end as "offeredTo"`, [contactIds, now])
}

export interface NewFact {
  id: string
  conversationId: string
  contactId: string
  channel: Channel
  target: SlaTargetKind
}

/** One system item at the end of each conversation named, several in the order given. `held` moves on as other items would move it. */
export async function addBreachFacts(tx: Tx, facts: readonly NewFact[], held: ReadonlyMap<string, Held>, now: Date): Promise<void> {
  if (facts.length === 0) return
  const placed = facts.flatMap((fact) => {
    const conversation = held.get(fact.conversationId)
    if (!conversation) return []
    moveOn(conversation, now)
    return [{ ...fact, seq: conversation.lastSeq, at: conversation.lastMessageAt! }]
  })
  const moved = [...new Set(facts.map((fact) => fact.conversationId))].flatMap((id) => held.get(id) ?? [])
  await Promise.all([
    tx.execute(
      `insert into message (id, conversation_id, seq, at, contact_id, kind, channel, direction, status, text, data)
       select f.id, f.conversation_id, f.seq, f.at, f.contact_id, 'system', f.channel, 'internal', 'received', '', jsonb_build_object('system', jsonb_build_object('code', 'sla-breached', 'facts', jsonb_build_object('target', f.target)))
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::timestamptz[]) as f(id, conversation_id, contact_id, channel, target, seq, at)`,
      [placed.map((f) => f.id), placed.map((f) => f.conversationId), placed.map((f) => f.contactId), placed.map((f) => f.channel), placed.map((f) => f.target), placed.map((f) => f.seq), placed.map((f) => f.at)]),
    tx.execute(
      `update conversation co set version = co.version + m.seq - co.last_seq, last_seq = m.seq, last_message_at = m.at from unnest($1::uuid[], $2::int[], $3::timestamptz[]) as m(id, seq, at) where co.id = m.id`,
      [moved.map((one) => one.id), moved.map((one) => one.lastSeq), moved.map((one) => one.lastMessageAt)]),
  ])
}
