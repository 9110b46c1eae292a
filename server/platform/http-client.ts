import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Why a request was not made or not finished. `blocked`: ours to refuse; the others: the far side's doing. */
export type HttpClientErrorCode = 'blocked' | 'unreachable' | 'timeout' | 'too-large' | 'too-many-redirects'

export class HttpClientError extends Error {
  readonly code: HttpClientErrorCode
  constructor(code: HttpClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'HttpClientError'
    this.code = code
  }
}

export type OutgoingRequest = {
  url: string
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Hosts this call may reach, also after redirects; `*.example.com` covers sub-domains. Undefined: any public host. */
  allowedHosts?: readonly string[]
  timeoutMs?: number
  sizeBytesMax?: number
  redirectsMax?: number
}

export type OutgoingAnswer = { status: number; headers: Record<string, string>; body: Buffer; url: string }

export type HttpClient = { request(outgoing: OutgoingRequest): Promise<OutgoingAnswer> }

export type HttpClientOptions = {
  /** Origins the administrator configured (provider URLs): reached as they are, plain http and loopback included. */
  allowedOrigins?: readonly string[]
  /** For tests of the guard: resolves names; the system's resolver unless given. */
  resolve?: ResolveHost
}

/** All addresses of a name, through `done`. */
export type ResolveHost = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void

/**
 * The one client for outgoing requests. The address is checked when the socket connects, on what the name resolved to
 * at that moment, so a name that changes its answer between check and use gains nothing.
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const allowedOrigins = new Set((options.allowedOrigins ?? []).map((url) => new URL(url).origin))
  const resolve = options.resolve ?? resolveBySystem

  return {
    async request(outgoing) {
      const deadline = AbortSignal.timeout(outgoing.timeoutMs ?? 10_000)
      let url = parseUrl(outgoing.url)
      let { method = 'GET', body, headers = {} } = outgoing
      for (let redirects = 0; ; redirects++) {
        const isConfigured = allowedOrigins.has(url.origin)
        if (!isConfigured) assertMayReach(url, outgoing.allowedHosts)
        const answer = await send(url, { method, headers, body, signal: deadline, lookup: isConfigured ? undefined : guardedLookup(resolve), sizeBytesMax: outgoing.sizeBytesMax ?? 10 * 1024 * 1024 })
        const location = answer.headers['location']
        if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer
        if (redirects >= (outgoing.redirectsMax ?? 3)) throw new HttpClientError('too-many-redirects', `more than ${redirects} redirects from ${url.host}`)
        const next = parseUrl(new URL(location, url).href)
        // Credentials are for the host they were given for.
        if (next.origin !== url.origin) headers = withoutCredentials(headers)
        if (answer.status === 303 || ((answer.status === 301 || answer.status === 302) && method === 'POST')) [method, body] = ['GET', undefined]
        url = next
      }
    },
  }
}

/** True for an address on the public internet. Mapped, embedded and translated IPv4 counts as the IPv4 it carries. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  // NOTE: ipaddr.js has no range for the deprecated IPv4-compatible form `::a.b.c.d`.
  return !(parsed instanceof ipaddr.IPv6) || parsed.parts.slice(0, 6).some((part) => part !== 0)
}

/** Refuses by the URL alone what needs no connection to be seen. The URL parser has turned 0x7f.1 into 127.0.0.1 by now. */
function assertMayReach(url: URL, allowedHosts: readonly string[] | undefined): void {
  if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443')) throw new HttpClientError('blocked', 'only https on its own port is reached')
  if (url.username !== '' || url.password !== '') throw new HttpClientError('blocked', 'no credentials in addresses')
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase()
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new HttpClientError('blocked', 'not a public address')
  if (allowedHosts !== undefined && !allowedHosts.some((allowed) => hostMatches(host, allowed))) throw new HttpClientError('blocked', 'not one of the allowed hosts')
}

function hostMatches(host: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new HttpClientError('blocked', 'not an address')
  return new URL(text)
}

/** Every address a name resolves to must be public: a name with one private address is refused as a whole. */
function guardedLookup(resolve: ResolveHost): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      const first = addresses[0]
      if (error !== null) return callback(error, '', 0)
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new HttpClientError('blocked', 'the name leads to an address that is not public'), '', 0)
      }
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

const resolveBySystem: ResolveHost = (host, done) => dnsLookup(host, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []))

type Sending = { method: string; headers: Record<string, string>; body: string | Uint8Array | undefined; signal: AbortSignal; lookup: LookupFunction | undefined; sizeBytesMax: number }

function send(url: URL, { method, headers, body, signal, lookup, sizeBytesMax }: Sending): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest
    // No agent: a kept connection would skip the lookup, and with it the guard.
    const request = start(url, { method, headers: { 'accept-encoding': 'identity', ...headers }, signal, agent: false, ...(lookup === undefined ? {} : { lookup }) }, (response) => {
      readBody(response, sizeBytesMax).then((content) => resolve({ status: response.statusCode ?? 0, headers: plainHeaders(response), body: content, url: url.href }), fail)
    })
    const fail = (error: unknown) => {
      request.destroy()
      reject(translated(error, signal, url))
    }
    request.on('error', fail)
    request.end(body)
  })
}

async function readBody(response: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // Without an encoding a response yields buffers.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > sizeBytesMax) throw new HttpClientError('too-large', `the answer is larger than ${sizeBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function translated(error: unknown, signal: AbortSignal, url: URL): HttpClientError {
  if (error instanceof HttpClientError) return error
  if (signal.aborted) return new HttpClientError('timeout', `no answer from ${url.host} in time`, { cause: error })
  return new HttpClientError('unreachable', `${url.host} cannot be reached`, { cause: error })
}

function plainHeaders(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())))
}
