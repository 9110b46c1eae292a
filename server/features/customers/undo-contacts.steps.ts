/** After an undo: every open row has a contact of its own conversation, and every contact that came back has an owner or a place. */
import { contactStateOf, pendingLimitMs } from '../../domain/contact-state.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/db.ts'
import { openContact, settleContact } from '../contacts/contacts.steps.ts'
import { loadContact, type ContactRow } from '../contacts/contacts.store.ts'
import { lockConversation } from '../conversations/conversations.steps.ts'
import { enterQueue } from '../queues/entries.steps.ts'
import type { MergeRow } from './undo.store.ts'

/**
 * Items that went one way by their address while their contact went the other get the open contact of their own conversation; an
 * unanswered turn or a live session opens one where there is none, so that nothing the customer said is left with nobody.
 */
export async function rehome(tx: Tx, merge: MergeRow, at: Date): Promise<void> {
  const pair = [merge.survivorConversationId, merge.foldedConversationId]
  const strays = await tx.query<{ id: string; table: 'turn' | 'session'; conversationId: string; contactId: string }>(
    `select t.id, 'turn' as "table", t.conversation_id as "conversationId", t.contact_id as "contactId" from turn t join contact c on c.id = t.contact_id
       where t.conversation_id in ($1, $2) and c.conversation_id <> t.conversation_id
     union all
     select t.id, 'session', t.conversation_id, t.contact_id from session t join contact c on c.id = t.contact_id
       where t.conversation_id in ($1, $2) and t.ended_at is null and c.conversation_id <> t.conversation_id
     order by 1`, pair)
  for (const stray of strays) {
    const contactId = await openContactOf(tx, stray.conversationId, stray.contactId, at)
    await tx.execute(`update ${stray.table} set contact_id = $2, version = version + 1 where id = $1`, [stray.id, contactId])
    if (stray.table === 'turn') await tx.execute(`update sla_clock set contact_id = $2, conversation_id = $3, version = version + 1 where turn_id = $1 and state in ('running', 'paused')`, [stray.id, contactId, stray.conversationId])
    await bringBack(tx, contactId, at)
  }
  await tx.execute(
    `update message m set contact_id = (select o.id from contact o where o.conversation_id = m.conversation_id and o.state <> 'closed')
     from contact c where c.id = m.contact_id and m.conversation_id in ($1, $2) and c.conversation_id <> m.conversation_id`, pair)
  await tx.execute(
    `update message m set turn_id = (select o.id from turn o where o.conversation_id = m.conversation_id and o.ended_at is null)
     from turn u where u.id = m.turn_id and m.conversation_id in ($1, $2) and u.conversation_id <> m.conversation_id`, pair)
}

async function openContactOf(tx: Tx, conversationId: string, likeContactId: string, at: Date): Promise<string> {
  const open = await tx.maybe<{ id: string }>(`select id from contact where conversation_id = $1 and state <> 'closed'`, [conversationId])
  if (open) return open.id
  const like = await loadContact(tx, likeContactId)
  if (!like) throw new Error('a contact vanished under its conversation lock')
  return openContact(tx, { conversation: await lockConversation(tx, conversationId, at), queueId: like.queueId, channel: like.channel, direction: 'inbound', subject: null, unverified: false, previousContactId: null }, at, null)
}

/** The contact that stayed and the one that closed, each by itself again. */
export async function bringContactsBack(tx: Tx, merge: MergeRow, contactIds: readonly string[], at: Date): Promise<void> {
  const contacts = (await Promise.all(contactIds.map((id) => loadContact(tx, id)))).filter((contact) => contact !== undefined)
  const closedSince = contacts.find((contact) => contact.closedAt !== null && contact.outcome !== 'merged' && contact.closedAt >= merge.at)
  for (const contact of contacts) {
    if (contact.outcome !== null) continue
    // What was done to the joined contact was done to this one too, unless something of its own is still open.
    if (closedSince && contact.openTurns === 0 && contact.liveSessions === 0) await closeLike(tx, contact, closedSince, at)
    else await bringBack(tx, contact.id, at)
  }
}

async function closeLike(tx: Tx, contact: ContactRow, closed: ContactRow, at: Date): Promise<void> {
  await tx.execute(`update queue_entry set ended_at = $2, result = 'merged', version = version + 1 where contact_id = $1 and ended_at is null`, [contact.id, at])
  await tx.execute(`update offer set ended_at = $2, result = 'withdrawn', reason = 'unmerged', version = version + 1 where contact_id = $1 and ended_at is null`, [contact.id, at])
  await tx.execute('update assignment set released_at = coalesce(released_at, $2), ended_at = $2, version = version + 1 where contact_id = $1 and ended_at is null', [contact.id, at])
  await tx.execute(`update sla_clock set state = 'met', ended_at = $2, version = version + 1 where contact_id = $1 and state in ('running', 'paused')`, [contact.id, at])
  await settleContact(tx, contact.id, { outcome: closed.outcome, closedAt: closed.closedAt, pendingUntil: null, snoozedUntil: null, wrapUpUntil: null }, at)
}

/** Unanswered with nobody: back to its old place in the line. Answered with nobody: it waits for the customer. Else as it is. */
async function bringBack(tx: Tx, contactId: string, at: Date): Promise<void> {
  const contact = await loadContact(tx, contactId)
  if (!contact || contact.outcome !== null) return
  const isHeld = contact.ownerId !== null || contact.openEntries > 0 || contact.openOffers > 0 || contact.liveSessions > 0
  if (!isHeld && contact.openTurns > 0) {
    await takeOldPlace(tx, contact, at)
    await settleContact(tx, contactId, { pendingUntil: null, snoozedUntil: null }, at)
    return
  }
  const isKept = isHeld || contact.isWrappingUp || contact.pendingUntil !== null || contact.snoozedUntil !== null
  if (!isKept && contact.state !== 'arriving') {
    await settleContact(tx, contactId, { pendingUntil: new Date(at.getTime() + pendingLimitMs) }, at)
    return
  }
  if (contactStateOf({ ...contact, closedAs: null }) !== contact.state) await settleContact(tx, contactId, {}, at)
}

async function takeOldPlace(tx: Tx, contact: ContactRow, at: Date): Promise<void> {
  const returned = await tx.execute(
    `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, kept_rank_at)
     select $2, $1, $3, e.queue_id, 'messages', e.channel, e.enqueued_at, e.workable_at, e.rank_at, e.rank_at
     from queue_entry e where e.contact_id = $1 and e.demand = 'messages' order by e.enqueued_at desc limit 1`, [contact.id, newId(at), contact.conversationId])
  if (returned > 0) return
  const { startedAt } = await tx.one<{ startedAt: Date }>('select min(started_at) as "startedAt" from turn where contact_id = $1 and ended_at is null', [contact.id])
  await enterQueue(tx, { contactId: contact.id, conversationId: contact.conversationId, queueId: contact.queueId, demand: 'messages', channel: contact.channel, workableAt: at, rankAt: startedAt }, at)
}
