import type { TranslationOf } from './i18n.ts'
import type { settingsEn } from './settings.en.ts'

export const settingsZh: TranslationOf<typeof settingsEn> = {}
