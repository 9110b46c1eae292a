import { roomOf } from '#contract/rooms.ts'
import type { Locale, Role } from '#contract/words.ts'
import type { Tx } from '#server/platform/db.ts'
import type { Effects } from '#server/platform/effects.ts'
import { newId } from '#server/platform/ids.ts'
import { savePasswordHash } from '../auth/auth.steps.ts'

export type NewStaff = { id?: string; email: string; name: string; role: Role; locale: Locale; passwordHash: string; teamIds: readonly string[]; queueIds: readonly string[]; at: Date }

/** Makes somebody staff, with a password, teams and queues; returns their id. The address must not be taken. */
export async function createStaff(tx: Tx, { id = newId(), email, name, role, locale, passwordHash, teamIds, queueIds, at }: NewStaff): Promise<string> {
  await tx.execute('insert into agent (id, name, email, email_verified, role, locale, created_at, updated_at) values ($1, $2, $3, true, $4, $5, $6, $6)', [id, name, email.toLowerCase(), role, locale, at])
  await savePasswordHash(tx, id, passwordHash, at)
  await replaceTeams(tx, id, teamIds)
  await replaceQueues(tx, id, queueIds)
  return id
}

export async function replaceTeams(tx: Tx, staffId: string, teamIds: readonly string[]): Promise<void> {
  await tx.execute('delete from team_member where agent_id = $1 and not team_id = any($2::uuid[])', [staffId, teamIds])
  await tx.execute('insert into team_member (team_id, agent_id) select t.id, $1 from team t where t.id = any($2::uuid[]) on conflict do nothing', [staffId, teamIds])
}

/** Views of staff told by one event: more than these would make it large. */
const staffPerEvent = 5

/** After teams of these were changed: every screen shows who is in which, and their own may see other customers now. */
export async function tellTeamsChanged(tx: Tx, staffIds: readonly string[], effects: Effects): Promise<void> {
  if (staffIds.length === 0) return
  await tx.execute('update agent set version = version + 1 where id = any($1::uuid[])', [staffIds])
  for (let from = 0; from < staffIds.length; from += staffPerEvent) {
    effects.tell({ type: 'agent.changed', refs: { agentIds: staffIds.slice(from, from + staffPerEvent) }, rooms: [roomOf.staff] })
  }
  effects.tell({ type: 'agent.changed', refs: { sight: true }, rooms: staffIds.map(roomOf.agent) })
}

export async function replaceQueues(tx: Tx, staffId: string, queueIds: readonly string[]): Promise<void> {
  await tx.execute('delete from queue_member where agent_id = $1 and not queue_id = any($2::uuid[])', [staffId, queueIds])
  await tx.execute('insert into queue_member (queue_id, agent_id) select q.id, $1 from queue q where q.id = any($2::uuid[]) on conflict do nothing', [staffId, queueIds])
}

export async function replaceSkills(tx: Tx, staffId: string, skills: readonly { skillId: string; level: number }[]): Promise<void> {
  await tx.execute('delete from agent_skill where agent_id = $1', [staffId])
  await tx.execute(
    `insert into agent_skill (agent_id, skill_id, level) select $1, s."skillId", s.level from jsonb_to_recordset($2::jsonb) as s("skillId" uuid, level int)`,
    [staffId, JSON.stringify(skills)],
  )
}
