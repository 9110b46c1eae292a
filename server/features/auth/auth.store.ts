import type { Locale, Role } from '#contract/words.ts'
import type { Tx } from '#server/platform/db.ts'
import type { StaffSession } from '#server/platform/http.ts'
import { newId } from '#server/platform/ids.ts'

export type StaffRow = { id: string; name: string; email: string; role: Role; locale: Locale }
export type MeRow = StaffRow & { twoFactor: boolean; teamIds: string[]; queueIds: string[]; passwordSet: boolean }

/** A session lasts so long after it was last renewed; an older one than this is renewed by the sign-in library. */
export const sessionMs = 12 * 3_600_000
export const sessionRenewMs = 3_600_000

const staffColumns = 'a.id, a.name, a.email, a.role, a.locale'

export function findStaff(db: Pick<Tx, 'maybe'>, id: string): Promise<StaffRow | undefined> {
  return db.maybe<StaffRow>(`select ${staffColumns} from agent a where a.id = $1 and a.retired_at is null`, [id])
}

/** Who a session belongs to, while it needs no renewal. */
export async function findFreshSession(db: Pick<Tx, 'maybe'>, token: string, now: Date): Promise<StaffSession | undefined> {
  const row = await db.maybe<StaffRow & { sessionId: string }>(
    `select ${staffColumns}, s.id as "sessionId" from staff_session s join agent a on a.id = s.agent_id where s.token = $1 and s.expires_at > $2 and a.retired_at is null`,
    [token, new Date(now.getTime() + sessionMs - sessionRenewMs)])
  return row && { staffId: row.id, sessionId: row.sessionId, name: row.name, email: row.email, role: row.role, locale: row.locale }
}

export function findStaffByEmail(db: Pick<Tx, 'maybe'>, email: string): Promise<StaffRow | undefined> {
  return db.maybe<StaffRow>(`select ${staffColumns} from agent a where a.email = $1 and a.retired_at is null`, [email.toLowerCase()])
}

export function findMe(db: Pick<Tx, 'maybe'>, id: string): Promise<MeRow | undefined> {
  return db.maybe<MeRow>(
    `select ${staffColumns}, coalesce(a.two_factor_enabled, false) as "twoFactor",
       coalesce((select array_agg(tm.team_id order by tm.team_id) from team_member tm where tm.agent_id = a.id), '{}') as "teamIds",
       coalesce((select array_agg(qm.queue_id order by qm.queue_id) from queue_member qm where qm.agent_id = a.id), '{}') as "queueIds",
       exists (select 1 from staff_account sa where sa.agent_id = a.id and sa.provider_id = 'credential') as "passwordSet"
     from agent a where a.id = $1 and a.retired_at is null`,
    [id],
  )
}

export async function updateMe(tx: Tx, id: string, change: { name: string | undefined; locale: Locale | undefined }, now: Date): Promise<void> {
  await tx.execute('update agent set name = coalesce($2, name), locale = coalesce($3, locale), updated_at = $4, version = version + 1 where id = $1', [id, change.name ?? null, change.locale ?? null, now])
}

export async function findPasswordHash(db: Pick<Tx, 'maybe'>, staffId: string): Promise<string | undefined> {
  const row = await db.maybe<{ password: string | null }>("select password from staff_account where agent_id = $1 and provider_id = 'credential'", [staffId])
  return row?.password ?? undefined
}

// One-time values: identifier names the purpose and the person, value is a hash.

export async function insertOneTime(tx: Tx, oneTime: { identifier: string; hash: string; expiresAt: Date; at: Date }): Promise<void> {
  await tx.execute('insert into staff_verification (id, identifier, value, expires_at, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)', [newId(oneTime.at), oneTime.identifier, oneTime.hash, oneTime.expiresAt, oneTime.at])
}

export async function countOneTimesSince(tx: Tx, identifier: string, since: Date): Promise<number> {
  return (await tx.one<{ count: number }>('select count(*)::int as count from staff_verification where identifier = $1 and created_at > $2', [identifier, since])).count
}

export async function isOneTimeOpen(tx: Tx, identifier: string, hash: string, now: Date): Promise<boolean> {
  return (await tx.maybe('select 1 from staff_verification where identifier = $1 and value = $2 and expires_at > $3 limit 1', [identifier, hash, now])) !== undefined
}

/** True for the one caller who may use it; all of its kind end with it. */
export async function useOneTime(tx: Tx, identifier: string, hash: string, now: Date): Promise<boolean> {
  if (!(await isOneTimeOpen(tx, identifier, hash, now))) return false
  // Kept until they expire by themselves would let an older link work after a newer one was used.
  await tx.execute('update staff_verification set expires_at = $2, updated_at = $2 where identifier = $1', [identifier, now])
  return true
}

export type ApiKeyRow = { id: string; name: string; start: string; staffId: string; staffName: string; createdAt: Date; expiresAt: Date | null; lastUsedAt: Date | null }
const apiKeyColumns = `k.id, coalesce(k.name, '') as name, coalesce(k.start, '') as start, k.reference_id as "staffId", a.name as "staffName", k.created_at as "createdAt", k.expires_at as "expiresAt", k.last_request as "lastUsedAt"`

export function listApiKeys(db: Pick<Tx, 'query'>): Promise<ApiKeyRow[]> {
  return db.query<ApiKeyRow>(`select ${apiKeyColumns} from api_key k join agent a on a.id = k.reference_id order by k.created_at desc, k.id desc limit 100`)
}

export async function insertApiKey(tx: Tx, key: { name: string; staffId: string; start: string; hash: string; expiresAt: Date | null; at: Date }): Promise<ApiKeyRow> {
  const id = newId(key.at)
  await tx.execute("insert into api_key (id, name, start, prefix, key, reference_id, enabled, expires_at, created_at, updated_at) values ($1, $2, $3, 'trib_', $4, $5, true, $6, $7, $7)", [id, key.name, key.start, key.hash, key.staffId, key.expiresAt, key.at])
  return tx.one<ApiKeyRow>(`select ${apiKeyColumns} from api_key k join agent a on a.id = k.reference_id where k.id = $1`, [id])
}

/** Whose it was; undefined when there is none. */
export async function deleteApiKey(tx: Tx, id: string): Promise<string | undefined> {
  return (await tx.maybe<{ staffId: string }>('delete from api_key where id = $1 returning reference_id as "staffId"', [id]))?.staffId
}

/** Whom a key stands for. Its last use is kept to the minute, so that reading does not become writing. */
export async function findStaffByApiKey(db: Pick<Tx, 'maybe' | 'execute'>, hash: string, now: Date): Promise<StaffRow | undefined> {
  const row = await db.maybe<StaffRow & { keyId: string; lastUsedAt: Date | null }>(
    `select ${staffColumns}, k.id as "keyId", k.last_request as "lastUsedAt" from api_key k join agent a on a.id = k.reference_id
     where k.key = $1 and k.enabled and (k.expires_at is null or k.expires_at > $2) and a.retired_at is null`,
    [hash, now],
  )
  if (row === undefined) return undefined
  const { keyId, lastUsedAt, ...staff } = row
  if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() > 60_000) await db.execute('update api_key set last_request = $2 where id = $1', [keyId, now])
  return staff
}
