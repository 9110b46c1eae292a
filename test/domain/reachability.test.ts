import { describe, expect, it } from 'vitest'
import type { Channel } from '#contract/words.ts'
import { defaultChannel, reachability, type ReachFacts, type Reachability, type Way } from '#server/domain/reachability.ts'

const now = new Date('2026-11-10T10:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)
const hour = 3_600_000
const kind = { voice: 'phone', sms: 'phone', whatsapp: 'phone', email: 'email', webchat: 'visitor', slack: 'slack-user' } as const
const value = { voice: '+4915112345678', sms: '+4915112345678', whatsapp: '+4915112345678', email: 'mei@example.com', webchat: 'v1', slack: 'U1' } as const

type Over = Partial<Omit<ReachFacts, 'identity'>> & { identity?: Partial<NonNullable<ReachFacts['identity']>> | null }
const facts = (channel: Channel, { identity, ...over }: Over = {}): ReachFacts => ({
  channel, account: { id: 'a', isRetired: false, isWorking: true }, lastInboundAt: ago(hour), hasLiveSession: false, visitorSeenAt: ago(0), hasTemplate: false, isCountryAllowed: true,
  identity: identity === null ? null : { kind: kind[channel], value: value[channel], evidence: 'proved', isShared: false, isOneTime: false, isBounced: false, isOptedOut: false, ...identity }, ...over,
})
const said = (reach: Reachability) => (reach.reachable ? reach.via : reach.reason)

describe('whether an answer reaches the customer', () => {
  it.each([
    ['a text to the number that wrote', 'sms', {}, 'address'],
    ['a text after STOP', 'sms', { identity: { isOptedOut: true } }, 'opted-out'],
    ['a text to a short code', 'sms', { identity: { value: '12345' } }, 'address'],
    ['a text to a name', 'sms', { identity: { value: 'LAMPSHOP' } }, 'cannot-be-answered'],
    ['a text abroad, not allowed', 'sms', { isCountryAllowed: false }, 'country-not-allowed'],
    ['WhatsApp within the window', 'whatsapp', {}, 'window'],
    ['WhatsApp at 24 h exactly', 'whatsapp', { lastInboundAt: ago(24 * hour) }, 'window'],
    ['WhatsApp a millisecond later', 'whatsapp', { lastInboundAt: ago(24 * hour + 1) }, 'window-closed'],
    ['WhatsApp later, with a template', 'whatsapp', { lastInboundAt: ago(25 * hour), hasTemplate: true }, 'template'],
    ['WhatsApp to somebody who never wrote', 'whatsapp', { lastInboundAt: null }, 'window-closed'],
    ['WhatsApp by Meta’s own id', 'whatsapp', { identity: { kind: 'whatsapp-id', value: 'W1' } }, 'window'],
    ['mail', 'email', {}, 'address'],
    ['mail to a bounced address', 'email', { identity: { isBounced: true } }, 'bounced'],
    ['a mail answer to somebody who unsubscribed', 'email', { identity: { isOptedOut: true } }, 'address'],
    ['a chat whose visitor is there', 'webchat', { hasLiveSession: true }, 'live-session'],
    ['a chat whose visitor reloads the page', 'webchat', { visitorSeenAt: ago(hour) }, 'widget'],
    ['a chat whose visitor left a day ago', 'webchat', { visitorSeenAt: ago(24 * hour + 1) }, 'visitor-gone'],
    ['a call that goes on', 'voice', { hasLiveSession: true }, 'live-session'],
    ['a call that ended', 'voice', {}, 'hung-up'],
    ['a call with a withheld number that ended', 'voice', { identity: { kind: 'call', isOneTime: true } }, 'hung-up'],
    ['Slack', 'slack', {}, 'address'],
    ['a mail without a usable sender', 'email', { identity: { isOneTime: true } }, 'one-time-identity'],
    ['an address only typed into a form', 'email', { identity: null }, 'claimed-only'],
    ['a channel we have no account for', 'slack', { account: null }, 'no-account'],
    ['a retired account', 'sms', { account: { id: 'a', isRetired: true, isWorking: true } }, 'account-retired'],
    ['an account whose secret is wrong', 'sms', { account: { id: 'a', isRetired: false, isWorking: false } }, 'account-broken'],
    ['mail to a phone', 'email', { identity: { kind: 'phone' } }, 'wrong-kind'],
  ] as const)('%s: %s', (_, channel, over, result) => expect(said(reachability(facts(channel, over as Over), 'answer', now))).toBe(result))

  it('answers an unproved sender at their own address, and says so to the agent', () =>
    expect(reachability(facts('email', { identity: { evidence: 'claimed' } }), 'answer', now)).toEqual({ reachable: true, via: 'address', until: null, warnings: ['not-proved'] }))
  it('begins nothing on a shared address or after an opt-out, but may call back', () => {
    expect(said(reachability(facts('email', { identity: { isShared: true } }), 'outreach', now))).toBe('shared')
    expect(said(reachability(facts('email', { identity: { isOptedOut: true } }), 'survey', now))).toBe('opted-out')
    expect(said(reachability(facts('voice'), 'outreach', now))).toBe('dial')
  })
  it('says until when the window is open', () => expect(reachability(facts('whatsapp'), 'answer', now)).toMatchObject({ until: new Date(now.getTime() + 23 * hour) }))
})

describe('the channel an answer goes out on', () => {
  const way = (channel: Channel, lastInboundAt: Date | null, over: Over = {}): Way => ({ channel, identityId: channel, accountId: 'a', lastInboundAt, reach: reachability(facts(channel, { lastInboundAt, ...over }), 'answer', now) })
  it('is where the customer last wrote', () => expect(defaultChannel([way('email', ago(hour)), way('sms', ago(60_000))], 'email')).toMatchObject({ way: { channel: 'sms' }, because: 'last-wrote' }))
  it('is the preferred one when they called last', () => expect(defaultChannel([way('voice', ago(0)), way('email', ago(9 * hour)), way('sms', ago(hour))], 'email')).toMatchObject({ way: { channel: 'email' }, because: 'preferred' }))
  it('is any that reaches them otherwise', () => expect(defaultChannel([way('voice', ago(0)), way('email', ago(9 * hour)), way('sms', ago(hour))], null)).toMatchObject({ way: { channel: 'sms' }, because: 'reachable' }))
  it('is a template only when nothing else is left', () => expect(defaultChannel([way('whatsapp', ago(48 * hour), { hasTemplate: true }), way('email', ago(90 * hour))], null)).toMatchObject({ way: { channel: 'email' } }))
  it('says why there is none', () => {
    expect(defaultChannel([way('whatsapp', ago(48 * hour))], null)).toEqual({ kind: 'none', reason: 'window-closed' })
    expect(defaultChannel([], 'sms')).toEqual({ kind: 'none', reason: 'no-way' })
  })
})
