import type { RequestHandler } from 'express'
import type { IncomingMessage, Server } from 'node:http'
import { isIP } from 'node:net'
import { refusal } from './errors.ts'
import { count } from './telemetry.ts'

const headersMax = 100

/** The CSP of every answer that is not a page: nothing may load, nothing may frame it. */
export const apiContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** Hosts beside our own a page may talk to and play from. */
export interface PageSources {
  connect: readonly string[]
  media: readonly string[]
}

/**
 * The CSP of our own pages. Component styles need inline style attributes; scripts only ever come from our files. Pictures from
 * elsewhere: only in the frame that shows a mail, which inherits this, forbids them itself, and allows them when the reader asks.
 */
export function pageContentSecurityPolicy(also: PageSources = { connect: [], media: [] }): string {
  return [
    "default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob: https:", ["media-src 'self' blob:", ...also.media].join(' '), "font-src 'self' data:",
    ["connect-src 'self'", ...also.connect].join(' '), "worker-src 'self' blob:", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
  ].join('; ')
}

/** Headers every answer carries. A page replaces the CSP with its own. */
export function securityHeaders(publicOrigin: string): RequestHandler {
  return (_request, response, next) => {
    response.set({
      'Content-Security-Policy': apiContentSecurityPolicy,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
    })
    response.removeHeader('X-Powered-By')
    if (publicOrigin.startsWith('https:')) response.set('Strict-Transport-Security', 'max-age=31536000')
    next()
  }
}

/**
 * Refuses what a page of another site makes a browser send with our cookie. Browsers always name the origin of a
 * cross-site POST; a request that names none comes from a program, which can only use a cookie it was given
 * (the same reasoning as Go's `http.CrossOriginProtection`). API keys are exempt: a page cannot make a browser add one.
 */
export function assertOwnOrigin(request: Pick<IncomingMessage, 'method' | 'headers'>, publicOrigin: string, allowOwnHost: boolean): void {
  const { method = 'GET', headers } = request
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || headers.authorization !== undefined) return
  if (isOwnOrigin(headers, publicOrigin, allowOwnHost)) return
  throw refusal('request.foreign-origin', 403, 'This request came from a page of another site.')
}

/** The same rule for socket handshakes, where a foreign page's WebSocket also carries our cookie. */
export function isOwnOrigin(headers: IncomingMessage['headers'], publicOrigin: string, allowOwnHost: boolean): boolean {
  const { origin, host } = headers
  if (origin === undefined) {
    const site = headers['sec-fetch-site']
    return site === undefined || site === 'same-origin' || site === 'none'
  }
  if (origin === publicOrigin) return true
  return allowOwnHost && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/**
 * Whose handshake it is. Behind a proxy on this machine all come from one address, and limits per address would be one for
 * everybody: there, as for requests, the proxy's own word counts, which is the last entry that is not the machine itself.
 */
export function addressOfHandshake({ address, headers }: { address: string; headers: IncomingMessage['headers'] }, isBehindProxy: boolean): string {
  if (!isBehindProxy || !isLoopback(address)) return address
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((one) => one.trim())
  return forwarded.findLast((one) => isIP(one) !== 0 && !isLoopback(one)) ?? address
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/** Refuses the HTTP of before 1996, and more headers than anybody needs: Node itself would drop the rest without a word, and with it what they said. */
export const refuseOddRequests: RequestHandler = (request, _response, next) => {
  if (request.httpVersionMajor < 1) throw refusal('request.malformed', 400, 'Speak HTTP/1.1.')
  if (request.rawHeaders.length / 2 > headersMax) throw refusal('request.headers-too-large', 431, `A request may have ${headersMax} headers.`)
  next()
}

/**
 * Refuses a webhook that was sent to another host than ours: neither the public one nor the address we listen at. Signatures
 * are checked against the public address whatever stands here; this keeps pages that point their own name at us out as well.
 */
export function assertOurHost({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, publicOrigin: string): void {
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '')
  const listening = [address.includes(':') ? `[${address}]` : address, 'localhost'].map((name) => `http://${name}:${socket.localPort}`)
  const asked = `http://${headers.host ?? ''}`
  const isOurs = /^[\w.:[\]-]+$/.test(headers.host ?? '') && URL.canParse(asked) && [publicOrigin.replace(/^https:/, 'http:'), ...listening].some((ours) => URL.canParse(ours) && new URL(ours).host === new URL(asked).host)
  if (!isOurs) throw refusal('request.misdirected', 421, 'This hub is not at that address.')
}

/** Refuses text PostgreSQL cannot store (NUL, lone surrogates) and keys that reach prototypes, anywhere in a parsed body. */
export function assertStorable(value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    if (value.includes('\u0000') || !value.isWellFormed()) throw refusal('request.unstorable-text', 400, 'The text has characters that cannot be stored.')
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth > 20) throw refusal('request.too-deep', 400, 'The body is nested too deeply.')
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') throw refusal('request.invalid', 400, 'The body has a key that is not allowed.')
    assertStorable(key, depth + 1)
    assertStorable(inner, depth + 1)
  }
}

/** Limits of one connection: slow headers and bodies are cut with 408, big or broken heads answered in the fixed shape. */
export function hardenServer(server: Server): void {
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.keepAliveTimeout = 65_000
  // `refuseOddRequests` counts; the size of all is limited by Node.
  server.maxHeadersCount = 0
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const [status, title, code] = rawAnswers[error.code ?? ''] ?? [400, 'Bad Request', 'request.malformed']
    count('httpRefused', { route: 'unread', code })
    const body = JSON.stringify({ type: `urn:tributary:problem:${code}`, title, status, code })
    socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
  })
}

const rawAnswers: Record<string, [status: number, title: string, code: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'request.headers-too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'request.too-slow'],
}
