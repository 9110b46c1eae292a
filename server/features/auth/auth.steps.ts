import type { Tx } from '#server/platform/db.ts'
import { newId } from '#server/platform/ids.ts'

/** Serialises what one person does about their sign-in. Not `for update`: rows that only name the person need not wait. */
export async function lockStaff(tx: Tx, staffId: string): Promise<boolean> {
  return (await tx.maybe('select 1 from agent where id = $1 and retired_at is null for no key update', [staffId])) !== undefined
}

/** Sets the password, whether or not there was one. The caller holds the agent's row or has just made it. */
export async function savePasswordHash(tx: Tx, staffId: string, hash: string, now: Date): Promise<void> {
  const changed = await tx.execute("update staff_account set password = $2, updated_at = $3 where agent_id = $1 and provider_id = 'credential'", [staffId, hash, now])
  if (changed > 0) return
  await tx.execute("insert into staff_account (id, account_id, provider_id, agent_id, password, created_at, updated_at) values ($1, $2, 'credential', $3, $4, $5, $5)", [newId(now), staffId, staffId, hash, now])
}

export async function deletePassword(tx: Tx, staffId: string): Promise<void> {
  await tx.execute('delete from staff_account where agent_id = $1', [staffId])
}

/** Ends sessions of one person, all but `except` (an id or a token), and tells which they were. */
export async function deleteSessions(tx: Pick<Tx, 'query'>, staffId: string, except: { id?: string | undefined; token?: string | undefined } = {}): Promise<string[]> {
  const rows = await tx.query<{ id: string }>('delete from staff_session where agent_id = $1 and id is distinct from $2 and token is distinct from $3 returning id', [staffId, except.id ?? null, except.token ?? null])
  return rows.map((row) => row.id)
}

export async function deleteTwoFactor(tx: Tx, staffId: string): Promise<void> {
  await tx.execute('delete from staff_two_factor where agent_id = $1', [staffId])
  await tx.execute('update agent set two_factor_enabled = false where id = $1', [staffId])
}

/** Names the windows somebody's keys opened, where sessions are named by their ids: they end together, and come back with a key that holds. */
export function keyWindows(staffId: string): string {
  return `key-of-${staffId}`
}

export async function deleteApiKeysOf(tx: Tx, staffId: string): Promise<void> {
  await tx.execute('delete from api_key where reference_id = $1', [staffId])
}

