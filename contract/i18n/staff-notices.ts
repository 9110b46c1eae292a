/** What the hub posts to staff outside the console: one line in a Slack channel when a promise is at risk or missed. */
import type { Locale } from '../words.ts'
import { translator, type KeyOf, type Translate, type TranslationOf } from './i18n.ts'
import { wordsEn } from './words.en.ts'
import { wordsZh } from './words.zh.ts'

const en = {
  channel: wordsEn.channel, sla: wordsEn.sla,
  warned: '{target} at {percent} % · {queue} · {channel}: {link}',
  breached: '{target} missed · {queue} · {channel}: {link}',
} as const

const zh: TranslationOf<typeof en> = {
  channel: wordsZh.channel, sla: wordsZh.sla,
  warned: '{target}已用 {percent}% · {queue} · {channel}：{link}',
  breached: '{target}已超时 · {queue} · {channel}：{link}',
}

export const staffNoticeCatalogs = { en, zh }

export function staffNoticeTexts(locale: Locale): Translate<KeyOf<typeof en>> {
  return translator(staffNoticeCatalogs[locale], locale)
}
