/**
 * Lines that break and a hub that is killed. Twenty consoles and ten widgets, each with a conversation that goes on: visitors and texts
 * come in, agents answer or write notes. For twenty seconds a line is cut every tenth of a second, one in five for two seconds; then the
 * hub is killed twice (SIGKILL) and started again on the same data. What was acknowledged is on every screen it belongs to, in order,
 * once. Caught up: from the line's return until everything stored before it is shown; after a kill also from the hub's being ready.
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { listOf } from '../contract/inbox-state.ts'
import { makeCompany, openLoop, sidOf, text, until, type BenchAgent, type Company } from './company.ts'
import { dropsFloor } from './floors/drops.ts'
import { freePort, signIn, startHubProcess, type HubProcess } from './hub-process.ts'
import type { BenchResult, Targets } from './run.ts'
import { StaffWindow, VisitorWindow } from './windows.ts'

const chats = 10
const phones = 10
const cutsPerSecond = 10
const cutSeconds = 20
const awayMs = 2_000
const kills = 2
const killSeconds = 7
/** Of all together: a widget's own limits allow no more. */
const perSecond = { chat: 3, text: 10, written: 10 }

/** One conversation: who says what in it, and the windows that show it. */
interface Talk {
  conversationId: string
  console: StaffWindow
  widget: VisitorWindow | null
  /** In the order they were said, by who says them. */
  said: Record<'customer' | 'agent', string[]>
  sendings: Record<'customer' | 'agent', Promise<void>>
  say(text: string): Promise<boolean>
  write(text: string): Promise<boolean>
}

export async function bench(targets: Targets): Promise<BenchResult> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tributary-bench-drops-'))
  chmodSync(dataDir, 0o711)
  const env = { PORT: String(await freePort()) }
  const madeAt = performance.now()
  let hub = await startHubProcess(env, dataDir)
  let talks: Talk[] = []
  try {
    const company = await makeCompany(hub, { agents: chats + phones, unitsPerText: 25 })
    company.close()
    talks = await openTalks(hub, company)
    process.stdout.write(`${talks.length} talks, made in ${Math.round(performance.now() - madeAt)} ms (not counted)\n`)
    const windows = talks.flatMap((talk) => [talk.console, ...(talk.widget ? [talk.widget] : [])])
    const speaking = speak(talks, cutSeconds + kills * killSeconds)
    const cuts = await cutLines(windows)
    process.stdout.write(`cut ${cuts.times.totalCount} times: caught up p50 ${cuts.times.getValueAtPercentile(50) / 1000} ms, p99 ${cuts.times.getValueAtPercentile(99) / 1000} ms\n`)
    const killed = { sinceReady: histogram(), sinceKill: histogram(), widgets: histogram(), reconnected: histogram(), widgetsReconnected: histogram(), downMs: 0, late: 0 }
    for (let i = 0; i < kills; i++) {
      hub = await kill(hub, env, dataDir, windows, killed)
      await sleep(killSeconds * 500)
    }
    const lagMs = await speaking
    const settled = await until(() => talks.every((talk) => windowsOf(talk).every((window) => window.connected && [...window.stored.keys()].every((said) => window.shown.has(said)))), 10_000)
    const { wrong, sent, stored } = await inexactness(hub, talks)
    const floor = await dropsFloor(hub.databaseUrl, { rooms: talks.length, missed: 20, cuts: 100 })
    const at = (values: Histogram, percentile: number): number => values.getValueAtPercentile(percentile) / 1000
    const metrics = {
      cuts: cuts.times.totalCount, cutAgainBefore: cuts.cutAgain, cutP50Ms: at(cuts.times, 50), cutP99Ms: at(cuts.times, 99), cutMaxMs: at(cuts.times, 100),
      kills, afterKills: killed.sinceReady.totalCount, downMs: Math.round(killed.downMs / kills), killReconnectedP99Ms: at(killed.reconnected, 99), killSinceReadyP50Ms: at(killed.sinceReady, 50), killSinceReadyP99Ms: at(killed.sinceReady, 99), sinceKillP99Ms: at(killed.sinceKill, 99),
      widgetReconnectedP99Ms: at(killed.widgetsReconnected, 99), widgetSinceReadyP99Ms: at(killed.widgets, 99),
      sent, stored, deliveredPercent: settled && wrong.length === 0 ? 100 : 0, snapshots: sum(talks, 'snapshots'), differences: sum(talks, 'differences'), gapsOnOpenLines: sum(talks, 'gaps'), generatorLagP99Ms: lagMs.toSorted((a, b) => a - b)[Math.floor(lagMs.length * 0.99)] ?? 0,
    }
    const over = (what: string, value: number): string[] => (value > (targets['caughtUpP99Ms'] ?? Infinity) ? [`${what}: caught up p99 ${Math.round(value)} ms`] : [])
    return {
      metrics, floor: { cutP99Ms: floor.p99, cutP50Ms: floor.p50 }, ratio: { cutP50: metrics.cutP50Ms / floor.p50, cutP99: metrics.cutP99Ms / floor.p99 },
      missed: [
        ...over('cut lines', metrics.cutP99Ms), ...over('consoles after a kill, since ready', metrics.killSinceReadyP99Ms), ...over('widgets after a kill, since their return', metrics.widgetReconnectedP99Ms),
        ...(killed.late > 0 ? [`${killed.late} windows not caught up after a kill`] : []), ...(settled ? [] : ['not everything stored was shown']), ...wrong,
      ],
    }
  } finally {
    for (const talk of talks) for (const window of windowsOf(talk)) window.socket.disconnect()
    await hub.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const windowsOf = (talk: Talk): (StaffWindow | VisitorWindow)[] => (talk.widget ? [talk.console, talk.widget] : [talk.console])
const sum = (talks: readonly Talk[], what: 'snapshots' | 'differences' | 'gaps'): number => talks.reduce((total, talk) => total + talk.console[what], 0)

function histogram(): Histogram {
  return buildHistogram({ numberOfSignificantValueDigits: 3 })
}

/** Ten chats and ten customers with a phone, each assigned to an agent who has it on screen. */
async function openTalks(hub: HubProcess, company: Company): Promise<Talk[]> {
  const { call } = await signIn(hub.url)
  const site = await call<{ id: string }>('POST', '/channel-accounts', { channel: 'webchat', address: 'bench', name: 'Bench', queueId: company.queueId, settings: { allowedOrigins: [hub.url] } })
  const talks: Talk[] = []
  for (const [i, agent] of company.agents.entries()) {
    const number = `+1415${5_550_000 + i}`
    const say = (words: string): Promise<boolean> => text(`${hub.url}/webhooks/twilio/messages`, number, words, sidOf(words))
    const widget = i < chats ? new VisitorWindow(`widget ${i}`, hub.url, site.id) : null
    if (widget) await until(() => widget.caughtUpAt !== null, 5_000)
    const first = `first ${i}`
    if (!(await (widget ? widget.say(first) : say(first)))) throw new Error(`${first} was not taken`)
    const contact = (await call<{ items: { id: string; conversationId: string; snippet: string | null }[] }>('GET', '/contacts?list=all&limit=100')).items.find((one) => one.snippet === first)
    if (!contact) throw new Error(`${first} is in no list`)
    const console = new StaffWindow(`console ${i}`, hub.url, agent.cookie)
    await until(() => console.caughtUpAt !== null, 5_000)
    await agent.act('POST', '/presence', { presence: 'available' })
    await call('POST', `/contacts/${contact.id}/assign`, { agentId: agent.id, override: true })
    await console.open(contact.conversationId)
    talks.push({
      conversationId: contact.conversationId, console, widget, said: { customer: [first], agent: [] }, sendings: { customer: Promise.resolve(), agent: Promise.resolve() },
      say: widget ? (words) => widget.say(words) : say, write: await writer(agent, contact.conversationId, widget !== null),
    })
  }
  return talks
}

/** How an agent writes into a conversation: an answer to the chat, or a note. The same words are the same message. */
async function writer(agent: BenchAgent, conversationId: string, answers: boolean): Promise<(words: string) => Promise<boolean>> {
  const reach = await agent.act<{ options: { channel: string; identityId: string; accountId: string }[] }>('GET', `/conversations/${conversationId}/reachability`)
  const way = reach.body.options.find((option) => option.channel === 'webchat')
  return async (words) => {
    const what = answers ? { kind: 'reply', channel: 'webchat', identityId: way?.identityId, accountId: way?.accountId } : { kind: 'note', attachmentIds: [] }
    const { status, body } = await agent.act<{ code?: string }>('POST', `/conversations/${conversationId}/messages`, { ...what, clientId: words.replaceAll(/\W/g, '-').padEnd(8, '-'), text: words })
    if (status >= 400 && status < 500) throw new Error(`${words}: ${status} ${body?.code}`)
    return status === 201
  }
}

/** All talk at a steady rate, whatever happens to the hub: each says the next only when the one before is acknowledged. */
async function speak(talks: readonly Talk[], seconds: number): Promise<number[]> {
  const total = perSecond.chat + perSecond.text + perSecond.written
  let n = 0
  const lagMs = await openLoop(total, seconds, (i) => {
    n += 1
    const kind = i % total
    const who = kind < perSecond.chat + perSecond.text ? 'customer' : 'agent'
    const second = Math.floor(i / total)
    const at = kind < perSecond.chat ? (second * perSecond.chat + kind) % chats : kind < perSecond.chat + perSecond.text ? chats + (kind % phones) : kind % talks.length
    const talk = talks[at]!
    const words = `${who} ${at} says ${n}`
    talk.said[who].push(words)
    talk.sendings[who] = talk.sendings[who].then(async () => {
      const sayIt = who === 'customer' ? talk.say : talk.write
      while (!(await sayIt(words))) await sleep(50)
      for (const window of windowsOf(talk)) if (window === talk.console || talk.widget) window.stored.set(words, performance.now())
    })
  })
  await Promise.all(talks.flatMap((talk) => [talk.sendings.customer, talk.sendings.agent]))
  return lagMs
}

async function cutLines(windows: readonly (StaffWindow | VisitorWindow)[]): Promise<{ times: Histogram; cutAgain: number }> {
  const times = histogram()
  for (const window of windows) window.onCaughtUp = () => times.recordValue(Math.round(((window.caughtUpAt ?? 0) - window.connectedAt) * 1000))
  let cutAgain = 0
  let at = 0
  await openLoop(cutsPerSecond, cutSeconds, (i) => {
    // Each in its turn; who is away is not cut again.
    for (let tried = 0; tried < windows.length; tried++) {
      const window = windows[at++ % windows.length]!
      if (!window.connected) continue
      if (window.caughtUpAt === null) cutAgain += 1
      window.cut(i % 5 === 0 ? awayMs : 0)
      return
    }
  })
  await until(() => windows.every((window) => window.connected && window.caughtUpAt !== null), awayMs + 8_000)
  return { times, cutAgain }
}

interface Killed { sinceReady: Histogram; sinceKill: Histogram; widgets: Histogram; reconnected: Histogram; widgetsReconnected: Histogram; downMs: number; late: number }

async function kill(hub: HubProcess, env: Record<string, string>, dataDir: string, windows: readonly (StaffWindow | VisitorWindow)[], into: Killed): Promise<HubProcess> {
  for (const window of windows) {
    window.caughtUpAt = null
    window.onCaughtUp = () => {}
  }
  const killedAt = performance.now()
  const ended = new Promise((resolve) => { hub.child.once('exit', resolve) })
  hub.child.kill('SIGKILL')
  await ended
  const again = await startHubProcess(env, dataDir)
  const readyAt = performance.now()
  into.downMs += readyAt - killedAt
  process.stdout.write(`killed, ready again after ${Math.round(readyAt - killedAt)} ms\n`)
  await until(() => windows.every((window) => window.caughtUpAt !== null), 15_000)
  for (const window of windows) {
    if (window.caughtUpAt === null) {
      into.late += 1
      continue
    }
    const isWidget = window instanceof VisitorWindow
    const us = (ms: number): number => Math.round(Math.max(0, ms) * 1000)
    ;(isWidget ? into.widgets : into.sinceReady).recordValue(us(window.caughtUpAt - readyAt))
    if (!isWidget) into.sinceKill.recordValue(us(window.caughtUpAt - killedAt))
    ;(isWidget ? into.widgetsReconnected : into.reconnected).recordValue(us(window.caughtUpAt - window.connectedAt))
  }
  return again
}

/** What is on a screen against what was said and what is stored. */
async function inexactness(hub: HubProcess, talks: readonly Talk[]): Promise<{ wrong: string[]; sent: number; stored: number }> {
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  await db.connect()
  const wrong: string[] = []
  let sent = 0
  let stored = 0
  for (const talk of talks) {
    const { rows } = await db.query<{ text: string }>(`select text from message where conversation_id = $1 and kind <> 'system' order by seq`, [talk.conversationId])
    const kept = rows.map((row) => row.text)
    stored += kept.length
    sent += talk.said.customer.length + talk.said.agent.length
    for (const who of ['customer', 'agent'] as const) {
      const said = new Set(talk.said[who])
      if (kept.filter((one) => said.has(one)).join() !== talk.said[who].join()) wrong.push(`what the ${who} of ${talk.console.name} said is not stored once and in order`)
    }
    for (const window of windowsOf(talk)) {
      // A console opened later shows the newest page; a widget shows no notes, of which its talk has none.
      if (window.texts().join() !== kept.join()) wrong.push(`${window.name} shows ${window.texts().length} of ${kept.length} messages, or in another order`)
      wrong.push(...window.problems.slice(0, 3))
    }
    const lists = (state: StaffWindow['state']): string => JSON.stringify(listOf(state, 'all').map(({ id, version, snippet }) => [id, version, snippet]))
    if (lists(talk.console.state) !== lists(await talk.console.fresh())) wrong.push(`${talk.console.name} lists otherwise than a new one`)
  }
  await db.end()
  return { wrong, sent, stored }
}
