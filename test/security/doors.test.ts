/** Small doors: figures that name nobody, limits that are each caller's own, cursors nobody made here, challenges asked for without end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressOfHandshake } from '#server/platform/http-guard.ts'
import { createRateLimiter } from '#server/platform/rate-limit.ts'
import { registry } from '#server/platform/telemetry.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'

let hub: TestHub
let lena: Staff
beforeAll(async () => {
  hub = await startTestHub({ simulator: false, works: false })
  lena = await hub.signIn('lena')
}, 60_000)
afterAll(() => hub.stop())

test('figures name no caller, however a limit was keyed', async () => {
  for (let i = 0; i < 35; i++) await fetch(`${hub.url}/api/v1/visitor/uploads`, { method: 'POST', body: 'x' })
  const limiter = createRateLimiter(() => 0)
  for (const key of ['203.0.113.9', '2001:db8::1', 'mei@chen.example', 'sign-in:mei@chen.example']) {
    for (let i = 0; i < 2; i++) try { limiter.require(key, { burst: 1, perMs: 1000 }) } catch { /* the second one is refused, and counted */ }
  }
  const figures = await (await fetch(`${hub.url}/metrics`)).text()
  expect(figures).toMatch(/rate_?limited[^\n]*upload/i)
  expect(figures).not.toMatch(/127\.0\.0\.1|203\.0\.113|2001|@/)
  expect(await registry.metrics()).toContain('sign-in')
})

test('behind a proxy each visitor has limits of their own, and nobody borrows another\'s address', () => {
  const headers = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' }
  expect(addressOfHandshake({ address: '127.0.0.1', headers }, true)).toBe('203.0.113.9')
  expect(addressOfHandshake({ address: '::ffff:127.0.0.1', headers: { 'x-forwarded-for': 'nonsense, 203.0.113.9, 127.0.0.1' } }, true)).toBe('203.0.113.9')
  expect(addressOfHandshake({ address: '127.0.0.1', headers: {} }, true)).toBe('127.0.0.1')
  expect(addressOfHandshake({ address: '192.0.2.1', headers }, true)).toBe('192.0.2.1')
  expect(addressOfHandshake({ address: '127.0.0.1', headers }, false)).toBe('127.0.0.1')
})

test.each([
  ['no time', ['2026', '01a203d4-d575-7000-8000-03f0e3e581cd']], ['a time only JavaScript reads', ['Sun Nov 22 2026 (a comment)', '01a203d4-d575-7000-8000-03f0e3e581cd']],
  ['no id', ['2026-11-22T00:00:00.000Z', '-'.repeat(36)]], ['SQL', [`2026-11-22T00:00:00Z'; drop table contact; --`, '01a203d4-d575-7000-8000-03f0e3e581cd']], ['not even a list', { at: 1 }],
])('a cursor with %s is refused, not asked of the database', async (_what, value) => {
  const cursor = Buffer.from(JSON.stringify(value)).toString('base64url')
  expect(await lena.call('GET', `/contacts?list=all&cursor=${cursor}`)).toMatchObject({ status: 400 })
})

test('a page of another site neither uploads nor acts with our cookie, nor opens the staff socket', async () => {
  const foreign = { cookie: lena.cookie, origin: 'https://evil.example', 'content-type': 'application/json' }
  expect((await fetch(`${hub.url}/api/v1/uploads?name=a.txt`, { method: 'POST', headers: foreign, body: 'x' })).status).toBe(403)
  expect((await fetch(`${hub.url}/api/v1/presence`, { method: 'POST', headers: foreign, body: JSON.stringify({ presence: 'offline' }) })).status).toBe(403)
  expect((await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`, { headers: foreign })).status).toBe(403)
  expect((await fetch(`${hub.url}/api/v1/presence`, { method: 'POST', headers: { ...foreign, origin: 'null' }, body: JSON.stringify({ presence: 'offline' }) })).status).toBe(403)
})
