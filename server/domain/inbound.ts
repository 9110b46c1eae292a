import type { Channel, ContactOutcome, ContactState, Demand } from '#contract/words.ts'
import { classifyArrival, mayAnswerByProgram, type Arrival, type ArrivalClass, type ArrivalContext } from './arrival.ts'
import { mayReopen } from './contact-state.ts'

export { classifyArrival, type Arrival, type ArrivalClass, type ArrivalContext } from './arrival.ts'

/** Everything `decideInbound` may look at, read under the conversation's lock. */
export interface InboundSnapshot {
  context: ArrivalContext
  /** The customer who owns the identity; null: unknown, or the identity is used once only. */
  known: { customerId: string; conversationId: string } | null
  /** The sender has no address that could ever match again (withheld number, empty From). */
  isOneTime: boolean
  /** This identity already has a call running: a second one is another person behind the same number. */
  isOnLiveCall: boolean
  open: OpenContactFacts | null
  latestClosed: ClosedContactFacts | null
  /** The queue this account sends its arrivals to. */
  queue: {
    id: string
    /** Differences from the usual re-open windows, ms. */
    reopenWindowMs: Partial<Record<Channel, number>>
    /** From `openingAt`; `opensAt` null when no opening is in sight. */
    opening: { isOpen: true } | { isOpen: false; opensAt: Date | null }
  }
  /** Automatic texts sent on this identity, to cut loops of two programs that do not know each other for one. */
  automaticTexts: { inLastHour: number; inLastDay: number }
  /** The provider itself confirms opt-out words (Twilio does), so we must not. */
  providerConfirmsConsent: boolean
}

export interface OpenContactFacts {
  id: string
  queueId: string
  state: ContactState
  owner: { agentId: string; canTake: { can: true } | { can: false; reason: string } } | null
  /** The agent who wraps it up, when it is in wrap-up: a customer who writes again meets them first. */
  wrappingUpAgentId?: string | null
  openEntries: readonly { id: string; demand: Demand }[]
  /** The turn neither answered nor settled. */
  openTurnId: string | null
  /** The customer was told of the closed hours while this contact was waiting for the same opening. */
  wasToldClosed: boolean
}

export interface ClosedContactFacts {
  id: string
  outcome: ContactOutcome
  closedAt: Date
  lastOwnerId: string | null
}

export type CustomerPlan =
  | { do: 'use'; customerId: string; conversationId: string }
  | { do: 'create'; isOneTime: boolean; reason: 'unknown-identity' | 'no-usable-address' | 'second-call-from-number' }

export type NoContactReason = 'survey-answer' | 'opt-out' | 'opt-in' | 'code' | 'reaction' | 'read-mark' | 'edit' | 'delete' | 'automatic-mail' | 'own' | 'staff'

export type ContactPlan =
  | { do: 'none'; reason: NoContactReason }
  | { do: 'join'; contactId: string; wakes: 'pending' | 'snoozed' | 'wrap-up' | null }
  | { do: 'reopen'; contactId: string; closedAs: ContactOutcome }
  | { do: 'open'; previousId: string | null; reason: 'first' | 'outcome-is-final' | 'window-over' | 'second-call-from-number' }
  /** The old one closes as `parked` into a FollowUp that carries its resolution clock. */
  | { do: 'park-then-open'; parkId: string; previousId: string; parkedFrom: 'pending' | 'snoozed' }

export type Delivery =
  | { to: 'nobody'; reason: 'no-contact' | 'closed-hours-call' }
  /** The owner simply gets it; no routing job. `claimsUnits` when the contact comes back from pending or snoozed. */
  | { to: 'owner'; agentId: string; claimsUnits: boolean }
  /** It belongs to a demand that waits already. */
  | { to: 'entry'; entryId: string }
  | {
      to: 'queue'
      demand: Demand
      queueId: string
      /** Routing starts here; later than now in closed hours. */
      workableAt: Date
      place: 'in-order' | 'front'
      preferAgentId: string | null
      /** For a call or chat that meets an owner with room: only they are asked, for so long. */
      ringOwnerFirstMs: number | null
    }

export type AutomaticText = { key: 'closed-hours'; opensAt: Date | null } | { key: 'opted-out' } | { key: 'opted-in' }

export interface InboundDecision {
  arrival: ArrivalClass
  customer: CustomerPlan
  contact: ContactPlan
  turn: 'none' | 'starts' | 'continues'
  delivery: Delivery
  /** Shown on the item and the offer: the sender was not proved. */
  isUnverified: boolean
  /** An unproved arrival changes no identity, claim or consent but that of its own address. */
  consent: 'unchanged' | 'opted-out' | 'opted-in'
  automaticText: AutomaticText | null
}

export const ringOwnerFirstMs = 15_000
export const automaticTextsPerHourMax = 3
/** Mail is where two auto-responders meet: one text a day and address. */
export const automaticMailsPerDayMax = 1

/** Decides all that one arrival does (RULES sections 2 and 3). The caller writes it, in one transaction. */
export function decideInbound(snapshot: InboundSnapshot, arrival: Arrival, now: Date): InboundDecision {
  const arrivalClass = classifyArrival(arrival, snapshot.context, now)
  const customer = planCustomer(snapshot, arrivalClass)
  const facts = customer.do === 'use' ? snapshot : { ...snapshot, open: null, latestClosed: null }
  const contact = planContact(facts, arrival, arrivalClass, customer, now)
  const delivery = planDelivery(facts, arrival, contact, now)
  return {
    arrival: arrivalClass,
    customer,
    contact,
    turn: planTurn(facts, contact),
    delivery,
    isUnverified: arrival.evidence === 'claimed' && customer.do === 'use',
    consent: arrivalClass.is === 'opt-out' ? 'opted-out' : arrivalClass.is === 'opt-in' && arrivalClass.changesConsent ? 'opted-in' : 'unchanged',
    automaticText: planAutomaticText(facts, arrival, arrivalClass, delivery),
  }
}

/** Which of the two an arrival asks for: somebody now, or an answer. */
export function demandOf(channel: Channel): Demand {
  return channel === 'voice' ? 'call' : channel === 'webchat' ? 'chat' : 'messages'
}

function planCustomer(snapshot: InboundSnapshot, arrivalClass: ArrivalClass): CustomerPlan {
  if (arrivalClass.is === 'call' && snapshot.isOnLiveCall) return { do: 'create', isOneTime: true, reason: 'second-call-from-number' }
  if (snapshot.isOneTime && !snapshot.known) return { do: 'create', isOneTime: true, reason: 'no-usable-address' }
  return snapshot.known ? { do: 'use', ...snapshot.known } : { do: 'create', isOneTime: false, reason: 'unknown-identity' }
}

function planContact(snapshot: InboundSnapshot, arrival: Arrival, arrivalClass: ArrivalClass, customer: CustomerPlan, now: Date): ContactPlan {
  if (!isTurn(arrivalClass)) return { do: 'none', reason: arrivalClass.is as NoContactReason }
  if (customer.do === 'create' && customer.reason === 'second-call-from-number') return { do: 'open', previousId: null, reason: 'second-call-from-number' }
  if (snapshot.open) return planOpenContact(snapshot.open, snapshot.queue.id, arrival)
  const closed = snapshot.latestClosed
  if (!closed) return { do: 'open', previousId: null, reason: 'first' }
  const reopen = mayReopen(closed, arrival.channel, now, snapshot.queue.reopenWindowMs)
  return reopen.ok ? { do: 'reopen', contactId: closed.id, closedAs: closed.outcome } : { do: 'open', previousId: closed.id, reason: reopen.reason }
}

function isTurn(arrivalClass: ArrivalClass): boolean {
  return arrivalClass.is === 'turn' || arrivalClass.is === 'call' || (arrivalClass.is === 'survey-answer' && arrivalClass.alsoTurn)
}

function planOpenContact(open: OpenContactFacts, queueId: string, arrival: Arrival): ContactPlan {
  const isAside = open.state === 'pending' || open.state === 'snoozed'
  const isLive = demandOf(arrival.channel) !== 'messages'
  if (isAside && isLive && queueId !== open.queueId) {
    return { do: 'park-then-open', parkId: open.id, previousId: open.id, parkedFrom: open.state === 'pending' ? 'pending' : 'snoozed' }
  }
  return { do: 'join', contactId: open.id, wakes: open.state === 'pending' || open.state === 'snoozed' || open.state === 'wrap-up' ? open.state : null }
}

function planTurn(snapshot: InboundSnapshot, contact: ContactPlan): InboundDecision['turn'] {
  if (contact.do === 'none') return 'none'
  return contact.do === 'join' && snapshot.open?.openTurnId ? 'continues' : 'starts'
}

function planDelivery(snapshot: InboundSnapshot, arrival: Arrival, contact: ContactPlan, now: Date): Delivery {
  if (contact.do === 'none') return { to: 'nobody', reason: 'no-contact' }
  const demand = demandOf(arrival.channel)
  const open = contact.do === 'join' ? snapshot.open : null
  const waiting = open?.openEntries.find((entry) => entry.demand === demand)
  if (waiting) return { to: 'entry', entryId: waiting.id }
  const isNewSession = arrival.shape === 'call' || (arrival.shape === 'message' && arrival.beginsChat)
  if (open?.owner && !isNewSession && open.state !== 'pending' && open.state !== 'snoozed') {
    return { to: 'owner', agentId: open.owner.agentId, claimsUnits: false }
  }
  if (open?.owner && !isNewSession && open.owner.canTake.can) return { to: 'owner', agentId: open.owner.agentId, claimsUnits: true }
  if (open?.owner) return queued(snapshot, demand, open.queueId, now, open.owner.agentId, isNewSession && open.owner.canTake.can, !isNewSession)
  const lastOwnerId = contact.do === 'reopen' ? snapshot.latestClosed?.lastOwnerId : open?.wrappingUpAgentId
  return queued(snapshot, demand, open?.queueId ?? snapshot.queue.id, now, lastOwnerId ?? null, false, contact.do === 'reopen')
}

function queued(snapshot: InboundSnapshot, demand: Demand, queueId: string, now: Date, preferAgentId: string | null, ringsOwner: boolean, isFront: boolean): Delivery {
  const { opening } = snapshot.queue
  // An owner who is there takes the call in closed hours too; for nobody a caller must not wait until tomorrow on the line.
  if (demand === 'call' && !opening.isOpen && !ringsOwner) return { to: 'nobody', reason: 'closed-hours-call' }
  return {
    to: 'queue',
    demand,
    queueId,
    workableAt: opening.isOpen || ringsOwner ? now : (opening.opensAt ?? now),
    place: isFront ? 'front' : 'in-order',
    preferAgentId,
    ringOwnerFirstMs: ringsOwner ? ringOwnerFirstMs : null,
  }
}

function planAutomaticText(snapshot: InboundSnapshot, arrival: Arrival, arrivalClass: ArrivalClass, delivery: Delivery): AutomaticText | null {
  if (!mayAnswerByProgram(arrival) || isTalkative(snapshot, arrival)) return null
  if (arrivalClass.is === 'opt-out') return snapshot.providerConfirmsConsent || snapshot.context.isOptedOut || arrival.channel === 'email' ? null : { key: 'opted-out' }
  if (arrivalClass.is === 'opt-in') return snapshot.providerConfirmsConsent || !arrivalClass.changesConsent ? null : { key: 'opted-in' }
  const { opening } = snapshot.queue
  if (opening.isOpen || snapshot.context.isOptedOut || snapshot.open?.wasToldClosed) return null
  return delivery.to === 'queue' && delivery.ringOwnerFirstMs === null ? { key: 'closed-hours', opensAt: opening.opensAt } : null
}

function isTalkative(snapshot: InboundSnapshot, arrival: Arrival): boolean {
  const { inLastHour, inLastDay } = snapshot.automaticTexts
  return inLastHour >= automaticTextsPerHourMax || (arrival.channel === 'email' && inLastDay >= automaticMailsPerDayMax)
}
