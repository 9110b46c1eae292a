/**
 * Whether something happens more often than before: counts of two periods, with how much there was for it to happen in. Given their
 * total, the recent count is binomial when nothing changed (the conditional test of two Poisson rates, Przyborowski and Wilenski
 * 1940); it rises when so many or more would be seen in fewer than 5 of 100 such periods, divided by how many are looked at
 * together (Bonferroni), and never from fewer than five.
 */
export interface TwoPeriods {
  recent: number
  before: number
  /** Contacts closed in each period: twice as many complaints of twice as many contacts is no rise. */
  recentOf: number
  beforeOf: number
}

export const risingFrom = 5
const usualRisk = 0.05

export function risingOf(counts: TwoPeriods, lookedAtTogether: number): { isRising: boolean; p: number } {
  const exposure = counts.recentOf + counts.beforeOf
  if (exposure === 0) return { isRising: false, p: 1 }
  const p = atLeast(counts.recent, counts.recent + counts.before, counts.recentOf / exposure)
  return { isRising: counts.recent >= risingFrom && p < usualRisk / Math.max(1, lookedAtTogether), p }
}

/** P(X ≥ k) of a binomial, added up exactly. */
function atLeast(k: number, n: number, share: number): number {
  if (k <= 0) return 1
  if (share <= 0) return 0
  if (share >= 1) return 1
  let term = Math.exp(logChoose(n, k) + k * Math.log(share) + (n - k) * Math.log1p(-share))
  let sum = term
  for (let i = k; i < n; i++) {
    term *= ((n - i) / (i + 1)) * (share / (1 - share))
    sum += term
  }
  return Math.min(1, sum)
}

function logChoose(n: number, k: number): number {
  let sum = 0
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - i + 1) / i)
  return sum
}
