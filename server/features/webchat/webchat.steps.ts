/** What the webchat offers inside somebody's transaction: the chat session of a visitor, and which visitors an event is told to. */
import { roomOf } from '#contract/rooms.ts'
import type { Direction, Locale, MessageKind } from '#contract/words.ts'
import { newId } from '#server/platform/ids.ts'
import type { Tx } from '#server/platform/db.ts'
import { mayVisitorSee, type Address } from '#server/domain/identity.ts'
import { contactsOf } from './visitor-chat.ts'
import { sightOf, type VisitorSight } from './visitor-sight.ts'

/** The visitor's live chat, begun with their first word, in the contact it belongs to now. */
export async function keepChat(
  tx: Tx,
  chat: { contactId: string; conversationId: string; accountId: string; identityId: string; visitorId: string; locale: Locale },
  now: Date,
): Promise<{ sessionId: string; isNew: boolean }> {
  const live = await tx.maybe<{ id: string }>(
    `update session set contact_id = $2, conversation_id = $3, last_seen_at = $4, version = version + case when contact_id is distinct from $2 then 1 else 0 end
     where visitor_id = $1 and kind = 'chat' and ended_at is null returning id`, [chat.visitorId, chat.contactId, chat.conversationId, now])
  if (live) return { sessionId: live.id, isNew: false }
  const id = newId(now)
  await tx.execute(
    `insert into session (id, contact_id, conversation_id, kind, state, account_id, identity_id, visitor_id, locale, started_at, queued_at, last_seen_at)
     values ($1, $2, $3, 'chat', 'live', $4, $5, $6, $7, $8, $8, $8)`,
    [id, chat.contactId, chat.conversationId, chat.accountId, chat.identityId, chat.visitorId, chat.locale, now])
  return { sessionId: id, isNew: true }
}

/** The rooms of visitors with a live chat in this conversation who would see a message to this identity: an agent's typing is shown to nobody else. */
export async function roomsChatting(db: Pick<Tx, 'query' | 'maybe'>, conversationId: string, identityId: string): Promise<string[]> {
  const rows = await db.query<{ visitorId: string }>(
    `select distinct visitor_id as "visitorId" from session where conversation_id = $1 and kind = 'chat' and ended_at is null and visitor_id is not null`, [conversationId])
  return roomsWhere(db, rows.map((row) => row.visitorId), async (sight) => sight.identityIds.includes(identityId))
}

/** The rooms of those of these visitors who may see at least one of the messages. */
export async function visitorRoomsFor(tx: Pick<Tx, 'query' | 'maybe'>, visitorIds: readonly string[], messageIds: readonly string[]): Promise<string[]> {
  if (visitorIds.length === 0 || messageIds.length === 0) return []
  const messages = await tx.query<{ kind: MessageKind; direction: Direction; address: Address | null; isUnverified: boolean }>(
    `select m.kind, m.direction, m.unverified as "isUnverified", case when i.id is not null then jsonb_build_object('kind', i.kind, 'realm', i.realm, 'value', i.value) end as address
     from message m left join identity i on i.id = m.identity_id where m.id = any($1::uuid[])`, [messageIds])
  return roomsWhere(tx, visitorIds, async (sight) => messages.some((message) => mayVisitorSee(message, sight.proof).see))
}

/** The rooms of those of these visitors who take part in the contact: its waiting, its agent and its end are theirs to know. */
export async function visitorRoomsOfContact(tx: Pick<Tx, 'query' | 'maybe'>, visitorIds: readonly string[], contactId: string): Promise<string[]> {
  return roomsWhere(tx, visitorIds, async (sight) => (await contactsOf(tx, sight, [contactId])).length > 0)
}

async function roomsWhere(tx: Pick<Tx, 'maybe'>, visitorIds: readonly string[], isTold: (sight: VisitorSight) => Promise<boolean>): Promise<string[]> {
  const rooms: string[] = []
  for (const visitorId of visitorIds) {
    const sight = await sightOf(tx, visitorId)
    if (sight && (await isTold(sight))) rooms.push(roomOf.visitor(visitorId))
  }
  return rooms
}
