/**
 * The one state of a staff screen and the pure function that applies events to it. Views carry versions: an equal or older one
 * changes nothing, so an event may arrive twice, late, or in a batch with a snapshot.
 */
import type { StaffEnvelope, StaffUpsert } from './events.ts'
import { roomOf } from './rooms.ts'
import type { ConversationSnapshot, InboxSnapshot, ListName, SyncReply } from './staff-socket.ts'
import type { AgentView, ContactView, CustomerView, MessageView, OfferView, QueueSummary, SessionView, SuggestionView } from './views.ts'

export interface InboxState {
  live: boolean
  /** When the screen last knew itself to be right. */
  knownAt: string | null
  meId: string | null
  agents: Record<string, AgentView>
  queues: QueueSummary[]
  contacts: Record<string, ContactView>
  offers: Record<string, OfferView>
  customers: Record<string, CustomerView>
  sessions: Record<string, SessionView>
  suggestions: Record<string, SuggestionView>
  /** Messages of the conversations held, by conversation, then by message id. */
  messages: Record<string, Record<string, MessageView>>
  conversations: Record<string, { epoch: number; hasEarlier: boolean; readMessageId: string | null }>
  reads: Record<string, string>
  windows: InboxSnapshot['windows']
  rooms: Record<string, number>
  /** Conversations whose order changed as a whole and must be asked for again. */
  stale: string[]
  /** Sight or queues changed: all that is held must be asked for again, as a snapshot. */
  outdated: boolean
}

export const emptyInbox: InboxState = {
  live: false, knownAt: null, meId: null, agents: {}, queues: [], contacts: {}, offers: {}, customers: {}, sessions: {}, suggestions: {},
  messages: {}, conversations: {}, reads: {},
  windows: { mine: { endCursor: null }, waiting: { endCursor: null }, all: { endCursor: null }, closed: { endCursor: null } },
  rooms: {}, stale: [], outdated: false,
}

/** Applies the answer to `sync`: a snapshot replaces, a difference adds. */
export function applySync(state: InboxState, reply: SyncReply): InboxState {
  if (reply.kind === 'difference') {
    const next = reply.envelopes.reduce(applyEnvelope, state)
    return { ...next, rooms: { ...next.rooms, ...reply.rooms }, live: true, knownAt: reply.at }
  }
  const { inbox } = reply
  const fresh: InboxState = {
    ...emptyInbox,
    live: true, knownAt: inbox.at, meId: inbox.me.id,
    agents: byId([...inbox.agents, inbox.me]), queues: inbox.queues, contacts: byId(inbox.contacts), offers: byId(inbox.offers),
    suggestions: byId(inbox.suggestions), reads: inbox.reads, windows: inbox.windows, rooms: inbox.rooms,
  }
  return reply.conversation ? applyConversation(fresh, reply.conversation) : fresh
}

/** Applies a conversation as it was opened or opened again. */
export function applyConversation(state: InboxState, snapshot: ConversationSnapshot): InboxState {
  const id = snapshot.conversationId
  const known = state.conversations[id]
  const sameOrder = known !== undefined && known.epoch === snapshot.epoch && !state.stale.includes(id)
  const next = applyUpsert(
    { ...state, messages: { ...state.messages, [id]: sameOrder ? (state.messages[id] ?? {}) : {} } },
    { messages: snapshot.messages, contacts: snapshot.contacts, customers: [snapshot.customer], sessions: snapshot.sessions },
  )
  return {
    ...next,
    conversations: { ...next.conversations, [id]: { epoch: snapshot.epoch, hasEarlier: sameOrder ? known.hasEarlier && snapshot.hasEarlier : snapshot.hasEarlier, readMessageId: snapshot.readMessageId } },
    rooms: { ...withoutRoomsOf(next.rooms, id), [snapshot.room]: snapshot.roomSeq },
    stale: next.stale.filter((x) => x !== id),
  }
}

/** The number of a room that was left says nothing of what is missed there when it is joined again. */
function withoutRoomsOf(rooms: Record<string, number>, conversationId: string): Record<string, number> {
  return without(rooms, [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)])
}

/** Applies one event. Its number in the room moves only forward. */
export function applyEnvelope(state: InboxState, envelope: StaffEnvelope): InboxState {
  let next = applyUpsert(state, envelope.upsert)
  const { contactIds = [], conversationIds = [], offerIds = [] } = envelope.removed
  if (contactIds.length) next = { ...next, contacts: without(next.contacts, contactIds) }
  if (offerIds.length) next = { ...next, offers: without(next.offers, offerIds) }
  if (conversationIds.length) {
    next = {
      ...next,
      messages: without(next.messages, conversationIds),
      conversations: without(next.conversations, conversationIds),
      contacts: Object.fromEntries(Object.entries(next.contacts).filter(([, c]) => !conversationIds.includes(c.conversationId))),
      // It shows both customers, so it is gone with either.
      suggestions: Object.fromEntries(Object.entries(next.suggestions).filter(([, s]) => !conversationIds.includes(s.customerA.conversationId) && !conversationIds.includes(s.customerB.conversationId))),
    }
  }
  if (envelope.reordered?.length) next = { ...next, stale: [...new Set([...next.stale, ...envelope.reordered])] }
  if (envelope.sightChanged || envelope.settings === 'queues') next = { ...next, outdated: true }
  if (envelope.read) next = { ...next, reads: { ...next.reads, [envelope.read.conversationId]: envelope.read.at } }
  const last = next.rooms[envelope.room] ?? 0
  return { ...next, rooms: { ...next.rooms, [envelope.room]: Math.max(last, envelope.seq) }, knownAt: envelope.at }
}

/** True when an envelope was missed: the screen then asks for the difference. */
export function missedSomething(state: InboxState, envelope: StaffEnvelope): boolean {
  const last = state.rooms[envelope.room]
  return last !== undefined && envelope.seq > last + 1
}

/** Adds an earlier page of messages. */
export function applyEarlier(state: InboxState, conversationId: string, messages: MessageView[], hasEarlier: boolean): InboxState {
  const next = applyUpsert(state, { messages })
  const known = next.conversations[conversationId]
  return known ? { ...next, conversations: { ...next.conversations, [conversationId]: { ...known, hasEarlier } } } : next
}

/** Adds a further page of a list. */
export function applyListPage(state: InboxState, list: Exclude<ListName, 'offered'>, contacts: ContactView[], endCursor: string | null): InboxState {
  return { ...state, contacts: newer(state.contacts, contacts), windows: { ...state.windows, [list]: { endCursor } } }
}

/** The rows of a list, in its order. */
export function listOf(state: InboxState, list: ListName): ContactView[] {
  const rows = Object.values(state.contacts)
  const latest = (a: ContactView, b: ContactView): number => compare(b.lastMessageAt ?? b.openedAt, a.lastMessageAt ?? a.openedAt) || compare(b.id, a.id)
  switch (list) {
    case 'offered': {
      const mine = new Set(Object.values(state.offers).filter((o) => !o.ended && o.agentId === state.meId).map((o) => o.contactId))
      return rows.filter((c) => mine.has(c.id)).sort(latest)
    }
    case 'mine': return rows.filter((c) => c.state !== 'closed' && state.meId !== null && (c.ownerId === state.meId || c.wrapUpBy === state.meId || c.consultantIds.includes(state.meId))).sort(latest)
    case 'waiting': return rows.filter((c) => c.state === 'waiting' || c.state === 'offered').sort((a, b) => compare(a.waitingSince ?? a.openedAt, b.waitingSince ?? b.openedAt) || compare(a.id, b.id))
    case 'all': return rows.filter((c) => c.state !== 'closed').sort(latest)
    case 'closed': return rows.filter((c) => c.state === 'closed').sort((a, b) => compare(b.closedAt ?? '', a.closedAt ?? '') || compare(b.id, a.id))
  }
}

/** The timeline of a conversation in its order. */
export function timelineOf(state: InboxState, conversationId: string): MessageView[] {
  return Object.values(state.messages[conversationId] ?? {}).sort((a, b) => a.seq - b.seq)
}

export function isUnread(state: InboxState, contact: ContactView): boolean {
  const read = state.reads[contact.conversationId]
  return contact.lastInboundAt !== null && contact.state !== 'closed' && (read === undefined || contact.lastInboundAt > read)
}

/** Takes over views from an event, a snapshot or the answer to a request; older ones change nothing. */
export function applyUpsert(state: InboxState, upsert: StaffUpsert): InboxState {
  let messages = state.messages
  for (const message of upsert.messages ?? []) {
    const held = messages[message.conversationId]
    // NOTE: messages are kept only of conversations that were opened; lists live on contacts alone.
    if (!held) continue
    if ((held[message.id]?.version ?? 0) >= message.version) continue
    messages = { ...messages, [message.conversationId]: { ...held, [message.id]: message } }
  }
  return {
    ...state,
    messages,
    contacts: newer(state.contacts, upsert.contacts),
    offers: newer(state.offers, upsert.offers),
    sessions: newer(state.sessions, upsert.sessions),
    agents: newer(state.agents, upsert.agents),
    customers: newer(state.customers, upsert.customers),
    suggestions: newer(state.suggestions, upsert.suggestions),
  }
}

function newer<V extends { id: string; version: number }>(held: Record<string, V>, arrived: readonly V[] | undefined): Record<string, V> {
  if (!arrived?.length) return held
  const next = { ...held }
  for (const view of arrived) if ((next[view.id]?.version ?? 0) < view.version) next[view.id] = view
  return next
}

function byId<V extends { id: string }>(views: readonly V[]): Record<string, V> {
  return Object.fromEntries(views.map((v) => [v.id, v]))
}

function without<V>(record: Record<string, V>, ids: readonly string[]): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([id]) => !ids.includes(id)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
