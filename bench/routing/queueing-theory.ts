/** What theory says of waiting (Erlang C and A; Gans, Koole, Mandelbaum 2003), and how sure a few seeds make us. */

/** Mean wait of all, ms: Poisson arrivals, exponential handling, so many agents, nobody leaves. */
export function erlangC(arrivalsPerMs: number, handleMs: number, agents: number): number {
  const load = arrivalsPerMs * handleMs
  let blocked = 1
  for (let n = 1; n <= agents; n++) blocked = (load * blocked) / (n + load * blocked)
  const share = load / agents
  const waits = blocked / (1 - share * (1 - blocked))
  return (waits * handleMs) / (agents * (1 - share))
}

/** With customers who leave after an exponential patience: the share who leave, and the mean wait of all, ms. */
export function erlangA(arrivalsPerMs: number, handleMs: number, agents: number, patienceMs: number): { abandoned: number; waitMs: number } {
  // Chances of n in the system, not yet divided by their sum; far enough out that the rest is nothing.
  let chance = 1
  let sum = 1
  let waiting = 0
  for (let n = 1; n < agents + 5_000; n++) {
    chance *= arrivalsPerMs / (Math.min(n, agents) / handleMs + Math.max(0, n - agents) / patienceMs)
    sum += chance
    waiting += chance * Math.max(0, n - agents)
    if (chance < sum * 1e-18 && n > agents) break
  }
  const meanWaiting = waiting / sum
  return { abandoned: meanWaiting / patienceMs / arrivalsPerMs, waitMs: meanWaiting / arrivalsPerMs }
}

/** Student's t for 99 % of ten independent runs. */
const t99 = 3.2498

export interface Interval {
  mean: number
  low: number
  high: number
  /** Half of its width in share of the mean. */
  halfWidth: number
}

/** The 99 % interval of the mean of ten runs. */
export function intervalOf(runs: readonly number[]): Interval {
  if (runs.length !== 10) throw new Error(`ten runs, not ${runs.length}`)
  const mean = runs.reduce((sum, one) => sum + one, 0) / runs.length
  const deviation = Math.sqrt(runs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (runs.length - 1))
  const half = (t99 * deviation) / Math.sqrt(runs.length)
  return { mean, low: mean - half, high: mean + half, halfWidth: half / mean }
}
