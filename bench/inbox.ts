/**
 * The lists of an inbox over a million conversations of ten messages, a fifth of them open: for a supervisor, who sees all, and for an
 * agent of one team in four. Every list is walked by its cursors to page 400 and held against one query over all; then pages are asked
 * for at a fixed rate over HTTP, as the console does, in turns with the floor: pages as far as people scroll, any of the first 400, and the first against the one after the 400th.
 * Statements are counted by PostgreSQL. The data set is made once and kept (`inbox-data.ts`).
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import { Agent, request } from 'node:http'
import pg from 'pg'
import { openConsole, openLoop } from './company.ts'
import { startInboxFloor } from './floors/inbox.ts'
import { admin, signIn, type HubProcess } from './hub-process.ts'
import { conversations, messages, startOnHistory } from './inbox-data.ts'
import type { BenchResult, Targets } from './run.ts'

const pageSize = 50
/** Walked two pages at a time; the last cursor opens the page after the 400th. */
const deep = 201
const perSecond = 40
const seconds = 18
const rounds = 2
/** How far people scroll; cursors stand at every second page. */
const scrolled = 20
/** Of the first page and the 400th of every list, in turns. */
const compared = 60
const keepAlive = new Agent({ keepAlive: true, maxSockets: 16 })

interface Page { items: { id: string; lastMessageAt: string | null; openedAt: string }[]; nextCursor: string | null }
interface List { name: string; list: string; cookie: string; cursors: (string | null)[] }

export async function bench(targets: Targets): Promise<BenchResult> {
  const hub = await startOnHistory()
  const db = new pg.Client({ connectionString: hub.databaseUrl })
  await db.connect()
  try {
    const supervisor = (await signIn(hub.url)).cookie
    const agent = await signInAs(hub.url, 'agent0@bench.example')
    const lists: List[] = [
      ...['all', 'waiting', 'closed'].map((list) => ({ name: `supervisor ${list}`, list, cookie: supervisor, cursors: [] })),
      ...['mine', 'all', 'waiting', 'closed'].map((list) => ({ name: `agent ${list}`, list, cookie: agent, cursors: [] })),
    ]
    const wrong: string[] = []
    const walked = histogram()
    for (const list of lists) wrong.push(...(await walk(hub, db, list, walked)))
    const paged = histogram()
    const anyPaged = histogram()
    const floorPaged = histogram()
    const statements = await counted(db)
    const floor = await startInboxFloor(hub.databaseUrl)
    const lag: number[] = []
    let asked = 0
    for (let i = 0; i < rounds; i++) {
      const listOf = (n: number): List => lists[n % lists.length]!
      const round = await load((n) => ask(hub, listOf(n), placeOf(listOf(n), n, scrolled / 2)), paged)
      lag.push(...round.lagMs)
      asked += round.asked
      wrong.push(...(round.failed > 0 ? [`${round.failed} pages failed`] : []))
      await load((n) => ask(hub, listOf(n), placeOf(listOf(n), n, deep)), anyPaged)
      await load((n) => get(`${floor.url}/${n % 3 === 0 ? '' : `?at=${encodeURIComponent(`2026-0${(n % 9) + 1}-01T00:00:00Z`)}&id=ffffffff-ffff-ffff-ffff-ffffffffffff`}`, '').then(({ status }) => status === 200), floorPaged)
    }
    await floor.stop()
    const deepToFirst = await compare(hub, lists)
    const queries = await statements.perPage(() => ask(hub, lists[0]!, 7))
    const at = (values: Histogram, percentile: number): number => values.getValueAtPercentile(percentile) / 1000
    const worst = Math.max(...Object.values(deepToFirst))
    const metrics = {
      conversations, messages, pagesWalked: walked.totalCount, pages: asked, pageP50Ms: at(paged, 50), pageP99Ms: at(paged, 99), pageMaxMs: at(paged, 100), anyPageP50Ms: at(anyPaged, 50), anyPageP99Ms: at(anyPaged, 99), queriesPerPage: queries, deepToFirst: worst,
      ...Object.fromEntries(Object.entries(deepToFirst).map(([name, ratio]) => [`${name} 400/1`, ratio])), firstLoadMs: await firstLoad(hub, agent), generatorLagP99Ms: lag.toSorted((a, b) => a - b)[Math.floor(lag.length * 0.99)] ?? 0,
    }
    const over = (what: string, value: number, target: number | undefined): string[] => (value > (target ?? Infinity) ? [`${what} ${value.toFixed(2)}`] : [])
    return {
      metrics, floor: { pageP50Ms: at(floorPaged, 50), pageP99Ms: at(floorPaged, 99) }, ratio: { pageP50: at(paged, 50) / at(floorPaged, 50), pageP99: at(paged, 99) / at(floorPaged, 99) },
      missed: [
        ...over('page p50 ms', metrics.pageP50Ms, targets['pageP50Ms']), ...over('page p99 ms', metrics.pageP99Ms, targets['pageP99Ms']), ...over('queries a page', queries, targets['queriesPerPage']),
        ...over('page 400 to page 1', worst, targets['deepToFirst']), ...wrong,
      ],
    }
  } finally {
    keepAlive.destroy()
    await db.end()
    await hub.stop()
  }
}

function histogram(): Histogram {
  return buildHistogram({ numberOfSignificantValueDigits: 3 })
}

async function signInAs(url: string, email: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...admin, email }) })
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`)
  return answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
}

function get(url: string, cookie: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent: keepAlive, headers: { cookie } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => { body += chunk })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    }).once('error', reject).end()
  })
}

async function read(hub: HubProcess, list: List, cursor: string | null, limit = pageSize): Promise<Page> {
  const { status, body } = await get(`${hub.url}/api/v1/contacts?list=${list.list}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`, list.cookie)
  if (status !== 200) throw new Error(`${list.name}: ${status} ${body.slice(0, 200)}`)
  return JSON.parse(body) as Page
}

const ask = (hub: HubProcess, list: List, place: number): Promise<boolean> => read(hub, list, list.cursors[place] ?? null).then(({ items }) => items.length > 0)

/** Which of a list's first pages the n-th question is for, each as often as another. */
const placeOf = (list: List, n: number, of: number): number => (n * 7919) % Math.min(of, list.cursors.length)

/** Every page up to the 400th, by cursors; what they hold together is what one query says, once and in order. */
async function walk(hub: HubProcess, db: pg.Client, list: List, times: Histogram): Promise<string[]> {
  const ids: string[] = []
  const startedAt = performance.now()
  for (let cursor: string | null = null; list.cursors.length < deep;) {
    list.cursors.push(cursor)
    const askedAt = performance.now()
    const page = await read(hub, list, cursor, 2 * pageSize)
    times.recordValue(Math.round((performance.now() - askedAt) * 1000))
    ids.push(...page.items.map((item) => item.id))
    cursor = page.nextCursor
    if (cursor === null) break
  }
  const isAgent = list.name.startsWith('agent')
  const { rows } = await db.query<{ id: string }>(
    `select c.id from contact c left join queue_entry q on q.contact_id = c.id and q.ended_at is null
     where ${{ all: `c.state <> 'closed'`, mine: `c.state <> 'closed' and c.owner_id = me.id`, waiting: `c.state = 'waiting'`, closed: `c.state = 'closed'` }[list.list]}`.replace('where', `cross join (select id from agent where email = 'agent0@bench.example') me where`)
      + (isAgent ? ` and (c.owner_id = me.id and c.state <> 'closed' or exists (select 1 from conversation_team ct join team_member m using (team_id) where ct.conversation_id = c.conversation_id and m.agent_id = me.id))` : '')
      + ` order by ${{ all: 'c.last_message_at desc, c.id desc', mine: 'c.last_message_at desc, c.id desc', waiting: 'q.enqueued_at, c.id', closed: 'c.closed_at desc, c.id desc' }[list.list]} limit ${deep * 2 * pageSize}`)
  process.stdout.write(`${list.name}: ${ids.length} contacts in ${Math.round(performance.now() - startedAt)} ms\n`)
  return rows.map((row) => row.id).join() === ids.join() ? [] : [`${list.name}: ${ids.length} contacts, ${rows.length} expected, or in another order`]
}

async function load(act: (n: number) => Promise<boolean>, latency: Histogram): Promise<{ lagMs: number[]; asked: number; failed: number }> {
  let failed = 0
  const going: Promise<void>[] = []
  const lagMs = await openLoop(perSecond, seconds / rounds / 3, (n, dueAt) => {
    going.push(act(n).then((ok) => {
      latency.recordValue(Math.round((performance.now() - dueAt) * 1000))
      if (!ok) failed += 1
    }, () => { failed += 1 }))
  })
  await Promise.all(going)
  return { lagMs, asked: going.length, failed }
}

/** Of every list that is so long: the median of its 400th page to that of its first, asked for in turns. */
async function compare(hub: HubProcess, lists: readonly List[]): Promise<Record<string, number>> {
  const ratios: Record<string, number> = {}
  for (const list of lists.filter(({ cursors }) => cursors.length === deep)) {
    const times: [number[], number[]] = [[], []]
    for (let i = 0; i < compared * 2; i++) {
      const startedAt = performance.now()
      await ask(hub, list, i % 2 === 0 ? 0 : deep - 1)
      times[i % 2]!.push(performance.now() - startedAt)
    }
    const [first, last] = times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!) as [number, number] // of two come two
    ratios[list.name] = last / first
  }
  return ratios
}

/** A page's statements: what the database ran at least once a page, less what it runs by itself. */
async function counted(db: pg.Client): Promise<{ perPage(page: () => Promise<unknown>): Promise<number> }> {
  const calls = async (): Promise<Map<string, number>> => {
    const { rows } = await db.query<{ id: string; calls: string }>('select queryid::text as id, sum(calls)::text as calls from pg_stat_statements group by 1')
    return new Map(rows.map((row) => [row.id, Number(row.calls)]))
  }
  return {
    async perPage(page) {
      const before = await calls()
      const times = 50
      for (let i = 0; i < times; i++) await page()
      const after = await calls()
      return [...after].map(([id, n]) => n - (before.get(id) ?? 0)).filter((n) => n >= times).reduce((sum, n) => sum + n, 0) / times
    },
  }
}

/** A console opened anew: five lists, colleagues, queues and the numbers of its rooms. */
async function firstLoad(hub: HubProcess, cookie: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now()
    ;(await openConsole(hub, cookie)).close()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[2]!
}
