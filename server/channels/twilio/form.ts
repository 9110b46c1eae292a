export type FormResult = { ok: true; params: Record<string, string> } | { ok: false; status: 400 | 413; reason: 'repeated-parameter' | 'too-many-parameters' }

const paramsMax = 1000

/**
 * Reads a form-encoded body into single strings. A repeated name is refused: the signature covers it in more than one way,
 * and whoever reads the first value and whoever reads the last would see two different messages.
 */
export function readForm(rawBody: Buffer): FormResult {
  const pairs = new URLSearchParams(rawBody.toString('utf8'))
  if (pairs.size > paramsMax) return { ok: false, status: 413, reason: 'too-many-parameters' }
  // No prototype: a parameter named __proto__ is a parameter like any other.
  const params: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of pairs) {
    if (name in params) return { ok: false, status: 400, reason: 'repeated-parameter' }
    params[name] = value
  }
  return { ok: true, params }
}
