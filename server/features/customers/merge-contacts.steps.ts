/**
 * Two open contacts, or two open turns, become one. The contact with a live session stays, else the earlier; the other closes as
 * `merged`, with no survey and no repeat. What waits and what is live moves over, each target keeps its earlier due time, and open
 * offers are withdrawn so that routing decides anew.
 */
import { decideOpenContacts } from '../../domain/merging.ts'
import { ringOwnerFirstMs } from '../../domain/inbound.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Channel, Demand } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { contactStateOf } from '../../domain/contact-state.ts'
import { loadContact, loadOpenContact, type ContactRow } from '../contacts/contacts.store.ts'
import type { MergeItems } from './merge.store.ts'

export interface FoldedContacts {
  turnsAndContacts: { closingId: string | null; stayingId: string | null; endedTurnId: string | null; turnId: string | null }
  touchedIds: readonly string[]
  touchedAgentIds: readonly string[]
  offerIds: readonly string[]
  sessionIds: readonly string[]
  /** Derives and stores the state of the contact that stays; called when all rows have moved. */
  settle(items: MergeItems): Promise<void>
}

/** Called before any row has moved, with both conversations locked. */
export async function foldContacts(tx: Tx, items: MergeItems, survivorId: string, foldedId: string, at: Date, effects: Effects): Promise<FoldedContacts> {
  await tx.query(`select 1 from contact where conversation_id in ($1, $2) and state <> 'closed' order by id for update`, [survivorId, foldedId])
  const [one, other] = [await loadOpenContact(tx, survivorId), await loadOpenContact(tx, foldedId)]
  const decision = decideOpenContacts(factsOf(one), factsOf(other))
  const turns = await openTurns(tx, survivorId, foldedId)
  if (decision.kind !== 'fold') {
    const open = one ?? other
    const endedTurnId = await foldTurns(items, turns, open?.id ?? null)
    if (endedTurnId) await items.change('sla_clock', { turn_id: '$3::uuid' }, 't.turn_id = $4 and t.contact_id = $5', [turns[0]?.id, endedTurnId, turns[1]?.contactId])
    return { turnsAndContacts: { closingId: null, stayingId: null, endedTurnId, turnId: turns[0]?.id ?? null }, touchedIds: open ? [open.id] : [], touchedAgentIds: [], offerIds: [], sessionIds: [], settle: async () => {} }
  }

  const [stays, closes] = decision.staysId === one?.id ? [one, other!] : [other!, one!]
  effects.wake('route', 'all')
  const pair = [stays.id, closes.id]
  const offers = await tx.query<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where contact_id in ($1, $2) and ended_at is null', pair)
  await items.change('offer', { ended_at: '$5::timestamptz', result: `'withdrawn'`, reason: `'merged'` }, 't.contact_id in ($3, $4) and t.ended_at is null', [...pair, at])
  await moveEntries(items, stays, closes, decision.ownerId, at)
  const ownerComes = stays.ownerId === null && closes.ownerId !== null
  if (ownerComes) await items.change('assignment', { contact_id: '$3::uuid' }, 't.contact_id = $4 and t.released_at is null', pair)
  await items.change('assignment', { released_at: 'coalesce(t.released_at, $4::timestamptz)', ended_at: '$4::timestamptz', end_reason: `'merged'` },
    't.contact_id = $3 and t.ended_at is null', [closes.id, at])
  const sessions = await tx.query<{ id: string }>('select id from session where contact_id = $1', [closes.id])
  await items.change('session', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  await items.change('outbound', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  const endedTurnId = await foldTurns(items, turns, stays.id)
  const turnId = turns[0]?.id ?? null
  await items.change('turn', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  await moveClocks(items, stays, closes, decision.ownerId !== null, { endedTurnId, turnId }, at)
  await closeAsMerged(items, stays, closes, at)
  return {
    turnsAndContacts: { closingId: closes.id, stayingId: stays.id, endedTurnId, turnId },
    touchedIds: pair,
    touchedAgentIds: [...new Set([...offers.map((offer) => offer.agentId), closes.ownerId, stays.ownerId].filter((id) => id !== null))].sort(),
    offerIds: offers.map((offer) => offer.id),
    sessionIds: sessions.map((session) => session.id),
    settle: (recording) => settleStaying(tx, recording, stays.id, at),
  }
}

function factsOf(contact: ContactRow | undefined): Parameters<typeof decideOpenContacts>[0] {
  return contact ? { id: contact.id, openedAt: contact.openedAt, hasLiveSession: contact.liveSessions > 0, ownerId: contact.ownerId } : null
}

async function openTurns(tx: Tx, survivorId: string, foldedId: string): Promise<{ id: string; contactId: string }[]> {
  return tx.query(`select id, contact_id as "contactId" from turn where conversation_id in ($1, $2) and ended_at is null order by started_at, id`, [survivorId, foldedId])
}

/** What nobody answered on either side is one run: the earlier turn goes on, the later ends in it. Returns the one that ended. */
async function foldTurns(items: MergeItems, turns: readonly { id: string; contactId: string }[], openContactId: string | null): Promise<string | null> {
  const [kept, ended] = turns
  if (!kept || !ended) return null
  await items.remove('turn', 't.id = $3', [ended.id])
  // A turn left open by a closed contact (an abandoned call) is now asked of the contact that is open.
  if (openContactId && (ended.contactId === openContactId || kept.contactId === openContactId)) await items.change('turn', { contact_id: '$3::uuid' }, 't.id = $4 and t.contact_id <> $3', [openContactId, kept.id])
  return ended.id
}

/** Of two entries of one demand the contact waits in one, at the earlier place; what an owner has in front of them waits no more. */
async function moveEntries(items: MergeItems, stays: ContactRow, closes: ContactRow, ownerId: string | null, at: Date): Promise<void> {
  const pair = [stays.id, closes.id]
  const twin = (column: string) => `(select d."${column}" from queue_entry d where d.contact_id = $4 and d.demand = t.demand and d.ended_at is null)`
  const earlier = Object.fromEntries(['enqueued_at', 'workable_at', 'rank_at'].map((column) => [column, `least(t."${column}", ${twin(column)})`]))
  await items.change('queue_entry', earlier, `t.contact_id = $3 and t.ended_at is null and ${twin('id')} is not null`, pair)
  await items.change('queue_entry', { ended_at: '$5::timestamptz', result: `'merged'` },
    `t.contact_id = $4 and t.ended_at is null and ($6 and t.demand = 'messages' or exists (select 1 from queue_entry k where k.contact_id = $3 and k.demand = t.demand and k.ended_at is null))`,
    [...pair, at, ownerId !== null])
  if (ownerId !== null && stays.ownerId === null) {
    await items.change('queue_entry', { ended_at: '$4::timestamptz', result: `'merged'` }, `t.contact_id = $3 and t.ended_at is null and t.demand = 'messages'`, [stays.id, at])
  }
  await items.change('queue_entry', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  if (ownerId === null) return
  await items.change('queue_entry', { preferred_agent_id: '$4::uuid', preferred_until: '$5::timestamptz' }, 't.contact_id = $3 and t.ended_at is null',
    [stays.id, ownerId, new Date(at.getTime() + ringOwnerFirstMs)])
}

/** Each target that both promised goes on once, with the earlier due time; what only the other promised moves over. */
async function moveClocks(items: MergeItems, stays: ContactRow, closes: ContactRow, hasOwner: boolean, turns: { endedTurnId: string | null; turnId: string | null }, at: Date): Promise<void> {
  const pair = [stays.id, closes.id]
  const running = `t.state in ('running', 'paused')`
  const twin = (contact: string) => `from sla_clock d where d.contact_id = ${contact} and d.kind = t.kind and d.state in ('running', 'paused')`
  await items.change('sla_clock', { warn_at: `least(t.warn_at, (select min(d.warn_at) ${twin('$4')}))`, due_at: `least(t.due_at, (select min(d.due_at) ${twin('$4')}))` },
    `t.contact_id = $3 and ${running} and exists (select 1 ${twin('$4')})`, pair)
  await items.change('sla_clock', { state: `'cancelled'`, ended_at: '$5::timestamptz' }, `t.contact_id = $4 and ${running} and exists (select 1 ${twin('$3')})`, [...pair, at])
  // Somebody has the contact: the time to answer is over for what came along.
  if (hasOwner) await items.change('sla_clock', { state: `'met'`, ended_at: '$5::timestamptz' }, `t.contact_id in ($3, $4) and ${running} and t.kind = 'time-to-answer'`, [...pair, at])
  await items.change('sla_clock', { contact_id: '$3::uuid', turn_id: 'case when t.turn_id = $5 then $6 else t.turn_id end' }, `t.contact_id = $4 and ${running}`, [...pair, turns.endedTurnId, turns.turnId])
}

async function closeAsMerged(items: MergeItems, stays: ContactRow, closes: ContactRow, at: Date): Promise<void> {
  const pair = [stays.id, closes.id]
  const other = (column: string) => `(select c."${column}" from contact c where c.id = $4)`
  await items.change('contact', {
    ...Object.fromEntries(['first_inbound_at', 'workable_at', 'accepted_at', 'first_response_at', 'promised_at'].map((column) => [column, `least(t."${column}", ${other(column)})`])),
    ...Object.fromEntries(['last_inbound_at', 'last_message_at', 'priority'].map((column) => [column, `greatest(t."${column}", ${other(column)})`])),
    snippet: `case when ${other('last_message_at')} > coalesce(t.last_message_at, '-infinity') then ${other('snippet')} else t.snippet end`,
    subject: `coalesce(t.subject, ${other('subject')})`,
    complaint: `t.complaint or ${other('complaint')}`,
    unverified: `t.unverified or ${other('unverified')}`,
    updated_at: '$5::timestamptz',
  }, 't.id = $3', [...pair, at])
  await items.change('contact', {
    state: `'closed'`, outcome: `'merged'`, closed_at: '$5::timestamptz', merged_into_id: '$3::uuid', owner_id: 'null', pending_until: 'null', snoozed_until: 'null',
    wrap_up_until: 'null', reopen_until: 'null', updated_at: '$5::timestamptz',
  }, 't.id = $4', [...pair, at])
}

/** An unanswered turn that came along wakes a pending or snoozed contact: its owner holds units for it again, room or not. */
async function settleStaying(tx: Tx, items: MergeItems, contactId: string, at: Date): Promise<void> {
  const contact = await loadContact(tx, contactId)
  if (!contact) throw new Error('a contact vanished under its conversation lock')
  const wakes = contact.openTurns > 0 && (contact.pendingUntil !== null || contact.snoozedUntil !== null)
  if (wakes && contact.assignmentId) {
    const { units } = await tx.one<{ units: Partial<Record<Channel, number>> }>('select units from queue where id = $1', [contact.queueId])
    const cost = unitsFor(contact.channel, units)
    await items.change('assignment', { live_units: 'greatest(t.live_units, $4::int)', deferred_units: 'greatest(t.deferred_units, $5::int)', override: 'true' }, 't.id = $3',
      [contact.assignmentId, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0])
  }
  const facts = wakes ? { ...contact, pendingUntil: null, snoozedUntil: null } : contact
  const waits = facts.ownerId === null && facts.openTurns > 0 && facts.openEntries === 0 && facts.openOffers === 0 && facts.liveSessions === 0
  if (waits) await waitForAnyone(items, contact, 'messages', at)
  const state = contactStateOf({ ...facts, openEntries: facts.openEntries + (waits ? 1 : 0), closedAs: facts.outcome })
  await items.change('contact', { state: '$4', owner_id: '$5::uuid', pending_until: '$6::timestamptz', snoozed_until: '$7::timestamptz' }, 't.id = $3',
    [contactId, state, facts.ownerId, facts.pendingUntil, facts.snoozedUntil])
}

/** Nobody has it and nothing of it waits, yet the customer is unanswered: it waits from the moment they were first. */
async function waitForAnyone(items: MergeItems, contact: ContactRow, demand: Demand, at: Date): Promise<void> {
  await items.add('queue_entry', ['id', 'contact_id', 'conversation_id', 'queue_id', 'demand', 'channel', 'enqueued_at', 'workable_at', 'rank_at', 'offers', 'version'],
    `select gen_random_uuid(), c.id, c.conversation_id, c.queue_id, $4, c.channel, $5::timestamptz, $5::timestamptz, (select min(u.started_at) from turn u where u.contact_id = c.id and u.ended_at is null), 0, 1
     from contact c where c.id = $3`, [contact.id, demand, at])
}
