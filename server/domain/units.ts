import { unitsOf, type Channel, type Demand } from '#contract/words.ts'

export type UnitKind = 'live' | 'deferred'
export interface Units {
  live: number
  deferred: number
}

/** What every agent has unless their own row says otherwise. */
export const usualCapacity: Readonly<Units> = { live: 100, deferred: 100 }

/** What the work on one channel costs; a queue may set its own number, never its own kind. */
export function unitsFor(channel: Channel, queueUnits: Partial<Record<Channel, number>> = {}): { kind: UnitKind; units: number } {
  const usual = unitsOf[channel]
  return { kind: usual.kind, units: queueUnits[channel] ?? usual.units }
}

/**
 * What a whole contact costs its agent: the dearest of its live sessions, else the deferred units of its messages. It is one
 * person's matter, so a chat and two mails of the same contact are not added up.
 */
export function unitsOfContact(
  parts: readonly { demand: Demand; channel: Channel }[],
  queueUnits: Partial<Record<Channel, number>> = {},
): { kind: UnitKind; units: number } {
  const costs = parts.map((part) => unitsFor(part.channel, queueUnits))
  const live = costs.filter((cost) => cost.kind === 'live')
  const counted = live.length > 0 ? live : costs
  return { kind: live.length > 0 ? 'live' : 'deferred', units: Math.max(0, ...counted.map((cost) => cost.units)) }
}

/** Sum of what contacts, offers and wrap-ups take of one agent. */
export function usedUnits(holds: readonly { kind: UnitKind; units: number }[]): Units {
  const used = { live: 0, deferred: 0 }
  for (const hold of holds) used[hold.kind] += hold.units
  return used
}

/** Whether this work would take more than there is: what a person takes all the same is kept as an override (RULES section 4). */
export function goesOver(work: { kind: UnitKind; units: number }, used: Units, capacity: Units): boolean {
  return used[work.kind] + work.units > capacity[work.kind]
}

/** Exactly at capacity still fits. A call wants nothing else live; deferred work is set aside for it. */
export function mayTakeUnits(work: { demand: Demand; kind: UnitKind; units: number }, used: Units, capacity: Units): { fits: true } | { fits: false; reason: 'live-work' | 'no-units' } {
  if (work.demand === 'call' && used.live > 0) return { fits: false, reason: 'live-work' }
  return goesOver(work, used, capacity) ? { fits: false, reason: 'no-units' } : { fits: true }
}
