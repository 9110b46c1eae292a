import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response, type Router } from 'express'
import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type * as z from 'zod'
import type { Problem } from '#contract/api/common.ts'
import { forbidden, invalid, notFound, refusal } from './errors.ts'
import { assertOurHost, assertOwnOrigin, assertStorable } from './http-guard.ts'
import { hashOf, type IdempotencyStore, oncePerKey, readIdempotencyKey, type StoredAnswer } from './http-idempotency.ts'
import { answerFor } from './http-problem.ts'
import type { RequestFacts, Route, StaffSession, Webhook } from './http-route.ts'
import { count } from './telemetry.ts'

export * from './http-route.ts'
export { readCursor, signCursor } from './http-cursor.ts'
export { hardenServer, isOwnOrigin, pageContentSecurityPolicy, refuseOddRequests, securityHeaders } from './http-guard.ts'

export type HttpLogger = { error(fields: object, message: string): void; warn(fields: object, message: string): void }
export type AnsweredFacts = { method: string; route: string; status: number; code: string | undefined; durationMs: number }

export type HttpDeps = {
  /** Who sent this request; undefined when nobody is signed in. */
  authenticate(request: { headers: Request['headers'] }): Promise<StaffSession | undefined>
  clock: { now(): Date }
  logger: HttpLogger
  /** Scheme, host and port people open, e.g. `https://help.example.com`. */
  publicOrigin: string
  /** Outside production: pages may also come from the address the request was sent to. */
  allowOwnHost: boolean
  /** In development and tests every answer is parsed by its own schema; one that does not fit becomes a 500. */
  checkResponses: boolean
  idempotency?: IdempotencyStore
  /** Called once per answer, for the metrics; refusals carry their code. */
  onAnswered?(facts: AnsweredFacts): void
}

const limitBytesDefault = 100 * 1024

/** Serves the routes and webhooks, answers 405 for other methods of their paths. */
export function mountRoutes(app: Express, routes: readonly (Route | Webhook)[], deps: HttpDeps): void {
  const methodsByPath = new Map<string, Set<string>>()
  // A router compares one path after the other: with one for each beginning there are few to compare.
  const routers = new Map<string, Router>()
  const routerOf = (path: string): Router => {
    const beginning = beginningOf(path)
    const router = routers.get(beginning) ?? express.Router()
    routers.set(beginning, router)
    return router
  }
  for (const route of routes) {
    const method = route.method ?? 'POST'
    methodsByPath.set(route.path, (methodsByPath.get(route.path) ?? new Set<string>()).add(method))
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
    const steps = route.kind === 'route' ? routeSteps(route, deps) : webhookSteps(route, deps)
    routerOf(route.path)[verb](route.path, countAnswers(route.path, deps), ...steps)
  }
  const anyOrigin = new Set(routes.filter((route) => route.kind === 'route' && route.origin === 'any').map((route) => route.path))
  for (const [path, methods] of methodsByPath) {
    routerOf(path).all(path, countAnswers(path, deps), (request, response) => {
      const allow = [...methods].join(', ')
      if (request.method === 'OPTIONS' && anyOrigin.has(path as Route['path'])) {
        response.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': allow, 'Access-Control-Allow-Headers': 'content-type, authorization' })
        return void response.status(204).end()
      }
      response.set('Allow', allow)
      throw refusal('route.method-not-allowed', 405, `This address answers ${allow}.`)
    })
  }
  app.use((request, response, next) => {
    const router = routers.get(beginningOf(request.path))
    if (router) router(request, response, next)
    else next()
  })
}

/** `/api/v1/contacts` or `/webhooks` of all addresses below it, in small letters as paths are compared. */
function beginningOf(path: string): string {
  const parts = path.toLowerCase().split('/', 4)
  return parts.slice(0, parts[1] === 'api' ? 4 : 2).join('/')
}

/** The last two handlers of the app: 404 for what nobody answered, and the one place where errors become answers. */
export function lastHandlers(deps: Pick<HttpDeps, 'logger'>): [RequestHandler, ErrorRequestHandler] {
  return [
    () => {
      throw refusal('route.unknown', 404, 'There is nothing at this address.')
    },
    (error, request, response, next) => {
      if (response.headersSent) return next(error)
      const answer = answerFor(error)
      if (answer.isBug) deps.logger.error({ err: error, method: request.method, route: routeOf(request) }, 'request failed')
      if (answer.retryAfterSeconds !== undefined) response.set('Retry-After', String(answer.retryAfterSeconds))
      // A body that was refused half-read must not be taken for the next request.
      if (answer.problem.status === 413) response.set('Connection', 'close')
      // A route counts its own; what reached none is counted here.
      if (response.locals['route'] === undefined) count(answer.problem.status >= 500 ? 'httpErrors' : 'httpRefused', { route: 'unknown', ...(answer.problem.status >= 500 ? {} : { code: answer.problem.code }) })
      sendProblem(response, answer.problem)
    },
  ]
}

function routeSteps(route: Route, deps: HttpDeps): RequestHandler[] {
  const readJson = express.json({ limit: route.limitBytes ?? limitBytesDefault, strict: false, type: 'application/json' })
  const mayLeaveOutBody = route.body?.safeParse(undefined).success === true
  const admit: RequestHandler = async (request, response, next) => {
    if (route.origin === 'any') response.set('Access-Control-Allow-Origin', '*')
    else assertOwnOrigin(request, deps.publicOrigin, deps.allowOwnHost)
    const staff = route.origin === 'any' && request.headers.authorization === undefined ? undefined : await deps.authenticate(request)
    assertMayUse(route, staff)
    response.locals['staff'] = staff
    const isLeftOut = request.headers['content-length'] === '0' && mayLeaveOutBody
    if (route.body !== undefined && !isLeftOut && request.is('application/json') === false) {
      throw refusal('request.not-json', 415, 'Send the body as application/json.')
    }
    next()
  }
  const answer: RequestHandler = async (request, response) => {
    // Set by `admit` above, on this very response.
    const staff = response.locals['staff'] as StaffSession | undefined
    assertStorable(request.body)
    const params = parseParams(route.params, request.params)
    const query = parse(route.query, request.query, 'query')
    const body = parse(route.body, request.body, 'body')
    const work = async (): Promise<StoredAnswer> => {
      const output = await route.handle({ params, query, body, staff, request: factsOf(request, response) })
      if (deps.checkResponses && route.response !== undefined) route.response.parse(output)
      return { status: route.status ?? (route.response === undefined ? 204 : 200), response: output ?? null }
    }
    const key = route.idempotent === true && staff !== undefined ? readIdempotencyKey(request.headers['idempotency-key']) : undefined
    const { status, response: output } =
      key === undefined || deps.idempotency === undefined || staff === undefined
        ? await work()
        : await oncePerKey(deps.idempotency, { key, staffId: staff.staffId, route: `${route.method} ${request.path}`, bodyHash: hashOf(body), at: deps.clock.now() }, work)
    response.status(status).set('Cache-Control', 'no-store')
    if (route.response === undefined) response.end()
    else response.json(output)
  }
  return route.body === undefined ? [admit, answer] : [admit, readJson, answer]
}

function webhookSteps(webhook: Webhook, deps: HttpDeps): RequestHandler[] {
  const readRaw = express.raw({ limit: webhook.limitBytes, inflate: false, type: () => true })
  return [
    (request, _response, next) => {
      assertOurHost(request, deps.publicOrigin)
      if (webhook.method !== 'GET' && request.is([...webhook.contentType]) === false) {
        throw refusal('request.wrong-type', 415, `Send the body as ${webhook.contentType.join(' or ')}.`)
      }
      next()
    },
    readRaw,
    async (request, response) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const answer = await webhook.handle({ rawBody, headers: request.headers, url: request.originalUrl, params: { ...request.params } as Record<string, string>, address: addressOf(request) })
      if (answer.status >= 500) deps.logger.warn({ route: webhook.path, status: answer.status }, 'webhook answered with an error')
      response.status(answer.status).set('Cache-Control', 'no-store').set(answer.headers ?? {}).send(answer.body ?? '')
    },
  ]
}

function assertMayUse(route: Route, staff: StaffSession | undefined): void {
  if (route.roles === 'public') return
  if (staff === undefined) throw refusal('session.required', 401, 'Sign in first.')
  if (route.roles !== 'signed-in' && !route.roles.includes(staff.role)) throw forbidden()
}

/** An id that is no id names nothing, so a bad path parameter is a 404 like any unknown id. */
function parseParams(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw notFound()
  return parsed.data
}

function parse(schema: z.ZodType | undefined, value: unknown, part: 'query' | 'body'): unknown {
  if (schema === undefined) return undefined
  if (part === 'query') assertStorable(value)
  const parsed = schema.safeParse(part === 'query' ? { ...(value as object) } : value)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.slice(0, 20).map((issue) => ({ path: [part === 'query' ? 'query' : [], issue.path].flat(2).join('.'), code: issue.code, message: issue.message })))
}

function factsOf(request: Request, response: Response): RequestFacts {
  return {
    requestId: randomUUID(),
    address: addressOf(request),
    headers: request.headers,
    setCookies: (cookies) => void response.append('Set-Cookie', [...cookies]),
  }
}

/** The caller's address as Express knows it (`trust proxy` decides about forwarding headers); anything else is dropped. */
function addressOf(request: Request): string {
  return isIP(request.ip ?? '') === 0 ? 'unknown' : (request.ip ?? 'unknown')
}

function countAnswers(route: string, deps: HttpDeps): RequestHandler {
  return (request, response, next) => {
    response.locals['route'] = route
    const startedAt = performance.now()
    response.once('finish', () => {
      const code = typeof response.locals['code'] === 'string' ? response.locals['code'] : undefined
      if (response.statusCode >= 500) count('httpErrors', { route })
      else if (code !== undefined) count('httpRefused', { route, code })
      deps.onAnswered?.({ method: request.method, route, status: response.statusCode, code, durationMs: performance.now() - startedAt })
    })
    next()
  }
}

function routeOf(request: Request): string {
  const route = request.res?.locals['route']
  return typeof route === 'string' ? route : 'unknown'
}

function sendProblem(response: Response, body: Problem): void {
  response.locals['code'] = body.code
  response.status(body.status).set('Cache-Control', 'no-store').type('application/problem+json').send(JSON.stringify(body))
}
