import { HttpClientError } from '#server/platform/http-client.ts'
import type { SendResult } from './channel.ts'

/** Errors of a connection that was never made: nothing left this machine, so the item may simply be tried again. */
const neverSentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'])

/**
 * What a broken connection means for an item: `later` when it was never made, `unknown` when the provider may have taken
 * the item before the line went dead.
 */
export function resultOfBrokenConnection(error: unknown): Extract<SendResult, { kind: 'later' | 'unknown' }> | null {
  const code = connectionCodeOf(error)
  if (code === null) return null
  if (neverSentCodes.has(code) || code === 'blocked') return { ok: false, kind: 'later', retryAfterMs: null, detail: `not reachable (${code})` }
  return { ok: false, kind: 'unknown', detail: `connection lost (${code})` }
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; null when absent or unreadable. Never more than an hour. */
export function retryAfterMsOf(header: string | null | undefined, now: Date): number | null {
  if (!header) return null
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now.getTime()
  return Number.isNaN(ms) ? null : Math.min(3_600_000, Math.max(0, Math.ceil(ms)))
}

function connectionCodeOf(error: unknown): string | null {
  if (error instanceof HttpClientError) return error.code === 'unreachable' ? (systemCodeOf(error.cause) ?? 'ECONNRESET') : error.code
  return systemCodeOf(error)
}

function systemCodeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && /^(E[A-Z_]+|[A-Z_]+)$/.test(code) ? code : null
}
