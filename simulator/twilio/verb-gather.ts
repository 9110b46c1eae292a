import { Interrupted, type Pace, untilAborted } from '../pace.ts'
import type { Leg } from './leg.ts'
import type { TwimlElement } from './twiml.ts'
import { goOn, sourceOf, type Step } from './verbs.ts'
import { pause, play, say } from './verbs-spoken.ts'
import type { Run, Voice } from './voice.ts'

/** A person needs this long to react, however fast the simulated clock. */
export const reactionMsMin = 400

/** Listens for keys or words while its prompts are spoken and for `timeout` seconds after. */
export async function gather(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<Step> {
  const { attributes } = verb
  const collector = new Collector(run.leg, {
    wantsSpeech: attributes['input']?.includes('speech') ?? false,
    wantsKeys: attributes['input']?.includes('dtmf') ?? true,
    digitsMax: Number(attributes['numDigits'] ?? Number.POSITIVE_INFINITY),
    finishOnKey: attributes['finishOnKey'] ?? '#',
  })
  try {
    await speakPrompts(voice, run, verb, baseUrl, collector)
    await collector.finish(voice.parts.pace, timeoutSeconds(attributes) * 1000, run.signal)
  } finally {
    collector.stop()
  }
  const { digits, speech } = collector
  if (digits === '' && speech === '' && attributes['actionOnEmptyResult'] !== 'true') return goOn
  const params = speech === '' ? { Digits: digits } : { SpeechResult: speech, Confidence: '0.9' }
  return { kind: 'fetch', source: sourceOf(attributes['action'] ?? baseUrl, baseUrl, attributes['method'], params) }
}

function timeoutSeconds(attributes: Record<string, string>): number {
  return attributes['timeout'] === undefined || attributes['timeout'] === 'auto' ? 5 : Number(attributes['timeout'])
}

async function speakPrompts(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string, collector: Collector): Promise<void> {
  const prompts: Run = { ...run, signal: AbortSignal.any([run.signal, collector.started]) }
  try {
    for (const prompt of verb.children) {
      if (prompt.name === 'Say') await say(voice, prompts, prompt)
      else if (prompt.name === 'Play') await play(voice, prompts, prompt, baseUrl)
      else await pause(voice, prompts, prompt)
    }
  } catch (error) {
    const isBargeIn = error instanceof Interrupted && !run.signal.aborted
    if (!isBargeIn) throw error
  }
}

type Wanted = { wantsKeys: boolean; wantsSpeech: boolean; digitsMax: number; finishOnKey: string }

/** Takes in keys and words until enough has come or nothing comes any more. */
class Collector {
  digits = ''
  speech = ''
  readonly #started = new AbortController()
  readonly #stop: () => void
  #isFinished = false
  #wake: () => void = () => undefined

  constructor(leg: Leg, wanted: Wanted) {
    this.#stop = leg.listen({
      wants: wanted.wantsKeys ? 'keys' : 'speech',
      key: (key) => wanted.wantsKeys && this.#takeKey(key, wanted),
      speech: (text) => wanted.wantsSpeech && this.#takeSpeech(text),
    })
  }

  /** Raised with the first key or word: the prompts fall silent. */
  get started(): AbortSignal {
    return this.#started.signal
  }

  async finish(pace: Pace, timeoutMs: number, signal: AbortSignal): Promise<void> {
    while (!this.#isFinished) {
      const wasWoken = await untilAborted(
        Promise.race([new Promise<boolean>((resolve) => (this.#wake = () => resolve(true))), pace.sleep(Math.max(timeoutMs, reactionMsMin * pace.speed)).then(() => false)]),
        signal,
      )
      if (!wasWoken) return
    }
  }

  stop(): void {
    this.#stop()
  }

  #takeKey(key: string, wanted: Wanted): void {
    if (this.#isFinished) return
    if (wanted.finishOnKey.includes(key)) this.#isFinished = true
    else this.digits += key
    if (this.digits.length >= wanted.digitsMax) this.#isFinished = true
    this.#started.abort()
    this.#wake()
  }

  #takeSpeech(text: string): void {
    this.speech = `${this.speech} ${text}`.trim()
    this.#isFinished = true
    this.#started.abort()
    this.#wake()
  }
}
