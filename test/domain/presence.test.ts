import { describe, expect, it } from 'vitest'
import { roles } from '#contract/words.ts'
import { actions, may, sightOf, type Actor } from '#server/domain/permissions.ts'
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

describe('who may do what', () => {
  const actor = (over: Partial<Actor> = {}): Actor => ({ staffId: 'ada', role: 'agent', isRetired: false, teamIds: new Set(['t1']), queueIds: new Set(['q1']), ...over })
  it('lets nobody retired do anything', () => {
    for (const action of actions) expect(may(actor({ role: 'admin', isRetired: true }), action)).toEqual({ may: false, reason: 'retired' })
  })
  it('gives a higher role everything a lower one has', () => {
    for (const action of actions) {
      const allowed = roles.map((role) => may(actor({ role }), action, { teamId: 't1', queueId: 'q1', ownerId: 'ada', agentId: 'ada' }).may)
      expect(allowed.toSorted((a, b) => Number(a) - Number(b)), action).toEqual(allowed)
    }
  })
  it.each(['staff.invite', 'staff.role', 'settings.edit', 'accounts.edit', 'audit.see', 'customer.erase'] as const)('keeps %s to admins', (action) =>
    expect(roles.map((role) => may(actor({ role }), action).may)).toEqual([false, false, true]))
  it.each(['board.see', 'export', 'presence.others', 'contact.assign'] as const)('keeps %s from agents', (action) => expect(may(actor(), action, { teamId: 't1' })).toEqual({ may: false, reason: 'role' }))
  it('shows one grey line of a restricted queue to outsiders, also to a supervisor of another team', () => {
    const subject = { queueId: 'q9', teamId: 't9', isRestrictedQueue: true }
    expect([sightOf(actor(), subject), sightOf(actor({ queueIds: new Set(['q9']) }), subject), sightOf(actor({ role: 'supervisor' }), subject), sightOf(actor({ role: 'supervisor', teamIds: new Set(['t9']) }), subject), sightOf(actor({ role: 'admin' }), subject)]).toEqual(['grey-line', 'whole', 'grey-line', 'whole', 'whole'])
    expect(may(actor(), 'contact.reply', subject)).toEqual({ may: false, reason: 'restricted-queue' })
  })
  it('lets an agent close only their own contact, a supervisor anybody’s', () => {
    expect(may(actor(), 'contact.close', { ownerId: 'bob' })).toEqual({ may: false, reason: 'not-owner' })
    expect(may(actor(), 'contact.close', { ownerId: 'ada' })).toEqual({ may: true })
    expect(may(actor({ role: 'supervisor' }), 'contact.close', { ownerId: 'bob' })).toEqual({ may: true })
  })
  it('keeps a supervisor to their teams', () => {
    expect(may(actor({ role: 'supervisor' }), 'presence.others', { teamId: 't2', agentId: 'bob' })).toEqual({ may: false, reason: 'other-team' })
    expect(may(actor({ role: 'supervisor' }), 'contact.assign', { teamId: 't2' })).toEqual({ may: false, reason: 'other-team' })
  })
  it('lets nobody set another’s presence as their own', () => expect(may(actor(), 'presence.own', { agentId: 'bob' })).toEqual({ may: false, reason: 'not-yourself' }))
})
