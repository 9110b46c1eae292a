/**
 * The words of the domain as closed sets. Every program, table and screen uses these and no synonyms
 * (docs/words.md explains each). The order inside a set is the order in which screens list it.
 */

export const channels = ['voice', 'webchat', 'email', 'sms', 'whatsapp', 'slack'] as const
export type Channel = (typeof channels)[number]

export const roles = ['agent', 'supervisor', 'admin'] as const
export type Role = (typeof roles)[number]

export const locales = ['en', 'zh'] as const
export type Locale = (typeof locales)[number]

export const identityKinds = ['phone', 'email', 'visitor', 'site-user', 'slack-user', 'whatsapp-id', 'call'] as const
export type IdentityKind = (typeof identityKinds)[number]

export const evidences = ['proved', 'claimed'] as const
export type Evidence = (typeof evidences)[number]

export const customerTiers = ['standard', 'silver', 'gold'] as const
export type CustomerTier = (typeof customerTiers)[number]

export const contactStates = ['arriving', 'waiting', 'offered', 'active', 'pending', 'snoozed', 'wrap-up', 'closed'] as const
export type ContactState = (typeof contactStates)[number]

export const contactOutcomes = ['handled', 'self-served', 'abandoned', 'left-in-menu', 'expired', 'no-reply', 'parked', 'merged', 'spam'] as const
export type ContactOutcome = (typeof contactOutcomes)[number]

export const demands = ['call', 'chat', 'messages'] as const
export type Demand = (typeof demands)[number]

export const entryResults = ['answered', 'abandoned', 'expired', 'overflowed', 'moved', 'voicemail', 'callback', 'merged', 'spam'] as const
export type EntryResult = (typeof entryResults)[number]

export const offerKinds = ['contact', 'transfer', 'consult', 'session'] as const
export type OfferKind = (typeof offerKinds)[number]

export const offerResults = ['accepted', 'declined', 'timed-out', 'withdrawn'] as const
export type OfferResult = (typeof offerResults)[number]

export const messageKinds = ['text', 'file', 'call', 'note', 'system'] as const
export type MessageKind = (typeof messageKinds)[number]

export const directions = ['inbound', 'outbound', 'internal'] as const
export type Direction = (typeof directions)[number]

/** An outbound message only moves forward along its rank; `failed` and `unknown` are side exits. */
export const messageStatuses = ['received', 'pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'] as const
export type MessageStatus = (typeof messageStatuses)[number]

export const sessionKinds = ['call', 'chat'] as const
export type SessionKind = (typeof sessionKinds)[number]

export const sessionStates = ['greeting', 'queued', 'connecting', 'bridged', 'live', 'voicemail', 'ended'] as const
export type SessionState = (typeof sessionStates)[number]

export const presences = ['available', 'break', 'offline'] as const
export type Presence = (typeof presences)[number]

export const breakReasons = ['lunch', 'training', 'meeting', 'personal', 'missed'] as const
export type BreakReason = (typeof breakReasons)[number]

export const loads = ['idle', 'on-contact', 'wrap-up'] as const
export type Load = (typeof loads)[number]

export const slaTargetKinds = ['time-to-answer', 'first-response', 'next-response', 'resolution'] as const
export type SlaTargetKind = (typeof slaTargetKinds)[number]

export const slaClockStates = ['running', 'paused', 'met', 'cancelled'] as const
export type SlaClockState = (typeof slaClockStates)[number]

export const slaEscalationStates = ['pending', 'done', 'skipped', 'failed'] as const
export type SlaEscalationState = (typeof slaEscalationStates)[number]

export const slaActionKinds = ['notify', 'raise-priority', 'move-queue', 'add-supervisor', 'slack', 'webhook'] as const
export type SlaActionKind = (typeof slaActionKinds)[number]

export const notificationKinds = ['sla-warned', 'sla-breached', 'not-accepted', 'follow-up-given', 'follow-up-again', 'follow-up-overdue'] as const
export type NotificationKind = (typeof notificationKinds)[number]

export const turnEnds = ['answered', 'settled'] as const
export type TurnEnd = (typeof turnEnds)[number]

export const surveyKinds = ['csat', 'nps', 'ces', 'csi'] as const
export type SurveyKind = (typeof surveyKinds)[number]

/** What a survey is sent for: a contact that ended, or the check whether a follow-up put it right. */
export const surveyPurposes = ['contact', 'recheck'] as const
export type SurveyPurpose = (typeof surveyPurposes)[number]

/** What one question asks for: the survey's own score, the index's other two, or a dimension. All but `score` are answered 1–10. */
export const surveyAsks = ['score', 'against-expectation', 'against-ideal', 'perceived', 'expected', 'importance'] as const
export type SurveyAsk = (typeof surveyAsks)[number]

export const invitationStates = ['scheduled', 'sending', 'sent', 'delivered', 'answered', 'expired', 'cancelled', 'refused'] as const
export type InvitationState = (typeof invitationStates)[number]

/** The check with the customer whether a follow-up put it right. */
export const rechecks = ['none', 'sent', 'answered', 'expired', 'by-hand'] as const
export type Recheck = (typeof rechecks)[number]

export const followUpSteps = ['recorded', 'assigned', 'handed-over', 'overdue', 'handled', 'recheck-sent', 'recheck-answered', 'recheck-expired', 'rechecked-by-hand', 'fed-back', 'opened-again'] as const
export type FollowUpStep = (typeof followUpSteps)[number]

export const customerStages = ['prospect', 'customer', 'loyal', 'at-risk', 'lost', 'won-back'] as const
export type CustomerStage = (typeof customerStages)[number]

/** By share of all value given: A the first 80 %, B the next 15 %, C the rest. */
export const valueClasses = ['A', 'B', 'C'] as const
export type ValueClass = (typeof valueClasses)[number]

export const reportRunStates = ['queued', 'running', 'done', 'failed'] as const
export type ReportRunState = (typeof reportRunStates)[number]

export const receiptStates = ['stored', 'handled', 'failed', 'quarantined'] as const
export type ReceiptState = (typeof receiptStates)[number]

export const outboundStates = ['pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'] as const
export type OutboundState = (typeof outboundStates)[number]

export const suggestionStates = ['open', 'accepted', 'dismissed'] as const
export type SuggestionState = (typeof suggestionStates)[number]

/** Which units a channel draws on, and how many by default (RULES section 1, "Units"). */
export const unitsOf: Record<Channel, { kind: 'live' | 'deferred'; units: number }> = {
  voice: { kind: 'live', units: 100 },
  webchat: { kind: 'live', units: 33 },
  email: { kind: 'deferred', units: 20 },
  sms: { kind: 'deferred', units: 25 },
  whatsapp: { kind: 'deferred', units: 25 },
  slack: { kind: 'deferred', units: 25 },
}
