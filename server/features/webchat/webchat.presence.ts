/**
 * A chat session lives while a socket of its visitor is somewhere. Each process marks the sessions of the visitors it holds; what
 * nobody has marked for a minute is over. So a reload, a tunnel or a dying process ends nothing too early, and nothing never.
 */
import type { Context } from '#server/context.ts'
import { commit } from '#server/platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { finish } from '../contacts/close.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { holdWhatGoesOn } from '../contacts/held-units.steps.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { endEntriesOf } from '../queues/entries.steps.ts'
import { visitorRoomsOfContact } from './webchat.steps.ts'
import { chatsUnseenSince, endSession, liveChatsOf, touchChats, type LiveChat } from './webchat.store.ts'

export type PresenceContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'logger'>

export const graceMs = 60_000
const markEveryMs = 15_000

export interface Presence {
  arrived(visitorId: string): void
  left(visitorId: string): void
  close(): void
}

/** Counts this process's sockets per visitor and marks their chats as alive. */
export function trackPresence(context: PresenceContext): Presence {
  const sockets = new Map<string, number>()
  const mark = (visitorIds: readonly string[]): void => {
    touchChats(context.db, visitorIds, context.clock.now()).catch((error: unknown) => context.logger.warn({ err: error }, 'chats could not be marked alive'))
  }
  const timer = setInterval(() => mark([...sockets.keys()]), markEveryMs).unref()
  return {
    arrived: (visitorId) => {
      sockets.set(visitorId, (sockets.get(visitorId) ?? 0) + 1)
      mark([visitorId])
    },
    left: (visitorId) => {
      const rest = (sockets.get(visitorId) ?? 1) - 1
      if (rest > 0) return void sockets.set(visitorId, rest)
      sockets.delete(visitorId)
      mark([visitorId])
    },
    close: () => clearInterval(timer),
  }
}

/** Ends the chats whose visitor has been away for a minute. Returns how many; called by the sweeper. */
export async function sweepChats(context: PresenceContext): Promise<number> {
  const before = new Date(context.clock.now().getTime() - graceMs)
  const away = await chatsUnseenSince(context.db, before, 100)
  for (const chat of away) await endChat(context, chat, 'away', before)
  return away.length
}

/** The visitor said goodbye. */
export async function leaveChat(context: PresenceContext, visitorId: string): Promise<void> {
  for (const chat of await liveChatsOf(context.db, visitorId)) await endChat(context, chat, 'left', null)
}

/**
 * Ends the session; a chat that still waited leaves its queue as abandoned, and a contact nothing else holds open closes so.
 * @param unseenSince ends it only if nobody has marked it since: another process may hold the visitor by now.
 */
async function endChat(context: PresenceContext, chat: LiveChat, reason: 'left' | 'away', unseenSince: Date | null): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    if (!chat.contactId) return void (await endSession(tx, { id: chat.id, reason, unseenSince }, now))
    const conversation = await lockConversationOfContact(tx, chat.contactId, now)
    if (!(await endSession(tx, { id: chat.id, reason, unseenSince }, now))) return
    const entries = await endEntriesOf(tx, chat.contactId, 'abandoned', ['chat'], now)
    if (entries.length > 0) await withdrawOffers(tx, conversation, chat.contactId, 'customer-left', now, effects)
    const settled = await settleContact(tx, chat.contactId, {}, now)
    if (settled.ownerId !== null && settled.liveSessions === 0) {
      await holdWhatGoesOn(tx, settled.id)
      effects.tell(await refreshAgent(tx, settled.ownerId, now))
    }
    const isOver = settled.state !== 'closed' && settled.ownerId === null && settled.openEntries === 0 && settled.liveSessions === 0 && !settled.isWrappingUp
    if (isOver) await finish({ tx, effects, conversation, contact: settled, now }, { outcome: 'abandoned' }, null)
    else effects.tell(contactEvent('session.changed', conversation, settled, { sessionIds: [chat.id], rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, settled.id) }))
    if (entries.length > 0 || settled.ownerId !== null) effects.wake('route', 'all')
  })
}
