import type { FollowUp, FollowUpDetail, FollowUpKind, followUpViews } from '#contract/api/followups.ts'
import { followUpSteps, type FollowUpStep, type Recheck, type SlaTargetKind } from '#contract/words.ts'
import type { LateClock } from '../../domain/lateness.ts'
import { notFound } from '../../platform/errors.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { hiddenContactSql, mayListSql, seesEverybody, type Viewer } from '../customers/customers.visibility.ts'

type Row = Omit<FollowUp, 'dueAt' | 'overdueAt' | 'handledAt' | 'recheckedAt' | 'closedAt' | 'createdAt'> & { dueAt: Date; overdueAt: Date | null; handledAt: Date | null; recheckedAt: Date | null; closedAt: Date | null; createdAt: Date }

const select = `
  select f.id, f.customer_id as "customerId", ${customerLabelSql('cu')} as "customerLabel", f.conversation_id as "conversationId", f.contact_id as "contactId", f.kind, f.title, f.owner_id as "ownerId",
    f.department_id as "departmentId", f.cause_id as "causeId", f.due_at as "dueAt", f.overdue_at as "overdueAt", f.state, f.remedy, f.handled_at as "handledAt", f.recheck, f.recheck_score as "recheckScore", f.source, f.rechecked_at as "recheckedAt", f.closed_at as "closedAt", f.created_at as "createdAt", f.version
  from follow_up f join customer cu on cu.id = f.customer_id`

/** An agent sees the follow-ups of conversations they see, and their own; one about a contact they may not read, only as its owner. */
function sightSql(viewer: Viewer): string {
  if (seesEverybody(viewer)) return '$1::uuid is not null'
  return `(f.owner_id = $1 or (${mayListSql(viewer, 'f.conversation_id', '$1::uuid')} and not ${hiddenContactSql('f.contact_id', '$1::uuid')}))`
}

export interface FollowUpFilter {
  view: (typeof followUpViews)[number]
  state: 'open' | 'closed'
  customerId?: string | undefined
  contactId?: string | undefined
  departmentId?: string | undefined
  ownerId?: string | undefined
  kind?: FollowUpKind | undefined
  /** Due time (of closed ones: closing time) and id of the last row of the page before. */
  after: { at: string; id: string } | null
}

/** Open ones the most urgent first, closed ones the last closed. */
export async function listFollowUps(db: Pick<Tx, 'query'>, viewer: Viewer, filter: FollowUpFilter, now: Date, limit: number): Promise<FollowUp[]> {
  const [at, before, order] = filter.state === 'open' ? ['f.due_at', '>', 'asc'] : ['f.closed_at', '<', 'desc']
  const rows = await db.query<Row>(
    `${select} where ${sightSql(viewer)} and f.state = $2 and ($3 <> 'unowned' or f.owner_id is null) and ($3 <> 'mine' or f.owner_id = $1) and ($3 <> 'due' or f.due_at <= $4) and ($5::uuid is null or f.customer_id = $5)
       and ($6::uuid is null or f.contact_id = $6) and ($7::timestamptz is null or (${at}, f.id) ${before} ($7::timestamptz, $8::uuid))
       and ($10::uuid is null or f.department_id = $10) and ($11::uuid is null or f.owner_id = $11) and ($12::text is null or f.kind = $12)
     order by ${at} ${order}, f.id ${order} limit $9`,
    [viewer.staffId, filter.state, filter.view, now, filter.customerId ?? null, filter.contactId ?? null, filter.after?.at ?? null, filter.after?.id ?? null, limit, filter.departmentId ?? null, filter.ownerId ?? null, filter.kind ?? null])
  return rows.map(toFollowUp)
}

export async function findFollowUp(db: Pick<Tx, 'maybe'>, viewer: Viewer, id: string): Promise<FollowUp | undefined> {
  const row = await db.maybe<Row>(`${select} where ${sightSql(viewer)} and f.id = $2`, [viewer.staffId, id])
  return row && toFollowUp(row)
}

/** Refused when the viewer sees none of this id. */
export async function seenFollowUp(db: Pick<Tx, 'maybe'>, viewer: Viewer, id: string): Promise<FollowUp> {
  const seen = await findFollowUp(db, viewer, id)
  if (!seen) throw notFound()
  return seen
}

export async function listSteps(db: Pick<Tx, 'query'>, followUpId: string): Promise<FollowUpDetail['steps']> {
  const rows = await db.query<Omit<FollowUpDetail['steps'][number], 'at'> & { at: Date }>('select id, step, actor_id as "actorId", facts, at from follow_up_step where follow_up_id = $1 order by at, array_position($2::text[], step) limit 200', [followUpId, followUpSteps])
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

/** Takes all that is open from an owner who is gone; it is nobody's until somebody takes it. */
export async function releaseOpen(tx: Tx, ownerId: string): Promise<(Pick<FollowUpRow, 'contactId' | 'restrictedTeamId'> & { id: string; conversationId: string; teamIds: string[] })[]> {
  return tx.query(
    `update follow_up f set owner_id = null, version = version + 1 where f.owner_id = $1 and f.state = 'open'
     returning f.id, f.contact_id as "contactId", f.conversation_id as "conversationId", (select q.team_id from contact c join queue q on q.id = c.queue_id where c.id = f.contact_id and q.restricted) as "restrictedTeamId",
       coalesce((select array_agg(ct.team_id) from conversation_team ct where ct.conversation_id = f.conversation_id), '{}') as "teamIds"`, [ownerId])
}

export async function insertStep(tx: Tx, step: { id: string; followUpId: string; step: FollowUpStep; actorId: string | null; facts: object; at: Date }): Promise<void> {
  await tx.execute('insert into follow_up_step (id, follow_up_id, step, actor_id, facts, at) values ($1, $2, $3, $4, $5, $6)', [step.id, step.followUpId, step.step, step.actorId, JSON.stringify(step.facts), step.at])
}

export async function setRecheck(tx: Tx, id: string, to: { recheck: Recheck; score: number | null; at: Date | null }): Promise<void> {
  await tx.execute('update follow_up set recheck = $2, recheck_score = $3, rechecked_at = $4, version = version + 1 where id = $1', [id, to.recheck, to.score, to.at])
}

/** It was not put right: to be handled and checked once more. The cause stays. */
export async function reopenFollowUp(tx: Tx, id: string, dueAt: Date): Promise<void> {
  await tx.execute(`update follow_up set state = 'open', closed_at = null, handled_at = null, remedy = null, recheck = 'none', rechecked_at = null, due_at = $2, overdue_at = null, version = version + 1 where id = $1`, [id, dueAt])
}

/** Open ones past their time that nobody marked yet. */
export async function dueUnmarked(db: Pick<Tx, 'query'>, now: Date, limit: number): Promise<{ id: string; conversationId: string; dueAt: Date }[]> {
  return db.query(`select id, conversation_id as "conversationId", due_at as "dueAt" from follow_up where state = 'open' and handled_at is null and overdue_at is null and due_at <= $1 order by due_at limit $2`, [now, limit])
}

/** Marks it once, for good: a later due time does not undo it. */
export async function markOverdue(tx: Tx, id: string, now: Date): Promise<boolean> {
  return (await tx.execute(`update follow_up set overdue_at = due_at, version = version + 1 where id = $1 and state = 'open' and handled_at is null and overdue_at is null and due_at <= $2`, [id, now])) === 1
}

export interface BreachedClock extends LateClock {
  id: string
  contactId: string
  conversationId: string
  kind: SlaTargetKind
  breachedAt: Date
  restrictedTeamId: string | null
}

/**
 * Clocks that are over their target by as much again on a clock on the wall, and that no follow-up speaks of, the oldest first;
 * whether they are by their own hours is for the caller. Those that run are looked at however long ago they breached; those that
 * ended for two hours: while the hub is down none ends.
 */
export async function breachedUnjudged(db: Pick<Tx, 'query'>, { endedSince, after }: { endedSince: Date; after: Pick<BreachedClock, 'id' | 'breachedAt'> | null }, now: Date, limit: number): Promise<BreachedClock[]> {
  const isWideOnTheWall = (until: string): string => `${until} - s.breached_at >= s.target_ms * interval '1 millisecond'`
  return db.query(
    `with late as (
       select s.* from sla_clock s where s.state in ('running', 'paused') and s.breached_at <= $1 and ${isWideOnTheWall('$1')}
       union all
       select s.* from sla_clock s where s.breached_at > $2 and s.breached_at <= $1 and s.ended_at > $1::timestamptz - interval '2 hours' and s.state not in ('running', 'paused') and ${isWideOnTheWall('s.ended_at')})
     select s.id, s.contact_id as "contactId", s.conversation_id as "conversationId", s.kind, s.target_ms::float8 as "targetMs", s.intervals, s.breached_at as "breachedAt", case when q.restricted then q.team_id end as "restrictedTeamId"
     from late s join contact c on c.id = s.contact_id join queue q on q.id = c.queue_id
     where coalesce(c.outcome, '') not in ('spam', 'merged') and ($3::timestamptz is null or (s.breached_at, s.id) > ($3, $4::uuid))
       and not exists (select 1 from follow_up f where f.contact_id = s.contact_id and f.kind = 'late')
     order by s.breached_at, s.id limit $5`, [now, endedSince, after?.breachedAt ?? null, after?.id ?? null, limit])
}

function toFollowUp(row: Row): FollowUp {
  return { ...row, dueAt: row.dueAt.toISOString(), overdueAt: row.overdueAt?.toISOString() ?? null, handledAt: row.handledAt?.toISOString() ?? null, recheckedAt: row.recheckedAt?.toISOString() ?? null, closedAt: row.closedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() }
}

export interface FollowUpRow {
  id: string
  kind: FollowUpKind
  contactId: string | null
  ownerId: string | null
  departmentId: string | null
  causeId: string | null
  state: 'open' | 'closed'
  remedy: string | null
  handledAt: Date | null
  recheck: Recheck
  recheckedAt: Date | null
  restrictedTeamId: string | null
}

export async function lockFollowUp(tx: Tx, id: string): Promise<FollowUpRow> {
  return tx.one<FollowUpRow>(
    `select f.id, f.kind, f.contact_id as "contactId", f.owner_id as "ownerId", f.department_id as "departmentId", f.cause_id as "causeId", f.state, f.remedy, f.handled_at as "handledAt", f.recheck, f.rechecked_at as "recheckedAt",
       (select q.team_id from contact c join queue q on q.id = c.queue_id where c.id = f.contact_id and q.restricted) as "restrictedTeamId"
     from follow_up f where f.id = $1 for update of f`, [id])
}

export interface FollowUpWrite {
  ownerId: string | null
  departmentId: string | null
  causeId: string | null
  remedy: string | null
  handledAt: Date | null
  recheck: Recheck
  recheckedAt: Date | null
  dueAt: Date | null
  title: string | null
  closedAt: Date | null
}

export async function updateFollowUp(tx: Tx, id: string, to: FollowUpWrite): Promise<void> {
  await tx.execute(
    `update follow_up set owner_id = $2, department_id = $3, cause_id = $4, remedy = $5, rechecked_at = $6, due_at = coalesce($7, due_at), title = coalesce($8, title), closed_at = $9, handled_at = $10, recheck = $11,
       state = case when $9::timestamptz is null then state else 'closed' end, version = version + 1 where id = $1`,
    [id, to.ownerId, to.departmentId, to.causeId, to.remedy, to.recheckedAt, to.dueAt, to.title, to.closedAt, to.handledAt, to.recheck])
}

export async function isStaff(tx: Tx, id: string): Promise<boolean> {
  return (await tx.maybe('select 1 from agent where id = $1 and retired_at is null', [id])) !== undefined
}

/** Everybody who looks after what nobody has, or nobody did. */
export async function supervisors(tx: Tx): Promise<string[]> {
  return (await tx.query<{ id: string }>(`select id from agent where role in ('supervisor', 'admin') and retired_at is null`)).map(({ id }) => id)
}

export async function findCause(tx: Tx, id: string): Promise<{ departmentId: string | null } | undefined> {
  return tx.maybe('select department_id as "departmentId" from cause where id = $1 and retired_at is null', [id])
}

export async function isDepartment(tx: Tx, id: string): Promise<boolean> {
  return (await tx.maybe('select 1 from department where id = $1 and retired_at is null for share', [id])) !== undefined
}

/** Which lists the company keeps: what is on none cannot be asked for. */
export async function keptLists(tx: Tx): Promise<{ causes: boolean; departments: boolean }> {
  return tx.one('select exists (select 1 from cause where retired_at is null) as causes, exists (select 1 from department where retired_at is null) as departments')
}

export async function departmentDueMs(tx: Tx, id: string): Promise<number> {
  return (await tx.one<{ dueMs: number }>('select due_ms::float8 as "dueMs" from department where id = $1', [id])).dueMs
}
