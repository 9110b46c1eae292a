/** The benches' comparisons with few contacts: the indexed line equals what was written apart from it, and theory. */
import { describe, expect, it } from 'vitest'
import { Line, matchQueues } from '#server/domain/routing.ts'
import { serveInOrder } from '../../bench/routing/fcfs-oracle.ts'
import { compareWithOracle } from '../../bench/routing/full-rules.ts'
import { erlangA, erlangC } from '../../bench/routing/queueing-theory.ts'
import { figures, makeAgents, makeContacts, oneAtATime, run } from '../../bench/routing/simple-center.ts'
import { World } from '../../bench/routing/world.ts'
import { countOr, isLong, seed as first } from '../support/long.ts'

const count = countOr(600)

describe('the line', () => {
  it.each([0, 1, 2, 3, 4].map((n) => first + n))('decides and explains as the oracle that sorts everything anew, seed %i', { timeout: isLong ? 600_000 : 10_000 }, (seed) =>
    expect(compareWithOracle(seed, count)).toMatchObject({ difference: null }))

  it('would be found out: a line that knows of no rings differs', () =>
    expect(compareWithOracle(1, 600, (queues) => new Map([...queues].map(([id, queue]) => [id, { ...queue, rings: [] }]))).difference).not.toBeNull())

  it('plans from a snapshot what it has come to step by step', () => {
    const world = new World({ seed: 3, contacts: 200, agents: 12, queues: 4, load: 1.2 })
    const line = new Line(world.queues)
    world.run(line, (state, answers) => {
      const now = new Date(state.now)
      const plan = matchQueues([...state.line.values()], [...state.agents.values()], state.queues, now)
      const offers = plan.filter((match) => match.kind === 'offer')
      expect(offers.map((match) => [match.entry.id, match.agentId, match.reason])).toEqual(answers.map((one) => [one.entry.id, one.agentId, one.reason]))
    })
  })

  it('serves in order, contact by contact', () => {
    const kinds = [oneAtATime('calls', 240_000)]
    const sample = makeContacts(7, 20_000, (12 * 0.9) / 240_000, kinds)
    const ours = run(sample, kinds, makeAgents(Array.from({ length: 12 }, () => ['calls'])))
    const theirs = serveInOrder(sample.at, sample.handleMs, 12)
    expect([ours.beganAt, ours.agent]).toEqual([theirs.at, theirs.agent])
  })
})

describe('theory', () => {
  // From the tables: 10 agents offered 8 erlang let 40.9 % wait; so does the formula.
  it('knows Erlang C', () => expect(erlangC(8 / 240_000, 240_000, 10) / 240_000).toBeCloseTo(0.4092 / 2, 3))
  it('has Erlang A come to Erlang C when nobody leaves', () => expect(erlangA(8 / 240_000, 240_000, 10, 1e12).waitMs).toBeCloseTo(erlangC(8 / 240_000, 240_000, 10), 0))
  it('has those who leave as the line lets them leave', () => {
    const kinds = [{ ...oneAtATime('calls', 240_000), patienceMs: 120_000 }]
    const sample = makeContacts(1, 40_000, 11 / 240_000, kinds)
    const { left } = figures(sample, run(sample, kinds, makeAgents(Array.from({ length: 10 }, () => ['calls']))))
    const expected = erlangA(11 / 240_000, 240_000, 10, 120_000).abandoned
    expect(Math.abs(left - expected) / expected).toBeLessThan(0.05)
  })
})
