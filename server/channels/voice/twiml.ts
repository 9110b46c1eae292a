import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import type { Locale } from '#contract/words.ts'
import type { DoorAnswer, SpokenStep } from '../channel.ts'
import { callPaths, withQuery } from './paths.ts'

const languages: Record<Locale, 'en-US' | 'zh-CN'> = { en: 'en-US', zh: 'zh-CN' }
const secondsOf = (ms: number): number => Math.max(1, Math.round(ms / 1000))

/** The steps as a TwiML document. Addresses in it are absolute, because their signatures are made over the whole. */
export function twimlOf(steps: readonly SpokenStep[], publicUrl: string): DoorAnswer {
  const response = new VoiceResponse()
  for (const step of steps) write(response, step, (path, query) => withQuery(publicUrl + path, query))
  return { status: 200, contentType: 'text/xml; charset=utf-8', body: response.toString() }
}

function write(response: VoiceResponse, step: SpokenStep, url: (path: string, query: Record<string, string>) => string): void {
  switch (step.do) {
    case 'say': return void response.say({ language: languages[step.locale] }, sayable(step.text))
    case 'pause': return void response.pause({ length: secondsOf(step.ms) })
    case 'queue': {
      const query = { session: step.sessionId }
      return void response.enqueue({ waitUrl: url(callPaths.wait, query), action: url(callPaths.queueLeft, { ...query, round: String(step.round) }) }, step.sessionId)
    }
    case 'leave-queue': return void response.leave()
    case 'record': {
      const query = { session: step.sessionId }
      // Chinese is not transcribed by the provider: a wrong text would be worse than none.
      const transcribed = step.locale === 'en' ? { transcribe: true, transcribeCallback: url(callPaths.transcribed, query) } : {}
      return void response.record({ action: url(callPaths.recorded, query), maxLength: secondsOf(step.maxMs), finishOnKey: step.finishOnKey, timeout: 10, ...transcribed })
    }
    case 'ask': {
      const query = { session: step.sessionId, asks: step.asks, round: String(step.round) }
      const gather = response.gather({
        input: ['dtmf'], action: url(callPaths.keys, query), numDigits: step.digitsMax, timeout: secondsOf(step.timeoutMs), finishOnKey: '#', actionOnEmptyResult: true,
      })
      return void gather.say({ language: languages[step.locale] }, sayable(step.text))
    }
    case 'fetch-caller': {
      const query = { session: step.sessionId }
      const dial = response.dial({ action: url(callPaths.agentDialed, query), timeout: secondsOf(step.timeoutMs) })
      return void dial.queue({ url: url(callPaths.aboutToConnect, query) }, step.sessionId)
    }
    case 'join-room': {
      const query = { session: step.sessionId, round: String(step.round) }
      const dial = response.dial({ action: url(step.as === 'customer' ? callPaths.roomLeft : callPaths.agentDialed, query) })
      return void dial.conference({ startConferenceOnEnter: true, endConferenceOnExit: step.as !== 'helper', beep: 'false', waitUrl: '' }, step.sessionId)
    }
    case 'ask-again': return void response.redirect(url(step.path, {}))
    case 'hang-up': return void response.hangup()
  }
}

/** What XML can carry: no control characters, no halves of a character. Escaping is the library's. */
export function sayable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, ' ').slice(0, 3000).toWellFormed()
}
