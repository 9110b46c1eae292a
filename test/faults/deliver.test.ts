/** R7: no silent double, no silent loss on the way out. Two of these start a process only to kill it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#server/platform/ids.ts'
import { until } from '../support/deadline.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { expectInvariants } from '../support/invariants.ts'
import { startChild } from '../support/kill.ts'
import { answer, arrive } from '../support/work.ts'

let hub: TestHub
let lena: Staff
let clientIds = 0
const clientId = (): string => `deliver-${String(clientIds++).padStart(4, '0')}`

beforeAll(async () => {
  hub = await startTestHub({ works: false })
  lena = await hub.signIn('lena', hub.otherUrl)
  await lena.must('POST', '/presence', { presence: 'available' })
  await hub.db.execute('update agent set deferred_units = 100000 where id = $1', [lena.id])
})
beforeEach(() => hub.simulator!.customers.faults.clear())
afterAll(() => hub.stop())

const row = (messageId: string) => hub.db.one<{ id: string; state: string; attempts: number }>('select id, state, attempts from outbound where message_id = $1 order by position desc limit 1', [messageId])

/** What waited for a time waits no longer; a message of a crash looks an hour old, as the provider's list is believed after a while only. */
async function timePasses(messageId: string): Promise<void> {
  const long = new Date(Date.now() - 3_600_000)
  await hub.db.execute(`update outbound set id = $2, next_attempt_at = $3, lease_until = case when state = 'sending' then $3::timestamptz end where message_id = $1 and state in ('pending', 'sending', 'unknown')`, [messageId, newId(long), long])
}

async function deliveredOnce(messageId: string, number: string, text: string): Promise<void> {
  await until('it to be sent', async () => {
    await timePasses(messageId)
    await hub.sweep()
    await hub.deliver(messageId)
    return ['sent', 'delivered'].includes((await row(messageId)).state)
  }, 10_000)
  const inbox = await hub.simulator!.customers.inbox('sms', number)
  expect(inbox.filter((sms) => sms.text === text)).toHaveLength(1)
  await expectInvariants(hub.db)
}

test('the provider takes it and cuts the line: asked, not sent again', async () => {
  const work = await arrive(hub)
  await hub.simulator!.customers.faults.set({ twilio: { api: 'cut' } })
  const id = await answer(lena, work, 'Taken, then cut', clientId())
  await hub.deliver(id)
  expect((await row(id)).state).toBe('unknown')
  await hub.simulator!.customers.faults.clear()
  await deliveredOnce(id, work.number, 'Taken, then cut')
  expect((await row(id)).attempts).toBe(1)
})

test('the provider is down: it waits, and is sent once', async () => {
  const work = await arrive(hub)
  await hub.simulator!.customers.faults.set({ twilio: { api: '503' } })
  const id = await answer(lena, work, 'Down for a while', clientId())
  await hub.deliver(id)
  expect((await row(id)).state).toBe('pending')
  await hub.simulator!.customers.faults.clear()
  await deliveredOnce(id, work.number, 'Down for a while')
})

test.each(['deliver.before-send', 'deliver.sent'])('the worker is killed at %s', { timeout: 40_000 }, async (fault) => {
  const work = await arrive(hub)
  const text = `Killed at ${fault}`
  const id = await answer(lena, work, text, clientId())
  const worker = await startChild({ databaseUrl: hub.databaseUrl, like: hub.config, role: 'worker', redisUrl: hub.config.redisUrl, fault, diesEarly: true })
  await until('the worker to die', async () => {
    await hub.db.execute('update outbound set next_attempt_at = created_at where message_id = $1', [id])
    hub.context.jobs.wake('deliver', (await hub.db.one<{ lane: string }>('select lane from outbound where message_id = $1', [id])).lane)
    return Promise.race([worker.ended, new Promise<false>((resolve) => { setTimeout(resolve, 200, false) })])
  }, 20_000)
  expect((await row(id)).state).toBe('sending')
  await deliveredOnce(id, work.number, text)
})

test('the same words twice, and the worker killed before the second: both are sent', async () => {
  const work = await arrive(hub)
  const [first, second] = [await answer(lena, work, 'Yes.', clientId()), await answer(lena, work, 'Yes.', clientId())]
  await hub.db.execute(`update outbound set state = 'sending', attempts = 1, lease_until = created_at where message_id = $1`, [second]) // as a worker leaves it that dies
  await hub.deliver(first)
  await until('the second to be sent', async () => {
    await timePasses(second)
    await hub.deliver(second)
    return ['sent', 'delivered'].includes((await row(second)).state)
  })
  expect((await hub.simulator!.customers.inbox('sms', work.number)).filter((sms) => sms.text === 'Yes.')).toHaveLength(2)
  await expectInvariants(hub.db)
})

test('a mail that may have been taken is not sent twice: it fails with the reason, for a person to decide', async () => {
  const sender = 'tom@becker.example'
  await hub.simulator!.customers.mail(sender, { subject: 'A question', text: 'Hello?' })
  const found = await hub.db.one<{ conversationId: string }>('select co.id as "conversationId" from identity i join conversation co on co.customer_id = i.customer_id where i.value = $1', [sender])
  const reach = await lena.must('GET', `/conversations/${found.conversationId}/reachability`)
  const way = reach.options.find((option: { channel: string }) => option.channel === 'email')
  const { id } = await lena.must('POST', `/conversations/${found.conversationId}/messages`, { kind: 'reply', clientId: clientId(), text: 'Yes?', channel: 'email', identityId: way.identityId, accountId: way.accountId, subject: 'A question' })
  await hub.db.execute(`update outbound set state = 'sending', attempts = 1, lease_until = created_at where message_id = $1`, [id]) // as a worker leaves it that dies
  await hub.deliver(id)
  expect(await hub.db.one('select status, status_reason as reason from message where id = $1', [id])).toEqual({ status: 'failed', reason: 'unknown-outcome' })
  expect(await hub.simulator!.customers.inbox('mail', sender)).toHaveLength(0)
  await lena.must('POST', `/messages/${id}/retry`)
  await hub.deliver(id)
  expect(await hub.simulator!.customers.inbox('mail', sender)).toHaveLength(1)
})
