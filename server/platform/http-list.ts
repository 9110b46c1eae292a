import { type CursorValues, readCursor, signCursor } from './http-cursor.ts'

/** One page from rows of which one more than `limit` was asked for. `placeOf`: the sort key and id of a row. */
export function toPage<Row>(secret: string, scope: string, rows: readonly Row[], limit: number, placeOf: (row: Row) => CursorValues): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? signCursor(secret, scope, placeOf(last)) : null }
}

/** The texts of a cursor's place; none for the first page. */
export function readPlace(secret: string, scope: string, cursor: string | undefined): string[] {
  return cursor === undefined ? [] : readCursor(secret, scope, cursor).map(String)
}
