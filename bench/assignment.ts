/**
 * A freed agent gets the next contact: from the instant the close is due to the parsed offer in that agent's console. Twenty agents of
 * one contact each, a line that never empties, ten closes a second; with jobs on PostgreSQL (embedded) and on Redis, with and without
 * a live board open, in turns with the floor on the same database; rounds before are not counted.
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import pg from 'pg'
import { WebSocket } from 'ws'
import type { StaffEnvelope } from '../contract/events.ts'
import { makeCompany, openConsole, openLoop, send, sidOf, text, until, type Company } from './company.ts'
import { startDeskFloor, type DeskFloor } from './floors/desk.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'
import { onRedis } from './redis.ts'
import type { BenchResult, Targets } from './run.ts'

const agents = 20
const perSecond = 10
const seconds = 6
/** Each kind of round so often, in turns. */
const repeats = 2
/** Rounds that are not counted: a hub that works has long compiled what it runs. */
const warmings = 2
const waiting = agents + perSecond * seconds * (repeats * 2 + warmings) + 20

type Kind = 'floor' | 'plain' | 'board'

export async function bench(targets: Targets): Promise<BenchResult> {
  const embedded = await measure('embedded', {})
  const redis = await onRedis((url) => measure('redis', { REDIS_URL: url }))
  const metrics = { ...embedded.metrics, ...redis?.metrics }
  const floor = { embeddedP50Ms: embedded.floor.p50, embeddedP99Ms: embedded.floor.p99, ...(redis ? { redisP50Ms: redis.floor.p50, redisP99Ms: redis.floor.p99 } : {}) }
  const ratio = { embeddedP50: embedded.p50 / embedded.floor.p50, ...(redis ? { redisP50: redis.p50 / redis.floor.p50 } : {}) }
  const over = (name: string, value: number | undefined, target: number | undefined): string[] => (value !== undefined && value > (target ?? Infinity) ? [`${name} ${value.toFixed(1)} ms`] : [])
  return {
    metrics, floor, ratio,
    missed: [
      ...(redis ? [] : ['redis-server is not installed']), ...embedded.inexact, ...(redis?.inexact ?? []),
      ...over('redis p50', redis?.p50, targets['redisP50Ms']), ...over('redis p99', redis?.p99, targets['redisP99Ms']), ...over('embedded p99', embedded.p99, targets['embeddedP99Ms']),
    ],
  }
}

interface Measured {
  metrics: Record<string, number>
  floor: { p50: number; p99: number }
  p50: number
  p99: number
  inexact: string[]
}

async function measure(mode: string, env: Record<string, string>): Promise<Measured> {
  const hub = await startHubProcess(env)
  try {
    const madeAt = performance.now()
    const company = await makeCompany(hub, { agents, unitsPerText: 100 })
    const line = Array.from({ length: waiting }, (_, i) => i)
    await Promise.all(Array.from({ length: 12 }, async () => {
      for (let i = line.pop(); i !== undefined; i = line.pop()) await text(`${hub.url}/webhooks/twilio/messages`, `+1415${String(5_550_000 + i)}`, `hello ${i}`, sidOf(`made ${i}`))
    }))
    const db = new pg.Client({ connectionString: hub.databaseUrl })
    await db.connect()
    db.on('error', () => {})
    await db.query('analyze')
    const desk = await openDesk(company)
    const floor = await startDeskFloor(hub.databaseUrl, { agents, capacity: 1, waiting })
    const floorDesk = await openFloorDesk(floor)
    process.stdout.write(`${mode}: ${agents} agents at work, ${waiting} in line, made in ${Math.round(performance.now() - madeAt)} ms (not counted)\n`)
    const latency: Record<Kind, Histogram> = { floor: histogram(), plain: histogram(), board: histogram() }
    const answered = histogram()
    const lag: number[] = []
    const inexact: string[] = []
    for (let i = 0; i < warmings; i++) for (const place of [desk, floorDesk]) await run(place, histogram(), histogram())
    for (let i = 0; i < repeats; i++) {
      for (const kind of ['floor', 'plain', 'board'] as const) {
        const watching = kind === 'board' ? await openBoard(hub, company) : null
        const round = await run(kind === 'floor' ? floorDesk : desk, latency[kind], kind === 'plain' ? answered : histogram())
        watching?.close()
        lag.push(...round.lagMs)
        if (round.offered !== round.closed || round.twice > 0 || round.refused > 0) inexact.push(`${mode}, ${kind}: closed ${round.closed}, offered ${round.offered}, twice ${round.twice}, refused ${round.refused}`)
      }
    }
    const stored = await db.query<{ closed: number; offers: number }>(`select (select count(*)::int from contact where state = 'closed') as closed, (select count(*)::int from offer) as offers`)
    const { closed, offers } = stored.rows[0]!
    const expected = perSecond * seconds * (repeats * 2 + warmings)
    if (closed !== expected || offers !== expected + agents) inexact.push(`${mode}: ${closed} closed and ${offers} offers stored, not ${expected} and ${expected + agents}`)
    await floor.stop()
    await db.end()
    company.close()
    const at = (one: Histogram, percentile: number): number => one.getValueAtPercentile(percentile) / 1000
    const p = (kind: Kind, percentile: number): number => at(latency[kind], percentile)
    return {
      metrics: {
        [`${mode}P50Ms`]: p('plain', 50), [`${mode}P99Ms`]: p('plain', 99), [`${mode}BoardP50Ms`]: p('board', 50), [`${mode}BoardP99Ms`]: p('board', 99), [`${mode}FromAnswerP50Ms`]: at(answered, 50),
        [`${mode}GeneratorLagP99Ms`]: lag.toSorted((a, b) => a - b)[Math.floor(lag.length * 0.99)] ?? 0, [`${mode}Offers`]: latency.plain.totalCount + latency.board.totalCount,
      },
      // The worse of both, as the target makes no difference between a board that is open and one that is not.
      floor: { p50: p('floor', 50), p99: p('floor', 99) }, p50: Math.max(p('plain', 50), p('board', 50)), p99: Math.max(p('plain', 99), p('board', 99)), inexact,
    }
  } finally {
    await hub.stop()
  }
}

const histogram = (): Histogram => buildHistogram({ numberOfSignificantValueDigits: 3 })

/** Who works: each place holds one contact; closing it makes the next offer come, which is accepted. */
interface Desk {
  /** Places whose contact may be closed. */
  ready: number[]
  close(place: number): Promise<boolean>
  /** Called when an offer was parsed, then it is accepted. */
  onOffer(listener: (place: number) => void): void
}

async function run(desk: Desk, latency: Histogram, answered: Histogram): Promise<{ closed: number; offered: number; twice: number; refused: number; lagMs: number[] }> {
  const due = new Map<number, number>()
  const closedAt = new Map<number, number>()
  let [closed, offered, twice, refused] = [0, 0, 0, 0]
  desk.onOffer((place) => {
    const dueAt = due.get(place)
    if (dueAt === undefined) twice += 1
    else {
      const now = performance.now()
      latency.recordValue(Math.round((now - dueAt) * 1000))
      const answeredAt = closedAt.get(place)
      answered.recordValue(Math.max(0, Math.round((now - (answeredAt ?? now)) * 1000)))
      offered += 1
    }
    due.delete(place)
    closedAt.delete(place)
  })
  const lagMs = await openLoop(perSecond, seconds, (_, dueAt) => {
    const place = desk.ready.shift()
    if (place === undefined) {
      refused += 1
      return
    }
    due.set(place, dueAt)
    closed += 1
    void desk.close(place).then((ok) => {
      if (ok) closedAt.set(place, performance.now())
      else refused += 1
    })
  })
  await until(() => offered >= closed, 5_000)
  await until(() => desk.ready.length === agents, 5_000)
  return { closed, offered, twice, refused, lagMs }
}

async function openDesk(company: Company): Promise<Desk> {
  const ready: number[] = []
  const contactOf = new Map<number, string>()
  const seen = new Set<string>()
  let listener = (_place: number): void => {}
  for (const [place, agent] of company.agents.entries()) {
    agent.onEvent((envelope: StaffEnvelope) => {
      for (const offer of envelope.upsert.offers ?? []) {
        if (offer.agentId !== agent.id || offer.ended || seen.has(offer.id)) continue
        seen.add(offer.id)
        listener(place)
        void agent.act('POST', `/offers/${offer.id}/accept`).then(({ status }) => {
          if (status !== 200) return
          contactOf.set(place, offer.contactId)
          ready.push(place)
        })
      }
    })
  }
  for (const agent of company.agents) await agent.act('POST', '/presence', { presence: 'available' })
  if (!(await until(() => ready.length === agents, 20_000))) throw new Error(`only ${ready.length} agents have work`)
  return {
    ready,
    async close(place) {
      const { status } = await company.agents[place]!.act('POST', `/contacts/${contactOf.get(place)}/close`, { dispositionId: company.dispositionId, settle: true })
      return status < 300
    },
    onOffer(next) { listener = next },
  }
}

async function openFloorDesk(floor: DeskFloor): Promise<Desk> {
  const ready: number[] = []
  const contactOf = new Map<number, string>()
  let listener = (_place: number): void => {}
  const post = (route: string, id: string): Promise<{ status: number }> => send(floor.url + route, { method: 'POST', headers: { 'content-type': 'application/json' } }, JSON.stringify({ id }))
  const offered = (place: number, offer: string, contact: string): void => {
    listener(place)
    void post('/accept', offer).then(() => {
      contactOf.set(place, contact)
      ready.push(place)
    })
  }
  const seen = new Set<string>()
  await Promise.all(Array.from({ length: agents }, (_, place) => new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(`${floor.socketUrl}/?agent=${place + 1}`)
    socket.on('message', (message) => {
      for (const told of JSON.parse(String(message)) as { type: string; data: { offer: string; contact: string; agent: number } }[]) {
        if (told.type !== 'offered' || told.data.agent !== place + 1 || seen.has(told.data.offer)) continue
        seen.add(told.data.offer)
        offered(place, told.data.offer, told.data.contact)
      }
    })
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })))
  await send(`${floor.url}/close`, { method: 'POST', headers: {} }, JSON.stringify({ id: 0 })) // wakes the line once all look
  if (!(await until(() => ready.length === agents, 10_000))) throw new Error(`only ${ready.length} of the floor's agents have work`)
  return { ready, close: async (place) => (await post('/close', contactOf.get(place) ?? '')).status === 200, onOffer(next) { listener = next } }
}

async function openBoard(hub: HubProcess, company: Company): Promise<{ close(): void }> {
  const socket = await openConsole(hub, company.supervisor.cookie)
  await socket.timeout(5_000).emitWithAck('board', { on: true })
  return socket
}
