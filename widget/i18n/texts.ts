import { translator, type KeyOf, type Translate } from '#contract/i18n/i18n.ts'
import type { Locale } from '#contract/words.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type TextKey = KeyOf<typeof en>
export type Say = Translate<TextKey>

export const catalogs = { en, zh }

export function textsFor(locale: Locale): Say {
  return translator<TextKey>(catalogs[locale], locale)
}

const errorKeys: ReadonlySet<string> = new Set(Object.keys(en.error))

/** What to say about a code of the server; codes this widget does not know are "something went wrong". */
export function sayError(say: Say, code: string): string {
  return say((errorKeys.has(code) ? `error.${code}` : 'error.other') as TextKey) // checked against the catalog just above
}
