import { type CustomTypesConfig, types } from 'pg'

const { builtins } = types
const int8Array = 1016
const numericArray = 1231

const parsers: Partial<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: parseInt8,
  [builtins.NUMERIC]: Number,
  // A calendar day has no zone: as a Date it would be yesterday somewhere.
  [builtins.DATE]: (text) => text,
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
