/**
 * Text as PostgreSQL can keep it: without NUL, lone surrogates replaced by U+FFFD, no longer than `charsMax` (a cut never splits a
 * surrogate pair). Everything else a person can type stays as it is, not normalised: it is their word.
 */
export function cleanText(text: string, charsMax = 100_000): string {
  return text.replaceAll('\0', '').slice(0, charsMax).toWellFormed()
}

/**
 * Card numbers are masked before anything stores, logs or sends them: 13–19 digits that pass Luhn's check, written with spaces, dots
 * or dashes or without, all but the last four replaced. Not found: a number split over two messages. Left alone: what follows
 * a plus, which is a phone number.
 */
export function maskCards(text: string): string {
  // One pass finds runs of digits with single separators; each run is then judged once, so the work is linear.
  return text.replace(/\+?[\d０-９](?:[ .\u00a0\u2009-\u200d\u2010-\u2015\u2212-]{0,2}[\d０-９]){12,}/g, (run) => (run.startsWith('+') ? run : maskRun(run)))
}

/** The same in sanitised HTML: only what is read between the tags, so that no address of a link is changed. */
export function maskCardsInHtml(html: string): string {
  return html.replaceAll(/(^|>)([^<]+)/g, (_, before: string, words: string) => before + maskCards(words))
}

const digitsMax = 19
const digitsMin = 13

function maskRun(run: string): string {
  const places: number[] = []
  const digits: number[] = []
  for (let index = 0; index < run.length; index += 1) {
    const digit = digitOf(run.charCodeAt(index))
    if (digit === null) continue
    places.push(index)
    digits.push(digit)
  }
  const characters = run.split('')
  for (let start = 0; start + digitsMin <= digits.length; start += 1) {
    const length = cardLengthAt(digits, start)
    if (length === 0) continue
    for (const place of places.slice(start, start + length - 4)) characters[place] = '•'
    start += length - 1
  }
  return characters.join('')
}

function digitOf(code: number): number | null {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0xff10 && code <= 0xff19 ? code - 0xff10 : null
}

/** The longest card number that starts here, 0 for none. Its first digit says the kind: real cards begin with 2–6. */
function cardLengthAt(digits: readonly number[], start: number): number {
  const first = digits[start]!
  if (first < 2 || first > 6) return 0
  for (let length = Math.min(digitsMax, digits.length - start); length >= digitsMin; length -= 1) {
    if (passesLuhn(digits, start, length)) return length
  }
  return 0
}

function passesLuhn(digits: readonly number[], start: number, length: number): boolean {
  let sum = 0
  for (let index = 0; index < length; index += 1) {
    const digit = digits[start + index]!
    const doubled = (length - index) % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** How many characters of a contact's last words lists and offers show. */
const snippetChars = 140

/** The beginning of a text on one line; an ellipsis says that it goes on. */
export function snippetOf(text: string): string {
  const line = [...text.replace(/\s+/g, ' ').trim()]
  return line.length > snippetChars ? `${line.slice(0, snippetChars - 1).join('').trimEnd()}…` : line.join('')
}
