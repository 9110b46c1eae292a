import { type CustomTypesConfig, types } from 'pg'

const { builtins } = types
const int8Array = 1016
const numericArray = 1231

const parsers: Partial<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: parseInt8,
  [builtins.NUMERIC]: Number,
  // A calendar day has no zone: as a Date it would be yesterday somewhere.
  [builtins.DATE]: (text) => text,
  [builtins.TIMESTAMPTZ]: parseTimestamp,
  // Without a zone means UTC here, not this machine's zone.
  [builtins.TIMESTAMP]: (text) => new Date(`${text.replace(' ', 'T')}Z`),
  [int8Array]: (text) => parseArray(int8Array, text, parseInt8),
  [numericArray]: (text) => parseArray(numericArray, text, Number),
}

/** How values come back, for these connections only; a global parser would also change what other libraries read. */
export const typeParsers: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const own = format === 'binary' ? undefined : parsers[oid]
    return own ?? types.getTypeParser(oid, format as 'text')
  },
} as CustomTypesConfig // the library's overloads name each format apart

const parseAnyTimestamp = types.getTypeParser(builtins.TIMESTAMPTZ, 'text') as (text: string) => unknown

/** Our connections are told times in UTC (`2026-03-29 01:30:00.25+00`): read at its places that takes a third of what the library's pattern does. */
function parseTimestamp(text: string): unknown {
  const isUsual = text.length >= 22 && text[0]! >= '1' && text[4] === '-' && text[10] === ' ' && text.endsWith('+00')
  if (!isUsual) return parseAnyTimestamp(text) // infinity, years below 1000 and beyond 9999, another zone
  const two = (at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * 48
  const millis = text.length > 22 ? Math.trunc(Number(text.slice(19, -3)) * 1000) : 0
  return new Date(Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8), two(11), two(14), two(17), millis))
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`An int8 beyond what a number holds exactly: ${text}`)
  return value
}

/** The library parses these arrays to strings (and null). */
function parseArray(oid: number, text: string, parse: (item: string) => number): (number | null)[] {
  const items = types.getTypeParser(oid, 'text')(text) as (string | number | null)[]
  return items.map((item) => (item === null ? null : parse(String(item))))
}
