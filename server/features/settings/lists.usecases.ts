import type { Disposition, Skill, Team } from '#contract/api/settings.ts'
import { notFound } from '#server/platform/errors.ts'
import type { Tx } from '#server/platform/db.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'
import { tellTeamsChanged } from '../staff/staff.steps.ts'
import { changing, type SettingsContext } from './settings.change.ts'
import { inUse, nameTaken, unknownReference } from './settings.errors.ts'
import { areKnown, insertRow, isNameTaken, updateRow } from './settings.store.ts'

type Retirable<Row extends { retiredAt: string | null }> = Omit<Row, 'retiredAt'> & { retiredAt: Date | null }
export function retirable<Row extends { retiredAt: string | null }>(row: Retirable<Row>): Row {
  // Only the type of `retiredAt` differs between what the database and the API say.
  return { ...row, retiredAt: row.retiredAt?.toISOString() ?? null } as Row
}

// Teams

const teamSelect = `select t.id, t.name, t.version, t.retired_at as "retiredAt", coalesce((select array_agg(m.agent_id order by m.agent_id) from team_member m where m.team_id = t.id), '{}') as "memberIds" from team t`

export async function listTeams({ db }: Pick<SettingsContext, 'db'>, isRetired: boolean): Promise<Team[]> {
  return (await db.query<Retirable<Team>>(`${teamSelect} where (t.retired_at is not null) = $1 order by t.name limit 500`, [isRetired])).map(retirable<Team>)
}

export async function saveTeam(context: SettingsContext, actor: StaffSession, id: string | null, { name, memberIds }: { name?: string | undefined; memberIds?: readonly string[] | undefined }): Promise<Team> {
  const saved = await changing(context, { actor, kind: 'teams', action: id === null ? 'created' : 'changed' }, async (tx, now, effects) => {
    if (name !== undefined && (await isNameTaken(tx, 'team', name, id))) throw nameTaken()
    if (memberIds !== undefined && !(await areKnown(tx, 'agent', memberIds))) throw unknownReference('members')
    const teamId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'team', { id: teamId, name })
    else if (!(await updateRow(tx, 'team', id, { name }))) throw notFound()
    if (memberIds !== undefined) await tellTeamsChanged(tx, await replaceTeamMembers(tx, teamId, memberIds), effects)
    return teamId
  })
  return retirable<Team>(await context.db.one(`${teamSelect} where t.id = $1`, [saved]))
}

/** Returns who came and who went. */
async function replaceTeamMembers(tx: Tx, teamId: string, memberIds: readonly string[]): Promise<string[]> {
  const changed = await tx.query<{ id: string }>(
    `with gone as (delete from team_member where team_id = $1 and not agent_id = any($2::uuid[]) returning agent_id),
     new as (insert into team_member (team_id, agent_id) select $1, m from unnest($2::uuid[]) m on conflict do nothing returning agent_id)
     select agent_id as id from gone union select agent_id from new order by id`, [teamId, memberIds])
  return changed.map((row) => row.id)
}

/** A team is retired when no queue in use belongs to it. */
export async function retireTeam(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'teams', action: 'retired' }, async (tx, now) => {
    await assertUnused(tx, 'queues', 'select count(*)::int as count from queue where team_id = $1 and retired_at is null', id)
    if (!(await updateRow(tx, 'team', id, { retired_at: now }))) throw notFound()
    return id
  })
}

// Skills

export async function listSkills({ db }: Pick<SettingsContext, 'db'>, isRetired: boolean): Promise<Skill[]> {
  return (await db.query<Retirable<Skill>>('select id, name, retired_at as "retiredAt" from skill where (retired_at is not null) = $1 order by name limit 500', [isRetired])).map(retirable<Skill>)
}

export async function saveSkill(context: SettingsContext, actor: StaffSession, id: string | null, name: string): Promise<Skill> {
  const saved = await changing(context, { actor, kind: 'skills', action: id === null ? 'created' : 'changed' }, async (tx, now) => {
    if (await isNameTaken(tx, 'skill', name, id)) throw nameTaken()
    const skillId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'skill', { id: skillId, name })
    else if (!(await updateRow(tx, 'skill', id, { name }))) throw notFound()
    return skillId
  })
  return { id: saved, name, retiredAt: null }
}

/** A queue that still demands it would find nobody. */
export async function retireSkill(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'skills', action: 'retired' }, async (tx, now) => {
    await assertUnused(tx, 'queues', 'select count(*)::int as count from queue_skill s join queue q on q.id = s.queue_id where s.skill_id = $1 and q.retired_at is null', id)
    if (!(await updateRow(tx, 'skill', id, { retired_at: now }))) throw notFound()
    return id
  })
}

// Dispositions

const dispositionSelect = 'select id, name, complaint, position, retired_at as "retiredAt" from disposition'

export async function listDispositions({ db }: Pick<SettingsContext, 'db'>, isRetired: boolean): Promise<Disposition[]> {
  return (await db.query<Retirable<Disposition>>(`${dispositionSelect} where (retired_at is not null) = $1 order by position, name limit 500`, [isRetired])).map(retirable<Disposition>)
}

export async function saveDisposition(context: SettingsContext, actor: StaffSession, id: string | null, change: { name?: string | undefined; complaint?: boolean | undefined; position?: number | undefined }): Promise<Disposition> {
  const saved = await changing(context, { actor, kind: 'dispositions', action: id === null ? 'created' : 'changed' }, async (tx, now) => {
    if (change.name !== undefined && (await isNameTaken(tx, 'disposition', change.name, id))) throw nameTaken()
    const dispositionId = id ?? newId(now)
    if (id === null) await insertRow(tx, 'disposition', { id: dispositionId, ...change })
    else if (!(await updateRow(tx, 'disposition', id, change))) throw notFound()
    return dispositionId
  })
  return retirable<Disposition>(await context.db.one(`${dispositionSelect} where id = $1`, [saved]))
}

export async function retireDisposition(context: SettingsContext, actor: StaffSession, id: string): Promise<void> {
  await changing(context, { actor, kind: 'dispositions', action: 'retired' }, async (tx, now) => {
    if (!(await updateRow(tx, 'disposition', id, { retired_at: now }))) throw notFound()
    return id
  })
}

/** Refuses while rows found by `countSql` (its `$1` is the id) still use it. */
export async function assertUnused(tx: Tx, by: string, countSql: string, id: string): Promise<void> {
  const { count } = await tx.one<{ count: number }>(countSql, [id])
  if (count > 0) throw inUse(by, count)
}
