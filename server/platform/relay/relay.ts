/**
 * The one sender. Use cases append events and wake the relay; it runs in the one server process that holds the advisory lock,
 * numbers committed events per room in sending order and hands them to `send`. A cursor over ids would lose rows that commit
 * late; "committed and not yet published" cannot.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { EventName, EventRefs } from '#contract/events.ts'
import type { Db } from '../db.ts'
import { sessionOn, type Session } from '../db/statements.ts'
import type { Logger } from '../logger.ts'
import { count } from '../telemetry.ts'

export interface NumberedEvent {
  room: string
  seq: number
  id: string
  type: EventName
  conversationId: string | null
  contactId: string | null
  refs: EventRefs
  at: Date
}

/** Tells a batch; an empty one when this process begins to number. Its numbers are final when `committed` resolves; where that fails nothing of it may have been told. */
export type Send = (batch: NumberedEvent[], committed: Promise<unknown>) => Promise<void>

export interface Relay {
  /** Call after commit. Never throws, never waits. */
  wake(): void
  /** For who commits thousands of events in a row and wakes once at their end: until the answer is called, nothing is sent but by `wake`. */
  hold(): () => void
  /** Resolves when everything committed before the call has been sent by this process, if it holds the lock. */
  flush(): Promise<void>
  readonly isHolder: boolean
  close(): Promise<void>
}

const lockKey = 7_241_001
const channelName = 'tributary_relay'
const batchSize = 200
const pollMs = 1_000
/** Who holds the lock looks every second. One who has not for so long has its process or its machine stopped: another relieves it. */
const stoppedAfterMs = 5_000
/**
 * A few batches in a row go at once; who goes on so waits for the next, so that under load more goes into one. Each costs two dozen
 * statements and a frame to every socket, whatever is in it: the more there is in one, the longer the next may fill.
 */
const leadMs = 96
const msPerBatch = 12
const msPerEvent = 2
const msPerBatchMax = 40

/**
 * @param send gets each batch in order; it renders, and emits once the numbers are committed: a crash must not give one twice.
 * It must not throw for one bad event.
 * @param stoppedMs after how long of doing nothing whoever holds the lock is taken to be stopped.
 */
export function createRelay(db: Db, logger: Logger, send: Send | null, stoppedMs = stoppedAfterMs): Relay {
  let holder: pg.PoolClient | null = null
  let running: Promise<void> | null = null
  let again = false
  let closed = false
  let notifying = false
  let held = 0
  /** When the next batch would be due, were they sent evenly. */
  let nextAt = -Infinity
  let relievesAt = -Infinity

  const timer = setInterval(() => {
    if (send && held === 0) kick()
  }, pollMs).unref()

  function kick(): void {
    if (closed) return
    if (running) {
      again = true
      return
    }
    running = run()
      .catch((error: unknown) => {
        logger.warn({ event: 'relay.lost', err: error }, 'relay lost its connection')
        dropHolder()
      })
      .finally(() => {
        running = null
        if (again) {
          again = false
          kick()
        }
      })
  }

  async function run(): Promise<void> {
    holder ??= await becomeHolder()
    if (!holder || !send) return
    for (;;) {
      const restsMs = nextAt - leadMs - performance.now()
      if (restsMs > 0) await sleep(restsMs)
      // Its connection may have been lost meanwhile: the next is looked for at once.
      if (!holder) return kick()
      again = false
      const session = sessionOn(holder, { inTransaction: true })
      const batch = await takeBatch(session)
      const committed = session.command('commit')
      if (batch.taken === 0) {
        await committed
        return
      }
      nextAt = Math.max(nextAt, performance.now()) + Math.min(msPerBatch + msPerEvent * batch.taken, msPerBatchMax)
      count('relayEvents', {}, batch.taken)
      await Promise.all([committed, send(batch.events, committed)])
      if (batch.taken < batchSize && !again) return
    }
  }

  async function becomeHolder(): Promise<pg.PoolClient | null> {
    const client = await db.client()
    try {
      const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [lockKey])
      if (!rows[0]?.got) {
        if (send && performance.now() >= relievesAt) await relieveStopped(client)
        client.release()
        return null
      }
      client.on('error', () => { if (holder === client) dropHolder() })
      client.on('notification', kick)
      await client.query(`listen ${channelName}`)
      await send?.([], Promise.resolve())
      return client
    } catch (error) {
      // Not given back it would be lost to the pool, and with it, after some losses, the relay.
      client.release(true)
      throw error
    }
  }

  /** Ends the connection of a holder that does nothing though there is something to send, and with it its lock. */
  async function relieveStopped(client: pg.PoolClient): Promise<void> {
    relievesAt = performance.now() + pollMs
    const { rowCount } = await client.query(
      `select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = $1 and l.database = (select oid from pg_database where datname = current_database())
         and a.state <> 'active' and a.state_change < clock_timestamp() - $2 * interval '1 ms' and exists (select 1 from event where published_at is null)`,
      [lockKey, stoppedMs])
    if (rowCount) logger.warn({ event: 'relay.relieved' }, 'the process that told what happens stands still, another does it')
  }

  function dropHolder(): void {
    const lost = holder
    holder = null
    lost?.release(true)
  }

  function tellHolder(): void {
    // Outside any transaction: a NOTIFY inside one would serialise all commits.
    if (notifying) return
    notifying = true
    db.execute('select pg_notify($1, $2)', [channelName, ''])
      .catch(() => count('jobsWakeFailed', { job: 'relay' }))
      .finally(() => { notifying = false })
  }

  return {
    wake() {
      if (closed) return
      if (send && (holder || running)) kick()
      else {
        if (send) kick()
        tellHolder()
      }
    },
    hold() {
      held += 1
      return () => { held -= 1 }
    },
    async flush() {
      kick()
      // Each run may have been woken once more while it ran.
      for (let run = running as Promise<void> | null; run !== null; run = running) await run
    },
    get isHolder() { return holder !== null },
    async close() {
      closed = true
      clearInterval(timer)
      await running
      dropHolder()
    },
  }
}

/** Takes the oldest committed, unpublished events, numbers them in their rooms and marks them published: one statement, in a transaction left open. */
async function takeBatch(session: Session): Promise<{ taken: number; events: NumberedEvent[] }> {
  const [, rows] = await Promise.all([session.command('begin'), session.query<NumberedEvent & { room: string | null }>(`
    with batch as (
      select id, position, type, conversation_id, contact_id, data, at, rooms from event
      where published_at is null order by position limit ${batchSize}
    ), expanded as (
      select b.id, b.position, r.room from batch b cross join lateral unnest(b.rooms) as r(room)
    ), counted as (
      select room, count(*) as n from expanded group by room
    ), bumped as (
      insert into room (name, seq) select room, n from counted order by room
      on conflict (name) do update set seq = room.seq + excluded.seq
      returning name, seq
    ), numbered as (
      insert into room_event (room, seq, event_id, at)
      select e.room, b.seq - c.n + row_number() over (partition by e.room order by e.position), e.id, clock_timestamp()
      from expanded e join counted c using (room) join bumped b on b.name = e.room
      returning room, seq, event_id
    ), marked as (
      update event set published_at = clock_timestamp() where id in (select id from batch)
    )
    select n.room, n.seq, b.id, b.type, b.conversation_id as "conversationId", b.contact_id as "contactId", b.data as refs, b.at
    from batch b left join numbered n on n.event_id = b.id
    order by b.position, n.room`)])
  const ids = new Set(rows.map((row) => row.id))
  return { taken: ids.size, events: rows.filter((row): row is NumberedEvent => row.room !== null) }
}

/** What rooms were told after their numbers, in the order it was told, at most `limit` events; null when that much is no longer kept. */
export async function missedEvents(db: Pick<Db, 'query'>, rooms: Record<string, number>, limit: number): Promise<{ events: NumberedEvent[]; numbers: Record<string, number> } | null> {
  const names = Object.keys(rooms)
  // First the numbers: one said without its event would have the screen throw that event away when it comes.
  const standing = await roomNumbers(db, names)
  const rows = await db.query<NumberedEvent>(
    `select re.room, re.seq, e.id, e.type, e.conversation_id as "conversationId", e.contact_id as "contactId", e.data as refs, e.at
     from unnest($1::text[], $2::bigint[]) as k(room, seq)
     join room_event re on re.room = k.room and re.seq > k.seq
     join event e on e.id = re.event_id
     order by max(e.position) over (partition by re.room order by re.seq), re.room, re.seq limit $3`, // who committed late was told late
    [names, names.map((name) => rooms[name]), limit + 1],
  )
  if (rows.length > limit) return null
  const events = rows.map((row) => ({ ...row, seq: Number(row.seq) }))
  const numbers: Record<string, number> = {}
  for (const name of names) {
    const known = rooms[name] ?? 0
    const got = events.filter((event) => event.room === name)
    const last = known + got.length
    // A number from before a restore, or a gap from pruning: only a snapshot is right.
    if (known > (standing[name] ?? 0) || last < (standing[name] ?? 0) || got.some((event) => event.seq > last)) return null
    numbers[name] = last
  }
  return { events, numbers }
}

export async function roomNumbers(db: Pick<Db, 'query'>, rooms: readonly string[]): Promise<Record<string, number>> {
  const rows = await db.query<{ name: string; seq: number | string }>('select name, seq from room where name = any($1::text[])', [rooms])
  const numbers = Object.fromEntries(rooms.map((room) => [room, 0]))
  for (const row of rows) numbers[row.name] = Number(row.seq)
  return numbers
}
