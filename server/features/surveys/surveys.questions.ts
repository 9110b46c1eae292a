/** The words of a survey's questions in a customer's language: the company's own, else ours. */
import { customerTexts } from '#contract/i18n/customer.ts'
import { locales, type Locale } from '#contract/words.ts'
import { questionsOf } from '../../domain/survey-questions.ts'
import type { Tx } from '../../platform/db.ts'
import { dimensionNames, type AskedQuestion, type InvitationRow } from './surveys.store.ts'

type Asking = Pick<InvitationRow, 'questions' | 'kind' | 'purpose' | 'accountName'>

/** What is asked, with all words in place, as it is kept on the invitation. */
export async function questionsToAsk(tx: Tx, invitation: Asking): Promise<AskedQuestion[]> {
  const names = await dimensionNames(tx)
  return worded(invitation, (dimensionId, locale) => names.get(dimensionId)?.[locale] ?? '')
}

/** The questions of an invitation that is open. One sent before questions were kept has those of its survey. */
export function questionsAsked(invitation: Asking): AskedQuestion[] {
  return worded(invitation, () => '')
}

function worded(invitation: Asking, nameOf: (dimensionId: string, locale: Locale) => string): AskedQuestion[] {
  return questionsOf(invitation.kind, invitation.questions).map((question) => {
    const wordsOf = (locale: Locale): string => {
      const key = question.ask !== 'score' ? question.ask : invitation.purpose === 'recheck' ? 'recheck' : invitation.kind
      return question.text[locale] || customerTexts(locale)(`survey.${key}`, { company: invitation.accountName, dimension: question.dimensionId ? nameOf(question.dimensionId, locale) : '' })
    }
    return { ...question, text: Object.fromEntries(locales.map((locale) => [locale, wordsOf(locale)])) as Record<Locale, string> } // of all locales
  })
}

/** The question that is open now. */
export function openQuestion(invitation: Asking & Pick<InvitationRow, 'asked' | 'locale'>): string {
  const questions = questionsAsked(invitation)
  return (questions[invitation.asked] ?? questions[0]!).text[invitation.locale] // a survey asks at least its score
}
