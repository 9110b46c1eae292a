import { wholeMinutes, type ExpectedWait } from '#contract/expected-wait.ts'
import type { Locale } from '#contract/words.ts'

/** One thing a caller hears or the line does next, for any provider. Words are keys of the customers' catalogue with their values. */
export type CallInstruction =
  | ({ do: 'say' } & SpokenWords)
  | { do: 'pause'; ms: number }
  /** Stand in the line; meanwhile the provider asks again and hears `waitingPlan`. */
  | { do: 'queue'; sessionId: string }
  /** Say this and wait for keys; none pressed is told too. */
  | { do: 'ask'; asks: 'callback'; words: SpokenWords; digitsMax: number; timeoutMs: number }
  | { do: 'record'; maxMs: number; finishOnKey: '#' }
  | { do: 'repeat' }
  | { do: 'hang-up' }

export interface SpokenWords {
  locale: Locale
  key: SpokenKey
  values: Record<string, string | number | Date>
}

export type SpokenKey =
  | 'greeting.call' | 'closedHours.call' | 'closedHours.callUnknown' | 'waiting.next' | 'waiting.ahead' | 'waiting.hold' | 'waiting.expected' | 'waiting.expectedRange'
  | 'overflow.promiseCall' | 'callback.ask' | 'callback.askClosed' | 'callback.kept' | 'callback.here' | 'call.voicemail' | 'call.voicemailThanks' | 'call.goodbye' | 'call.failed'

export interface CallFacts {
  sessionId: string
  locale: Locale
  company: string
}

export const voicemailMaxMs = 180_000
export const agentRingMs = 20_000
/** How often a waiting caller is told where they stand. */
export const positionEveryMs = 20_000
/** How long a key is waited for. */
export const keyWaitMs = 6_000

/** The greeting and the line. */
export function greetingPlan(call: CallFacts): CallInstruction[] {
  return [say(call, 'greeting.call', { company: call.company }), { do: 'queue', sessionId: call.sessionId }]
}

/** In closed hours: the promised time, and what the queue does instead of answering; nothing: goodbye. */
export function closedPlan(call: CallFacts, opensAt: Date | null, instead: LeavingStep | null): CallInstruction[] {
  const promise = opensAt ? say(call, 'closedHours.call', { company: call.company, at: opensAt }) : say(call, 'closedHours.callUnknown', { company: call.company })
  return [promise, ...(instead ? nextPlan(call, instead) : [{ do: 'hang-up' } as const])]
}

export interface Waiting {
  /** How many are ahead who could take the same agents; null when that is not known. */
  ahead: number | null
  /** What is left of the usual wait, a range; null: too few samples, or longer than usual already. */
  expected: ExpectedWait | null
  /** When something else is to be said than this. */
  pauseMs: number
}

/** The place of a caller in line, and what they may expect. */
export function waitingPlan(call: CallFacts, { ahead, expected, pauseMs }: Waiting): CallInstruction[] {
  const place = ahead === null ? say(call, 'waiting.hold', {}) : ahead === 0 ? say(call, 'waiting.next', {}) : say(call, 'waiting.ahead', { count: ahead })
  return [place, ...(expected && ahead !== null ? [expectation(call, expected)] : []), { do: 'pause', ms: pauseMs }, { do: 'repeat' }]
}

function expectation(call: CallFacts, expected: ExpectedWait): CallInstruction {
  const { from, to } = wholeMinutes(expected)
  return from === to ? say(call, 'waiting.expected', { count: to }) : say(call, 'waiting.expectedRange', { from, to })
}

/** Ways out of the line that are heard. */
export type LeavingStep =
  | { step: 'voicemail' }
  | { step: 'ask-callback'; isClosed: boolean }
  /** Called back by then. */
  | { step: 'promise'; at: Date }

export type CallStep =
  | LeavingStep
  /** The agent's leg did not answer or broke: the caller is back at the front of the line, the wait running. */
  | { step: 'bridge-failed' }
  | { step: 'bridge-ended' }
  | { step: 'callback-kept' }
  /** The customer has answered our call: they stand in the line for as long as the agent's leg takes. */
  | { step: 'called-back' }
  | { step: 'recorded' }
  | { step: 'error' }

/** What follows a step of the call. A caller who hung up hears nothing: there is no plan for that. */
export function nextPlan(call: CallFacts, step: CallStep): CallInstruction[] {
  switch (step.step) {
    case 'bridge-failed':
      return [say(call, 'waiting.hold', {}), { do: 'queue', sessionId: call.sessionId }]
    case 'bridge-ended':
      return [say(call, 'call.goodbye', { company: call.company }), { do: 'hang-up' }]
    case 'voicemail':
      return [say(call, 'call.voicemail', {}), { do: 'record', maxMs: voicemailMaxMs, finishOnKey: '#' }]
    case 'ask-callback':
      return [{ do: 'ask', asks: 'callback', words: { locale: call.locale, key: step.isClosed ? 'callback.askClosed' : 'callback.ask', values: {} }, digitsMax: 1, timeoutMs: keyWaitMs }]
    case 'promise':
      return [say(call, 'overflow.promiseCall', { company: call.company, at: step.at }), { do: 'hang-up' }]
    case 'callback-kept':
      return [say(call, 'callback.kept', {}), { do: 'hang-up' }]
    case 'called-back':
      return [say(call, 'callback.here', { company: call.company }), { do: 'queue', sessionId: call.sessionId }]
    case 'recorded':
      return [say(call, 'call.voicemailThanks', {}), { do: 'hang-up' }]
    case 'error':
      return [say(call, 'call.failed', {}), { do: 'hang-up' }]
  }
}

function say(call: CallFacts, key: SpokenKey, values: Record<string, string | number | Date>): CallInstruction {
  return { do: 'say', locale: call.locale, key, values }
}
