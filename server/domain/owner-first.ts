import type { Demand, Presence } from '#contract/words.ts'
import { mayTakeUnits, type UnitKind, type Units } from './units.ts'

/** For so long a refusal of the owner's stands before they are asked first again. */
export const ownerAskedAgainAfterMs = 60_000

/** What the contact holds of its owner already. */
export interface OwnWork {
  agentId: string
  live: number
  deferred: number
  /** The owner talks with this very customer. */
  isOnItsCall: boolean
}

/** The owner as routing sees them. */
export interface Owner {
  presence: Presence
  isDraining: boolean
  capacity: Units
  used: Units
  isOnCall: boolean
  isInCallWrapUp: boolean
  openLiveOffers: number
}

export interface OwnersDemand {
  demand: Demand
  kind: UnitKind
  units: number
  refusedAt: Date | null
}

export type NotFirst = 'not-available' | 'refused-recently' | 'on-call' | 'wrap-up' | 'offered-elsewhere' | 'live-work' | 'no-units'

/**
 * Whether a call or chat that arrives on somebody's contact rings them before all others, and what it takes of them more. It is one
 * person's matter: what the contact holds already does not stand in its way, and of its parts the dearest counts. A chat may join the
 * call with the same customer, a call joins none.
 */
export function ringOwnerFirst(entry: OwnersDemand, own: OwnWork, owner: Owner, now: Date): { rings: true; more: number } | { rings: false; reason: NotFirst } {
  const no = (reason: NotFirst) => ({ rings: false, reason }) as const
  if (owner.presence !== 'available' || owner.isDraining) return no('not-available')
  if (entry.refusedAt && now.getTime() < entry.refusedAt.getTime() + ownerAskedAgainAfterMs) return no('refused-recently')
  if (owner.isOnCall && (entry.demand === 'call' || !own.isOnItsCall)) return no('on-call')
  if (owner.isInCallWrapUp) return no('wrap-up')
  if (owner.openLiveOffers > 0) return no('offered-elsewhere')
  const others = { live: owner.used.live - own.live, deferred: owner.used.deferred - own.deferred }
  const fit = mayTakeUnits(entry, others, owner.capacity)
  return fit.fits ? { rings: true, more: Math.max(0, entry.units - own[entry.kind]) } : no(fit.reason)
}
