/**
 * What the server shows. Every view carries its row's `version`: a screen applies a view only when it is newer than what it
 * holds, so views may arrive twice, late or out of order. Times are ISO 8601 UTC strings, ids UUIDv7, durations milliseconds.
 */
import type { ExpectedWait } from './expected-wait.ts'
import type {
  BreakReason, Channel, ContactOutcome, ContactState, CustomerTier, Demand, Direction, Evidence, IdentityKind, Load, Locale,
  MessageKind, MessageStatus, OfferKind, Presence, Role, SessionKind, SessionState, SlaTargetKind,
} from './words.ts'

export interface IdentityView {
  id: string
  kind: IdentityKind
  realm: string
  /** The address as a person would write it; empty for visitors. */
  value: string
  displayName: string | null
  evidence: Evidence
  shared: boolean
  bounced: boolean
  optedOut: boolean
}

export interface ClaimView {
  id: string
  kind: 'phone' | 'email' | 'name'
  value: string
  source: string
  at: string
}

export interface CustomerView {
  id: string
  conversationId: string
  name: string | null
  /** What to call them on screen: the name, else the best address, else "Visitor". */
  label: string
  tier: CustomerTier
  locale: Locale | null
  timeZone: string | null
  preferredChannel: Channel | null
  company: string | null
  attributes: Record<string, string>
  identities: IdentityView[]
  claims: ClaimView[]
  /** Merges into this customer that can be undone, newest first. */
  merges: { id: string; at: string; foldedLabel: string; automatic: boolean }[]
  createdAt: string
  version: number
}

export interface SlaView {
  kind: SlaTargetKind
  startedAt: string
  dueAt: string | null
  warnedAt: string | null
  breachedAt: string | null
}

/** A contact as lists show it. */
export interface ContactView {
  id: string
  conversationId: string
  customerId: string
  customerLabel: string
  customerTier: CustomerTier
  queueId: string
  state: ContactState
  outcome: ContactOutcome | null
  ownerId: string | null
  /** Who writes it up, in wrap-up: nobody owns it any more. */
  wrapUpBy: string | null
  /** The channel of its most urgent demand, else where the customer last wrote. */
  channel: Channel
  demands: Demand[]
  direction: 'inbound' | 'outbound'
  priority: number
  urgent: boolean
  /** What it needs besides what its queue asks for. */
  skills: { skillId: string; level: number }[]
  /** Who helps its owner. */
  consultantIds: string[]
  subject: string | null
  snippet: string | null
  unverified: boolean
  complaint: boolean
  dispositionId: string | null
  openedAt: string
  workableAt: string | null
  waitingSince: string | null
  waitReason: string | null
  acceptedAt: string | null
  lastInboundAt: string | null
  lastMessageAt: string | null
  pendingUntil: string | null
  snoozedUntil: string | null
  wrapUpUntil: string | null
  promisedAt: string | null
  closedAt: string | null
  /** True while a turn of the customer is neither answered nor settled. */
  unanswered: boolean
  sla: SlaView[]
  version: number
}

export interface AttachmentView {
  id: string
  name: string
  contentType: string
  sizeBytes: number
  state: 'stored' | 'fetching' | 'failed' | 'refused' | 'deleted'
  stateReason: string | null
  /** Shown in place: raster pictures and audio only. */
  inline: boolean
}

export interface CallFacts {
  sessionId: string
  state: SessionState
  startedAt: string
  bridgedAt: string | null
  endedAt: string | null
  waitMs: number | null
  talkMs: number | null
  endReason: string | null
  attestation: string | null
}

/** A fact the system wrote into the conversation; screens word it in the reader's language. */
export interface SystemFact {
  code: string
  facts: Record<string, string | number | null>
}

export interface MessageView {
  id: string
  conversationId: string
  contactId: string | null
  /** Place in the conversation, gapless. Valid for this epoch only: nothing that outlives a screen keeps it. */
  seq: number
  at: string
  sentAt: string | null
  kind: MessageKind
  channel: Channel
  direction: Direction
  author: { kind: 'customer' | 'agent' | 'system'; id: string | null; name: string }
  /** The address it came from or went to. */
  address: string | null
  identityId: string | null
  unverified: boolean
  subject: string | null
  text: string
  /** Sanitised HTML is fetched apart and shown in a sandboxed frame. */
  hasHtml: boolean
  status: MessageStatus
  statusReason: string | null
  attachments: AttachmentView[]
  call: CallFacts | null
  system: SystemFact | null
  threadId: string | null
  clientId: string | null
  editedAt: string | null
  deletedAt: string | null
  /** A contact of a restricted queue the reader may not see: one grey line, no text. */
  restricted: boolean
  version: number
}

export interface SessionView {
  id: string
  contactId: string | null
  kind: SessionKind
  state: SessionState
  agentId: string | null
  startedAt: string
  bridgedAt: string | null
  endedAt: string | null
  /** A call with somebody who helps in it; the customer hears silence while it is on hold. */
  isTogether: boolean
  isOnHold: boolean
  version: number
}

export interface OfferView {
  id: string
  contactId: string
  conversationId: string
  agentId: string
  kind: OfferKind
  channel: Channel
  customerLabel: string
  snippet: string | null
  queueId: string
  unverified: boolean
  fromAgentId: string | null
  note: string | null
  offeredAt: string
  expiresAt: string
  /** Why this agent: the code of the routing rule that chose them. */
  reason: string
  ended: boolean
  result: string | null
  version: number
}

export interface AgentView {
  id: string
  name: string
  role: Role
  presence: Presence
  reason: BreakReason | null
  since: string
  draining: boolean
  load: Load
  liveUsed: number
  liveUnits: number
  deferredUsed: number
  deferredUnits: number
  contacts: number
  /** On the line, or rung, for a call that is a colleague's. */
  isHelping: boolean
  teamIds: string[]
  queueIds: string[]
  retired: boolean
  version: number
}

export interface SuggestionView {
  id: string
  customerA: { id: string; conversationId: string; label: string }
  customerB: { id: string; conversationId: string; label: string }
  /** Codes with the value they rest on, worded on screen: `same-email-typed`, `same-phone-typed`, `reply-from`, … */
  evidence: { code: string; value: string; at: string }[]
  state: 'open' | 'accepted' | 'dismissed'
  mergeId: string | null
  at: string
  version: number
}

export interface QueueSummary {
  id: string
  name: string
  teamId: string
  restricted: boolean
  open: boolean
  retired: boolean
}

/** What a visitor of a website sees of an item: no seq, no notes, no headers, no staff ids. */
export interface VisitorMessageView {
  id: string
  at: string
  direction: 'inbound' | 'outbound'
  authorName: string | null
  channel: Channel
  text: string
  system: SystemFact | null
  attachments: AttachmentView[]
  status: MessageStatus
  clientId: string | null
  version: number
}

export interface VisitorChatView {
  /** idle: nothing open; waiting: in line; active: an agent has it; closed: just ended. */
  state: 'idle' | 'waiting' | 'active' | 'closed'
  agentName: string | null
  /** About how many are ahead who could take the same agents; null when not waiting. */
  ahead: number | null
  /** What is left of the wait most had of late; null when nobody can say. */
  expected: ExpectedWait | null
  open: boolean
  promisedAt: string | null
  survey: { invitationId: string; kind: string; question: string } | null
  version: number
}
