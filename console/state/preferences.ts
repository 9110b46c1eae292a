import { localeFrom } from '#contract/i18n/i18n.ts'
import { locales, type Locale } from '#contract/words.ts'
import { createStore, useStore } from './store.ts'

/** Choices of this browser. The account's language overrides the browser's once somebody is signed in. */
export interface Preferences {
  locale: Locale
  isMuted: boolean
  showsDetails: boolean
  /** The queue the lists are narrowed to. */
  queueId: string | null
}

const key = 'tributary.preferences'

export const preferences = createStore<Preferences>(read())

preferences.subscribe(() => {
  document.documentElement.lang = preferences.get().locale
  try {
    localStorage.setItem(key, JSON.stringify(preferences.get()))
  } catch {
    // Storage is forbidden: the choice then lives as long as the page.
  }
})
document.documentElement.lang = preferences.get().locale

export function useLocaleChoice(): Locale {
  return useStore(preferences, localeOf)
}

export function chooseLocale(locale: Locale): void {
  preferences.set((held) => ({ ...held, locale }))
}

const localeOf = (held: Preferences): Locale => held.locale

function read(): Preferences {
  const fresh: Preferences = { locale: localeFrom(navigator.languages), isMuted: false, showsDetails: true, queueId: null }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return fresh
    const merged = { ...fresh, ...kept }
    return locales.includes(merged.locale) ? merged : { ...merged, locale: fresh.locale }
  } catch {
    return fresh
  }
}
