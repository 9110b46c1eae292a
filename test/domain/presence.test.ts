import { describe, expect, it } from 'vitest'
import { afterMissedOffer, afterWork, choosePresence, judgeAway, loadOf, presenceGraceMs, whenOwnerGone } from '#server/domain/presence.ts'

const available = { presence: 'available', reason: null, isDraining: false } as const
const none = { activeContacts: 0, wrapUps: 0 }
const busy = { activeContacts: 1, wrapUps: 0 }
const now = new Date('2026-11-10T10:00:00Z')

describe('presence', () => {
  it('is chosen at once without work, and drains with it', () => {
    expect(choosePresence(available, { presence: 'break', reason: 'lunch' }, none)).toEqual({ ok: true, to: { presence: 'break', reason: 'lunch', isDraining: false }, because: 'chosen' })
    expect(choosePresence(available, { presence: 'break', reason: 'lunch' }, busy)).toEqual({ ok: true, to: { presence: 'break', reason: 'lunch', isDraining: true }, because: 'work-left' })
    expect(choosePresence(available, { presence: 'offline', reason: null }, { activeContacts: 0, wrapUps: 1 })).toMatchObject({ to: { presence: 'offline', isDraining: true } })
  })
  it('needs a reason for a break', () => expect(choosePresence(available, { presence: 'break', reason: null }, none)).toEqual({ ok: false, reason: 'break-without-reason' }))
  it('does not change twice', () => expect(choosePresence(available, { presence: 'available', reason: null }, none)).toEqual({ ok: false, reason: 'unchanged' }))
  it('stops draining with the last work', () => {
    const draining = { presence: 'break', reason: 'lunch', isDraining: true } as const
    expect(afterWork(draining, none)).toMatchObject({ ok: true, to: { isDraining: false } })
    expect(afterWork(draining, busy)).toEqual({ ok: false, reason: 'unchanged' })
  })
  it('becomes break (missed) after a missed offer', () => {
    expect(afterMissedOffer(available, none)).toMatchObject({ to: { presence: 'break', reason: 'missed', isDraining: false } })
    expect(afterMissedOffer({ presence: 'offline', reason: null, isDraining: false }, none)).toEqual({ ok: false, reason: 'unchanged' })
  })
  it('derives the load from work', () => expect([loadOf(none), loadOf({ activeContacts: 0, wrapUps: 1 }), loadOf({ activeContacts: 1, wrapUps: 1 })]).toEqual(['idle', 'wrap-up', 'on-contact']))
  it('survives a reload, not a closed lid', () => {
    expect(judgeAway(available, null, now)).toEqual({ kind: 'here' })
    expect(judgeAway(available, new Date(now.getTime() - presenceGraceMs + 1), now)).toMatchObject({ kind: 'wait' })
    expect(judgeAway(available, new Date(now.getTime() - presenceGraceMs), now)).toMatchObject({ kind: 'gone', to: { presence: 'offline' } })
  })
  it.each([['voice', true, 'requeue', 0], ['webchat', false, 'requeue', 0], ['sms', false, 'requeue', 600_000], ['email', false, 'keep', null], ['email', true, 'requeue', 0]] as const)(
    'an owner who is gone: %s with a live session %s: %s', (channel, hasLiveSession, does, afterMs) => {
      const result = whenOwnerGone({ state: 'active', channel, hasLiveSession })
      expect([result.do, result.do === 'requeue' ? result.afterMs : null]).toEqual([does, afterMs])
    })
})
