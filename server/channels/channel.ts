/**
 * What every channel adapter is. Adapters translate between a provider's wire protocol and these neutral shapes; they know no
 * table of ours and hold no rule of business. Doors (routes, the mail listener, the widget's socket) hand raw input to `verify`,
 * store the receipt, and hand the stored receipt to `parse`; the deliver worker hands outbound rows to `send`.
 */
import type { Channel, IdentityKind, Locale } from '#contract/words.ts'

/** A channel account with its secrets opened, as adapters see it. */
export interface AccountWithSecrets {
  id: string
  channel: Channel
  address: string
  name: string
  settings: Record<string, unknown>
  secrets: Record<string, string>
}

/** An address on the wire, normalised, not yet looked up. */
export interface WireAddress {
  kind: IdentityKind
  realm: string
  value: string
  displayName: string | null
}

export interface WireFile {
  /** Display name as the sender wrote it; cleaned before it is stored. */
  name: string
  contentType: string
  sizeBytes: number | null
  /** Bytes at hand (mail), or where the provider keeps them (fetched later, only from its own hosts). */
  content?: Uint8Array
  sourceUrl?: string
  /** In our file store already: uploaded before the message. */
  stored?: { storageKey: string; sha256: string }
}

interface ArrivalBase {
  /** The account it reached. */
  accountId: string
  channel: Channel
  /** Provider's id of the item, for edits, reactions and replies. */
  externalId: string
  from: WireAddress
  /** `proved` when the channel's own proof holds (RULES section 2), with what proved it. */
  evidence: 'proved' | 'claimed'
  proof: string | null
  /** No usable address: a one-time identity that never matches again. */
  oneTime: boolean
  sentAt: Date | null
  locale: string | null
}

/** A message, as all channels but voice bring it. */
export interface MessageArrival extends ArrivalBase {
  kind: 'message'
  text: string
  html: string | null
  subject: string | null
  files: WireFile[]
  /** Mail or Slack thread it belongs to. `replyToken` is our own signed reply address, when it was sent to one. */
  thread: { externalKey: string; references: string[]; replyToken: string | null } | null
  /** Mail headers and envelope facts that decide whether it is automatic (RFC 3834). */
  mail: {
    returnPath: string | null
    headers: Record<string, string>
    contentType: string
    dsn: DeliveryReport | null
    /** With the quoted mail and the signature, when `text` is without them. */
    fullText: string | null
    /** To and Cc as written, at most 100; for showing who else reads, never to be believed. */
    cc: string[]
  } | null
  /** Sent by somebody of our staff (Slack account for staff). */
  clientId: string | null
  visitorId: string | null
  /** Addresses the channel names for the sender and nobody proved: a Slack profile's email. Never looked up, only compared for suggestions. */
  claims?: { kind: 'email' | 'phone'; value: string }[]
}

export interface DeliveryReport {
  originalMessageId: string | null
  recipient: string | null
  action: 'failed' | 'delayed' | 'delivered' | 'other'
  detail: string
}

/** Something about an earlier item: an edit, a deletion, a reaction, a file taken back. Opens nothing. */
export interface ItemChangeArrival extends ArrivalBase {
  kind: 'item-change'
  change: 'edited' | 'deleted' | 'reaction' | 'file-deleted'
  /** The item's id; of a file taken back: what the provider's address of it contains. */
  targetExternalId: string
  text: string | null
}

/** A provider's word on something we sent. */
export interface StatusArrival {
  kind: 'status'
  accountId: string
  channel: Channel
  /** Provider's id of what we sent. */
  externalId: string
  status: 'sent' | 'delivered' | 'read' | 'failed'
  reason: string | null
}

/** One step of a call. The door's receipt key is unique within the call. */
export interface CallArrival extends ArrivalBase {
  kind: 'call'
  /** The customer's leg; on steps of the agent's leg empty: `sessionId` says which call it is. */
  callId: string
  /** Our own id of the call, as we wrote it into the addresses the provider asks; null on the first step. */
  sessionId: string | null
  event: CallEvent
  /** The carrier's word on the caller's number: A (fully), B, C; null: none. */
  attestation: string | null
  withheld: boolean
}

export type CallEvent =
  | { step: 'ringing' }
  /** `moved`: by our own command. `isOver`: the caller's leg has ended with it. */
  | { step: 'queue-left'; result: 'bridged' | 'hung-up' | 'left' | 'moved' | 'error'; isOver: boolean }
  /** The caller is being put through to this leg. */
  | { step: 'bridged'; agentLegId: string }
  /** A leg of who helps: it is rung while the others talk. */
  | { step: 'helper-leg'; status: 'answered' | 'ended' | 'busy' | 'no-answer' | 'failed'; agentLegId: string; commandId: string }
  /** The caller is out of the room they talked in. `isOver`: their leg has ended with it. */
  | { step: 'room-left'; isOver: boolean }
  | { step: 'agent-leg'; status: 'answered' | 'ended' | 'busy' | 'no-answer' | 'failed'; agentLegId: string; commandId: string }
  /** `recordingUrl` null: it named a host that is not the provider's. */
  | { step: 'recorded'; recordingUrl: string | null; recordingId: string; durationMs: number | null; transcript: string | null }
  /** What was pressed when `asks` was put; empty: nothing. */
  | { step: 'keys'; asks: KeyQuestion; digits: string }
  /** The customer we called has answered. */
  | { step: 'called-back'; commandId: string }
  | { step: 'ended'; durationMs: number | null }

export const keyQuestions = ['callback', 'survey'] as const
/** What a caller answers with the keys of their telephone. */
export type KeyQuestion = (typeof keyQuestions)[number]

/** What somebody on the line hears and what the line does next, worded; the adapter puts it into the provider's language. */
export type SpokenStep =
  | { do: 'say'; locale: Locale; text: string }
  | { do: 'pause'; ms: number }
  /** Stand in the line of this session; `round` counts how often. */
  | { do: 'queue'; sessionId: string; round: number }
  /** Leave the line for what comes after it. */
  | { do: 'leave-queue' }
  | { do: 'record'; sessionId: string; locale: Locale; maxMs: number; finishOnKey: '#' }
  /** Say this and listen for keys; what follows hears also that none was pressed. `round` counts the questions of the call. */
  | { do: 'ask'; sessionId: string; asks: KeyQuestion; round: number; locale: Locale; text: string; digitsMax: number; timeoutMs: number }
  /** The agent's leg fetches the caller out of the line. */
  | { do: 'fetch-caller'; sessionId: string; timeoutMs: number }
  /** Talk with the others of this session's room. It ends for all when the customer or their agent leaves it, not with who helps. */
  | { do: 'join-room'; sessionId: string; round: number; as: 'customer' | 'agent' | 'helper' }
  /** Ask this address of ours again. */
  | { do: 'ask-again'; path: string }
  | { do: 'hang-up' }

export type Arrival = MessageArrival | ItemChangeArrival | StatusArrival | CallArrival

/** What a door answers with; stored with the receipt and given again to a duplicate. */
export interface DoorAnswer {
  status: number
  contentType: string
  body: string
}

/** What leaves the hub, in neutral words. */
export type OutboundPayload =
  | { kind: 'message'; text: string; html: string | null; subject: string | null; files: OutboundFile[]; thread: OutboundThread | null; cc: string[]; clientRef: string; /** Written by the program, not by a person. */ isAutomatic?: boolean }
  /** Rings the agent, who then fetches the caller out of the line. */
  | { kind: 'connect'; callId: string; sessionId: string; agent: { id: string; phone: string | null } }
  /** Takes the caller out of a talk, back into the line of their call, where another agent fetches them. */
  | { kind: 'requeue'; callId: string; sessionId: string; round: number }
  | { kind: 'hang-up'; callId: string }
  /** Rings who helps, who then joins the room of the call. */
  | { kind: 'consult'; sessionId: string; agent: { id: string; phone: string | null } }
  /** Takes the agent's leg out of the talk of two into the room of the call; the caller follows by themselves. */
  | { kind: 'open-room'; callId: string; sessionId: string; round: number }
  /** The room is another leg's from now on, and who had it is out. */
  | { kind: 'hand-over'; callId: string; fromCallId: string; sessionId: string }
  | { kind: 'hold'; callId: string; sessionId: string; isOnHold: boolean }
  | { kind: 'delete-recording'; recordingId: string }
  /** Rings a customer who is called back; their leg then asks what to do. */
  | { kind: 'dial'; sessionId: string; number: string }

export interface OutboundFile {
  name: string
  contentType: string
  sizeBytes: number
  read(): Promise<Uint8Array>
  /** A URL the provider can fetch it from, signed and short-lived. */
  url: string
}

export interface OutboundThread {
  externalKey: string
  messageId: string
  inReplyTo: string | null
  references: string[]
  replyTo: string | null
  quoted: { author: string; at: Date; text: string; html: string | null } | null
}

export type SendResult =
  | { ok: true; externalId: string; status: 'sent' | 'delivered' }
  /** The provider said no; trying again would not help. `code` is worded on screen. */
  | { ok: false; kind: 'refused'; code: string; detail: string }
  /** Not now: provider down, rate limit. */
  | { ok: false; kind: 'later'; retryAfterMs: number | null; detail: string }
  /** It may have been accepted: settled by asking, never by sending again blindly. */
  | { ok: false; kind: 'unknown'; detail: string }

export interface OutboundItem {
  id: string
  to: string
  payload: OutboundPayload
  attempts: number
}

/** Which of these ids of the provider belong to other items of ours. */
export type OfOthers = (externalIds: readonly string[]) => Promise<ReadonlySet<string>>

export interface BrowserLeg {
  token: string
  identity: string
  expiresAt: Date
}

export interface ChannelAdapter {
  channel: Channel
  send(item: OutboundItem, account: AccountWithSecrets): Promise<SendResult>
  /** Asks the provider whether an `unknown` item was accepted; null when it cannot tell. What is another item's is not this one, however alike. */
  settle(item: OutboundItem, account: AccountWithSecrets, ofOthers?: OfOthers): Promise<SendResult | null>
  /** For the settings screen's test button. */
  testAccount(account: AccountWithSecrets): Promise<{ ok: true; detail: string } | { ok: false; reason: string }>
  /** Fetches a file the provider keeps; only from its own hosts. */
  fetchFile?(sourceUrl: string, account: AccountWithSecrets, limitBytes: number): Promise<{ content: Uint8Array; contentType: string }>
  /** Puts what a caller hears into the provider's language, as the answer of a door. */
  speak?(steps: readonly SpokenStep[]): DoorAnswer
  /** A pass for an agent's browser to be rung at; null where the deployment cannot ring browsers. */
  browserLeg?(agentId: string): Promise<BrowserLeg | null>
  /** Asks the provider whether a leg still lives; null when it cannot tell. */
  callState?(callId: string, account: AccountWithSecrets): Promise<'live' | 'ended' | null>
}
