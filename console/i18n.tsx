import { createContext, useContext, useMemo, type ReactNode } from 'react'
import { consoleEn } from '#contract/i18n/console.en.ts'
import { consoleZh } from '#contract/i18n/console.zh.ts'
import { boardEn } from '#contract/i18n/board.en.ts'
import { boardZh } from '#contract/i18n/board.zh.ts'
import { settingsEn } from '#contract/i18n/settings.en.ts'
import { settingsZh } from '#contract/i18n/settings.zh.ts'
import { routingEn } from '#contract/i18n/routing.en.ts'
import { routingZh } from '#contract/i18n/routing.zh.ts'
import { promisesEn } from '#contract/i18n/promises.en.ts'
import { promisesZh } from '#contract/i18n/promises.zh.ts'
import { reportsEn } from '#contract/i18n/reports.en.ts'
import { reportsZh } from '#contract/i18n/reports.zh.ts'
import { formatsFor, type Formats } from '#contract/i18n/formats.ts'
import { hasText, translator, type KeyOf, type Texts, type Translate } from '#contract/i18n/i18n.ts'
import { wordsEn } from '#contract/i18n/words.en.ts'
import { wordsZh } from '#contract/i18n/words.zh.ts'
import type { Locale } from '#contract/words.ts'

const en = { ...wordsEn, ...consoleEn, board: boardEn, promises: promisesEn, reports: reportsEn, routing: routingEn, settings: settingsEn }
const catalogs: Record<Locale, Texts> = { en, zh: { ...wordsZh, ...consoleZh, board: boardZh, promises: promisesZh, reports: reportsZh, routing: routingZh, settings: settingsZh } }

export type TextKey = KeyOf<typeof en>
export type T = Translate<TextKey>

const LocaleContext = createContext<Locale>('en')

export function LocaleProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  return <LocaleContext.Provider value={locale}>{children}</LocaleContext.Provider>
}

export function useLocale(): Locale {
  return useContext(LocaleContext)
}

export function useT(): T {
  const locale = useLocale()
  return useMemo(() => translator<TextKey>(catalogs[locale], locale), [locale])
}

export function useFormats(): Formats {
  return formatsFor(useLocale())
}

/** The text of a code the server sent, or of `fallback` when screens have no words for it yet. */
export function keyFor(path: string, code: string | null, fallback: TextKey): TextKey {
  const key = `${path}.${code ?? ''}`
  // Checked against the catalog on the line itself, which is what the type asks for.
  return hasText(en, key) || hasText(en, `${key}_other`) ? (key as TextKey) : fallback
}
