import type { Tx } from '#server/platform/db.ts'

/** Every row of every table as JSON with sorted keys, rows sorted: two dumps are equal when the databases are. */
export type Dump = Record<string, string[]>

export interface DumpOptions {
  /** Tables left out. */
  withoutTables?: readonly string[]
  /** Columns left out, of every table (`version`) or of one (`conversation.epoch`). */
  withoutColumns?: readonly string[]
}

export async function dumpTables(db: Pick<Tx, 'query'>, options: DumpOptions = {}): Promise<Dump> {
  const { withoutTables = [], withoutColumns = [] } = options
  const tables = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like '\\_prisma%' order by 1`)
  const dump: Dump = {}
  for (const { name } of tables) {
    if (withoutTables.includes(name)) continue
    const left = withoutColumns.map((column) => column.split('.')).filter((path) => path.length === 1 || path[0] === name).map((path) => path.at(-1))
    const rows = await db.query<{ row: string }>(`select (to_jsonb(t.*) - $1::text[])::text as row from "${name}" t`, [left])
    dump[name] = rows.map(({ row }) => row).sort()
  }
  return dump
}

/** The rows that are in one dump only, by table; empty when both are equal. */
export function dumpDifference(before: Dump, after: Dump): Record<string, { gone: string[]; born: string[] }> {
  const difference: Record<string, { gone: string[]; born: string[] }> = {}
  for (const table of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const gone = missing(before[table] ?? [], after[table] ?? [])
    const born = missing(after[table] ?? [], before[table] ?? [])
    if (gone.length > 0 || born.length > 0) difference[table] = { gone, born }
  }
  return difference
}

function missing(rows: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1)
  return rows.filter((row) => {
    const count = left.get(row) ?? 0
    left.set(row, count - 1)
    return count <= 0
  })
}
