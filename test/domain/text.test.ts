import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanFileName } from '#server/domain/names.ts'
import { cleanText, maskCards, snippetOf } from '#server/domain/text.ts'

describe('card numbers never reach a table', () => {
  it.each([
    ['my card is 4111111111111111 thanks', 'my card is ••••••••••••1111 thanks'],
    ['4111 1111 1111 1111', '•••• •••• •••• 1111'],
    ['4111-1111-1111-1111.', '••••-••••-••••-1111.'],
    ['5500 0000 0000 0004 or 3400 0000 0000 009', '•••• •••• •••• 0004 or •••• •••• •••0 009'],
    ['order 12 4111111111111111', 'order 12 ••••••••••••1111'],
    ['４１１１１１１１１１１１１１１１', '••••••••••••１１１１'],
  ])('%s', (text, masked) => expect(maskCards(text)).toBe(masked))
  it.each(['4111111111111112', 'call +49 1523 1234567', '+4915231234567', 'order 123456789012', 'IBAN DE89 3704', '2026-11-10 10:00', 'no number'])('leaves %s alone', (text) => expect(maskCards(text)).toBe(text))
  it('finds nothing in its own result', () => fc.assert(fc.property(fc.string({ unit: fc.constantFrom('4', '1', '5', '0', ' ', '-', 'a'), maxLength: 60 }), (text) => {
    expect(maskCards(maskCards(text))).toBe(maskCards(text))
  })))
  it('is linear in the worst text', () => {
    const started = performance.now()
    maskCards('4 '.repeat(50_000))
    maskCards('411111111111 x'.repeat(10_000))
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('text a database can keep', () => {
  it('drops NUL, mends lone surrogates, leaves the rest', () => expect(cleanText('a\0b\ud800c\u202ed é')).toBe('ab\ufffdc\u202ed é'))
  it('cuts without splitting a character', () => expect(cleanText('ab😀', 3)).toBe('ab\ufffd'))
})

describe('names of files', () => {
  it.each([
    ['../../etc/passwd', 'passwd'], ['C:\\temp\\lamp.png', 'lamp.png'], ['invoice\u202egnp.exe', 'invoicegnp.exe'], ['a\u0000b\r\nc.txt', 'abc.txt'], ['  .hidden. ', 'hidden'], ['a<b>:"|?*.txt', 'a_b______.txt'],
    ['', 'file'], ['...', 'file'], ['灯.png', '灯.png'], ['/', 'file'],
  ])('%j', (raw, name) => expect(cleanFileName(raw)).toBe(name))
  it('keeps the ending when it cuts to 255 bytes', () => {
    const name = cleanFileName(`${'灯'.repeat(200)}.jpeg`)
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255)
    expect(name.endsWith('.jpeg')).toBe(true)
  })
  it('is never empty, never a path, never longer', () => fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ' ', '灯', '\0', '\u202e', '\ud800', '😀', ':'), maxLength: 120 }), (raw) => {
    const name = cleanFileName(raw)
    expect(name).not.toBe('')
    expect(name).not.toMatch(/[\\/]/)
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255)
  })))
})

describe('the snippet of a text', () => {
  it.each([
    ['  two\n\nlines ', 'two lines'], ['', ''], ['a'.repeat(140), 'a'.repeat(140)], ['a'.repeat(141), `${'a'.repeat(139)}…`], [`${'a'.repeat(138)} b`, `${'a'.repeat(138)} b`], [`${'a'.repeat(138)} bc`, `${'a'.repeat(138)}…`],
    ['💡'.repeat(141), `${'💡'.repeat(139)}…`],
  ])('%j', (text, snippet) => expect(snippetOf(text)).toBe(snippet))
})
