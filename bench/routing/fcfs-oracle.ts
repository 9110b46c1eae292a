/**
 * First come, first served, by the book: whoever came first goes to the agent who is idle longest, as soon as there is one. Sixty
 * lines that import nothing; the core, asked for nothing but this, must give the same contact to the same agent at the same instant.
 */
export interface Served {
  agent: Int32Array
  at: Float64Array
}

/** Arrival instants (ascending) and handling times in ms, by contact. Agents are idle since instants 0, 1, 2, … in their order. */
export function serveInOrder(arrivals: Float64Array, handleMs: Float64Array, agents: number): Served {
  const contacts = arrivals.length
  const served = { agent: new Int32Array(contacts), at: new Float64Array(contacts) }
  // Agents idle, longest first: a ring of their numbers. They come back in the order of time, ties by number.
  const idle = new Int32Array(agents)
  for (let agent = 0; agent < agents; agent++) idle[agent] = agent
  let idleFrom = 0
  let idleCount = agents
  // Agents at work: a heap by (end, agent).
  const endOf = new Float64Array(agents)
  const busy: number[] = []
  const isBefore = (a: number, b: number): boolean => endOf[a]! < endOf[b]! || (endOf[a] === endOf[b] && a < b)
  const start = (contact: number, at: number): void => {
    const agent = idle[idleFrom]!
    idleFrom = (idleFrom + 1) % agents
    idleCount--
    served.agent[contact] = agent
    served.at[contact] = at
    endOf[agent] = at + handleMs[contact]!
    let place = busy.length
    while (place > 0 && isBefore(agent, busy[(place - 1) >> 1]!)) {
      busy[place] = busy[(place - 1) >> 1]!
      place = (place - 1) >> 1
    }
    busy[place] = agent
  }
  const finish = (): void => {
    const agent = busy[0]!
    const last = busy.pop()!
    let place = 0
    while (busy.length > 0) {
      let child = 2 * place + 1
      if (child + 1 < busy.length && isBefore(busy[child + 1]!, busy[child]!)) child++
      if (child >= busy.length || !isBefore(busy[child]!, last)) break
      busy[place] = busy[child]!
      place = child
    }
    if (busy.length > 0) busy[place] = last
    idle[(idleFrom + idleCount) % agents] = agent
    idleCount++
  }
  let arrived = 0
  let started = 0
  while (started < contacts) {
    const nextEnd = busy.length > 0 ? endOf[busy[0]!]! : Infinity
    const nextArrival = arrived < contacts ? arrivals[arrived]! : Infinity
    const now = Math.min(nextEnd, nextArrival)
    if (nextEnd <= nextArrival) finish()
    else arrived++
    if (started < arrived && idleCount > 0) start(started++, now)
  }
  return served
}
