import express from 'express'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { Problem } from '#contract/api/common.ts'
import { refusal, RetryLater } from '#server/platform/errors.ts'
import { type AnsweredFacts, defineRoute, defineWebhook, hardenServer, lastHandlers, mountRoutes, securityHeaders, signCursor, readCursor, type StaffSession } from '#server/platform/http.ts'
import type { IdempotencyClaim, StoredAnswer } from '#server/platform/http-idempotency.ts'

const staffOf = (role: StaffSession['role']): StaffSession => ({ staffId: `id-of-${role}`, sessionId: 's1', name: role, email: `${role}@example.com`, role, locale: 'en' })
let origin = ''
let made = 0
const answered: AnsweredFacts[] = []
const logged: object[] = []
const app = express()
const server = app.listen(0, '127.0.0.1')

const idempotencyRows = new Map<string, { route: string; bodyHash: string; answer?: StoredAnswer }>()
const idempotency = {
  claim: async (claim: IdempotencyClaim) => {
    const row = idempotencyRows.get(claim.key)
    if (row === undefined) {
      idempotencyRows.set(claim.key, { route: claim.route, bodyHash: claim.bodyHash })
      return 'claimed' as const
    }
    return row.answer === undefined ? ('in-flight' as const) : { ...row.answer, route: row.route, bodyHash: row.bodyHash }
  },
  complete: async (claim: IdempotencyClaim, answer: StoredAnswer) => void idempotencyRows.set(claim.key, { route: claim.route, bodyHash: claim.bodyHash, answer }),
  release: async (claim: IdempotencyClaim) => void idempotencyRows.delete(claim.key),
}

const thing = z.strictObject({ id: z.uuidv7(), name: z.string() })
const id = '01981a6e-0000-7000-8000-000000000001'
const routes = [
  defineRoute({ method: 'GET', path: '/api/v1/things/:id', summary: 'Read', tag: 'things', roles: 'signed-in', params: z.strictObject({ id: z.uuidv7() }), response: thing }, async ({ params, staff }) => ({ id: params.id, name: staff.name })),
  defineRoute({ method: 'POST', path: '/api/v1/things', summary: 'Make', tag: 'things', roles: ['admin'], body: z.strictObject({ name: z.string().max(200_000), amount: z.number().optional() }), response: thing, status: 201, idempotent: true }, async ({ body }) => ({ id, name: `${body.name} ${++made}` })),
  defineRoute({ method: 'GET', path: '/api/v1/search', summary: 'Find', tag: 'things', roles: 'public', query: z.strictObject({ q: z.string() }), response: z.strictObject({ q: z.string() }) }, async ({ query }) => ({ q: query.q })),
  defineRoute({ method: 'GET', path: '/api/v1/broken', summary: 'Bug', tag: 'things', roles: 'public', response: thing }, async () => { throw new Error('select secret from /srv/hub') }),
  defineRoute({ method: 'GET', path: '/api/v1/wrong', summary: 'Wrong shape', tag: 'things', roles: 'public', response: thing }, async () => ({ id, name: 'x', password: 'y' })),
  defineRoute({ method: 'GET', path: '/api/v1/busy', summary: 'Busy', tag: 'things', roles: 'public' }, async () => { throw new RetryLater('disk full', 1500) }),
  defineRoute({ method: 'GET', path: '/api/v1/no-database', summary: 'Down', tag: 'things', roles: 'public' }, async () => { throw Object.defineProperty(new Error('no connection'), 'name', { value: 'DatabaseUnavailable' }) }),
  defineRoute({ method: 'DELETE', path: '/api/v1/things/:id', summary: 'No', tag: 'things', roles: ['admin'] }, async () => { throw refusal('thing.in-use', 409, 'It is in use.', { users: 3 }) }),
  defineRoute({ method: 'POST', path: '/api/v1/widget', summary: 'From other sites', tag: 'things', roles: 'public', origin: 'any', body: z.strictObject({ a: z.string() }) }, async () => {}),
  defineWebhook({ path: '/webhooks/test', limitBytes: 1000, contentType: ['application/x-www-form-urlencoded'] }, async ({ rawBody, url }) => {
    if (rawBody.toString() === 'boom=1') throw new Error('secret')
    return { status: 200, headers: { 'content-type': 'text/xml' }, body: `<Got>${rawBody.toString()} ${url}</Got>` }
  }),
]

beforeAll(() => {
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const deps = {
    authenticate: async ({ headers }: { headers: { cookie?: string | undefined; authorization?: string | undefined } }) => {
      const role = /role=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? headers.authorization?.slice(7)
      return role === 'agent' || role === 'admin' ? staffOf(role) : undefined
    },
    clock: { now: () => new Date() },
    logger: { error: (fields: object) => void logged.push(fields), warn: () => {} },
    publicOrigin: 'https://help.example.com',
    allowOwnHost: true,
    checkResponses: true,
    idempotency,
    onAnswered: (facts: AnsweredFacts) => void answered.push(facts),
  }
  hardenServer(server)
  app.use(securityHeaders(deps.publicOrigin))
  mountRoutes(app, routes, deps)
  app.use(...lastHandlers(deps))
})
afterAll(() => void server.close())

type Sent = { method?: string; role?: string; key?: string; headers?: Record<string, string>; json?: unknown; body?: string }
async function send(path: string, { method, role, key, headers = {}, json, body }: Sent = {}) {
  const response = await fetch(origin + path, {
    method: method ?? (json === undefined && body === undefined ? 'GET' : 'POST'),
    headers: { ...(role === undefined ? {} : { cookie: `role=${role}` }), ...(key === undefined ? {} : { 'idempotency-key': key }), ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(json === undefined && body === undefined ? {} : { body: body ?? JSON.stringify(json) }),
  })
  const text = await response.text()
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true
  return { status: response.status, headers: response.headers, text, code: isProblem ? Problem.parse(JSON.parse(text)).code : undefined }
}

test('a signed-in person gets the answer, with the security headers', async () => {
  const got = await send(`/api/v1/things/${id}`, { role: 'agent' })
  expect(got).toMatchObject({ status: 200, text: JSON.stringify({ id, name: 'agent' }) })
  expect(Object.fromEntries(got.headers)).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'strict-transport-security': 'max-age=31536000', 'cache-control': 'no-store' })
  expect(got.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(got.headers.get('x-powered-by')).toBeNull()
})

test.each<[string, string, Sent, number, string]>([
  ['not signed in', `/api/v1/things/${id}`, {}, 401, 'session.required'],
  ['the wrong role', '/api/v1/things', { role: 'agent', json: { name: 'a' } }, 403, 'forbidden'],
  ['an id that is none', '/api/v1/things/1;drop', { role: 'agent' }, 404, 'not-found'],
  ['an unknown address', '/api/v1/nothing', {}, 404, 'route.unknown'],
  ['a wrong method', '/api/v1/search', { method: 'PUT' }, 405, 'route.method-not-allowed'],
  ['a body that is not JSON', '/api/v1/things', { role: 'admin', body: '{', headers: { 'content-type': 'application/json' } }, 400, 'request.malformed'],
  ['an empty body', '/api/v1/things', { role: 'admin', body: '', method: 'POST', headers: { 'content-type': 'application/json' } }, 400, 'request.invalid'],
  ['null', '/api/v1/things', { role: 'admin', json: null }, 400, 'request.invalid'],
  ['an array', '/api/v1/things', { role: 'admin', json: [] }, 400, 'request.invalid'],
  ['a bare text', '/api/v1/things', { role: 'admin', json: 'x' }, 400, 'request.invalid'],
  ['a number beyond all numbers', '/api/v1/things', { role: 'admin', body: '{"name":"a","amount":1e999}', headers: { 'content-type': 'application/json' } }, 400, 'request.invalid'],
  ['an unknown key', '/api/v1/things', { role: 'admin', json: { name: 'a', role: 'admin' } }, 400, 'request.invalid'],
  ['a prototype', '/api/v1/things', { role: 'admin', body: '{"name":"a","__proto__":{"role":"admin"}}', headers: { 'content-type': 'application/json' } }, 400, 'request.invalid'],
  ['a constructor', '/api/v1/things', { role: 'admin', json: { name: 'a', constructor: { prototype: {} } } }, 400, 'request.invalid'],
  ['an operator for a text', '/api/v1/things', { role: 'admin', json: { name: { contains: '' } } }, 400, 'request.invalid'],
  ['a NUL', '/api/v1/things', { role: 'admin', json: { name: 'a\u0000b' } }, 400, 'request.unstorable-text'],
  ['half a surrogate', '/api/v1/things', { role: 'admin', body: '{"name":"\\ud800"}', headers: { 'content-type': 'application/json' } }, 400, 'request.unstorable-text'],
  ['a form', '/api/v1/things', { role: 'admin', body: 'name=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'request.not-json'],
  ['more than 100 KB', '/api/v1/things', { role: 'admin', json: { name: 'x'.repeat(103_000) } }, 413, 'request.too-large'],
  ['an unknown query', '/api/v1/search?q=a&sort=password', {}, 400, 'request.invalid'],
  ['a nested query', '/api/v1/search?q[0][attr]=1', {}, 400, 'request.invalid'],
  ['a query given twice', '/api/v1/search?q=a&q=b', {}, 400, 'request.invalid'],
  ['a broken escape', '/api/v1/things/%zz', { role: 'agent' }, 400, 'request.malformed'],
  ['a bug', '/api/v1/broken', {}, 500, 'internal'],
  ['an answer of the wrong shape', '/api/v1/wrong', {}, 500, 'internal'],
  ['something full', '/api/v1/busy', {}, 503, 'service.busy'],
  ['no database', '/api/v1/no-database', {}, 503, 'database.unavailable'],
  ['a refusal of the feature', `/api/v1/things/${id}`, { method: 'DELETE', role: 'admin' }, 409, 'thing.in-use'],
  ['a page of another site', '/api/v1/things', { role: 'admin', json: { name: 'a' }, headers: { origin: 'https://evil.example' } }, 403, 'request.foreign-origin'],
  ['an opaque origin', '/api/v1/things', { role: 'admin', json: { name: 'a' }, headers: { origin: 'null' } }, 403, 'request.foreign-origin'],
  ['a webhook with the wrong type', '/webhooks/test', { json: {} }, 415, 'request.wrong-type'],
  ['a webhook that is too large', '/webhooks/test', { body: 'a'.repeat(1001), headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 413, 'request.too-large'],
  ['a bug in a webhook', '/webhooks/test', { body: 'boom=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 500, 'internal'],
])('%s is refused in the one shape', async (_name, path, sent, status, code) => {
  const got = await send(path, sent)
  expect([got.status, got.code]).toEqual([status, code])
  expect(got.text).not.toMatch(/secret|select|\/srv|at .*\.ts/)
})

test('the same key and body make one thing, another body is refused, a failed one may be tried again', async () => {
  const first = await send('/api/v1/things', { role: 'admin', key: 'k1', json: { name: 'pen' } })
  const again = await send('/api/v1/things', { role: 'admin', key: 'k1', json: { name: 'pen' } })
  expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
  expect(await send('/api/v1/things', { role: 'admin', key: 'k1', json: { name: 'cup' } })).toMatchObject({ status: 422, code: 'idempotency.other-request' })
  idempotencyRows.set('k2', { route: 'POST /api/v1/things', bodyHash: 'x' })
  expect(await send('/api/v1/things', { role: 'admin', key: 'k2', json: { name: 'pen' } })).toMatchObject({ status: 409, code: 'idempotency.in-flight' })
  expect(await send('/api/v1/things', { role: 'admin', key: 'with space', json: { name: 'pen' } })).toMatchObject({ status: 400, code: 'idempotency.bad-key' })
})

test('own pages, API keys and programs may change things', async () => {
  const json = { name: 'a' }
  expect((await send('/api/v1/things', { role: 'admin', json, headers: { origin } })).status).toBe(201)
  expect((await send('/api/v1/things', { role: 'admin', json, headers: { origin: 'https://help.example.com' } })).status).toBe(201)
  expect((await send('/api/v1/things', { json, headers: { authorization: 'Bearer admin', origin: 'https://elsewhere.example' } })).status).toBe(201)
})

test('only routes made for other sites answer a preflight, and never with credentials', async () => {
  const open = await send('/api/v1/widget', { method: 'OPTIONS', headers: { origin: 'https://shop.example' } })
  expect([open.status, open.headers.get('access-control-allow-origin'), open.headers.get('access-control-allow-credentials')]).toEqual([204, '*', null])
  const closed = await send('/api/v1/things', { method: 'OPTIONS', headers: { origin: 'https://shop.example' } })
  expect([closed.status, closed.headers.get('access-control-allow-origin')]).toEqual([405, null])
  expect((await send('/api/v1/widget', { json: { a: 'b' }, headers: { origin: 'https://shop.example' } })).status).toBe(204)
})

test('a webhook gets the raw body and answers in its own words; answers are counted with their code', async () => {
  const got = await send('/webhooks/test?x=1', { body: 'Body=a+b&Body=c', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  expect(got).toMatchObject({ status: 200, text: '<Got>Body=a+b&Body=c /webhooks/test?x=1</Got>' })
  expect(answered).toContainEqual(expect.objectContaining({ route: '/webhooks/test', status: 415, code: 'request.wrong-type' }))
  expect(logged.length).toBeGreaterThan(0)
})

test.each<[string, string, number, string]>([
  ['a head of 64 KB', `GET /api/v1/search?q=a HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(65_536)}\r\n\r\n`, 431, 'request.headers-too-large'],
  ['broken chunks', 'POST /webhooks/test HTTP/1.1\r\nHost: help.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nboom\r\n', 400, 'request.malformed'],
  ['a length and chunks', 'POST /webhooks/test HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'request.malformed'],
  ['something that is not HTTP', 'hello\r\n\r\n', 400, 'request.malformed'],
])('%s is answered in the one shape and the connection closed', async (_name, sent, status, code) => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(sent)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(Problem.parse(JSON.parse(body))).toMatchObject({ status, code })
  expect((await send('/api/v1/search?q=a')).status).toBe(200)
})

test('a cursor opens only the list it was signed for', () => {
  const cursor = signCursor('secret', 'customers', ['2026-01-01', id])
  expect(readCursor('secret', 'customers', cursor)).toEqual(['2026-01-01', id])
  for (const bad of [`${cursor}x`, cursor.replace('.', ''), 'a.b', '.', cursor.slice(1)]) expect(() => readCursor('secret', 'customers', bad)).toThrow('does not belong')
  expect(() => readCursor('secret', 'contacts', cursor)).toThrow('does not belong')
  expect(() => readCursor('other', 'customers', cursor)).toThrow('does not belong')
})
