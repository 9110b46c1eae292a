/** Which verbs, attributes, children and values Twilio knows in a voice document. What is not here ends a call with error 12200. */

export type ElementRule = {
  attributes: Record<string, ValueRule>
  children: readonly string[]
  /** Whether text may stand inside. */
  text: boolean
}

type ValueRule = (value: string) => boolean

const any: ValueRule = () => true
const method: ValueRule = (value) => value === 'GET' || value === 'POST'
const whole: ValueRule = (value) => /^\d{1,6}$/.test(value)
const flag: ValueRule = (value) => value === 'true' || value === 'false'
const seconds: ValueRule = (value) => value === 'auto' || whole(value)
const keys: ValueRule = (value) => /^[0-9*#]*$/.test(value)
const url: ValueRule = (value) => value !== '' && !/\s/.test(value)
const oneOf = (...values: string[]): ValueRule => (value) => values.includes(value)
const listOf = (separator: string, ...values: string[]): ValueRule => (value) => value.split(separator).every((part) => values.includes(part))

const callEvents = listOf(' ', 'initiated', 'ringing', 'answered', 'completed')
const recordingEvents = listOf(' ', 'in-progress', 'completed', 'absent')
const speechMarks = ['break', 'emphasis', 'lang', 'p', 'phoneme', 'prosody', 's', 'say-as', 'sub', 'w']
const speechMark: ElementRule = {
  attributes: { strength: any, time: any, level: any, 'xml:lang': any, alphabet: any, ph: any, volume: any, rate: any, pitch: any, 'interpret-as': any, role: any, alias: any, format: any },
  children: speechMarks,
  text: true,
}
const statusCallbacks = { statusCallback: url, statusCallbackEvent: callEvents, statusCallbackMethod: method }
const recordingCallbacks = { recordingStatusCallback: url, recordingStatusCallbackEvent: recordingEvents, recordingStatusCallbackMethod: method }

export const verbs: Readonly<Record<string, ElementRule>> = {
  Say: { attributes: { voice: any, language: any, loop: whole }, children: speechMarks, text: true },
  Play: { attributes: { loop: whole, digits: (value) => /^[0-9*#wW]+$/.test(value) }, children: [], text: true },
  Pause: { attributes: { length: whole }, children: [], text: false },
  Gather: {
    attributes: {
      action: url, method, timeout: seconds, finishOnKey: keys, numDigits: (value) => whole(value) && Number(value) > 0, input: listOf(' ', 'dtmf', 'speech'), actionOnEmptyResult: flag,
      language: any, hints: any, bargeIn: flag, speechTimeout: seconds, maxSpeechTime: whole, profanityFilter: flag, speechModel: any, enhanced: flag, debug: flag,
      partialResultCallback: url, partialResultCallbackMethod: method,
    },
    children: ['Say', 'Play', 'Pause'],
    text: false,
  },
  Enqueue: { attributes: { action: url, method, waitUrl: url, waitUrlMethod: method, maxQueueSize: whole, workflowSid: any }, children: [], text: true },
  Dial: {
    attributes: {
      action: url, method, timeout: whole, hangupOnStar: flag, timeLimit: whole, callerId: any, answerOnBridge: flag, ringTone: any, sequential: flag, trim: oneOf('trim-silence', 'do-not-trim'),
      record: oneOf('do-not-record', 'record-from-answer', 'record-from-ringing', 'record-from-answer-dual', 'record-from-ringing-dual', 'true', 'false'), recordingTrack: any, ...recordingCallbacks,
    },
    children: ['Number', 'Client', 'Queue', 'Conference'],
    text: true,
  },
  Redirect: { attributes: { method }, children: [], text: true },
  Hangup: { attributes: {}, children: [], text: false },
  Leave: { attributes: {}, children: [], text: false },
  Reject: { attributes: { reason: oneOf('rejected', 'busy') }, children: [], text: false },
  Record: {
    attributes: { action: url, method, timeout: whole, finishOnKey: keys, maxLength: whole, playBeep: flag, trim: oneOf('trim-silence', 'do-not-trim'), transcribe: flag, transcribeCallback: url, ...recordingCallbacks },
    children: [],
    text: false,
  },
}

/** Elements that stand only inside another. */
export const nouns: Readonly<Record<string, ElementRule>> = {
  Number: { attributes: { url, method, sendDigits: any, ...statusCallbacks }, children: [], text: true },
  Client: { attributes: { url, method, ...statusCallbacks }, children: ['Identity', 'Parameter'], text: true },
  Identity: { attributes: {}, children: [], text: true },
  Parameter: { attributes: { name: any, value: any }, children: [], text: false },
  Conference: {
    attributes: { startConferenceOnEnter: flag, endConferenceOnExit: flag, muted: flag, beep: oneOf('true', 'false', 'onEnter', 'onExit'), waitUrl: any, waitMethod: method, maxParticipants: whole, participantLabel: any },
    children: [],
    text: true,
  },
  Queue: { attributes: { url, method, reservationSid: any, postWorkActivitySid: any }, children: [], text: true },
  ...Object.fromEntries(speechMarks.map((name) => [name, speechMark])),
}

/** Which verbs may stand in a document, by what asked for it: the call itself, a queue's `waitUrl`, or the words before a bridge. */
export const verbsByScope: Record<'call' | 'wait' | 'whisper', ReadonlySet<string>> = {
  call: new Set(Object.keys(verbs).filter((name) => name !== 'Leave')),
  wait: new Set(['Say', 'Play', 'Pause', 'Gather', 'Redirect', 'Hangup', 'Leave']),
  whisper: new Set(['Say', 'Play', 'Pause', 'Gather', 'Redirect', 'Hangup', 'Record']),
}

export type TwimlScope = keyof typeof verbsByScope
