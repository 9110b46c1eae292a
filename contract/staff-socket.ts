/**
 * The staff namespace `/staff` of Socket.IO. Acting goes over HTTP (`/api/v1`); the socket only tells what happened.
 * First load and return after a loss are the same call, `sync`: with the last number of each room the server answers with what
 * was missed, or with a snapshot where that is too much or unknown.
 */
import type { StaffEnvelope } from './events.ts'
import type { AgentView, ContactView, CustomerView, MessageView, OfferView, QueueSummary, SessionView, SuggestionView } from './views.ts'
import type { BoardChange, NumberedBoard } from './board-change.ts'

export type ListName = 'offered' | 'mine' | 'waiting' | 'all' | 'closed'

export interface ListWindow {
  /** Sort key of the last row held; null when the list ends inside the window. */
  endCursor: string | null
}

export interface InboxSnapshot {
  at: string
  me: AgentView
  agents: AgentView[]
  queues: QueueSummary[]
  contacts: ContactView[]
  offers: OfferView[]
  suggestions: SuggestionView[]
  windows: Record<Exclude<ListName, 'offered'>, ListWindow>
  /** How far I have read each conversation of the windows: time of the last message read. */
  reads: Record<string, string>
  rooms: Record<string, number>
}

export interface ConversationSnapshot {
  conversationId: string
  epoch: number
  customer: CustomerView
  contacts: ContactView[]
  /** The newest page, oldest first. */
  messages: MessageView[]
  sessions: SessionView[]
  hasEarlier: boolean
  readMessageId: string | null
  /** The room this screen is in for the conversation, and its last number. */
  room: string
  roomSeq: number
}

export interface SyncRequest {
  /** The last number held of each room; empty on first load. */
  rooms: Record<string, number>
  /** The conversation on screen, if any. */
  conversationId: string | null
}

export type SyncReply =
  | { kind: 'snapshot'; inbox: InboxSnapshot; conversation: ConversationSnapshot | null }
  | { kind: 'difference'; at: string; envelopes: StaffEnvelope[]; rooms: Record<string, number> }

export type Reply<T> = ({ ok: true } & T) | { ok: false; code: string }

export interface StaffServerEvents {
  /** What a room is told at once, in its order. */
  events: (envelopes: StaffEnvelope[]) => void
  /** To who looks: the next board, whole or as what changed. */
  board: (change: BoardChange) => void
  typing: (typing: { conversationId: string; who: string; kind: 'customer' | 'agent'; on: boolean }) => void
  viewing: (viewing: { conversationId: string; agentIds: string[] }) => void
  /** The server lets this session go: signed out, revoked, retired. */
  goodbye: (reason: { code: string }) => void
}

export interface StaffClientEvents {
  sync: (request: SyncRequest, ack: (reply: Reply<{ sync: SyncReply }>) => void) => void
  open: (request: { conversationId: string }, ack: (reply: Reply<{ conversation: ConversationSnapshot }>) => void) => void
  close: (request: { conversationId: string }) => void
  /** `identityId`: whom a chat message is being written to, who is shown it; null: a note or another channel, which customers hear nothing of. */
  typing: (request: { conversationId: string; on: boolean; identityId: string | null }) => void
  board: (request: { on: boolean }, ack: (reply: Reply<{ board: NumberedBoard | null }>) => void) => void
}
