import type { FollowUp, FollowUpKind } from '#contract/api/followups.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { hiddenContactSql, mayListSql, seesEverybody, type Viewer } from '../customers/customers.visibility.ts'

type Row = Omit<FollowUp, 'dueAt' | 'recheckedAt' | 'closedAt' | 'createdAt'> & { dueAt: Date; recheckedAt: Date | null; closedAt: Date | null; createdAt: Date }

const select = `
  select f.id, f.customer_id as "customerId", ${customerLabelSql('cu')} as "customerLabel", f.conversation_id as "conversationId", f.contact_id as "contactId", f.kind, f.title, f.owner_id as "ownerId",
    f.department_id as "departmentId", f.cause_id as "causeId", f.due_at as "dueAt", f.state, f.remedy, f.rechecked_at as "recheckedAt", f.closed_at as "closedAt", f.created_at as "createdAt", f.version
  from follow_up f join customer cu on cu.id = f.customer_id`

/** An agent sees the follow-ups of conversations they see, and their own; one about a contact they may not read, only as its owner. */
function sightSql(viewer: Viewer): string {
  if (seesEverybody(viewer)) return '$1::uuid is not null'
  return `(f.owner_id = $1 or (${mayListSql(viewer, 'f.conversation_id', '$1::uuid')} and not ${hiddenContactSql('f.contact_id', '$1::uuid')}))`
}

export interface FollowUpFilter {
  view: 'mine' | 'due' | 'all'
  state: 'open' | 'closed'
  customerId?: string | undefined
  contactId?: string | undefined
  /** Due time and id of the last row of the page before. */
  after: { dueAt: string; id: string } | null
}

/** The most urgent first. */
export async function listFollowUps(db: Pick<Tx, 'query'>, viewer: Viewer, filter: FollowUpFilter, now: Date, limit: number): Promise<FollowUp[]> {
  const rows = await db.query<Row>(
    `${select} where ${sightSql(viewer)} and f.state = $2 and ($3 <> 'mine' or f.owner_id = $1) and ($3 <> 'due' or f.due_at <= $4) and ($5::uuid is null or f.customer_id = $5)
       and ($6::uuid is null or f.contact_id = $6) and ($7::timestamptz is null or (f.due_at, f.id) > ($7::timestamptz, $8::uuid))
     order by f.due_at, f.id limit $9`,
    [viewer.staffId, filter.state, filter.view, now, filter.customerId ?? null, filter.contactId ?? null, filter.after?.dueAt ?? null, filter.after?.id ?? null, limit])
  return rows.map(toFollowUp)
}

export async function findFollowUp(db: Pick<Tx, 'maybe'>, viewer: Viewer, id: string): Promise<FollowUp | undefined> {
  const row = await db.maybe<Row>(`${select} where ${sightSql(viewer)} and f.id = $2`, [viewer.staffId, id])
  return row && toFollowUp(row)
}

function toFollowUp(row: Row): FollowUp {
  return { ...row, dueAt: row.dueAt.toISOString(), recheckedAt: row.recheckedAt?.toISOString() ?? null, closedAt: row.closedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() }
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
  recheckedAt: Date | null
  restrictedTeamId: string | null
}

export async function lockFollowUp(tx: Tx, id: string): Promise<FollowUpRow> {
  return tx.one<FollowUpRow>(
    `select f.id, f.kind, f.contact_id as "contactId", f.owner_id as "ownerId", f.department_id as "departmentId", f.cause_id as "causeId", f.state, f.remedy, f.rechecked_at as "recheckedAt",
       (select q.team_id from contact c join queue q on q.id = c.queue_id where c.id = f.contact_id and q.restricted) as "restrictedTeamId"
     from follow_up f where f.id = $1 for update of f`, [id])
}

export interface FollowUpWrite {
  ownerId: string | null
  departmentId: string | null
  causeId: string | null
  remedy: string | null
  recheckedAt: Date | null
  dueAt: Date | null
  title: string | null
  closedAt: Date | null
}

export async function updateFollowUp(tx: Tx, id: string, to: FollowUpWrite): Promise<void> {
  await tx.execute(
    `update follow_up set owner_id = $2, department_id = $3, cause_id = $4, remedy = $5, rechecked_at = $6, due_at = coalesce($7, due_at), title = coalesce($8, title), closed_at = $9,
       state = case when $9::timestamptz is null then state else 'closed' end, version = version + 1 where id = $1`,
    [id, to.ownerId, to.departmentId, to.causeId, to.remedy, to.recheckedAt, to.dueAt, to.title, to.closedAt])
}

export async function isStaff(tx: Tx, id: string): Promise<boolean> {
  return (await tx.maybe('select 1 from agent where id = $1 and retired_at is null', [id])) !== undefined
}

export async function findCause(tx: Tx, id: string): Promise<{ departmentId: string | null } | undefined> {
  return tx.maybe('select department_id as "departmentId" from cause where id = $1 and retired_at is null', [id])
}

export async function isDepartment(tx: Tx, id: string): Promise<boolean> {
  return (await tx.maybe('select 1 from department where id = $1 and retired_at is null', [id])) !== undefined
}

/** Which lists the company keeps: what is on none cannot be asked for. */
export async function keptLists(tx: Tx): Promise<{ causes: boolean; departments: boolean }> {
  return tx.one('select exists (select 1 from cause where retired_at is null) as causes, exists (select 1 from department where retired_at is null) as departments')
}

export async function listDepartments(db: Pick<Tx, 'query'>): Promise<{ id: string; name: string }[]> {
  return db.query('select id, name from department where retired_at is null order by name limit 500')
}

export async function listCauses(db: Pick<Tx, 'query'>): Promise<{ id: string; name: string; departmentId: string | null }[]> {
  return db.query('select id, name, department_id as "departmentId" from cause where retired_at is null order by name limit 500')
}
