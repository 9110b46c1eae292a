import { useEffect, useMemo } from 'react'
import { timelineOf, type InboxState } from '#contract/inbox-state.ts'
import type { AgentView, ContactView, CustomerView, MessageView, SessionView } from '#contract/views.ts'
import { conversations as api } from '../api/work.ts'
import { closeConversation, openConversation } from '../state/connection.ts'
import { asMessage, inbox, useInbox, useScreen, type ScreenState } from '../state/inbox.ts'

/** Opens the conversation's room for as long as it is on screen. */
export function useOpenConversation(conversationId: string): void {
  useEffect(() => {
    void openConversation(conversationId)
    return () => closeConversation(conversationId)
  }, [conversationId])
}

/** The open contact of a conversation, else its latest. */
export function useContact(conversationId: string): ContactView | undefined {
  const select = useMemo(() => (state: InboxState) => contactOf(state, conversationId), [conversationId])
  return useInbox(select)
}

export function contactOf(state: InboxState, conversationId: string): ContactView | undefined {
  return contactsOf(state, conversationId).toSorted((a, b) => Number(a.state === 'closed') - Number(b.state === 'closed') || b.openedAt.localeCompare(a.openedAt))[0]
}

export function contactsOf(state: InboxState, conversationId: string): ContactView[] {
  return Object.values(state.contacts).filter((contact) => contact.conversationId === conversationId)
}

export function useCustomer(conversationId: string): CustomerView | undefined {
  const select = useMemo(() => (state: InboxState) => Object.values(state.customers).find((customer) => customer.conversationId === conversationId), [conversationId])
  return useInbox(select)
}

/** The session of the contact that has not ended. */
export function useLiveSession(contactId: string | undefined): SessionView | undefined {
  const select = useMemo(() => (state: InboxState) => Object.values(state.sessions).find((session) => session.contactId === contactId && session.state !== 'ended'), [contactId])
  return useInbox(select)
}

export function useMyself(): AgentView | undefined {
  return useInbox(myself)
}

const myself = (state: InboxState): AgentView | undefined => (state.meId === null ? undefined : state.agents[state.meId])

/** The timeline, and below it what we sent and the server has not answered for yet. */
export function useTimeline(conversationId: string): MessageView[] {
  const select = useMemo(() => (state: InboxState) => timelineOf(state, conversationId), [conversationId])
  const messages = useInbox(select)
  const selectOutbox = useMemo(() => (state: ScreenState) => state.outbox.filter((item) => item.conversationId === conversationId), [conversationId])
  const outbox = useScreen(selectOutbox)
  const me = useMyself()
  return useMemo(() => {
    const answered = new Set(messages.map(({ clientId }) => clientId))
    const author = { id: me?.id ?? '', name: me?.name ?? '' }
    const last = messages.at(-1)?.seq ?? 0
    return [...messages, ...outbox.filter(({ clientId }) => !answered.has(clientId)).map((item, at) => asMessage(item, last + at + 1, author))]
  }, [messages, outbox, me?.id, me?.name])
}

/** The newest item the customer wrote, known by the server. */
export function latestInbound(messages: readonly MessageView[]): MessageView | undefined {
  return messages.findLast((message) => message.direction === 'inbound')
}

const asked = new Map<string, string>()

/** Tells the server how far I have read; the same place is told once. */
export function markRead(conversationId: string, messageId: string): void {
  if (asked.get(conversationId) === messageId) return
  const reads = inbox.get()
  const message = reads.messages[conversationId]?.[messageId]
  const readAt = reads.reads[conversationId]
  if (!message || (readAt !== undefined && readAt >= message.at)) return
  asked.set(conversationId, messageId)
  // Not told to the person: nothing is lost, the next look marks it again.
  api.read(conversationId, messageId).catch(() => asked.delete(conversationId))
}
