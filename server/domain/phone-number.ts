import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'

export type PhoneNumber =
  /** A number that can be dialled: E.164. */
  | { kind: 'e164'; value: string; country: string | null }
  /** A short code: kept as its digits, no country guessed. */
  | { kind: 'short-code'; value: string }
  /** An alphanumeric sender ("LAMPSHOP"): can write, cannot be answered. */
  | { kind: 'sender-name'; value: string }
  /** The caller or the carrier withheld it. */
  | { kind: 'withheld'; because: string }
  | { kind: 'invalid'; because: 'empty' | 'too-long' | 'not-a-number' }

/**
 * What carriers put in place of a withheld number: the word typed on a phone's keys (ANONYMOUS → 266696687). The last one is a
 * misspelling seen in the wild. NOTE: a number is one of these only as a whole, with or without a country code 1.
 */
const standIns: ReadonlyMap<string, string> = new Map([
  ['266696687', 'anonymous'], ['7378742833', 'restricted'], ['2562533', 'blocked'], ['8656696', 'unknown'], ['8566696', 'unknown'], ['86282452253', 'unavailable'], ['7378742883', 'restricted'],
])

const lengthMax = 40

const words = /^(?:anonymous|restricted|unknown|unavailable|private|withheld|blocked|no\s*caller\s*id|id\s*unavailable|not\s*available|null)$/i

/** The same few numbers are asked about at every turn of a conversation, and the library compares each with every country's plan. */
const known = new Map<string, PhoneNumber>()
const knownMax = 1_000

/** Normalises the number of a caller, sender or form field. `country` only for numbers a person typed without a plus. */
export function phoneNumberOf(raw: string, country?: string): PhoneNumber {
  const key = `${country ?? ''} ${raw}`
  const found = known.get(key)
  if (found) return found
  const number = normalised(raw, country)
  if (known.size >= knownMax) known.clear()
  if (raw.length <= lengthMax) known.set(key, number)
  return number
}

function normalised(raw: string, country: string | undefined): PhoneNumber {
  const text = raw.normalize('NFKC').replace(/^(?:tel|sms|whatsapp|sip):/i, '').trim()
  if (text === '') return { kind: 'withheld', because: 'empty' }
  if (text.length > lengthMax) return { kind: 'invalid', because: 'too-long' }
  const name = text.replace(/@.*$/, '')
  if (words.test(name)) return { kind: 'withheld', because: name.toLowerCase() }
  const digits = text.replace(/[^\d]/g, '')
  const standIn = standIns.get(digits) ?? (digits.startsWith('1') ? standIns.get(digits.slice(1)) : undefined)
  if (standIn) return { kind: 'withheld', because: standIn }
  if (/^\+?0+$/.test(text)) return { kind: 'withheld', because: 'zero' }
  if (/^\d{3,8}$/.test(text) && !country) return { kind: 'short-code', value: text }
  const parsed = parsePhoneNumberFromString(text, country as CountryCode | undefined)
  if (parsed?.isPossible()) return { kind: 'e164', value: parsed.number, country: parsed.country ?? null }
  if (/^[A-Za-z0-9 &._-]{2,11}$/.test(text) && /[A-Za-z]/.test(text)) return { kind: 'sender-name', value: text }
  return { kind: 'invalid', because: 'not-a-number' }
}
