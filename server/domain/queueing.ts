import type { ExpectedWait } from '#contract/expected-wait.ts'
import { usualHeadStartMs } from '#contract/queue-defaults.ts'
import type { CustomerStage, CustomerTier, Demand, ValueClass } from '#contract/words.ts'

/** The head starts a queue gives, all in ms. Ageing needs no job: everybody else's wait counts up against a fixed advantage. */
export interface HeadStarts {
  /** Per step of priority above 0. */
  perPriorityStepMs: number
  tierMs: Partial<Record<CustomerTier, number>>
  urgentMs: number
  /** By where the customer stands with us, where a queue wants that. */
  stageMs?: Partial<Record<CustomerStage, number>>
  classMs?: Partial<Record<ValueClass, number>>
  /** How long before its due time an entry must stand at the front. */
  slaMarginMs: number
}

export const usualHeadStarts: HeadStarts = { ...usualHeadStartMs, slaMarginMs: 60_000 }

/** The head starts of a queue: what it says itself, the usual for what it leaves open. */
export function headStartsOf(queue: { headStart: Partial<HeadStarts>; slaMarginMs: number }): HeadStarts {
  return { ...usualHeadStarts, ...queue.headStart, tierMs: { ...usualHeadStarts.tierMs, ...queue.headStart.tierMs }, slaMarginMs: queue.slaMarginMs }
}

/** Where a customer stands: worked out apart, and not yet known of a new one. */
export interface CustomerStanding {
  stage: CustomerStage | null
  valueClass: ValueClass | null
}

/**
 * The one stored instant that orders a line: enqueuedAt − head start, or the SLA due time less the margin, whichever is earlier.
 * Lower is served first.
 */
export function rankAt(
  entry: { enqueuedAt: Date; priority: number; tier: CustomerTier; isUrgent: boolean; slaDueAt: Date | null; standing?: CustomerStanding | null },
  heads: HeadStarts,
): Date {
  const { stage, valueClass } = entry.standing ?? {}
  const byStanding = (stage ? (heads.stageMs?.[stage] ?? 0) : 0) + (valueClass ? (heads.classMs?.[valueClass] ?? 0) : 0)
  const headStartMs = entry.priority * heads.perPriorityStepMs + (heads.tierMs[entry.tier] ?? 0) + (entry.isUrgent ? heads.urgentMs : 0) + byStanding
  const byWait = entry.enqueuedAt.getTime() - headStartMs
  const bySla = entry.slaDueAt ? entry.slaDueAt.getTime() - heads.slaMarginMs : Infinity
  return new Date(Math.min(byWait, bySla))
}

/** Where an entry belongs once what decides its place has changed: by its wait as ever, but not behind a place it was promised to keep. */
export function rankAnew(entry: Parameters<typeof rankAt>[0] & { keptRankAt: Date | null }, heads: HeadStarts): Date {
  const rank = rankAt(entry, heads)
  return entry.keptRankAt !== null && entry.keptRankAt < rank ? entry.keptRankAt : rank
}

/** Order in the line: by rankAt, then by id (UUIDv7: the older). */
export function compareRank(a: { rankAt: Date; id: string }, b: { rankAt: Date; id: string }): number {
  return a.rankAt.getTime() - b.rankAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** Ringing call before live chat before messaging before email. */
export function urgencyOf(entry: { demand: Demand; isEmail: boolean }): number {
  if (entry.demand === 'call') return 0
  if (entry.demand === 'chat') return 1
  return entry.isEmail ? 3 : 2
}

/** The one place of a contact in the line: its most urgent entry; between equals, the one ranked first. Null for none. */
export function mostUrgentEntry<Entry extends { id: string; demand: Demand; isEmail: boolean; rankAt: Date }>(entries: readonly Entry[]): Entry | null {
  let best: Entry | null = null
  for (const entry of entries) {
    if (best === null || urgencyOf(entry) - urgencyOf(best) < 0 || (urgencyOf(entry) === urgencyOf(best) && compareRank(entry, best) < 0)) best = entry
  }
  return best
}

/** When routing may begin: now in open hours, else the next opening; with no opening in sight at once, so that it is seen. */
export function workableAt(enqueuedAt: Date, opening: { isOpen: true } | { isOpen: false; opensAt: Date | null }): Date {
  return opening.isOpen || opening.opensAt === null || opening.opensAt < enqueuedAt ? enqueuedAt : opening.opensAt
}

/** The wait every figure counts: from workableAt, never negative. */
export function waitMs(entry: { enqueuedAt: Date; workableAt: Date }, until: Date): number {
  return Math.max(0, until.getTime() - Math.max(entry.enqueuedAt.getTime(), entry.workableAt.getTime()))
}

interface Placed {
  id: string
  contactId: string
  demand: Demand
  rankAt: Date
  /** Who could answer it. */
  agentIds: ReadonlySet<string>
}

/**
 * "About how many are ahead who could take the same agents": shares at least one agent, ranked before, workable, one per contact. Calls
 * and chats stand behind calls and chats, messages behind messages: they are answered beside each other.
 */
export function positionOf(own: Placed, others: readonly Placed[]): number {
  const ahead = new Set<string>()
  for (const other of others) {
    if (other.contactId === own.contactId || (other.demand === 'messages') !== (own.demand === 'messages') || compareRank(other, own) >= 0) continue
    if ([...own.agentIds].some((agentId) => other.agentIds.has(agentId))) ahead.add(other.contactId)
  }
  return ahead.size
}

/** The expected wait as a range (the middle half of recent waits), or null under ten samples: a guess would be a promise. */
export function expectedWait(recentWaitsMs: readonly number[]): (ExpectedWait & { samples: number }) | null {
  if (recentWaitsMs.length < 10) return null
  const sorted = [...recentWaitsMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { fromMs: at(0.25), toMs: at(0.75), samples: sorted.length }
}

/** What is left of the wait most people had: a range that is nearly over says nothing any more. */
export function expectedRest(range: ExpectedWait | null, waitedMs: number): ExpectedWait | null {
  return range && range.toMs > waitedMs ? { fromMs: Math.max(0, range.fromMs - waitedMs), toMs: range.toMs - waitedMs } : null
}
