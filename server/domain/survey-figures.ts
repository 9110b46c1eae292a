/** The figures of surveys over counted scores: the same formulas as over the scores themselves (figures.ts), for a million of them. */
import type { SurveyKind } from '#contract/words.ts'
import { npsOf, wilson, type Figure } from './figures.ts'
import { meanFigure } from './satisfaction.ts'
import { scaleOf } from './survey-answer.ts'

export interface ScoreCount {
  score: number
  count: number
}

/** CSAT: share of 4–5. NPS: points. CES: mean. CSI: mean of the overall question; its index needs all three answers. */
export function surveyFigure(kind: SurveyKind, counts: readonly ScoreCount[]): Figure {
  const n = total(counts)
  if (n === 0) return { value: null, n: 0 }
  if (kind === 'csat') {
    const good = total(counts.filter(({ score }) => score >= 4))
    return { value: good / n, n, interval: wilson(good, n) }
  }
  if (kind === 'nps') return npsOf(total(counts.filter(({ score }) => score >= 9)), total(counts.filter(({ score }) => score <= 6)), n)
  return meanFigure({ n, sum: counts.reduce((sum, { score, count }) => sum + score * count, 0), sumSquares: counts.reduce((sum, { score, count }) => sum + score ** 2 * count, 0) }, scaleOf[kind])
}

function total(counts: readonly ScoreCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

/** A share with Wilson's interval. */
export function shareFigure(count: number, n: number): Figure {
  return n === 0 ? { value: null, n } : { value: count / n, n, interval: wilson(count, n) }
}
