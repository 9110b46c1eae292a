/** R2, R4, R12, I1–I5: copies, orders and repetitions change nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessageStatus } from '#contract/words.ts'
import { statusRank } from '#server/domain/message-status.ts'
import { until } from '../support/deadline.ts'
import { newNumber, newSid, newWord, smtpMail, twilioStatus, twilioText } from '../support/factories.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { chance, countOr, isLong, type Chance } from '../support/long.ts'
import { VisitorViewer } from '../support/viewers.ts'

const rounds = countOr(3)
const copies = 20

let hub: TestHub
let lena: Staff

beforeAll(async () => {
  hub = await startTestHub()
  lena = await hub.signIn('lena')
})
afterAll(() => hub.stop())

const longTimeout = { timeout: isLong ? 1_200_000 : 30_000 }

/** They come in a little apart, so that some meet the first one's work at each of its steps. */
async function atOnce<T>(by: Chance, run: (i: number) => Promise<T>): Promise<T[]> {
  const stepsApart = by.shuffle(Array.from({ length: copies }, (_, i) => (i % 2 === 0 ? 0 : by.below(40))))
  return Promise.all(stepsApart.map(async (steps, i) => {
    for (let step = 0; step < steps; step++) await new Promise((resolve) => { setImmediate(resolve) })
    return run(i)
  }))
}

test('twenty copies at once are one: by SMS', longTimeout, async () => {
  const by = chance()
  for (let round = 0; round < rounds; round++) {
    const [sid, from] = [newSid(), newNumber()]
    const answers = await atOnce(by, () => twilioText(hub.door(), { from, text: 'once', sid }))
    expect(answers.map((answer) => answer.status)).toEqual(Array(copies).fill(200))
    expect(await hub.db.query('select 1 from message where external_id = $1', [sid])).toHaveLength(1)
    expect(await hub.db.query('select 1 from receipt where external_id = $1', [sid])).toHaveLength(1)
  }
  await hub.quiet()
  await expectInvariants(hub.db)
})

test('twenty different texts of one stranger at once are one customer with one contact', longTimeout, async () => {
  const by = chance()
  for (let round = 0; round < rounds; round++) {
    const from = newNumber()
    const answers = await atOnce(by, (i) => twilioText(hub.door(), { from, text: `word ${i}` }))
    expect(answers.map((answer) => answer.status)).toEqual(Array(copies).fill(200))
    expect(await hub.db.one(
      `select count(distinct co.id)::int as conversations, count(distinct c.id)::int as contacts, (select count(*)::int from message m where m.conversation_id = any(array_agg(co.id))) as messages
       from identity i join conversation co on co.customer_id = i.customer_id join contact c on c.conversation_id = co.id where i.value = $1`, [from])).toEqual({ conversations: 1, contacts: 1, messages: copies })
  }
  await hub.quiet()
  await expectInvariants(hub.db)
})

test('twenty copies at once are one: by mail', longTimeout, async () => {
  const [id, text] = [`${newSid('mail')}@example.org`, `once ${newWord()}`]
  await atOnce(chance(), () => smtpMail(hub.door(), { from: 'copies@example.org', subject: 'Once', text, messageId: id }))
  expect(await hub.db.query('select 1 from message where text = $1', [text])).toHaveLength(1)
})

test('a visitor who sends again without having heard the answer has said it once', longTimeout, async () => {
  const site = await hub.db.one<{ id: string }>(`select id from channel_account where channel = 'webchat'`)
  const visitor = await new VisitorViewer(hub.url, 'a visitor', { accountId: site.id }).start()
  const first = await visitor.say('Hello', 'hello-0001')
  visitor.stop()
  const again = await new VisitorViewer(hub.otherUrl, 'the same visitor', { accountId: site.id, token: visitor.token }).start()
  expect((await again.say('Hello', 'hello-0001')).id).toBe(first.id)
  expect(await hub.db.query('select 1 from message where visitor_id = $1', [again.id])).toHaveLength(1)
  // Two tabs and a retry at once.
  const said = await Promise.allSettled(Array.from({ length: 5 }, () => again.say('And more', 'hello-0002')))
  expect(new Set(said.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []))).size).toBe(1)
  expect(await hub.db.query('select 1 from message where visitor_id = $1', [again.id])).toHaveLength(2)
  again.stop()
  await hub.quiet()
})

const reports = ['queued', 'sent', 'delivered', 'read', 'undelivered'] as const

function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2 ? [[...items]] : items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]))
}

test('five reports in any order: the status never goes back', { timeout: 60_000 }, async () => {
  await lena.must('POST', '/presence', { presence: 'available' })
  const from = newNumber()
  await twilioText(hub.config, { from, text: 'Report to me' })
  const contact = await hub.db.one<{ id: string; conversationId: string }>('select c.id, c.conversation_id as "conversationId" from contact c join conversation co on co.id = c.conversation_id join identity i on i.customer_id = co.customer_id where i.value = $1', [from])
  await hub.simulator!.customers.faults.set({ twilio: { statusDelayMs: 3_600_000 } }) // the stand-in says nothing: the test does
  const all = permutations(reports)
  const orders = chance().shuffle(all).slice(0, isLong ? all.length : all.length / 4)
  await hub.db.execute(`update agent set deferred_units = 100000 where id = $1`, [lena.id])
  await lena.call('POST', `/contacts/${contact.id}/accept`)
  const reach = await lena.must('GET', `/conversations/${contact.conversationId}/reachability`)
  const way = reach.options.find((option: { channel: string }) => option.channel === 'sms')
  const outcomes: string[] = []
  for (const [i, order] of orders.entries()) {
    const { id } = await lena.must('POST', `/conversations/${contact.conversationId}/messages`, { kind: 'reply', clientId: `order-${String(i).padStart(5, '0')}`, text: `message ${i}`, channel: 'sms', identityId: way.identityId, accountId: way.accountId })
    const { sid } = await until('the provider’s id', async () => hub.db.maybe<{ sid: string }>('select external_id as sid from outbound where message_id = $1 and external_id is not null', [id]))
    let highest = 0
    for (const status of order) {
      expect(await twilioStatus(hub.door(), { sid, to: from, status, ...(status === 'undelivered' ? { errorCode: '30005' } : {}) })).toBe(200)
      const now = statusRank[(await hub.db.one<{ status: MessageStatus }>('select status from message where id = $1', [id])).status]
      expect(now, order.join(' ')).toBeGreaterThanOrEqual(highest)
      highest = now
    }
    outcomes.push((await hub.db.one<{ status: string }>('select status from message where id = $1', [id])).status)
  }
  expect(new Set(outcomes)).toEqual(new Set(['read']))
  await hub.simulator!.customers.faults.clear()
  await expectInvariants(hub.db)
})
