/**
 * Two open contacts, or two open turns, become one. The contact with a live session stays, else the earlier; the other closes as
 * `merged`, with no survey and no repeat. What waits and what is live moves over, each target keeps its earlier due time, and open
 * offers are withdrawn so that routing decides anew.
 */
import { applyToClocks, mergeClocks } from '../../domain/sla.ts'
import { decideOpenContacts } from '../../domain/merging.ts'
import { ringOwnerFirstMs } from '../../domain/inbound.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Channel, Demand } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { contactStateOf } from '../../domain/contact-state.ts'
import { loadContact, loadOpenContact, type ContactRow } from '../contacts/contacts.store.ts'
import { loadClocksOf, loadContactClocks, type ClockRow } from '../sla/sla.store.ts'
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
  effects.wake('timers', 'all')
  const pair = [stays.id, closes.id]
  const offers = await tx.query<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where contact_id in ($1, $2) and ended_at is null', pair)
  await items.change('offer', { ended_at: '$5::timestamptz', result: `'withdrawn'`, reason: `'merged'` }, 't.contact_id in ($3, $4) and t.ended_at is null', [...pair, at])
  await moveEntries(items, stays, closes, decision.ownerId, at)
  const ownerComes = stays.ownerId === null && closes.ownerId !== null
  if (ownerComes) await items.change('assignment', { contact_id: '$3::uuid' }, 't.contact_id = $4 and t.released_at is null', pair)
  else if (stays.ownerId !== null && stays.ownerId === closes.ownerId) await holdTheDearer(items, stays, closes)
  await items.change('assignment', { released_at: 'coalesce(t.released_at, $4::timestamptz)', ended_at: '$4::timestamptz', end_reason: `'merged'` },
    't.contact_id = $3 and t.ended_at is null', [closes.id, at])
  await items.change('consult', { left_at: '$4::timestamptz', left_reason: `'merged'` }, 't.left_at is null and t.offer_id in (select id from offer where contact_id = $3)', [closes.id, at])
  // Who helped with the one and has the other has both now.
  if (ownerComes) await items.change('consult', { left_at: '$4::timestamptz', left_reason: `'owner-now'` }, 't.left_at is null and t.agent_id = $5 and t.offer_id in (select id from offer where contact_id = $3)', [stays.id, at, closes.ownerId])
  const sessions = await tx.query<{ id: string }>('select id from session where contact_id = $1', [closes.id])
  await items.change('session', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  await items.change('outbound', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  const endedTurnId = await foldTurns(items, turns, stays.id)
  const turnId = turns[0]?.id ?? null
  await items.change('turn', { contact_id: '$3::uuid' }, 't.contact_id = $4', pair)
  await moveClocks(tx, items, stays, closes, decision.ownerId !== null, { endedTurnId, turnId }, at)
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

/** Both were the same person's: it is one matter now, and costs what its dearer half did; a call or chat stands for all of it. */
async function holdTheDearer(items: MergeItems, stays: ContactRow, closes: ContactRow): Promise<void> {
  const dearer = (column: string): string => `greatest(t.${column}, (select c.${column} from assignment c where c.id = $4))`
  await items.change('assignment', { live_units: dearer('live_units'), deferred_units: `case when ${dearer('live_units')} > 0 then 0 else ${dearer('deferred_units')} end` },
    't.id = $3', [stays.assignmentId, closes.assignmentId])
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
  const sooner = (column: string) => `least(t."${column}", ${twin(column)})`
  const earlier = { enqueued_at: sooner('enqueued_at'), workable_at: sooner('workable_at'), rank_at: sooner('rank_at'), kept_rank_at: sooner('rank_at') }
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

/** Of each target that both promised the clock due earlier goes on, with its own ledger; what only the other promised moves over. */
async function moveClocks(tx: Tx, items: MergeItems, stays: ContactRow, closes: ContactRow, hasOwner: boolean, turns: { endedTurnId: string | null; turnId: string | null }, at: Date): Promise<void> {
  const loaded = await loadClocksOf(tx, [stays.id, closes.id])
  const clocksOf = (contact: ContactRow): ClockRow[] => loaded.find((one) => one.contactId === contact.id)?.clocks ?? []
  const { keep, cancel } = mergeClocks(clocksOf(stays), clocksOf(closes))
  for (const clock of applyToClocks(cancel, { kind: 'merged' }, at)) await changeClock(items, clock, ['state', 'ended_at', 'warn_at', 'breached_at', 'intervals'])
  // Somebody has the contact: the time to answer is over for what came along.
  if (hasOwner) for (const clock of applyToClocks(keep, { kind: 'accepted', isCall: false }, at)) await changeClock(items, clock, ['state', 'ended_at', 'warn_at', 'breached_at', 'intervals'])
  const moving = keep.filter((clock) => clock.contactId === closes.id)
  await items.change('sla_clock', { contact_id: '$3::uuid', queue_id: '$4::uuid', turn_id: 'case when t.turn_id = $5 then $6 else t.turn_id end' }, 't.id = any($7::uuid[])',
    [stays.id, stays.queueId, turns.endedTurnId, turns.turnId, moving.map((clock) => clock.id)])
  await items.change('sla_clock', { turn_id: '$3::uuid' }, 't.contact_id = $4 and t.turn_id = $5', [turns.turnId, stays.id, turns.endedTurnId])
}

const clockColumns = {
  state: (clock: ClockRow) => [clock.state, 'text'], ended_at: (clock: ClockRow) => [clock.endedAt, 'timestamptz'], warn_at: (clock: ClockRow) => [clock.warnAt, 'timestamptz'], due_at: (clock: ClockRow) => [clock.dueAt, 'timestamptz'],
  breached_at: (clock: ClockRow) => [clock.breachedAt, 'timestamptz'], intervals: (clock: ClockRow) => [JSON.stringify(clock.intervals), 'jsonb'],
} as const

async function changeClock(items: MergeItems, clock: ClockRow, columns: readonly (keyof typeof clockColumns)[]): Promise<void> {
  const values = columns.map((column) => clockColumns[column](clock))
  await items.change('sla_clock', Object.fromEntries(columns.map((column, i) => [column, `$${i + 4}::${values[i]![1]}`])), 't.id = $3', [clock.id, ...values.map(([value]) => value)])
}

async function closeAsMerged(items: MergeItems, stays: ContactRow, closes: ContactRow, at: Date): Promise<void> {
  const pair = [stays.id, closes.id]
  const other = (column: string) => `(select c."${column}" from contact c where c.id = $4)`
  await items.change('contact', {
    ...Object.fromEntries(['first_inbound_at', 'workable_at', 'accepted_at', 'first_response_at', 'promised_at'].map((column) => [column, `least(t."${column}", ${other(column)})`])),
    ...Object.fromEntries(['last_inbound_at', 'last_message_at', 'priority'].map((column) => [column, `greatest(t."${column}", ${other(column)})`])),
    snippet: `case when ${other('last_message_at')} > coalesce(t.last_message_at, '-infinity') then ${other('snippet')} else t.snippet end`,
    subject: `coalesce(t.subject, ${other('subject')})`,
    urgent: `t.urgent or ${other('urgent')}`,
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
  if (wakes && contact.pendingUntil !== null) {
    const { clocks } = await loadContactClocks(tx, contactId)
    for (const clock of applyToClocks(clocks, { kind: 'resumed' }, at)) await changeClock(items, clock, ['state', 'warn_at', 'due_at', 'intervals'])
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
  await items.add('queue_entry', ['id', 'contact_id', 'conversation_id', 'queue_id', 'demand', 'channel', 'enqueued_at', 'workable_at', 'rank_at', 'kept_rank_at', 'offers', 'version'],
    `select gen_random_uuid(), c.id, c.conversation_id, c.queue_id, $4, c.channel, $5::timestamptz, $5::timestamptz, o.at, o.at, 0, 1
     from contact c cross join lateral (select min(u.started_at) as at from turn u where u.contact_id = c.id and u.ended_at is null) o where c.id = $3`, [contact.id, demand, at])
}
