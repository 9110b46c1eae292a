/** Seeded random numbers (mulberry32): the same seed, the same world. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** Exponential with this mean. */
  exponential(mean: number): number
  chance(probability: number): boolean
  below(n: number): number
  pick<T>(items: readonly T[]): T
}

export function seeded(seed: number): Random {
  let state = (seed * 0x9e3779b9) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    exponential: (mean) => -mean * Math.log(1 - next()),
    chance: (probability) => next() < probability,
    below: (n) => Math.floor(next() * n),
    pick: (items) => items[Math.floor(next() * items.length)]!,
  }
}
