import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureFirstAdmin } from '#server/features/staff/staff.usecases.ts'
import { createAuth } from '#server/features/auth/auth.ts'
import { createDb } from '#server/platform/db.ts'
import { createPrisma } from '#server/platform/prisma.ts'
import { expectErrorLog } from '../support/logger.ts'
import { type Api, foreignId, password, publicUrl, sessionSecret, startApi } from './support/api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.stop())
beforeEach(() => void api.clock.advance(60 * 60_000))

const signIn = (email: string, given = password) => api.call('POST', '/session', { body: { email, password: given } })

test('the first administrator is made once and signs in; the answer shows them and nothing else', async () => {
  const admin = { email: 'Root@Example.com', password: 'printed password' }
  expect(await ensureFirstAdmin(api.context, admin)).toBe('made')
  expect(await ensureFirstAdmin(api.context, { ...admin, email: 'other@example.com' })).toBe('exists')
  const got = await signIn('root@example.com', 'printed password')
  expect(got.body).toEqual({ staff: { id: expect.any(String), name: 'Administrator', email: 'root@example.com', role: 'admin', locale: 'en' }, needsCode: false })
  expect(got.headers.get('set-cookie')).toMatch(/HttpOnly/i)
  expect(got.headers.get('set-cookie')).toMatch(/SameSite=Lax/i)
  const me = await api.call('GET', '/me', { as: got.cookies.join('; ') })
  expect(Object.keys(me.body as object).sort()).toEqual(['email', 'id', 'locale', 'name', 'passwordSet', 'queueIds', 'role', 'teamIds', 'twoFactor'])
})

test('a wrong password, an unknown address and a broken one get the same answer', async () => {
  const { email } = await api.staff('agent', 'Known')
  const answers = await Promise.all([signIn(email, 'wrong'), signIn('nobody@example.com'), signIn('no address'), signIn(`${email}\u0001`)])
  expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 401, code: 'session.wrong-credentials' })
  expect((await signIn('a\u0000@example.com')).status).toBe(400)
})

test('guessing one account is stopped, also with the right password; time opens it again', async () => {
  const { email } = await api.staff('agent', 'Guessed')
  for (let i = 0; i < 10; i++) expect((await signIn(email, `wrong ${i}`)).status).toBe(401)
  const stopped = await signIn(email)
  expect([stopped.status, stopped.code, stopped.headers.get('retry-after')]).toEqual([429, 'rate-limited', '90'])
  api.clock.advance(15 * 60_000)
  expect((await signIn(email)).status).toBe(200)
})

test('nobody without a session, with a forged one or with a token in the address gets in', async () => {
  const { cookie } = await api.staff('agent', 'Real')
  const forged = cookie.replace(/session_token=./, (start) => start.slice(0, -1) + (start.endsWith('A') ? 'B' : 'A'))
  for (const as of [undefined, 'tributary.session_token=x', forged]) expect(await api.call('GET', '/me', { as })).toMatchObject({ status: 401, code: 'session.required' })
  expect((await api.call('GET', '/me?token=x')).status).toBe(401)
  expect((await api.call('GET', '/me', { headers: { authorization: 'Basic abc' }, as: cookie })).status).toBe(401)
  expect((await api.call('GET', '/me', { headers: { 'x-remote-user': 'root@example.com' } })).status).toBe(401)
})

test('a session that another process ended opens no socket, and no request half a second later', async () => {
  const { id, cookie } = await api.staff('agent', 'Elsewhere')
  expect((await api.call('GET', '/me', { as: cookie })).status).toBe(200)
  await api.context.db.execute('delete from staff_session where agent_id = $1', [id])
  expect(await api.auth.authenticateSocket({ cookie })).toBeUndefined()
  api.clock.advance(500)
  expect((await api.call('GET', '/me', { as: cookie })).status).toBe(401)
})

test('signing out ends the session and its sockets, everywhere ends all of them', async () => {
  const { id, email, cookie } = await api.staff('agent', 'Leaver')
  const second = (await signIn(email)).cookies.join('; ')
  const out = await api.call('DELETE', '/session', { as: cookie })
  expect(out.status).toBe(204)
  expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0/)
  expect((await api.call('GET', '/me', { as: cookie })).status).toBe(401)
  expect(api.revoked.length).toBe(1)
  expect((await api.call('DELETE', '/sessions', { as: second })).status).toBe(204)
  expect((await api.call('GET', '/me', { as: second })).status).toBe(401)
  expect(api.revoked.length).toBe(2)
  expect(await api.db.query('select 1 from staff_session where agent_id = $1', [id])).toEqual([])
  expect((await api.call('DELETE', '/session')).status).toBe(204)
})

test('one changes one’s own name and language, nothing else', async () => {
  const { cookie } = await api.staff('agent', 'Ming')
  expect((await api.call('PATCH', '/me', { as: cookie, body: { name: '明', locale: 'zh' } })).body).toMatchObject({ name: '明', locale: 'zh', role: 'agent' })
  for (const body of [{ role: 'admin' }, { passwordHash: 'x' }, { emailVerified: true }, { email: 'a@b.example' }]) expect((await api.call('PATCH', '/me', { as: cookie, body })).status).toBe(400)
  expect((await api.call('GET', '/me', { as: cookie })).body).toMatchObject({ role: 'agent' })
})

test('a new password needs the old one and ends the other sessions', async () => {
  const { email, cookie } = await api.staff('agent', 'Changer')
  const other = (await signIn(email)).cookies.join('; ')
  const change = (currentPassword: string, newPassword = 'a new long password') => api.call('POST', '/me/password', { as: cookie, body: { currentPassword, newPassword } })
  expect(await change('wrong')).toMatchObject({ status: 400, code: 'password.wrong' })
  expect((await change(password, 'short')).status).toBe(400)
  expect((await change(password)).status).toBe(204)
  expect((await api.call('GET', '/me', { as: cookie })).status).toBe(200)
  expect((await api.call('GET', '/me', { as: other })).status).toBe(401)
  expect((await signIn(email)).status).toBe(401)
  expect((await signIn(email, 'a new long password')).status).toBe(200)
})

test('a forgotten password: the same answer for everybody, three mails an hour, a link that works once', async () => {
  const { email, cookie } = await api.staff('agent', 'Forgetful')
  api.mails.length = 0
  const ask = (address: string) => api.call('POST', '/password/forgotten', { body: { email: address } })
  expect([(await ask(email)).status, (await ask('nobody@example.com')).status]).toEqual([204, 204])
  for (let i = 0; i < 4; i++) await ask(email)
  await expect.poll(() => api.mails.length).toBe(3)
  await new Promise((resolve) => setImmediate(resolve))
  expect(api.mails.map(({ to }) => to)).toEqual([email, email, email])
  const token = /#(\S+)/.exec(api.mails[1]?.text ?? '')?.[1] ?? ''
  const reset = (given: string) => api.call('POST', '/password/reset', { body: { token: given, newPassword: 'chosen after reset' } })
  expect(await reset(`${token}x`)).toMatchObject({ status: 400, code: 'password.bad-link' })
  expect(await reset('x')).toMatchObject({ status: 400, code: 'password.bad-link' })
  expect((await reset(token)).status).toBe(204)
  expect(await reset(token)).toMatchObject({ code: 'password.bad-link' })
  expect((await api.call('GET', '/me', { as: cookie })).status).toBe(401)
  expect((await signIn(email, 'chosen after reset')).status).toBe(200)
  // The other links died with the one that was used.
  const last = /#(\S+)/.exec(api.mails[2]?.text ?? '')?.[1] ?? ''
  expect((await reset(last)).status).toBe(400)
})

test('a reset link ends after an hour', async () => {
  const { email } = await api.staff('agent', 'Late')
  api.mails.length = 0
  await api.call('POST', '/password/forgotten', { body: { email } })
  await expect.poll(() => api.mails.length).toBe(1)
  api.clock.advance(60 * 60_000)
  const token = /#(\S+)/.exec(api.mails[0]?.text ?? '')?.[1]
  expect(await api.call('POST', '/password/reset', { body: { token, newPassword: 'chosen too late' } })).toMatchObject({ code: 'password.bad-link' })
})

test('signing in with a code: set up with the password, two steps, each code once, then off again', async () => {
  const { email, cookie } = await api.staff('supervisor', 'Careful')
  const other = (await signIn(email)).cookies.join('; ')
  expect(await api.call('POST', '/me/two-factor', { as: cookie, body: { password: 'wrong' } })).toMatchObject({ status: 400, code: 'password.wrong' })
  expect(await api.call('POST', '/me/two-factor/confirm', { as: cookie, body: { code: '123456' } })).toMatchObject({ status: 409, code: 'two-factor.not-begun' })
  const setup = (await api.call('POST', '/me/two-factor', { as: cookie, body: { password } })).body
  expect(setup.uri).toMatch(/^otpauth:\/\/totp\//)
  const code = codeOf(setup.secret)
  const wrong = code === '000000' ? '111111' : '000000'
  expect(await api.call('POST', '/me/two-factor/confirm', { as: cookie, body: { code: wrong } })).toMatchObject({ status: 401, code: 'session.wrong-code' })
  const confirmed = await api.call('POST', '/me/two-factor/confirm', { as: cookie, body: { code } })
  expect(confirmed.status).toBe(204)
  expect((await api.call('GET', '/me', { as: other })).status).toBe(401)
  const own = confirmed.cookies.length > 0 ? confirmed.cookies.join('; ') : cookie
  expect((await api.call('GET', '/me', { as: own })).body).toMatchObject({ twoFactor: true })

  const begun = await signIn(email)
  expect(begun.body).toEqual({ staff: null, needsCode: true })
  const half = begun.cookies.join('; ')
  expect((await api.call('GET', '/me', { as: half })).status).toBe(401)
  expect(await api.call('POST', '/session/code', { as: half, body: { code: wrong } })).toMatchObject({ status: 401, code: 'session.wrong-code' })
  // The code that turned it on was used; the next one opens one session only.
  expect(await api.call('POST', '/session/code', { as: half, body: { code } })).toMatchObject({ status: 401, code: 'session.wrong-code' })
  const again = (await signIn(email)).cookies.join('; ')
  const backup = setup.backupCodes[0]
  expect(await api.call('POST', '/session/code', { as: again, body: { code: 'any-string' } })).toMatchObject({ status: 401 })
  const full = await api.call('POST', '/session/code', { as: again, body: { code: backup } })
  expect(full.body).toMatchObject({ staff: { email }, needsCode: false })
  const third = (await signIn(email)).cookies.join('; ')
  expect((await api.call('POST', '/session/code', { as: third, body: { code: backup } })).status).toBe(401)

  const session = full.cookies.join('; ')
  expect(await api.call('DELETE', '/me/two-factor', { as: session, body: { password: 'wrong' } })).toMatchObject({ status: 400, code: 'password.wrong' })
  expect((await api.call('DELETE', '/me/two-factor', { as: session, body: { password } })).status).toBe(204)
  expect((await signIn(email)).body).toMatchObject({ needsCode: false })
})

test('a key stands for somebody until it is revoked, ends, or they are retired', async () => {
  const { cookie, id } = await api.staff('admin', 'Keeper')
  const agent = await api.staff('agent', 'Robot')
  const made = await api.call('POST', '/api-keys', { as: cookie, body: { name: 'import', staffId: agent.id, expiresInDays: 1 } })
  expect(made).toMatchObject({ status: 201, body: { apiKey: { name: 'import', staffId: agent.id, staffName: 'Robot' }, key: expect.stringMatching(/^trib_/) } })
  const { key, apiKey } = made.body
  expect((await api.call('GET', '/me', { as: key })).body).toMatchObject({ id: agent.id, role: 'agent' })
  expect((await api.call('GET', '/api-keys', { as: key })).status).toBe(403)
  expect((await api.call('POST', '/me/two-factor', { as: key, body: { password } })).status).toBe(403)
  expect((await api.call('GET', '/me', { as: `${key}x` })).status).toBe(401)
  const listed = await api.call('GET', '/api-keys', { as: cookie })
  expect(JSON.stringify(listed.body)).not.toContain(key.slice(12))
  expect(await api.db.query('select key from api_key where key = $1', [key])).toEqual([])
  api.clock.advance(86_400_000)
  expect((await api.call('GET', '/me', { as: key })).status).toBe(401)
  const fresh = (await api.call('POST', '/api-keys', { as: cookie, body: { name: 'own' } })).body
  expect(fresh.apiKey.staffId).toBe(id)
  expect((await api.call('DELETE', `/api-keys/${apiKey.id}`, { as: cookie })).status).toBe(204)
  expect((await api.call('DELETE', `/api-keys/${fresh.apiKey.id}`, { as: cookie })).status).toBe(204)
  expect((await api.call('GET', '/me', { as: fresh.key })).status).toBe(401)
  expect((await api.call('DELETE', `/api-keys/${foreignId()}`, { as: cookie })).status).toBe(404)
  expect((await api.call('POST', '/api-keys', { as: cookie, body: { name: 'x', staffId: foreignId() } })).status).toBe(404)
})

test('a socket needs a session and a page of ours', async () => {
  const { cookie, id } = await api.staff('agent', 'Socket')
  const { authenticateSocket } = api.auth
  expect(await authenticateSocket({ cookie })).toMatchObject({ staffId: id, role: 'agent' })
  expect(await authenticateSocket({ cookie, origin: 'https://help.example.com', host: 'help.example.com' })).toMatchObject({ staffId: id })
  expect(await authenticateSocket({ cookie, origin: 'https://evil.example', host: 'help.example.com' })).toBeUndefined()
  expect(await authenticateSocket({})).toBeUndefined()
})

test('with the database away it is the database that is unavailable, not the session that is wrong', async () => {
  const { cookie } = await api.staff('agent', 'Patient')
  const nowhere = 'postgres://nobody@127.0.0.1:1/none'
  const [db, { prisma, close }] = [createDb(nowhere, { max: 1, applicationName: 'test' }), createPrisma(nowhere)]
  const auth = createAuth({ ...api.context, db, prisma, publicUrl, production: true, sessionSecret, onSessionsRevoked: () => {} })
  expectErrorLog(/./)
  await expect(auth.authenticate({ headers: { cookie } })).rejects.toMatchObject({ name: 'DatabaseUnavailable' })
  await expect(auth.authenticate({ headers: { authorization: `Bearer trib_${'x'.repeat(40)}` } })).rejects.toMatchObject({ name: 'DatabaseUnavailable' })
  await expect(auth.signIn('a@example.com', password, { headers: {}, address: '127.0.0.1' })).rejects.toMatchObject({ name: 'DatabaseUnavailable' })
  await close()
  await db.close()
})

test('who has the password and not the code gets a few challenges, not any number; the right code gives them back', async () => {
  const { email, cookie } = await api.staff('agent', 'Challenged')
  const { secret } = (await api.call('POST', '/me/two-factor', { as: cookie, body: { password } })).body
  await api.call('POST', '/me/two-factor/confirm', { as: cookie, body: { code: codeOf(secret) } })
  const challenges = []
  for (let i = 0; i < 10; i++) challenges.push(await signIn(email))
  expect(challenges.map(({ body }) => body.needsCode)).toEqual(Array(10).fill(true))
  expect(await signIn(email)).toMatchObject({ status: 429, code: 'rate-limited' })
})

/** What an authenticator app shows now for a secret in Base32 (RFC 6238: SHA-1, 30 s, 6 digits). */
function codeOf(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/=+$/, '')].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
