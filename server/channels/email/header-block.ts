export type HeaderBlock = { ok: true; fromCount: number } | { ok: false; reason: 'too-many-headers' }

/** Below what the parser itself gives up on. */
const bytesMax = 1_000_000
/** A field folded over many lines, as a long list of recipients is, counts once. */
const fieldsMax = 2000

/**
 * Counts what the parser hides: it keeps one of several From headers, and which one a reader trusts is then chance. Looks at
 * the bytes before the first empty line.
 */
export function readHeaderBlock(raw: Buffer): HeaderBlock {
  const end = [raw.indexOf('\r\n\r\n'), raw.indexOf('\n\n')].filter((index) => index >= 0)
  const length = end.length === 0 ? raw.length : Math.min(...end)
  if (length > bytesMax) return { ok: false, reason: 'too-many-headers' }
  const lines = raw.toString('latin1', 0, length).split('\n')
  if (lines.filter((line) => !/^[ \t]/.test(line)).length > fieldsMax) return { ok: false, reason: 'too-many-headers' }
  return { ok: true, fromCount: lines.filter((line) => /^from[ \t]*:/i.test(line)).length }
}
