/** What a saved form really changed, as facts of the audit log. */
import { isDeepStrictEqual } from 'node:util'

/**
 * Forms are saved whole, so that most of what they send is as it was. Names the fields that differ in `fields`; of numbers and switches
 * the value before and after, which is no text of anybody's.
 */
export function factsOfChange(before: object, change: object): Record<string, string> {
  const held = new Map<string, unknown>(Object.entries(before))
  const differing = Object.entries(change).filter(([field, value]) => value !== undefined && held.has(field) && !isDeepStrictEqual(comparable(field, value), comparable(field, held.get(field))))
  const figures = differing.filter(([field, value]) => isFigure(value) && isFigure(held.get(field)))
  return { ...(differing.length > 0 ? { fields: differing.map(([field]) => field).join(' ') } : {}), ...Object.fromEntries(figures.map(([field, value]) => [field, `${String(held.get(field))} → ${String(value)}`])) }
}

const isFigure = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean'

/** Lists whose order says nothing. */
const sets: ReadonlySet<string> = new Set(['members', 'memberIds', 'skills', 'teamIds', 'queueIds'])

/** What JSON leaves out is not there. */
function comparable(field: string, value: unknown): unknown {
  const plain: unknown = value === undefined ? null : JSON.parse(JSON.stringify(value))
  return Array.isArray(plain) && sets.has(field) ? plain.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : plain
}
