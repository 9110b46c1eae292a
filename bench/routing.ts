/**
 * The pure core of routing against what it must equal: first come, first served against an oracle of sixty lines; the full rules
 * against one that sorts everything anew; waits and abandonment against Erlang C and A; and how fast it decides.
 */
import { Line } from '#server/domain/routing.ts'
import { serveInOrder } from './routing/fcfs-oracle.ts'
import { compareWithOracle } from './routing/full-rules.ts'
import { erlangA, erlangC, intervalOf, type Interval } from './routing/queueing-theory.ts'
import { figures, makeAgents, makeContacts, oneAtATime, run } from './routing/simple-center.ts'
import { record, replay } from './routing/trace.ts'
import { World } from './routing/world.ts'
import type { BenchResult, Targets } from './run.ts'

const handleMs = 240_000
const seeds = Array.from({ length: 10 }, (_, index) => index + 1)
const inOneQueue = (agents: number) => makeAgents(Array.from({ length: agents }, () => ['calls']))

export async function bench(targets: Targets): Promise<BenchResult> {
  const speed = decisions(50_000)
  const fcfs = firstComeFirstServed(1_000_000)
  const c = againstErlangC(5, 0.7, 350_000)
  const a = againstErlangA(20, 1.1, 120_000, 60_000)
  const rules = fullRules(20_000)
  const missed = [
    ...(fcfs.different > 0 ? [`first come, first served: ${fcfs.different} contacts differ`] : []),
    ...rules.differences.map((one) => `full rules: ${one}`),
    ...(isOutside(c.interval, c.expected) ? [`Erlang C ${c.expected.toFixed(0)} ms, measured ${c.interval.low.toFixed(0)} to ${c.interval.high.toFixed(0)}`] : []),
    ...(c.interval.halfWidth > (targets['erlangIntervalHalfWidth'] ?? 0) ? [`Erlang C: interval ± ${(c.interval.halfWidth * 100).toFixed(2)} %`] : []),
    ...(isOutside(a.left, a.expected.abandoned) || isOutside(a.wait, a.expected.waitMs) ? ['Erlang A outside the interval'] : []),
    ...(speed.perSecond < (targets['decisionsPerSecond'] ?? 0) ? [`${speed.perSecond.toFixed(0)} decisions/s`] : []),
  ]
  return {
    metrics: {
      decisionsPerSecond: speed.perSecond, decisionsExplainedPerSecond: speed.explainedPerSecond, offersOfThem: speed.offersShare, fcfsContacts: fcfs.contacts, fcfsDifferent: fcfs.different, fcfsPerSecond: fcfs.perSecond,
      rulesOffers: rules.offers, rulesAsked: rules.asked, rulesDifferent: rules.differences.length, erlangCWaitMs: c.interval.mean, erlangCHalfWidth: c.interval.halfWidth,
      erlangAAbandoned: a.left.mean, erlangAHalfWidth: a.left.halfWidth, erlangAWaitMs: a.wait.mean,
    },
    floor: { fcfsPerSecond: fcfs.oraclePerSecond, erlangCWaitMs: c.expected, erlangAAbandoned: a.expected.abandoned, erlangAWaitMs: a.expected.waitMs },
    ratio: { fcfsPerSecond: fcfs.perSecond / fcfs.oraclePerSecond, erlangCWaitMs: c.interval.mean / c.expected, erlangAAbandoned: a.left.mean / a.expected.abandoned },
    missed,
  }
}

/** A busy center of 200 agents, its changes recorded once and told to a fresh line: the core alone is timed. The second of two runs. */
function decisions(contacts: number) {
  const world = new World({ seed: 1, contacts, agents: 200, queues: 8, load: 0.75 })
  const trace = record(world, new Line(world.queues))
  const timed = (isExplained: boolean): number => {
    replay(trace, new Line(world.queues), isExplained)
    const started = performance.now()
    replay(trace, new Line(world.queues), isExplained)
    return trace.decisions / ((performance.now() - started) / 1_000)
  }
  return { perSecond: timed(false), explainedPerSecond: timed(true), offersShare: world.offers / trace.decisions }
}

function firstComeFirstServed(contacts: number) {
  const agents = 40
  const kinds = [oneAtATime('calls', handleMs)]
  const sample = makeContacts(1, contacts, (agents * 0.85) / handleMs, kinds)
  const started = performance.now()
  const ours = run(sample, kinds, inOneQueue(agents))
  const between = performance.now()
  const theirs = serveInOrder(sample.at, sample.handleMs, agents)
  const done = performance.now()
  const different = ours.beganAt.reduce((sum, at, contact) => sum + (at !== theirs.at[contact] || ours.agent[contact] !== theirs.agent[contact] ? 1 : 0), 0)
  return { contacts, different, perSecond: (contacts / (between - started)) * 1_000, oraclePerSecond: (contacts / (done - between)) * 1_000 }
}

function fullRules(contacts: number) {
  const runs = seeds.map((seed) => compareWithOracle(seed, contacts))
  return {
    offers: runs.reduce((sum, one) => sum + one.offers, 0), asked: runs.reduce((sum, one) => sum + one.asked, 0),
    differences: runs.map((one) => one.difference).filter((one) => one !== null),
  }
}

function againstErlangC(agents: number, load: number, contacts: number) {
  const kinds = [oneAtATime('calls', handleMs)]
  const rate = (agents * load) / handleMs
  const waits = seeds.map((seed) => {
    const sample = makeContacts(seed, contacts, rate, kinds)
    return figures(sample, run(sample, kinds, inOneQueue(agents))).waitMs
  })
  return { interval: intervalOf(waits), expected: erlangC(rate, handleMs, agents) }
}

function againstErlangA(agents: number, load: number, patienceMs: number, contacts: number) {
  const kinds = [{ ...oneAtATime('calls', handleMs), patienceMs }]
  const rate = (agents * load) / handleMs
  const all = seeds.map((seed) => {
    const sample = makeContacts(seed, contacts, rate, kinds)
    return figures(sample, run(sample, kinds, inOneQueue(agents)))
  })
  return { left: intervalOf(all.map((one) => one.left)), wait: intervalOf(all.map((one) => one.waitMs)), expected: erlangA(rate, handleMs, agents, patienceMs) }
}

const isOutside = ({ low, high }: Interval, value: number): boolean => value < low || value > high
