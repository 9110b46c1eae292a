/**
 * Fifty windows of ten supervisors look at the live board while a thousand changes a second are committed: contacts arrive, are taken and are closed,
 * in five queues, each change with its event row as a use case leaves it; the relay is woken as another process would. Every change
 * moves one sum of the board's figures by one, so what a board shows says which changes it holds. Stale: from a change's commit to the
 * board that holds it, parsed in a supervisor's window. Bytes: all that comes over a window's line, its frames and pings too.
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import type { BoardView } from '../contract/board.ts'
import { applyBoardChange, type BoardChange, type NumberedBoard } from '../contract/board-change.ts'
import { openLoop, until } from './company.ts'
import { boardFloor } from './floors/board.ts'
import { signIn, startHubProcess, type HubProcess } from './hub-process.ts'
import type { BenchResult, Targets } from './run.ts'

const supervisors = 10
const windowsOpen = 50
const queues = 5
const agents = 20
const perSecond = 1_000
/** Each statement commits so many changes. */
const together = 10
const seconds = 20
const warmSeconds = 4
const password = 'bench-password-1'

type Call = Awaited<ReturnType<typeof signIn>>['call']

export async function bench(targets: Targets): Promise<BenchResult> {
  const hub = await startHubProcess()
  const sockets: Socket[] = []
  try {
    const madeAt = performance.now()
    const { call } = await signIn(hub.url)
    const cookies = await makeSupervisors(hub, call)
    const queueIds = await makeQueues(call)
    const db = new pg.Pool({ connectionString: hub.databaseUrl, max: 1 })
    db.on('error', () => {})
    await db.query(`insert into agent (id, name, email) select ('019a0000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'Agent ' || i, 'agent' || i || '@bench.example' from generate_series(0, ${agents - 1}) i`)
    process.stdout.write(`${supervisors} supervisors with ${windowsOpen} windows, made in ${Math.round(performance.now() - madeAt)} ms (not counted)\n`)
    const windows = await Promise.all(Array.from({ length: windowsOpen }, (_, i) => openBoard(hub.url, cookies[i % supervisors]!)))
    sockets.push(...windows.map((window) => window.socket))
    await change(db, queueIds, windows, warmSeconds, histogram())
    const floor = await boardFloor(hub.databaseUrl, { windows: windowsOpen, seconds: 5, perSecond, together })
    const stale = histogram()
    for (const window of windows) window.begin()
    const round = await change(db, queueIds, windows, seconds, stale)
    const bytes = windows.map((window) => window.bytes / round.tookSeconds)
    const told = windows.map((window) => window.told)
    const wrong = await inexactness(db, call, windows, round.changes)
    await db.end()
    const at = (percentile: number): number => stale.getValueAtPercentile(percentile) / 1000
    const metrics = {
      windows: windowsOpen, changesPerSecond: Math.round(round.changes / round.tookSeconds), staleP50Ms: at(50), staleP99Ms: at(99), staleMaxMs: at(100), bytesPerSecondMax: Math.round(Math.max(...bytes)), toldPerSecond: Math.max(...told) / round.tookSeconds,
      changes: round.changes, shownToAll: round.shownToAll, relayBehindMsMax: round.relayBehindMsMax, generatorLagP99Ms: round.lagP99, rssMb: Math.round(hub.rssMb()),
    }
    const missed = [
      ...(metrics.staleP99Ms > (targets['stalenessP99Ms'] ?? Infinity) ? [`stale p99 ${Math.round(metrics.staleP99Ms)} ms`] : []),
      ...(metrics.bytesPerSecondMax > (targets['bytesPerSecond'] ?? Infinity) ? [`${metrics.bytesPerSecondMax} B/s each`] : []),
      ...(round.changes < perSecond * seconds ? [`${round.changes} of ${perSecond * seconds} changes`] : []), ...wrong,
    ]
    return { metrics, floor: { staleP50Ms: floor.p50, staleP99Ms: floor.p99 }, ratio: { staleP50: metrics.staleP50Ms / floor.p50, staleP99: metrics.staleP99Ms / floor.p99 }, missed }
  } finally {
    for (const socket of sockets) socket.close()
    await hub.stop()
  }
}

function histogram(): Histogram {
  return buildHistogram({ numberOfSignificantValueDigits: 3 })
}

async function makeSupervisors(hub: HubProcess, call: Call): Promise<string[]> {
  const todo = Array.from({ length: supervisors }, (_, i) => `supervisor${i}@bench.example`)
  const cookies: string[] = []
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let email = todo.pop(); email !== undefined; email = todo.pop()) {
      const { link } = await call<{ link: string }>('POST', '/invites', { email, name: email, role: 'supervisor', teamIds: [], queueIds: [] })
      const accepted = await fetch(`${hub.url}/api/v1/invitation/accept`, {
        method: 'POST', headers: { 'content-type': 'application/json', origin: hub.url }, body: JSON.stringify({ token: link.split('#').at(-1)?.replace(/^token=/, ''), name: email, password, locale: 'en' }),
      })
      if (!accepted.ok) throw new Error(`invitation: ${accepted.status} ${await accepted.text()}`)
      cookies.push(accepted.headers.getSetCookie().map((one) => one.split(';')[0]).join('; '))
    }
  }))
  return cookies
}

async function makeQueues(call: Call): Promise<string[]> {
  const team = await call<{ id: string }>('POST', '/teams', { name: 'Bench', memberIds: [] })
  const ids: string[] = []
  for (let i = 0; i < queues; i++) ids.push((await call<{ id: string }>('POST', '/queues', { name: `Bench ${i}`, teamId: team.id })).id)
  return ids
}

interface BoardWindow {
  socket: Socket
  held: NumberedBoard | null
  bytes: number
  told: number
  asked: number
  begin(): void
  onBoard: (board: BoardView) => void
}

/** A supervisor's window, as the console's board has it: it asks for the whole once, and again only after a gap. */
async function openBoard(url: string, cookie: string): Promise<BoardWindow> {
  const socket = io(`${url}/staff`, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true })
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject) })
  const window: BoardWindow = {
    socket, held: null, bytes: 0, told: 0, asked: 0, onBoard: () => {},
    begin() { [window.bytes, window.told, window.asked] = [0, 0, 0] },
  }
  const ask = async (): Promise<void> => {
    window.held = null
    window.asked += 1
    const answer = (await socket.timeout(5_000).emitWithAck('board', { on: true })) as { ok: boolean; board: NumberedBoard }
    take(answer.board)
  }
  const take = (change: BoardChange): void => {
    const next = applyBoardChange(window.held, change)
    if (next === null) return void (window.held === null ? undefined : ask())
    window.held = next
    window.onBoard(next.board)
  }
  // A frame's head has two bytes below 126, four above.
  socket.io.engine.on('packet', ({ data }: { data?: unknown }) => { window.bytes += typeof data === 'string' ? Buffer.byteLength(data) + (Buffer.byteLength(data) < 125 ? 3 : 5) : 3 })
  socket.on('board', (change: BoardChange) => {
    window.told += 1
    take(change)
  })
  await ask()
  return window
}

/** Which changes a board holds: an arrival adds one, a contact taken another, a closed one a third. */
const heldBy = ({ total }: BoardView): number => total.waiting.n + 2 * total.active.n + 3 * total.handled.n

interface Round { changes: number; shownToAll: number; tookSeconds: number; lagP99: number; relayBehindMsMax: number }

let made = 0
let ticks = 0

async function change(db: pg.Pool, queueIds: readonly string[], windows: readonly BoardWindow[], forSeconds: number, stale: Histogram): Promise<Round> {
  const before = made
  /** When each change was known to be committed, by its place. */
  const committedAt: number[] = []
  for (const window of windows) {
    let shown = before
    window.onBoard = (board) => {
      const now = performance.now()
      // A board may hold a change before its commit is known here.
      for (const holds = heldBy(board); shown < holds; shown++) stale.recordValue(Math.round(Math.max(0, now - (committedAt[shown - before] ?? now)) * 1000))
    }
  }
  const startedAt = performance.now()
  const sending: Promise<void>[] = []
  const lagMs = await openLoop(perSecond / together, forSeconds, () => {
    const tick = ticks++
    sending.push(db.query(statements[tick % 3]!, [Math.floor(tick / 3), queueIds]).then(() => {
      const now = performance.now()
      for (let i = 0; i < together; i++) committedAt.push(now)
      made += together
    }))
    sending.push(db.query(`select pg_notify('tributary_relay', '')`).then(() => undefined))
  })
  await Promise.all(sending)
  const tookSeconds = (performance.now() - startedAt) / 1000
  const { rows } = await db.query<{ ms: number }>('select coalesce(max(extract(epoch from published_at - at)) * 1000, 0)::float8 as ms from event where published_at is not null')
  const shownToAll = (): number => Math.min(...windows.map((window) => (window.held ? heldBy(window.held.board) : 0))) - before
  await until(() => shownToAll() >= made - before, 5_000)
  return { changes: made - before, shownToAll: shownToAll(), tookSeconds, lagP99: lagMs.toSorted((a, b) => a - b)[Math.floor(lagMs.length * 0.99)] ?? 0, relayBehindMsMax: rows[0]?.ms ?? 0 }
}

/** Ten contacts of a tick, known by its number: they arrive, the next tick takes them, the one after closes them. */
const ids = (kind: string): string => `('019a0000-${kind}-7000-8000-' || lpad(to_hex($1::int * ${together} + i), 12, '0'))::uuid`
const one = `(select i, ($2::uuid[])[i % ${queues} + 1] as queue, ('019a0000-0001-7000-8000-' || lpad(to_hex(($1::int * ${together} + i) % ${agents}), 12, '0'))::uuid as agent from generate_series(0, ${together - 1}) i) one`
const told = (type: string): string => `insert into event (id, type, conversation_id, contact_id, data, rooms, at)
  select gen_random_uuid(), '${type}', ${ids('0003')}, ${ids('0004')}, jsonb_build_object('contactIds', jsonb_build_array(${ids('0004')})), array['supervisors', 'conversation:' || ${ids('0003')}], clock_timestamp() from ${one}`
const statements = [
  `with c as (insert into customer (id, name, created_at) select ${ids('0002')}, 'Customer', now() from ${one}),
   v as (insert into conversation (id, customer_id, created_at) select ${ids('0003')}, ${ids('0002')}, now() from ${one}),
   k as (insert into contact (id, conversation_id, queue_id, state, channel, opened_at, updated_at) select ${ids('0004')}, ${ids('0003')}, queue, 'waiting', 'sms', now(), now() from ${one}),
   t as (insert into turn (id, conversation_id, contact_id, first_message_id, started_at) select ${ids('0005')}, ${ids('0003')}, ${ids('0004')}, ${ids('0005')}, now() from ${one}),
   q as (insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at) select ${ids('0006')}, ${ids('0004')}, ${ids('0003')}, queue, 'messages', 'sms', now(), now(), now() from ${one})
   ${told('contact.opened')}`,
  `with k as (update contact set state = 'active', owner_id = agent, accepted_at = now(), version = version + 1 from ${one} where id = ${ids('0004')}),
   q as (update queue_entry set ended_at = now(), result = 'answered', answered_by = agent from ${one} where id = ${ids('0006')}),
   a as (insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at) select ${ids('0007')}, ${ids('0004')}, ${ids('0003')}, agent, 'sms', 0, 5, now() from ${one})
   ${told('contact.changed')}`,
  `with k as (update contact set state = 'closed', outcome = 'handled', closed_at = now(), version = version + 1 from ${one} where id = ${ids('0004')}),
   t as (update turn set ended_at = now(), "end" = 'answered' from ${one} where id = ${ids('0005')}),
   a as (update assignment set released_at = now(), ended_at = now() from ${one} where id = ${ids('0007')})
   ${told('contact.closed')}`,
]

/** What the last board in each window shows against the board asked for anew, and the relay's rows against what was committed. */
async function inexactness(db: pg.Pool, call: Call, windows: readonly BoardWindow[], changes: number): Promise<string[]> {
  const now = await call<BoardView>('GET', '/board')
  const figures = ({ total }: BoardView): string => JSON.stringify([total.waiting, total.active, total.handled, total['service-level'].n])
  const other = windows.filter((window) => window.held === null || figures(window.held.board) !== figures(now)).length
  const { rows } = await db.query<{ left: number; twice: number }>(
    `select (select count(*)::int from event where published_at is null) as left, (select count(*)::int from (select 1 from room_event where room = 'supervisors' group by event_id having count(*) > 1) t) as twice`)
  return [
    ...(other > 0 ? [`${other} windows show other figures than a new board`] : []), ...(windows.some((window) => window.asked > 0) ? ['a window had to ask for the whole again'] : []),
    ...(rows[0]?.left === 0 && rows[0].twice === 0 ? [] : [`of the relay ${rows[0]?.left} left, ${rows[0]?.twice} twice, ${changes} committed`]),
  ]
}
