import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { RoundTrip } from '#server/platform/db/round-trip.ts'
import { until } from '../support/deadline.ts'
import { newNumber, twilioText } from '../support/factories.ts'
import { companyNumber, startTestHub, type Staff, type TestHub } from '../support/hub.ts'

let hub: TestHub
let lena: Staff
/** What was run on connections that plan by index. */
const lookedUp = new Set<string>()

beforeAll(async () => {
  const run = pg.Client.prototype.query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const { options } = (this as unknown as { connectionParameters: { options?: string } }).connectionParameters
    const { text, statements = text ? [{ sql: text }] : [] } = given[0] as { text?: string; statements?: RoundTrip['statements'] }
    if (options?.includes('enable_seqscan=off')) for (const { sql } of statements) lookedUp.add(sql)
    return Reflect.apply(run, this, given) as never
  })
  hub = await startTestHub()
  lena = await hub.signIn('lena', hub.otherUrl) // where there are two servers she sits at the one the texts do not come to
  await lena.must('POST', '/presence', { presence: 'available' })
})
afterAll(async () => {
  await hub.stop()
  vi.restoreAllMocks()
})

test('one SMS is stored, decided, routed, accepted, answered, delivered, and closed with how it ended', async () => {
  const from = newNumber()
  const { status, sid } = await twilioText(hub.config, { from, text: 'Is the brass lamp back in stock?' })
  expect(status).toBe(200)

  const receipt = await hub.db.one<{ state: string; messageId: string }>('select state, message_id as "messageId" from receipt where external_id = $1', [sid])
  expect(receipt.state).toBe('handled')
  const message = await hub.db.one<Record<string, unknown>>('select seq::int, text, channel, direction, evidence, conversation_id as "conversationId", contact_id as "contactId" from message where id = $1', [receipt.messageId])
  expect(message).toMatchObject({ seq: 1, text: 'Is the brass lamp back in stock?', channel: 'sms', direction: 'inbound' })

  const offer = await until('an offer to Lena', () => hub.db.maybe<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where agent_id = $1 and ended_at is null', [lena.id]))
  expect(offer.contactId).toBe(message['contactId'])
  expect(await lena.must('POST', `/offers/${offer.id}/accept`)).toEqual({ contactId: message['contactId'], conversationId: message['conversationId'] })

  const reach = await lena.must('GET', `/conversations/${String(message['conversationId'])}/reachability`)
  const way = reach.options.find((option: { isDefault: boolean }) => option.isDefault)
  expect(way).toMatchObject({ channel: 'sms', address: from, reachable: true })
  const reply = await lena.must('POST', `/conversations/${String(message['conversationId'])}/messages`, {
    kind: 'reply', clientId: 'answer-0001', text: 'Since this morning.', channel: 'sms', identityId: way.identityId, accountId: way.accountId,
  })
  const [sms] = await until('the customer to have it', async () => {
    const inbox = await hub.simulator!.customers.inbox('sms', from)
    return inbox.length > 0 && inbox
  })
  expect(sms).toMatchObject({ text: 'Since this morning.' })
  await until('delivered', async () => (await hub.db.one<{ status: string }>('select status from message where id = $1', [reply.id])).status === 'delivered')

  const disposition = await hub.db.one<{ id: string }>(`select id from disposition where name = 'Answered'`)
  await lena.must('POST', `/contacts/${offer.contactId}/close`, { dispositionId: disposition.id })
  expect(await hub.db.one('select state, outcome, disposition_id as "dispositionId", owner_id as "ownerId" from contact where id = $1', [offer.contactId]))
    .toMatchObject({ state: 'closed', outcome: 'handled', dispositionId: disposition.id })
  await hub.quiet()
})

test('through the stand-in the same door takes it', async () => {
  const from = newNumber()
  expect(await hub.simulator!.customers.sms(from, 'Hello from a phone')).toMatchObject({ webhookStatus: 200 })
  expect(await hub.db.one(`select m.text, a.address from message m join channel_account a on a.id = m.account_id where m.text = 'Hello from a phone'`)).toEqual({ text: 'Hello from a phone', address: companyNumber })
  await hub.quiet()
})

const growing = ['assignment', 'attachment', 'claim', 'consult', 'contact', 'conversation', 'customer', 'event', 'identity', 'load_interval', 'message', 'offer', 'outbound', 'queue_entry', 'receipt', 'room_event', 'session', 'sla_clock', 'survey_invitation', 'thread', 'turn', 'visitor']

test('nothing that grows was read whole for them', async () => {
  expect(lookedUp.size).toBeGreaterThan(80)
  const client = new pg.Client({ connectionString: hub.databaseUrl, options: '-c enable_seqscan=off' })
  await client.connect()
  const readWhole: string[] = []
  for (const sql of lookedUp) {
    if (!/^\s*(select|with|insert|update|delete)\b/i.test(sql)) continue
    const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(`explain (generic_plan, format json) ${sql}`)
    const plan = JSON.stringify(rows[0]?.['QUERY PLAN'])
    const tables = [...plan.matchAll(/"Node Type":"Seq Scan"[^{}]*?"Relation Name":"(\w+)"/g)].map(([, table]) => table!).filter((table) => growing.includes(table))
    if (tables.length > 0) readWhole.push(`${tables.join()}: ${sql.trim().replaceAll(/\s+/g, ' ').slice(0, 120)}`)
  }
  await client.end()
  expect(readWhole).toEqual([])
})
