import { untilAborted } from '../pace.ts'
import type { TwimlElement } from './twiml.ts'
import { goOn, type Step } from './verbs.ts'
import type { Run, Voice } from './voice.ts'
import { speechMs } from './wav.ts'

const playMs = 1_500
const playTimeoutMs = 10_000

/** Speaks the text; `loop="0"` repeats it until the call goes elsewhere. */
export async function say(voice: Voice, run: Run, verb: TwimlElement): Promise<Step> {
  const text = verb.text.replace(/\s+/g, ' ').trim()
  if (text !== '') run.leg.note('line', text)
  await repeat(verb, () => voice.parts.pace.sleep(speechMs(text), run.signal))
  return goOn
}

/** Plays a sound file the hub names. One that cannot be fetched is logged and left out, as Twilio does. */
export async function play(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<Step> {
  const { pace, feed } = voice.parts
  if (verb.attributes['digits'] !== undefined) {
    run.leg.note('line', `♪ ${verb.attributes['digits']}`)
    await pace.sleep(playMs, run.signal)
    return goOn
  }
  const url = new URL(verb.text.trim(), baseUrl).toString()
  const problem = await untilAborted(problemWithSound(url), run.signal)
  if (problem) {
    feed.notice('twilio', 12300, problem)
    return goOn
  }
  run.leg.note('line', `♪ ${new URL(url).pathname.split('/').at(-1) ?? ''}`)
  await repeat(verb, () => pace.sleep(playMs, run.signal))
  return goOn
}

export async function pause(voice: Voice, run: Run, verb: TwimlElement): Promise<Step> {
  await voice.parts.pace.sleep(Number(verb.attributes['length'] ?? 1) * 1000, run.signal)
  return goOn
}

async function repeat(verb: TwimlElement, once: () => Promise<void>): Promise<void> {
  const times = Number(verb.attributes['loop'] ?? 1) || Number.POSITIVE_INFINITY
  for (let turn = 0; turn < times; turn += 1) await once()
}

async function problemWithSound(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(playTimeoutMs) })
    await response.body?.cancel()
    if (!response.ok) return `HTTP ${response.status} for the sound ${url}`
    const contentType = response.headers.get('content-type') ?? ''
    return contentType.startsWith('audio/') ? null : `Invalid Content-Type of the sound ${url}: ${contentType}`
  } catch {
    return `The sound ${url} cannot be fetched`
  }
}
