import { describe, expect, it } from 'vitest'
import { customerTexts } from '#contract/i18n/customer.ts'
import { formatsFor } from '#contract/i18n/formats.ts'
import { localeFrom, translator } from '#contract/i18n/i18n.ts'

describe('durations', () => {
  it.each([
    [0, '0s'], [499, '0s'], [59_000, '59s'], [60_000, '1m'], [252_000, '4m 12s'], [3_600_000, '1h'], [3_840_000, '1h 4m'], [90_000_000, '1d 1h'], [-5, '0s'],
  ])('%i ms is %s', (ms, text) => expect(formatsFor('en').duration(ms)).toBe(text))

  it('is written without spaces in Chinese', () => expect(formatsFor('zh').duration(252_000)).toBe('4分钟12秒'))
})

describe('times in lists', () => {
  const formats = formatsFor('en', 'UTC')
  const now = new Date('2026-11-22T12:00:00Z')
  it.each([
    ['2026-11-22T09:05:00Z', '09:05'], ['2026-11-20T09:05:00Z', 'Fri'], ['2026-10-01T09:05:00Z', '1 Oct'], ['2025-01-01T09:05:00Z', '1 Jan 2025'],
  ])('%s is %s', (at, text) => expect(formats.short(at, now)).toBe(text))
})

describe('translate', () => {
  const t = translator({ a: { hello: 'Hello {name}', rows_one: '{count} row', rows_other: '{count} rows' } }, 'en')
  it('fills parameters and leaves unknown ones as they are', () => {
    expect(t('a.hello', { name: 'Mei' })).toBe('Hello Mei')
    expect(t('a.hello', {})).toBe('Hello {name}')
  })
  it('chooses the plural by count', () => {
    expect(t('a.rows', { count: 1 })).toBe('1 row')
    expect(t('a.rows', { count: 2 })).toBe('2 rows')
  })
  it('speaks to customers in their language', () => {
    expect(customerTexts('en')('waiting.ahead', { count: 1 })).toContain('1 person')
    expect(customerTexts('zh')('waiting.ahead', { count: 1 })).toContain('1位')
  })
})

describe('the language of a browser', () => {
  it.each([[['zh-TW', 'en'], 'zh'], [['fr', 'en-US'], 'en'], [['fr'], 'en'], [[], 'en']] as const)('%j gives %s', (asked, locale) => expect(localeFrom(asked)).toBe(locale))
})
