import type { Channel, ContactOutcome, InvitationState, SurveyKind } from '#contract/words.ts'
import { mayReopen } from './contact-state.ts'

export interface SurveyRule {
  id: string
  kind: SurveyKind
  isEnabled: boolean
  delayMs: number
  /** A customer asked within this time is left in peace. */
  quietMs: number
  expiryMs: number
  /** 0–1; who is asked is decided by the contact's own number, so that two runs agree. */
  samplingShare: number
}

/** What decides whether and where a closed contact is asked. */
export interface SurveyFacts {
  contact: { id: string; outcome: ContactOutcome; closedAt: Date; reopenWindowMs: Partial<Record<Channel, number>> }
  /** The identity and account the contact ended on: of the last item either way. */
  endedOn: { channel: Channel; identityId: string; accountId: string; isOneTime: boolean; isOptedOut: boolean; wasProvedOnContact: boolean; isReachable: boolean } | null
  /** The last invitation sent to this customer for any contact. */
  lastAskedAt: Date | null
  /** An invitation of this survey for this contact exists, in whatever state. */
  wasInvited: boolean
  isErased: boolean
  /** The call or widget is still open: the question can be put at once. */
  isSessionOpen: boolean
  /** 0–1, from the contact's id. */
  samplePoint: number
}

export type SurveyRefusal =
  | 'survey-off' | 'erased' | 'outcome' | 'already-invited' | 'no-identity' | 'one-time-identity' | 'opted-out' | 'unproved' | 'quiet-period' | 'not-sampled' | 'not-reachable'

export type SurveyDecision =
  | { kind: 'invite'; channel: Channel; identityId: string; accountId: string; sendAt: Date; expiresAt: Date; when: 'at-close' | 'after-reopen-window' }
  | { kind: 'none'; reason: SurveyRefusal }

const neverAsked: ReadonlySet<ContactOutcome> = new Set(['spam', 'merged', 'parked', 'self-served', 'abandoned', 'left-in-menu', 'expired'])

/**
 * Whether, when and where a closed contact is asked how it went (RULES section 6). At close for a call or widget, else when the re-open
 * window ends. Abandoned and expired contacts are not asked either: nobody served them, a FollowUp does.
 */
export function decideSurvey(survey: SurveyRule, facts: SurveyFacts): SurveyDecision {
  const refusal = refusalOf(survey, facts)
  if (refusal !== null) return { kind: 'none', reason: refusal }
  const endedOn = facts.endedOn!
  const isAtOnce = endedOn.channel === 'voice' || endedOn.channel === 'webchat'
  const from = isAtOnce ? facts.contact.closedAt : mayReopen(facts.contact, endedOn.channel, facts.contact.closedAt, facts.contact.reopenWindowMs).until
  const sendAt = new Date(from.getTime() + (isAtOnce && facts.isSessionOpen ? 0 : survey.delayMs))
  return {
    kind: 'invite', channel: endedOn.channel, identityId: endedOn.identityId, accountId: endedOn.accountId, sendAt, expiresAt: new Date(sendAt.getTime() + survey.expiryMs),
    when: isAtOnce ? 'at-close' : 'after-reopen-window',
  }
}

function refusalOf(survey: SurveyRule, facts: SurveyFacts): SurveyRefusal | null {
  const { contact, endedOn } = facts
  if (!survey.isEnabled) return 'survey-off'
  if (facts.isErased) return 'erased'
  if (neverAsked.has(contact.outcome)) return 'outcome'
  if (facts.wasInvited) return 'already-invited'
  if (!endedOn) return 'no-identity'
  if (endedOn.isOneTime) return 'one-time-identity'
  if (endedOn.isOptedOut) return 'opted-out'
  if (!endedOn.wasProvedOnContact) return 'unproved'
  if (facts.lastAskedAt && contact.closedAt.getTime() - facts.lastAskedAt.getTime() < survey.quietMs) return 'quiet-period'
  if (facts.samplePoint >= survey.samplingShare) return 'not-sampled'
  return endedOn.isReachable || facts.isSessionOpen ? null : 'not-reachable'
}

/** A number in 0–1 from an id's hexadecimal digits: its random part, so that neighbours differ. */
export function samplePointOf(id: string): number {
  const digits = id.replaceAll('-', '').slice(-8)
  return Number.parseInt(digits, 16) / 0x1_0000_0000
}

/** Asked again just before sending: a customer may have opted out, written, or been merged since. */
export function maySendInvitation(
  invitation: { state: InvitationState; sendAt: Date; expiresAt: Date },
  facts: { contactIsClosed: boolean; isErased: boolean; isOptedOut: boolean; isReachable: boolean },
  now: Date,
): { do: 'send' } | { do: 'wait'; until: Date } | { do: 'cancel'; reason: 'not-scheduled' | 'erased' | 'reopened' | 'opted-out' | 'not-reachable' | 'expired' } {
  if (invitation.state !== 'scheduled') return { do: 'cancel', reason: 'not-scheduled' }
  if (facts.isErased) return { do: 'cancel', reason: 'erased' }
  if (!facts.contactIsClosed) return { do: 'cancel', reason: 'reopened' }
  if (facts.isOptedOut) return { do: 'cancel', reason: 'opted-out' }
  if (now >= invitation.expiresAt) return { do: 'cancel', reason: 'expired' }
  if (now < invitation.sendAt) return { do: 'wait', until: invitation.sendAt }
  return facts.isReachable ? { do: 'send' } : { do: 'cancel', reason: 'not-reachable' }
}

/** Sent and not refused for so long counts as delivered where the provider gives no receipt. */
export const countsDeliveredAfterMs = 24 * 3_600_000

/** Whether an invitation counts as delivered: a receipt, or sent and not refused in 24 h; widget: shown; keypad: prompt played. */
export function isDelivered(invitation: { state: InvitationState; sentAt: Date | null; hasReceipt: boolean; wasShown: boolean }, now: Date): { delivered: true; by: 'receipt' | 'shown' | 'time' | 'answer' } | { delivered: false; reason: 'not-sent' | 'refused' | 'too-early' } {
  if (invitation.state === 'answered') return { delivered: true, by: 'answer' }
  if (invitation.state === 'refused' || invitation.state === 'cancelled') return { delivered: false, reason: 'refused' }
  if (invitation.wasShown) return { delivered: true, by: 'shown' }
  if (invitation.hasReceipt) return { delivered: true, by: 'receipt' }
  if (!invitation.sentAt) return { delivered: false, reason: 'not-sent' }
  return now.getTime() - invitation.sentAt.getTime() >= countsDeliveredAfterMs ? { delivered: true, by: 'time' } : { delivered: false, reason: 'too-early' }
}

/** One reminder, half-way to the end, and only while nothing else was said since. */
export function nextReminder(invitation: { state: InvitationState; sentAt: Date | null; expiresAt: Date; remindedAt: Date | null }, isLastThingSent: boolean, now: Date): { do: 'remind'; at: Date } | { do: 'none'; reason: 'reminded' | 'not-sent' | 'answered' | 'said-something-since' | 'expired' } {
  if (invitation.remindedAt) return { do: 'none', reason: 'reminded' }
  if (invitation.state === 'answered') return { do: 'none', reason: 'answered' }
  if (!invitation.sentAt || (invitation.state !== 'sent' && invitation.state !== 'delivered')) return { do: 'none', reason: 'not-sent' }
  if (now >= invitation.expiresAt) return { do: 'none', reason: 'expired' }
  if (!isLastThingSent) return { do: 'none', reason: 'said-something-since' }
  return { do: 'remind', at: new Date((invitation.sentAt.getTime() + invitation.expiresAt.getTime()) / 2) }
}

/** Judges an answer by link, widget or keypad; a reply by text is judged by `classifyArrival`. */
export function mayAnswer(invitation: { state: InvitationState; expiresAt: Date; isErased?: boolean }, now: Date): { ok: true } | { ok: false; reason: 'answered' | 'expired' | 'cancelled' | 'not-sent' } {
  if (invitation.isErased) return { ok: false, reason: 'cancelled' }
  if (invitation.state === 'answered') return { ok: false, reason: 'answered' }
  if (invitation.state === 'cancelled' || invitation.state === 'refused') return { ok: false, reason: 'cancelled' }
  if (invitation.state === 'scheduled') return { ok: false, reason: 'not-sent' }
  return invitation.state === 'expired' || now >= invitation.expiresAt ? { ok: false, reason: 'expired' } : { ok: true }
}
