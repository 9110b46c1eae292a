/** What a screen starts from: the inbox as one viewer may see it, and one conversation. */
import type { ConversationSnapshot, InboxSnapshot } from '#contract/staff-socket.ts'
import type { QueueSummary } from '#contract/views.ts'
import { roomOf } from '#contract/rooms.ts'
import { isOpen, type Calendar } from '../../domain/calendar.ts'
import { notFound } from '../../platform/errors.ts'
import type { Tx } from '../../platform/db.ts'
import { roomNumbers } from '../../platform/relay/relay.ts'
import { agentViews, allAgentViews } from '../agents/agents.views.ts'
import { sessionViews } from '../contacts/contacts.views.ts'
import { contactsOfConversation, listContacts } from '../contacts/contacts.lists.ts'
import { conversationRoom } from '../conversations/conversation-room.ts'
import { messagePage } from '../conversations/conversations.views.ts'
import { customerViews, openSuggestionViews } from '../customers/customers.views.ts'
import { hiddenContactSql, maySeeConversation, seesEverybody, teamIdsOf, type Viewer } from '../customers/customers.visibility.ts'
import { openOffersOf } from '../routing/offers.views.ts'

type Reader = Pick<Tx, 'query' | 'maybe' | 'one'>

const windowSize = 50
const pageSize = 60

/** The rooms of a member of staff, beside those of the conversations they open. */
export async function roomsOf(db: Reader, viewer: Viewer): Promise<string[]> {
  const own = [roomOf.agent(viewer.staffId), roomOf.staff]
  return seesEverybody(viewer) ? [...own, roomOf.supervisors] : [...own, ...(await teamIdsOf(db, viewer.staffId)).map(roomOf.team)]
}

export async function inboxSnapshot(db: Reader, viewer: Viewer, numbers: Record<string, number>, now: Date): Promise<InboxSnapshot> {
  const [mine, waiting, all, closed, offers, agents, queues, suggestions, [me]] = await Promise.all([
    listContacts(db, viewer, { list: 'mine' }, windowSize), listContacts(db, viewer, { list: 'waiting' }, windowSize),
    listContacts(db, viewer, { list: 'all' }, windowSize), listContacts(db, viewer, { list: 'closed' }, windowSize),
    openOffersOf(db, viewer.staffId), allAgentViews(db), queueSummaries(db, now), openSuggestionViews(db, viewer), agentViews(db, [viewer.staffId]),
  ])
  if (!me) throw notFound()
  const offered = offers.length > 0 ? await listContacts(db, viewer, { ids: offers.map((offer) => offer.contactId) }, windowSize) : { items: [], nextCursor: null }
  const contacts = [...new Map([mine, waiting, all, closed, offered].flatMap((page) => page.items).map((contact) => [contact.id, contact])).values()]
  return {
    at: now.toISOString(), me, agents, queues, contacts, offers, suggestions,
    windows: { mine: { endCursor: mine.nextCursor }, waiting: { endCursor: waiting.nextCursor }, all: { endCursor: all.nextCursor }, closed: { endCursor: closed.nextCursor } },
    reads: await readsOf(db, viewer.staffId, contacts.map((contact) => contact.conversationId)),
    rooms: numbers,
  }
}

/** Refuses with 404 what the viewer may not see. The room's number is read before the rows. */
export async function conversationSnapshot(db: Reader, viewer: Viewer, conversationId: string): Promise<ConversationSnapshot> {
  if (!(await maySeeConversation(db, viewer, conversationId))) throw notFound()
  const { room, sight } = await conversationRoom(db, viewer, conversationId)
  const roomSeq = (await roomNumbers(db, [room]))[room] ?? 0
  const head = await db.one<{ epoch: number; customerId: string; readMessageId: string | null }>(
    `select co.epoch, co.customer_id as "customerId", (select r.message_id from message_read r where r.conversation_id = co.id and r.agent_id = $2) as "readMessageId" from conversation co where co.id = $1`,
    [conversationId, viewer.staffId])
  const [[customer], contacts, page, sessionIds] = await Promise.all([
    customerViews(db, [head.customerId]), contactsOfConversation(db, viewer, conversationId), messagePage(db, conversationId, null, pageSize, sight),
    db.query<{ id: string }>(
      `select s.id from session s join contact c on c.id = s.contact_id where c.conversation_id = $1 and s.ended_at is null and ($3 or not ${hiddenContactSql('c.id', '$2::uuid')})`, [conversationId, viewer.staffId, seesEverybody(viewer)]),
  ])
  if (!customer) throw notFound()
  return {
    conversationId, epoch: head.epoch, customer, contacts, messages: page.items, hasEarlier: page.hasEarlier,
    sessions: await sessionViews(db, sessionIds.map((row) => row.id)), readMessageId: head.readMessageId, room, roomSeq,
  }
}

export async function queueSummaries(db: Reader, now: Date): Promise<QueueSummary[]> {
  const rows = await db.query<Omit<QueueSummary, 'open'> & { calendar: Calendar | null }>(
    `select q.id, q.name, q.team_id as "teamId", q.restricted, q.retired_at is not null as retired,
       case when ca.id is not null then jsonb_build_object('timeZone', ca.time_zone, 'periods', ca.periods, 'exceptions', ca.exceptions) end as calendar
     from queue q left join calendar ca on ca.id = q.calendar_id order by q.name`)
  return rows.map(({ calendar, ...queue }) => ({ ...queue, open: calendar === null || isOpen(calendar, now) }))
}

async function readsOf(db: Reader, agentId: string, conversationIds: readonly string[]): Promise<Record<string, string>> {
  const rows = await db.query<{ conversationId: string; at: Date }>('select conversation_id as "conversationId", at from message_read where agent_id = $1 and conversation_id = any($2::uuid[])', [agentId, conversationIds])
  return Object.fromEntries(rows.map((row) => [row.conversationId, row.at.toISOString()]))
}
