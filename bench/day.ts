/**
 * A day of the shown company in half a minute: seeded arrivals over all six channels by the hour, through the stand-ins' own doors; four
 * agents accept, decline, answer, close, leave some open; callers and visitors lose patience. What this program sent and did is its
 * trace; the board's figures are held against a recount of it. `BENCH_SEED` gives another day.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { io } from 'socket.io-client'
import type { BoardView, FigureName } from '../contract/board.ts'
import type { OfferView } from '../contract/views.ts'
import type { Channel } from '../contract/words.ts'
import { password, staff } from '../prisma/seed.ts'
import { Customers } from '../simulator/client.ts'
import { openConsole, send, until } from './company.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'
import type { BenchResult } from './run.ts'

const arrivals = 150
const dayMs = 30_000
/** Of a day from eight to eight, how much comes in each hour. */
const byHour = [2, 5, 9, 10, 8, 5, 6, 9, 9, 7, 4, 2]
const mix: [Channel, number][] = [['sms', 30], ['email', 20], ['webchat', 20], ['whatsapp', 14], ['slack', 10], ['voice', 6]]
/** The board says shares to four places and waits in whole seconds. */
const shareTolerance = 1e-4
const waitToleranceMs = 1_000
const seed = Number(process.env['BENCH_SEED'] ?? 20261122)

interface Item {
  /** What the offer is known by: its words, or the digits of the caller. */
  token: string
  channel: Channel
  atMs: number
  /** Loses patience after so long. */
  leavesAfterMs: number | null
  isDeclined: boolean
  handleMs: number
  hasComplaint: boolean
  staysOpen: boolean
  state: 'due' | 'waiting' | 'active' | 'handled' | 'abandoned'
  waitingSince: number
  waitedMs: number
  /** Ends the customer's part: hangs up. */
  end?: () => Promise<unknown>
  bridged?: () => Promise<unknown>
}

export async function bench(): Promise<BenchResult> {
  const hub = await startHubProcess({ DEMO: '1', DEMO_HISTORY: '0', ADMIN_EMAIL: '', ADMIN_PASSWORD: '', TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '', TWILIO_API_URL: '' })
  try {
    const { call: supervisor } = await signedIn(hub, 'sam')
    const items = plannedDay()
    const byToken = new Map(items.map((item) => [item.token, item]))
    const problems: string[] = []
    let isOver = false
    for (const name of ['lena', 'jonas', 'wei', 'priya']) await putToWork(hub, name, (label) => { for (const [token, item] of byToken) if (label.includes(token)) return item; return undefined }, () => isOver, problems)
    const outside = new Customers((JSON.parse(readFileSync(path.join(hub.dataDir, 'simulator.json'), 'utf8')) as { pageUrl: string }).pageUrl)
    const sites = await supervisor<{ items: { id: string; channel: string }[] }>('GET', '/channel-accounts')
    const site = sites.items.find((account) => account.channel === 'webchat')?.id ?? ''
    const startedAt = performance.now()
    const coming = items.map(async (item, i) => {
      await sleep(item.atMs)
      await arrive(hub, outside, site, item, i).catch((error: unknown) => problems.push(`${item.channel} ${item.token}: ${String(error)}`))
      if (item.leavesAfterMs !== null) await losePatience(item)
    })
    await Promise.all(coming)
    await until(() => items.every((item) => item.state !== 'waiting' && (item.state !== 'active' || item.staysOpen)), 20_000)
    isOver = true
    const tookMs = Math.round(performance.now() - startedAt)
    const differences = await compare(supervisor, items)
    const count = (state: Item['state']): number => items.filter((item) => item.state === state).length
    return {
      metrics: { seed, arrivals: items.length, handled: count('handled'), abandoned: count('abandoned'), leftOpen: count('active'), waiting: count('waiting'), tookMs, figuresCompared: differences.compared, figuresDifferent: differences.wrong.length },
      floor: {}, ratio: {}, missed: [...problems.slice(0, 5), ...differences.wrong],
    }
  } finally {
    await hub.stop()
  }
}

/** Waits for patience to end, unless the item was answered before. */
async function losePatience(item: Item): Promise<void> {
  await sleep(Math.max(0, item.waitingSince + (item.leavesAfterMs ?? 0) - performance.now()))
  if (item.state !== 'waiting') return
  await item.end?.()
  item.waitedMs = performance.now() - item.waitingSince
  item.state = 'abandoned'
}

function plannedDay(): Item[] {
  const next = random(seed)
  const total = byHour.reduce((sum, share) => sum + share, 0)
  const shares = mix.reduce((sum, [, share]) => sum + share, 0)
  return Array.from({ length: arrivals }, (_, i): Item => {
    const hour = pick(byHour.map((share, index) => [index, share]), next() * total)
    const channel = pick(mix, next() * shares)
    const leaves = (channel === 'voice' && next() < 0.4) || (channel === 'webchat' && next() < 0.15)
    const short = next() < 0.3
    return {
      token: channel === 'voice' ? `555${String(1000 + i)}` : `day-${seed}-${i}-`, channel, atMs: ((hour + next()) / byHour.length) * dayMs,
      // Shorter than five seconds of a call and ten of a chat is no abandoning, by the rules.
      leavesAfterMs: leaves ? (channel === 'voice' ? (short ? 1_500 : 7_000) : short ? 2_000 : 12_000) : null,
      isDeclined: !leaves && next() < 0.08, handleMs: 50 + next() * 700, hasComplaint: next() < 0.06, staysOpen: !leaves && channel !== 'voice' && next() < 0.05,
      state: 'due', waitingSince: 0, waitedMs: 0,
    }
  }).sort((a, b) => a.atMs - b.atMs)
}

function pick<T>(weighted: readonly (readonly [T, number])[], at: number): T {
  let left = at
  for (const [value, weight] of weighted) {
    if (left < weight) return value
    left -= weight
  }
  return weighted[0]![0]
}

/** Mulberry32. */
function random(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Call = <T>(method: string, route: string, body?: unknown) => Promise<T>
interface Session {
  call: Call
  cookie: string
}

async function signedIn(hub: HubProcess, first: string): Promise<Session> {
  const { email } = staff.find((person) => person.email.startsWith(`${first}@`))!
  let answer: Response
  for (let tries = 0; ; tries++) {
    answer = await fetch(`${hub.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) })
    // The doors open before the company has moved in.
    if (answer.ok || tries === 100) break
    await sleep(200)
  }
  const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
  const call: Call = async <T>(method: string, route: string, body?: unknown) => {
    const { status, body: said } = await send<T>(`${hub.url}/api/v1${route}`, { method, headers: { cookie, origin: hub.url, 'content-type': 'application/json' } }, body === undefined ? '' : JSON.stringify(body))
    if (status >= 300 || status === 0) throw new Error(`${method} ${route}: ${status} ${JSON.stringify(said)}`)
    return said
  }
  return { call, cookie }
}

async function putToWork(hub: HubProcess, name: string, itemOf: (label: string) => Item | undefined, isOver: () => boolean, problems: string[]): Promise<void> {
  const { call, cookie } = await signedIn(hub, name)
  const me = await call<{ id: string }>('GET', '/me')
  const dispositions = await call<{ items: { id: string; name: string }[] }>('GET', '/dispositions')
  const dispositionId = dispositions.items.find((one) => one.name === 'Answered')?.id ?? dispositions.items[0]?.id
  const socket = await openConsole(hub, cookie)
  const seen = new Set<string>()
  socket.on('events', (envelopes: { upsert: { offers?: OfferView[] } }[]) => {
    for (const offer of envelopes.flatMap((envelope) => envelope.upsert.offers ?? [])) {
      if (offer.agentId !== me.id || offer.ended || seen.has(offer.id) || isOver()) continue
      seen.add(offer.id)
      const item = itemOf(`${offer.snippet ?? ''} ${offer.customerLabel.replaceAll(/\D/g, '')}`)
      if (!item) problems.push(`an offer of nobody's: ${offer.customerLabel} ${offer.snippet ?? ''}`)
      else void handle(call, offer, item, dispositionId).catch((error: unknown) => problems.push(`${item.channel} ${item.token}: ${String(error)}`))
    }
  })
  await call('POST', '/presence', { presence: 'available' })
}

async function handle(call: Call, offer: OfferView, item: Item, dispositionId: string | undefined): Promise<void> {
  if (item.leavesAfterMs !== null) return // nobody gets to it in time
  if (item.isDeclined) {
    item.isDeclined = false
    await call('POST', `/offers/${offer.id}/decline`, { reason: 'busy' })
    return
  }
  await call('POST', `/offers/${offer.id}/accept`)
  await item.bridged?.()
  item.waitedMs = performance.now() - item.waitingSince
  item.state = 'active'
  await sleep(item.handleMs)
  if (item.channel === 'voice') await item.end?.()
  else {
    const reach = await call<{ options: { channel: string; identityId: string; accountId: string; reachable: boolean }[] }>('GET', `/conversations/${offer.conversationId}/reachability`)
    const way = reach.options.find((option) => option.channel === item.channel && option.reachable)
    if (way) await call('POST', `/conversations/${offer.conversationId}/messages`, { kind: 'reply', clientId: `re-${offer.id}`, text: 'It is on its way.', channel: item.channel, identityId: way.identityId, accountId: way.accountId, ...(item.channel === 'email' ? { subject: 'Your question' } : {}) })
  }
  if (item.staysOpen) return
  // A call's end comes by the provider's own report.
  for (let tries = 0; ; tries++) {
    try {
      await call('POST', `/contacts/${offer.contactId}/close`, { dispositionId, complaint: item.hasComplaint, settle: true })
      break
    } catch (error) {
      if (tries === 50) throw error
      await sleep(100)
    }
  }
  item.state = 'handled'
}

async function arrive(hub: HubProcess, outside: Customers, site: string, item: Item, i: number): Promise<void> {
  const words = `${item.token} Where is my lamp?`
  const phone = `+1628${String(5_550_000 + i)}`
  // A caller waits from the first ring: the greeting is said while they stand in line.
  item.waitingSince = performance.now()
  item.state = 'waiting'
  if (item.channel === 'sms') await outside.sms(phone, words)
  if (item.channel === 'whatsapp') await outside.whatsapp(phone, words)
  if (item.channel === 'email') await outside.mail(`writer${i}@day.example`, { fromName: `Writer ${i}`, subject: words, text: words })
  if (item.channel === 'slack') {
    const person = await outside.addPerson({ name: `Member ${i}`, phone, email: `member${i}@day.example`, locale: 'en' })
    await outside.slackDm(person.slackUser, words)
  }
  if (item.channel === 'webchat') {
    const socket = io(`${hub.url}/visitor`, { transports: ['websocket'], forceNew: true, extraHeaders: { origin: hub.url }, auth: { accountId: site } })
    await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject) })
    await socket.timeout(10_000).emitWithAck('sync', { seq: null })
    await socket.timeout(10_000).emitWithAck('send', { clientId: `day-${i}-000`, text: words, attachmentIds: [] })
    item.end = () => socket.timeout(10_000).emitWithAck('leave')
  }
  if (item.channel === 'voice') {
    const call = await outside.call(`+1415${item.token}`)
    item.end = () => call.hangup()
    item.bridged = () => call.until(({ state }) => state === 'bridged', 15_000)
  }
}

const isLive = (item: Item): boolean => item.channel === 'voice' || item.channel === 'webchat'
const isRealAbandon = (item: Item): boolean => item.state === 'abandoned' && item.waitedMs >= (item.channel === 'voice' ? 5_000 : 10_000)

/** The figures a recount of the trace gives; `value` null where there is nothing to count. */
function recount(items: readonly Item[]): Partial<Record<FigureName, { value: number | null; n: number; tolerance?: number }>> {
  const is = (state: Item['state']): Item[] => items.filter((item) => item.state === state)
  const answered = items.filter((item) => item.state === 'active' || item.state === 'handled')
  const lost = items.filter(isRealAbandon)
  const live = answered.filter(isLive)
  const share = (part: number, all: number): number | null => (all === 0 ? null : part / all)
  return {
    waiting: { value: is('waiting').length, n: is('waiting').length },
    active: { value: is('active').length, n: is('active').length },
    handled: { value: is('handled').length, n: is('handled').length },
    complaints: { value: is('handled').filter((item) => item.hasComplaint).length, n: is('handled').length + is('abandoned').length },
    'service-level': { value: share(answered.length, answered.length + lost.length), n: answered.length + lost.length },
    abandonment: { value: share(lost.filter(isLive).length, live.length + lost.length), n: live.length + lost.length },
    asa: { value: live.length === 0 ? null : live.reduce((sum, item) => sum + item.waitedMs, 0) / live.length, n: live.length, tolerance: waitToleranceMs },
  }
}

async function compare(call: Call, items: readonly Item[]): Promise<{ compared: number; wrong: string[] }> {
  const wrong: string[] = []
  let compared = 0
  for (const end = performance.now() + 3_000; ;) {
    const board = await call<BoardView>('GET', '/board')
    wrong.length = 0
    compared = 0
    for (const [name, expected] of Object.entries(recount(items)) as [FigureName, { value: number | null; n: number; tolerance?: number }][]) { // the keys of the recount
      const { value, n } = board.total[name]
      compared += 2
      const isSame = expected.value === null || value === null ? value === expected.value || (value ?? 0) === (expected.value ?? 0) : Math.abs(value - expected.value) <= (expected.tolerance ?? shareTolerance)
      if (!isSame || n !== expected.n) wrong.push(`${name}: the board says ${value} of ${n}, the trace ${expected.value} of ${expected.n}`)
    }
    // What was done last is told by the next count.
    if (wrong.length === 0 || performance.now() > end) return { compared, wrong }
    await sleep(200)
  }
}
