/**
 * How much a deep test does and what it leaves to chance. `npm run test:long -- <name> --seed n --count m` says both; `npm test`
 * takes the small count and always the same chance. A failing test says which seed it had.
 */
import { onTestFailed } from 'vitest'

const { LONG_COUNT, LONG_SEED } = process.env

export const isLong = LONG_COUNT !== undefined

export function countOr(short: number): number {
  return Number(LONG_COUNT ?? short)
}

export interface Chance {
  /** From 0 to below `n`. */
  below(n: number): number
  pick<T>(items: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
}

export const seed = Number(LONG_SEED ?? 1)

/** Call it at the beginning of a test; the same seed makes the same choices. */
export function chance(): Chance {
  onTestFailed(() => void process.stdout.write(`the seed was ${seed}: --seed ${seed}\n`))
  return chanceOf(seed)
}

/** Mulberry32: small, good enough to choose by, the same everywhere. */
export function chanceOf(from: number): Chance {
  let state = from >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    below,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T, // of an empty list nobody picks
    shuffle<T>(items: readonly T[]) {
      const left = [...items]
      return Array.from({ length: left.length }, () => left.splice(below(left.length), 1)[0] as T) // one fewer each time
    },
  }
}
