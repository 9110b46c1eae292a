/** The rules of one choice: who is asked, who is held for, who is not asked and why (RULES section 4). */
import { exclusionReasons, isFreshRefusal, isPassing, isRefused, type ExclusionReason, type Preference, type RoutableEntry } from './eligibility.ts'
import { nothing, type Need, type Roster } from './roster.ts'
import type { ExcludedByReason, OfferReason, RoutableQueue, WaitReason } from './routing.ts'

/** What the rules say of one place: these agents (best first), a hold, or nobody. */
export type Decision = { kind: 'agents'; numbers: number[]; as: Preference | null; refusers: readonly number[] } | { kind: 'hold'; refusers: readonly number[] } | { kind: 'nobody'; refusers: readonly number[] }

const agentIdsKept = 20
const nobody: readonly number[] = []
const refusedCode = exclusionReasons.indexOf('refused-recently')

/** Preference (owner, last agent, account owner) first, each held for while busy; then the order of the roster. */
export function decide(roster: Roster, entry: RoutableEntry, queue: RoutableQueue, need: Need, now: Date, howMany: number): Decision {
  const refusers = refusersOf(roster, entry, queue, need, now)
  const numbers = roster.first(need, refusers, howMany, queue.keepIdle)
  const only = entry.only && entry.only.until > now ? entry.only : null
  if (only || entry.preferred.length > 0) {
    const state = (agentId: string): { number: number; is: 'free' | 'busy' | 'out' } => {
      const number = roster.numberOf(agentId)
      if (number === undefined || refusers.includes(number)) return { number: -1, is: 'out' }
      const lack = roster.lack(need, number)
      return { number, is: lack === nothing ? 'free' : isPassing(exclusionReasons[lack]!) ? 'busy' : 'out' }
    }
    const wanted = [...(only ? [{ agentId: only.agentId, as: 'owner' as const, until: only.until.getTime() }] : []),
      ...entry.preferred.map(({ agentId, as, holdMs }) => ({ agentId, as, until: entry.workableAt.getTime() + holdMs }))]
    for (const { agentId, as, until } of wanted) {
      const { number, is } = state(agentId)
      if (is === 'free') return { kind: 'agents', numbers: [number, ...numbers.filter((one) => one !== number)].slice(0, howMany), as, refusers }
      if (is === 'busy' && now.getTime() < until) return { kind: 'hold', refusers }
    }
  }
  return numbers.length > 0 ? { kind: 'agents', numbers, as: null, refusers } : { kind: 'nobody', refusers }
}

/** Who is not asked because they refused. When nobody else is left, only those who did so within the minute. */
function refusersOf(roster: Roster, entry: RoutableEntry, queue: RoutableQueue, need: Need, now: Date): readonly number[] {
  if (entry.refusedBy.size === 0) return nobody
  const numbersOf = (isOut: (at: Date) => boolean): number[] => [...entry.refusedBy].filter(([, at]) => isOut(at)).map(([agentId]) => roster.numberOf(agentId) ?? -1)
  const refusers = numbersOf((at) => isRefused(at, entry, queue.rings, now))
  if (refusers.length === 0 || roster.first(need, refusers, 1).length > 0) return refusers
  return numbersOf((at) => isFreshRefusal(at, now))
}

/** Who cannot take what has this need, by the first reason each has. */
export function exclusionsOf(roster: Roster, need: Need, refusers: readonly number[]): ExcludedByReason {
  const { agents } = roster
  const byCode: ({ count: number; agentIds: string[] } | undefined)[] = exclusionReasons.map(() => undefined)
  for (let number = 0; number < agents.length; number++) {
    let lack = roster.lack(need, number)
    if (refusers.length > 0 && lack > refusedCode && refusers.includes(number)) lack = refusedCode
    const agent = agents[number]
    if (lack === nothing || !agent) continue
    const kept = (byCode[lack] ??= { count: 0, agentIds: [] })
    if (kept.count++ < agentIdsKept) kept.agentIds.push(agent.id)
  }
  const excluded: ExcludedByReason = {}
  for (const [code, kept] of byCode.entries()) if (kept) excluded[exclusionReasons[code]!] = kept
  return excluded
}

export function reasonOf(entry: RoutableEntry, preference: Preference | null): OfferReason {
  return preference ?? (entry.kind === 'live' ? 'longest-idle' : 'least-loaded')
}

/** The one sentence for the supervisor: the mildest reason among those present says what to wait for. */
export function waitReasonOf(excluded: ExcludedByReason): WaitReason {
  const reasons = Object.keys(excluded) as ExclusionReason[] // the keys are its reasons
  if (reasons.some(isPassing)) return 'everybody-busy'
  if (reasons.includes('refused-recently')) return 'everybody-refused'
  if (reasons.includes('skill-missing') || reasons.includes('channel-not-allowed')) return 'nobody-has-the-skills'
  return 'nobody-staffed'
}
