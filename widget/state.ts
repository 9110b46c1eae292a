/** The one state of the panel and the pure functions that change it. */
import type { VisitorSnapshot } from '#contract/visitor-socket.ts'
import type { VisitorChatView, VisitorMessageView } from '#contract/views.ts'
import type { KeptMessage } from './kept.ts'

export interface PanelState {
  connection: 'connecting' | 'live' | 'lost' | 'refused'
  visitorId: string | null
  siteName: string
  signedInAs: string | null
  /** Oldest first. */
  messages: VisitorMessageView[]
  hasEarlier: boolean
  chat: VisitorChatView
  /** Last number of our room; null before the first snapshot. */
  seq: number | null
  outbox: KeptMessage[]
  typing: string | null
  unread: number
  isOpen: boolean
}

export const idleChat: VisitorChatView = { state: 'idle', agentName: null, ahead: null, expected: null, open: true, promisedAt: null, survey: null, version: 0 }

export function emptyState(outbox: KeptMessage[], unread: number): PanelState {
  return { connection: 'connecting', visitorId: null, siteName: '', signedInAs: null, messages: [], hasEarlier: false, chat: idleChat, seq: null, outbox, typing: null, unread, isOpen: false }
}

export function applySnapshot(state: PanelState, snapshot: VisitorSnapshot): PanelState {
  const isSame = state.visitorId === snapshot.visitorId
  return {
    ...state,
    connection: 'live', visitorId: snapshot.visitorId, siteName: snapshot.siteName, signedInAs: snapshot.signedInAs, seq: snapshot.seq, chat: snapshot.chat,
    messages: merge(isSame ? state.messages : [], snapshot.messages),
    hasEarlier: isSame && state.messages.length > snapshot.messages.length ? state.hasEarlier : snapshot.hasEarlier,
    outbox: without(state.outbox, snapshot.messages),
  }
}

/** Views with versions: what is older than what we hold changes nothing, so anything may come twice or late. */
export function applyMessages(state: PanelState, messages: readonly VisitorMessageView[]): PanelState {
  // News of a message held already, that it was read for one, say nothing about who writes now.
  const isAnswered = messages.some(({ id, direction }) => direction === 'outbound' && !state.messages.some((held) => held.id === id))
  return { ...state, messages: merge(state.messages, messages), outbox: without(state.outbox, messages), typing: isAnswered ? null : state.typing }
}

export function applyChat(state: PanelState, chat: VisitorChatView): PanelState {
  return chat.version < state.chat.version ? state : { ...state, chat }
}

/** Everything up to here is held. */
export function applySeq(state: PanelState, seq: number): PanelState {
  return state.seq !== null && seq <= state.seq ? state : { ...state, seq }
}

/** One more was told. After a gap the number stands: from there on the missed is asked for again. */
export function applyNextSeq(state: PanelState, seq: number): PanelState {
  return state.seq === null || seq !== state.seq + 1 ? state : { ...state, seq }
}

/** Messages of ours that somebody answered later were seen. */
export function lastSeenAt(messages: readonly VisitorMessageView[]): string {
  return messages.reduce((latest, message) => (message.direction === 'outbound' && message.authorName !== null && message.at > latest ? message.at : latest), '')
}

function merge(held: readonly VisitorMessageView[], news: readonly VisitorMessageView[]): VisitorMessageView[] {
  const byId = new Map(held.map((message) => [message.id, message]))
  for (const message of news) {
    const known = byId.get(message.id)
    if (!known || known.version <= message.version) byId.set(message.id, message)
  }
  return [...byId.values()].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1))
}

function without(outbox: KeptMessage[], stored: readonly VisitorMessageView[]): KeptMessage[] {
  const acknowledged = new Set(stored.map((message) => message.clientId))
  return outbox.some((message) => acknowledged.has(message.clientId)) ? outbox.filter((message) => !acknowledged.has(message.clientId)) : outbox
}
