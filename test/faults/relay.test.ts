/** R8: fifty writers, three candidates for the relay, and the holder's connection killed again and again: every event once, rooms gapless in sending order. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBoard } from '#server/features/reports/board.ts'
import { createDb, type Db } from '#server/platform/db.ts'
import { newId } from '#server/platform/ids.ts'
import { createRealtime } from '#server/platform/realtime/realtime.ts'
import { appendEvents } from '#server/platform/relay/append.ts'
import { forgetEvents } from '#server/platform/relay/forget.ts'
import { createRelay, missedEvents, type NumberedEvent, type Relay } from '#server/platform/relay/relay.ts'
import { createPublisher } from '#server/publish.ts'
import { fixedClock } from '#server/platform/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/deadline.ts'
import { expectErrorLog, testLogger } from '../support/logger.ts'
import { chance, chanceOf, countOr, isLong } from '../support/long.ts'

const writers = 50
const eventsEach = countOr(10)
const rooms = Array.from({ length: 12 }, (_, i) => `team:${i}`)

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase({ max: 20 }) })
afterAll(() => database.drop())

test('every event is published once, and each room counts in the order of sending', { timeout: isLong ? 1_200_000 : 30_000 }, async () => {
  const { db } = database
  const by = chance()
  const sent: (NumberedEvent & { by: number })[] = []
  let begun = 0
  const candidates: { db: Db; relay: Relay }[] = Array.from({ length: 3 }, (_, by) => {
    const own = createDb(database.url, { max: 3, applicationName: `candidate ${by}` })
    return { db: own, relay: createRelay(own, testLogger(), async (batch, committed) => {
      await committed
      if (batch.length === 0) begun += 1
      sent.push(...batch.map((event) => ({ ...event, by })))
    }) }
  })
  const writing = new AbortController()
  let kills = 0
  const killing = (async () => {
    while (!writing.signal.aborted) {
      const killed = await db.query(`select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and l.granted and l.objid = 7241001 and d.datname = current_database()`)
      kills += killed.length
      for (const { relay } of candidates) relay.wake()
      await new Promise((resolve) => { setTimeout(resolve, 5 + by.below(30)) })
    }
  })()
  await Promise.all(Array.from({ length: writers }, (_, writer) => [writer, by.below(2 ** 31)] as const).map(async ([writer, its]) => {
    const choose = chanceOf(its) // its own, so that the order in which writers come does not change what they write
    for (let i = 0; i < eventsEach; i++) {
      await db.tx(async (tx) => appendEvents(tx, [{ type: 'settings.changed', refs: { facts: { writer, i } }, rooms: [...new Set([choose.pick(rooms), choose.pick(rooms)])] }], new Date()))
      choose.pick(candidates).relay.wake()
    }
  }))
  writing.abort()
  await killing
  await until('everything to be published', async () => {
    for (const { relay } of candidates) await relay.flush()
    return (await db.one<{ n: number }>('select count(*)::int as n from event where published_at is null')).n === 0
  }, 10_000)

  expect(kills).toBeGreaterThan(0)
  expect(begun, 'who numbers next says so').toBeGreaterThan(1)
  expect((await db.one<{ n: number }>('select count(*)::int as n from event')).n).toBe(writers * eventsEach)
  expect(await db.query('select room from room_event group by room having count(*) <> max(seq) or min(seq) <> 1')).toEqual([])
  expect(await db.query('select room, event_id from room_event group by 1, 2 having count(*) > 1')).toEqual([])
  expect(await db.query(`select e.id from event e where (select count(*) from room_event r where r.event_id = e.id) <> cardinality(e.rooms)`)).toEqual([])
  // What was sent: no number twice, none with another event, each sender's own in order.
  const places = sent.map((event) => `${event.room} ${event.seq}`)
  expect(new Set(places).size).toBe(places.length)
  for (const [by] of candidates.entries()) {
    for (const room of rooms) {
      const seqs = sent.filter((event) => event.by === by && event.room === room).map((event) => event.seq)
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    }
  }
  for (const candidate of candidates) {
    await candidate.relay.close()
    await candidate.db.close()
  }
})

/** A publisher whose rooms somebody is in, as `mayHear` says. */
async function startPublisher(mayHear = () => true) {
  const realtime = await createRealtime({ logger: testLogger(), isAllowed: async () => true })
  realtime.attach(createServer())
  const told = vi.spyOn(realtime.io.of('/staff').adapter, 'broadcast')
  const board = createBoard({ db: database.db, clock: fixedClock(new Date()), realtime, logger: testLogger() })
  const renew = vi.fn()
  const deps = { db: database.db, realtime: { ...realtime, mayHear, renew }, logger: testLogger(), board }
  return {
    publish: createPublisher(deps), deps, told, renew,
    async close() {
      board.close()
      await realtime.close()
    },
  }
}

const saved = (room: string, seq: number, at = new Date()): NumberedEvent => ({ room, seq, id: newId(), type: 'settings.changed', conversationId: null, contactId: null, refs: { settings: 'queues' }, at })

test('nothing is told of a batch whose numbers were not committed', async () => {
  const { publish, deps, told, renew, close } = await startPublisher()
  const event = saved('staff', 1)
  const failed = Promise.reject(new Error('the connection is gone'))
  await expect(publish([event], failed)).rejects.toThrow('the connection is gone')
  expect(told).not.toHaveBeenCalled()
  // It may have been committed all the same: whoever was to be told asks.
  expect(renew.mock.calls).toEqual([[['staff']]])
  await publish([event], Promise.resolve())
  expect(told).toHaveBeenCalledTimes(1)
  expectErrorLog(/could not be rendered/)
  await createPublisher({ ...deps, db: { ...deps.db, together: () => Promise.reject(new Error('the database is away')) } })([event], Promise.resolve())
  expect([renew.mock.calls.length, told.mock.calls.length]).toEqual([2, 1])
  await close()
})

test('what cannot be rendered is asked for by its own room alone, and a room is told all of a batch in one frame', async () => {
  const { publish, told, renew, close } = await startPublisher()
  expectErrorLog(/could not be rendered/)
  await publish([saved('staff', 1), saved('team:1', 1, new Date(Number.NaN)), saved('supervisors', 1), saved('staff', 2)], Promise.resolve())
  expect(renew.mock.calls).toEqual([[['team:1']]])
  expect(told.mock.calls.map(([packet, { rooms }]) => [[...rooms], (packet.data as [string, { seq: number }[]])[1].map(({ seq }) => seq)])).toEqual([[['staff'], [1, 2]], [['supervisors'], [1]]])
  await close()
})

test('who comes into a room while the numbers are committed is told what they are of', async () => {
  let isThere = false
  const { publish, told, close } = await startPublisher(() => isThere)
  const { promise: committed, resolve: commit } = Promise.withResolvers<void>()
  const telling = publish([saved('staff', 1)], committed)
  isThere = true
  commit()
  await telling
  expect(told).toHaveBeenCalledTimes(1)
  await close()
})

test('one that holds the lock and stands still is relieved, by another that has something to send', async () => {
  const { db } = database
  const stopped = await db.client()
  stopped.on('error', () => {})
  const told: string[] = []
  const relay = createRelay(db, testLogger(), async (batch, committed) => {
    await committed
    told.push(...batch.map((event) => event.room))
  }, 0)
  await until('the lock', async () => (await stopped.query<{ got: boolean }>('select pg_try_advisory_lock(7241001) as got')).rows[0]!.got)
  await db.tx(async (tx) => appendEvents(tx, [{ type: 'settings.changed', refs: {}, rooms: ['team:stopped'] }], new Date()))
  await until('the event to be told', async () => { await relay.flush(); return told.includes('team:stopped') })
  await relay.close()
  stopped.release(true)
})

test('what was missed brings every number it says, whatever is told while it is read', async () => {
  const { db } = database
  const relay = createRelay(db, testLogger(), async (_batch, committed) => { await committed })
  const tell = async (): Promise<void> => {
    await db.tx(async (tx) => appendEvents(tx, [{ type: 'settings.changed', refs: {}, rooms: ['team:asked'] }], new Date()))
    await relay.flush()
  }
  await tell()
  const meanwhile: Pick<Db, 'query'> = {
    async query<T>(sql: string, values?: readonly unknown[]) {
      const rows = await db.query<T>(sql, values)
      await tell()
      return rows
    },
  }
  const missed = await missedEvents(meanwhile, { 'team:asked': 0 }, 100)
  await relay.close()
  expect(missed?.events.map((event) => event.seq)).toEqual(Array.from({ length: missed?.numbers['team:asked'] ?? 0 }, (_, i) => i + 1))
  expect(missed?.events.length).toBeGreaterThan(0)
})

test('what was missed comes in the order it was told, also what was committed late', async () => {
  const { db } = database
  const relay = createRelay(db, testLogger(), async (_batch, committed) => { await committed })
  // The lock of the relay before is free once its connection has ended.
  await until('the relay to hold the lock', async () => { await relay.flush(); return relay.isHolder })
  const happen = (tx: Parameters<typeof appendEvents>[0], rooms: string[]): void => appendEvents(tx, [{ type: 'settings.changed', refs: {}, rooms }], new Date())
  await db.tx(async (tx) => {
    happen(tx, ['team:late'])
    await tx.query('select 1') // it has drawn its position
    await db.tx(async (other) => happen(other, ['team:late', 'team:later']))
    await relay.flush()
  })
  await relay.flush()
  await relay.close()
  const missed = await missedEvents(db, { 'team:late': 0, 'team:later': 0 }, 100)
  expect(missed?.events.map(({ room, seq }) => [room, seq])).toEqual([['team:late', 1], ['team:late', 2], ['team:later', 1]])
})

test('what was told more than a day ago is forgotten; who asks for it is given a snapshot, who asks for what came after it the difference', async () => {
  const own = await createTestDatabase()
  const { db } = own
  const hour = 3_600_000
  const now = new Date()
  const relay = createRelay(db, testLogger(), async (_batch, committed) => void (await committed))
  const tell = async (hoursAgo: number, rooms: string[]): Promise<void> => {
    const at = new Date(now.getTime() - hoursAgo * hour)
    await db.tx(async (tx) => appendEvents(tx, [{ type: 'settings.changed', refs: { settings: 'queues' }, rooms }], at))
    await relay.flush()
    await db.execute('update room_event set at = $1 where event_id in (select id from event where at = $1)', [at])
  }
  for (const hoursAgo of [50, 49, 30]) await tell(hoursAgo, ['staff', `old:${hoursAgo}`])
  for (const hoursAgo of [20, 1]) await tell(hoursAgo, ['staff'])
  const left = async (): Promise<unknown> => ({
    events: (await db.query<{ hours: number }>(`select round(extract(epoch from $1::timestamptz - at) / 3600)::int as hours from event order by 1 desc`, [now])).map(({ hours }) => hours),
    numbers: await db.query('select room, seq::int as seq from room_event order by 1, 2'),
  })
  expect(await forgetEvents(db, now)).toBe(3)
  const day = { events: [20, 1], numbers: [{ room: 'staff', seq: 4 }, { room: 'staff', seq: 5 }] }
  expect(await left()).toEqual(day)
  expect(await forgetEvents(db, now), 'it goes on where it stopped').toBe(0)
  expect(await missedEvents(db, { staff: 2 }, 10)).toBeNull()
  expect((await missedEvents(db, { staff: 3 }, 10))?.numbers).toEqual({ staff: 5 })

  // Not told yet: kept, however old; and a room goes on counting where it was.
  await relay.close()
  await db.tx(async (tx) => appendEvents(tx, [{ type: 'settings.changed', refs: {}, rooms: ['staff'] }], now))
  expect(await forgetEvents(db, new Date(now.getTime() + 30 * hour))).toBe(2)
  expect(await left()).toEqual({ events: [0], numbers: [] })
  const again = createRelay(db, testLogger(), async (_batch, committed) => void (await committed))
  await again.flush()
  expect(await left()).toEqual({ events: [0], numbers: [{ room: 'staff', seq: 6 }] })
  await again.close()
  await own.drop()
})
