/**
 * What the contact feature offers inside somebody's transaction. The caller has locked the conversation. Whatever changes
 * sessions, entries, offers or assignments ends with `settleContact`: the state is derived there and nowhere else.
 */
import { roomOf } from '#contract/rooms.ts'
import type { Channel, ContactOutcome, ContactState, Demand } from '#contract/words.ts'
import { contactStateOf, reopenWindowMs } from '../../domain/contact-state.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import type { NewEvent } from '../../platform/relay/append.ts'
import { requireContact, type Viewer } from '../customers/customers.visibility.ts'
import { lockConversationAndRead, staffRooms, type LockedConversation } from '../conversations/conversations.steps.ts'
import { loadContact, updateContact, type ContactChange, type ContactRow } from './contacts.store.ts'
import type { EventName } from '#contract/events.ts'

export interface NewContact {
  conversation: LockedConversation
  queueId: string
  channel: Channel
  direction: 'inbound' | 'outbound'
  subject: string | null
  unverified: boolean
  previousContactId: string | null
}

/** Opens a contact and lets its queue's team see the conversation. The unique index refuses a second open one. Effects null: the caller tells the whole conversation. */
export async function openContact(tx: Tx, contact: NewContact, now: Date, effects: Effects | null): Promise<string> {
  const id = newId(now)
  const team = await tx.one<{ id: string; isNew: boolean }>(insertContact, contactValues(id, { state: 'arriving', at: null, snippet: null, workableAt: null, ...contact }, now))
  await tellNewTeam(tx, contact.conversation, id, team, effects)
  return id
}

export interface ArrivedContact extends NewContact {
  queue: Pick<ContactRow, 'teamId' | 'restrictedTeamId'>
  /** Of the message it begins with. */
  at: Date
  snippet: string
  /** It waits in a queue, from then on. */
  waitsFrom: Date | null
}

/** What is told of a contact by those who know all of it. */
export type ToldContact = Pick<ContactRow, 'id' | 'version' | 'state' | 'ownerId' | 'restrictedTeamId' | 'offeredTo'>

/** Opens a contact with its first message, written once as it will be: nobody has it, and of sessions and offers there are none. It needs no settling. */
export async function openArrived(tx: Tx, contact: ArrivedContact, now: Date, effects: Effects): Promise<ToldContact> {
  const id = newId(now)
  const state = contactStateOf({ closedAs: null, liveSessions: 0, openEntries: contact.waitsFrom ? 1 : 0, openOffers: 0, ownerId: null, isWrappingUp: false, pendingUntil: null, snoozedUntil: null })
  const workableAt = contact.waitsFrom && contact.waitsFrom > now ? contact.waitsFrom : null
  tx.send(insertContact, contactValues(id, { ...contact, state, workableAt }, now))
  const { teamId, restrictedTeamId } = contact.queue
  await tellNewTeam(tx, contact.conversation, id, { id: teamId, isNew: !contact.conversation.teamIds.includes(teamId) }, effects)
  return { id, version: 1, state, ownerId: null, restrictedTeamId, offeredTo: null }
}

const insertContact = `
  with q as (select id, team_id from queue where id = $3),
  shared as (insert into conversation_team (conversation_id, team_id) select $2, team_id from q on conflict do nothing returning team_id),
  opened as (
    insert into contact (id, conversation_id, queue_id, state, channel, direction, subject, opened_at, previous_contact_id, unverified, updated_at, last_message_at, last_inbound_at, snippet, workable_at, promised_at)
    values ($1, $2, $3, $10, $4, $5, $6, $7, $8, $9, $7, $11, $11, $12, $13, $13)
  )
  select team_id as id, exists (select 1 from shared) as "isNew" from q`

function contactValues(id: string, contact: NewContact & { state: ContactState; at: Date | null; snippet: string | null; workableAt: Date | null }, now: Date): unknown[] {
  return [id, contact.conversation.id, contact.queueId, contact.channel, contact.direction, contact.subject, now, contact.previousContactId, contact.unverified, contact.state, contact.at, contact.snippet, contact.workableAt]
}

/** Lets a team see the conversation from now on. Their lists get what was in it before, too. */
export async function shareWithTeam(tx: Tx, conversation: LockedConversation, contactId: string, teamId: string, effects: Effects | null): Promise<void> {
  const added = await tx.execute('insert into conversation_team (conversation_id, team_id) values ($1, $2) on conflict do nothing', [conversation.id, teamId])
  await tellNewTeam(tx, conversation, contactId, { id: teamId, isNew: added > 0 }, effects)
}

async function tellNewTeam(tx: Tx, conversation: LockedConversation, contactId: string, team: { id: string; isNew: boolean }, effects: Effects | null): Promise<void> {
  if (!conversation.teamIds.includes(team.id)) conversation.teamIds.push(team.id)
  if (team.isNew && effects) await tellEarlierContacts(tx, conversation, contactId, roomOf.team(team.id), effects)
}

const earlierToldMax = 50

/** Tells the other contacts of a conversation to somebody who has it in sight now; what of them they may not read is left out as it is told. */
export async function tellEarlierContacts(tx: Tx, conversation: LockedConversation, contactId: string, room: string, effects: Effects): Promise<void> {
  if (conversation.lastSeq === 0) return // new: nothing was before
  const earlier = await tx.query<{ id: string }>('select id from contact where conversation_id = $1 and id <> $2 order by opened_at desc limit $3', [conversation.id, contactId, earlierToldMax])
  if (earlier.length > 0) effects.tell({ type: 'contact.changed', conversationId: conversation.id, refs: { contactIds: earlier.map((row) => row.id) }, rooms: [room] })
}

/** What a move between a restricted queue and any other changes beside the contact: who listed it and may not read it now, and everybody's timeline. */
export async function restrictionChange(tx: Tx, conversation: LockedConversation, before: ContactRow, after: ContactRow): Promise<{ isReordered: boolean; agentIds: string[] }> {
  if (before.restrictedTeamId === after.restrictedTeamId) return { isReordered: false, agentIds: [] }
  if (after.restrictedTeamId === null) return { isReordered: true, agentIds: [] }
  const losing = await tx.query<{ id: string }>(
    `select distinct m.agent_id as id from team_member m where m.team_id = any($1::uuid[]) and not exists (select 1 from team_member t where t.team_id = $2 and t.agent_id = m.agent_id)`,
    [conversation.teamIds, after.restrictedTeamId])
  return { isReordered: true, agentIds: losing.map((row) => row.id) }
}

/** Locks the conversation a contact is in, and reads the contact behind that lock, in one round trip. */
export async function lockContact(tx: Tx, contactId: string, now: Date): Promise<{ conversation: LockedConversation; contact: ContactRow }> {
  const { conversation, row: contact } = await lockConversationAndRead(tx, 'contact', contactId, now, () => loadContact(tx, contactId))
  if (!conversation || !contact) throw notFound()
  return { conversation, contact }
}

/** The same for somebody who acts on it: what they may not see is not there. */
export async function lockContactInSight(tx: Tx, viewer: Viewer, contactId: string, now: Date): Promise<{ conversation: LockedConversation; contact: ContactRow }> {
  // In this order: a move into a restricted queue that is under way is waited for, and then seen.
  const [locked] = await Promise.all([lockContact(tx, contactId, now), requireContact(tx, viewer, contactId)])
  return locked
}

/** Opens a closed contact again; its entries and figures keep their results. */
export async function reopenContact(tx: Tx, contactId: string, now: Date): Promise<void> {
  updateContact(tx, contactId, { state: 'arriving', outcome: null, closedAt: null, reopenUntil: null, wrapUpUntil: null, pendingUntil: null, snoozedUntil: null }, now)
}

/**
 * Derives and stores the state after a change, together with what else changed. Returns the contact as it is now.
 * @param contact its id; or the contact itself, where the caller has read it under this lock and knows all that became of it since.
 */
export async function settleContact(tx: Tx, contact: string | ContactRow, change: ContactChange, now: Date): Promise<ContactRow> {
  const contactId = typeof contact === 'string' ? contact : contact.id
  // Another queue may be restricted: what hangs on it is read after the move.
  if (change.queueId !== undefined) updateContact(tx, contactId, { queueId: change.queueId }, now)
  const facts = typeof contact === 'string' || change.queueId !== undefined ? await loadContact(tx, contactId) : contact
  if (!facts) throw new Error('a contact vanished under its conversation lock')
  const changed: ContactRow = { ...facts, ...change, ownerId: facts.ownerId }
  const state = contactStateOf({ ...changed, closedAs: changed.outcome })
  updateContact(tx, contactId, { ...change, state, ownerId: facts.ownerId }, now)
  return { ...changed, state, version: facts.version + 1 }
}

/** Writes what does not bear on the state, on a contact read under this transaction's lock and unchanged since. */
export async function touchContact(tx: Tx, contact: ContactRow, change: Pick<ContactChange, 'channel' | 'subject' | 'snippet' | 'lastMessageAt' | 'lastInboundAt' | 'unverified'>, now: Date): Promise<ContactRow> {
  updateContact(tx, contact.id, change, now)
  return { ...contact, channel: change.channel ?? contact.channel, version: contact.version + 1 }
}

/** What of a contact waits when it goes back into a line: the call or chat that goes on, whatever was written beside it; else what it came by. */
export function demandGoingOn(contact: Pick<ContactRow, 'liveCalls' | 'liveSessions' | 'channel'>): { demand: Demand; channel: Channel } {
  if (contact.liveCalls > 0 || contact.channel === 'voice') return { demand: 'call', channel: 'voice' }
  return contact.liveSessions > 0 || contact.channel === 'webchat' ? { demand: 'chat', channel: 'webchat' } : { demand: 'messages', channel: contact.channel }
}

/** What the customer of a closed contact had asked goes on in another one. Nothing when there is none. */
export async function tellTurnLeft(tx: Tx, conversation: LockedConversation, contactId: string | null, now: Date, effects: Effects): Promise<void> {
  if (contactId !== null) effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, {}, now)))
}

export interface Closing {
  outcome: ContactOutcome
  /** What the customer had asked needs no reply. */
  isSettled?: boolean
  dispositionId?: string | null
  complaint?: boolean
}

/** Closes a contact for good or until its re-open window ends. Its entries, offers, sessions and assignments were ended before. `settled`: as `settleContact` takes it. */
export async function closeContact(tx: Tx, contact: ContactRow, closing: Closing, now: Date, settled: string | ContactRow = contact.id): Promise<ContactRow> {
  const reopenUntil = ['handled', 'self-served', 'no-reply'].includes(closing.outcome) ? new Date(now.getTime() + (contact.reopenMs[contact.channel] ?? reopenWindowMs[contact.channel])) : null
  return settleContact(tx, settled, {
    outcome: closing.outcome, closedAt: now, reopenUntil, pendingUntil: null, snoozedUntil: null,
    ...(closing.dispositionId !== undefined ? { dispositionId: closing.dispositionId } : {}),
    ...(closing.complaint !== undefined ? { complaint: closing.complaint } : {}),
  }, now)
}

/** The event that tells a change of a contact to everybody who lists or shows it. */
export function contactEvent(type: EventName, conversation: Pick<LockedConversation, 'id' | 'teamIds'>, contact: ToldContact, also: { messageIds?: string[]; offerIds?: string[]; sessionIds?: string[]; agentIds?: readonly (string | null)[]; rooms?: readonly string[]; isReordered?: boolean } = {}): NewEvent {
  return {
    type,
    conversationId: conversation.id,
    contactId: contact.id,
    refs: {
      contactIds: [contact.id],
      version: contact.version,
      ...(also.messageIds ? { messageIds: also.messageIds } : {}),
      ...(also.offerIds ? { offerIds: also.offerIds } : {}),
      ...(also.sessionIds ? { sessionIds: also.sessionIds } : {}),
      ...(also.isReordered ? { reorderedConversationIds: [conversation.id] } : {}),
      facts: { state: contact.state, ownerId: contact.ownerId },
    },
    rooms: [...staffRooms(conversation, { restrictedTeamId: contact.restrictedTeamId, agentIds: [contact.ownerId, contact.offeredTo, ...(also.agentIds ?? [])] }), ...(also.rooms ?? [])],
  }
}
