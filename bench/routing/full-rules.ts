/** The indexed line against the oracle that sorts everything anew: one world, asked the same at every instant. */
import { Line } from '#server/domain/routing.ts'
import { planByRules, type OracleOffer } from './rules-oracle.ts'
import { World } from './world.ts'

export interface Comparison {
  offers: number
  asked: number
  /** The first instant at which they differ, with both answers; null: none. */
  difference: string | null
}

/** `seenAs`: the queues as the line is told of them; for a planted mistake. */
export function compareWithOracle(seed: number, contacts: number, seenAs: (queues: World['queues']) => World['queues'] = (queues) => queues): Comparison {
  const world = new World({ seed, contacts, agents: 20, queues: 5, load: 0.7 })
  let asked = 0
  let difference: string | null = null
  world.run(new Line(seenAs(world.queues)), (state, answers) => {
    asked++
    const ours = answers.map(({ entry, agentId, reason, why }): OracleOffer => ({
      // What explains an offer names the same agent by the same rule.
      entryId: entry.id, agentId: why.kind === 'offer' && why.agentId === agentId ? agentId : `${agentId}, explained otherwise`, reason: why.reason === reason ? reason : `${reason}, explained as ${why.reason}`,
      nextThree: why.kind === 'offer' ? why.nextThree : [], excluded: Object.fromEntries(Object.entries(why.excludedByReason).map(([lack, one]) => [lack, one.count])),
    }))
    const theirs = planByRules([...state.line.values()], [...state.agents.values()], state.queues, new Date(state.now))
    if (difference === null && !areSame(ours, theirs)) difference = `seed ${seed}, ${new Date(state.now).toISOString()}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`
  })
  return { offers: world.offers, asked, difference }
}

function areSame(ours: readonly OracleOffer[], theirs: readonly OracleOffer[]): boolean {
  return ours.length === theirs.length && ours.every((one, index) => {
    const other = theirs[index]!
    const reasons = Object.keys(one.excluded)
    return one.entryId === other.entryId && one.agentId === other.agentId && one.reason === other.reason && one.nextThree.join() === other.nextThree.join()
      && reasons.length === Object.keys(other.excluded).length && reasons.every((reason) => one.excluded[reason] === other.excluded[reason])
  })
}
