import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Address } from '#server/domain/identity.ts'
import { findCustomers, findMessages } from '#server/features/customers/customers.search.ts'
import { findIdentity, insertCustomerWithIdentity, isOptedOut, lockSender, optOut, raiseEvidence, recordClaims, suggestFromClaims, touchIdentity } from '#server/features/customers/customers.steps.ts'
import { acceptSuggestion, dismissSuggestion, mergeCustomers, provedTogether, undoMerge, undoPreview, updateCustomer } from '#server/features/customers/customers.usecases.ts'
import { customerViews, openSuggestionViews } from '#server/features/customers/customers.views.ts'
import { maySeeCustomer } from '#server/features/customers/customers.visibility.ts'
import { advance } from '#server/features/outbound/outbound.steps.ts'
import { Effects } from '#server/platform/effects.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addAddress, closedContactOf, freshEmail, freshPhone, makePerson, makeWorld, minute, openContactOf, quietContext, say, start, type Person, type World } from './support/customer-world.ts'

let database: TestDatabase
let world: World
let supervisor: { staffId: string; role: 'supervisor' }
beforeAll(async () => {
  database = await createTestDatabase()
  world = await makeWorld(database.db)
  supervisor = { staffId: world.supervisorId, role: 'supervisor' }
})
afterAll(() => database.drop())

const agent = (i: number) => ({ staffId: world.agentIds[i]!, role: 'agent' as const })
const context = (at = minute(300)) => quietContext(database.db, at)
const merge = (survivor: Person, folded: Person, at = minute(300)) => mergeCustomers(context(at), supervisor, { survivorId: survivor.customerId, foldedId: folded.customerId })
const ownerOf = async (address: Address) => (await findIdentity(database.db, address))?.customerId
const visitor = (site = 'site'): Address => ({ kind: 'visitor', realm: site, value: crypto.randomUUID() })
const suggest = (person: Person) => database.db.tx((tx) => suggestFromClaims(tx, person.customerId, minute(10), new Effects()))
const claim = (person: Person, value: string) => database.db.tx((tx) => recordClaims(tx, person.customerId, [{ kind: 'email', value }], 'form', minute(9)))

describe('finding', () => {
  test('two withheld callers are two customers, and neither is ever found again', async () => {
    const [one, two] = [await makePerson(database.db, { address: null, evidence: 'claimed' }), await makePerson(database.db, { address: null, evidence: 'claimed' })]
    expect(one.customerId).not.toBe(two.customerId)
    expect(await findIdentity(database.db, one.addresses[0]!)).toBeUndefined()
  })

  test('two doors that meet the same stranger at once make one customer', async () => {
    const address = freshPhone()
    const arrive = () => database.db.tx(async (tx) => {
      const known = await lockSender(tx, address, start)
      return known?.identity.customerId ?? (insertCustomerWithIdentity(tx, { address, evidence: 'proved', proof: 'carrier' }, start)).customerId
    })
    const customers = await Promise.all([arrive(), arrive(), arrive(), arrive()])
    expect(new Set(customers).size).toBe(1)
  })

  test('an unproved arrival changes nothing of an identity but when it was last seen', async () => {
    const person = await makePerson(database.db, { evidence: 'proved' })
    const identityId = person.identityIds[0]!
    const read = () => database.db.one('select evidence, proof, display_name as "displayName", customer_id as "customerId" from identity where id = $1', [identityId])
    const before = await read()
    await database.db.tx((tx) => touchIdentity(tx, identityId, null, minute(5)))
    expect(await read()).toEqual(before)
  })

  test('the best evidence stays, and the first proof is kept', async () => {
    const person = await makePerson(database.db, { evidence: 'claimed' })
    const raise = (proof: string) => database.db.tx((tx) => raiseEvidence(tx, person.identityIds[0]!, proof, minute(5)))
    expect([await raise('dmarc'), await raise('code')]).toEqual([true, false])
    expect(await database.db.one('select evidence, proof from identity where id = $1', [person.identityIds[0]])).toEqual({ evidence: 'proved', proof: 'dmarc' })
  })

  test('who is found while a merge moves them is found where they are now', async () => {
    const [survivor, folded] = [await makePerson(database.db), await makePerson(database.db)]
    let arrived: Promise<unknown> | undefined
    await database.db.tx(async (tx) => {
      await tx.query('select 1 from conversation where id = $1 for update', [folded.conversationId])
      arrived = database.db.tx(async (other) => (await lockSender(other, folded.addresses[0]!, minute(301)))?.conversation.id)
      await new Promise((resolve) => { setTimeout(resolve, 50) })
      await tx.execute('update identity set customer_id = $1 where customer_id = $2', [survivor.customerId, folded.customerId])
      await tx.execute('update conversation set folded_into_id = $1 where id = $2', [survivor.conversationId, folded.conversationId])
    })
    expect(await arrived).toBe(survivor.conversationId)
  })
})

describe('what was only typed', () => {
  test('proposes a merge with its evidence and never makes one, once per pair', async () => {
    const { db } = database
    const [mei, typing] = [await makePerson(db), await makePerson(db, { address: visitor() })]
    expect(await claim(typing, ` ${mei.addresses[0]!.value.toUpperCase()} `)).toHaveLength(1)
    expect(await suggest(typing)).toHaveLength(1)
    expect([await suggest(typing), await suggest(mei)]).toEqual([[], []])
    expect(await ownerOf(mei.addresses[0]!)).toBe(mei.customerId)
    expect(await db.query('select 1 from merge where survivor_id = any($1::uuid[])', [[mei.customerId, typing.customerId]])).toEqual([])
    const [view] = (await openSuggestionViews(db, supervisor)).filter((one) => [one.customerA.id, one.customerB.id].includes(typing.customerId))
    expect(view?.evidence).toEqual([{ code: 'same-email-typed', value: mei.addresses[0]!.value, at: minute(10).toISOString() }])
  })

  test('matches an arrival that comes later from that address', async () => {
    const address = freshEmail()
    const typing = await makePerson(database.db, { address: visitor() })
    await claim(typing, address.value)
    expect(await suggest(typing)).toEqual([])
    expect(await suggest(await makePerson(database.db, { address }))).toHaveLength(1)
  })

  test('what is no address is not kept, and what staff dismissed is not asked again', async () => {
    const [mei, typing] = [await makePerson(database.db), await makePerson(database.db, { address: visitor() })]
    expect(await claim(typing, 'no address')).toEqual([])
    await claim(typing, mei.addresses[0]!.value)
    const [id] = await suggest(typing)
    await dismissSuggestion(context(), supervisor, id!)
    expect(await suggest(typing)).toEqual([])
    await expect(dismissSuggestion(context(), supervisor, id!)).rejects.toMatchObject({ code: 'suggestion.already-decided', status: 409 })
    await expect(acceptSuggestion(context(), supervisor, { suggestionId: id! })).rejects.toMatchObject({ code: 'suggestion.already-decided' })
  })

  test('a one-time caller is never proposed', async () => {
    const [mei, caller] = [await makePerson(database.db), await makePerson(database.db, { address: null })]
    await claim(caller, mei.addresses[0]!.value)
    expect(await suggest(caller)).toEqual([])
  })

  test('accepted in one click, the older customer survives; undone, the suggestion is open again', async () => {
    const [older, younger] = [await makePerson(database.db, { at: minute(1) }), await makePerson(database.db, { address: visitor(), at: minute(2) })]
    await claim(younger, older.addresses[0]!.value)
    const [id] = await suggest(younger)
    const { mergeId, survivorId } = await acceptSuggestion(context(), supervisor, { suggestionId: id! })
    expect(survivorId).toBe(older.customerId)
    const state = () => database.db.one('select state, merge_id as "mergeId" from merge_suggestion where id = $1', [id])
    expect(await state()).toEqual({ state: 'accepted', mergeId })
    await undoMerge(context(minute(310)), supervisor, { mergeId, reason: null })
    expect(await state()).toEqual({ state: 'open', mergeId: null })
  })
})

describe('proved in one act', () => {
  const prove = (identities: Address[], at = minute(50)) => provedTogether(context(at), { identities, proof: 'code', at })

  test('two customers become the older one, and the second time nothing happens', async () => {
    const browser = visitor()
    const [mailer, surfer] = [await makePerson(database.db, { at: minute(1) }), await makePerson(database.db, { address: browser, at: minute(2) })]
    const proved = await prove([browser, mailer.addresses[0]!])
    expect(proved).toMatchObject({ customerId: mailer.customerId, suggestionIds: [] })
    expect([await ownerOf(browser), await ownerOf(mailer.addresses[0]!)]).toEqual([mailer.customerId, mailer.customerId])
    expect(await database.db.one('select automatic, actor_id as "actorId" from merge where folded_id = $1', [surfer.customerId])).toEqual({ automatic: true, actorId: null })
    expect((await prove([browser, mailer.addresses[0]!])).mergeIds).toEqual([])
  })

  test('an unknown address becomes that customer\'s, joined by proof', async () => {
    const browser = visitor()
    const surfer = await makePerson(database.db, { address: browser })
    const address = freshEmail()
    await prove([browser, address])
    const joined = await database.db.query<{ joinedBy: string }>('select distinct joined_by as "joinedBy" from identity where customer_id = $1', [surfer.customerId])
    expect(await ownerOf(address)).toBe(surfer.customerId)
    expect(joined).toHaveLength(1)
    expect(joined[0]?.joinedBy).not.toBe('')
  })

  test('an address that two accounts of one site proved becomes shared, and merges nobody from then on', async () => {
    const email = freshEmail()
    const sub = (value: string): Address => ({ kind: 'site-user', realm: 'shop', value })
    const first = await makePerson(database.db, { address: sub('a') })
    await prove([sub('a'), email])
    const second = await makePerson(database.db, { address: sub('b') })
    expect(await prove([sub('b'), email])).toMatchObject({ mergeIds: [], suggestionIds: [expect.any(String)] })
    expect(await findIdentity(database.db, email)).toMatchObject({ customerId: first.customerId, isShared: true })
    const browser = visitor()
    const third = await makePerson(database.db, { address: browser })
    expect(await prove([browser, email])).toMatchObject({ mergeIds: [], suggestionIds: [expect.any(String)] })
    expect([await ownerOf(sub('b')), await ownerOf(browser)]).toEqual([second.customerId, third.customerId])
  })

  test('a merge that a person took back is proposed the next time, not made', async () => {
    const browser = visitor()
    const [mailer] = [await makePerson(database.db, { at: minute(1) }), await makePerson(database.db, { address: browser, at: minute(2) })]
    const { mergeIds } = await prove([browser, mailer.addresses[0]!])
    await undoMerge(context(), supervisor, { mergeId: mergeIds[0]!, reason: 'mother and daughter' })
    expect(await prove([browser, mailer.addresses[0]!], minute(60))).toMatchObject({ mergeIds: [], suggestionIds: [expect.any(String)] })
  })

  test('while both are on the phone the machine asks and a person waits', async () => {
    const [one, two] = [await makePerson(database.db), await makePerson(database.db)]
    for (const person of [one, two]) await openContactOf(database.db, world, person, { at: minute(20), queueId: world.queueIds[0], session: 'call', entries: ['call'], unanswered: true })
    expect(await prove([one.addresses[0]!, two.addresses[0]!])).toMatchObject({ mergeIds: [], suggestionIds: [expect.any(String)] })
    await expect(merge(one, two)).rejects.toMatchObject({ code: 'merge.both-on-calls', status: 409 })
    await database.db.execute(`update session set ended_at = $1, state = 'ended' where conversation_id = $2`, [minute(21), two.conversationId])
    await expect(merge(one, two)).resolves.toMatchObject({ mergeId: expect.any(String) })
  })
})

describe('merging by hand', () => {
  test('with itself is a bad request, with somebody unknown there is nobody', async () => {
    const one = await makePerson(database.db)
    await expect(merge(one, one)).rejects.toMatchObject({ code: 'merge.same-customer', status: 400 })
    await expect(mergeCustomers(context(), supervisor, { survivorId: one.customerId, foldedId: crypto.randomUUID() })).rejects.toMatchObject({ status: 404 })
  })

  test('A into B and B into A at once: one wins, the other is told', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await makePerson(database.db), await makePerson(database.db)]
      const results = await Promise.allSettled([merge(a, b), merge(b, a)])
      expect(results.map((result) => (result.status === 'fulfilled' ? 'won' : (result.reason as { code: string }).code)).sort()).toEqual(['merge.already-merged', 'won'])
      expect(await database.db.one('select count(*)::int as n from customer where id = any($1::uuid[]) and merged_into_id is null', [[a.customerId, b.customerId]])).toEqual({ n: 1 })
    }
  })

  test('numbers both histories by time, raises the epoch, and keeps every message id', async () => {
    const [a, b] = [await makePerson(database.db), await makePerson(database.db)]
    const ids: string[] = []
    for (let i = 0; i < 6; i++) ids.push(await say(database.db, (i % 2 ? a : b).conversationId, { text: String(i) }, minute(i)))
    await merge(a, b)
    const rows = await database.db.query<{ id: string; seq: number }>('select id, seq from message where conversation_id = $1 order by seq', [a.conversationId])
    expect(rows).toEqual(ids.map((id, i) => ({ id, seq: i + 1 })))
    expect(await database.db.one('select last_seq as "lastSeq", epoch from conversation where id = $1', [a.conversationId])).toEqual({ lastSeq: 6, epoch: 2 })
    const next = await say(database.db, a.conversationId, {}, minute(302))
    expect(await database.db.one('select seq from message where id = $1', [next])).toEqual({ seq: 7 })
  })

  test('takes fields from the other only where the survivor has none; an opted-out address stays opted out', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db, { name: 'Mei' }), await makePerson(db, { name: 'M. Chen' })]
    await db.execute(`update customer set locale = 'zh', tier = 'gold', attributes = '{"plan": "pro", "size": "M"}' where id = $1`, [b.customerId])
    await db.execute(`update customer set attributes = '{"plan": "free"}' where id = $1`, [a.customerId])
    const consent = { accountId: world.accountIds.email, address: b.addresses[0]!.value }
    await db.tx((tx) => optOut(tx, { ...consent, word: 'STOP' }, minute(1)))
    await merge(a, b)
    const [view] = await customerViews(db, [a.customerId])
    expect(view).toMatchObject({ name: 'Mei', label: 'Mei', locale: 'zh', tier: 'gold', attributes: { plan: 'free', size: 'M' }, merges: [{ foldedLabel: 'M. Chen', automatic: false }] })
    expect(view?.identities.find((identity) => identity.value === consent.address)).toMatchObject({ optedOut: true })
    expect(await isOptedOut(db, consent)).toBe(true)
  })
})

describe('two open contacts', () => {
  const contact = (id: string) => database.db.one<Record<string, unknown>>('select state, outcome, owner_id as "ownerId", merged_into_id as "mergedIntoId", conversation_id as "conversationId" from contact where id = $1', [id])

  test('the one with a live session stays although it is the later, and what waits moves to it', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    const earlier = await openContactOf(db, world, a, { at: minute(1), queueId: world.queueIds[0], entries: ['messages'], unanswered: true, offeredTo: world.agentIds[0]!, clocks: ['first-response', 'resolution'] })
    const live = await openContactOf(db, world, b, { at: minute(9), queueId: world.queueIds[0], entries: ['chat'], session: 'chat', unanswered: true, clocks: ['first-response', 'resolution'] })
    await merge(a, b)
    expect(await contact(earlier.contactId)).toMatchObject({ state: 'closed', outcome: 'merged', mergedIntoId: live.contactId })
    expect(await contact(live.contactId)).toMatchObject({ state: 'waiting', conversationId: a.conversationId })
    expect(await db.query('select demand from queue_entry where contact_id = $1 and ended_at is null order by demand', [live.contactId])).toEqual([{ demand: 'chat' }, { demand: 'messages' }])
    expect(await db.one('select result from offer where id = $1', [earlier.offerId])).toEqual({ result: 'withdrawn' })
    expect(await db.query('select started_at as "startedAt", contact_id as "contactId" from turn where conversation_id = $1', [a.conversationId])).toEqual([{ startedAt: minute(1), contactId: live.contactId }])
    const due = await db.query<{ kind: string; dueAt: Date }>(`select kind, due_at as "dueAt" from sla_clock where conversation_id = $1 and state = 'running' order by kind`, [a.conversationId])
    expect(due).toEqual([{ kind: 'first-response', dueAt: minute(61) }, { kind: 'resolution', dueAt: minute(61) }])
  })

  test('the losing owner is released, and neither is asked about twice', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    const stays = await openContactOf(db, world, a, { at: minute(1), queueId: world.queueIds[0], ownerId: world.agentIds[0]!, unanswered: true })
    const closes = await openContactOf(db, world, b, { at: minute(2), queueId: world.queueIds[0], ownerId: world.agentIds[1]!, unanswered: true })
    await merge(b, a)
    expect(await contact(stays.contactId)).toMatchObject({ state: 'active', ownerId: world.agentIds[0] })
    expect(await contact(closes.contactId)).toMatchObject({ state: 'closed', outcome: 'merged', ownerId: null })
    expect(await db.one('select end_reason as "endReason", ended_at is not null as ended from assignment where contact_id = $1', [closes.contactId])).toEqual({ endReason: 'merged', ended: true })
    expect(await db.one('select load from agent_state where agent_id = $1', [world.agentIds[1]])).toEqual({ load: 'idle' })
  })

  test('a waiting contact takes over the owner of the later one, and its mail waits no more', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    const waiting = await openContactOf(db, world, a, { at: minute(1), queueId: world.queueIds[0], entries: ['messages'], unanswered: true, clocks: ['time-to-answer'] })
    await openContactOf(db, world, b, { at: minute(2), queueId: world.queueIds[0], ownerId: world.agentIds[1]! })
    await merge(a, b)
    expect(await contact(waiting.contactId)).toMatchObject({ state: 'active', ownerId: world.agentIds[1] })
    expect(await db.one('select result from queue_entry where id = $1', [waiting.entryIds[0]])).toEqual({ result: 'merged' })
    expect(await db.one('select state from sla_clock where contact_id = $1', [waiting.contactId])).toEqual({ state: 'met' })
  })

  test('what is unanswered wakes a pending contact', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    const pending = await openContactOf(db, world, a, { at: minute(1), queueId: world.queueIds[0], ownerId: world.agentIds[0]!, pending: true })
    await openContactOf(db, world, b, { at: minute(2), queueId: world.queueIds[0], entries: ['messages'], unanswered: true })
    await merge(a, b)
    expect(await contact(pending.contactId)).toMatchObject({ state: 'active', ownerId: world.agentIds[0] })
    expect(await db.one('select deferred_units as units, override from assignment where contact_id = $1 and released_at is null', [pending.contactId])).toEqual({ units: 20, override: true })
  })
})

describe('undo', () => {
  test('newest first, once, and only while nothing of it was erased', async () => {
    const { db } = database
    const [a, b, c] = [await makePerson(db), await makePerson(db), await makePerson(db)]
    const first = await merge(a, b)
    const second = await merge(c, a, minute(301))
    const undo = (mergeId: string) => undoMerge(context(minute(310)), supervisor, { mergeId, reason: null })
    await expect(undo(first.mergeId)).rejects.toMatchObject({ code: 'merge.not-newest', facts: { newerMergeId: second.mergeId } })
    await undo(second.mergeId)
    await undo(first.mergeId)
    await expect(undo(first.mergeId)).rejects.toMatchObject({ code: 'merge.already-undone', status: 409 })
    const third = await merge(a, b, minute(320))
    await db.execute('update customer set erased_at = $2 where id = $1', [b.customerId, minute(321)])
    await expect(undo(third.mergeId)).rejects.toMatchObject({ code: 'merge.erased' })
  })

  test('what was born since goes by its address, else by its contact, else stays, as the preview said', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    const { contactId } = await openContactOf(db, world, b, { at: minute(2), queueId: world.queueIds[0], ownerId: world.agentIds[1]! })
    const { mergeId } = await merge(a, b)
    const toFolded = await say(db, a.conversationId, { identityId: b.identityIds[0]!, contactId }, minute(301))
    const toSurvivor = await say(db, a.conversationId, { identityId: a.identityIds[0]!, contactId }, minute(302))
    const noteOfContact = await say(db, a.conversationId, { direction: 'internal', contactId }, minute(303))
    const noteOfNobody = await say(db, a.conversationId, { direction: 'internal' }, minute(304))
    const preview = await undoPreview(context(), supervisor, mergeId)
    expect(preview).toMatchObject({ movesBack: { messages: 3, contacts: 1, identities: 1 }, staysBehind: { messages: 2 }, reopens: false, foldedLabel: b.addresses[0]!.value })
    await undoMerge(context(minute(310)), supervisor, { mergeId, reason: null })
    const where = async (id: string) => (await db.one<{ at: string }>('select conversation_id as at from message where id = $1', [id])).at === b.conversationId ? 'folded' : 'survivor'
    expect(await Promise.all([toFolded, toSurvivor, noteOfContact, noteOfNobody].map(where))).toEqual(['folded', 'survivor', 'folded', 'survivor'])
  })

  test('an unanswered folded contact comes back at its old place in the line', async () => {
    const { db } = database
    const [a, b] = [await makePerson(db), await makePerson(db)]
    await openContactOf(db, world, a, { at: minute(1), queueId: world.queueIds[0], ownerId: world.agentIds[0]! })
    const folded = await openContactOf(db, world, b, { at: minute(2), queueId: world.queueIds[0], entries: ['messages'], unanswered: true })
    const { mergeId } = await merge(a, b)
    await undoMerge(context(minute(400)), supervisor, { mergeId, reason: null })
    expect(await db.one('select state from contact where id = $1', [folded.contactId])).toEqual({ state: 'waiting' })
    expect(await db.query('select rank_at as "rankAt", enqueued_at as "enqueuedAt" from queue_entry where contact_id = $1 and ended_at is null', [folded.contactId])).toEqual([{ rankAt: minute(2), enqueuedAt: minute(2) }])
  })
})

describe('sight', () => {
  test('an agent sees whom their team served or they own; another team finds nothing, not even by name, address or text', async () => {
    const { db } = database
    const person = await makePerson(db, { name: 'Zaphod Sichtbar' })
    await closedContactOf(db, person, world.queueIds[0], minute(1))
    await say(db, person.conversationId, { text: 'the infinitely improbable lamp' }, minute(5))
    const finds = async (viewer: Parameters<typeof findCustomers>[1]) => [
      await maySeeCustomer(db, viewer, person.customerId), (await findCustomers(db, viewer, { q: 'phod sicht' }, 10)).length, (await findCustomers(db, viewer, { identity: person.addresses[0]!.value.toUpperCase() }, 10)).length,
      (await findMessages(db, viewer, 'infinitely improb', 10)).length,
    ]
    expect(await finds(agent(0))).toEqual([true, 1, 1, 1])
    expect(await finds(supervisor)).toEqual([true, 1, 1, 1])
    expect(await finds(agent(2))).toEqual([false, 0, 0, 0])
    await openContactOf(db, world, person, { at: minute(9), queueId: world.queueIds[0], ownerId: world.agentIds[2]! })
    expect((await finds(agent(2)))[0]).toBe(true)
  })

  test('the text of a restricted contact is found by its team only', async () => {
    const { db } = database
    const person = await makePerson(db)
    await closedContactOf(db, person, world.queueIds[0], minute(1))
    const restricted = await closedContactOf(db, person, world.queueIds[2], minute(2), 0)
    await say(db, person.conversationId, { contactId: restricted, text: 'a whistleblower whispers' }, minute(5))
    expect(await maySeeCustomer(db, agent(0), person.customerId)).toBe(true)
    expect(await findMessages(db, agent(0), 'whistleblower', 10)).toEqual([])
    expect(await findMessages(db, agent(2), 'whistleblower', 10)).toHaveLength(1)
  })

  test('a suggestion is shown to whom both customers are shown, and nobody else may decide it', async () => {
    const { db } = database
    const [mine, theirs] = [await makePerson(db), await makePerson(db, { address: visitor() })]
    await closedContactOf(db, mine, world.queueIds[0], minute(1))
    await closedContactOf(db, theirs, world.queueIds[1], minute(1))
    await claim(theirs, mine.addresses[0]!.value)
    const [id] = await suggest(theirs)
    expect((await openSuggestionViews(db, agent(0))).map((one) => one.id)).not.toContain(id)
    await expect(acceptSuggestion(context(), agent(0), { suggestionId: id! })).rejects.toMatchObject({ status: 404 })
    await expect(mergeCustomers(context(), agent(0), { survivorId: mine.customerId, foldedId: theirs.customerId })).rejects.toMatchObject({ status: 404 })
    await db.execute('insert into team_member (team_id, agent_id) values ($1, $2)', [world.teamIds[1], world.agentIds[1]])
    expect((await openSuggestionViews(db, agent(1))).map((one) => one.id)).toContain(id)
    await db.execute('delete from team_member where team_id = $1 and agent_id = $2', [world.teamIds[1], world.agentIds[1]])
  })
})

test('a provider\'s word on a message comes after the merge that moved it', async () => {
  const { db } = database
  const [a, b] = [await makePerson(db), await makePerson(db)]
  const messageId = await say(db, b.conversationId, { direction: 'outbound', identityId: b.identityIds[0]! }, minute(5))
  const row = await db.one<{ id: string }>(
    `insert into outbound (id, lane, kind, channel, account_id, conversation_id, message_id, address, state, external_id, next_attempt_at, created_at)
     values (gen_random_uuid(), $1 || ':email', 'message', 'email', $2, $3, $4, 'x@example.com', 'sending', 'provider-1', $5, $5) returning id`, [b.conversationId, world.accountIds.email, b.conversationId, messageId, minute(5)])
  await merge(a, b)
  await db.tx((tx) => advance(tx, { id: row.id, messageId, invitationId: null }, 'delivered', null, minute(301), new Effects()))
  expect(await db.one('select status, conversation_id as "conversationId" from message where id = $1', [messageId])).toEqual({ status: 'delivered', conversationId: a.conversationId })
  expect(await db.one('select state, lane from outbound where id = $1', [row.id])).toEqual({ state: 'delivered', lane: `${a.conversationId}:email` })
})

test('two people who edit a customer at once: the second is told', async () => {
  const person = await makePerson(database.db)
  const change = (name: string) => updateCustomer(context(), supervisor, { customerId: person.customerId, version: 1, change: { name, company: 'Lamp House' } })
  await change('Mei')
  await expect(change('May')).rejects.toMatchObject({ code: 'customer.changed', status: 409, facts: { version: 2 } })
  expect(await customerViews(database.db, [person.customerId])).toMatchObject([{ name: 'Mei', company: 'Lamp House', version: 2 }])
})

test('a second address is searched by its digits however it is written', async () => {
  const person = await makePerson(database.db)
  const phone = freshPhone()
  await addAddress(database.db, person, phone)
  const written = `${phone.value.slice(0, 5)} / ${phone.value.slice(5, 9)}-${phone.value.slice(9)}`
  expect(await findCustomers(database.db, supervisor, { q: written }, 10)).toEqual([person.customerId])
  expect(await findCustomers(database.db, supervisor, { identity: `whatsapp:${phone.value}` }, 10)).toEqual([person.customerId])
})
