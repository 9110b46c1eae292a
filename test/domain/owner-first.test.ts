import { describe, expect, it } from 'vitest'
import { ringOwnerFirst, type Owner, type OwnersDemand, type OwnWork } from '#server/domain/owner-first.ts'

const now = new Date('2026-11-10T10:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)
const call: OwnersDemand = { demand: 'call', kind: 'live', units: 100, refusedAt: null }
const chat: OwnersDemand = { demand: 'chat', kind: 'live', units: 33, refusedAt: null }
const inChat: OwnWork = { agentId: 'ada', live: 33, deferred: 0, isOnItsCall: false }
const inCall: OwnWork = { agentId: 'ada', live: 100, deferred: 0, isOnItsCall: true }
const inMail: OwnWork = { agentId: 'ada', live: 0, deferred: 20, isOnItsCall: false }
const owner = (over: Partial<Owner> = {}): Owner => ({ presence: 'available', isDraining: false, capacity: { live: 100, deferred: 100 }, used: { live: 33, deferred: 0 }, isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, ...over })

describe('a call or chat of a contact somebody has', () => {
  it.each<[string, OwnersDemand, OwnWork, Partial<Owner>, ReturnType<typeof ringOwnerFirst>]>([
    ['the call of a customer in their chat takes only what the chat does not hold', call, inChat, {}, { rings: true, more: 67 }],
    ['the chat of a customer on their call costs nothing more', chat, inCall, { used: { live: 100, deferred: 0 }, isOnCall: true }, { rings: true, more: 0 }],
    ['the call of a customer whose mail they answer takes a whole call; a full load of mail is set aside', call, inMail, { used: { live: 0, deferred: 100 } }, { rings: true, more: 100 }],
    ['a second chat beside two others, exactly full', chat, inMail, { used: { live: 67, deferred: 20 } }, { rings: true, more: 33 }],
    ['a chat of somebody else stands in a call’s way', call, inChat, { used: { live: 66, deferred: 0 } }, { rings: false, reason: 'live-work' }],
    ['three chats of others leave no room for this one', chat, inMail, { used: { live: 99, deferred: 20 } }, { rings: false, reason: 'no-units' }],
    ['a call with somebody else', chat, inChat, { isOnCall: true, used: { live: 133, deferred: 0 } }, { rings: false, reason: 'on-call' }],
    ['a second call of the same customer', call, inCall, { isOnCall: true, used: { live: 100, deferred: 0 } }, { rings: false, reason: 'on-call' }],
    ['wrap-up after a call', call, inChat, { isInCallWrapUp: true }, { rings: false, reason: 'wrap-up' }],
    ['another live offer on their screen', call, inChat, { openLiveOffers: 1 }, { rings: false, reason: 'offered-elsewhere' }],
    ['a break', call, inChat, { presence: 'break' }, { rings: false, reason: 'not-available' }],
    ['on the way home', call, inChat, { isDraining: true }, { rings: false, reason: 'not-available' }],
    ['declined 59.999 s ago', { ...call, refusedAt: ago(59_999) }, inChat, {}, { rings: false, reason: 'refused-recently' }],
    ['declined a minute ago: asked again', { ...call, refusedAt: ago(60_000) }, inChat, {}, { rings: true, more: 67 }],
  ])('%s', (_, entry, own, over, expected) => expect(ringOwnerFirst(entry, own, owner(over), now)).toEqual(expected))
})
