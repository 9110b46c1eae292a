/** Small doors: figures that name nobody, limits that are each caller's own, cursors nobody made here, challenges asked for without end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepUploads } from '#server/features/files/uploads.usecases.ts'
import { forgetStrangeReports } from '#server/features/outbound/forget.usecases.ts'
import { addressOfHandshake } from '#server/platform/http-guard.ts'
import { newId } from '#server/platform/ids.ts'
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

test('what staff upload is limited to so much a day, and what they never send goes after one', async () => {
  const put = () => fetch(`${hub.url}/api/v1/uploads?name=lamp.txt`, { method: 'POST', headers: { cookie: lena.cookie, origin: hub.url }, body: 'a lamp' })
  const first = await put()
  expect(first.status).toBe(201)
  const { id } = await first.json() as { id: string }
  const { key } = await hub.db.one<{ key: string }>('select storage_key as key from attachment where id = $1', [id])
  const { root, name } = hub.context.files.locate(key)
  expect(existsSync(join(root, name))).toBe(true)
  await hub.db.execute(
    `insert into attachment (id, uploaded_by, name, content_type, size_bytes, state, created_at) select gen_random_uuid(), uploaded_by, 'n', 'text/plain', 1, 'stored', now() from attachment, generate_series(1, 499) where id = $1`, [id])
  expect(await put()).toMatchObject({ status: 429 })
  await hub.db.execute(`update attachment set created_at = now() - interval '25 hours' where uploaded_by = $1`, [`staff:${lena.id}`])
  while (await sweepUploads(hub.context)) { /* some at a time */ }
  expect(await hub.db.query('select 1 from attachment where uploaded_by = $1', [`staff:${lena.id}`])).toEqual([])
  expect(existsSync(join(root, name))).toBe(false)
  expect((await put()).status).toBe(201)
})

test('a link to a file opens for who its person is now, not for who they were when it was made', async () => {
  const [robin, sam] = [await hub.signIn('robin'), await hub.signIn('sam')]
  const stored = await hub.context.files.put(Readable.from([Buffer.from('customerId')]), { sizeBytesMax: 100 })
  const id = newId()
  await hub.db.execute(`insert into report_run (id, report, format, state, file_key, created_by, created_at, ended_at) values ($1, 'stages', 'csv', 'done', $2, $3, now(), now())`, [id, stored.key, sam.id])
  const { url } = await sam.must('GET', `/report-runs/${id}/link`)
  const status = async (): Promise<number> => (await fetch(new URL(url as string, hub.url))).status
  expect(await status()).toBe(200)
  await robin.must('PATCH', `/staff/${sam.id}`, { role: 'agent' })
  expect(await status()).toBe(404)
  await robin.must('PATCH', `/staff/${sam.id}`, { role: 'supervisor' })
  expect(await status()).toBe(200)
  await robin.must('POST', `/staff/${sam.id}/retire`)
  expect(await status()).toBe(404)
})

test('the number of a card typed into a task is masked before it is kept', async () => {
  const typed = 'card 4111 1111 1111 1111'
  const robin = await hub.signIn('robin')
  const customerId = newId()
  await hub.db.execute('insert into customer (id, created_at) values ($1, now())', [customerId])
  await hub.db.execute('insert into conversation (id, customer_id, created_at) values ($1, $2, now())', [newId(), customerId])
  const { id } = await robin.must('POST', '/follow-ups', { customerId, title: typed, dueAt: new Date(Date.now() + 3_600_000).toISOString() })
  await robin.must('PATCH', `/follow-ups/${id}`, { remedy: typed })
  expect(await hub.db.one('select title, remedy from follow_up where id = $1', [id])).toEqual({ title: 'card •••• •••• •••• 1111', remedy: 'card •••• •••• •••• 1111' })
})

test('many uploads at once are no way around the limit of a day', async () => {
  const wei = await hub.signIn('wei')
  await hub.db.execute(
    `insert into attachment (id, uploaded_by, name, content_type, size_bytes, state, created_at) select gen_random_uuid(), $1, 'n', 'text/plain', 1, 'stored', now() from generate_series(1, 498)`, [`staff:${wei.id}`])
  const answers = await Promise.all(Array.from({ length: 12 }, () => fetch(`${hub.url}/api/v1/uploads?name=lamp.txt`, { method: 'POST', headers: { cookie: wei.cookie, origin: hub.url }, body: 'a lamp' })))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, ...Array<number>(10).fill(429)])
  expect(await hub.db.one('select count(*)::int as n from attachment where uploaded_by = $1', [`staff:${wei.id}`])).toEqual({ n: 500 })
})

test('reports on what we never sent are kept for a week', async () => {
  const { id: accountId } = await hub.db.one<{ id: string }>(`select id from channel_account where channel = 'sms'`)
  for (const days of [1, 8]) {
    const at = new Date(Date.now() - days * 86_400_000)
    await hub.db.execute(`insert into status_report (id, account_id, external_id, status, at) values ($1, $2, $3, 'delivered', $4)`, [newId(at), accountId, `SM-of-nobody-${days}`, at])
  }
  expect(await forgetStrangeReports(hub.context)).toBe(1)
  expect(await hub.db.query('select external_id as id from status_report')).toEqual([{ id: 'SM-of-nobody-1' }])
})
