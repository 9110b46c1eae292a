/**
 * Why one line: five channels with eight agents each, apart and together, against Erlang C. Then what pooling does when work is
 * unequal, and the rule that keeps it from hurting calls.
 */
import { serveInOrder } from './routing/fcfs-oracle.ts'
import { erlangC } from './routing/queueing-theory.ts'
import { figures, makeAgents, makeContacts, oneAtATime, run, type Kind } from './routing/simple-center.ts'
import type { BenchResult, Targets } from './run.ts'

const channels = ['voice', 'webchat', 'sms', 'whatsapp', 'email']
const agentsEach = 8
const agents = channels.length * agentsEach
const load = 0.85
const handleMs = 240_000
const seeds = Array.from({ length: 10 }, (_, index) => index + 1)

export async function bench(targets: Targets): Promise<BenchResult> {
  const pooled = together()
  const split = apart()
  const unequal = unequalWork()
  const expected = erlangC((agents * load) / handleMs, handleMs, agents)
  const metrics = {
    pooledAsaMs: pooled.asaMs, pooledLongRunAsaMs: pooled.longRunAsaMs, pooledDifferent: pooled.different, splitAsaMs: split, twoSkillsAsaMs: withSkills(2), threeSkillsAsaMs: withSkills(3), ...unequal,
  }
  const ratio = { pooledToErlangC: pooled.longRunAsaMs / expected, splitToPooled: split / pooled.longRunAsaMs }
  const missed = [
    ...(pooled.different > 0 ? [`${pooled.different} contacts served otherwise than first come, first served`] : []),
    ...(ratio.pooledToErlangC > (targets['ratioToErlangC'] ?? 0) ? [`pooled ${ratio.pooledToErlangC.toFixed(3)} × Erlang C`] : []),
    ...(ratio.splitToPooled < (targets['betterThanSplit'] ?? Infinity) ? [`only ${ratio.splitToPooled.toFixed(1)} × better than split`] : []),
  ]
  return { metrics, floor: { erlangCPoolMs: expected, erlangCSplitMs: erlangC((agentsEach * load) / handleMs, handleMs, agentsEach) }, ratio, missed }
}

/**
 * Everybody serves every channel. Waits at this load swing by some percent even over millions of contacts; so the core is shown to
 * serve each contact of the first runs as first come, first served does, and the mean is taken of that over 30 million.
 */
function together() {
  const kinds = channels.map((queueId) => oneAtATime(queueId, handleMs))
  const rate = (agents * load) / handleMs
  let different = 0
  const asas = seeds.slice(0, 4).map((seed) => {
    const sample = makeContacts(seed, 250_000, rate, kinds)
    const ours = run(sample, kinds, makeAgents(Array.from({ length: agents }, () => channels)))
    const theirs = serveInOrder(sample.at, sample.handleMs, agents)
    ours.beganAt.forEach((at, contact) => {
      if (at !== theirs.at[contact] || ours.agent[contact] !== theirs.agent[contact]) different++
    })
    return figures(sample, ours).waitMs
  })
  const longRuns = seeds.map((seed) => {
    const sample = makeContacts(seed, 3_000_000, rate, kinds)
    const served = serveInOrder(sample.at, sample.handleMs, agents)
    return figures(sample, { beganAt: served.at, agent: served.agent }).waitMs
  })
  return { asaMs: mean(asas), longRunAsaMs: mean(longRuns), different }
}

/** Each channel with its own eight. */
function apart(): number {
  return mean(seeds.map((seed) => {
    const kinds = [oneAtATime('voice', handleMs)]
    const sample = makeContacts(seed, 100_000, (agentsEach * load) / handleMs, kinds)
    return figures(sample, run(sample, kinds, makeAgents(Array.from({ length: agentsEach }, () => ['voice'])))).waitMs
  }))
}

/** Each agent serves their own channel and the next one or two, in a ring. */
function withSkills(count: number): number {
  const kinds = channels.map((queueId) => oneAtATime(queueId, handleMs))
  const queuesOf = Array.from({ length: agents }, (_, agent) => Array.from({ length: count }, (_, step) => channels[(agent + step) % channels.length]!))
  return mean(seeds.slice(0, 4).map((seed) => {
    const sample = makeContacts(seed, 250_000, (agents * load) / handleMs, kinds)
    return figures(sample, run(sample, kinds, makeAgents(queuesOf))).waitMs
  }))
}

/**
 * Calls of 300 s one at a time, chats of 600 s three at a time, mail of 400 s that calls set aside; 16 agents' worth of calls, 8 of
 * chats, and mail worth another 8 beside it. Who chats takes no call, so chats spread over all keep callers waiting: `keepIdle` is the rule against it.
 */
function unequalWork(): Record<string, number> {
  const calls: Kind = { ...oneAtATime('calls', 300_000), share: (16 * load) / 300 }
  const chats: Kind = { queueId: 'chats', demand: 'chat', channel: 'webchat', kind: 'live', units: 33, handleMs: 600_000, patienceMs: null, share: (3 * 8 * load) / 600 }
  const mails: Kind = { queueId: 'mails', demand: 'messages', channel: 'email', kind: 'deferred', units: 100, handleMs: 400_000, patienceMs: null, share: (8 * load) / 400 }
  const asaOf = (kinds: readonly Kind[], people: number, keepIdle: number): number[] => {
    const runs = seeds.slice(0, 3).map((seed) => {
      const sample = makeContacts(seed, 80_000, kinds.reduce((sum, kind) => sum + kind.share, 0) / 1_000, kinds)
      const outcome = run(sample, kinds, makeAgents(Array.from({ length: people }, () => kinds.map((kind) => kind.queueId))), keepIdle)
      return kinds.map((_, kind) => figures(sample, outcome, kind).waitMs)
    })
    return kinds.map((_, kind) => mean(runs.map((one) => one[kind]!)))
  }
  const everything = [calls, chats, mails]
  const [spread, keptTwo, filled] = [asaOf(everything, 24, 0), asaOf(everything, 24, 2), asaOf(everything, 24, 24)]
  return {
    unequalSplitCallsMs: asaOf([calls], 16, 0)[0]!, unequalSplitChatsMs: asaOf([chats], 8, 0)[0]!, unequalSplitMailsMs: asaOf([mails], 8, 0)[0]!,
    pooledSpreadCallsMs: spread[0]!, pooledSpreadChatsMs: spread[1]!, pooledSpreadMailsMs: spread[2]!,
    pooledKeepTwoCallsMs: keptTwo[0]!, pooledKeepTwoChatsMs: keptTwo[1]!, pooledKeepTwoMailsMs: keptTwo[2]!,
    pooledFilledCallsMs: filled[0]!, pooledFilledChatsMs: filled[1]!, pooledFilledMailsMs: filled[2]!,
  }
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
