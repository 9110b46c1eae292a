import type { ContactOutcome, EntryResult } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { endEntries } from '../queues/entries.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { slaOnClosed, type ClockRow } from '../sla/sla.steps.ts'
import { scheduleSurvey, surveysOfContact, type SurveysOfQueue } from '../surveys/surveys.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { endConsultsSql, helpersSql } from './consult.steps.ts'
import { closeContact, contactEvent, type Closing } from './contacts.steps.ts'
import type { ContactRow } from './contacts.store.ts'
import { endTurn } from './turns.steps.ts'

/** A contact under its conversation's lock, in somebody's transaction. */
export interface Held {
  tx: Tx
  effects: Effects
  conversation: LockedConversation
  contact: ContactRow
  /** Its clocks, where they were read with it and are as they were. */
  clocks?: readonly ClockRow[] | undefined
  /** What ends with it, where that was read with it and is as it was. */
  ending?: Ending | undefined
  now: Date
}

/** What becomes of entries that are still open when their contact closes. */
const entryResultOf: Partial<Record<ContactOutcome, EntryResult>> = { handled: 'answered', spam: 'spam', abandoned: 'abandoned', merged: 'merged' }

/** Ends everything open of a contact and closes it; the survey follows where the rules want one. */
export async function finish(held: Held, closing: Closing, byAgentId: string | null): Promise<void> {
  const { tx, conversation, contact, now, effects } = held
  if (contact.offeredTo) await withdrawOffers(tx, conversation, contact.id, 'closed', now, effects)
  if (closing.outcome === 'spam') await endTurn(tx, contact.id, 'settled', null, now)
  const { work: ended, surveys } = (!contact.offeredTo && held.ending) || (await loadEnding(tx, contact.id, now))
  endWork(tx, contact.id, closing, now)
  if (contact.offeredTo || contact.openEntries > 0) endEntries(tx, contact.id, entryResultOf[closing.outcome] ?? 'expired', 'all', null, now)
  const [, closed, fact, visitorRooms, ownerEvent] = await Promise.all([
    slaOnClosed(tx, { contactId: contact.id, isResolved: ['handled', 'self-served', 'no-reply'].includes(closing.outcome), isSettled: closing.isSettled === true, clocks: (!contact.offeredTo && held.clocks) || null }, now, effects),
    closeAndSurvey(held, surveys, closing),
    addSystemFact(tx, conversation, contact.id, contact.channel, { code: 'contact-closed', facts: { outcome: closing.outcome, agentId: byAgentId } }, now),
    visitorRoomsOfContact(tx, conversation.visitorIds, contact.id),
    contact.ownerId ? refreshAgent(tx, contact.ownerId, now) : undefined,
  ])
  // Who wraps up has let go of it before.
  const agentEvents = await Promise.all(ended.releasedIds.filter((agentId) => agentId !== contact.ownerId).map((agentId) => refreshAgent(tx, agentId, now)))
  if (closed.complaint && closing.outcome !== 'spam') {
    await openFollowUp(tx, conversation, { kind: 'complaint', contactId: contact.id, restrictedTeamId: closed.restrictedTeamId, title: '', ownerId: null, dueAt: null }, now, effects)
  }
  effects.tell(contactEvent('contact.closed', conversation, closed, {
    messageIds: [fact.id], sessionIds: ended.sessionIds, agentIds: ended.hadIds, rooms: visitorRooms,
  }))
  effects.tell(...(ownerEvent ? [ownerEvent] : []), ...agentEvents)
  effects.wake('route', 'all')
}

async function closeAndSurvey({ tx, effects, conversation, contact, now }: Held, surveys: SurveysOfQueue, closing: Closing): Promise<ContactRow> {
  // With an offer withdrawn it was settled on the way.
  const closed = await closeContact(tx, contact, closing, now, contact.offeredTo ? contact.id : { ...contact, ownerId: null, assignmentId: null, isWrappingUp: false, entries: [], openEntries: 0, liveSessions: 0, liveCalls: 0 })
  await scheduleSurvey(tx, conversation, closed, surveys, now, effects)
  return closed
}

/** What ends with a contact, and what its queue asks about. */
export interface Ending {
  work: Work
  surveys: SurveysOfQueue
}

interface Work {
  sessionIds: string[]
  /** Who had or wrapped it up until now. */
  releasedIds: string[]
  /** Whoever had it or helped: of no team that sees the customer they have it in sight no longer, and are told, too. */
  hadIds: string[]
}

/** Read under the contact's lock, before anything of it ends. */
export async function loadEnding(tx: Tx, contactId: string, now: Date): Promise<Ending> {
  const [work, surveys] = await Promise.all([
    tx.one<Work>(
      // A call that ended with it has ended at the same time.
      `select array(select id from session where contact_id = $1 and ((kind = 'chat' and ended_at is null) or ended_at = $2)) as "sessionIds",
         array(select agent_id from assignment where contact_id = $1 and ended_at is null) as "releasedIds",
         array(select agent_id from assignment where contact_id = $1 union ${helpersSql}) as "hadIds"`, [contactId, now]),
    surveysOfContact(tx, contactId),
  ])
  return { work, surveys }
}

/** Ends its chats, its assignments and who helps. */
function endWork(tx: Tx, contactId: string, closing: Closing, now: Date): void {
  tx.send(
    `with chats as (
       update session set state = 'ended', ended_at = $2, end_reason = 'contact-closed', version = version + 1 where contact_id = $1 and kind = 'chat' and ended_at is null
     ), helped as (${endConsultsSql})
     update assignment set released_at = coalesce(released_at, $2), ended_at = $2, end_reason = $5, disposition_id = $6, version = version + 1 where contact_id = $1 and ended_at is null`,
    [contactId, now, 'closed', null, closing.outcome, closing.dispositionId ?? null])
}
