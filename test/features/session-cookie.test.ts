import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { tokenInCookie } from '#server/features/auth/session-cookie.ts'

const name = 'tributary.session_token'
const secret = 'a session secret for tests 0123456789'
const signed = (token: string, by = secret): string => encodeURIComponent(`${token}.${createHmac('sha256', by).update(token).digest('base64')}`)

test('a token that we signed is found among other cookies', () => {
  expect(tokenInCookie(`theme=dark; ${name}=${signed('abc')}; x=1`, name, secret)).toBe('abc')
})

test.each([
  ['nothing', undefined], ['no cookie of ours', 'theme=dark'], ['an empty one', `${name}=`], ['no signature', `${name}=abc`], ['a signature of nothing', `${name}=${signed('')}`], ['another’s signature', `${name}=${signed('abc', 'another secret')}`],
  ['the signature of another token', `${name}=${signed('abc').replace('abc', 'abd')}`], ['a cut signature', `${name}=${signed('abc').slice(0, -5)}`], ['bad encoding', `${name}=%E0%A4%A`],
  ['two of them, of which nobody knows which counts', `${name}=${signed('abc')}; ${name}=${signed('abd')}`], ['the cookie of another name', `x${name}=${signed('abc')}`],
])('%s is not', (_what, header) => {
  expect(tokenInCookie(header, name, secret)).toBeUndefined()
})
