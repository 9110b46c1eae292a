import { describe, expect, it } from 'vitest'
import { decideSessionEnd, type SessionEndFacts } from '#server/domain/session-end.ts'
import { expectedRest } from '#server/domain/queueing.ts'
import { closedPlan, greetingPlan, nextPlan, waitingPlan, type CallFacts, type CallInstruction } from '#server/domain/telephony-plan.ts'

const opensAt = new Date('2026-11-11T08:00:00Z')
const call: CallFacts = { sessionId: 's1', locale: 'zh', company: 'Lamps' }
const short = (plan: CallInstruction[]) => plan.map((one) => (one.do === 'say' ? one.key : one.do))

describe('what a caller hears', () => {
  it('is the greeting, then the line, in their language', () => {
    expect(short(greetingPlan(call))).toEqual(['greeting.call', 'queue'])
    expect(greetingPlan(call)[0]).toMatchObject({ locale: 'zh', values: { company: 'Lamps' } })
  })
  it.each([
    ['a promised time and goodbye', opensAt, null, ['closedHours.call', 'hang-up']],
    ['a promised time and voicemail', opensAt, { step: 'voicemail' }, ['closedHours.call', 'call.voicemail', 'record']],
    ['a promised time and a callback', opensAt, { step: 'ask-callback', isClosed: true }, ['closedHours.call', 'ask']],
    ['no time when none is in sight', null, null, ['closedHours.callUnknown', 'hang-up']],
  ] as const)('in closed hours is %s', (_, at, instead, heard) => expect(short(closedPlan(call, at, instead))).toEqual(heard))
  it('is their position while waiting', () => {
    const waiting = (ahead: number | null, expected: { fromMs: number; toMs: number } | null = null) => waitingPlan(call, { ahead, expected, pauseMs: 20_000 })
    expect(short(waiting(0))).toEqual(['waiting.next', 'pause', 'repeat'])
    expect(waiting(3)[0]).toMatchObject({ key: 'waiting.ahead', values: { count: 3 } })
    expect(short(waiting(null, { fromMs: 1, toMs: 2 }))).toEqual(['waiting.hold', 'pause', 'repeat'])
    expect(waiting(3, { fromMs: 110_000, toMs: 230_000 })[1]).toMatchObject({ key: 'waiting.expectedRange', values: { from: 1, to: 4 } })
    expect(waiting(3, { fromMs: 0, toMs: 30_000 })[1]).toMatchObject({ key: 'waiting.expected', values: { count: 1 } })
  })
  it('is the rest of the usual wait, and nothing once it is longer than usual', () => {
    expect(expectedRest({ fromMs: 60_000, toMs: 300_000 }, 90_000)).toEqual({ fromMs: 0, toMs: 210_000 })
    expect(expectedRest({ fromMs: 60_000, toMs: 300_000 }, 300_000)).toBeNull()
    expect(expectedRest(null, 0)).toBeNull()
  })
  it.each([
    ['the bridge failed', { step: 'bridge-failed' }, ['waiting.hold', 'queue']],
    ['the talk ended', { step: 'bridge-ended' }, ['call.goodbye', 'hang-up']],
    ['they may leave a message', { step: 'voicemail' }, ['call.voicemail', 'record']],
    ['they may be called back', { step: 'ask-callback', isClosed: false }, ['ask']],
    ['they will be called back', { step: 'callback-kept' }, ['callback.kept', 'hang-up']],
    ['they are called back', { step: 'called-back' }, ['callback.here', 'queue']],
    ['a time is promised', { step: 'promise', at: opensAt }, ['overflow.promiseCall', 'hang-up']],
    ['a message was left', { step: 'recorded' }, ['call.voicemailThanks', 'hang-up']],
    ['we broke', { step: 'error' }, ['call.failed', 'hang-up']],
  ] as const)('when %s', (_, step, heard) => expect(short(nextPlan(call, step))).toEqual(heard))
})

describe('what remains when a session ends', () => {
  const facts: SessionEndFacts = { kind: 'call', wasBridged: false, hasOpenEntry: true, wasEnqueued: true, leftVoicemail: false, isReachable: true, otherOpenEntries: 0, hasOwner: false }
  it.each([
    ['hung up while waiting', {}, { entry: 'abandoned', turnStays: true, contact: { do: 'close', outcome: 'abandoned' }, followUp: 'call-back' }],
    ['hung up while waiting, number withheld', { isReachable: false }, { entry: 'abandoned', turnStays: true, contact: { do: 'close', outcome: 'abandoned' }, followUp: null }],
    ['hung up while waiting, a mail waits on', { otherOpenEntries: 1 }, { entry: 'abandoned', turnStays: true, contact: { do: 'goes-on' }, followUp: 'call-back' }],
    ['left the chat unserved', { kind: 'chat' }, { entry: 'abandoned', turnStays: true, contact: { do: 'close', outcome: 'abandoned' }, followUp: null }],
    ['hung up in the greeting', { hasOpenEntry: false, wasEnqueued: false }, { entry: 'none', turnStays: false, contact: { do: 'close', outcome: 'left-in-menu' }, followUp: null }],
    ['left a voicemail', { leftVoicemail: true }, { entry: 'voicemail', turnStays: true, contact: { do: 'wait-as-messages' }, followUp: null }],
    ['hung up after talking', { wasBridged: true, hasOpenEntry: false, hasOwner: true }, { entry: 'none', turnStays: false, contact: { do: 'goes-on' }, followUp: null }],
    ['hung up while the owner was being rung', { hasOwner: true }, { entry: 'abandoned', turnStays: true, contact: { do: 'goes-on' }, followUp: null }],
  ] as const)('%s', (_, over, decision) => expect(decideSessionEnd({ ...facts, ...over })).toEqual(decision))
})
