import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import type { Locale, Role } from '#contract/words.ts'

/** Who is signed in, by cookie (`sessionId`) or by API key (`sessionId` is undefined). */
export type StaffSession = {
  staffId: string
  sessionId: string | undefined
  name: string
  email: string
  role: Role
  locale: Locale
}

/** `public`: anybody; `signed-in`: any role; else one of the named roles. */
export type Access = 'public' | 'signed-in' | readonly Role[]

/** What a handler may know of the request beside its parsed parts. */
export type RequestFacts = {
  requestId: string
  address: string
  headers: IncomingHttpHeaders
  /** `Set-Cookie` values to send with the answer. */
  setCookies(cookies: readonly string[]): void
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type Answer<Schema> = Schema extends z.ZodType ? z.input<Schema> : void

export type RouteInput<A extends Access, P, Q, B> = {
  params: Parsed<P>
  query: Parsed<Q>
  body: Parsed<B>
  staff: A extends 'public' ? StaffSession | undefined : StaffSession
  request: RequestFacts
}

type MaybeSchema = z.ZodType | undefined

export type RouteSpec<A extends Access = Access, P extends MaybeSchema = MaybeSchema, Q extends MaybeSchema = MaybeSchema, B extends MaybeSchema = MaybeSchema, R extends MaybeSchema = MaybeSchema> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** In Express's form, e.g. `/api/v1/customers/:id`. */
  path: `/api/v1/${string}`
  summary: string
  tag: string
  roles: A
  params?: P
  query?: Q
  body?: B
  /** Without it the answer is 204 with no body. */
  response?: R
  status?: number
  /** Honours `Idempotency-Key`: the second request with the same key and body gets the first one's answer. */
  idempotent?: boolean
  /** `any`: callable from pages of other sites, without cookies (the widget). Default `own`. */
  origin?: 'own' | 'any'
  /** Bodies above this are refused with 413; 100 KB unless told. */
  limitBytes?: number
}

/** A route whose types have been checked and are now erased, so that routes of all shapes fit in one list. */
export type Route = RouteSpec & { kind: 'route'; handle(input: ErasedInput): Promise<unknown> }
type ErasedInput = { params: unknown; query: unknown; body: unknown; staff: StaffSession | undefined; request: RequestFacts }

/** Declares one route of the API; `mountRoutes` serves it and `openApiDocument` describes it. */
export function defineRoute<const A extends Access, P extends MaybeSchema = undefined, Q extends MaybeSchema = undefined, B extends MaybeSchema = undefined, R extends MaybeSchema = undefined>(
  spec: RouteSpec<A, P, Q, B, R>,
  handle: (input: RouteInput<A, P, Q, B>) => Promise<Answer<R>>,
): Route {
  // The mount parses params, query and body with the same schemas and enforces `roles` before it calls the handler.
  return { ...(spec as RouteSpec), kind: 'route', handle: handle as unknown as Route['handle'] }
}

export type WebhookRequest = {
  rawBody: Buffer
  headers: IncomingHttpHeaders
  /** Path and query as sent, e.g. `/webhooks/twilio/voice?x=1`. Never the host: that is the caller's free choice. */
  url: string
  params: Record<string, string>
  address: string
}

export type WebhookAnswer = { status: number; headers?: Record<string, string>; body?: string | Buffer }

export type WebhookSpec = {
  method?: 'GET' | 'POST'
  path: `/${string}`
  limitBytes: number
  /** The media types accepted, e.g. `['application/x-www-form-urlencoded']`; others get 415. */
  contentType: readonly string[]
}

export type Webhook = WebhookSpec & { kind: 'webhook'; handle(request: WebhookRequest): Promise<WebhookAnswer> }

/** Declares a door for a provider: the handler gets the raw body, verifies it and answers in the provider's words. */
export function defineWebhook(spec: WebhookSpec, handle: (request: WebhookRequest) => Promise<WebhookAnswer>): Webhook {
  return { ...spec, kind: 'webhook', handle }
}
