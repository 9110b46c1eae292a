import { SignJWT, UnsecuredJWT, generateKeyPair, type JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import { readSiteToken } from '#server/features/webchat/webchat.site-token.ts'
import { isExactOrigin } from '#server/channels/webchat/settings.ts'
import { isOriginOfSite } from '#server/features/webchat/webchat.origins.ts'

const accountId = '01890a5d-ac96-774b-bcce-b302099a8057'
const secret = 'a site secret of forty characters or more'
const now = new Date('2026-03-02T09:00:00Z')
const seconds = now.getTime() / 1000
const claims = { sub: 'mei', aud: accountId, exp: seconds + 600, name: 'Mei Chen', email: 'mei@chen.example', email_verified: true }

const sign = (payload: JWTPayload, key: string = secret, alg = 'HS256') => new SignJWT(payload).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))
const read = (token: string, site: { accountId: string; secret: string | undefined } = { accountId, secret }) => readSiteToken(token, site, now)

test('a good token says who is signed in and what the site vouches for', async () => {
  expect(await read(await sign(claims))).toEqual({
    ok: true, user: { sub: 'mei', name: 'Mei Chen', email: 'mei@chen.example', isEmailVerified: true, phone: null, isPhoneVerified: false },
  })
})

test.each([
  ['another site', () => sign({ ...claims, aud: 'another' })],
  ['another secret', () => sign(claims, 'some other secret of enough characters')],
  ['another algorithm of the same family', () => sign(claims, secret, 'HS512')],
  ['no expiry', () => sign({ ...claims, exp: undefined } as unknown as JWTPayload)],
  ['no subject', () => sign({ ...claims, sub: undefined } as unknown as JWTPayload)],
  ['an empty subject', () => sign({ ...claims, sub: ' ' })],
  ['a subject that is no text', () => sign({ ...claims, sub: 7 } as unknown as JWTPayload)],
  ['no signature', async () => new UnsecuredJWT(claims).encode()],
  ['a public-key algorithm', async () => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign((await generateKeyPair('RS256')).privateKey)],
  ['garbage', async () => 'a.b.c'],
  ['nothing', async () => ''],
])('refuses a token with %s', async (_what, make) => {
  expect(await read(await make())).toEqual({ ok: false, reason: 'invalid' })
})

test('a token may live an hour and no longer, and is over when it is over', async () => {
  expect((await read(await sign({ ...claims, exp: seconds + 3_600 }))).ok).toBe(true)
  expect(await read(await sign({ ...claims, exp: seconds + 3_700 }))).toEqual({ ok: false, reason: 'too-long' })
  expect(await read(await sign({ ...claims, exp: seconds - 60 }))).toEqual({ ok: false, reason: 'expired' })
})

test('a site without a secret has no signed-in users', async () => {
  expect(await read(await sign(claims), { accountId, secret: undefined })).toEqual({ ok: false, reason: 'no-secret' })
})

test.each(['null', 'https://good.example.evil.com', 'http://good.example', 'https://good.example:8443', 'https://GOOD.example', 'https://good.example/', ''])('%j is not https://good.example', (origin) => {
  expect(isOriginOfSite(origin, ['https://good.example', 'null'])).toBe(false)
})

test('an allowed origin is written exactly as browsers send it', () => {
  expect(['https://good.example', 'http://localhost:3000'].every(isExactOrigin)).toBe(true)
  expect(['https://good.example/', 'good.example', 'https://Good.example', 'https://good.example:443', '*', 'null'].some(isExactOrigin)).toBe(false)
})
