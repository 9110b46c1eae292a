import * as fc from 'fast-check'
import { sample } from 'fast-check'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { figureNames, type BoardView, type FigureName } from '#contract/board.ts'
import { applyBoardChange, boardChange, type BoardChange, type NumberedBoard } from '#contract/board-change.ts'
import { channels, entryResults, type Channel, type ContactOutcome } from '#contract/words.ts'
import { abandonment, asa, complaintRate, csat, dissatisfaction, longestWait, omission, serviceLevel, type EntryRow } from '#server/domain/figures.ts'
import { waitMs } from '#server/domain/queueing.ts'
import { definitions, usualAnswerMs } from '#server/features/reports/board.figures.ts'
import { createBoard, loadBoard } from '#server/features/reports/board.ts'
import { boardRows } from '#server/features/reports/reports.routes.ts'
import { newId } from '#server/platform/ids.ts'
import { createRealtime } from '#server/platform/realtime/realtime.ts'
import type { NumberedEvent } from '#server/platform/relay/relay.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { testLogger } from '../support/logger.ts'
import { makePerson, makeWorld, quietContext, type Person, type World } from './support/customer-world.ts'
import { surveyContext } from './surveys-world.ts'

const now = new Date('2026-03-10T15:00:00.000Z')
const midnight = new Date('2026-03-09T23:00:00.000Z') // of Berlin
const ago = (ms: number): Date => new Date(now.getTime() - ms)

let t: TestDatabase
let world: World
let people: Person[]
let surveyId: string
let policyId: string
beforeAll(async () => {
  t = await createTestDatabase()
  world = await makeWorld(t.db)
  await t.db.execute(`insert into calendar (id, name, time_zone, periods) values ($1, 'Berlin', 'Europe/Berlin', '[]')`, [newId()])
  surveyId = newId()
  await t.db.execute(`insert into survey (id, name, kind, questions) values ($1, 'CSAT', 'csat', '[]')`, [surveyId])
  policyId = newId()
  await t.db.execute(`insert into sla_policy (id, name, targets) values ($1, 'strict', $2)`, [policyId, JSON.stringify([{ kind: 'time-to-answer', channel: 'voice', targetMs: 10_000 }, { kind: 'time-to-answer', channel: null, targetMs: 300_000 }])])
  await t.db.execute('update queue set sla_policy_id = $1 where id = $2', [policyId, world.queueIds[1]])
  people = []
  for (let i = 0; i < 30; i++) people.push(await makePerson(t.db))
}, 60_000)
afterAll(() => t.drop())

const limits = (queue: number): Record<Channel, number> => (queue === 1 ? { voice: 10_000, webchat: 300_000, sms: 300_000, whatsapp: 300_000, slack: 300_000, email: 300_000 } : usualAnswerMs)

interface EntrySpec { channel: Channel; result: (typeof entryResults)[number] | null; startedMsAgo: number; closedMs: number; lastedMs: number }
interface ContactSpec {
  queue: number
  channel: Channel
  state: 'waiting' | 'active' | 'pending' | 'closed'
  outcome: ContactOutcome
  closedMsAgo: number
  complaint: boolean
  entries: EntrySpec[]
  clock: 'none' | 'running' | 'warned' | 'breached' | 'breached, met'
  turn: 'none' | 'open' | 'open, late' | 'answered'
  turnMsAgo: number
  score: number | null
}

const dayMs = 86_400_000
const waits = fc.oneof(fc.constantFrom(0, 4_999, 5_000, 9_999, 10_000, 10_001, 20_000, 20_001, 60_000, 60_001, 900_001), fc.integer({ min: 0, max: 20_000_000 }))
const entry = fc.record({ channel: fc.constantFrom(...channels), result: fc.option(fc.constantFrom(...entryResults)), startedMsAgo: fc.integer({ min: 0, max: 2 * dayMs }), closedMs: fc.constantFrom(0, 0, 0, 3_600_000), lastedMs: waits })
const contact = fc.record({
  queue: fc.nat(2), channel: fc.constantFrom(...channels), state: fc.constantFrom('waiting', 'active', 'pending', 'closed', 'closed', 'closed'),
  outcome: fc.constantFrom('handled', 'handled', 'abandoned', 'spam', 'merged', 'no-reply'), closedMsAgo: fc.oneof(fc.integer({ min: 0, max: dayMs }), fc.constantFrom(now.getTime() - midnight.getTime(), now.getTime() - midnight.getTime() + 1)),
  complaint: fc.boolean(), entries: fc.array(entry, { maxLength: 3 }), clock: fc.constantFrom('none', 'running', 'warned', 'breached', 'breached, met'), turn: fc.constantFrom('none', 'open', 'open, late', 'answered'),
  turnMsAgo: fc.integer({ min: 0, max: 2 * dayMs }), score: fc.option(fc.integer({ min: 1, max: 5 })),
}) as fc.Arbitrary<ContactSpec>

/** What the figures should come to, from the rows as they were made. */
interface Made { entries: (EntryRow & { queue: number })[]; contacts: ContactSpec[]; turns: { isEnded: boolean; isContactClosed: boolean; isPastLimit: boolean }[]; scores: number[] }

async function make(specs: readonly ContactSpec[]): Promise<Made> {
  const made: Made = { entries: [], contacts: [...specs], turns: [], scores: [] }
  await t.db.execute('truncate survey_response, survey_invitation, sla_clock, turn, queue_entry, contact cascade')
  for (const [i, spec] of specs.entries()) {
    const person = people[i]!
    const contactId = newId(ago(dayMs))
    const isClosed = spec.state === 'closed'
    await t.db.execute(
      `insert into contact (id, conversation_id, queue_id, state, outcome, channel, complaint, opened_at, closed_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)`,
      [contactId, person.conversationId, world.queueIds[spec.queue], spec.state, isClosed ? spec.outcome : null, spec.channel, spec.complaint, ago(3 * dayMs), isClosed ? ago(spec.closedMsAgo) : null])
    const demands = ['call', 'chat', 'messages']
    for (const [k, one] of spec.entries.entries()) {
      const enqueuedAt = ago(one.startedMsAgo)
      const workableAt = new Date(enqueuedAt.getTime() + one.closedMs)
      const endedAt = one.result === null ? null : new Date(Math.min(now.getTime(), workableAt.getTime() + one.lastedMs))
      await t.db.execute(
        `insert into queue_entry (id, contact_id, conversation_id, queue_id, demand, channel, enqueued_at, workable_at, rank_at, ended_at, result) values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9, $10)`,
        [newId(enqueuedAt), contactId, person.conversationId, world.queueIds[spec.queue], demands[k], one.channel, enqueuedAt, workableAt, endedAt, one.result])
      if (endedAt === null || endedAt >= midnight) made.entries.push({ channel: one.channel, result: one.result, waitMs: waitMs({ enqueuedAt, workableAt }, endedAt ?? now), queue: spec.queue })
    }
    const turnId = newId()
    if (spec.turn !== 'none') {
      const startedAt = ago(spec.turnMsAgo)
      const isEnded = spec.turn === 'answered'
      await t.db.execute(`insert into turn (id, conversation_id, contact_id, started_at, first_message_id, ended_at, "end") values ($1, $2, $3, $4, $1, $5, $6)`, [turnId, person.conversationId, contactId, startedAt, isEnded ? now : null, isEnded ? 'answered' : null])
      const isClosedToday = isClosed && ago(spec.closedMsAgo) >= midnight
      const isPastLimit = spec.turn === 'open, late'
      if (isPastLimit) await clock(contactId, person.conversationId, spec, turnId, { breached: true, state: 'cancelled' })
      if (startedAt >= midnight || (!isEnded && (!isClosed || isClosedToday))) made.turns.push({ isEnded, isContactClosed: isClosed, isPastLimit })
    }
    if (spec.clock !== 'none') await clock(contactId, person.conversationId, spec, null, { warned: spec.clock !== 'running', breached: spec.clock.startsWith('breached'), state: spec.clock === 'breached, met' ? 'met' : 'running' })
    if (spec.score !== null) {
      const invitationId = newId()
      await t.db.execute(
        `insert into survey_invitation (id, survey_id, contact_id, conversation_id, customer_id, identity_id, account_id, channel, queue_id, state, send_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'answered', $10)`,
        [invitationId, surveyId, contactId, person.conversationId, person.customerId, person.identityIds[0], world.accountIds[spec.channel], spec.channel, world.queueIds[spec.queue], now])
      await t.db.execute(`insert into survey_response (id, invitation_id, survey_id, contact_id, customer_id, queue_id, channel, score, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [newId(), invitationId, surveyId, contactId, person.customerId, world.queueIds[spec.queue], spec.channel, spec.score, ago(spec.turnMsAgo)])
      if (ago(spec.turnMsAgo) >= midnight) made.scores.push(spec.score)
    }
  }
  return made
}

async function clock(contactId: string, conversationId: string, spec: ContactSpec, turnId: string | null, is: { warned?: boolean; breached?: boolean; state: string }): Promise<void> {
  await t.db.execute(
    `insert into sla_clock (id, contact_id, conversation_id, turn_id, kind, policy_id, queue_id, channel, target_ms, state, started_at, intervals, warned_at, breached_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 60000, $9, $10, '[]', $11, $12)`,
    [newId(), contactId, conversationId, turnId, turnId ? 'first-response' : 'resolution', policyId, world.queueIds[spec.queue], spec.channel, is.state, ago(dayMs), is.warned ? ago(1000) : null, is.breached ? ago(500) : null])
}

/** The whole board counted again from the rows, by the formulas of the domain. */
function recount(made: Made): Record<FigureName, { value: number | null; n: number }> {
  const live = made.entries.filter((one) => one.channel === 'voice' || one.channel === 'webchat')
  const levels = [0, 1, 2].map((queue) => serviceLevel(made.entries.filter((one) => one.queue === queue), limits(queue), true))
  const levelN = levels.reduce((sum, level) => sum + level.n, 0)
  const levelGood = levels.reduce((sum, level) => sum + (level.value ?? 0) * level.n, 0)
  const count = (n: number) => ({ value: n === 0 ? null : n, n })
  const closedToday = made.contacts.filter((one) => one.state === 'closed' && ago(one.closedMsAgo) >= midnight)
  const judged = closedToday.filter((one) => one.outcome !== 'merged').map((one) => ({ isComplaint: one.complaint, isSpam: one.outcome === 'spam' }))
  const complaints = complaintRate(judged)
  const open = made.contacts.filter((one) => one.state !== 'closed')
  return {
    waiting: count(made.entries.filter((one) => one.result === null).length),
    'longest-wait': longestWait(live),
    'service-level': { value: levelN === 0 ? null : levelGood / levelN, n: levelN },
    asa: asa(made.entries),
    abandonment: abandonment(made.entries),
    active: count(open.filter((one) => one.state === 'active').length),
    'at-risk': count(open.filter((one) => one.clock === 'warned').length),
    breached: count(open.filter((one) => one.clock === 'breached').length),
    handled: count(closedToday.filter((one) => one.outcome === 'handled').length),
    csat: csat(made.scores),
    omission: omission(made.turns),
    complaints: { value: complaints.value === null ? null : Math.round(complaints.value * complaints.n), n: complaints.n },
    'complaint-rate': complaints, dissatisfaction: dissatisfaction(made.scores),
  }
}

const isDuration = (name: FigureName): boolean => definitions[name].value === 'mean' || definitions[name].value === 'max'

async function rowsOf(figure: FigureName, queueId?: string, channel?: Channel): Promise<number> {
  const context = { ...surveyContext(t.db, now) }
  const ids = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await boardRows(context, { figure, limit: 7, queueId, channel, cursor })
    for (const row of page.items) ids.add(row.counted.id)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return ids.size
}

describe('the board', () => {
  test('shows for any history what the rows come to, and opens exactly the rows it counts', async () => {
    await fc.assert(fc.asyncProperty(fc.array(contact, { maxLength: 25 }), async (specs) => {
      const made = await make(specs)
      const board = await loadBoard(t.db, now)
      expect(board.since).toBe(midnight.toISOString())
      const expected = recount(made)
      for (const name of figureNames) {
        const figure = board.total[name]
        expect([name, figure.n]).toEqual([name, expected[name].n])
        const value = expected[name].value
        if (value === null) expect([name, figure.value]).toEqual([name, null])
        else if (isDuration(name)) expect(Math.abs(value - figure.value!)).toBeLessThan(60_000)
        else expect(figure.value).toBeCloseTo(value, 3)
        expect([name, await rowsOf(name)]).toEqual([name, definitions[name].value === 'part' ? (figure.value ?? 0) : figure.n])
      }
    }), { numRuns: 12 })
  }, 120_000)

  test('every number of every line opens as many rows as it rests on', async () => {
    await make(sample(contact, { numRuns: 30, seed: 7 }))
    const board = await loadBoard(t.db, now)
    expect(board.lines.length).toBeGreaterThan(10)
    for (const line of board.lines) {
      for (const [name, figure] of Object.entries(line.figures) as [FigureName, { value: number | null; n: number }][]) {
        expect([line.queueName, line.channel, name, await rowsOf(name, line.queueId, line.channel)]).toEqual([line.queueName, line.channel, name, definitions[name].value === 'part' ? (figure.value ?? 0) : figure.n])
      }
    }
  }, 60_000)

  test('shows nothing, never nought, where there is nothing to count', async () => {
    await make([])
    const board = await loadBoard(t.db, now)
    expect(Object.values(board.total)).toEqual(figureNames.map(() => ({ value: null, n: 0 })))
    expect(board.lines).toEqual([])
    expect(board.agents.map((agent) => agent.name)).toEqual(['Agent 0', 'Agent 1', 'Agent 2', 'Agent 3'])
  })
})

describe('told as what changed', () => {
  const figure = fc.oneof(fc.nat(3).map((n) => ({ value: n === 0 ? null : n, n })), fc.record({ value: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), n: fc.nat(3) }))
  const boards = fc.array(fc.record({
    at: fc.integer({ min: 0, max: 1e6 }).map((ms) => new Date(ms).toISOString()), since: fc.constant(midnight.toISOString()),
    total: fc.record(Object.fromEntries(figureNames.map((name) => [name, figure])) as Record<FigureName, typeof figure>),
    lines: fc.array(fc.record({ queueId: fc.constantFrom('q', 'r'), queueName: fc.constant('Q'), channel: fc.constantFrom(...channels), figures: fc.record({ waiting: figure, asa: figure }, { requiredKeys: ['waiting'] }) }), { maxLength: 2 }),
    agents: fc.array(fc.record({
      id: fc.constantFrom('a', 'b'), name: fc.constant('A'), presence: fc.constantFrom('available', 'break'), reason: fc.option(fc.constant('lunch')), since: fc.constantFrom('x', 'y'), load: fc.constantFrom('idle', 'on-contact'),
      contacts: fc.nat(2), isHelping: fc.boolean(), liveUsed: fc.nat(2), deferredUsed: fc.nat(2),
    }), { maxLength: 2 }),
  }) as fc.Arbitrary<BoardView>, { minLength: 2, maxLength: 5 })

  test('it is the same as told whole; what follows a gap is refused, what came before changes nothing', () => {
    fc.assert(fc.property(boards, (views) => {
      let told: NumberedBoard | null = null
      let held: NumberedBoard | null = null
      for (const view of views) {
        const change = boardChange(told, view)
        const [before, wasHeld]: [NumberedBoard | null, NumberedBoard | null] = [told, held]
        told = { number: change.number, board: view }
        held = applyBoardChange(held, JSON.parse(JSON.stringify(change)) as BoardChange)
        expect(held).toEqual(told)
        if ('board' in change) continue
        expect(applyBoardChange(held, change)).toBe(held)
        expect(applyBoardChange(null, change)).toBeNull()
        if (before && wasHeld) expect(applyBoardChange({ ...wasHeld, number: before.number - 1 }, change)).toBeNull()
      }
    }), { numRuns: 200 })
  })
})

describe('pushed', () => {
  test('to nobody while nobody looks, soon when something changed, and not again while nothing does', async () => {
    await make([])
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const realtime = await createRealtime({ logger: testLogger(), isAllowed: async () => true })
    realtime.attach(server)
    realtime.io.of('/staff').on('connection', (socket) => { socket.on('look', async (ack: (board: NumberedBoard) => void) => { await socket.join('board'); ack(await board.watched()) }) })
    let asked = 0
    const counting = { ...t.db, query: <T>(sql: string, values?: readonly unknown[]) => { asked += 1; return t.db.query<T>(sql, values) } }
    const board = createBoard({ db: counting, clock: quietContext(t.db, now).clock, realtime, logger: testLogger() })
    const socket = io(`http://127.0.0.1:${(server.address() as AddressInfo).port}/staff`, { transports: ['websocket'] })
    const pushed: BoardChange[] = []
    socket.on('board', (change: BoardChange) => pushed.push(change))
    try {
      await once(socket as never, 'connect')
      board.mayHaveChanged([event])
      await new Promise((resolve) => { setTimeout(resolve, 1_100) })
      expect([asked, pushed]).toEqual([0, []])

      const first = await socket.emitWithAck('look') as NumberedBoard
      expect(pushed.splice(0)).toEqual([first])
      const before = asked
      // Looked at again each second, found the same, not sent.
      await expect.poll(() => asked, { timeout: 3_000 }).toBeGreaterThan(before)
      expect(pushed).toEqual([])
      expect(await socket.emitWithAck('look')).toEqual(first)

      await make(sample(contact, { numRuns: 3, seed: 1 }).map((spec) => ({ ...spec, state: 'active' as const })))
      board.mayHaveChanged([event])
      const shown = (): NumberedBoard | null => pushed.reduce<NumberedBoard | null>(applyBoardChange, first)
      await expect.poll(() => shown()?.board.total.active, { timeout: 900, interval: 20 }).toEqual({ value: 3, n: 3 })
      expect((await socket.emitWithAck('look') as NumberedBoard).board).toEqual(shown()?.board)
    } finally {
      board.close()
      socket.disconnect()
      await realtime.close()
    }
  }, 20_000)
})

test('who looks after a count has failed is not shown what stood there when somebody last looked', async () => {
  await make([])
  const realtime = await createRealtime({ logger: testLogger(), isAllowed: async () => true })
  realtime.attach(createServer())
  let isAway = false
  const leaving = { ...t.db, query: <T>(sql: string, values?: readonly unknown[]) => (isAway ? Promise.reject(new Error('the database is away')) : t.db.query<T>(sql, values)) }
  const board = createBoard({ db: leaving, clock: quietContext(t.db, now).clock, realtime, logger: testLogger() })
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const before = await board.watched()
    vi.advanceTimersByTime(3_600_000)
    isAway = true
    await expect(board.watched()).rejects.toThrow('the database is away')
    isAway = false
    await make(sample(contact, { numRuns: 3, seed: 1 }).map((spec) => ({ ...spec, state: 'active' as const })))
    expect([before.board.total.active, (await board.watched()).board.total.active]).toEqual([{ value: null, n: 0 }, { value: 3, n: 3 }])
  } finally {
    vi.useRealTimers()
    board.close()
    await realtime.close()
  }
})

const event: NumberedEvent = { room: 'supervisors', seq: 1, id: newId(), type: 'contact.changed', conversationId: null, contactId: null, refs: {}, at: now }
