import type { ContactOutcome, EntryResult } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { endEntries } from '../queues/entries.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { slaOnClosed } from '../sla/sla.steps.ts'
import { scheduleSurvey } from '../surveys/surveys.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { endConsultsSql } from './consult.steps.ts'
import { closeContact, contactEvent, type Closing } from './contacts.steps.ts'
import type { ContactRow } from './contacts.store.ts'
import { endTurn } from './turns.steps.ts'

/** A contact under its conversation's lock, in somebody's transaction. */
export interface Held {
  tx: Tx
  effects: Effects
  conversation: LockedConversation
  contact: ContactRow
  now: Date
}

/** What becomes of entries that are still open when their contact closes. */
const entryResultOf: Partial<Record<ContactOutcome, EntryResult>> = { handled: 'answered', spam: 'spam', abandoned: 'abandoned', merged: 'merged' }

/** Ends everything open of a contact and closes it; the survey follows where the rules want one. */
export async function finish(held: Held, closing: Closing, byAgentId: string | null): Promise<void> {
  const { tx, conversation, contact, now, effects } = held
  if (contact.offeredTo) await withdrawOffers(tx, conversation, contact.id, 'closed', now, effects)
  if (closing.outcome === 'spam') await endTurn(tx, contact.id, 'settled', null, now)
  // What is asked for at once is run in this order, on one connection: each sees what was written before it.
  const [sessions, released, , , closed] = await Promise.all([
    // A call that ended with it has ended at the same time.
    tx.query<{ id: string }>(
      `with ended as (update session set state = 'ended', ended_at = $2, end_reason = 'contact-closed', version = version + 1 where contact_id = $1 and kind = 'chat' and ended_at is null returning id)
       select id from ended union select id from session where contact_id = $1 and ended_at = $2`, [contact.id, now]),
    tx.query<{ agentId: string }>(
      `update assignment set released_at = coalesce(released_at, $2), ended_at = $2, end_reason = $3, disposition_id = $4, version = version + 1 where contact_id = $1 and ended_at is null returning agent_id as "agentId"`,
      [contact.id, now, closing.outcome, closing.dispositionId ?? null]),
    endEntries(tx, contact.id, entryResultOf[closing.outcome] ?? 'expired', 'all', null, now),
    slaOnClosed(tx, contact.id, now, effects, ['handled', 'self-served', 'no-reply'].includes(closing.outcome)),
    // With an offer withdrawn it was settled on the way.
    closeContact(tx, contact, closing, now, contact.offeredTo ? contact.id : { ...contact, ownerId: null, assignmentId: null, isWrappingUp: false, entries: [], openEntries: 0, liveSessions: 0, liveCalls: 0 }),
  ])
  // Whoever had it and is of no team that sees the customer has it in sight no longer: they are told, too.
  const [fact, had, visitorRooms, agentEvents] = await Promise.all([
    addSystemFact(tx, conversation, contact.id, contact.channel, { code: 'contact-closed', facts: { outcome: closing.outcome, agentId: byAgentId } }, now),
    tx.query<{ agentId: string }>(
      `with helped as (${endConsultsSql})
       select agent_id as "agentId" from assignment where contact_id = $1 union select "agentId" from helped`, [contact.id, now, 'closed', null]),
    visitorRoomsOfContact(tx, conversation.visitorIds, contact.id),
    Promise.all(released.map(({ agentId }) => refreshAgent(tx, agentId, now))),
    scheduleSurvey(tx, conversation, closed, now, effects),
  ])
  if (closed.complaint && closing.outcome !== 'spam') {
    await openFollowUp(tx, conversation, { kind: 'complaint', contactId: contact.id, restrictedTeamId: closed.restrictedTeamId, title: '', ownerId: null, dueAt: null }, now, effects)
  }
  effects.tell(contactEvent('contact.closed', conversation, closed, {
    messageIds: [fact.id], sessionIds: sessions.map((row) => row.id), agentIds: had.map((row) => row.agentId), rooms: visitorRooms,
  }))
  effects.tell(...agentEvents)
  effects.wake('route', 'all')
}
