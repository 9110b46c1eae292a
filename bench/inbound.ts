/**
 * Inbound to the agent's screen. Open loop: signed SMS webhooks at a fixed rate, latency from the due time to the parsed event in a
 * console. 2,000 known customers, 10 % strangers, 5 % duplicates, half with an owner, 20 consoles. The floor makes the same
 * commits and deliveries with bare node:http, pg and ws, on the same database, in turns with the hub.
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { StaffEnvelope } from '../contract/events.ts'
import { startFloor } from './floors/inbound.ts'
import { signIn, startHubProcess, twilio, type HubProcess } from './hub-process.ts'
import { ours, sendSms } from './twilio-sms.ts'
import type { BenchResult, Targets } from './run.ts'

const knownCustomers = 2_000
const consoles = 20
const seconds = 5

interface Round {
  sent: number
  seen: number
  stored: number
  p50: number
  p99: number
  max: number
  lagP99: number
  failed: number
}

export async function bench(targets: Targets): Promise<BenchResult> {
  const hub = await startHubProcess()
  try {
    const { cookie, call } = await signIn(hub.url)
    await prepare(call)
    const madeAt = performance.now()
    await makeCustomers(hub, call)
    process.stdout.write(`data set: ${knownCustomers} customers in ${Math.round(performance.now() - madeAt)} ms (not counted)\n`)
    const sockets = await connectConsoles(hub, cookie)
    const rate = targets['perSecond'] ?? 200
    for (const slow of [40, 100]) await hubRound(hub, sockets[0]!, slow) // warm: not counted
    const first = await hubRound(hub, sockets[0]!, rate)
    const knee = await findKnee(hub, sockets[0]!, rate)
    for (const socket of sockets) socket.close()
    const floorKnee = await floorRounds(hub)
    const exact = first.sent === first.seen && first.sent === first.stored && first.failed === 0
    const metrics = { perSecond: rate, p50Ms: first.p50, p99Ms: first.p99, maxMs: first.max, generatorLagP99Ms: first.lagP99, sent: first.sent, seenOnce: first.seen, storedOnce: first.stored, failed: first.failed, kneePerSecond: knee }
    const ratio = { knee: knee / floorKnee }
    const missed = [
      ...(first.p99 > (targets['p99Ms'] ?? Infinity) ? [`p99 ${first.p99} ms at ${rate}/s`] : []),
      ...(exact ? [] : [`exactness: sent ${first.sent}, seen ${first.seen}, stored ${first.stored}, failed ${first.failed}`]),
      ...(knee < (targets['perSecond'] ?? 0) ? [`knee ${knee}/s`] : []),
      ...(ratio.knee < (targets['ratioToFloor'] ?? 0) ? [`${ratio.knee.toFixed(2)} of the floor`] : []),
    ]
    return { metrics, floor: { kneePerSecond: floorKnee }, ratio, missed }
  } finally {
    await hub.stop()
  }
}

async function prepare(call: Awaited<ReturnType<typeof signIn>>['call']): Promise<void> {
  const team = await call<{ id: string }>('POST', '/teams', { name: 'Bench', memberIds: [] })
  const queue = await call<{ id: string }>('POST', '/queues', { name: 'Bench', teamId: team.id })
  await call('POST', '/channel-accounts', { channel: 'sms', address: ours, name: 'Bench', queueId: queue.id, settings: { accountSid: twilio.accountSid }, secrets: { authToken: twilio.authToken } })
}

const numberOf = (i: number): string => `+1415${String(5_550_000 + i).padStart(7, '0')}`

async function makeCustomers(hub: HubProcess, call: Awaited<ReturnType<typeof signIn>>['call']): Promise<void> {
  const todo = Array.from({ length: knownCustomers }, (_, i) => i)
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let i = todo.pop(); i !== undefined; i = todo.pop()) await sendSms(hub.url, numberOf(i), `hello ${i}`)
  }))
  // Half of them get an owner, as a data set, not as load.
  const { id } = await call<{ id: string }>('GET', '/me')
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  await db.connect()
  db.on('error', () => {})
  // The hub writes the same rows as it routes: a deadlock is tried again.
  const give = (left: number): Promise<unknown> => db.query(
    `with owned as (select id, conversation_id from contact where state = 'waiting' order by id limit $2),
     entries as (update queue_entry set ended_at = now(), result = 'answered', answered_by = $1::uuid where contact_id in (select id from owned)),
     given as (update contact set state = 'active', owner_id = $1::uuid, accepted_at = now(), version = version + 1 where id in (select id from owned))
     insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at) select gen_random_uuid(), id, conversation_id, $1::uuid, 'sms', 0, 0, now() from owned`, [id, knownCustomers / 2]).catch((error: { code?: string }) => {
    if (error.code !== '40P01' || left === 0) throw error
    return give(left - 1)
  })
  await give(5)
  await db.query('analyze')
  await db.end()
}

async function connectConsoles(hub: HubProcess, cookie: string): Promise<Socket[]> {
  return Promise.all(Array.from({ length: consoles }, async () => {
    const socket = io(`${hub.url}/staff`, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true })
    await new Promise<void>((resolve, reject) => { socket.once('connect', resolve); socket.once('connect_error', reject) })
    await socket.timeout(10_000).emitWithAck('sync', { rooms: {}, conversationId: null })
    return socket
  }))
}

let round = 0

async function hubRound(hub: HubProcess, socket: Socket, rate: number): Promise<Round> {
  round += 1
  const tag = `r${round}`
  const due = new Map<string, number>()
  const seen = new Map<string, number>()
  const latency = buildHistogram({ numberOfSignificantValueDigits: 3 })
  const onEvents = (envelopes: StaffEnvelope[]): void => {
    for (const contact of envelopes.flatMap((envelope) => envelope.upsert.contacts ?? [])) {
      const token = contact.snippet?.startsWith(`${tag} `) ? contact.snippet : null
      if (!token || !due.has(token)) continue
      if (!seen.has(token)) latency.recordValue(Math.max(0, Math.round((performance.now() - due.get(token)!) * 1000)))
      seen.set(token, (seen.get(token) ?? 0) + 1)
    }
  }
  socket.on('events', onEvents)
  const load = await generate(rate, tag, due, (from, text) => sendSms(hub.url, from, text))
  await until(() => seen.size >= due.size, 5_000)
  socket.off('events', onEvents)
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  await db.connect()
  const stored = await db.query<{ n: number }>(`select count(*)::int as n from message where text like $1`, [`${tag} %`])
  await db.end()
  return { sent: due.size, seen: seen.size, stored: stored.rows[0]?.n ?? 0, failed: load.failed, ...summary(latency), lagP99: load.lagP99 }
}

/** Sends at `rate` for some seconds whatever the answers take; each text once, 5 % of the requests twice. */
async function generate(rate: number, tag: string, due: Map<string, number>, send: (from: string, text: string) => Promise<boolean>): Promise<{ failed: number; lagP99: number }> {
  const total = rate * seconds
  const lag = buildHistogram({ numberOfSignificantValueDigits: 3 })
  const startedAt = performance.now() + 50
  const open: Promise<unknown>[] = []
  let failed = 0
  for (let i = 0; i < total;) {
    const dueAt = startedAt + (i * 1000) / rate
    const wait = dueAt - performance.now()
    if (wait > 1) {
      await new Promise((resolve) => { setTimeout(resolve, Math.floor(wait)) })
      continue
    }
    lag.recordValue(Math.max(0, Math.round(-wait * 1000)))
    const text = `${tag} ${i}`
    due.set(text, dueAt)
    const from = i % 10 === 0 ? `+1628${String(5_550_000 + round * 10_000 + i).padStart(7, '0')}` : numberOf((i * 7919) % knownCustomers)
    for (let copies = i % 20 === 3 ? 2 : 1; copies > 0; copies -= 1) open.push(send(from, text).then((ok) => { if (!ok) failed += 1 }))
    i += 1
  }
  await Promise.all(open)
  return { failed, lagP99: lag.getValueAtPercentile(99) / 1000 }
}

/** What a rate is too much for is tried once more: a checkpoint in one of five seconds says nothing of the rate. Hub and floor alike. */
const tries = 2

/** The highest rate of some whose p99 stays below 100 ms with nothing lost. */
async function findKnee(hub: HubProcess, socket: Socket, from: number): Promise<number> {
  let knee = 0
  const holds = async (rate: number): Promise<boolean> => {
    const result = await hubRound(hub, socket, rate)
    process.stdout.write(`hub   ${rate}/s: p50 ${result.p50} ms, p99 ${result.p99} ms, sent ${result.sent}, seen ${result.seen}, lag p99 ${result.lagP99} ms\n`)
    return result.p99 <= 100 && result.seen >= result.sent && result.failed === 0
  }
  for (const rate of [0.5, 1, 1.25, 1.5, 1.75, 2, 2.5].map((share) => Math.round(from * share))) {
    if (!(await oneOf(tries, () => holds(rate)))) break
    knee = rate
  }
  return knee
}

async function oneOf(times: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < times; i++) if (await holds()) return true
  return false
}

async function floorRounds(hub: HubProcess): Promise<number> {
  const floor = await startFloor(hub.databaseUrl, knownCustomers, numberOf)
  const clients = await Promise.all(Array.from({ length: consoles }, () => new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(floor.socketUrl)
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })))
  let knee = 0
  const holds = async (rate: number): Promise<boolean> => {
    round += 1
    const tag = `f${round}`
    const due = new Map<string, number>()
    const seen = new Set<string>()
    const latency = buildHistogram({ numberOfSignificantValueDigits: 3 })
    const onMessage = (data: unknown): void => {
      for (const item of JSON.parse(String(data)) as { text: string }[]) {
        if (!due.has(item.text) || seen.has(item.text)) continue
        latency.recordValue(Math.max(0, Math.round((performance.now() - due.get(item.text)!) * 1000)))
        seen.add(item.text)
      }
    }
    clients[0]!.on('message', onMessage)
    const load = await generate(rate, tag, due, (from, text) => sendSms(floor.url, from, text))
    await until(() => seen.size >= due.size, 5_000)
    clients[0]!.off('message', onMessage)
    const { p50, p99 } = summary(latency)
    process.stdout.write(`floor ${rate}/s: p50 ${p50} ms, p99 ${p99} ms, sent ${due.size}, seen ${seen.size}, lag p99 ${load.lagP99} ms\n`)
    return p99 <= 100 && seen.size >= due.size
  }
  for (const slow of [40, 100]) await holds(slow) // warm: not counted
  for (const rate of [200, 400, 600, 800]) {
    if (!(await oneOf(tries, () => holds(rate)))) break
    knee = rate
  }
  for (const client of clients) client.close()
  await floor.stop()
  return knee
}

function summary(latency: Histogram): { p50: number; p99: number; max: number } {
  return { p50: latency.getValueAtPercentile(50) / 1000, p99: latency.getValueAtPercentile(99) / 1000, max: latency.maxValue / 1000 }
}

async function until(done: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  while (!done() && performance.now() < end) await new Promise((resolve) => { setTimeout(resolve, 20) })
}
