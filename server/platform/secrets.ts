import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

const ivBytes = 12
const tagBytes = 16

export interface Secrets {
  /** Encrypts for storage (AES-256-GCM); twice the same text gives two different results. */
  sealSecret(plain: string): string
  /** Throws when the value was changed or sealed under another session secret. */
  openSecret(sealed: string): string
  /** A url-safe token that carries its payload in the open and cannot be changed, used for another purpose, or outlive `expiresAt`. */
  signToken(payload: unknown, purpose: string, expiresAt: Date): string
  /** The payload, or `undefined` for a token that is forged, of another purpose, or expired at `now`. The caller parses it. */
  readToken(token: string, purpose: string, now: Date): unknown
  /** 20 hexadecimal characters (80 bits) that only this hub can make for this value and purpose; for places with little room that may lose case. */
  mac(value: string, purpose: string): string
}

/** All keys derive from the session secret, one per use, so that no value of one kind can pass for another. */
export function createSecrets(sessionSecret: string): Secrets {
  const sealKey = deriveKey(sessionSecret, 'seal')
  const tokenKey = deriveKey(sessionSecret, 'token')
  const sign = (purpose: string, body: string) => createHmac('sha256', tokenKey).update(`${purpose.length}:${purpose}:${body}`).digest()
  return {
    sealSecret(plain) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv)
      const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')}`
    },
    openSecret(sealed) {
      const [version, value] = sealed.split('.')
      if (version !== 'v1' || !value) throw new Error('Not a sealed secret.')
      const bytes = Buffer.from(value, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8')
    },
    signToken(payload, purpose, expiresAt) {
      const body = Buffer.from(JSON.stringify([payload, expiresAt.getTime()])).toString('base64url')
      return `${body}.${sign(purpose, body).toString('base64url')}`
    },
    readToken(token, purpose, now) {
      const [body, signature, rest] = token.split('.')
      if (!body || !signature || rest !== undefined) return undefined
      const given = Buffer.from(signature, 'base64url')
      const expected = sign(purpose, body)
      // Compared as text too: base64url ignores stray characters, and two spellings of one token are one too many.
      if (given.length !== expected.length || !timingSafeEqual(given, expected) || signature !== expected.toString('base64url')) return undefined
      const [payload, expiresAt] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [unknown, number]
      return now.getTime() < expiresAt ? payload : undefined
    },
    mac: (value, purpose) => sign(`mac:${purpose}`, value).toString('hex').slice(0, 20),
  }
}

/** How a token with enough randomness of its own (invitation, reset) is stored: SHA-256, hexadecimal. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** 32 random bytes, url-safe. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function deriveKey(sessionSecret: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', sessionSecret, 'tributary', use, 32))
}
