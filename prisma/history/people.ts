/** The shop's customers: names, numbers of the ranges kept for fiction, mailboxes below `.example`. */
import type { Channel } from '#contract/words.ts'
import { randomOf } from './random.ts'

export type Language = 'en' | 'zh' | 'es' | 'de'

export interface Person {
  key: string
  name: string
  language: Language
  phone: string
  email: string
  slackUser: string
  /** Their account in the shop. */
  siteUser: string
  /** How they like to reach the shop. */
  channels: Readonly<Record<Channel, number>>
}

const given: Record<Language, readonly string[]> = {
  en: ['Alice', 'Ben', 'Clara', 'Daniel', 'Edith', 'Frank', 'Grace', 'Henry', 'Iris', 'Jack', 'Kate', 'Liam', 'Maya', 'Noah', 'Olive', 'Peter', 'Quinn', 'Ruth', 'Simon', 'Tess', 'Una', 'Victor', 'Wendy', 'Zoe'],
  zh: ['伟', '芳', '娜', '秀英', '敏', '静', '丽', '强', '磊', '洋', '艳', '勇', '军', '杰', '娟', '涛', '超', '明', '霞', '平'],
  es: ['Lucía', 'Mateo', 'Carmen', 'Diego', 'Elena', 'Javier', 'Paula', 'Raúl', 'Inés', 'Tomás'],
  de: ['Anke', 'Bernd', 'Christa', 'Dirk', 'Elke', 'Friedrich', 'Greta', 'Holger', 'Ilse', 'Jürgen'],
}
const family: Record<Language, readonly string[]> = {
  en: ['Abbott', 'Barlow', 'Carver', 'Dawson', 'Ellery', 'Fenwick', 'Garrow', 'Hollis', 'Ingram', 'Jarvis', 'Kendall', 'Lowell', 'Mercer', 'Norris', 'Oakes', 'Prescott', 'Radley', 'Sutton', 'Thorne', 'Underhill', 'Vance', 'Whitlock'],
  zh: ['刘', '张', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林', '何'],
  es: ['Aguilar', 'Benítez', 'Castaño', 'Domínguez', 'Escobar', 'Fuentes', 'Galindo', 'Herrera'],
  de: ['Albrecht', 'Brandt', 'Conrad', 'Dietrich', 'Ebert', 'Fuchs', 'Graf', 'Hartmann'],
}
const areaCodes = ['212', '310', '312', '503', '510', '617', '650', '707', '916', '206']

const tastes: readonly Record<Channel, number>[] = [
  { email: 7, webchat: 1, sms: 0.5, whatsapp: 0, voice: 1.5, slack: 0 },
  { email: 1, webchat: 6, sms: 1, whatsapp: 0.5, voice: 1, slack: 0 },
  { email: 1, webchat: 0.5, sms: 6, whatsapp: 0, voice: 2.5, slack: 0 },
  { email: 0.5, webchat: 1, sms: 0, whatsapp: 7, voice: 1, slack: 0 },
  { email: 1, webchat: 0, sms: 0.5, whatsapp: 0, voice: 7, slack: 0 },
  { email: 1.5, webchat: 0.5, sms: 0, whatsapp: 0, voice: 0.5, slack: 6 },
]
/** Who does business with the shop over a shared workspace is rare. */
const tasteOf = { mail: 30, chat: 24, sms: 18, whatsapp: 16, voice: 18, slack: 6 } as const

/** The same people for the same seed. */
export function makePeople(seed: string, count: number): Person[] {
  const random = randomOf(`${seed} people`)
  return Array.from({ length: count }, (_, index) => {
    const language = random.weighted({ en: 58, zh: 22, es: 11, de: 9 })
    const first = given[language][index % given[language].length] ?? ''
    const last = random.pick(family[language])
    const taste = tastes[Object.keys(tasteOf).indexOf(random.weighted(tasteOf))] ?? tastes[0]!
    const number = String(index).padStart(3, '0')
    return {
      key: `p${number}`, language, name: language === 'zh' ? `${last}${first}` : `${first} ${last}`,
      phone: phoneOf(language, index), email: `${mailName(language, first, last, index)}.example`, slackUser: `U0HIST${number}`, siteUser: `customer-${number}`, channels: taste,
    }
  })
}

/** Numbers 0100 to 0199 of every North American exchange 555, Ofcom's 07700 900, Germany's 0171 39200: kept free for fiction. */
function phoneOf(language: Language, index: number): string {
  if (language === 'de' && index < 100) return `+4917139200${String(index).padStart(2, '0')}`
  if (language === 'en' && index % 9 === 0) return `+447700900${String(index % 1000).padStart(3, '0')}`
  return `+1${areaCodes[Math.floor(index / 100) % areaCodes.length] ?? '212'}5550${100 + (index % 100)}`
}

function mailName(language: Language, first: string, last: string, index: number): string {
  if (language === 'zh') return `kehu${String(index).padStart(3, '0')}@youxiang`
  const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return `${plain(first)}.${plain(last)}${index}@${index % 3 === 0 ? 'mailhouse' : index % 3 === 1 ? 'postbox' : `${plain(last)}`}`
}
