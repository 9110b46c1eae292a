import { describe, expect, test } from 'vitest'
import { createSecrets, hashToken, newToken } from '#server/platform/secrets.ts'

const secrets = createSecrets('f3b0c44298fc1c149afbf4c8996fb924')
const others = createSecrets('another secret that is long enough')
const now = new Date('2026-11-22T12:00:00Z')
const later = new Date('2026-11-22T13:00:00Z')

describe('sealed secrets', () => {
  test('open to what was sealed, and look different each time', () => {
    const sealed = secrets.sealSecret('AC… 密码')
    expect(secrets.openSecret(sealed)).toBe('AC… 密码')
    expect(secrets.sealSecret('AC… 密码')).not.toBe(sealed)
  })

  test('do not open when changed, cut, or sealed by another hub', () => {
    const sealed = secrets.sealSecret('hello')
    const changed = Buffer.from(sealed.slice(3), 'base64url')
    changed[changed.length - 1]! ^= 1
    expect(() => secrets.openSecret(`v1.${changed.toString('base64url')}`)).toThrow()
    expect(() => secrets.openSecret(sealed.slice(0, 20))).toThrow()
    expect(() => secrets.openSecret('hello')).toThrow()
    expect(() => others.openSecret(sealed)).toThrow()
  })
})

describe('signed tokens', () => {
  const token = secrets.signToken({ thread: 'a', n: 1 }, 'reply', later)

  test('give back their payload for their purpose until they expire', () => {
    expect(token).toMatch(/^[\w.-]+$/)
    expect(secrets.readToken(token, 'reply', now)).toEqual({ thread: 'a', n: 1 })
    expect(secrets.readToken(token, 'reply', later)).toBeUndefined()
    expect(secrets.readToken(token, 'invite', now)).toBeUndefined()
    expect(others.readToken(token, 'reply', now)).toBeUndefined()
  })

  test.each([['nothing', ''], ['a dot', '.'], ['no signature', token.split('.')[0]!], ['a tail', `${token}.x`], ['a stray character', `${token}=`], ['another body', `x${token}`], ['half a signature', token.slice(0, -4)]])('%s is refused', (_what, bad) => {
    expect(secrets.readToken(bad, 'reply', now)).toBeUndefined()
  })
})

test('random tokens are long and stored as a hash', () => {
  expect(newToken()).toHaveLength(43)
  expect(newToken()).not.toBe(newToken())
  expect(hashToken('a')).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb')
})
