import type { Calendar } from '../../domain/calendar.ts'
import type { Tx } from '../../platform/db.ts'

/** One version of business hours. */
export type NamedHours = Calendar & { id: string; version: number; name: string }

/** Finds a version of these business hours, as they are or as they were; one that was not kept is the newest. */
export async function loadHours(tx: Pick<Tx, 'query'>, ids: readonly string[]): Promise<(id: string | null, version: number | null) => NamedHours | null> {
  const rows = ids.length === 0 ? [] : await tx.query<NamedHours>(
    `select c.id, v.version, c.name, v.time_zone as "timeZone", v.periods, v.exceptions from calendar c
     join lateral (select c.version, c.time_zone, c.periods, c.exceptions union all select p.version, p.time_zone, p.periods, p.exceptions from calendar_past p where p.calendar_id = c.id) v on true
     where c.id = any($1::uuid[]) order by v.version desc`, [[...new Set(ids)]])
  return (id, version) => rows.find((row) => row.id === id && row.version === version) ?? rows.find((row) => row.id === id) ?? null
}
