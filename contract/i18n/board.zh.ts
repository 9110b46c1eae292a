import type { TranslationOf } from './i18n.ts'
import type { boardEn } from './board.en.ts'

export const boardZh: TranslationOf<typeof boardEn> = {}
