import type { Tx } from '#server/platform/db.ts'

/** Tables of settings whose rows have a unique name and are retired, never deleted. Names of tables and columns come from code only. */
export type SettingsTable = 'team' | 'skill' | 'disposition' | 'calendar' | 'sla_policy' | 'survey' | 'queue' | 'channel_account'

const versioned: ReadonlySet<SettingsTable> = new Set(['team', 'calendar', 'sla_policy', 'survey', 'queue', 'channel_account'])

/** Column and value; undefined values are left alone. Objects and arrays of objects go to jsonb columns as text. */
export type Columns = Record<string, string | number | boolean | Date | null | object | undefined>

export async function insertRow(tx: Tx, table: SettingsTable, columns: Columns): Promise<void> {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined)
  const places = given.map((_, index) => `$${index + 1}`)
  await tx.execute(`insert into ${table} (${given.map(([column]) => column).join(', ')}) values (${places.join(', ')})`, given.map(([, value]) => stored(value)))
}

/** False when there is no such row in use. */
export async function updateRow(tx: Tx, table: SettingsTable, id: string, columns: Columns): Promise<boolean> {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined)
  const sets = [...given.map(([column], index) => `${column} = $${index + 2}`), ...(versioned.has(table) ? ['version = version + 1'] : ['id = id'])]
  return (await tx.execute(`update ${table} set ${sets.join(', ')} where id = $1 and retired_at is null`, [id, ...given.map(([, value]) => stored(value))])) > 0
}

export async function lockRow(tx: Tx, table: SettingsTable, id: string): Promise<boolean> {
  return (await tx.maybe(`select 1 from ${table} where id = $1 and retired_at is null for no key update`, [id])) !== undefined
}

export async function isNameTaken(tx: Tx, table: Exclude<SettingsTable, 'channel_account'>, name: string, exceptId: string | null): Promise<boolean> {
  return (await tx.maybe(`select 1 from ${table} where name = $1 and id is distinct from $2::uuid`, [name, exceptId])) !== undefined
}

/** True when every id names a row in use. */
export async function areKnown(tx: Tx, table: SettingsTable | 'agent', ids: readonly string[]): Promise<boolean> {
  const distinct = [...new Set(ids)]
  return distinct.length === 0 || (await tx.one<{ count: number }>(`select count(*)::int as count from ${table} where id = any($1::uuid[]) and retired_at is null`, [distinct])).count === distinct.length
}

function stored(value: Columns[string]): unknown {
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value
}
