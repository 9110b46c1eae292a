/** All that a world tells its router, kept, to tell it to another one without the world's own work. */
import type { Line, RoutableAgent } from '#server/domain/routing.ts'
import type { World, WorldEntry } from './world.ts'

type Call = { do: 'agent'; agent: RoutableAgent } | { do: 'enter'; entry: WorldEntry } | { do: 'leave'; entryId: string } | { do: 'ask'; now: Date }

export interface Trace {
  calls: Call[]
  /** Offers made, and changes after which there was nothing to offer. */
  decisions: number
}

/** Runs the world with this line and keeps what it was told. */
export function record(world: World, line: Line): Trace {
  const calls: Call[] = []
  let decisions = 0
  let hasChanged = false
  world.run({
    setAgent(agent) {
      calls.push({ do: 'agent', agent })
      hasChanged = true
      line.setAgent(agent)
    },
    enter(entry) {
      calls.push({ do: 'enter', entry: entry as WorldEntry }) // the world enters no others
      hasChanged = true
      line.enter(entry)
    },
    leave(entryId) {
      calls.push({ do: 'leave', entryId })
      line.leave(entryId)
    },
    next(now) {
      const offer = line.next(now)
      // After an offer it is asked again at the same instant: that is part of one question.
      const last = calls.at(-1)
      if (last?.do !== 'ask' || last.now !== now) calls.push({ do: 'ask', now })
      if (offer !== null || hasChanged) decisions++
      hasChanged = false
      return offer
    },
    why: (entry, now) => line.why(entry, now),
    take: (offer) => line.take(offer),
  })
  return { calls, decisions }
}

/** Tells it all to a fresh line, which answers as the first did. */
export function replay(trace: Trace, line: Line, isExplained: boolean): void {
  for (const call of trace.calls) {
    if (call.do === 'agent') line.setAgent(call.agent)
    else if (call.do === 'enter') line.enter(call.entry)
    else if (call.do === 'leave') line.leave(call.entryId)
    else {
      for (let offer = line.next(call.now); offer; offer = line.next(call.now)) {
        if (isExplained) line.why(offer.entry, call.now)
        line.take(offer)
      }
    }
  }
}
