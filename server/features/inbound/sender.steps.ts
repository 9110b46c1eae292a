/** Who sent a message and what it is decided by: found, locked, and read under the lock. */
import type { Arrival, MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import { loadOpenContact, type ContactRow } from '../contacts/contacts.store.ts'
import { lockConversationWhere, type LockedConversation } from '../conversations/conversations.steps.ts'
import { findAndLockSender, findIdentity, ownerOfIdentity, type KnownIdentity } from '../customers/customers.steps.ts'
import { loadArrivalFacts, loadQueueOfAccount, type ArrivalFacts, type QueueFacts } from './arrival-facts.steps.ts'
import type { Applying } from './inbound.apply.ts'
import type { InboundContext } from './inbound.usecases.ts'
import { resolveThread, type ResolvedThread } from './threads.ts'

export type ApplyingMessage = Omit<Applying, 'arrival'> & { arrival: MessageArrival }

export interface Known {
  identity: KnownIdentity
  conversation: LockedConversation
  thread: ResolvedThread | null
}

/** Whoever an address says it is, their conversation locked. */
export type Sender = Awaited<ReturnType<typeof findAndLockSender>>

/** Finds and locks, when nothing but the address says who it is: mail to a signed reply address may belong to another's thread. */
export async function lockSenderOf(tx: Tx, arrival: Arrival | undefined, now: Date): Promise<Sender> {
  return arrival?.kind === 'message' && isByAddress(arrival) ? findAndLockSender(tx, arrival.from, now) : undefined
}

function isByAddress(arrival: MessageArrival): boolean {
  return !arrival.oneTime && !arrival.thread?.replyToken
}

interface Read {
  known: Known | null
  facts: ArrivalFacts
  queue: QueueFacts
  open: ContactRow | undefined
}

/** Everything that is decided by, asked for at once: the answers are of the moment after the lock was had. */
export async function readUnderLock(tx: Tx, context: InboundContext, applying: ApplyingMessage, now: Date): Promise<Read> {
  const { arrival, account, sender } = applying
  const read = async (known: Known | null): Promise<Read & { ownerId: string | undefined }> => {
    const identityId = known?.identity.identityId ?? null
    const [facts, queue, open, ownerId] = await Promise.all([
      loadArrivalFacts(tx, arrival.from, account.id, identityId, now), loadQueueOfAccount(tx, account.id),
      known ? loadOpenContact(tx, known.conversation.id) : undefined, identityId ? ownerOfIdentity(tx, identityId) : undefined,
    ])
    return { known, facts, queue, open, ownerId }
  }
  if (sender) {
    const found = await read({ ...sender, thread: null })
    if (found.ownerId === sender.conversation.customerId) return found
  }
  return read(await lockKnown(tx, context, arrival, now))
}

/** Finds who it is and locks their conversation. Mail to a reply address we signed for this sender belongs to that thread's. */
async function lockKnown(tx: Tx, context: InboundContext, arrival: MessageArrival, now: Date): Promise<Known | null> {
  if (arrival.oneTime) return null
  let identity: KnownIdentity | undefined
  let thread: ResolvedThread | null = null
  const conversation = await lockConversationWhere(tx, async () => {
    identity = await findIdentity(tx, arrival.from)
    thread = identity ? await resolveThread.byReplyToken(tx, context, arrival, identity.identityId) : null
    return thread?.conversationId ?? identity?.conversationId
  }, now)
  return identity && conversation ? { identity, conversation, thread } : null
}
