import type { Language as LanguageName } from '../people.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import type { Language } from './exchange.ts'
import { zh } from './zh.ts'

export const textsOf: Readonly<Record<LanguageName, Language>> = { en, zh, es, de }

/** What nobody asked for. */
export const spam: readonly { from: string; subject: string; text: string }[] = [
  { from: 'growth@rank-first.example', subject: 'Your website is invisible!!', text: 'We looked at your website and found 47 errors. Page one guaranteed. Reply YES for a free audit.' },
  { from: 'deals@led-wholesale.example', subject: '10000 pcs LED strip, factory price', text: 'Dear friend, we are best factory of LED strip. MOQ 500. Please send your order today.' },
  { from: 'prize@lucky-draw.example', subject: 'You have been selected', text: 'Congratulations, you are one of three winners. Click to claim within 24 hours.' },
  { from: 'office@invoice-now.example', subject: 'Unpaid invoice, last reminder', text: 'See the unpaid invoice in the link. Legal action starts tomorrow.' },
]
