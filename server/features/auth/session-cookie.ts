import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The session's token out of a `Cookie` header, when the sign-in library signed it: `token.base64(HMAC-SHA256)`, URL-encoded. Undefined
 * for everything else; then the library itself is asked, which knows what to do with it.
 */
export function tokenInCookie(header: string | undefined, name: string, secret: string): string | undefined {
  const values = (header ?? '').split(';').map((part) => part.trim()).filter((part) => part.startsWith(`${name}=`))
  const [value] = values
  if (value === undefined || values.length > 1) return undefined
  const signed = decoded(value.slice(name.length + 1))
  const dot = signed.lastIndexOf('.')
  const [token, signature] = [signed.slice(0, dot), Buffer.from(signed.slice(dot + 1))]
  const right = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'))
  return dot > 0 && signature.length === right.length && timingSafeEqual(signature, right) ? token : undefined
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
