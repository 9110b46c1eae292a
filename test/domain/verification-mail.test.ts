import { describe, expect, it } from 'vitest'
import { isVerificationMail } from '#server/domain/verification-mail.ts'

describe('mail with which other services prove an address', () => {
  it.each([
    ['no-reply@slack.com', 'Slack confirmation code: ABC-123'],
    ['feedback@slack.com', 'Welcome'],
    ['appleid@id.apple.com', 'Your Apple Account'],
    ['no-reply@accounts.google.com', 'Security alert'],
    ['account-security-noreply@accountprotection.microsoft.com', 'Code'],
    ['noreply@some.service.example', 'Verify your email address'],
    ['do-not-reply@some.service.example', 'Your login code is 123456'],
    ['noreply@some.service.example', '您的验证码'],
  ])('is what %s sends under “%s”', (from, subject) => expect(isVerificationMail({ from, subject })).toBe(true))

  it.each([
    ['mei@chen.example', 'Verify your stock please'],
    ['anna@apple.com', 'Lamps for our office'],
    ['no-reply@evilslack.com', 'Newsletter'],
    ['noreply@shop.example', 'Your order has left'],
    ['', 'Verify your email'],
    [null, ''],
  ])('is not what %s sends under “%s”', (from, subject) => expect(isVerificationMail({ from, subject })).toBe(false))

  it('judges the longest subject in no time', () => {
    const startedAt = performance.now()
    isVerificationMail({ from: `noreply@${'a.'.repeat(100)}example`, subject: 'confirm '.repeat(10_000) })
    expect(performance.now() - startedAt).toBeLessThan(50)
  })
})
