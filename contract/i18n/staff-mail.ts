/** Mails the server writes to staff: invitations and forgotten passwords. */
import type { Locale } from '../words.ts'
import { translator, type KeyOf, type Translate, type TranslationOf } from './i18n.ts'

const en = {
  invite: {
    subject: 'You are invited to {company}',
    text: 'Hello {name},\n\n{inviter} invites you to work with {company}. Open this link within seven days to choose your password:\n\n{link}\n\nThe link works once. If you did not expect it, ignore this mail.',
  },
  reset: {
    subject: 'A new password for Tributary',
    text: 'Hello {name},\n\nopen this link within an hour to choose a new password:\n\n{link}\n\nThe link works once. If you did not ask for it, ignore this mail: your password stays as it is.',
  },
} as const

const zh: TranslationOf<typeof en> = {
  invite: {
    subject: '邀请您加入 {company}',
    text: '{name}，您好：\n\n{inviter} 邀请您加入 {company}。请在七天内打开以下链接设置密码：\n\n{link}\n\n该链接只能使用一次。如果您不知道此邀请，请忽略这封邮件。',
  },
  reset: {
    subject: '重设 Tributary 密码',
    text: '{name}，您好：\n\n请在一小时内打开以下链接设置新密码：\n\n{link}\n\n该链接只能使用一次。如果不是您本人的请求，请忽略这封邮件，密码不会改变。',
  },
}

export const staffMailCatalogs = { en, zh }

export function staffMailTexts(locale: Locale): Translate<KeyOf<typeof en>> {
  return translator(staffMailCatalogs[locale], locale)
}
