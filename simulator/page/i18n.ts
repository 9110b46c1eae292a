import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { en, type Word } from './words.en.ts'
import { zh } from './words.zh.ts'

export type PageLocale = 'en' | 'zh'
export type Say = (word: Word, values?: Record<string, string | number>) => string

const catalogs: Record<PageLocale, Record<Word, string>> = { en, zh }

export const LocaleContext = createContext<PageLocale>('en')

/** The texts of the page in its language. */
export function useWords(): Say {
  const locale = useContext(LocaleContext)
  return (word, values = {}) => catalogs[locale][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** A time of day in the page's language; with the date when it was not today. */
export function useTimes(): (iso: string) => string {
  const locale = useContext(LocaleContext)
  return (iso) => {
    const at = new Date(iso)
    const isToday = at.toDateString() === new Date().toDateString()
    return new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-US', isToday ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }).format(at)
  }
}
