/**
 * Whole contacts: a text arrives, is offered, accepted, answered, sent to the provider and closed. Open loop at rising rates; a rate
 * holds when all of it is done, once and within a second at p99, in one of two rounds; rounds before
 * are not counted. Jobs on PostgreSQL (embedded) and on Redis, each rate in turns with the floor on the same database.
 */
import { createHmac } from 'node:crypto'
import { build as buildHistogram } from 'hdr-histogram-js'
import pg from 'pg'
import { WebSocket } from 'ws'
import { makeCompany, openLoop, send, sidOf, text, until, type Company } from './company.ts'
import { startDeskFloor } from './floors/desk.ts'
import { startHubProcess, twilio, type HubProcess } from './hub-process.ts'
import { startProvider, type Provider } from './provider.ts'
import { onRedis } from './redis.ts'
import type { BenchResult, Targets } from './run.ts'

const agents = 20
const seconds = 3
const p99MaxMs = 1_000
const rates = { hub: [50, 75, 85, 100, 125, 150], floor: [150, 200, 225, 250, 300, 350, 450] }
/** Not counted. Each of the pool's connections plans its statements once, and what works has long compiled what it runs, which takes some hundred contacts. */
const warmingRates = { hub: [20, 40, 60, 60, 60, 60], floor: [60, 100, 150] }

export async function bench(targets: Targets): Promise<BenchResult> {
  const embedded = await measure('embedded', {}, targets['embeddedPerSecond'] ?? 50)
  const redis = await onRedis((url) => measure('redis', { REDIS_URL: url }, targets['redisPerSecond'] ?? 100))
  const ratio = { embedded: embedded.hub / embedded.floor, ...(redis ? { redis: redis.hub / redis.floor } : {}) }
  const below = (name: string, value: number | undefined, target: number | undefined): string[] => (value !== undefined && value < (target ?? 0) ? [`${name} ${value.toFixed(2)}`] : [])
  return {
    metrics: { embeddedPerSecond: embedded.hub, embeddedP50Ms: embedded.p50, embeddedP99Ms: embedded.p99, ...(redis ? { redisPerSecond: redis.hub, redisP50Ms: redis.p50, redisP99Ms: redis.p99 } : {}) },
    floor: { embeddedPerSecond: embedded.floor, ...(redis ? { redisPerSecond: redis.floor } : {}) }, ratio,
    missed: [
      ...(redis ? [] : ['redis-server is not installed']), ...embedded.inexact, ...(redis?.inexact ?? []),
      ...below('embedded contacts/s', embedded.hub, targets['embeddedPerSecond']), ...below('redis contacts/s', redis?.hub, targets['redisPerSecond']),
      ...below('embedded share of the floor', ratio.embedded, targets['ratioToFloor']), ...below('redis share of the floor', ratio.redis, targets['ratioToFloor']),
    ],
  }
}

interface Measured {
  /** The highest rate that held. */
  hub: number
  floor: number
  /** Of the hub at the highest rate that held. */
  p50: number
  p99: number
  inexact: string[]
}

/** Where contacts are handled: `begin` sends the text of a round's item, `done` is told when its contact is closed. */
interface Line {
  begin(words: string, from: string): void
  onDone(listener: (words: string) => void): void
}

async function measure(mode: string, env: Record<string, string>, target: number): Promise<Measured> {
  const provider = await startProvider()
  const hub = await startHubProcess({ ...env, TWILIO_API_URL: provider.url })
  try {
    const company = await makeCompany(hub, { agents, unitsPerText: 25 })
    const line = await openLine(hub, company)
    const floor = await startDeskFloor(hub.databaseUrl, { agents, capacity: 4, waiting: 0, provider: provider.url })
    const floorLine = await openFloorLine(floor)
    const result: Measured = { hub: 0, floor: 0, p50: 0, p99: 0, inexact: [] }
    for (const rate of warmingRates.hub) await run(provider, mode, 'warm', line, rate)
    for (const rate of warmingRates.floor) await run(provider, mode, 'floor', floorLine, rate)
    const left = { hub: [...rates.hub], floor: [...rates.floor] }
    while (left.hub.length > 0 || left.floor.length > 0) {
      const [rate, floorRate] = [left.hub.shift(), left.floor.shift()]
      if (rate !== undefined) {
        const round = await tryTwice(() => run(provider, mode, 'hub', line, rate))
        if (round.holds) [result.hub, result.p50, result.p99] = [rate, round.p50, round.p99]
        else left.hub = []
        if (!round.holds && rate <= target) result.inexact.push(`${mode} at ${rate}/s: ${round.done} of ${round.sent} done, p99 ${round.p99} ms`)
      }
      if (floorRate !== undefined) {
        const round = await tryTwice(() => run(provider, mode, 'floor', floorLine, floorRate))
        if (round.holds) result.floor = floorRate
        else left.floor = []
      }
    }
    // A share of nothing, or of a floor whose end was not seen, says nothing.
    if (result.floor < rates.floor[0]! || result.floor === rates.floor.at(-1)) result.inexact.push(`${mode}: the floor's end was not seen, it held ${result.floor}/s`)
    result.inexact.push(...(await inexactness(mode, hub, provider)))
    await floor.stop()
    company.close()
    return result
  } finally {
    await hub.stop()
    provider.stop()
  }
}

let round = 0
const begun = new Set<string>()

/** A host that is busy with something else for a moment fails a round of three seconds, of the hub and of the floor alike. */
async function tryTwice<T extends { holds: boolean }>(round: () => Promise<T>): Promise<T> {
  const first = await round()
  return first.holds ? first : round()
}

async function run(provider: Provider, mode: string, what: 'warm' | 'hub' | 'floor', line: Line, rate: number): Promise<{ holds: boolean; sent: number; done: number; p50: number; p99: number }> {
  round += 1
  const due = new Map<string, number>()
  const latency = buildHistogram({ numberOfSignificantValueDigits: 3 })
  let done = 0
  // Done is what is closed and sent: a round that left its texts unsent would leave their cost to the next, which is the other's.
  const half = new Set<string>()
  const finished = (words: string): void => {
    const dueAt = due.get(words)
    if (dueAt === undefined) return
    if (!half.delete(words)) return void half.add(words)
    latency.recordValue(Math.round((performance.now() - dueAt) * 1000))
    due.delete(words)
    done += 1
  }
  line.onDone(finished)
  provider.onTaken((reply) => finished(reply.slice('re: '.length)))
  const lagMs = await openLoop(rate, seconds, (i, dueAt) => {
    const words = `${what} ${round} ${i}`
    due.set(words, dueAt)
    if (what !== 'floor') begun.add(words)
    line.begin(words, `+1628${String(5_000_000 + round * 10_000 + i)}`)
  })
  const sent = rate * seconds
  await until(() => done >= sent, 8_000)
  const [p50, p99] = [50, 99].map((percentile) => latency.getValueAtPercentile(percentile) / 1000) as [number, number] // of two come two
  const lag = lagMs.toSorted((a, b) => a - b)[Math.floor(lagMs.length * 0.99)] ?? 0
  process.stdout.write(`${mode} ${what.padEnd(5)} ${rate}/s: p50 ${p50} ms, p99 ${p99} ms, done ${done} of ${sent}, lag p99 ${lag.toFixed(1)} ms\n`)
  return { holds: done === sent && p99 <= p99MaxMs, sent, done, p50, p99 }
}

/** What is not as often in the database and at the provider as it was begun. */
async function inexactness(mode: string, hub: HubProcess, provider: Provider): Promise<string[]> {
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  await db.connect()
  const stored = await db.query<{ words: string; messages: number; closed: boolean }>(
    `select m.text as words, count(*)::int as messages, bool_and(c.state = 'closed') as closed from message m join contact c on c.id = m.contact_id where m.direction = 'inbound' group by m.text`)
  await db.end()
  const byWords = new Map(stored.rows.map((row) => [row.words, row]))
  const wrong = [...begun].filter((words) => byWords.get(words)?.messages !== 1 || !byWords.get(words)?.closed || provider.taken.get(`re: ${words}`) !== 1)
  begun.clear()
  return wrong.length > 0 ? [`${mode}: ${wrong.length} not stored, sent and closed exactly once, as ${wrong[0]}`] : []
}

async function openLine(hub: HubProcess, company: Company): Promise<Line> {
  let listener = (_words: string): void => {}
  const seen = new Set<string>()
  for (const agent of company.agents) {
    agent.onEvent((envelope) => {
      for (const offer of envelope.upsert.offers ?? []) {
        if (offer.agentId !== agent.id || offer.ended || seen.has(offer.id)) continue
        seen.add(offer.id)
        const words = offer.snippet ?? ''
        void handle(agent, company, offer, words).then((ok) => { if (ok) listener(words) })
      }
    })
    await agent.act('POST', '/presence', { presence: 'available' })
  }
  return { begin: (words, from) => void text(`${hub.url}/webhooks/twilio/messages`, from, words, sidOf(words)), onDone(next) { listener = next } }
}

async function handle(agent: Company['agents'][number], company: Company, offer: { id: string; contactId: string; conversationId: string }, words: string): Promise<boolean> {
  if ((await agent.act('POST', `/offers/${offer.id}/accept`)).status !== 200) return false
  const reach = await agent.act<{ options: { channel: string; identityId: string; accountId: string }[] }>('GET', `/conversations/${offer.conversationId}/reachability`)
  const way = reach.body.options.find((option) => option.channel === 'sms')
  const reply = await agent.act('POST', `/conversations/${offer.conversationId}/messages`, { kind: 'reply', clientId: `re-${offer.id}`, text: `re: ${words}`, channel: 'sms', identityId: way?.identityId, accountId: way?.accountId })
  if (reply.status >= 300) return false
  return (await agent.act('POST', `/contacts/${offer.contactId}/close`, { dispositionId: company.dispositionId })).status < 300
}

async function openFloorLine(floor: { url: string; socketUrl: string }): Promise<Line> {
  let listener = (_words: string): void => {}
  const post = (route: string, body: object): Promise<{ status: number }> => send(floor.url + route, { method: 'POST', headers: {} }, JSON.stringify(body))
  const seen = new Set<string>()
  await Promise.all(Array.from({ length: agents }, (_, i) => new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(`${floor.socketUrl}/?agent=${i + 1}`)
    socket.on('message', (message) => {
      for (const { type, data } of JSON.parse(String(message)) as { type: string; data: { offer: string; contact: string; agent: number; text: string } }[]) {
        if (type !== 'offered' || data.agent !== i + 1 || seen.has(data.offer)) continue
        seen.add(data.offer)
        void post('/accept', { id: data.offer }).then(() => post('/reply', { id: data.contact, text: `re: ${data.text}` })).then(() => post('/close', { id: data.contact })).then(() => listener(data.text))
      }
    })
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })))
  return {
    begin(words, from) {
      const fields: Record<string, string> = { MessageSid: sidOf(words), From: from, Body: words }
      const url = `${floor.url}/in`
      const signed = Object.keys(fields).sort().reduce((sum, key) => sum + key + (fields[key] ?? ''), url)
      void send(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': createHmac('sha1', twilio.authToken).update(signed).digest('base64') } }, new URLSearchParams(fields).toString())
    },
    onDone(next) { listener = next },
  }
}
