/** The company's lists of departments and causes: named, renamed, retired and taken into use again. What names one keeps it. */
import type { Cause, Department } from '#contract/api/followups.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Context } from '../../context.ts'
import type { Tx } from '../../platform/db.ts'
import { commit } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { newId } from '../../platform/ids.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { inUse } from '../settings/settings.errors.ts'
import { followUpNameTaken, unknownInFollowUp } from './followups.errors.ts'
import { isDepartment } from './followups.store.ts'

type ListContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
type Actor = Pick<StaffSession, 'staffId'>
type Changed<Row> = { [Key in keyof Omit<Row, 'id' | 'retiredAt'>]?: Row[Key] | undefined } & { isRetired?: boolean | undefined }
type Kind = 'departments' | 'causes'

const departmentSelect = 'select id, name, due_ms::float8 as "dueMs", retired_at as "retiredAt" from department'
const causeSelect = 'select id, name, department_id as "departmentId", retired_at as "retiredAt" from cause'

function shown<Row extends { retiredAt: string | null }>(row: Omit<Row, 'retiredAt'> & { retiredAt: Date | null }): Row {
  // Only the type of `retiredAt` differs between what the database and the API say.
  return { ...row, retiredAt: row.retiredAt?.toISOString() ?? null } as Row
}

export async function listDepartments(db: Pick<Tx, 'query'>, isRetired: boolean): Promise<Department[]> {
  return (await db.query<Omit<Department, 'retiredAt'> & { retiredAt: Date | null }>(`${departmentSelect} where (retired_at is not null) = $1 order by name limit 500`, [isRetired])).map(shown<Department>)
}

export async function listCauses(db: Pick<Tx, 'query'>, isRetired: boolean): Promise<Cause[]> {
  return (await db.query<Omit<Cause, 'retiredAt'> & { retiredAt: Date | null }>(`${causeSelect} where (retired_at is not null) = $1 order by name limit 500`, [isRetired])).map(shown<Cause>)
}

export async function createDepartment(context: ListContext, actor: Actor, { name, dueMs }: Pick<Department, 'name' | 'dueMs'>): Promise<Department> {
  return changing(context, actor, 'departments', 'created', async (tx, now) => {
    await assertNameFree(tx, 'department', name, null)
    const id = newId(now)
    await tx.execute('insert into department (id, name, due_ms) values ($1, $2, $3)', [id, name, dueMs])
    return { id, name, dueMs, retiredAt: null }
  })
}

/** What is handed over from now on runs by the new time. One is retired when nothing open and no cause in use is left to it. */
export async function changeDepartment(context: ListContext, actor: Actor, id: string, to: Changed<Department>): Promise<Department> {
  return changing(context, actor, 'departments', to.isRetired ? 'retired' : 'changed', async (tx, now) => {
    if (to.name !== undefined) await assertNameFree(tx, 'department', to.name, id)
    // New work for it waits at this row.
    if (!(await tx.maybe('select 1 from department where id = $1 for update', [id]))) throw notFound()
    if (to.isRetired) await assertNothingLeft(tx, id)
    await tx.execute(
      `update department set name = coalesce($2, name), due_ms = coalesce($3, due_ms), retired_at = case when $4::boolean is null then retired_at when $4 then coalesce(retired_at, $5) end where id = $1`,
      [id, to.name ?? null, to.dueMs ?? null, to.isRetired ?? null, now])
    return shown<Department>(await tx.one(`${departmentSelect} where id = $1`, [id]))
  })
}

async function assertNothingLeft(tx: Tx, id: string): Promise<void> {
  const left = await tx.one<{ followUps: number; causes: number }>(
    `select (select count(*)::int from follow_up where department_id = $1 and state = 'open') as "followUps", (select count(*)::int from cause where department_id = $1 and retired_at is null) as causes`, [id])
  if (left.followUps > 0) throw inUse('follow-ups', left.followUps)
  if (left.causes > 0) throw inUse('causes', left.causes)
}

export async function createCause(context: ListContext, actor: Actor, { name, departmentId }: Pick<Cause, 'name' | 'departmentId'>): Promise<Cause> {
  return changing(context, actor, 'causes', 'created', async (tx, now) => {
    await assertNameFree(tx, 'cause', name, null)
    await assertDepartment(tx, departmentId)
    const id = newId(now)
    await tx.execute('insert into cause (id, name, department_id) values ($1, $2, $3)', [id, name, departmentId])
    return { id, name, departmentId, retiredAt: null }
  })
}

/** A retired cause can be chosen no more; what names it keeps it, and reports go on to show it. */
export async function changeCause(context: ListContext, actor: Actor, id: string, to: Changed<Cause>): Promise<Cause> {
  return changing(context, actor, 'causes', to.isRetired ? 'retired' : 'changed', async (tx, now) => {
    if (to.name !== undefined) await assertNameFree(tx, 'cause', to.name, id)
    const held = await tx.maybe<{ departmentId: string | null }>('select department_id as "departmentId" from cause where id = $1 for update', [id])
    if (!held) throw notFound()
    const departmentId = to.departmentId === undefined ? held.departmentId : to.departmentId
    if (!to.isRetired) await assertDepartment(tx, departmentId)
    await tx.execute(
      'update cause set name = coalesce($2, name), department_id = $3, retired_at = case when $4::boolean is null then retired_at when $4 then coalesce(retired_at, $5) end where id = $1',
      [id, to.name ?? null, departmentId, to.isRetired ?? null, now])
    return shown<Cause>(await tx.one(`${causeSelect} where id = $1`, [id]))
  })
}

async function assertNameFree(tx: Tx, table: 'department' | 'cause', name: string, exceptId: string | null): Promise<void> {
  if (await tx.maybe(`select 1 from ${table} where name = $1 and id is distinct from $2::uuid`, [name, exceptId])) throw followUpNameTaken()
}

async function assertDepartment(tx: Tx, id: string | null): Promise<void> {
  if (id !== null && !(await isDepartment(tx, id))) throw unknownInFollowUp('department')
}

/** One change: its row, its audit entry and the event that tells screens, in one transaction. */
async function changing<Row extends { id: string }>(context: ListContext, actor: Actor, kind: Kind, action: 'created' | 'changed' | 'retired', run: (tx: Tx, now: Date) => Promise<Row>): Promise<Row> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const row = await run(tx, now)
    await recordAudit(tx, { actorId: actor.staffId, action: `settings.${action}`, target: { kind, id: row.id }, at: now })
    effects.tell({ type: 'settings.changed', refs: { settings: kind }, rooms: [roomOf.staff] })
    return row
  })
}
