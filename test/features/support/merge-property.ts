/** Random pairs of customers, merged and taken apart again: nothing may be lost, moved or left behind. */
import * as fc from 'fast-check'
import { mergeCustomers, undoMerge } from '#server/features/customers/customers.usecases.ts'
import type { Db } from '#server/platform/db.ts'
import { dumpDifference, dumpTables, type DumpOptions } from '../../support/dump.ts'
import { addAddress, closedContactOf, freshEmail, freshPhone, makePerson, minute, openContactOf, quietContext, say, type Person, type World } from './customer-world.ts'

/**
 * What a merge and its undo leave behind: their own rows, events and the audit, versions and the epoch. Of agents, the interval of
 * their load: what they did in between is what they did.
 */
export const exceptWhatUndoKeeps: DumpOptions = {
  withoutTables: ['merge', 'merge_item', 'event', 'room', 'room_event', 'audit_entry', 'load_interval'],
  withoutColumns: ['version', 'conversation.epoch', 'agent_state.load', 'agent_state.load_since', 'agent_state.idle_since'],
}

const demand = fc.constantFrom('call' as const, 'chat' as const, 'messages' as const)
const open = fc.record({
  at: fc.integer({ min: 0, max: 120 }), queue: fc.nat(2), owner: fc.option(fc.nat(3)), offeredTo: fc.option(fc.nat(3)), entries: fc.uniqueArray(demand, { maxLength: 3 }),
  session: fc.option(fc.constantFrom('call' as const, 'chat' as const)), unanswered: fc.boolean(), pending: fc.boolean(),
  clocks: fc.uniqueArray(fc.constantFrom('time-to-answer' as const, 'first-response' as const, 'next-response' as const, 'resolution' as const), { maxLength: 4 }),
})
const side = fc.record({
  addresses: fc.nat(2), closed: fc.array(fc.record({ at: fc.integer({ min: 0, max: 100 }), queue: fc.nat(2), messages: fc.nat(3) }), { maxLength: 2 }),
  open: fc.option(open), messages: fc.array(fc.integer({ min: 130, max: 160 }), { maxLength: 6 }), read: fc.boolean(), claims: fc.nat(2), followUp: fc.boolean(), thread: fc.boolean(), outbound: fc.boolean(),
})
/** What happens to the joined customer before the undo. */
const since = fc.array(fc.record({
  who: fc.constantFrom('survivor' as const, 'folded' as const), what: fc.constantFrom('message' as const, 'note' as const, 'reply' as const, 'close' as const, 'turn' as const, 'contact' as const), after: fc.integer({ min: 1, max: 60 }),
}), { maxLength: 6 })
const scenario = fc.record({ survivor: side, folded: side, since })
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never
type Side = Scenario['survivor']

/** Runs the property; throws with the smallest history that breaks it. */
export async function checkMergeProperty(db: Db, world: World, options: { runs: number; seed?: number }): Promise<void> {
  const property = fc.asyncProperty(scenario, async (history) => {
    const pair = { survivor: await build(db, world, history.survivor), folded: await build(db, world, history.folded) }
    const { survivor, folded } = pair
    if (history.survivor.open?.session === 'call' && history.folded.open?.session === 'call') return
    const context = quietContext(db, minute(200))
    const viewer = { staffId: world.supervisorId, role: 'supervisor' as const }
    const merge = () => mergeCustomers(context, viewer, { survivorId: survivor.customerId, foldedId: folded.customerId })

    const before = await dumpTables(db, exceptWhatUndoKeeps)
    const first = await merge()
    await assertSound(db, 'after the merge', pair)
    await undoMerge(context, viewer, { mergeId: first.mergeId, reason: null })
    const difference = dumpDifference(before, await dumpTables(db, exceptWhatUndoKeeps))
    if (Object.keys(difference).length > 0) throw new Error(`undo left a difference: ${JSON.stringify(difference, null, 1)}`)

    context.clock.advance(60_000)
    const second = await merge()
    for (const [i, event] of history.since.entries()) await happen(db, world, pair, event, new Date(context.clock.now().getTime() + (i + 1) * 60_000 + event.after))
    context.clock.advance(3_600_000)
    await undoMerge(context, viewer, { mergeId: second.mergeId, reason: null })
    await assertSound(db, 'after the undo', pair)
    await assertAddresses(db, survivor, folded)
  })
  await fc.assert(property, { numRuns: options.runs, ...(options.seed === undefined ? {} : { seed: options.seed }) })
}

async function build(db: Db, world: World, spec: Side): Promise<Person> {
  const person = await makePerson(db)
  for (let i = 0; i < spec.addresses; i++) await addAddress(db, person, i % 2 ? freshPhone() : freshEmail())
  for (const closed of spec.closed) await closedContactOf(db, person, world.queueIds[closed.queue]!, minute(closed.at), closed.messages)
  if (spec.open) {
    const { owner, offeredTo, unanswered, session } = spec.open
    // What is unanswered waits somewhere.
    const isNowhere = unanswered && owner === null && offeredTo === null && session === null && spec.open.entries.length === 0
    const entries = isNowhere ? ['messages' as const] : spec.open.entries
    await openContactOf(db, world, person, {
      at: minute(110 + spec.open.at / 10), queueId: world.queueIds[spec.open.queue]!, ownerId: owner === null ? null : world.agentIds[owner]!, offeredTo: offeredTo === null ? null : world.agentIds[offeredTo]!,
      entries, session, unanswered, pending: spec.open.pending && !unanswered, clocks: unanswered ? spec.open.clocks : spec.open.clocks.filter((kind) => kind === 'resolution'),
    })
  }
  const said = []
  for (const at of spec.messages.toSorted((a, b) => a - b)) said.push(await say(db, person.conversationId, { identityId: person.identityIds[0]! }, minute(at)))
  const { conversationId, customerId } = person
  if (spec.read && said[0]) await db.execute('insert into message_read (agent_id, conversation_id, message_id, at) select $1, $2, id, at from message where id = $3', [world.agentIds[0], conversationId, said[0]])
  for (let i = 0; i < spec.claims; i++) await db.execute(`insert into claim (id, customer_id, kind, value, source, at) values (gen_random_uuid(), $1, 'email', $2, 'form', $3)`, [customerId, `claim${i}@example.com`, minute(1)])
  if (spec.followUp) await db.execute(`insert into follow_up (id, customer_id, conversation_id, kind, title, due_at, created_at) values (gen_random_uuid(), $1, $2, 'call-back', '', $3, $3)`, [customerId, conversationId, minute(1)])
  if (spec.thread) {
    await db.execute(`insert into thread (id, conversation_id, account_id, channel, external_key, identity_id, created_at) values (gen_random_uuid(), $1, $2, 'email', gen_random_uuid()::text, $3, $4)`,
      [conversationId, world.accountIds.email, person.identityIds[0], minute(1)])
  }
  if (spec.outbound) {
    await db.execute(
      `insert into outbound (id, lane, kind, channel, account_id, conversation_id, message_id, address, next_attempt_at, created_at) values (gen_random_uuid(), $1 || ':email', 'message', 'email', $2, $3, $4, 'x@example.com', $5, $5)`,
      [conversationId, world.accountIds.email, conversationId, said[0] ?? null, minute(150)])
  }
  return person
}

interface Pair { survivor: Person; folded: Person }

async function happen(db: Db, world: World, pair: Pair, event: Scenario['since'][number], at: Date): Promise<void> {
  const conversationId = pair.survivor.conversationId
  const identityId = pair[event.who].identityIds[0]!
  const contact = await db.maybe<{ id: string }>(`select id from contact where conversation_id = $1 and state <> 'closed'`, [conversationId])
  const turn = await db.maybe<{ id: string }>('select id from turn where conversation_id = $1 and ended_at is null', [conversationId])
  const said = { contactId: contact?.id ?? null, turnId: turn?.id ?? null, identityId }
  switch (event.what) {
    case 'message': return void (await say(db, conversationId, said, at))
    case 'note': return void (await say(db, conversationId, { contactId: contact?.id ?? null, direction: 'internal', agentId: world.agentIds[0]! }, at))
    case 'reply': {
      const messageId = await say(db, conversationId, { contactId: contact?.id ?? null, identityId, direction: 'outbound', agentId: world.agentIds[0]! }, at)
      return void (await db.execute(`update turn set ended_at = $2, "end" = 'answered', answered_by_message_id = $3 where conversation_id = $1 and ended_at is null`, [conversationId, at, messageId]))
    }
    case 'turn': {
      if (!contact || turn) return
      const turnId = (await db.one<{ id: string }>('select gen_random_uuid() as id')).id
      const messageId = await say(db, conversationId, { ...said, turnId }, at)
      return void (await db.execute('insert into turn (id, conversation_id, contact_id, started_at, first_message_id) values ($1, $2, $3, $4, $5)', [turnId, conversationId, contact.id, at, messageId]))
    }
    case 'close': {
      if (!contact || turn) return
      await db.execute(`update queue_entry set ended_at = $2, result = 'answered' where contact_id = $1 and ended_at is null`, [contact.id, at])
      await db.execute(`update offer set ended_at = $2, result = 'withdrawn' where contact_id = $1 and ended_at is null`, [contact.id, at])
      await db.execute(`update session set ended_at = $2, state = 'ended' where contact_id = $1 and ended_at is null`, [contact.id, at])
      await db.execute('update assignment set released_at = coalesce(released_at, $2), ended_at = $2 where contact_id = $1 and ended_at is null', [contact.id, at])
      return void (await db.execute(`update contact set state = 'closed', outcome = 'handled', closed_at = $2, owner_id = null where id = $1`, [contact.id, at]))
    }
    case 'contact': {
      if (contact) return
      await openContactOf(db, world, { ...pair.survivor, identityIds: [identityId] }, { at, queueId: world.queueIds[0], entries: ['messages'], unanswered: turn === undefined })
    }
  }
}

/** What holds of both conversations, whatever happened. */
async function assertSound(db: Db, when: string, { survivor, folded }: Pair): Promise<void> {
  const mine = (alias: string) => `${alias}.conversation_id = any($1::uuid[])`
  const open = (table: string, end: string) => `exists (select 1 from ${table} o where o.contact_id = c.id and o.${end} is null)`
  const rules: Record<string, string> = {
    'seq is gapless and the rank by (at, id)': `select id from (select m.id, m.seq, row_number() over (partition by m.conversation_id order by m.at, m.id) as rank from message m where ${mine('m')}) m where seq <> rank`,
    'last_seq counts the messages': 'select co.id from conversation co where co.id = any($1::uuid[]) and last_seq <> (select count(*) from message m where m.conversation_id = co.id)',
    'a folded conversation is empty': `select co.id from conversation co where co.id = any($1::uuid[]) and folded_into_id is not null
      and (exists (select 1 from message m where m.conversation_id = co.id) or exists (select 1 from contact c where c.conversation_id = co.id))`,
    'a folded customer has no address': 'select cu.id from customer cu join conversation co on co.customer_id = cu.id join identity i on i.customer_id = cu.id where co.id = any($1::uuid[]) and cu.merged_into_id is not null',
    'at most one contact is open': `select c.conversation_id from contact c where ${mine('c')} and c.state <> 'closed' group by 1 having count(*) > 1`,
    'rows and their contact are of one conversation': ['message', 'turn', 'queue_entry', 'offer', 'assignment', 'sla_clock']
      .map((table) => `select '${table}' as "table", t.id from ${table} t join contact c on c.id = t.contact_id where ${mine('t')} and c.conversation_id <> t.conversation_id`).join(' union all '),
    'a message and its turn are of one conversation': `select m.id from message m join turn t on t.id = m.turn_id where ${mine('m')} and t.conversation_id <> m.conversation_id`,
    'a closed contact holds nobody and waits nowhere': `select c.id, c.outcome from contact c where ${mine('c')} and c.state = 'closed' and (${open('assignment', 'released_at')} or ${open('queue_entry', 'ended_at')} or ${open('offer', 'ended_at')})`,
    'an unanswered turn of an open contact has somebody or a place': `select c.id, c.state from turn t join contact c on c.id = t.contact_id where ${mine('t')} and t.ended_at is null
      and c.state not in ('closed', 'active', 'waiting', 'offered') and not ${open('session', 'ended_at')}`,
  }
  for (const [rule, sql] of Object.entries(rules)) {
    const broken = await db.query(sql, [[survivor.conversationId, folded.conversationId]])
    if (broken.length > 0) throw new Error(`${when}: not true that ${rule}: ${JSON.stringify(broken)}`)
  }
}

/** After an undo each side has its addresses and every item to or from them. */
async function assertAddresses(db: Db, survivor: Person, folded: Person): Promise<void> {
  for (const person of [survivor, folded]) {
    const stray = await db.query('select id from identity where id = any($1::uuid[]) and customer_id <> $2', [person.identityIds, person.customerId])
    const strayMessages = await db.query('select id from message where identity_id = any($1::uuid[]) and conversation_id <> $2', [person.identityIds, person.conversationId])
    if (stray.length + strayMessages.length > 0) throw new Error(`addresses or messages stayed behind: ${JSON.stringify({ stray, strayMessages })}`)
  }
}
