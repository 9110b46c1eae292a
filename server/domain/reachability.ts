import type { Channel, Evidence, IdentityKind } from '#contract/words.ts'
import { phoneNumberOf } from './phone-number.ts'

/** Why we write: an answer to what they wrote, something we begin, or a survey. */
export type Purpose = 'answer' | 'outreach' | 'survey'

/** One way to a customer: their identity, by our account. */
export interface ReachFacts {
  channel: Channel
  /** Our account on this channel; null when there is none. */
  account: { id: string; isRetired: boolean; isWorking: boolean } | null
  /** An address that arrived or was proved; null for one that was only typed into a form. */
  identity: {
    kind: IdentityKind
    value: string
    evidence: Evidence
    isShared: boolean
    isOneTime: boolean
    isBounced: boolean
    /** At this account of ours. */
    isOptedOut: boolean
  } | null
  /** Their last item by this identity at this account; null: never. */
  lastInboundAt: Date | null
  /** A call or chat that goes on now. */
  hasLiveSession: boolean
  /** When the widget of this visitor was last connected; null for other channels or never. */
  visitorSeenAt: Date | null
  /** WhatsApp: an approved template may be sent after the window. */
  hasTemplate: boolean
  /** The country of the number is on the allow-list. */
  isCountryAllowed: boolean
}

export type UnreachableReason =
  | 'no-account' | 'account-retired' | 'account-broken' | 'claimed-only' | 'wrong-kind' | 'one-time-identity' | 'hung-up' | 'visitor-gone' | 'bounced' | 'opted-out' | 'shared' | 'window-closed'
  | 'cannot-be-answered' | 'country-not-allowed'

export type Reachability =
  | {
      reachable: true
      via: 'live-session' | 'widget' | 'address' | 'window' | 'template' | 'dial'
      /** When it ends by itself (WhatsApp's window). */
      until: Date | null
      /** What the agent must see before sending. */
      warnings: ('not-proved' | 'shared' | 'visitor-away')[]
    }
  | { reachable: false; reason: UnreachableReason }

export const whatsappWindowMs = 24 * 3_600_000
/** A visitor who was here within a day finds the answer when the page loads again; later nobody would read it. */
export const visitorReturnMs = 24 * 3_600_000

const kindsOf: Record<Channel, readonly IdentityKind[]> = {
  voice: ['phone', 'call'],
  sms: ['phone'],
  whatsapp: ['phone', 'whatsapp-id'],
  email: ['email'],
  webchat: ['visitor', 'site-user'],
  slack: ['slack-user'],
}

/** Whether and how a customer can be reached this way now. The first reason that applies is the one shown. */
export function reachability(facts: ReachFacts, purpose: Purpose, now: Date): Reachability {
  const { account, identity } = facts
  if (!account) return no('no-account')
  if (account.isRetired) return no('account-retired')
  if (!identity) return no('claimed-only')
  if (!kindsOf[facts.channel].includes(identity.kind)) return no('wrong-kind')
  if (facts.hasLiveSession) return yes('live-session', null, [])
  if (!account.isWorking) return no('account-broken')
  // Somebody else may answer on a shared address; what we begin could tell one of them about the other.
  if (identity.isShared && purpose !== 'answer') return no('shared')
  if (identity.isOneTime || identity.kind === 'call') return no(facts.channel === 'voice' ? 'hung-up' : 'one-time-identity')
  if (identity.isBounced) return no('bounced')
  if (identity.isOptedOut && (purpose !== 'answer' || hasCarrierBlock(facts.channel))) return no('opted-out')
  return byChannel(facts, identity, purpose, now)
}

/** Where a carrier drops what we send after STOP, an answer too. A mail or a Slack message that answers a question may go. */
function hasCarrierBlock(channel: Channel): boolean {
  return channel === 'sms' || channel === 'whatsapp'
}

function byChannel(facts: ReachFacts, identity: NonNullable<ReachFacts['identity']>, purpose: Purpose, now: Date): Reachability {
  const warnings: ('not-proved' | 'shared')[] = [...(identity.evidence === 'claimed' ? (['not-proved'] as const) : []), ...(identity.isShared ? (['shared'] as const) : [])]
  switch (facts.channel) {
    case 'voice':
      // The call is over: what follows it is a call back, which an agent begins, not an answer.
      if (purpose === 'answer') return no('hung-up')
      return phoneRefusal(facts, identity.value) ?? yes('dial', null, warnings)
    case 'sms':
      return phoneRefusal(facts, identity.value) ?? yes('address', null, warnings)
    case 'whatsapp':
      return (identity.kind === 'phone' ? phoneRefusal(facts, identity.value) : null) ?? byWindow(facts, warnings, now)
    case 'email':
    case 'slack':
      return yes('address', null, warnings)
    case 'webchat': {
      const awayMs = facts.visitorSeenAt ? now.getTime() - facts.visitorSeenAt.getTime() : Infinity
      if (awayMs > visitorReturnMs) return no('visitor-gone')
      return yes('widget', null, ['visitor-away', ...warnings])
    }
  }
}

function phoneRefusal(facts: ReachFacts, value: string): Reachability | null {
  const number = phoneNumberOf(value)
  if (number.kind === 'short-code' && facts.channel === 'sms') return null
  if (number.kind !== 'e164') return no('cannot-be-answered')
  return facts.isCountryAllowed ? null : no('country-not-allowed')
}

function byWindow(facts: ReachFacts, warnings: ('not-proved' | 'shared')[], now: Date): Reachability {
  const until = facts.lastInboundAt ? new Date(facts.lastInboundAt.getTime() + whatsappWindowMs) : null
  if (until && now <= until) return yes('window', until, warnings)
  return facts.hasTemplate ? yes('template', null, warnings) : no('window-closed')
}

function yes(via: Extract<Reachability, { reachable: true }>['via'], until: Date | null, warnings: ('not-proved' | 'shared' | 'visitor-away')[]): Reachability {
  return { reachable: true, via, until, warnings }
}

function no(reason: UnreachableReason): Reachability {
  return { reachable: false, reason }
}

/** One way and what `reachability` said of it. */
export interface Way {
  channel: Channel
  identityId: string
  accountId: string
  lastInboundAt: Date | null
  reach: Reachability
}

export type DefaultChannel = { kind: 'way'; way: Way; because: 'last-wrote' | 'preferred' | 'reachable' } | { kind: 'none'; reason: UnreachableReason | 'no-way' }

/**
 * The channel an answer goes out on unless the agent picks another: where the customer last wrote, if they can be reached there; else
 * the one they prefer; else the most recent one that reaches them. A template is never the default: it costs, and says little.
 */
export function defaultChannel(ways: readonly Way[], preferred: Channel | null): DefaultChannel {
  const byRecency = [...ways].sort((a, b) => (b.lastInboundAt?.getTime() ?? -1) - (a.lastInboundAt?.getTime() ?? -1))
  const isOpen = (way: Way) => way.reach.reachable && way.reach.via !== 'template'
  const last = byRecency[0]
  if (!last) return { kind: 'none', reason: 'no-way' }
  if (last.lastInboundAt && isOpen(last)) return { kind: 'way', way: last, because: 'last-wrote' }
  const wished = byRecency.find((way) => way.channel === preferred && isOpen(way))
  if (wished) return { kind: 'way', way: wished, because: 'preferred' }
  const other = byRecency.find(isOpen) ?? byRecency.find((way) => way.reach.reachable)
  if (other) return { kind: 'way', way: other, because: 'reachable' }
  return { kind: 'none', reason: last.reach.reachable ? 'no-way' : last.reach.reason }
}
