import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SlaAction, SlaLedger } from '#contract/api/sla.ts'
import type { SlaTargetKind } from '#contract/words.ts'
import { pend } from '#server/features/contacts/contacts.usecases.ts'
import { transfer } from '#server/features/contacts/moving.usecases.ts'
import { reply } from '#server/features/conversations/conversations.usecases.ts'
import { updateCustomer } from '#server/features/customers/customers.usecases.ts'
import { advance } from '#server/features/outbound/outbound.steps.ts'
import { takeContact } from '#server/features/routing/routing.usecases.ts'
import { saveCalendar } from '#server/features/settings/policies.usecases.ts'
import { readWebhookSecret, retireSlaPolicy, saveSlaPolicy, type SlaPolicyBody } from '#server/features/settings/sla-policies.usecases.ts'
import { fireClocks, retimeClocks } from '#server/features/sla/sla.usecases.ts'
import { atRisk, nextBreaches, nextBreachesSql, slaLedger } from '#server/features/sla/sla.views.ts'
import { sendWebhooks } from '#server/features/sla/webhooks.usecases.ts'
import { commit } from '#server/platform/effects.ts'
import { createHttpClient } from '#server/platform/http-client.ts'
import { newId } from '#server/platform/ids.ts'
import { until } from '../support/deadline.ts'
import { hour, startSurveyWorld } from './surveys-world.ts'

const minute = 60_000
let w: Awaited<ReturnType<typeof startSurveyWorld>>
let settings: Parameters<typeof saveSlaPolicy>[0]
const admin = () => ({ staffId: w.world.supervisorId, role: 'admin' as const, sessionId: undefined, name: 'Somebody', email: 'somebody@example.com', locale: 'en' as const })

interface Received { headers: IncomingMessage['headers']; body: string }
const received: Received[] = []
/** What the receiver answers, in order; 200 when there is nothing left. */
let answers: number[] = []
/** What it waits for before it answers. */
let isTaken: Promise<void> = Promise.resolve()
const receiver = createServer((request, response) => {
  let body = ''
  request.on('data', (part: Buffer) => { body += part.toString() })
  request.on('end', async () => {
    received.push({ headers: request.headers, body })
    await isTaken
    response.writeHead(answers.shift() ?? 200).end()
  })
})
let receiverUrl = ''

beforeAll(async () => {
  w = await startSurveyWorld()
  await new Promise<void>((resolve) => { receiver.listen(0, '127.0.0.1', resolve) })
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  settings = { ...w.context, publicUrl: 'https://help.example.com', smtp: { host: '127.0.0.1', port: 25 } }
  await w.db.execute('update queue set survey_id = null')
}, 60_000)
afterAll(async () => {
  receiver.close()
  await w.stop()
})
beforeEach(async () => {
  await w.db.execute('update sla_policy set retired_at = now(), applies = null')
  await w.db.execute('update queue set sla_policy_id = null')
  await w.db.execute(`update sla_clock set state = 'cancelled', ended_at = now() where state in ('running', 'paused')`)
  received.length = 0
  answers = []
})

const targets = (over: Partial<Record<SlaTargetKind, number>> = {}) => Object.entries({ 'time-to-answer': 10 * minute, 'first-response': hour, 'next-response': 2 * hour, resolution: 8 * hour, ...over }).map(([kind, targetMs]) => ({ kind: kind as SlaTargetKind, channel: null, targetMs }))

async function policy(body: SlaPolicyBody = {}, ofQueue = true): Promise<string> {
  const saved = await saveSlaPolicy(settings, admin(), null, { name: newId(), targets: targets(), calendarId: null, steps: [{ share: 0.8, actions: [] }], applies: null, position: 0, ...body })
  if (ofQueue) await w.db.execute('update queue set sla_policy_id = $1 where id = $2', [saved.id, w.world.queueIds[0]])
  return saved.id
}

async function ask(text = 'Hello?') {
  const { conversationId } = await w.write(w.newPhone(), text)
  const { id } = await w.db.one<{ id: string }>(`select id from contact where conversation_id = $1 and state <> 'closed'`, [conversationId])
  return { conversationId, contactId: id }
}
const ledger = (contactId: string): Promise<SlaLedger> => slaLedger(w.db, contactId, w.clock.now())
async function clockOf(contactId: string, kind: SlaTargetKind) {
  const clocks = (await ledger(contactId)).clocks.filter((clock) => clock.kind === kind)
  return clocks.at(-1)!
}
const dueIn = (clock: { dueAt: string | null; startedAt: string }): number | null => (clock.dueAt === null ? null : (Date.parse(clock.dueAt) - Date.parse(clock.startedAt)) / minute)
const answer = (conversationId: string) => w.db.one<{ identityId: string; accountId: string }>(`select identity_id as "identityId", account_id as "accountId" from message where conversation_id = $1 and direction = 'inbound' order by seq desc limit 1`, [conversationId])
  .then((last) => reply(w.context, conversationId, { staffId: w.agentId, role: 'agent' }, { clientId: newId(), text: 'There you are.', attachmentIds: [], channel: 'sms', identityId: last.identityId, accountId: last.accountId, subject: null }))
/** The customer of a conversation who writes again. */
async function writeAgain(conversationId: string): Promise<void> {
  const { value } = await w.db.one<{ value: string }>(`select i.value from identity i join conversation co on co.customer_id = i.customer_id where co.id = $1`, [conversationId])
  await w.write(value, 'And now?')
}

describe('which promise a contact gets', () => {
  test('the queue’s, unless one for its tier, channel or queue comes first; the tier changes later and what has not fired moves', async () => {
    await policy()
    await policy({ targets: targets({ 'first-response': 15 * minute }), applies: { queueIds: [], tiers: ['gold'], channels: ['sms'], minPriority: 0, calendarId: null } }, false)
    const { conversationId, contactId } = await ask()
    expect(dueIn(await clockOf(contactId, 'first-response'))).toBe(60)
    const customer = await w.db.one<{ id: string; version: number }>('select cu.id, cu.version from customer cu join conversation co on co.customer_id = cu.id where co.id = $1', [conversationId])
    w.clock.advance(5 * minute)
    await updateCustomer(w.context, { staffId: w.world.supervisorId, role: 'supervisor' }, { customerId: customer.id, version: customer.version, change: { tier: 'gold' } })
    const clock = await clockOf(contactId, 'first-response')
    expect(dueIn(clock)).toBe(15)
    expect(clock.intervals.map(({ because, until, workedMs }) => [because, until, workedMs])).toEqual([['turn-started', 'retimed', 5 * minute], ['retimed', null, 0]])
  })

  test('another queue’s after a move, with what it had counted; a promise that is new there runs from the first unanswered item', async () => {
    await policy({ targets: [{ kind: 'resolution', channel: null, targetMs: 8 * hour }] })
    const other = await policy({ targets: targets({ resolution: 4 * hour }) }, false)
    await w.db.execute('update queue set sla_policy_id = $1 where id = $2', [other, w.world.queueIds[1]])
    const { contactId } = await ask()
    w.clock.advance(20 * minute)
    await transfer(w.context, contactId, { staffId: w.world.supervisorId, role: 'supervisor' }, { agentId: null, queueId: w.world.queueIds[1], note: null })
    const { clocks } = await ledger(contactId)
    expect(clocks.map((clock) => [clock.kind, dueIn(clock), clock.queueId === w.world.queueIds[1]])).toEqual(expect.arrayContaining([['resolution', 240, true], ['first-response', 60, true], ['time-to-answer', 10, true]]))
  })

  test('hours that change while a clock runs leave what was counted, and the job moves the rest', async () => {
    const day = (from: string, to: string) => [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from, to }))
    const calendar = await saveCalendar(settings, admin(), null, { name: newId(), timeZone: 'UTC', periods: day('00:00', '24:00'), exceptions: [] })
    await policy({ calendarId: calendar.id })
    const { contactId } = await ask()
    const before = await clockOf(contactId, 'first-response')
    w.clock.advance(30 * minute)
    const opens = new Date(w.clock.now().getTime() + 2 * hour)
    const from = opens.toISOString().slice(11, 16)
    const to = new Date(opens.getTime() + hour).toISOString().slice(11, 16)
    await saveCalendar(settings, admin(), calendar.id, { periods: day(from, to) })
    expect(await clockOf(contactId, 'first-response')).toMatchObject({ dueAt: before.dueAt })
    expect(await retimeClocks(w.context)).toBeGreaterThan(0)
    const after = await clockOf(contactId, 'first-response')
    expect(after.intervals[0]).toMatchObject({ workedMs: 30 * minute, closed: [] })
    expect(Date.parse(after.dueAt!) - Math.floor(opens.getTime() / minute) * minute).toBe(30 * minute)
    expect(await retimeClocks(w.context)).toBe(0)
  })

  test('retired while clocks run: the next that applies takes over, and where none does the clock is cancelled and says so', async () => {
    await policy()
    const own = await policy({ targets: targets({ 'first-response': 5 * minute }), applies: { queueIds: [w.world.queueIds[0]], tiers: [], channels: [], minPriority: 0, calendarId: null } }, false)
    const { contactId } = await ask()
    expect(dueIn(await clockOf(contactId, 'first-response'))).toBe(5)
    await retireSlaPolicy(settings, admin(), own)
    await retimeClocks(w.context)
    expect(dueIn(await clockOf(contactId, 'first-response'))).toBe(60)
    await w.db.execute('update queue set sla_policy_id = null')
    const last = await w.db.one<{ id: string }>('select policy_id as id from sla_clock where contact_id = $1 limit 1', [contactId])
    w.clock.advance(3_000)
    await retireSlaPolicy(settings, admin(), last.id)
    await retimeClocks(w.context)
    expect((await ledger(contactId)).clocks.map((clock) => [clock.state, clock.intervals.at(-1)?.until])).toEqual([['cancelled', 'not-promised'], ['cancelled', 'not-promised'], ['cancelled', 'not-promised']])
  })

  test('a breach stays a breach when the promise grows softer', async () => {
    const id = await policy()
    const { contactId } = await ask()
    w.clock.advance(61 * minute)
    await fireClocks(w.context)
    await saveSlaPolicy(settings, admin(), id, { targets: targets({ 'first-response': 9 * hour }) })
    await retimeClocks(w.context)
    expect(await clockOf(contactId, 'first-response')).toMatchObject({ state: 'running', targetMs: hour, lateMs: minute })
  })
})

describe('what runs and what pauses', () => {
  test('resolution pauses while pending and runs again when the customer writes', async () => {
    await policy()
    const { conversationId, contactId } = await ask()
    await takeContact(w.context, contactId, w.agentId)
    await answer(conversationId)
    w.clock.advance(hour)
    await pend(w.context, contactId, { staffId: w.agentId, role: 'agent' })
    expect(await clockOf(contactId, 'resolution')).toMatchObject({ state: 'paused', dueAt: null })
    w.clock.advance(3 * hour)
    await writeAgain(conversationId)
    const resolution = await clockOf(contactId, 'resolution')
    expect(resolution).toMatchObject({ state: 'running', workedMs: hour })
    expect(dueIn(resolution)).toBe(11 * 60)
    expect(resolution.intervals.map(({ does, because }) => [does, because])).toEqual([['run', 'turn-started'], ['pause', 'pending'], ['run', 'resumed']])
    expect(dueIn(await clockOf(contactId, 'next-response'))).toBe(120)
  })

  test('a pending contact that its owner writes to runs on', async () => {
    await policy()
    const { conversationId, contactId } = await ask()
    await takeContact(w.context, contactId, w.agentId)
    await answer(conversationId)
    await pend(w.context, contactId, { staffId: w.agentId, role: 'agent' })
    w.clock.advance(hour)
    await answer(conversationId)
    expect(dueIn(await clockOf(contactId, 'resolution'))).toBe(9 * 60)
  })

  test('next response runs from the earliest unanswered message, and a reply that fails brings back its due time', async () => {
    await policy()
    const { conversationId, contactId } = await ask()
    await takeContact(w.context, contactId, w.agentId)
    await answer(conversationId)
    w.clock.advance(10 * minute)
    await writeAgain(conversationId)
    const begun = await clockOf(contactId, 'next-response')
    w.clock.advance(20 * minute)
    await writeAgain(conversationId)
    expect((await ledger(contactId)).clocks.filter((clock) => clock.kind === 'next-response')).toHaveLength(1)
    await answer(conversationId)
    expect(await clockOf(contactId, 'next-response')).toMatchObject({ state: 'met' })
    w.clock.advance(hour)
    const sent = await w.db.one<Parameters<typeof advance>[1]>(
      `select o.id, o.message_id as "messageId", o.conversation_id as "conversationId", o.contact_id as "contactId", o.invitation_id as "invitationId" from outbound o where o.conversation_id = $1 order by position desc limit 1`, [conversationId])
    await commit(w.context, w.clock.now(), (tx, effects) => advance(tx, sent, 'failed', 'refused', w.clock.now(), effects))
    expect(await clockOf(contactId, 'next-response')).toMatchObject({ state: 'running', dueAt: begun.dueAt, startedAt: begun.startedAt })
  })
})

describe('escalation', () => {
  const notifyAll = (agentIds: string[]): SlaAction => ({ kind: 'notify', agentIds, teamIds: [], owner: false, supervisors: true })
  async function slackAccount(): Promise<string> {
    const id = newId()
    await w.db.execute(`insert into channel_account (id, channel, address, name, queue_id, staff_only, created_at) values ($1, 'slack', $2, 'Staff', $3, true, now())`, [id, `T${id.slice(-8).toUpperCase()}`, w.world.queueIds[0]])
    return id
  }

  test('every action of every step, once, however often the timers look', async () => {
    const accountId = await slackAccount()
    const id = await policy({
      steps: [
        { share: 0.5, actions: [notifyAll([w.agentId]), { kind: 'raise-priority', by: 2 }] },
        { share: 0.9, actions: [{ kind: 'add-supervisor', agentId: w.world.supervisorId }] },
        { share: 1, actions: [{ kind: 'slack', accountId, channelId: 'C024BE91L' }, { kind: 'webhook', url: 'https://hooks.example.com/sla' }, { kind: 'move-queue', queueId: w.world.queueIds[1] }] },
      ],
      targets: [{ kind: 'first-response', channel: null, targetMs: hour }],
    })
    const { contactId, conversationId } = await ask()
    const rank = () => w.db.one<{ rankAt: Date; queueId: string; priority: number }>(`select e.rank_at as "rankAt", e.queue_id as "queueId", c.priority from queue_entry e join contact c on c.id = e.contact_id where e.contact_id = $1 and e.ended_at is null`, [contactId])
    const before = await rank()
    const twice = async () => { await Promise.all([fireClocks(w.context), fireClocks(w.context)]); await fireClocks(w.context) }
    w.clock.advance(31 * minute)
    await twice()
    const raised = await rank()
    expect([raised.priority, raised.rankAt < before.rankAt]).toEqual([2, true])
    w.clock.advance(24 * minute)
    await twice()
    w.clock.advance(10 * minute)
    await twice()
    expect((await rank()).queueId).toBe(w.world.queueIds[1])

    const clock = await clockOf(contactId, 'first-response')
    expect(clock.escalations.map(({ share, action, state }) => [share, action, state])).toEqual([
      [0.5, 'notify', 'done'], [0.5, 'raise-priority', 'done'], [0.9, 'add-supervisor', 'done'], [1, 'slack', 'done'], [1, 'webhook', 'pending'], [1, 'move-queue', 'done'],
    ])
    const told = await w.db.query<{ agentId: string; kind: string; facts: { percent: number } }>('select agent_id as "agentId", kind, facts from notification where contact_id = $1 order by at, agent_id', [contactId])
    const tellings = (agentId: string) => told.filter((one) => one.agentId === agentId).map((one) => `${one.kind} ${one.facts.percent}`)
    expect(tellings(w.agentId)).toEqual(['sla-warned 50'])
    expect(tellings(w.world.supervisorId)).toEqual(['sla-warned 50', 'sla-warned 90', 'sla-breached 100'])
    const posts = await w.db.query<{ address: string; payload: { sealed: string } }>(`select address, payload from outbound where account_id = $1`, [accountId])
    expect(posts.map((post) => [post.address, (JSON.parse(w.context.secrets.openSecret(post.payload.sealed)) as { text: string }).text])).toEqual([
      ['C024BE91L', expect.stringMatching(new RegExp(`^First response missed · queue .* · SMS: https://help.example.com/inbox/all/${conversationId}$`)) as string],
    ])
    expect((await ledger(contactId)).watcherIds).toEqual([w.world.supervisorId])

    // The webhook: refused once, taken at the second try, signed, the same id.
    answers = [503]
    const http = createHttpClient({ allowedOrigins: [receiverUrl] })
    await w.db.execute(`update sla_escalation set action = jsonb_set(action, '{url}', to_jsonb($1::text)) where contact_id = $2 and action->>'kind' = 'webhook'`, [`${receiverUrl}/sla`, contactId])
    const hooks = { ...w.context, http }
    // A receiver that takes its time: nobody calls it again meanwhile.
    const slow = Promise.withResolvers<void>()
    isTaken = slow.promise
    const sending = Promise.all([sendWebhooks(hooks), sendWebhooks(hooks)])
    await until('the webhook to arrive', () => received.length > 0)
    w.clock.advance(9_000)
    expect(await sendWebhooks(hooks)).toBe(0)
    slow.resolve()
    await sending
    expect(received).toHaveLength(1)
    expect(await sendWebhooks(hooks)).toBe(0)
    w.clock.advance(minute)
    await sendWebhooks(hooks)
    await sendWebhooks(hooks)
    expect(received).toHaveLength(2)
    const [first, second] = received.map((one) => ({ ...one, data: JSON.parse(one.body) as { id: string; type: string; data: { contactId: string } } }))
    // The same at every try: a receiver drops what it has had.
    expect([first!.headers['tributary-id'], second!.headers['tributary-id']]).toEqual([first!.data.id, first!.data.id])
    expect([first!.data.id, first!.data.type, first!.data.data.contactId]).toEqual([second!.data.id, 'sla.breached', contactId])
    const { secret } = await readWebhookSecret(settings, id)
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(second!.headers['tributary-signature'])) ?? []
    expect(createHmac('sha256', secret).update(`${seconds}.${second!.body}`).digest('hex')).toBe(signature)
    expect((await clockOf(contactId, 'first-response')).escalations.find((one) => one.action === 'webhook')).toMatchObject({ state: 'done', reason: null })
  })

  test('a webhook to an inside address is refused for good, and says why', async () => {
    await policy({ targets: [{ kind: 'first-response', channel: null, targetMs: hour }], steps: [{ share: 1, actions: [{ kind: 'webhook', url: 'https://169.254.169.254/latest' }] }] })
    const { contactId } = await ask()
    w.clock.advance(hour)
    await fireClocks(w.context)
    await sendWebhooks({ ...w.context, http: createHttpClient() })
    expect((await clockOf(contactId, 'first-response')).escalations).toMatchObject([{ action: 'webhook', state: 'failed', reason: 'blocked' }])
  })

  test('what can not be done is skipped with its reason, and the rest is done', async () => {
    await policy({
      targets: [{ kind: 'first-response', channel: null, targetMs: hour }],
      steps: [{ share: 1, actions: [{ kind: 'move-queue', queueId: w.world.queueIds[0] }, { kind: 'notify', agentIds: [], teamIds: [], owner: true, supervisors: false }, { kind: 'raise-priority', by: 1 }] }],
    })
    const { contactId } = await ask()
    w.clock.advance(hour)
    await fireClocks(w.context)
    expect((await clockOf(contactId, 'first-response')).escalations.map(({ state, reason }) => [state, reason])).toEqual([['skipped', 'there-already'], ['skipped', 'nobody'], ['done', null]])
  })

  test('a step names only what exists', async () => {
    const step = (action: SlaAction) => policy({ steps: [{ share: 1, actions: [action] }] }, false)
    await expect(step({ kind: 'add-supervisor', agentId: w.agentId })).rejects.toMatchObject({ code: 'settings.unknown-reference' })
    await expect(step({ kind: 'move-queue', queueId: newId() })).rejects.toMatchObject({ code: 'settings.unknown-reference' })
    await expect(step({ kind: 'slack', accountId: w.world.accountIds.slack, channelId: 'C1' })).rejects.toMatchObject({ code: 'settings.unknown-reference' })
    await expect(policy({ steps: [{ share: 0.5, actions: [] }, { share: 0.5, actions: [] }] }, false)).rejects.toMatchObject({ code: 'request.invalid' })
  })
})

describe('what is next', () => {
  test('the next breaches of a queue come from one index, and what is at risk is what runs out by then', async () => {
    await policy({ targets: [{ kind: 'first-response', channel: null, targetMs: hour }] })
    const asked = [await ask(), await ask(), await ask()]
    await w.db.execute(`update sla_clock set due_at = due_at - interval '50 minutes' where contact_id = $1`, [asked[2]!.contactId])
    expect((await nextBreaches(w.db, w.world.queueIds[0], 2)).map((one) => one.contactId)).toEqual([asked[2]!.contactId, asked[0]!.contactId])
    expect((await atRisk(w.db, new Date(w.clock.now().getTime() + 15 * minute), null, 10)).map((one) => one.contactId)).toEqual([asked[2]!.contactId])
    expect(await atRisk(w.db, new Date(w.clock.now().getTime() + 15 * minute), w.world.queueIds[1], 10)).toEqual([])
    const plan = await w.db.tx(async (tx) => {
      await tx.execute('set local enable_seqscan = off')
      await tx.execute('set local enable_sort = off')
      return tx.query<{ 'QUERY PLAN': string }>(`explain ${nextBreachesSql.replace('$1', `'${w.world.queueIds[0]}'`).replace('$2', '20')}`)
    })
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(text).toContain('sla_clock_next_of_queue')
    expect(text).not.toMatch(/Sort Key: .*due_at/)
  })
})
