/** R8: fifty writers, three candidates for the relay, and the holder's connection killed again and again: every event once, rooms gapless in sending order. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDb, type Db } from '#server/platform/db.ts'
import { appendEvents } from '#server/platform/relay/append.ts'
import { createRelay, type NumberedEvent, type Relay } from '#server/platform/relay/relay.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/deadline.ts'
import { testLogger } from '../support/logger.ts'

const writers = 50
const isLong = process.env['LONG_COUNT'] !== undefined
const eventsEach = Number(process.env['LONG_COUNT'] ?? 10)
const rooms = Array.from({ length: 12 }, (_, i) => `team:${i}`)

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase({ max: 20 }) })
afterAll(() => database.drop())

test('every event is published once, and each room counts in the order of sending', { timeout: isLong ? 1_200_000 : 30_000 }, async () => {
  const { db } = database
  const sent: (NumberedEvent & { by: number })[] = []
  const candidates: { db: Db; relay: Relay }[] = Array.from({ length: 3 }, (_, by) => {
    const own = createDb(database.url, { max: 3, applicationName: `candidate ${by}` })
    return { db: own, relay: createRelay(own, testLogger(), async (batch) => { sent.push(...batch.map((event) => ({ ...event, by }))) }) }
  })
  const writing = new AbortController()
  let kills = 0
  const killing = (async () => {
    while (!writing.signal.aborted) {
      const killed = await db.query(`select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and l.granted and l.objid = 7241001 and d.datname = current_database()`)
      kills += killed.length
      for (const { relay } of candidates) relay.wake()
      await new Promise((resolve) => { setTimeout(resolve, 20) })
    }
  })()
  await Promise.all(Array.from({ length: writers }, async (_, writer) => {
    for (let i = 0; i < eventsEach; i++) {
      await db.tx((tx) => appendEvents(tx, [{ type: 'settings.changed', refs: { facts: { writer, i } }, rooms: [rooms[(writer + i) % rooms.length]!, rooms[(writer * 7 + i * 3) % rooms.length]!] }], new Date()))
      candidates[writer % 3]!.relay.wake()
    }
  }))
  writing.abort()
  await killing
  await until('everything to be published', async () => {
    for (const { relay } of candidates) await relay.flush()
    return (await db.one<{ n: number }>('select count(*)::int as n from event where published_at is null')).n === 0
  }, 10_000)

  expect(kills).toBeGreaterThan(0)
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
