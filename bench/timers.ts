/**
 * Clocks that come due. Messages arrive over the signed webhook and start them; 30 % are moved before they fire, by their
 * customer's tier; the hub is killed half-way and started again. Late: from the due time to the parsed event in a console. Then
 * 10,000 due at one instant, and what came due while the hub was dead. With Redis jobs (BullMQ's own delayed jobs beside it) and
 * embedded.
 */
import { Queue, Worker } from 'bullmq'
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import type { StaffEnvelope } from '../contract/events.ts'
import { drainFloor } from './floors/timers.ts'
import { freePort, signIn, startHubProcess, twilio, type HubProcess } from './hub-process.ts'
import type { BenchResult, Targets } from './run.ts'
import { makeClocks } from './timers-data.ts'
import { ours, sendSms } from './twilio-sms.ts'

const perRound = 240
const perSecond = 60
const atOnce = 10_000
const usualMs = 8_000
const goldMs = 6_500
const targetMs = [{ kind: 'first-response', channel: null, targetMs: usualMs }]

type Call = Awaited<ReturnType<typeof signIn>>['call']
interface Round { begunP50: number; begunP99: number; lateP50: number; lateP99: number; lateMax: number; early: number; lost: number; twice: number }

export async function bench(targets: Targets): Promise<BenchResult> {
  const redis = await startRedis()
  let metrics: Record<string, number> = {}
  const floor: Record<string, number> = {}
  try {
    floor['bullmqP99Ms'] = await bullmqDefault(redis.url)
    await inMode('redis', { REDIS_URL: redis.url }, async (hub) => {
      metrics = { ...named('redis', await timelyRound(hub)), redisDrainMs: await drain(hub) }
    })
  } finally {
    redis.stop()
  }
  await inMode('embedded', {}, async (hub, restart) => {
    metrics = { ...metrics, ...named('embedded', await timelyRound(hub)), embeddedDrainMs: await drain(hub) }
    floor['drainMs'] = await drainFloor(hub.databaseUrl, atOnce)
    const { again, round, afterReadyMs } = await killedRound(hub, restart)
    metrics = { ...metrics, ...named('killed', { early: round.early, lost: round.lost, twice: round.twice }), afterReadyMs }
    return again
  })
  const missed = [
    ...['redis', 'embedded', 'killed'].flatMap((mode) => ['Early', 'Lost', 'Twice'].filter((what) => (metrics[`${mode}${what}`] ?? 0) > 0).map((what) => `${mode}: ${metrics[`${mode}${what}`]} ${what.toLowerCase()}`)),
    ...(['redisLateP99', 'embeddedLateP99', 'redisDrainMs', 'embeddedDrainMs', 'afterReadyMs'] as const).filter((key) => (metrics[key] ?? 0) > (targets[key] ?? Infinity)).map((key) => `${key} ${Math.round(metrics[key] ?? 0)} ms`),
  ]
  return { metrics, floor, ratio: { redisDrain: (metrics['redisDrainMs'] ?? 0) / (floor['drainMs'] ?? 1), embeddedDrain: (metrics['embeddedDrainMs'] ?? 0) / (floor['drainMs'] ?? 1) }, missed }
}

function named(mode: string, round: Partial<Round>): Record<string, number> {
  return Object.fromEntries(Object.entries(round).map(([key, value]) => [`${mode}${key[0]?.toUpperCase()}${key.slice(1)}`, value]))
}

async function inMode(mode: string, env: Record<string, string>, run: (hub: HubProcess, restart: () => Promise<HubProcess>) => Promise<HubProcess | void>): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), `tributary-bench-timers-${mode}-`))
  chmodSync(dataDir, 0o711)
  let hub = await startHubProcess(env, dataDir)
  try {
    const { call } = await signIn(hub.url)
    await prepare(call)
    hub = (await run(hub, () => startHubProcess(env, dataDir))) ?? hub
  } finally {
    await hub.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** One queue whose promise is a few seconds, and a stricter one for gold customers. */
async function prepare(call: Call): Promise<void> {
  const policy = await call<{ id: string }>('POST', '/sla-policies', { name: 'Bench', targets: targetMs, steps: [] })
  await call('POST', '/sla-policies', { name: 'Bench gold', targets: [{ ...targetMs[0], targetMs: goldMs }], steps: [], applies: { queueIds: [], tiers: ['gold'], channels: [], minPriority: 0, calendarId: null } })
  const team = await call<{ id: string }>('POST', '/teams', { name: 'Bench', memberIds: [] })
  const queue = await call<{ id: string }>('POST', '/queues', { name: 'Bench', teamId: team.id, slaPolicyId: policy.id })
  await call('POST', '/channel-accounts', { channel: 'sms', address: ours, name: 'Bench', queueId: queue.id, settings: { accountSid: twilio.accountSid }, secrets: { authToken: twilio.authToken } })
}

let rounds = 0

/** Messages at a steady rate; each starts a clock that comes due by itself some seconds later. */
async function arrivals(hub: HubProcess): Promise<string> {
  rounds += 1
  const prefix = `+1415${String(5_000_000 + rounds * 10_000).slice(0, 4)}`
  const startedAt = performance.now()
  const open: Promise<boolean>[] = []
  for (let i = 0; i < perRound; i++) {
    const wait = startedAt + (i * 1000) / perSecond - performance.now()
    if (wait > 1) await sleep(wait)
    open.push(sendSms(hub.url, `${prefix}${String(i).padStart(3, '0')}`, `message ${i}`))
  }
  const failed = (await Promise.all(open)).filter((ok) => !ok).length
  if (failed > 0) throw new Error(`${failed} messages were not taken`)
  return prefix
}

/** 30 % of the customers become gold, in time for their clocks to move forward. */
async function moveSome(call: Call, db: pg.Client, prefix: string): Promise<void> {
  const { rows } = await db.query<{ id: string; version: number }>(`select cu.id, cu.version from customer cu join identity i on i.customer_id = cu.id where i.value like $1 and right(i.value, 1) in ('1', '4', '7')`, [`${prefix}%`])
  for (const { id, version } of rows) await call('PATCH', `/customers/${id}`, { tier: 'gold', version })
}

async function timelyRound(hub: HubProcess): Promise<Round> {
  const { cookie, call } = await signIn(hub.url)
  const db = await connect(hub)
  const socket = await connectConsole(hub, cookie)
  const seen = new Map<string, number[]>()
  socket.on('events', (envelopes: StaffEnvelope[]) => {
    const breached = envelopes.filter((envelope) => envelope.type === 'sla.breached' && envelope.room === 'supervisors')
    for (const contact of breached.flatMap((envelope) => envelope.upsert.contacts ?? [])) seen.set(contact.id, [...(seen.get(contact.id) ?? []), Date.now()])
  })
  const prefix = await arrivals(hub)
  await moveSome(call, db, prefix)
  // Nothing else is asked of the machine while clocks fire.
  await sleep(usualMs + 200)
  await untilFired(db, prefix, 3_000)
  await sleep(300)
  socket.close()
  const late = buildHistogram({ numberOfSignificantValueDigits: 3 })
  const result = await exactness(db, prefix)
  const begun = buildHistogram({ numberOfSignificantValueDigits: 3 })
  for (const { contactId, dueAt, begunMs } of result.clocks) {
    begun.recordValue(Math.max(0, Math.round(begunMs * 1000)))
    for (const at of seen.get(contactId) ?? []) late.recordValue(Math.max(0, Math.round((at - dueAt) * 1000)))
  }
  await db.end()
  // From the due time to the transaction's begin, and to the screen.
  return { ...result.counts, begunP50: begun.getValueAtPercentile(50) / 1000, begunP99: begun.getValueAtPercentile(99) / 1000, ...lateness(late) }
}

const nothing: Round = { begunP50: 0, begunP99: 0, lateP50: 0, lateP99: 0, lateMax: 0, early: 0, lost: 0, twice: 0 }

async function untilFired(db: pg.Client, prefix: string, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  for (;;) {
    const { rows } = await db.query<{ n: number }>(`select count(*)::int as n from sla_clock s join conversation co on co.id = s.conversation_id join identity i on i.customer_id = co.customer_id where i.value like $1 and s.breached_at is null`, [`${prefix}%`])
    if (rows[0]?.n === 0 || performance.now() > end) return
    await sleep(50)
  }
}

/** What the rows say: each clock breached once, not before its time, with one item and one event. */
async function exactness(db: pg.Client, prefix: string): Promise<{ clocks: { contactId: string; dueAt: number; begunMs: number }[]; counts: Pick<Round, 'early' | 'lost' | 'twice'> }> {
  const { rows } = await db.query<{ contactId: string; dueAt: Date; breachedAt: Date | null; items: number; events: number; isMoved: boolean }>(
    `select s.contact_id as "contactId", s.due_at as "dueAt", s.breached_at as "breachedAt", jsonb_array_length(s.intervals) > 1 as "isMoved",
       (select count(*)::int from message m where m.contact_id = s.contact_id and m.data->'system'->>'code' = 'sla-breached') as items, (select count(*)::int from event e where e.contact_id = s.contact_id and e.type = 'sla.breached') as events
     from sla_clock s join conversation co on co.id = s.conversation_id join identity i on i.customer_id = co.customer_id where i.value like $1`, [`${prefix}%`])
  process.stdout.write(`${rows.length} clocks, ${rows.filter((row) => row.isMoved).length} moved before they fired\n`)
  return {
    clocks: rows.map((row) => ({ contactId: row.contactId, dueAt: row.dueAt.getTime(), begunMs: row.breachedAt ? row.breachedAt.getTime() - row.dueAt.getTime() : 0 })),
    counts: {
      early: rows.filter((row) => row.breachedAt !== null && row.breachedAt < row.dueAt).length,
      lost: perRound - rows.filter((row) => row.breachedAt !== null && row.items > 0 && row.events > 0).length,
      twice: rows.filter((row) => row.items > 1 || row.events > 1).length,
    },
  }
}

function lateness(late: Histogram): Pick<Round, 'lateP50' | 'lateP99' | 'lateMax'> {
  return { lateP50: late.getValueAtPercentile(50) / 1000, lateP99: late.getValueAtPercentile(99) / 1000, lateMax: late.maxValue / 1000 }
}

/** 10,000 contacts whose clocks come due at one instant; from it until none is left. */
async function drain(hub: HubProcess): Promise<number> {
  const db = await connect(hub)
  const madeAt = performance.now()
  // Far enough for a sweep to have looked: nobody told the hub of these rows.
  const { rows } = await db.query<{ at: Date }>(`select date_trunc('milliseconds', clock_timestamp() + interval '18 seconds') as at`)
  const dueAt = rows[0]!.at
  await makeClocks(db, Array.from({ length: atOnce }, () => dueAt))
  process.stdout.write(`data set: ${atOnce} clocks in ${Math.round(performance.now() - madeAt)} ms (not counted)\n`)
  await sleep(Math.max(0, dueAt.getTime() - Date.now()))
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(10)) {
    const { rows: left } = await db.query(`select 1 from sla_clock where state = 'running' and breached_at is null and due_at <= $1 limit 1`, [dueAt])
    if (left.length === 0) break
  }
  const tookMs = Date.now() - dueAt.getTime()
  const { rows: exact } = await db.query<{ n: number }>(`select count(*)::int as n from event where type = 'sla.breached' and contact_id in (select contact_id from sla_clock where due_at = $1)`, [dueAt])
  if (exact[0]?.n !== atOnce) throw new Error(`of ${atOnce} clocks due at once ${exact[0]?.n} fired`)
  await db.end()
  return tookMs
}

/** Killed while clocks fire, and while others come due; what is overdue fires when it is back, and nothing twice. */
async function killedRound(hub: HubProcess, restart: () => Promise<HubProcess>): Promise<{ again: HubProcess; round: Round; afterReadyMs: number }> {
  const { call } = await signIn(hub.url)
  let db = await connect(hub)
  const prefix = await arrivals(hub)
  await moveSome(call, db, prefix)
  for (;;) {
    const { rows } = await db.query<{ n: number }>(`select count(*)::int as n from sla_clock s join conversation co on co.id = s.conversation_id join identity i on i.customer_id = co.customer_id where i.value like $1 and s.breached_at is not null`, [`${prefix}%`])
    if ((rows[0]?.n ?? 0) > 5) break
    await sleep(5)
  }
  await db.end().catch(() => {})
  const ended = new Promise((resolve) => { hub.child.once('exit', resolve) })
  hub.child.kill('SIGKILL')
  await ended
  await sleep(usualMs)
  const again = await restart()
  const readyAt = performance.now()
  db = await connect(again)
  await untilFired(db, prefix, 10_000)
  const afterReadyMs = performance.now() - readyAt
  const { counts } = await exactness(db, prefix)
  await db.end()
  return { again, round: { ...nothing, ...counts }, afterReadyMs }
}

async function connect(hub: HubProcess): Promise<pg.Client> {
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  db.on('error', () => {})
  await db.connect()
  return db
}

async function connectConsole(hub: HubProcess, cookie: string): Promise<Socket> {
  const socket = io(`${hub.url}/staff`, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true })
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve); socket.once('connect_error', reject) })
  await socket.timeout(10_000).emitWithAck('sync', { rooms: {}, conversationId: null })
  return socket
}

/** The same number of delayed jobs at the same rate, by BullMQ's defaults: p99 of how late each is worked. */
async function bullmqDefault(redisUrl: string): Promise<number> {
  const connection = { url: redisUrl }
  const queue = new Queue('bench', { connection })
  const late = buildHistogram({ numberOfSignificantValueDigits: 3 })
  const worker = new Worker('bench', async (job) => {
    late.recordValue(Math.max(0, Math.round((Date.now() - (job.data as { dueAt: number }).dueAt) * 1000)))
  }, { connection })
  await worker.waitUntilReady()
  const begin = Date.now() + 500
  await queue.addBulk(Array.from({ length: perRound }, (_, i) => ({ name: 'due', data: { dueAt: begin + (i * 1000) / perSecond }, opts: { delay: Math.round(begin + (i * 1000) / perSecond - Date.now()) } })))
  for (const end = Date.now() + 15_000; late.totalCount < perRound && Date.now() < end;) await sleep(50)
  await worker.close()
  await queue.close()
  return late.getValueAtPercentile(99) / 1000
}

async function startRedis(): Promise<{ url: string; stop(): void }> {
  const given = process.env['REDIS_URL']
  if (given) return { url: given, stop: () => {} }
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' })
  await sleep(500)
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill('SIGKILL') }
}
