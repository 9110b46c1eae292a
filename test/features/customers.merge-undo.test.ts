import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mergeCustomers, undoMerge } from '#server/features/customers/customers.usecases.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { dumpDifference, dumpTables } from '../support/dump.ts'
import { closedContactOf, makePerson, makeWorld, minute, openContactOf, quietContext, say, type World } from './support/customer-world.ts'
import { checkMergeProperty, exceptWhatUndoKeeps } from './support/merge-property.ts'

let database: TestDatabase
let world: World
beforeAll(async () => {
  database = await createTestDatabase()
  world = await makeWorld(database.db)
})
afterAll(() => database.drop())

const supervisor = () => ({ staffId: world.supervisorId, role: 'supervisor' as const })

describe('undo of a merge', () => {
  test('leaves every table as it was, with two owned contacts, offers, clocks and turns', async () => {
    const { db } = database
    const [mei, anna] = [await makePerson(db, { name: 'Mei' }), await makePerson(db)]
    await closedContactOf(db, mei, world.queueIds[0], minute(1))
    await closedContactOf(db, anna, world.queueIds[1], minute(1))
    await openContactOf(db, world, mei, { at: minute(10), queueId: world.queueIds[0], ownerId: world.agentIds[0]!, unanswered: true, clocks: ['time-to-answer', 'first-response', 'resolution'] })
    await openContactOf(db, world, anna, { at: minute(5), queueId: world.queueIds[1], offeredTo: world.agentIds[2]!, entries: ['messages', 'call'], session: 'call', unanswered: true, clocks: ['first-response', 'next-response', 'resolution'] })
    for (let i = 0; i < 5; i++) await say(db, i % 2 ? mei.conversationId : anna.conversationId, { identityId: (i % 2 ? mei : anna).identityIds[0]! }, minute(20 + i))

    const context = quietContext(db, minute(30))
    const before = await dumpTables(db, exceptWhatUndoKeeps)
    const { mergeId } = await mergeCustomers(context, supervisor(), { survivorId: mei.customerId, foldedId: anna.customerId })
    const merged = await db.query<{ seq: number }>('select seq from message where conversation_id = $1 order by at, id', [mei.conversationId])
    expect(merged.map((row) => row.seq)).toEqual(merged.map((_, i) => i + 1))
    expect(merged).toHaveLength(4 + 2 + 5)
    await undoMerge(context, supervisor(), { mergeId, reason: 'two people' })
    expect(dumpDifference(before, await dumpTables(db, exceptWhatUndoKeeps))).toEqual({})
  })
})

test('whatever the histories and whatever happened since, an undo loses nothing', { timeout: 600_000 }, async () => {
  const { LONG_COUNT, LONG_SEED } = process.env
  await checkMergeProperty(database.db, world, { runs: Number(LONG_COUNT ?? 10), ...(LONG_SEED ? { seed: Number(LONG_SEED) } : {}) })
})
