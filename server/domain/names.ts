const bytesMax = 255
/** Longer ones keep their end: it says the kind, and trimming stays quick. */
const charsMax = 1_000

/**
 * A file's name for display, from what a stranger wrote: no path, no control or direction characters (by which "exe.gnp" reads as
 * "png.exe"), none that a file system refuses, at most 255 bytes with its ending kept.
 */
export function cleanFileName(raw: string, fallback = 'file'): string {
  const name = raw
    .slice(-charsMax)
    .toWellFormed()
    .normalize('NFC')
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
  return cutToBytes(name) || fallback
}

function cutToBytes(name: string): string {
  const encoder = new TextEncoder()
  if (encoder.encode(name).length <= bytesMax) return name
  const dot = name.lastIndexOf('.')
  const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : ''
  let left = bytesMax - encoder.encode(ending).length
  let stem = ''
  for (const character of name.slice(0, name.length - ending.length)) {
    left -= encoder.encode(character).length
    if (left < 0) break
    stem += character
  }
  return stem.trimEnd() + ending
}
