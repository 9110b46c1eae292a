import type { AccountWithSecrets, MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { replyToken, threadOfReplyToken } from '../conversations/reply-token.ts'
import type { InboundContext } from './inbound.usecases.ts'

export interface ResolvedThread {
  threadId: string
  conversationId: string
}

export interface ThreadTarget {
  arrival: MessageArrival
  account: AccountWithSecrets
  conversationId: string
  identityId: string
  /** As it is kept. */
  subject: string | null
  now: Date
  /** Found by its signed reply address already. */
  target: ResolvedThread | null
}

/** The mail or Slack thread of an arrival: the one it was found by, the one its key names, or a new one. */
export async function resolveThread(tx: Tx, _context: InboundContext, input: ThreadTarget): Promise<ResolvedThread | null> {
  const { arrival, account, conversationId, target } = input
  if (!arrival.thread) return null
  const thread = target ?? (await threadByKey(tx, account.id, arrival, conversationId)) ?? (await startThread(tx, input))
  // "references" is a word of SQL.
  await tx.execute(
    `update thread set last_message_id = $2, "references" = (select coalesce(array_agg(r), '{}') from (select r from unnest("references" || $3::text[]) with ordinality as x(r, n) group by r order by min(n) desc limit 50) k) where id = $1`,
    [thread.threadId, arrival.externalId, [...arrival.thread.references.slice(-10), arrival.externalId]])
  return thread
}

/**
 * The thread a signed reply address names, if this sender may add to it: its recipient or a participant. From anybody else the
 * address opens nothing: they get a conversation of their own.
 */
resolveThread.byReplyToken = async (tx: Tx, context: InboundContext, arrival: MessageArrival, identityId: string): Promise<ResolvedThread | null> => {
  const token = arrival.thread?.replyToken
  if (!token) return null
  const threadId = threadOfReplyToken(token)
  if (!threadId) return null
  const readers = await tx.query<ResolvedThread & { identityId: string }>(
    `select t.id as "threadId", t.conversation_id as "conversationId", r.identity_id as "identityId" from thread t
     cross join lateral (select t.identity_id union select p.identity_id from thread_participant p where p.thread_id = t.id and p.removed_at is null) r where t.id = $1`, [threadId])
  const isSigned = readers.some((reader) => replyToken(context.secrets, threadId, reader.identityId) === token)
  const own = readers.find((reader) => reader.identityId === identityId)
  return isSigned && own ? { threadId: own.threadId, conversationId: own.conversationId } : null
}

async function threadByKey(tx: Tx, accountId: string, arrival: MessageArrival, conversationId: string): Promise<ResolvedThread | undefined> {
  // Only within the sender's own conversation: a Message-ID can be guessed, so it never opens somebody else's.
  return tx.maybe<ResolvedThread>(
    `select id as "threadId", conversation_id as "conversationId" from thread
     where account_id = $1 and conversation_id = $2 and (external_key = $3 or external_key = any($4::text[]) or last_message_id = any($4::text[]) or "references" && $4::text[])
     order by created_at desc limit 1`,
    [accountId, conversationId, arrival.thread?.externalKey ?? '', arrival.thread?.references ?? []])
}

async function startThread(tx: Tx, { arrival, account: { id: accountId }, conversationId, identityId, subject, now }: ThreadTarget): Promise<ResolvedThread> {
  const id = newId(now)
  const taken = await tx.maybe('select 1 from thread where account_id = $1 and external_key = $2', [accountId, arrival.thread?.externalKey ?? ''])
  const externalKey = taken ? `${arrival.thread?.externalKey ?? ''}#${id}` : (arrival.thread?.externalKey ?? id)
  await tx.execute(
    `insert into thread (id, conversation_id, account_id, channel, external_key, subject, identity_id, last_message_id, "references", created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9)`,
    [id, conversationId, accountId, arrival.channel, externalKey, subject, identityId, arrival.externalId, now])
  return { threadId: id, conversationId }
}
