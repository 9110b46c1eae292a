/**
 * The smallest translation that does the job: nested catalogs of plain text, keys typed from the English one, plurals and all
 * numbers and times by Intl. Catalogs are apart per program (`words`, `console`, `widget`, …), so that none loads another's texts.
 *
 * A text may hold `{name}` parameters. A text with a plural is two entries, `rows_one` and `rows_other`, asked for as `rows` with
 * the parameter `count`; a language without a singular (Chinese) leaves `_one` out.
 */
import type { Locale } from '../words.ts'

export type Params = Readonly<Record<string, string | number>>
export interface Texts { readonly [key: string]: string | Texts }

type Leaves<T, Path extends string = ''> = { [K in keyof T & string]: T[K] extends string ? `${Path}${K}` : Leaves<T[K], `${Path}${K}.`> }[keyof T & string]
type WithoutPlural<Key> = Key extends `${infer Base}_one` ? Base : Key extends `${infer Base}_other` ? Base : Key

/** The keys of a catalog, as `translate` takes them: `inbox.lists.mine`. */
export type KeyOf<T> = WithoutPlural<Leaves<T>>

/** What a translation of the catalog T must hold: every text but the singular forms. */
export type TranslationOf<T> = { readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : TranslationOf<T[K]> }

export type Translate<Key extends string = string> = (key: Key, params?: Params) => string

/** A translate function for one language. An unknown key, which only untyped code can ask for, comes back as itself. */
export function translator<Key extends string>(catalog: Texts, locale: Locale): Translate<Key> {
  const texts = flatten(catalog)
  const plurals = new Intl.PluralRules(locale)
  return (key, params) => {
    const text = texts.get(key) ?? pluralOf(texts, plurals, key, params)
    return text === undefined ? key : fill(text, params)
  }
}

/** True when the catalog has this key: for codes the server may add before screens know them. */
export function hasText(catalog: Texts, key: string): boolean {
  return flatten(catalog).has(key)
}

/** All texts of a catalog by their full key. */
export function flatten(catalog: Texts): ReadonlyMap<string, string> {
  const known = flattened.get(catalog)
  if (known) return known
  const texts = new Map<string, string>()
  const walk = (node: Texts, path: string): void => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'string') texts.set(path + key, value)
      else walk(value, `${path}${key}.`)
    }
  }
  walk(catalog, '')
  flattened.set(catalog, texts)
  return texts
}

/** The language to use for what a browser, a provider or a person asked for; `fallback` when it is none of ours. */
export function localeFrom(asked: string | readonly string[] | null | undefined, fallback: Locale = 'en'): Locale {
  const list = typeof asked === 'string' ? [asked] : (asked ?? [])
  for (const tag of list) {
    const language = tag.toLowerCase().split(/[-_]/)[0]
    if (language === 'en' || language === 'zh') return language
  }
  return fallback
}

const flattened = new WeakMap<Texts, ReadonlyMap<string, string>>()

function pluralOf(texts: ReadonlyMap<string, string>, plurals: Intl.PluralRules, key: string, params?: Params): string | undefined {
  const count = params?.['count']
  if (typeof count !== 'number') return undefined
  return texts.get(`${key}_${plurals.select(count)}`) ?? texts.get(`${key}_other`)
}

function fill(text: string, params: Params | undefined): string {
  if (!params) return text
  return text.replace(/(\p{Script=Han})?\{(\w+)\}(?=(\p{Script=Han})?)/gu, (whole, before: string | undefined, name: string, after: string | undefined) => {
    if (!(name in params)) return whole
    const value = String(params[name])
    // A Latin name within Chinese stands apart from it.
    return `${before ?? ''}${before && /^\p{Script=Latin}/u.test(value) ? ' ' : ''}${value}${after && /\p{Script=Latin}$/u.test(value) ? ' ' : ''}`
  })
}
