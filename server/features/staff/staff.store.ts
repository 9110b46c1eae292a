import type { AuditEntry, Invite, StaffMember } from '#contract/api/staff.ts'
import type { Locale, Role } from '#contract/words.ts'
import type { Tx } from '#server/platform/db.ts'

type StaffRow = Omit<StaffMember, 'createdAt' | 'retiredAt'> & { createdAt: Date; retiredAt: Date | null }
export type Place = { name: string; id: string }

const staffSelect = `
  select a.id, a.name, a.email, a.role, a.locale, a.phone, a.slack_user_id as "slackUserId", a.live_units as "liveUnits", a.deferred_units as "deferredUnits",
    coalesce(a.two_factor_enabled, false) as "twoFactor", a.created_at as "createdAt", a.retired_at as "retiredAt", a.version,
    coalesce((select array_agg(tm.team_id order by tm.team_id) from team_member tm where tm.agent_id = a.id), '{}') as "teamIds",
    coalesce((select array_agg(qm.queue_id order by qm.queue_id) from queue_member qm where qm.agent_id = a.id), '{}') as "queueIds",
    coalesce((select jsonb_agg(jsonb_build_object('skillId', s.skill_id, 'level', s.level) order by s.skill_id) from agent_skill s where s.agent_id = a.id), '[]') as skills
  from agent a`

export async function findStaffMember(db: Pick<Tx, 'maybe'>, id: string): Promise<StaffMember | undefined> {
  const row = await db.maybe<StaffRow>(`${staffSelect} where a.id = $1`, [id])
  return row === undefined ? undefined : staffView(row)
}

/** By name, then id; one more than asked for, so that the caller knows whether there is a next page. */
export async function listStaff(db: Pick<Tx, 'query'>, { role, retired, after, limit }: { role: Role | undefined; retired: boolean; after: Place | undefined; limit: number }): Promise<StaffMember[]> {
  const rows = await db.query<StaffRow>(
    `${staffSelect} where (a.retired_at is not null) = $1 and ($2::text is null or a.role = $2) and ($3::text is null or (a.name, a.id) > ($3, $4::uuid)) order by a.name, a.id limit $5`,
    [retired, role ?? null, after?.name ?? null, after?.id ?? null, limit + 1],
  )
  return rows.map(staffView)
}

export type StaffColumns = { name?: string | undefined; role?: Role | undefined; locale?: Locale | undefined; phone?: string | null | undefined; slackUserId?: string | null | undefined; liveUnits?: number | undefined; deferredUnits?: number | undefined }

export async function updateStaff(tx: Tx, id: string, change: StaffColumns, now: Date): Promise<void> {
  await tx.execute(
    `update agent set name = coalesce($2, name), role = coalesce($3, role), locale = coalesce($4, locale), live_units = coalesce($5, live_units), deferred_units = coalesce($6, deferred_units),
       phone = case when $7 then $8 else phone end, slack_user_id = case when $9 then $10 else slack_user_id end, updated_at = $11, version = version + 1 where id = $1`,
    [id, change.name ?? null, change.role ?? null, change.locale ?? null, change.liveUnits ?? null, change.deferredUnits ?? null, change.phone !== undefined, change.phone ?? null, change.slackUserId !== undefined, change.slackUserId ?? null, now],
  )
}

export async function markRetired(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.execute('update agent set retired_at = $2, updated_at = $2, version = version + 1 where id = $1', [id, now])
}

/** Locks all administrators, so that two of them cannot retire each other at once; true if somebody but `id` is one. */
export async function isAnotherAdmin(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.query<{ id: string }>("select id from agent where role = 'admin' and retired_at is null order by id for no key update")
  return rows.some((row) => row.id !== id)
}

export async function isEmailTaken(tx: Pick<Tx, 'maybe'>, email: string): Promise<boolean> {
  return (await tx.maybe('select 1 from agent where email = $1', [email.toLowerCase()])) !== undefined
}

/** How many of these ids name something in use. */
export async function countKnown(tx: Pick<Tx, 'one'>, table: 'team' | 'queue' | 'skill', ids: readonly string[]): Promise<number> {
  return (await tx.one<{ count: number }>(`select count(*)::int as count from ${table} where id = any($1::uuid[]) and retired_at is null`, [ids])).count
}

// Invitations

type InviteRow = Omit<Invite, 'createdAt' | 'expiresAt' | 'acceptedAt' | 'revokedAt'> & { createdAt: Date; expiresAt: Date; acceptedAt: Date | null; revokedAt: Date | null }
const inviteSelect = `select i.id, i.email, i.name, i.role, i.team_ids as "teamIds", i.queue_ids as "queueIds", i.invited_by as "invitedBy", i.created_at as "createdAt", i.expires_at as "expiresAt", i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt" from staff_invite i`

export async function insertInvite(tx: Tx, invite: { id: string; email: string; name: string; role: Role; teamIds: string[]; queueIds: string[]; tokenHash: string; invitedBy: string; at: Date; expiresAt: Date }): Promise<Invite> {
  // Of several links for one address only the newest works.
  await tx.execute('update staff_invite set revoked_at = $2 where email = $1 and accepted_at is null and revoked_at is null', [invite.email, invite.at])
  await tx.execute(
    'insert into staff_invite (id, email, name, role, team_ids, queue_ids, token_hash, invited_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [invite.id, invite.email, invite.name, invite.role, invite.teamIds, invite.queueIds, invite.tokenHash, invite.invitedBy, invite.at, invite.expiresAt],
  )
  return inviteView(await tx.one<InviteRow>(`${inviteSelect} where i.id = $1`, [invite.id]))
}

export async function listInvites(db: Pick<Tx, 'query'>, { beforeId, limit }: { beforeId: string | undefined; limit: number }): Promise<Invite[]> {
  const rows = await db.query<InviteRow>(`${inviteSelect} where ($1::uuid is null or i.id < $1) order by i.id desc limit $2`, [beforeId ?? null, limit + 1])
  return rows.map(inviteView)
}

export async function revokeInvite(tx: Tx, id: string, now: Date): Promise<boolean> {
  return (await tx.execute('update staff_invite set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null', [id, now])) > 0
}

/** The invitation behind a link, if it may still be used. */
export async function findOpenInvite(db: Pick<Tx, 'maybe'>, tokenHash: string, now: Date): Promise<Invite | undefined> {
  const row = await db.maybe<InviteRow>(`${inviteSelect} where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2`, [tokenHash, now])
  return row === undefined ? undefined : inviteView(row)
}

/** True for the one caller who gets it. */
export async function claimInvite(tx: Tx, id: string, now: Date): Promise<boolean> {
  return (await tx.execute('update staff_invite set accepted_at = $2 where id = $1 and accepted_at is null and revoked_at is null and expires_at > $2', [id, now])) > 0
}

// Audit

/** What the thing is called now, of those an admin named; customers stay ids. */
const targetNameSql = `case e.target_kind ${Object.entries({
  staff: 'agent', queues: 'queue', teams: 'team', skills: 'skill', calendars: 'calendar', dispositions: 'disposition', 'sla-policies': 'sla_policy', surveys: 'survey', 'channel-accounts': 'channel_account',
}).map(([kind, table]) => `when '${kind}' then (select x.name from ${table} x where x.id::text = e.target_id)`).join(' ')} end`

export async function listAudit(db: Pick<Tx, 'query'>, { actorId, action, before, limit }: { actorId: string | undefined; action: string | undefined; before: { at: string; id: string } | undefined; limit: number }): Promise<AuditEntry[]> {
  const rows = await db.query<Omit<AuditEntry, 'at'> & { at: Date }>(
    `select e.id, e.at, e.actor_id as "actorId", a.name as "actorName", e.action, e.target_kind as "targetKind", e.target_id as "targetId", ${targetNameSql} as "targetName", e.facts
     from audit_entry e left join agent a on a.id = e.actor_id
     where ($1::uuid is null or e.actor_id = $1) and ($2::text is null or e.action = $2) and ($3::timestamptz is null or (e.at, e.id) < ($3, $4::uuid))
     order by e.at desc, e.id desc limit $5`,
    [actorId ?? null, action ?? null, before?.at ?? null, before?.id ?? null, limit + 1],
  )
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

function staffView(row: StaffRow): StaffMember {
  return { ...row, createdAt: row.createdAt.toISOString(), retiredAt: row.retiredAt?.toISOString() ?? null }
}

function inviteView(row: InviteRow): Invite {
  return { ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt.toISOString(), acceptedAt: row.acceptedAt?.toISOString() ?? null, revokedAt: row.revokedAt?.toISOString() ?? null }
}
