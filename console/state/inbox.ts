import { emptyInbox, type InboxState } from '#contract/inbox-state.ts'
import type { BoardView } from '#contract/board.ts'
import type { AttachmentView, MessageView } from '#contract/views.ts'
import type { NewMessage } from '../api/work.ts'
import type { Channel } from '#contract/words.ts'
import { createStore, useStore } from './store.ts'

/** All that the server tells about the work: one state, changed only by the contract's reducer. */
export const inbox = createStore<InboxState>(emptyInbox)

/** A message of ours that the server has not answered for yet, or refused. */
export interface OutboxItem {
  clientId: string
  conversationId: string
  kind: 'reply' | 'note'
  channel: Channel
  address: string | null
  subject: string | null
  text: string
  attachments: AttachmentView[]
  at: string
  state: 'sending' | 'refused'
  problemCode: string | null
  /** What was posted, to post again as it is. */
  request: NewMessage
}

export interface ScreenState {
  /** Never was right, is right now, or was right until. */
  connection: 'first' | 'live' | 'stale'
  staleSince: string | null
  /** Server's clock minus ours, ms: countdowns run by the server's. */
  clockOffsetMs: number
  typing: Record<string, { who: string; kind: 'customer' | 'agent' }>
  viewing: Record<string, string[]>
  outbox: OutboxItem[]
  board: BoardView | null
  /** Why the conversation on screen could not be opened. */
  openProblem: { conversationId: string; code: string } | null
  /** A merge took the conversation on screen into another. */
  movedTo: { from: string; to: string } | null
  goodbye: string | null
}

export const emptyScreen: ScreenState = {
  connection: 'first', staleSince: null, clockOffsetMs: 0, typing: {}, viewing: {}, outbox: [], board: null, openProblem: null, movedTo: null, goodbye: null,
}

/** What this window knows beside it: its connection, its own unanswered messages, who types. */
export const screen = createStore<ScreenState>(emptyScreen)

export function useInbox<T>(select: (state: InboxState) => T): T {
  return useStore(inbox, select)
}

export function useScreen<T>(select: (state: ScreenState) => T): T {
  return useStore(screen, select)
}

/** Everything of a person who signed out goes. */
export function forgetEverything(): void {
  inbox.set(() => emptyInbox)
  screen.set((held) => ({ ...emptyScreen, goodbye: held.goodbye }))
}

/** Leaves a conversation's room: what we hold of it would grow old unseen. */
export function forgetConversation(conversationId: string): void {
  inbox.set((held) => {
    const { [conversationId]: _messages, ...messages } = held.messages
    const { [conversationId]: _conversation, ...conversations } = held.conversations
    const rooms = Object.fromEntries(Object.entries(held.rooms).filter(([room]) => !room.startsWith(`conversation:${conversationId}`)))
    return { ...held, messages, conversations, rooms }
  })
}

/** An outbox item as the timeline shows it. */
export function asMessage(item: OutboxItem, seq: number, author: { id: string; name: string }): MessageView {
  return {
    id: item.clientId, conversationId: item.conversationId, contactId: null, seq, at: item.at, sentAt: null,
    kind: item.kind === 'note' ? 'note' : 'text', channel: item.channel, direction: item.kind === 'note' ? 'internal' : 'outbound',
    author: { kind: 'agent', ...author }, address: item.address, identityId: null, unverified: false, subject: item.subject, text: item.text,
    hasHtml: false, status: item.state === 'sending' ? 'sending' : 'failed', statusReason: item.problemCode, attachments: item.attachments,
    call: null, system: null, threadId: null, clientId: item.clientId, editedAt: null, deletedAt: null, restricted: false, version: 0,
  }
}
