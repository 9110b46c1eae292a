import { applyUpsert } from '#contract/inbox-state.ts'
import { ApiProblem } from '../api/http.ts'
import { conversations } from '../api/work.ts'
import { inbox, screen, type OutboxItem } from './inbox.ts'

type Unsent = Omit<OutboxItem, 'state' | 'problemCode' | 'at'>

/**
 * Shows a message at once and sends it; the server's answer takes its place. Posted again after a lost connection it carries the
 * same client id, so it is never there twice.
 */
export async function send(item: Unsent): Promise<void> {
  put({ ...item, at: new Date().toISOString(), state: 'sending', problemCode: null })
  await post(item.conversationId, item.clientId, item.request)
}

export async function sendAgain(clientId: string): Promise<void> {
  const item = screen.get().outbox.find((held) => held.clientId === clientId)
  if (!item) return
  put({ ...item, state: 'sending', problemCode: null })
  await post(item.conversationId, clientId, item.request)
}

export function discard(clientId: string): void {
  screen.set((held) => ({ ...held, outbox: held.outbox.filter((item) => item.clientId !== clientId) }))
}

async function post(conversationId: string, clientId: string, request: OutboxItem['request']): Promise<void> {
  try {
    const message = await conversations.send(conversationId, request)
    inbox.set((state) => applyUpsert(state, { messages: [message] }))
    discard(clientId)
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    const item = screen.get().outbox.find((held) => held.clientId === clientId)
    if (item) put({ ...item, state: 'refused', problemCode: error.code })
  }
}

function put(item: OutboxItem): void {
  screen.set((held) => ({ ...held, outbox: [...held.outbox.filter(({ clientId }) => clientId !== item.clientId), item] }))
}
