/**
 * What happened, as the server tells screens. The event row in the database holds ids and facts; the relay renders it for each
 * room by `viewFor`, whole views under `upsert`, what left the room's sight under `removed`.
 */
import type {
  AgentView, ContactView, CustomerView, MessageView, OfferView, SessionView, SuggestionView, VisitorChatView, VisitorMessageView,
} from './views.ts'

export const eventNames = [
  'message.added', 'message.changed',
  'contact.opened', 'contact.changed', 'contact.closed', 'contact.reopened',
  'offer.made', 'offer.ended',
  'session.changed',
  'agent.changed',
  'customer.changed', 'customer.merged', 'customer.unmerged',
  'suggestion.made', 'suggestion.decided',
  'conversation.read',
  'sla.warned', 'sla.breached',
  'survey.sent', 'survey.answered',
  'follow-up.opened', 'follow-up.changed',
  'settings.changed',
  'notification.made',
] as const
export type EventName = (typeof eventNames)[number]

/** The facts an event row holds: ids only. The relay loads the rows they name and renders their views. */
export interface EventRefs {
  messageIds?: string[]
  contactIds?: string[]
  offerIds?: string[]
  sessionIds?: string[]
  agentIds?: string[]
  customerIds?: string[]
  suggestionIds?: string[]
  /** Conversations that ceased to be (folded by a merge) or came back: screens drop what they hold of them. */
  goneConversationIds?: string[]
  /** Contacts that left the sight of those who are told (an undone merge). */
  goneContactIds?: string[]
  /** A conversation whose order changed as a whole (merge, undo): screens ask for it again. */
  reorderedConversationIds?: string[]
  /** Read mark of one agent: only to that agent's room. */
  read?: { conversationId: string; messageId: string; at: string }
  /** What is fetched and changed, e.g. `queues`; to one member of staff alone: `notifications`. */
  settings?: string
  /** What the agent whose room is told may see changed as a whole (another team). */
  sight?: true
  /** Version of the row that changed, for the fold that rebuilds it. */
  version?: number
  facts?: Record<string, string | number | boolean | null>
}

export interface StaffUpsert {
  messages?: MessageView[]
  contacts?: ContactView[]
  offers?: OfferView[]
  sessions?: SessionView[]
  agents?: AgentView[]
  customers?: CustomerView[]
  suggestions?: SuggestionView[]
}

export interface StaffRemoved {
  contactIds?: string[]
  conversationIds?: string[]
  offerIds?: string[]
}

export interface StaffEnvelope {
  room: string
  /** Number in this room, gapless and in sending order. */
  seq: number
  type: EventName
  at: string
  upsert: StaffUpsert
  removed: StaffRemoved
  reordered?: string[]
  read?: { conversationId: string; messageId: string; at: string }
  settings?: string
  /** What this screen may see changed as a whole: it asks for everything anew. */
  sightChanged?: true
}

export interface VisitorEnvelope {
  seq: number
  at: string
  messages: VisitorMessageView[]
  chat?: VisitorChatView
}
