/**
 * Text as PostgreSQL can keep it: without NUL, lone surrogates replaced by U+FFFD, and no longer than `charsMax`
 * (a cut never splits a surrogate pair). Everything else a person can type stays as it is.
 */
export function cleanText(text: string, charsMax = 100_000): string {
  return text.replaceAll('\0', '').slice(0, charsMax).toWellFormed()
}

/** One line for names and subjects: control characters and line breaks become single spaces; null when nothing is left. */
export function cleanLine(text: string | null | undefined, charsMax = 200): string | null {
  if (!text) return null
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = cleanText(text, charsMax * 4).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ').trim().slice(0, charsMax).toWellFormed()
  return line === '' ? null : line
}
