/** Words the plan of a call: keys become sentences in the caller's language. Pure. */
import { customerTexts, promisedTime } from '#contract/i18n/customer.ts'
import type { Locale } from '#contract/words.ts'
import type { SpokenStep } from '../../channels/channel.ts'
import type { CallInstruction } from '../../domain/telephony-plan.ts'
import type { LineFacts } from './voice.store.ts'

export interface Wording {
  sessionId: string
  locale: Locale
  /** How often the caller has stood in the line. */
  round: number
  /** How many questions were put to their keys, this one counted. */
  keysRound: number
  line: LineFacts
}

export function worded(plan: readonly CallInstruction[], wording: Wording): SpokenStep[] {
  return plan.flatMap((one) => stepsOf(one, wording))
}

function stepsOf(one: CallInstruction, { sessionId, locale, round, keysRound, line }: Wording): SpokenStep[] {
  switch (one.do) {
    case 'say': {
      const own = one.key === 'greeting.call' ? line.greeting[locale] : undefined
      return [{ do: 'say', locale, text: own ?? customerTexts(locale)(one.key, valuesOf(one.values, locale, line.timeZone)) }]
    }
    case 'pause': return [one]
    case 'queue': return [{ do: 'queue', sessionId, round }]
    case 'record': return [{ do: 'record', sessionId, locale, maxMs: one.maxMs, finishOnKey: one.finishOnKey }]
    case 'hang-up': return [one]
    // The provider asks again by itself when a waiting caller has heard everything.
    case 'repeat': return []
    case 'ask': {
      const { asks, words, digitsMax, timeoutMs } = one
      return [{ do: 'ask', sessionId, asks, round: keysRound, locale, text: customerTexts(locale)(words.key, valuesOf(words.values, locale, line.timeZone)), digitsMax, timeoutMs }]
    }
  }
}

function valuesOf(values: Record<string, string | number | Date>, locale: Locale, timeZone: string): Record<string, string | number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value instanceof Date ? promisedTime(value, locale, timeZone) : value]))
}
