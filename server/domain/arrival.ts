import type { Channel, Evidence, SurveyKind } from '#contract/words.ts'
import { automaticMailOf, mayAnswerAutomatically, type AutomaticMailKind, type MailFacts } from './automatic-mail.ts'
import { consentWordOf } from './opt-out-words.ts'
import { surveyAnswerOf } from './survey-answer.ts'

/** One thing that came in over a channel, in our words; an adapter made it from the provider's. */
export type Arrival = {
  channel: Channel
  /** How the sender is known: by the provider's proof, or only said. */
  evidence: Evidence
} & (
  /** `beginsChat`: a webchat message that finds no live chat session; a live session begins with the first word. */
  | { shape: 'message'; text: string; fileCount: number; mail: MailFacts | null; beginsChat: boolean }
  | { shape: 'call' }
  | { shape: 'reaction' | 'read-mark' | 'edit' | 'delete' }
)

/** What must be known beside the arrival to say what it is. */
export interface ArrivalContext {
  isFromStaff: boolean
  /** From one of our own numbers or addresses. */
  isFromUs: boolean
  /** Of this address at this account of ours. */
  isOptedOut: boolean
  /** A one-time code was sent to this identity and is neither used up nor expired. */
  isCodeExpected: boolean
  /** The invitation that is the last thing we sent on this identity, whatever its age; null when we sent something else since. */
  invitation: { id: string; kind: SurveyKind; expiresAt: Date; isAnswered: boolean } | null
}

/** What an arrival is. Only `turn` and `call` may open or re-open a contact. */
export type ArrivalClass =
  | { is: 'turn' }
  | { is: 'call' }
  | { is: 'survey-answer'; invitationId: string; score: number; comment: string | null; alsoTurn: boolean }
  | { is: 'opt-out'; word: string }
  | { is: 'opt-in'; word: string; changesConsent: boolean }
  | { is: 'code'; code: string }
  | { is: 'reaction' | 'read-mark' | 'edit' | 'delete' }
  | { is: 'automatic-mail'; kind: AutomaticMailKind; because: string }
  | { is: 'own' }
  | { is: 'staff' }

/**
 * Says what an arrival is (RULES section 3, "First decide what an arrival is"). Consent words come before survey answers: who
 * answers a survey with STOP wants peace.
 */
export function classifyArrival(arrival: Arrival, context: ArrivalContext, now: Date): ArrivalClass {
  if (context.isFromStaff) return { is: 'staff' }
  if (arrival.shape === 'call') return { is: 'call' }
  if (arrival.shape !== 'message') return { is: arrival.shape }
  if (arrival.mail) {
    const automatic = automaticMailOf(arrival.mail)
    if (automatic) return { is: 'automatic-mail', ...automatic }
  }
  if (context.isFromUs) return { is: 'own' }
  if (arrival.fileCount > 0) return { is: 'turn' }
  return classifyText(arrival, context, now)
}

function classifyText(arrival: { channel: Channel; text: string; mail: MailFacts | null }, context: ArrivalContext, now: Date): ArrivalClass {
  const code = context.isCodeExpected ? codeIn(arrival.text) : null
  if (code) return { is: 'code', code }
  // A mail client sends the word of a List-Unsubscribe link in the subject, with an empty body.
  const said = arrival.text.trim() === '' && arrival.mail ? arrival.mail.subject : arrival.text
  const consent = consentWordOf(said, arrival.channel, context.isOptedOut)
  if (consent?.kind === 'opt-out') return { is: 'opt-out', word: consent.word }
  if (consent?.kind === 'opt-in') return { is: 'opt-in', word: consent.word, changesConsent: context.isOptedOut }
  return surveyAnswerIn(arrival, context, now) ?? { is: 'turn' }
}

function codeIn(text: string): string | null {
  const digits = text.normalize('NFKC').trim()
  return /^\d{3}[ -]?\d{3}$/.test(digits) ? digits.replace(/[ -]/, '') : null
}

function surveyAnswerIn(arrival: { text: string }, context: ArrivalContext, now: Date): ArrivalClass | null {
  const { invitation } = context
  if (!invitation || invitation.isAnswered || invitation.expiresAt <= now) return null
  const answer = surveyAnswerOf(arrival.text, invitation.kind)
  if (!answer) return null
  return { is: 'survey-answer', invitationId: invitation.id, ...answer, alsoTurn: answer.comment !== null && isLowAnswer(invitation.kind, answer.score) }
}

/** What counts as low unless the survey says otherwise. */
export const lowAtMostOf: Record<SurveyKind, number> = { csat: 2, nps: 6, ces: 3, csi: 4 }

/** A low answer opens a FollowUp, and words beside it want an answer (RULES section 6). CSAT 1–2, NPS 0–6, CES 1–3, CSI 1–4. */
export function isLowAnswer(kind: SurveyKind, score: number): boolean {
  return score <= lowAtMostOf[kind]
}

/** Whether our program may answer this arrival by itself at all; the rest is for the decision. */
export function mayAnswerByProgram(arrival: Arrival): boolean {
  if (arrival.channel === 'voice') return false
  return arrival.shape !== 'message' || arrival.mail === null || mayAnswerAutomatically(arrival.mail).may
}
