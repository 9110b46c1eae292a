/**
 * The satisfaction model over sums, so that the database adds up and this decides what it means. All answers are 1–10. Formulas and
 * sources: docs/satisfaction.md.
 */
import { rankedFrom, studentT95, type Figure } from './figures.ts'

/** What the database adds up of one variable. */
export interface Moments {
  n: number
  sum: number
  sumSquares: number
}

/** Of two variables answered together. */
export interface PairMoments {
  n: number
  perceived: number
  expected: number
  perceivedSquares: number
  expectedSquares: number
  products: number
}

export const scaleMin = 1
export const scaleMax = 10

export function momentsOf(values: readonly number[]): Moments {
  return { n: values.length, sum: values.reduce((sum, value) => sum + value, 0), sumSquares: values.reduce((sum, value) => sum + value ** 2, 0) }
}

/** Mean with Student's t interval, cut to the scale. One answer has no interval. */
export function meanFigure({ n, sum, sumSquares }: Moments, limits: { min: number; max: number } = { min: scaleMin, max: scaleMax }): Figure {
  if (n === 0) return { value: null, n: 0 }
  const value = sum / n
  if (n === 1) return { value, n }
  const margin = studentT95(n - 1) * Math.sqrt(variance(n, sum, sumSquares) / n)
  return { value, n, interval: { low: Math.max(limits.min, value - margin), high: Math.min(limits.max, value + margin) } }
}

/**
 * Perceived over expected (C = b / a): the ratio of the means of those who answered both, with Fieller's interval (Fieller 1954),
 * which is right for a ratio of two means from the same people. None where the expected could be zero for all the data says.
 */
export function ratioFigure(sums: PairMoments): Figure {
  const { n } = sums
  if (n === 0 || sums.expected === 0) return { value: null, n }
  const perceived = sums.perceived / n
  const expected = sums.expected / n
  const value = perceived / expected
  if (n === 1) return { value, n }
  const perceivedVariance = variance(n, sums.perceived, sums.perceivedSquares)
  const expectedVariance = variance(n, sums.expected, sums.expectedSquares)
  const covariance = (sums.products - n * perceived * expected) / (n - 1)
  const t = studentT95(n - 1)
  const g = (t ** 2 * expectedVariance) / (n * expected ** 2)
  if (g >= 1) return { value, n }
  const inner = perceivedVariance - 2 * value * covariance + value ** 2 * expectedVariance - g * (perceivedVariance - (expectedVariance === 0 ? 0 : covariance ** 2 / expectedVariance))
  const margin = (t / expected) * Math.sqrt(Math.max(0, inner) / n)
  const center = value - (expectedVariance === 0 ? 0 : (g * covariance) / expectedVariance)
  return { value, n, interval: { low: Math.max(0, (center - margin) / (1 - g)), high: (center + margin) / (1 - g) } }
}

/** The index of one answer to the three questions, 0–100: (Σ wᵢ·xᵢ − Σ wᵢ) / (9·Σ wᵢ) × 100 (Fornell et al. 1996). */
export function indexOf(answers: readonly { score: number; weight: number }[]): number {
  const weights = answers.reduce((sum, { weight }) => sum + weight, 0)
  return ((answers.reduce((sum, { score, weight }) => sum + score * weight, 0) - weights) / (9 * weights)) * 100
}

export interface DimensionSums {
  id: string
  perceived: Moments
  expected: Moments
  importance: Moments
  pairs: PairMoments
  /** Set by hand; counts where nobody was asked how important it is. */
  weight: number
}

export const quadrants = ['improve-now', 'advantage', 'improve-later', 'overdone'] as const
export type Quadrant = (typeof quadrants)[number]

export interface DimensionResult {
  id: string
  perceived: Figure
  expected: Figure
  ratio: Figure
  importance: Figure
  /** What it counts in the index: stated importance, else the weight set by hand; all weights together are 1. */
  weight: number
  weightFrom: 'stated' | 'set'
  /** Null under ten answers: it is shown grey and takes no part in cutting the axes. */
  quadrant: Quadrant | null
}

export interface SatisfactionModel {
  dimensions: DimensionResult[]
  /** Where the matrix is cut: the means over the dimensions with enough answers. */
  axes: { importance: number; satisfaction: number } | null
  /** 0–100 over the dimensions that were answered. */
  index: Figure
}

/**
 * Importance–satisfaction matrix and index. Axes are cut at their means (Martilla and James 1977): important and low is to be
 * improved now, important and high an advantage, unimportant and low to be improved later, unimportant and high overdone.
 */
export function satisfactionModel(sums: readonly DimensionSums[]): SatisfactionModel {
  const stated = sums.filter(({ importance }) => importance.n >= rankedFrom)
  // Weights of one kind only: hand-set ones say nothing on a scale of 1–10.
  const isStated = stated.length > 0 && sums.every((one) => one.perceived.n === 0 || one.importance.n >= rankedFrom)
  const raw = sums.map((one) => (one.perceived.n === 0 ? 0 : isStated ? one.importance.sum / one.importance.n : one.weight))
  const total = raw.reduce((sum, weight) => sum + weight, 0)
  const results = sums.map((one, at): DimensionResult => ({
    id: one.id, perceived: meanFigure(one.perceived), expected: meanFigure(one.expected), ratio: ratioFigure(one.pairs), importance: meanFigure(one.importance),
    weight: total === 0 ? 0 : raw[at]! / total, weightFrom: isStated ? 'stated' : 'set', quadrant: null,
  }))
  const ranked = results.filter(({ perceived }) => perceived.n >= rankedFrom)
  const axes = ranked.length < 2 ? null : { importance: mean(ranked.map(importanceOf)), satisfaction: mean(ranked.map(({ perceived }) => perceived.value!)) }
  return {
    dimensions: results.map((one) => ({ ...one, quadrant: axes && one.perceived.n >= rankedFrom ? quadrantOf(one, axes) : null })),
    axes,
    index: indexFigure(results, sums),
  }
}

function quadrantOf(one: DimensionResult, axes: { importance: number; satisfaction: number }): Quadrant {
  const isImportant = importanceOf(one) >= axes.importance
  const isContent = one.perceived.value! >= axes.satisfaction
  if (isImportant) return isContent ? 'advantage' : 'improve-now'
  return isContent ? 'overdone' : 'improve-later'
}

/** The matrix's axis: stated importance, or the weight set by hand. */
export function importanceOf(one: Pick<DimensionResult, 'importance' | 'weight' | 'weightFrom'>): number {
  return one.weightFrom === 'stated' ? one.importance.value! : one.weight
}

/** Σ wᵢ·(x̄ᵢ − 1) / 9 × 100, its variance the weighted sum of the dimensions' (taken as independent). n: the fewest answers of one. */
function indexFigure(results: readonly DimensionResult[], sums: readonly DimensionSums[]): Figure {
  const answered = results.flatMap((one, at) => (one.perceived.value === null ? [] : [{ weight: one.weight, mean: one.perceived.value, moments: sums[at]!.perceived }]))
  if (answered.length === 0) return { value: null, n: 0 }
  const value = answered.reduce((sum, { weight, mean: of }) => sum + weight * ((of - scaleMin) / 9), 0) * 100
  const n = Math.min(...answered.map(({ moments }) => moments.n))
  if (n < 2) return { value, n }
  const spread = Math.sqrt(answered.reduce((sum, { weight, moments }) => sum + ((weight * 100) / 9) ** 2 * (variance(moments.n, moments.sum, moments.sumSquares) / moments.n), 0))
  const margin = studentT95(n - 1) * spread
  return { value, n, interval: { low: Math.max(0, value - margin), high: Math.min(100, value + margin) } }
}

function variance(n: number, sum: number, sumSquares: number): number {
  // Rounding must not make a variance of equal answers negative.
  return Math.max(0, (sumSquares - sum ** 2 / n) / (n - 1))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
