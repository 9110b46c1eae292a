/** Presence and load of agents, and what becomes of their work when they are gone, on a running hub. One hub for all: starting it is what takes the time. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { emptyInbox, listOf, type InboxState } from '#contract/inbox-state.ts'
import type { ContactView } from '#contract/views.ts'
import { agentAway, agentSeen, renewLeases } from '#server/features/agents/agents.usecases.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { answer, arrive, type Work } from '../support/work.ts'

let hub: TestHub
let robin: Staff
let lena: Staff
beforeAll(async () => {
  hub = await startTestHub({ simulator: false })
  ;[robin, lena] = await Promise.all([hub.signIn('robin'), hub.signIn('lena')])
})
afterAll(() => hub.stop())
afterEach(async () => {
  for (const { id } of (await robin.must('GET', '/contacts?list=all')).items) await robin.must('POST', `/contacts/${id}/spam`)
  await lena.call('POST', '/presence', { presence: 'offline' })
  await hub.db.execute('update agent_state set away_at = null')
  await hub.db.execute('delete from presence_interval')
  await hub.db.execute('delete from load_interval')
  await hub.quiet()
})

const presence = (wish: object) => lena.must('POST', '/presence', wish)
const read = (work: Work) => robin.must('GET', `/contacts/${work.contactId}`)
const intervals = () => hub.db.query(`select presence, reason, draining, ended_at is null as open from presence_interval where agent_id = $1 order by started_at, id`, [lena.id])
const loads = () => hub.db.query(`select load, ended_at is null as open from load_interval where agent_id = $1 order by started_at, id`, [lena.id])
const state = () => hub.db.one('select presence, reason, draining, load from agent_state where agent_id = $1', [lena.id])

async function owned(): Promise<Work> {
  await presence({ presence: 'available' })
  const work = await arrive(hub)
  await hub.quiet()
  await lena.must('POST', `/contacts/${work.contactId}/accept`)
  await hub.quiet()
  return work
}

test('what an agent chose and what they did are kept as intervals, apart', async () => {
  const work = await owned()
  await presence({ presence: 'break', reason: 'lunch' })
  expect(await state()).toEqual({ presence: 'break', reason: 'lunch', draining: true, load: 'on-contact' })
  await lena.must('POST', `/contacts/${work.contactId}/close`, { dispositionId: (await robin.must('GET', '/dispositions')).items[0].id, settle: true })
  expect(await state()).toEqual({ presence: 'break', reason: 'lunch', draining: false, load: 'idle' })
  expect(await intervals()).toEqual([
    { presence: 'available', reason: null, draining: false, open: false }, { presence: 'break', reason: 'lunch', draining: true, open: false }, { presence: 'break', reason: 'lunch', draining: false, open: true },
  ])
  expect(await loads()).toEqual([{ load: 'on-contact', open: false }, { load: 'idle', open: true }])
  // One interval ends where the next begins.
  expect(await hub.db.query(`select 1 from presence_interval a where a.ended_at is not null and not exists (select 1 from presence_interval b where b.agent_id = a.agent_id and b.started_at = a.ended_at)`)).toEqual([])
})

test('a missed offer makes a break of it, which with work in hand begins as draining', async () => {
  const work = await owned()
  const other = await arrive(hub)
  await hub.quiet()
  await hub.db.execute('update offer set expires_at = offered_at where contact_id = $1 and ended_at is null', [other.contactId])
  await hub.runTimers()
  expect(await state()).toEqual({ presence: 'break', reason: 'missed', draining: true, load: 'on-contact' })
  expect(await hub.db.one('select missed_offers as n from agent_state where agent_id = $1', [lena.id])).toEqual({ n: 1 })
  expect(await read(other)).toMatchObject({ state: 'waiting' })
  await lena.must('POST', `/contacts/${work.contactId}/spam`)
  expect(await state()).toMatchObject({ presence: 'break', reason: 'missed', draining: false })
})

test('whoever takes a break, leaves or is gone is asked no longer: the offer is withdrawn at once and its contact keeps its place', async () => {
  const leaves = [
    () => presence({ presence: 'break', reason: 'lunch' }),
    () => presence({ presence: 'offline' }),
    // The server died between the break and taking back what was offered: the same break, chosen once more, does it.
    async () => {
      await hub.db.execute(`update agent_state set presence = 'break', reason = 'lunch' where agent_id = $1`, [lena.id])
      await presence({ presence: 'break', reason: 'lunch' })
    },
    async () => {
      await agentAway(hub.context, lena.id)
      await hub.db.execute(`update agent_state set away_at = away_at - interval '30 seconds' where agent_id = $1`, [lena.id])
      await hub.runTimers()
    },
  ]
  for (const leave of leaves) {
    await presence({ presence: 'available' })
    const work = await arrive(hub)
    await hub.quiet()
    expect(await read(work)).toMatchObject({ state: 'offered' })
    await leave()
    await hub.quiet()
    expect(await read(work)).toMatchObject({ state: 'waiting' })
    expect(await hub.db.query('select result, reason from offer where contact_id = $1', [work.contactId])).toEqual([{ result: 'withdrawn', reason: 'agent-absent' }])
    await presence({ presence: 'available' })
    await hub.quiet()
    expect(await read(work)).toMatchObject({ state: 'offered' }) // nobody has refused it
    await robin.must('POST', `/contacts/${work.contactId}/spam`)
  }
})

test('a console that comes back within the grace time changes nothing', async () => {
  await owned()
  await agentAway(hub.context, lena.id)
  await hub.runTimers()
  expect(await state()).toMatchObject({ presence: 'available' })
  await agentSeen(hub.context, lena.id)
  await hub.runTimers()
  expect(await state()).toMatchObject({ presence: 'available', load: 'on-contact' })
})

test('an agent whose console died with its server is away, and gone after the grace time', async () => {
  await owned()
  await agentSeen(hub.context, lena.id)
  const lateBy = (ms: number) => hub.db.execute(`update agent_state set lease_until = now() - make_interval(secs => $2) where agent_id = $1`, [lena.id, ms / 1000])
  await lateBy(0)
  await renewLeases(hub.context, [lena.id])
  await hub.sweep()
  expect(await hub.db.one('select away_at as "awayAt" from agent_state where agent_id = $1', [lena.id])).toEqual({ awayAt: null })
  await lateBy(600_000)
  await hub.sweep()
  // However long nobody looked: consoles have the whole grace time to come back.
  expect(await state()).toMatchObject({ presence: 'available' })
  expect(await hub.db.one('select away_at is not null as away, lease_until as lease from agent_state where agent_id = $1', [lena.id])).toEqual({ away: true, lease: null })
  await hub.db.execute(`update agent_state set away_at = away_at - interval '30 seconds' where agent_id = $1`, [lena.id])
  await hub.runTimers()
  expect(await state()).toMatchObject({ presence: 'offline' })
})

test('gone past the grace time, an agent is offline; texts go back after a while, a live chat at once, mail never', async () => {
  const [text, chat, mail] = [await owned(), await owned(), await owned()]
  await hub.db.execute(`update contact set channel = 'webchat' where id = $1`, [chat.contactId])
  await hub.db.execute(`update contact set channel = 'email' where id = $1`, [mail.contactId])
  await agentAway(hub.context, lena.id)
  await hub.db.execute(`update agent_state set away_at = away_at - interval '30 seconds' where agent_id = $1`, [lena.id])
  await hub.runTimers()
  expect(await state()).toMatchObject({ presence: 'offline' })
  expect((await intervals()).at(-1)).toEqual({ presence: 'offline', reason: null, draining: false, open: true })
  expect(await read(chat)).toMatchObject({ state: 'waiting', ownerId: null })
  expect(await read(text)).toMatchObject({ state: 'active', ownerId: lena.id })
  await hub.db.execute(`update agent_state set since = since - interval '10 minutes' where agent_id = $1`, [lena.id])
  await hub.runTimers()
  expect(await read(text)).toMatchObject({ state: 'waiting', ownerId: null })
  expect(await read(mail)).toMatchObject({ state: 'active', ownerId: lena.id })
})

test('who wraps up may be done before the limit; nobody else', async () => {
  const work = await owned()
  await answer(lena, work, 'It is on its way.', 'lena-wraps-up')
  await hub.db.execute(`update assignment set released_at = accepted_at, wrap_up_until = now() + interval '1 minute' where contact_id = $1`, [work.contactId])
  await hub.db.execute(`update contact set state = 'wrap-up', owner_id = null, wrap_up_until = now() + interval '1 minute' where id = $1`, [work.contactId])
  const wei = await hub.signIn('wei')
  const mine = async (staff: Staff) => {
    const { items } = await staff.must('GET', '/contacts?list=mine')
    const held: InboxState = { ...emptyInbox, meId: staff.id, contacts: { [work.contactId]: await read(work) } }
    return [items.map(({ id, wrapUpBy }: ContactView) => ({ id, wrapUpBy })), listOf(held, 'mine').map(({ id, wrapUpBy }) => ({ id, wrapUpBy }))]
  }
  const wrapped = [{ id: work.contactId, wrapUpBy: lena.id }]
  expect(await mine(lena)).toEqual([wrapped, wrapped])
  expect(await mine(wei)).toEqual([[], []])
  expect(await wei.call('POST', `/contacts/${work.contactId}/wrap-up-done`)).toMatchObject({ status: 409, code: 'contact.not-owner' })
  await lena.must('POST', `/contacts/${work.contactId}/wrap-up-done`)
  expect(await read(work)).toMatchObject({ state: 'closed', outcome: 'handled', wrapUpBy: null })
  expect(await mine(lena)).toEqual([[], []])
  expect(await hub.db.one('select ended_at is not null as ended from assignment where contact_id = $1', [work.contactId])).toEqual({ ended: true })
  expect(await lena.call('POST', `/contacts/${work.contactId}/wrap-up-done`)).toMatchObject({ status: 409, code: 'contact.not-active' })
})

test('the board is counted though reports take every connection there is for them', async () => {
  const over = Promise.withResolvers<void>()
  const begun = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const reports = begun.map((one) => hub.context.db.long.tx(async () => { one.resolve(); await over.promise }))
  await Promise.all(begun.map(({ promise }) => promise))
  const board = await robin.must('GET', '/board').finally(over.resolve)
  expect(board).toMatchObject({ lines: expect.any(Array) })
  await Promise.all(reports)
})
