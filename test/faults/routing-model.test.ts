/**
 * Routing on a real hub under everything at once: agents come, go, crash, decline, hand over, ask for help; texts, chats and calls come,
 * are talked on, leave, hang up, merge, move; two of these in the same moment; the job that routes comes late, twice, or dies half-way. After each step the promises hold;
 * at the end everybody is served. `npm run test:long -- routing-model --seed n --count m`; a failing story prints its seed. Starting the
 * hub is what takes the time.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Context } from '#server/context.ts'
import { matchQueues } from '#server/domain/routing.ts'
import { sweepAway } from '#server/features/agents/agents.usecases.ts'
import { route } from '#server/features/routing/routing.usecases.ts'
import { loadAgents, loadLine, loadQueues, withMemberships } from '#server/features/routing/routing.store.ts'
import { jobHandlers } from '#workers/handlers.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { newNumber, twilioText } from '../support/factories.ts'
import { expectInvariants } from '../support/invariants.ts'
import { countOr, isLong, seed } from '../support/long.ts'
import { Customers, expectCallsInOrder } from './support/routing-world.ts'

const minuteMs = 60_000
const roundsMax = 15

const anyAct = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('texts' as const), customer: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('calls' as const), customer: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('chats', 'leaves-chat'), customer: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hangs-up' as const), customer: fc.nat(5) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('answers', 'answers', 'answers', 'answers', 'rings-out', 'agent-hangs-up'), customer: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('asks', 'asks', 'asks-queue', 'holds'), agent: fc.nat(2), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('helper-answers', 'helper-answers', 'helper-hangs-up') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('talks', 'talks', 'gets-help'), customer: fc.nat(5), agent: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('helps-no-more' as const), agent: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('accepts', 'accepts', 'accepts', 'accepts', 'declines', 'misses'), agent: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takes' as const), agent: fc.nat(2), customer: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('closes', 'transfers', 'moves', 'returns', 'pends'), agent: fc.nat(2), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('comes', 'comes', 'breaks', 'leaves', 'crashes'), agent: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('is-given' as const), agent: fc.nat(2), customer: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), customer: fc.nat(5), into: fc.nat(5) }) },
)
type Act = typeof anyAct extends fc.Arbitrary<infer A> ? A : never
const anyStep = fc.record({ acts: fc.array(anyAct, { minLength: 1, maxLength: 3 }), job: fc.constantFrom('once', 'once', 'twice', 'late', 'dies', 'an-hour-ahead') })

let hub: TestHub
let sam: Staff
let agents: Staff[]
let queueIds: string[]
let dispositionId: string
let customers: Customers

beforeAll(async () => {
  hub = await startTestHub({ simulator: false, works: false })
  customers = new Customers(hub)
  sam = await hub.signIn('sam')
  agents = await Promise.all([hub.signIn('lena'), hub.signIn('jonas'), hub.signIn('wei')])
  const queues: { id: string; name: string }[] = (await sam.must('GET', '/queues')).items
  queueIds = ['Service', 'Sales', 'Repairs'].map((name) => queues.find((queue) => queue.name === name)!.id)
  dispositionId = (await hub.db.one<{ id: string }>('select id from disposition where not complaint order by position limit 1')).id
  // Repairs has hours; here it is always open, or a story would have to wait for the morning.
  await hub.db.execute('update queue set calendar_id = null')
})
afterAll(() => hub.stop())

/** Does one thing as its person would, over HTTP. Being refused is an answer; failing is not. */
async function act(one: Act): Promise<void> {
  const staff = 'agent' in one ? ((await busyWith(one)) ?? agents[one.agent]!) : sam
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await staff.call(method, path, body)
    expect(answer.status, `${one.do}: ${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(500)
  }
  const offer = () => hub.db.maybe<{ id: string }>('select id from offer where agent_id = $1 and ended_at is null order by offered_at limit 1', [staff.id])
  // What is talked about first: there is most to do about it.
  const own = () => hub.db.maybe<{ id: string }>(
    `select id from contact c where owner_id = $1 and state = 'active' order by exists (select 1 from session s where s.contact_id = c.id and s.state = 'bridged' and s.ended_at is null) desc, opened_at limit 1`, [staff.id])
  switch (one.do) {
    case 'texts':
      await twilioText(hub.config, { from: customers.numberOf(one.customer), text: 'Hello' })
      return
    case 'chats': return customers.chat(one.customer)
    case 'leaves-chat': return customers.leaveChat(one.customer)
    case 'calls': return customers.call(one.customer)
    case 'hangs-up': return customers.hangUp(one.customer)
    case 'answers':
    case 'rings-out': return customers.agentTelephone(one.customer, one.do)
    case 'agent-hangs-up': return customers.agentTelephone(one.customer, 'hangs-up')
    case 'helper-answers': return customers.helperTelephones('answer')
    case 'helper-hangs-up': return customers.helperTelephones('hang-up')
    case 'asks':
    case 'asks-queue':
    case 'holds': {
      const contact = await own()
      if (!contact) return
      if (one.do === 'holds') return call('POST', `/contacts/${contact.id}/hold`, { onHold: one.to > 0 })
      return call('POST', `/contacts/${contact.id}/consult`, one.do === 'asks' ? { agentId: agents[one.to]!.id } : { queueId: queueIds[one.to]! })
    }
    // By chance alone a call seldom comes so far: these go all the way, whatever happens beside them.
    case 'talks':
      await customers.call(one.customer)
      await jobHandlers(hub.context).route('all')
      await acceptFirst(`kind = 'contact' and channel = 'voice'`)
      return customers.agentTelephone(0, 'answers')
    case 'gets-help': {
      const talk = await hub.db.maybe<{ id: string; agentId: string }>(
        `select s.contact_id as id, s.agent_id as "agentId" from session s join contact c on c.id = s.contact_id and c.owner_id = s.agent_id where s.state = 'bridged' and s.ended_at is null order by s.started_at limit 1`)
      const owner = agents.find(({ id }) => id === talk?.agentId)
      const helper = owner === staff ? agents.find((other) => other !== owner) : staff
      if (!talk || !owner || !helper) return
      expect((await owner.call('POST', `/contacts/${talk.id}/consult`, { agentId: helper.id })).status).toBeLessThan(500)
      await acceptFirst(`kind = 'consult'`)
      return customers.helperTelephones('answer')
    }
    case 'helps-no-more': {
      const helps = await hub.db.maybe<{ id: string }>('select o.contact_id as id from consult k join offer o on o.id = k.offer_id where k.agent_id = $1 and k.left_at is null limit 1', [staff.id])
      if (helps) await call('POST', `/contacts/${helps.id}/leave-consult`, {})
      return
    }
    case 'accepts':
    case 'declines': {
      const open = await offer()
      if (open) await call('POST', `/offers/${open.id}/${one.do === 'accepts' ? 'accept' : 'decline'}`, one.do === 'accepts' ? undefined : { reason: 'busy' })
      return
    }
    case 'misses':
      await hub.db.execute('update offer set expires_at = offered_at where agent_id = $1 and ended_at is null', [staff.id])
      return hub.runTimers()
    case 'takes':
    case 'is-given': {
      const contact = await contactOf(one.customer)
      if (!contact) return
      if (one.do === 'takes') return call('POST', `/contacts/${contact.id}/accept`)
      expect((await sam.call('POST', `/contacts/${contact.id}/assign`, { agentId: staff.id, override: true })).status).toBeLessThan(500)
      return
    }
    case 'closes':
    case 'transfers':
    case 'moves':
    case 'returns':
    case 'pends': {
      const contact = await own()
      if (!contact) return
      if (one.do === 'closes') return call('POST', `/contacts/${contact.id}/close`, { dispositionId, settle: true })
      if (one.do === 'returns') return call('POST', `/contacts/${contact.id}/return`, {})
      if (one.do === 'pends') {
        await call('POST', `/contacts/${contact.id}/settle`)
        return call('POST', `/contacts/${contact.id}/pend`)
      }
      return call('POST', `/contacts/${contact.id}/transfer`, one.do === 'transfers' ? { agentId: agents[one.to]!.id } : { queueId: queueIds[one.to]! })
    }
    case 'comes': return call('POST', '/presence', { presence: 'available' })
    case 'breaks': return call('POST', '/presence', { presence: 'break', reason: 'lunch' })
    case 'leaves': return call('POST', '/presence', { presence: 'offline' })
    case 'crashes':
      await hub.db.execute(`update agent_state set away_at = clock_timestamp() - interval '1 hour' where agent_id = $1`, [staff.id])
      await sweepAway(hub.context)
      return
    case 'merge': {
      const ids = await Promise.all([one.customer, one.into].map(async (customer) => (await hub.db.maybe<{ id: string }>('select customer_id as id from identity where value = $1', [customers.numberOf(customer)]))?.id))
      if (ids[0] && ids[1] && ids[0] !== ids[1]) expect((await sam.call('POST', '/merges', { survivorId: ids[0], foldedId: ids[1] })).status).toBeLessThan(500)
    }
  }
}

async function acceptFirst(which: string): Promise<void> {
  const offer = await hub.db.maybe<{ id: string; agentId: string }>(`select id, agent_id as "agentId" from offer where ended_at is null and ${which} order by offered_at limit 1`)
  if (offer) expect((await agents.find(({ id }) => id === offer.agentId)?.call('POST', `/offers/${offer.id}/accept`))?.status ?? 204).toBeLessThan(500)
}

/** Calls are short: now and then it is whoever is asked for one, or talks, that does something. */
async function busyWith(one: Act): Promise<Staff | undefined> {
  const sql = one.do === 'accepts' ? `select agent_id as id from offer where ended_at is null order by channel = 'voice' desc, offered_at limit 1`
    : one.do === 'asks' || one.do === 'asks-queue' || one.do === 'holds' ? `select agent_id as id from session where state = 'bridged' and contact_id is not null and ended_at is null order by started_at limit 1` : null
  const found = sql ? await hub.db.maybe<{ id: string }>(sql) : undefined
  return agents.find(({ id }) => id === found?.id)
}

async function contactOf(customer: number): Promise<{ id: string } | undefined> {
  return hub.db.maybe<{ id: string }>(
    `select c.id from identity i join conversation co on co.customer_id = i.customer_id join contact c on c.conversation_id = co.id and c.state <> 'closed' where i.value = $1 order by c.opened_at limit 1`, [customers.numberOf(customer)])
}

/** The job that routes, as it may come. */
async function job(how: 'once' | 'twice' | 'late' | 'dies' | 'an-hour-ahead'): Promise<void> {
  const run = () => jobHandlers(hub.context).route('all')
  if (how === 'late') return
  if (how === 'twice') await Promise.all([run(), run()])
  else if (how === 'dies') await jobHandlers(dyingAfter(1)).route('all').catch((error: unknown) => expect(String(error)).toContain('the worker died'))
  // A server whose clock stands wrong.
  else if (how === 'an-hour-ahead') await route({ ...hub.context, clock: { now: () => new Date(hub.context.clock.now().getTime() + 60 * minuteMs) } })
  await run()
  await run()
}

/** A worker that dies in the middle of a transaction, after so many have been committed. */
function dyingAfter(commits: number): Context {
  let left = commits
  const { db } = hub.context
  const tx: Context['db']['tx'] = (run, ...rest) => db.tx(async (inside) => {
    const value = await run(inside)
    if (left-- <= 0) throw new Error('the worker died')
    return value
  }, ...rest)
  return { ...hub.context, db: new Proxy(db, { get: (target, key) => (key === 'tx' ? tx : Reflect.get(target, key) as unknown) }) }
}

/** Nobody waits whom somebody free could have. */
async function expectNothingStuck(): Promise<void> {
  const now = hub.context.clock.now()
  const [line, queues, everybody] = await Promise.all([loadLine(hub.db, now), loadQueues(hub.db), loadAgents(hub.db, false)])
  const owned = new Set((await hub.db.query<{ id: string }>(`select id from contact where owner_id is not null and state <> 'closed'`)).map((row) => row.id))
  const plan = matchQueues(line.filter((entry) => !owned.has(entry.contactId)), withMemberships(everybody, queues), queues, now)
  expect(plan.filter((match) => match.kind === 'offer').map((match) => ({ entry: match.entry.id, to: match.agentId })), 'could be offered and is not').toEqual([])
}

/** Whoever goes back into the line stands where they stood: no open entry is ranked behind the one before it. (Moved, even into its own queue, a contact begins anew, and so does who calls again after they gave up; what begins in that same millisecond has no place to keep.) */
async function expectPlacesKept(): Promise<void> {
  expect(await hub.db.query(
    `select e.id from queue_entry e where e.ended_at is null and exists (
       select 1 from assignment a where a.contact_id = e.contact_id and a.end_reason in ('returned', 'owner-gone', 'owner-retired', 'no-room') and a.released_at = e.enqueued_at)
       and not exists (select 1 from session s where s.contact_id = e.contact_id and s.kind = e.demand and s.started_at = e.enqueued_at)
       and not (e.demand = 'messages' and exists (select 1 from message m where m.contact_id = e.contact_id and m.direction = 'inbound' and m.at between e.enqueued_at and e.enqueued_at + interval '2 ms'))
       and e.rank_at > (select f.rank_at from queue_entry f where f.contact_id = e.contact_id and f.queue_id = e.queue_id and f.demand = e.demand and f.ended_at is not null and f.result <> 'abandoned' order by f.enqueued_at desc limit 1)`), 'a place in the line was lost').toEqual([])
}

/** Everybody is there and works: in the end nobody waits. */
async function serveEverybody(): Promise<void> {
  await customers.hangUpAll()
  await customers.leaveAllChats()
  const refusals = new Map<string, string>()
  for (let round = 0; round < roundsMax; round++) {
    for (const staff of agents) await staff.must('POST', '/presence', { presence: 'available' })
    // A minute passes for who refused, an hour for what was offered.
    await hub.db.execute(`update offer set ended_at = ended_at - interval '2 minutes' where result in ('declined', 'timed-out')`)
    await job('once')
    for (const { id, agentId } of await hub.db.query<{ id: string; agentId: string }>('select id, agent_id as "agentId" from offer where ended_at is null')) {
      await agents.find((staff) => staff.id === agentId)?.call('POST', `/offers/${id}/accept`)
    }
    for (const { id, ownerId } of await hub.db.query<{ id: string; ownerId: string }>(`select id, owner_id as "ownerId" from contact where owner_id is not null and state <> 'closed'`)) {
      const owner = agents.find((staff) => staff.id === ownerId)
      expect((await owner?.call('POST', `/contacts/${id}/resume`))?.status).toBeLessThan(500)
      const closed = await owner?.call('POST', `/contacts/${id}/close`, { dispositionId, settle: true })
      expect(closed?.status).toBeLessThan(500)
      if (closed?.code) refusals.set(id, closed.code + JSON.stringify(closed.body))
    }
    await hub.db.execute(`update contact set wrap_up_until = clock_timestamp() - interval '1 second' where state = 'wrap-up'`)
    await hub.db.execute(`update assignment set wrap_up_until = clock_timestamp() - interval '1 second' where ended_at is null and wrap_up_until is not null`)
    await hub.runTimers()
    const open = await hub.db.query<{ id: string }>(`select id, state, owner_id, queue_id, channel from contact where state <> 'closed'`)
    if (open.length === 0) return
    if (round === roundsMax - 1) expect(open.map((contact) => ({ ...contact, refusal: refusals.get(contact.id) })), 'never served').toEqual([])
  }
}

test('one owner, capacity kept, nothing stuck, places kept', { timeout: isLong ? 3_600_000 : 60_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyStep, isLong ? { minLength: 8, maxLength: 40, size: 'max' } : { minLength: 8, maxLength: 16 }), async (story) => {
    customers.renew()
    for (const staff of agents.slice(0, 2)) await staff.call('POST', '/presence', { presence: 'available' })
    for (const step of story) {
      await Promise.all(step.acts.map(act))
      await job(step.job)
      if (step.job !== 'late') await expectNothingStuck()
      await expectInvariants(hub.db)
      await expectCallsInOrder(hub)
      await expectPlacesKept()
    }
    await serveEverybody()
    await expectInvariants(hub.db)
  }), { numRuns: countOr(3), seed, endOnFailure: true })
})

test('a customer merged while they are offered is offered once more, as one', async () => {
  const { lena, contacts } = await offeredTwice()
  const [first, second] = await Promise.all(contacts.map(({ id }) => hub.db.one<{ customerId: string }>('select co.customer_id as "customerId" from contact c join conversation co on co.id = c.conversation_id where c.id = $1', [id])))
  await Promise.all([sam.must('POST', '/merges', { survivorId: first!.customerId, foldedId: second!.customerId }), lena.call('POST', `/offers/${contacts[0]!.offerId}/accept`)])
  await job('once')
  await expectInvariants(hub.db)
  await expectNothingStuck()
  expect(await hub.db.query(`select state from contact where id = any($1::uuid[]) and state in ('waiting', 'arriving')`, [contacts.map(({ id }) => id)])).toEqual([])
  await serveEverybody()
})

test('who talks with one of two customers that are merged holds what a call costs', async () => {
  const [lena] = agents
  customers.renew()
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  const offered = async (): Promise<string> => {
    await jobHandlers(hub.context).route('all')
    return (await hub.db.one<{ id: string }>('select id from offer where ended_at is null')).id
  }
  const customerOf = async (where: string): Promise<string> => (await hub.db.one<{ id: string }>(`select co.customer_id as id from contact c join conversation co on co.id = c.conversation_id where c.state <> 'closed' and ${where}`)).id
  // A chat that nobody has taken yet, and texts, of one customer: its contact is the earlier, and has a session.
  await customers.chat(0)
  await lena!.must('POST', `/offers/${await offered()}/decline`, { reason: 'busy' })
  const chats = await customerOf(`c.channel = 'webchat'`)
  await twilioText(hub.config, { from: customers.numberOf(1), text: 'Hello' })
  await lena!.must('POST', `/offers/${await offered()}/accept`)
  const texts = await customerOf(`c.channel = 'sms'`)
  await sam.must('POST', '/merges', { survivorId: texts, foldedId: chats })
  await customers.call(2)
  await lena!.must('POST', `/offers/${await offered()}/accept`)
  await customers.agentTelephone(0, 'answers')
  await sam.must('POST', '/merges', { survivorId: texts, foldedId: await customerOf(`c.channel = 'voice'`) })
  expect(await hub.db.query('select live_units as live, deferred_units as deferred from assignment where agent_id = $1 and released_at is null', [lena!.id])).toEqual([{ live: 100, deferred: 0 }])
  await expectCallsInOrder(hub)
  await expectInvariants(hub.db)
  await serveEverybody()
})

test('who helped, and gets the contact when it came back while its owner wrapped up, helps no longer', async () => {
  const [lena, jonas] = agents
  customers.renew()
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  const accepts = async (staff: Staff, kind: string): Promise<string> => {
    await jobHandlers(hub.context).route('all')
    const offer = await hub.db.one<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where ended_at is null and agent_id = $1 and kind = $2', [staff.id, kind])
    await staff.must('POST', `/offers/${offer.id}/accept`)
    return offer.contactId
  }
  await customers.call(0)
  const contactId = await accepts(lena!, 'contact')
  await jonas!.must('POST', '/presence', { presence: 'available' })
  await lena!.must('POST', `/contacts/${contactId}/consult`, { agentId: jonas!.id })
  await accepts(jonas!, 'consult')
  await customers.agentTelephone(0, 'answers')
  await customers.hangUp(0)
  expect(await contactOf(0)).toEqual({ id: contactId })
  await lena!.must('POST', '/presence', { presence: 'break', reason: 'lunch' })
  await twilioText(hub.config, { from: customers.numberOf(0), text: 'One more thing' })
  expect(await accepts(jonas!, 'contact')).toBe(contactId)
  await expectCallsInOrder(hub)
  await serveEverybody()
})

test('of two callers who are one customer the second waits until who talks with the first is free, also when a supervisor gives them the contact', async () => {
  const [lena] = agents
  customers.renew()
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  for (const customer of [0, 1]) await twilioText(hub.config, { from: customers.numberOf(customer), text: 'Please call me' })
  const [first, second] = await Promise.all([0, 1].map((customer) => hub.db.one<{ id: string }>('select customer_id as id from identity where value = $1', [customers.numberOf(customer)])))
  await sam.must('POST', '/merges', { survivorId: first!.id, foldedId: second!.id })
  await customers.call(0)
  await jobHandlers(hub.context).route('all')
  await acceptFirst(`channel = 'voice'`)
  await customers.agentTelephone(0, 'answers')
  // Handed to a queue the caller stays with them until somebody there takes over; meanwhile the same customer calls from another number.
  const contact = await contactOf(0)
  await lena!.must('POST', `/contacts/${contact!.id}/transfer`, { queueId: queueIds[1] })
  await customers.call(1)
  await sam.must('POST', `/contacts/${contact!.id}/assign`, { agentId: lena!.id, override: true })
  await expectCallsInOrder(hub)
  const rung = () => hub.db.query(`select external_id from session where kind = 'call' and state = 'connecting' and agent_id = $1 and ended_at is null`, [lena!.id])
  expect(await rung()).toEqual([])
  await customers.hangUp(0)
  await job('once')
  await acceptFirst(`channel = 'voice'`)
  expect(await rung()).toHaveLength(1)
  await serveEverybody()
})

test('messages that stay with who accepted them with a call, when the call comes to nothing, go over the limit and are kept as that', async () => {
  const [lena] = agents
  customers.renew()
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  await hub.db.execute('update agent set deferred_units = 25 where id = $1', [lena!.id])
  const accepts = async (): Promise<void> => {
    await jobHandlers(hub.context).route('all')
    await acceptFirst(`kind = 'contact'`)
  }
  await twilioText(hub.config, { from: customers.numberOf(0), text: 'Hello' })
  await accepts()
  await twilioText(hub.config, { from: customers.numberOf(1), text: 'I will call' })
  await customers.call(1)
  await accepts()
  await customers.agentTelephone(0, 'rings-out')
  const held = () => hub.db.query('select deferred_units as units, override from assignment where agent_id = $1 and ended_at is null order by accepted_at', [lena!.id])
  expect(await held()).toEqual([{ units: 25, override: false }, { units: 25, override: true }])
  await expectInvariants(hub.db)
  await hub.db.execute('update agent set deferred_units = 100 where id = $1', [lena!.id])
  await serveEverybody()
})

test('a colleague with no room is not offered a transfer; what is taken up again over the limit is kept as that', async () => {
  const { lena, contacts } = await offeredTwice()
  const [, jonas] = agents
  for (const { offerId } of contacts) await lena.must('POST', `/offers/${offerId}/accept`)
  await jonas!.must('POST', '/presence', { presence: 'available' })
  await hub.db.execute('update agent set deferred_units = 24 where id = $1', [jonas!.id])
  expect((await lena.call('POST', `/contacts/${contacts[0]!.id}/transfer`, { agentId: jonas!.id })).code).toBe('agent.full')
  await hub.db.execute('update agent set deferred_units = 100 where id = $1', [jonas!.id])
  await lena.must('POST', `/contacts/${contacts[0]!.id}/settle`)
  await lena.must('POST', `/contacts/${contacts[0]!.id}/pend`)
  await hub.db.execute('update agent set deferred_units = 25 where id = $1', [lena.id])
  await lena.must('POST', `/contacts/${contacts[0]!.id}/resume`)
  await expectInvariants(hub.db)
  await hub.db.execute('update agent set deferred_units = 100 where id = $1', [lena.id])
  await serveEverybody()
})

test('work by messages makes nobody less idle; the fifth refusal of one contact is told to who watches, once', async () => {
  const lena = agents[0]!
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  const idleSince = () => hub.db.one('select idle_since from agent_state where agent_id = $1', [lena.id])
  const before = await idleSince()
  await twilioText(hub.config, { from: newNumber(), text: 'Nobody likes me' })
  const told = async (): Promise<object[]> => hub.db.query(`select facts->>'offers' as offers from notification where agent_id = $1 and kind = 'not-accepted'`, [sam.id])
  const soFar = (await told()).length
  for (let refusals = 1; refusals <= 6; refusals++) {
    await job('once')
    const { id } = await hub.db.one<{ id: string }>('select id from offer where agent_id = $1 and ended_at is null', [lena.id])
    await lena.must('POST', `/offers/${id}/decline`, { reason: 'busy' })
    // Another minute, and nobody else is left.
    await hub.db.execute(`update offer set ended_at = ended_at - interval '2 minutes' where id = $1`, [id])
    expect((await told()).slice(soFar), `after ${refusals}`).toEqual(refusals < 5 ? [] : [{ offers: '5' }])
  }
  await serveEverybody()
  expect(await idleSince()).toEqual(before)
})

test('of a line longer than what is read at once, its front keeps nobody else waiting', async () => {
  const lena = agents[0]!
  await lena.must('POST', '/presence', { presence: 'offline' })
  const [repairs, longAgo] = [queueIds[2], new Date(Date.now() - 60 * minuteMs)]
  await hub.db.execute(`with people as (insert into customer (id, created_at) select gen_random_uuid(), $2 from generate_series(1, 600) returning id),
    talks as (insert into conversation (id, customer_id, created_at) select gen_random_uuid(), id, $2 from people returning id),
    contacts as (insert into contact (id, conversation_id, queue_id, state, channel, opened_at, updated_at) select gen_random_uuid(), id, $1, 'waiting', 'sms', $2, $2 from talks returning id, conversation_id)
    insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at) select gen_random_uuid(), id, conversation_id, $1, 'messages', 'sms', $2, $2, $2 from contacts`, [repairs, longAgo])
  for (const staff of agents.slice(1)) await staff.call('POST', '/presence', { presence: 'offline' })
  await lena.must('POST', '/presence', { presence: 'available' })
  await twilioText(hub.config, { from: newNumber(), text: 'I am behind six hundred' })
  await job('once')
  expect(await hub.db.query('select agent_id from offer where ended_at is null')).toEqual([{ agent_id: lena.id }])
})

/** Two strangers who wrote, both offered to Lena. */
async function offeredTwice(): Promise<{ lena: Staff; contacts: { id: string; offerId: string }[] }> {
  const lena = agents[0]!
  for (const staff of agents) await staff.call('POST', '/presence', { presence: staff === lena ? 'available' : 'offline' })
  for (let i = 0; i < 2; i++) await twilioText(hub.config, { from: newNumber(), text: 'Hello' })
  await job('once')
  return { lena, contacts: await hub.db.query('select contact_id as id, id as "offerId" from offer where agent_id = $1 and ended_at is null order by offered_at', [lena.id]) }
}
