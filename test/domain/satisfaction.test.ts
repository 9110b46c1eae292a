import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { risingOf } from '#server/domain/rising.ts'
import { indexOf, meanFigure, momentsOf, ratioFigure, satisfactionModel, type DimensionSums, type PairMoments } from '#server/domain/satisfaction.ts'

const pairs = (rows: readonly (readonly [number, number])[]): PairMoments => ({
  n: rows.length, perceived: sum(rows.map(([p]) => p)), expected: sum(rows.map(([, e]) => e)), perceivedSquares: sum(rows.map(([p]) => p * p)), expectedSquares: sum(rows.map(([, e]) => e * e)), products: sum(rows.map(([p, e]) => p * e)),
})
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const none = { n: 0, sum: 0, sumSquares: 0 }
const dimension = (id: string, perceived: number[], importance: number[] = [], weight = 1): DimensionSums => ({ id, perceived: momentsOf(perceived), expected: none, importance: momentsOf(importance), pairs: pairs([]), weight })
const times = (n: number, ...values: number[]): number[] => Array.from({ length: n }, (_, at) => values[at % values.length]!)

describe('a mean', () => {
  it('has Student’s interval', () => {
    // 2, 4, 6: s = 2, t(2) = 4.303
    const { value, interval } = meanFigure(momentsOf([2, 4, 6]))
    expect(value).toBe(4)
    expect(interval!.low).toBe(1)
    expect(interval!.high).toBeCloseTo(4 + (4.303 * 2) / Math.sqrt(3), 2)
  })
  it('of nothing is nothing, of one answer has no interval', () => expect([meanFigure(none), meanFigure(momentsOf([7]))]).toEqual([{ value: null, n: 0 }, { value: 7, n: 1 }]))
  it('of equal answers is sure', () => expect(meanFigure(momentsOf(times(20, 7))).interval).toEqual({ low: 7, high: 7 }))
})

describe('perceived over expected', () => {
  it('is the ratio of the means of those who said both', () => expect(ratioFigure(pairs([[6, 8], [6, 8], [9, 8]])).value).toBeCloseTo(7 / 8))
  it('is exact where all expect the same: the interval is that of the mean over it', () => {
    const { interval } = ratioFigure(pairs(times(12, 6, 8).map((p) => [p, 8] as const)))
    const mean = meanFigure(momentsOf(times(12, 6, 8)))
    expect(interval!.low).toBeCloseTo(mean.interval!.low / 8)
    expect(interval!.high).toBeCloseTo(mean.interval!.high / 8)
  })
  it('always lies in its interval', () => fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 })), { minLength: 1, maxLength: 60 }), (rows) => {
    const { value, interval } = ratioFigure(pairs(rows))
    return interval === undefined || (interval.low <= value! + 1e-9 && value! <= interval.high + 1e-9)
  })))
  it('covers the true ratio in about 95 of 100 samples', () => {
    let seed = 7
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31
    let hits = 0
    const runs = 2000
    for (let run = 0; run < runs; run++) {
      // Perceived is one of 5..9, expected one of 6..10, both moved by the same mood: means 7 and 8.
      const rows = Array.from({ length: 30 }, () => {
        const mood = Math.floor(random() * 3) - 1
        return [7 + mood + Math.floor(random() * 3) - 1, 8 + mood + Math.floor(random() * 3) - 1] as const
      })
      const { interval } = ratioFigure(pairs(rows))
      if (interval!.low <= 7 / 8 && 7 / 8 <= interval!.high) hits++
    }
    expect(hits / runs).toBeGreaterThan(0.93)
    expect(hits / runs).toBeLessThan(0.97)
  })
})

describe('the index of the three questions', () => {
  const of = (...scores: number[]) => indexOf(scores.map((score) => ({ score, weight: 1 })))
  it('runs from 0 to 100', () => expect([of(1, 1, 1), of(10, 10, 10), of(8, 7, 6)]).toEqual([0, 100, expect.closeTo((6 / 9) * 100)]))
  it('shows its weights', () => expect(indexOf([{ score: 10, weight: 3 }, { score: 1, weight: 1 }])).toBeCloseTo(75))
})

describe('the matrix', () => {
  const model = satisfactionModel([
    dimension('product', times(20, 4, 5), times(20, 9)), dimension('service', times(20, 9), times(20, 9, 10)), dimension('contact', times(20, 9, 10), times(20, 3)), dimension('price', times(20, 3), times(20, 4)),
    dimension('few', times(9, 1), times(20, 10)),
  ])
  it('has four quadrants, cut at the means of those with ten answers or more', () => {
    expect(model.dimensions.map(({ id, quadrant }) => [id, quadrant])).toEqual([['product', 'improve-now'], ['service', 'advantage'], ['contact', 'overdone'], ['price', 'improve-later'], ['few', null]])
    expect(model.axes!.satisfaction).toBeCloseTo((4.5 + 9 + 9.5 + 3) / 4)
  })
  it('weighs by stated importance, and all weights are one', () => {
    expect(model.dimensions.every(({ weightFrom }) => weightFrom === 'stated')).toBe(true)
    expect(sum(model.dimensions.map(({ weight }) => weight))).toBeCloseTo(1)
  })
  it('weighs by hand where somebody was not asked how important it is', () => {
    const { dimensions, index } = satisfactionModel([dimension('product', times(10, 10), [], 3), dimension('price', times(10, 1), [], 1)])
    expect(dimensions.map(({ weight, weightFrom }) => [weight, weightFrom])).toEqual([[0.75, 'set'], [0.25, 'set']])
    expect(index.value).toBeCloseTo(75)
  })
  it('of nothing says nothing', () => expect(satisfactionModel([dimension('product', [])])).toMatchObject({ axes: null, index: { value: null, n: 0 } }))
})

describe('a cause that rises', () => {
  it.each([
    ['twice as many of as many contacts, but few', { recent: 4, before: 0, recentOf: 500, beforeOf: 500 }, 1, false],
    ['twelve after two', { recent: 12, before: 2, recentOf: 500, beforeOf: 500 }, 1, true],
    ['twelve after two, one of forty looked at', { recent: 12, before: 2, recentOf: 500, beforeOf: 500 }, 40, false],
    ['thirty after four, one of forty looked at', { recent: 30, before: 4, recentOf: 500, beforeOf: 500 }, 40, true],
    ['twice as many of twice as many contacts', { recent: 40, before: 20, recentOf: 1000, beforeOf: 500 }, 1, false],
    ['fewer than before', { recent: 5, before: 20, recentOf: 500, beforeOf: 500 }, 1, false],
    ['nothing at all', { recent: 0, before: 0, recentOf: 0, beforeOf: 0 }, 1, false],
  ] as const)('%s', (_, counts, together, isRising) => expect(risingOf(counts, together).isRising).toBe(isRising))
  it('tells the chance as the binomial has it', () => expect(risingOf({ recent: 8, before: 2, recentOf: 1, beforeOf: 1 }, 1).p).toBeCloseTo((45 + 10 + 1) / 1024))
})
