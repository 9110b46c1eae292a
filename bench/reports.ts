/**
 * Reports over a million contacts of a year: each of the five over the whole year and over 28 days, asked over HTTP; and the inbound
 * door beside them, alone and while a report over the year runs without a pause. The data set is written by SQL, its time printed.
 */
import { createHmac } from 'node:crypto'
import pg from 'pg'
import { signIn, startHubProcess, twilio, type HubProcess } from './hub-process.ts'
import type { BenchResult, Targets } from './run.ts'

const contacts = 1_000_000
const customers = 200_000
const ours = '+15005550006'
const reports = ['sla', 'surveys', 'loop', 'satisfaction', 'stages'] as const
const dayMs = 86_400_000

export async function bench(targets: Targets): Promise<BenchResult> {
  const hub = await startHubProcess()
  try {
    const { cookie, call } = await signIn(hub.url)
    const team = await call<{ id: string }>('POST', '/teams', { name: 'Bench', memberIds: [] })
    const queue = await call<{ id: string }>('POST', '/queues', { name: 'Bench', teamId: team.id })
    await call('POST', '/channel-accounts', { channel: 'sms', address: ours, name: 'Bench', queueId: queue.id, settings: { accountSid: twilio.accountSid }, secrets: { authToken: twilio.authToken } })
    const madeAt = performance.now()
    await makeYear(hub, queue.id)
    process.stdout.write(`data set: ${contacts} contacts in ${Math.round((performance.now() - madeAt) / 1000)} s (not counted)\n`)
    const now = Date.now()
    const read = async (name: string, days: number): Promise<number> => {
      const startedAt = performance.now()
      const answer = await fetch(`${hub.url}/api/v1/reports/${name}?from=${new Date(now - days * dayMs).toISOString()}&to=${new Date(now).toISOString()}`, { headers: { cookie } })
      if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
      return performance.now() - startedAt
    }
    const metrics: Record<string, number> = {}
    for (const name of reports) {
      for (const days of [365, 28]) {
        const times: number[] = []
        for (let i = 0; i < 3; i++) times.push(await read(name, days))
        metrics[`${name}${days}Ms`] = times.sort((a, b) => a - b)[1]!
      }
    }
    await messages(hub, 60, 'warm')
    const alone = await messages(hub, 200, 'alone')
    const over = new AbortController()
    const reading = (async () => {
      for (let i = 0; !over.signal.aborted; i++) await read(reports[i % reports.length]!, 365)
    })()
    const beside = await messages(hub, 200, 'beside')
    over.abort()
    await reading
    const slowest = Math.max(...reports.map((name) => metrics[`${name}365Ms`]!))
    const ratio = { inboundBesideToAlone: beside.p50 / alone.p50 }
    const missed = [
      ...(slowest > (targets['yearMs'] ?? Infinity) ? [`a year's report takes ${Math.round(slowest)} ms`] : []),
      ...(ratio.inboundBesideToAlone > (targets['inboundRatio'] ?? Infinity) ? [`inbound beside a report ${ratio.inboundBesideToAlone.toFixed(2)} ×`] : []),
    ]
    return { metrics: { contacts, slowestMs: slowest, ...metrics, inboundAloneP50Ms: alone.p50, inboundBesideP50Ms: beside.p50, inboundAloneP99Ms: alone.p99, inboundBesideP99Ms: beside.p99 }, floor: {}, ratio, missed }
  } finally {
    await hub.stop()
  }
}

/** A year: two clocks a contact, a turn each, an answer to one in ten with two dimensions, a follow-up to one in fifty. */
async function makeYear(hub: HubProcess, queueId: string): Promise<void> {
  const db = new pg.Client({ connectionString: hub.databaseUrl, options: '-c synchronous_commit=off -c session_replication_role=replica -c maintenance_work_mem=256MB' })
  await db.connect()
  try {
    await writeYear((sql) => db.query(sql), queueId)
  } finally {
    await db.end()
  }
}

async function writeYear(run: (sql: string) => Promise<unknown>, queueId: string): Promise<void> {
  const id = (kind: string, of: string): string => `('019a0000-${kind}-7000-8000-' || lpad(to_hex(${of}), 12, '0'))::uuid`
  const at = `(now() - interval '365 days' * ((i::bigint * 7919) % ${contacts}) / ${contacts})`
  const open = `i <= ${customers} and i % 18 = 0`
  const rows = (step = 1): string => `generate_series(1, ${contacts}, ${step}) i`
  // The night's walk over all customers is no part of this.
  await run(`insert into setting (key, value, updated_at) values ('standings', jsonb_build_object('changesUntil', now(), 'night', date_trunc('day', now()) at time zone 'utc', 'walkAfterId', null, 'isWalking', false, 'limits', null), now()) on conflict (key) do update set value = excluded.value`)
  await run(`insert into customer (id, name, value, orders, created_at) select ${id('0001', 'i')}, 'Customer ' || i, (i * 31) % 5000, i % 9, now() - interval '500 days' from generate_series(1, ${customers}) i`)
  await run(`insert into conversation (id, customer_id, created_at) select ${id('0002', 'i')}, ${id('0001', 'i')}, now() - interval '500 days' from generate_series(1, ${customers}) i`)
  await run(
    `insert into contact (id, conversation_id, queue_id, state, outcome, channel, complaint, opened_at, closed_at, updated_at)
     select ${id('0003', 'i')}, ${id('0002', `(i % ${customers}) + 1`)}, '${queueId}', 'closed', case when i % 40 = 0 then 'abandoned' else 'handled' end, (array['voice', 'webchat', 'email', 'sms'])[i % 4 + 1], i % 60 = 0, ${at} - interval '20 minutes', ${at}, ${at} from ${rows()}`)
  for (const [kind, late] of [['0004', 11], ['0005', 17]] as const) {
    await run(
      `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, due_at, breached_at, ended_at)
       select ${id(kind, 'i')}, ${id('0003', 'i')}, ${id('0002', `(i % ${customers}) + 1`)}, '${kind === '0004' ? 'first-response' : 'resolution'}', '${queueId}', '${queueId}', (array['voice', 'webchat', 'email', 'sms'])[i % 4 + 1], 600000, 'met', ${at} - interval '20 minutes', '[]', ${at} - interval '10 minutes',
         case when i % ${late} = 0 then ${at} - interval '10 minutes' end, ${at} from ${rows()}`)
  }
  await run(
    `insert into turn (id, conversation_id, contact_id, first_message_id, started_at, ended_at, "end") select ${id('0006', 'i')}, ${id('0002', `(i % ${customers}) + 1`)}, ${id('0003', 'i')}, ${id('0003', 'i')}, ${at} - interval '20 minutes', case when not (${open}) then ${at} end, case when not (${open}) then 'answered' end from ${rows()}`)
  await run(`insert into survey (id, name, kind, questions) values (${id('0007', '1')}, 'Bench', 'csat', '[]'), (${id('0007', '2')}, 'Bench index', 'csi', '[]')`)
  const survey = `case when i % 20 = 0 then ${id('0007', '2')} else ${id('0007', '1')} end`
  await run(
    `insert into survey_invitation (id, survey_id, contact_id, conversation_id, customer_id, identity_id, account_id, channel, queue_id, state, send_at, sent_at, delivered_at, answered_at)
     select ${id('0008', 'i')}, ${survey}, ${id('0003', 'i')}, ${id('0002', `(i % ${customers}) + 1`)}, ${id('0001', `(i % ${customers}) + 1`)}, ${id('0001', '1')}, ${id('0001', '1')}, 'sms', '${queueId}', case when i % 10 = 0 then 'answered' else 'expired' end, ${at}, ${at}, ${at}, case when i % 10 = 0 then ${at} end from ${rows(5)}`)
  await run(
    `insert into survey_response (id, invitation_id, survey_id, contact_id, customer_id, queue_id, channel, score, at)
     select ${id('0009', 'i')}, ${id('0008', 'i')}, ${survey}, ${id('0003', 'i')}, ${id('0001', `(i % ${customers}) + 1`)}, '${queueId}', 'sms', i / 10 % 5 + 1, ${at} from ${rows(10)}`)
  for (const [place, ask, dimension] of [[0, 'score', null], [1, 'against-expectation', null], [2, 'against-ideal', null], [3, 'perceived', 'd1'], [4, 'expected', 'd1'], [5, 'importance', 'd1'], [6, 'perceived', 'd4'], [7, 'expected', 'd4'], [8, 'importance', 'd4']] as const) {
    await run(`insert into survey_answer (response_id, position, ask, dimension_id, score) select ${id('0009', 'i')}, ${place}, '${ask}', ${dimension ? `'019a0000-0000-7000-8000-0000000000${dimension}'` : 'null::uuid'}, (i / 10 + ${place}) % 10 + 1 from ${rows(20)}`)
  }
  await run(
    `insert into follow_up (id, customer_id, conversation_id, contact_id, kind, title, due_at, created_at, state, handled_at, closed_at, recheck)
     select ${id('000a', 'i')}, ${id('0001', `(i % ${customers}) + 1`)}, ${id('0002', `(i % ${customers}) + 1`)}, ${id('0003', 'i')}, 'complaint', '', ${at} + interval '1 day', ${at}, 'closed', ${at}, ${at}, 'expired' from ${rows(60)}`)
  await run(`insert into customer_standing (customer_id, stage, value_class, frequency, since, computed_at) select ${id('0001', 'i')}, (array['prospect', 'customer', 'loyal', 'at-risk', 'lost'])[i % 5 + 1], (array['A', 'B', 'C'])[i % 3 + 1], 5, now(), now() from generate_series(1, ${customers}) i on conflict do nothing`)
  await run('analyze')
}

/** Signed messages one after the other, each timed from its sending to its acknowledgement: stored and handled. */
async function messages(hub: HubProcess, count: number, round: string): Promise<{ p50: number; p99: number }> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const url = `${hub.url}/webhooks/twilio/messages`
    const fields: Record<string, string> = { MessageSid: `SM${createHmac('md5', round).update(String(i)).digest('hex')}`, AccountSid: twilio.accountSid, From: `+1415${String(7_000_000 + i).padStart(7, '0')}`, To: ours, Body: `hello ${round} ${i}`, NumMedia: '0' }
    const signature = createHmac('sha1', twilio.authToken).update(url + Object.keys(fields).sort().map((key) => key + fields[key]).join('')).digest('base64')
    const startedAt = performance.now()
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers: { 'x-twilio-signature': signature } })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`a message was answered with ${answer.status}`)
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(count / 2)]!, p99: times[Math.floor(count * 0.99)]! }
}
