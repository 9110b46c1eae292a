import { describe, expect, it } from 'vitest'
import { decideSessionEnd, type SessionEndFacts } from '#server/domain/session-end.ts'
import { greetingPlan, nextPlan, waitingPlan, type CallFacts, type CallInstruction } from '#server/domain/telephony-plan.ts'

const opensAt = new Date('2026-11-11T08:00:00Z')
const call: CallFacts = { sessionId: 's1', locale: 'zh', company: 'Lamps', opening: { isOpen: true }, hasVoicemail: false, hasOwnerRinging: false }
const short = (plan: CallInstruction[]) => plan.map((one) => (one.do === 'say' ? one.key : one.do))

describe('what a caller hears', () => {
  it('is the greeting, then the line, in their language', () => {
    expect(short(greetingPlan(call))).toEqual(['greeting.call', 'queue'])
    expect(greetingPlan(call)[0]).toMatchObject({ locale: 'zh', values: { company: 'Lamps' } })
  })
  it.each([
    ['a promised time and goodbye', { opening: { isOpen: false, opensAt } }, ['closedHours.call', 'hang-up']],
    ['a promised time and voicemail', { opening: { isOpen: false, opensAt }, hasVoicemail: true }, ['closedHours.call', 'call.voicemail', 'record']],
    ['no time when none is in sight', { opening: { isOpen: false, opensAt: null } }, ['closedHours.callUnknown', 'hang-up']],
    ['the line when their agent is there', { opening: { isOpen: false, opensAt }, hasOwnerRinging: true }, ['greeting.call', 'queue']],
  ] as const)('in closed hours is %s', (_, over, heard) => expect(short(greetingPlan({ ...call, ...over }))).toEqual(heard))
  it('is their position while waiting', () => {
    expect(short(waitingPlan(call, 0))).toEqual(['waiting.next', 'pause', 'repeat'])
    expect(waitingPlan(call, 3)[0]).toMatchObject({ key: 'waiting.ahead', values: { count: 3 } })
    expect(short(waitingPlan(call, null))[0]).toBe('waiting.hold')
  })
  it.each([
    ['an agent accepted', { step: 'accepted', agentAddress: 'client:ada' }, ['call.connecting', 'connect']],
    ['the bridge failed', { step: 'bridge-failed' }, ['waiting.hold', 'queue']],
    ['the talk ended', { step: 'bridge-ended' }, ['call.goodbye', 'hang-up']],
    ['nobody could take it', { step: 'overflowed' }, ['call.goodbye', 'hang-up']],
    ['a message was left', { step: 'recorded' }, ['call.voicemailThanks', 'hang-up']],
    ['we broke', { step: 'error' }, ['call.failed', 'hang-up']],
  ] as const)('when %s', (_, step, heard) => expect(short(nextPlan(call, step))).toEqual(heard))
  it('is voicemail on overflow where there is one', () => expect(short(nextPlan({ ...call, hasVoicemail: true }, { step: 'overflowed' }))).toEqual(['call.voicemail', 'record']))
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
