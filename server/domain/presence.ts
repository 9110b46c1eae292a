import type { BreakReason, Channel, ContactState, Load, Presence } from '#contract/words.ts'

/** What an agent chose, and whether they leave as soon as their work is done. */
export interface ChosenPresence {
  presence: Presence
  reason: BreakReason | null
  isDraining: boolean
}

/** Work an agent holds now: contacts and wrap-ups. Pending and snoozed contacts are none. */
export interface HeldWork {
  activeContacts: number
  wrapUps: number
}

export type PresenceChange =
  | { ok: true; to: ChosenPresence; because: 'chosen' | 'work-left' | 'missed-offer' | 'gone' | 'work-done' }
  | { ok: false; reason: 'break-without-reason' | 'unchanged' }

/** An agent asks for a presence. With open work a break or sign-out begins as draining: no new offers, the rest is finished. */
export function choosePresence(now: ChosenPresence, wish: { presence: Presence; reason: BreakReason | null }, work: HeldWork): PresenceChange {
  if (wish.presence === 'break' && wish.reason === null) return { ok: false, reason: 'break-without-reason' }
  const reason = wish.presence === 'break' ? wish.reason : null
  const isDraining = wish.presence !== 'available' && work.activeContacts + work.wrapUps > 0
  if (now.presence === wish.presence && now.reason === reason && now.isDraining === isDraining) return { ok: false, reason: 'unchanged' }
  return { ok: true, to: { presence: wish.presence, reason, isDraining }, because: isDraining ? 'work-left' : 'chosen' }
}

/** The last work of a draining agent is done. */
export function afterWork(now: ChosenPresence, work: HeldWork): PresenceChange {
  if (!now.isDraining || work.activeContacts + work.wrapUps > 0) return { ok: false, reason: 'unchanged' }
  return { ok: true, to: { ...now, isDraining: false }, because: 'work-done' }
}

/** A missed offer says nobody is at the desk: break (missed), until the agent is back by their own click. */
export function afterMissedOffer(now: ChosenPresence, work: HeldWork): PresenceChange {
  if (now.presence !== 'available') return { ok: false, reason: 'unchanged' }
  return { ok: true, to: { presence: 'break', reason: 'missed', isDraining: work.activeContacts + work.wrapUps > 0 }, because: 'missed-offer' }
}

/** What the agent does now, derived: a contact outweighs a wrap-up. */
export function loadOf(work: HeldWork): Load {
  if (work.activeContacts > 0) return 'on-contact'
  return work.wrapUps > 0 ? 'wrap-up' : 'idle'
}

/** How long a lost console may stay away before the agent counts as gone. */
export const presenceGraceMs = 30_000

export type AwayDecision =
  | { kind: 'here' }
  /** Connection lost, perhaps a reload: nothing changes yet. */
  | { kind: 'wait'; until: Date }
  | { kind: 'gone'; to: ChosenPresence }

/** Judges a lost connection. `awaySince` null: connected. */
export function judgeAway(now: ChosenPresence, awaySince: Date | null, at: Date): AwayDecision {
  if (awaySince === null || now.presence === 'offline') return { kind: 'here' }
  const until = new Date(awaySince.getTime() + presenceGraceMs)
  return at < until ? { kind: 'wait', until } : { kind: 'gone', to: { presence: 'offline', reason: null, isDraining: false } }
}

/** What becomes of the contacts of an agent who is gone: a call or chat at once to the queue, messages after a while, mail never. */
export function whenOwnerGone(contact: { state: ContactState; channel: Channel; hasLiveSession: boolean }): { do: 'requeue'; afterMs: number; place: 'front' } | { do: 'keep'; reason: 'mail-waits' | 'not-active' } {
  if (contact.state !== 'active') return { do: 'keep', reason: 'not-active' }
  if (contact.hasLiveSession || contact.channel === 'voice' || contact.channel === 'webchat') return { do: 'requeue', afterMs: 0, place: 'front' }
  if (contact.channel === 'email') return { do: 'keep', reason: 'mail-waits' }
  return { do: 'requeue', afterMs: messagingReturnMs, place: 'front' }
}

export const messagingReturnMs = 10 * 60_000
