import type { Channel, Direction, Evidence, MessageKind, MessageStatus } from '#contract/words.ts'
import { roomOf } from '#contract/rooms.ts'
import type { SystemFact } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { MovedMeanwhile } from '../../platform/db/errors.ts'
import { newId } from '../../platform/ids.ts'
import { notFound } from '../../platform/errors.ts'

/** A conversation whose row this transaction has locked. */
export interface LockedConversation {
  id: string
  customerId: string
  lastSeq: number
  lastMessageAt: Date | null
  epoch: number
  teamIds: string[]
  /** Visitors of the customer seen in the last 30 days. */
  visitorIds: string[]
}

const lockedColumns = `
  co.id, co.customer_id as "customerId", co.last_seq as "lastSeq", co.last_message_at as "lastMessageAt", co.epoch,
  coalesce((select array_agg(ct.team_id) from conversation_team ct where ct.conversation_id = co.id), '{}') as "teamIds",
  coalesce((select array_agg(v.id) from visitor v join identity vi on vi.id = v.identity_id
    where vi.customer_id = co.customer_id and v.revoked_at is null and v.expires_at > $2), '{}') as "visitorIds"`

/** Locks a conversation; everything that changes a contact starts here. Refuses one that was folded by a merge. */
export async function lockConversation(tx: Tx, conversationId: string, at: Date): Promise<LockedConversation> {
  const row = await tx.maybe<LockedConversation>(
    `select ${lockedColumns} from conversation co where co.id = $1 and co.folded_into_id is null for update of co`, [conversationId, at])
  if (!row) throw notFound()
  return row
}

/**
 * Locks the conversation that `read` names. A merge may move what was read between reading and locking, or fold the conversation
 * itself: it is read again under the lock, and locked again where it is now. Undefined when it names none.
 */
export async function lockConversationWhere(tx: Tx, read: () => Promise<string | null | undefined>, at: Date): Promise<LockedConversation | undefined> {
  for (let id = await read(); id; ) {
    const conversation = await tx.maybe<LockedConversation>(`select ${lockedColumns} from conversation co where co.id = $1 and co.folded_into_id is null for update of co`, [id, at])
    const now = await read()
    if (now === id) return conversation
    id = now
  }
  return undefined
}

/** The columns of a locked conversation, for a statement that finds and locks it at once; `at` is the parameter with the time. */
export function lockedConversationSql(at: string): string {
  return lockedColumns.replaceAll('$2', at)
}

/** A conversation this transaction has just made: nobody else knows of it yet. */
export function newConversation(id: string, customerId: string): LockedConversation {
  return { id, customerId, lastSeq: 0, lastMessageAt: null, epoch: 1, teamIds: [], visitorIds: [] }
}

/** Locks the conversation a contact is in now. */
export async function lockConversationOfContact(tx: Tx, contactId: string, at: Date): Promise<LockedConversation> {
  const conversation = await lockConversationOf(tx, 'contact', contactId, at)
  if (!conversation) throw notFound()
  return conversation
}

/**
 * Locks the conversation a row is in now. As `lockConversationWhere`, in one round trip: both statements are sent at once, and what is
 * asked for with them runs behind the lock. Where a merge moved the row meanwhile the transaction runs again.
 */
export async function lockConversationOf(tx: Tx, table: Holder, id: string, at: Date): Promise<LockedConversation | undefined> {
  return (await lockConversationAndRead(tx, table, id, at, () => tx.maybe<Placed>(`select conversation_id as "conversationId" from ${table} where id = $1`, [id]))).conversation
}

type Holder = 'contact' | 'message' | 'outbound' | 'offer'
interface Placed { conversationId: string | null }

/** The same where more of the row is read behind the lock anyway, by one statement: it says too where the row is now. */
export async function lockConversationAndRead<Row extends Placed>(tx: Tx, table: Holder, id: string, at: Date, read: () => Promise<Row | undefined>): Promise<Placing<Row>> {
  return lockNamedAndRead(tx, { sql: `select conversation_id from ${table} where id = $1`, values: [id] }, at, read)
}

export interface Placing<Row> {
  conversation: LockedConversation | undefined
  row: Row | undefined
}

/** The same where a query names the conversation. */
export async function lockNamedAndRead<Row extends Placed>(tx: Tx, named: { sql: string; values: readonly unknown[] }, at: Date, read: () => Promise<Row | undefined>): Promise<Placing<Row>> {
  const [conversation, row] = await Promise.all([
    tx.maybe<LockedConversation>(`select ${lockedConversationSql(`$${named.values.length + 1}`)} from conversation co where co.id = (${named.sql}) and co.folded_into_id is null for update of co`, [...named.values, at]),
    read(),
  ])
  if (!row?.conversationId) return { conversation: undefined, row }
  if (conversation?.id !== row.conversationId) throw new MovedMeanwhile('what names a conversation moved while that was locked')
  return { conversation, row }
}

export interface NewMessage {
  id?: string
  contactId: string | null
  kind: MessageKind
  channel: Channel
  direction: Direction
  status: MessageStatus
  text: string
  html?: string | null
  subject?: string | null
  sentAt?: Date | null
  accountId?: string | null
  identityId?: string | null
  agentId?: string | null
  visitorId?: string | null
  threadId?: string | null
  turnId?: string | null
  evidence?: Evidence | null
  unverified?: boolean
  externalId?: string | null
  clientId?: string | null
  system?: SystemFact
  data?: Record<string, unknown>
}

export interface AddedMessage {
  id: string
  seq: number
  at: Date
}

/** When the next item of a locked conversation is: never at or before the one before it, so the order by (`at`, id) and the order by `seq` are the same. */
export function nextAt(conversation: Pick<LockedConversation, 'lastMessageAt'>, now: Date): Date {
  const after = conversation.lastMessageAt ? conversation.lastMessageAt.getTime() + 1 : 0
  return new Date(Math.max(now.getTime(), after))
}

/** Adds one item at the end of a locked conversation. */
export async function addMessage(tx: Tx, conversation: LockedConversation, message: NewMessage, now: Date): Promise<AddedMessage> {
  const at = nextAt(conversation, now)
  const id = message.id ?? newId(at)
  const seq = conversation.lastSeq + 1
  tx.send(
    `with bumped as (
       update conversation set last_seq = $3, last_message_at = $4, version = version + 1,
         last_inbound_at = case when $8 = 'inbound' then $4 else last_inbound_at end,
         last_inbound_channel = case when $8 = 'inbound' then $7 else last_inbound_channel end
       where id = $2
     )
     insert into message (id, conversation_id, seq, at, contact_id, kind, channel, direction, status, text, html, subject, sent_at, account_id, identity_id,
       agent_id, visitor_id, thread_id, turn_id, evidence, unverified, external_id, client_id, data)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
    [id, conversation.id, seq, at, message.contactId, message.kind, message.channel, message.direction, message.status, message.text, message.html ?? null,
      message.subject ?? null, message.sentAt ?? null, message.accountId ?? null, message.identityId ?? null, message.agentId ?? null, message.visitorId ?? null,
      message.threadId ?? null, message.turnId ?? null, message.evidence ?? null, message.unverified ?? false, message.externalId ?? null, message.clientId ?? null,
      JSON.stringify({ ...message.data, ...(message.system ? { system: message.system } : {}) })],
  )
  conversation.lastSeq = seq
  conversation.lastMessageAt = at
  return { id, seq, at }
}

/** Writes a fact of the system into the conversation; screens word it in the reader's language. */
export async function addSystemFact(tx: Tx, conversation: LockedConversation, contactId: string, channel: Channel, fact: SystemFact, now: Date): Promise<AddedMessage> {
  return addMessage(tx, conversation, { contactId, kind: 'system', channel, direction: 'internal', status: 'received', text: '', system: fact }, now)
}

/**
 * Rooms of staff for what happens in a conversation. A contact of a restricted queue is told to its own team only; those outside
 * who have the conversation open get the grey line, because the plain conversation room is rendered without restricted sight.
 */
export function staffRooms(conversation: Pick<LockedConversation, 'id' | 'teamIds'>, contact: { restrictedTeamId: string | null; agentIds: readonly (string | null)[] } | null): string[] {
  const teams = contact?.restrictedTeamId ? [contact.restrictedTeamId] : conversation.teamIds
  return [
    roomOf.conversation(conversation.id), roomOf.conversationFull(conversation.id), roomOf.supervisors,
    ...teams.map(roomOf.team),
    ...(contact?.agentIds ?? []).filter((id) => id !== null).map(roomOf.agent),
  ]
}

/** The rooms of those who have the conversation open, for items that lists do not show. */
export function timelineRooms(conversationId: string): string[] {
  return [roomOf.conversation(conversationId), roomOf.conversationFull(conversationId)]
}
