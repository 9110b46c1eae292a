import { createHash } from 'node:crypto'

const preparedMax = 500
const usesBeforePrepared = 5
const uses = new Map<string, number>()
const names = new Map<string, string>()

/**
 * The name under which a statement is prepared once per connection instead of parsed each time; `undefined` for the first
 * uses, and for all once there are 500: statements put together at run time must not fill the server's memory.
 */
export function statementName(sql: string): string | undefined {
  const known = names.get(sql)
  if (known !== undefined) return known
  if (names.size >= preparedMax) return undefined
  const seen = (uses.get(sql) ?? 0) + 1
  if (seen < usesBeforePrepared) {
    if (uses.size > 20 * preparedMax) uses.clear()
    uses.set(sql, seen)
    return undefined
  }
  uses.delete(sql)
  const name = `t${createHash('sha1').update(sql).digest('hex').slice(0, 16)}`
  names.set(sql, name)
  return name
}
