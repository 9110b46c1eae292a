import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contactOutcomes, contactStates } from '#contract/words.ts'
import { contactStateOf, mayClose, mayPend, maySnooze, unitsHeldIn, type CloseFacts, type ContactFacts } from '#server/domain/contact-state.ts'

const now = new Date('2026-11-10T10:00:00Z')
const later = new Date(now.getTime() + 3_600_000)
const nothing: ContactFacts = { closedAs: null, liveSessions: 0, openEntries: 0, openOffers: 0, ownerId: null, isWrappingUp: false, pendingUntil: null, snoozedUntil: null }

describe('the state of a contact', () => {
  it.each([
    ['a caller in the greeting', { liveSessions: 1 }, 'arriving'],
    ['a contact in the making', {}, 'arriving'],
    ['a message nobody took', { openEntries: 1 }, 'waiting'],
    ['a caller in the line', { openEntries: 1, liveSessions: 1 }, 'waiting'],
    ['one agent is asked', { openEntries: 1, openOffers: 1 }, 'offered'],
    ['an agent has it', { ownerId: 'ada' }, 'active'],
    ['the customer of an active contact calls', { ownerId: 'ada', openEntries: 1, openOffers: 1, liveSessions: 1 }, 'active'],
    ['waiting for the customer', { ownerId: 'ada', pendingUntil: later }, 'pending'],
    ['waiting for our own time', { ownerId: 'ada', snoozedUntil: later }, 'snoozed'],
    ['woken, its owner has no room', { ownerId: null, openEntries: 1 }, 'waiting'],
    ['pending without an owner', { pendingUntil: later }, 'pending'],
    ['released, being wrapped up', { isWrappingUp: true }, 'wrap-up'],
    ['written again during wrap-up, nobody took it', { isWrappingUp: true, openEntries: 1 }, 'waiting'],
    ['closed', { closedAs: 'handled', ownerId: 'ada', openEntries: 1 }, 'closed'],
  ] as const)('%s', (_, over, state) => expect(contactStateOf({ ...nothing, ...over })).toBe(state))

  it('always has a state, an active one always an owner, a closed one always an outcome', () =>
    fc.assert(fc.property(fc.record({
      closedAs: fc.option(fc.constantFrom(...contactOutcomes)), liveSessions: fc.nat(2), openEntries: fc.nat(3), openOffers: fc.nat(2), ownerId: fc.option(fc.constant('ada')),
      isWrappingUp: fc.boolean(), pendingUntil: fc.option(fc.constant(later)), snoozedUntil: fc.option(fc.constant(later)),
    }), (facts) => {
      const state = contactStateOf(facts)
      expect(contactStates).toContain(state)
      expect(unitsHeldIn[state]).toBeDefined()
      if (state === 'active') expect(facts.ownerId).not.toBeNull()
      expect(state === 'closed').toBe(facts.closedAs !== null)
    })))
})

const active: CloseFacts = { state: 'active', ownerId: 'ada', openTurns: 0, liveSessions: 0, isDispositionRequired: true, hasDisposition: true }
const ada = { staffId: 'ada', isSupervisor: false }

describe('closing, pending, snoozing', () => {
  it.each([
    ['everything is answered', {}, ada, 'ok'],
    ['a turn is open', { openTurns: 1 }, ada, 'turn-unanswered'],
    ['the caller is still there', { liveSessions: 1 }, ada, 'live-session'],
    ['the disposition is missing', { hasDisposition: false }, ada, 'disposition-missing'],
    ['it is another’s', { ownerId: 'bob' }, ada, 'not-owner'],
    ['a supervisor closes another’s', { ownerId: 'bob' }, { staffId: 'eve', isSupervisor: true }, 'ok'],
    ['it is closed', { state: 'closed' }, ada, 'already-closed'],
  ] as const)('close: %s', (_, over, actor, result) => {
    const permit = mayClose({ ...active, ...over }, 'handled', actor)
    expect(permit.ok ? 'ok' : permit.reason).toBe(result)
  })
  it('closes spam without an answer', () => expect(mayClose({ ...active, openTurns: 3, hasDisposition: false }, 'spam', ada)).toEqual({ ok: true }))
  it('pends only when nothing of the customer’s is unanswered', () => {
    expect(mayPend(active, 'ada')).toEqual({ ok: true })
    expect(mayPend({ ...active, openTurns: 1 }, 'ada')).toEqual({ ok: false, reason: 'turn-unanswered' })
    expect(mayPend({ ...active, state: 'waiting' }, 'ada')).toEqual({ ok: false, reason: 'not-active' })
  })
  it('snoozes with an open turn, into the future only', () => {
    expect(maySnooze({ ...active, openTurns: 1 }, 'ada', later, now)).toEqual({ ok: true })
    expect(maySnooze(active, 'ada', now, now)).toEqual({ ok: false, reason: 'time-passed' })
    expect(maySnooze(active, 'ada', new Date(now.getTime() + 91 * 86_400_000), now)).toEqual({ ok: false, reason: 'too-far' })
    expect(maySnooze({ ...active, liveSessions: 1 }, 'ada', later, now)).toEqual({ ok: false, reason: 'live-session' })
  })
})
