import type { Locale } from '#contract/words.ts'

/** One thing a caller hears or the line does next, for any provider. Words are keys of the customers' catalogue with their values. */
export type CallInstruction =
  | { do: 'say'; locale: Locale; key: SpokenKey; values: Record<string, string | number | Date> }
  | { do: 'pause'; ms: number }
  /** Stand in the line; meanwhile the provider asks again and hears `waitingPlan`. */
  | { do: 'queue'; sessionId: string }
  | { do: 'gather'; digitsMax: number; timeoutMs: number }
  | { do: 'record'; maxMs: number; finishOnKey: '#' }
  | { do: 'connect'; agentAddress: string; timeoutMs: number }
  | { do: 'repeat' }
  | { do: 'hang-up' }

export type SpokenKey =
  | 'greeting.call' | 'closedHours.call' | 'closedHours.callUnknown' | 'waiting.next' | 'waiting.ahead' | 'waiting.hold' | 'call.connecting' | 'call.voicemail' | 'call.voicemailThanks' | 'call.goodbye' | 'call.failed'

export interface CallFacts {
  sessionId: string
  locale: Locale
  company: string
  opening: { isOpen: true } | { isOpen: false; opensAt: Date | null }
  /** The queue takes messages after the tone when nobody can answer. */
  hasVoicemail: boolean
  /** A call of theirs is taken by its owner in closed hours too. */
  hasOwnerRinging: boolean
}

export const voicemailMaxMs = 180_000
export const agentRingMs = 20_000
/** How often a waiting caller is told where they stand. */
export const positionEveryMs = 20_000

/** What a caller hears first: the greeting and the line, or in closed hours the promised time and, where there is one, voicemail. */
export function greetingPlan(call: CallFacts): CallInstruction[] {
  const { opening } = call
  if (opening.isOpen || call.hasOwnerRinging) return [say(call, 'greeting.call', { company: call.company }), { do: 'queue', sessionId: call.sessionId }]
  const promise = opening.opensAt ? say(call, 'closedHours.call', { company: call.company, at: opening.opensAt }) : say(call, 'closedHours.callUnknown', { company: call.company })
  return call.hasVoicemail ? [promise, ...voicemail(call)] : [promise, { do: 'hang-up' }]
}

/** The place of a caller in line: how many are ahead who could take the same agents; null when that is not known. */
export function waitingPlan(call: CallFacts, ahead: number | null): CallInstruction[] {
  const words = ahead === null ? say(call, 'waiting.hold', {}) : ahead === 0 ? say(call, 'waiting.next', {}) : say(call, 'waiting.ahead', { count: ahead })
  return [words, { do: 'pause', ms: positionEveryMs }, { do: 'repeat' }]
}

export type CallStep =
  /** The line was left because an agent accepted. */
  | { step: 'accepted'; agentAddress: string }
  /** The agent's leg did not answer or broke: the caller is back at the front of the line, the wait running. */
  | { step: 'bridge-failed' }
  | { step: 'bridge-ended' }
  /** Waited past the queue's limit, or nobody is staffed. */
  | { step: 'overflowed' }
  | { step: 'recorded' }
  | { step: 'error' }

/** What follows a step of the call. A caller who hung up hears nothing: there is no plan for that. */
export function nextPlan(call: CallFacts, step: CallStep): CallInstruction[] {
  switch (step.step) {
    case 'accepted':
      return [say(call, 'call.connecting', {}), { do: 'connect', agentAddress: step.agentAddress, timeoutMs: agentRingMs }]
    case 'bridge-failed':
      return [say(call, 'waiting.hold', {}), { do: 'queue', sessionId: call.sessionId }]
    case 'bridge-ended':
      return [say(call, 'call.goodbye', { company: call.company }), { do: 'hang-up' }]
    case 'overflowed':
      return call.hasVoicemail ? voicemail(call) : [say(call, 'call.goodbye', { company: call.company }), { do: 'hang-up' }]
    case 'recorded':
      return [say(call, 'call.voicemailThanks', {}), { do: 'hang-up' }]
    case 'error':
      return [say(call, 'call.failed', {}), { do: 'hang-up' }]
  }
}

function voicemail(call: CallFacts): CallInstruction[] {
  return [say(call, 'call.voicemail', {}), { do: 'record', maxMs: voicemailMaxMs, finishOnKey: '#' }]
}

function say(call: CallFacts, key: SpokenKey, values: Record<string, string | number | Date>): CallInstruction {
  return { do: 'say', locale: call.locale, key, values }
}
