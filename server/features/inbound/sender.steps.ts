/** Who sent a message and what it is decided by: found, locked, and read under the lock. */
import type { Arrival, MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import { loadOpenContact, loadOpenContactIn, type ContactRow } from '../contacts/contacts.store.ts'
import { lockConversationWhere, type LockedConversation } from '../conversations/conversations.steps.ts'
import { findAndLockSender, findIdentity, hasAddressSql, type KnownIdentity } from '../customers/customers.steps.ts'
import { loadArrivalFacts, type ArrivalFacts } from './arrival-facts.steps.ts'
import type { Applying } from './inbound.apply.ts'
import type { InboundContext } from './inbound.usecases.ts'
import { resolveThread, type ResolvedThread } from './threads.ts'

export type ApplyingMessage = Omit<Applying, 'arrival'> & { arrival: MessageArrival }

export interface Known {
  identity: KnownIdentity
  conversation: LockedConversation
  thread: ResolvedThread | null
}

/** What an arrival is decided by, read behind the lock of its conversation. */
export interface Read {
  known: Known | null
  facts: ArrivalFacts
  open: ContactRow | undefined
}

/**
 * Finds and locks whoever the address says it is, and reads behind that lock what their message is decided by: all in one write. Undefined
 * when the address alone does not say it (mail to a signed reply address may belong to another's thread), or when a merge moved it meanwhile.
 */
export async function readSenderOf(tx: Tx, arrival: Arrival | undefined, accountId: string, now: Date): Promise<Read | undefined> {
  if (arrival?.kind !== 'message' || arrival.oneTime || arrival.thread?.replyToken) return undefined
  const { kind, realm, value } = arrival.from
  const [sender, facts, open] = await Promise.all([
    findAndLockSender(tx, arrival.from, now),
    loadArrivalFacts(tx, arrival.from, accountId, 'sender', now),
    loadOpenContactIn(tx, `(select co.id from identity i join conversation co on co.customer_id = i.customer_id where ${hasAddressSql('i', { kind: '$1', realm: '$2', value: '$3' })})`, [kind, realm, value]),
  ])
  if (facts.ownerId !== (sender?.conversation.customerId ?? null)) return undefined
  return { known: sender ? { ...sender, thread: null } : null, facts, open }
}

/** The same the long way: whose conversation it is may have to be asked for more than once. */
export async function readUnderLock(tx: Tx, context: InboundContext, { arrival, account }: ApplyingMessage, now: Date): Promise<Read> {
  const known = await lockKnown(tx, context, arrival, now)
  const conversationId = known?.conversation.id
  const [facts, open] = await Promise.all([
    loadArrivalFacts(tx, arrival.from, account.id, conversationId ? { conversationId } : 'nobody', now),
    conversationId ? loadOpenContact(tx, conversationId) : undefined,
  ])
  return { known, facts, open }
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
