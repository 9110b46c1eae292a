import { Interrupted, untilAborted } from '../pace.ts'
import type { RecordingRecord } from './account.ts'
import { newSid, twilioDate } from './ids.ts'
import type { Leg } from './leg.ts'
import type { TwimlElement } from './twiml.ts'
import { reactionMsMin } from './verb-gather.ts'
import { goOn, sourceOf, type Step } from './verbs.ts'
import type { Run, Voice } from './voice.ts'
import { speakIntoWav, speechMs } from './wav.ts'

type Ending = 'key' | 'silence' | 'hangup'

/** Records what the caller says until a key, silence, the longest time or the end of the call. */
export async function record(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<Step> {
  const { attributes } = verb
  if (attributes['playBeep'] !== 'false') run.leg.note('note', 'beep')
  const said: string[] = []
  const ending = await listenUntilDone(voice, run, attributes, said)
  const wasRedirected = ending.kind === 'hangup' && run.leg.isRedirected
  if (said.length === 0) {
    if (ending.kind === 'hangup') throw new Interrupted()
    return goOn
  }
  const recording = keep(run, said.join(' '), attributes)
  const url = voice.keepRecording(recording)
  const params = { RecordingUrl: url, RecordingSid: recording.sid, RecordingDuration: String(recording.seconds), Digits: ending.kind === 'hangup' ? 'hangup' : ending.digit }
  void reportRecording(voice, run, verb, baseUrl, recording, url)
  const action = sourceOf(attributes['action'] ?? baseUrl, baseUrl, attributes['method'], params)
  if (ending.kind === 'hangup') {
    if (!wasRedirected) await voice.tell(run.leg, action.url, action.method ?? 'POST', { ...params, CallStatus: 'completed' })
    throw new Interrupted()
  }
  return { kind: 'fetch', source: action }
}

async function listenUntilDone(voice: Voice, run: Run, attributes: Record<string, string>, said: string[]): Promise<{ kind: Ending; digit: string }> {
  const { pace } = voice.parts
  const dictation = new Dictation(run.leg, attributes['finishOnKey'] ?? '1234567890*#', Number(attributes['maxLength'] ?? 3600) * 1000, said)
  const silenceMs = Math.max(Number(attributes['timeout'] ?? 5) * 1000, reactionMsMin * pace.speed)
  try {
    while (!dictation.isDone) {
      const isHeard = await untilAborted(Promise.race([dictation.next(), pace.sleep(silenceMs).then(() => false)]), run.signal)
      if (!isHeard) break
    }
    return { kind: dictation.digit === '' ? 'silence' : 'key', digit: dictation.digit }
  } catch (error) {
    if (error instanceof Interrupted) return { kind: 'hangup', digit: '' }
    throw error
  } finally {
    dictation.stop()
  }
}

/** What is said into the recording, until a finishing key or the longest time. */
class Dictation {
  digit = ''
  readonly stop: () => void
  readonly #longestMs: number
  #spokenMs = 0
  #wake: (isHeard: boolean) => void = () => undefined

  constructor(leg: Leg, finishOnKey: string, longestMs: number, said: string[]) {
    this.#longestMs = longestMs
    this.stop = leg.listen({
      wants: 'recording',
      key: (key) => {
        if (!finishOnKey.includes(key)) return
        this.digit = key
        this.#wake(true)
      },
      speech: (text) => {
        if (this.#spokenMs < longestMs) said.push(text)
        this.#spokenMs += speechMs(text)
        this.#wake(true)
      },
    })
  }

  get isDone(): boolean {
    return this.digit !== '' || this.#spokenMs >= this.#longestMs
  }

  next(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function keep(run: Run, text: string, attributes: Record<string, string>): RecordingRecord {
  const seconds = Math.min(Number(attributes['maxLength'] ?? 3600), Math.max(1, Math.round(speechMs(text) / 1000)))
  run.leg.note('note', 'recorded')
  return { sid: newSid('RE'), callSid: run.leg.sid, source: 'RecordVerb', seconds, wav: speakIntoWav(text, seconds), text, createdAt: new Date() }
}

async function reportRecording(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string, recording: RecordingRecord, url: string): Promise<void> {
  const { attributes } = verb
  const common = { RecordingSid: recording.sid, RecordingUrl: url }
  if (attributes['recordingStatusCallback'] !== undefined) {
    const target = sourceOf(attributes['recordingStatusCallback'], baseUrl, attributes['recordingStatusCallbackMethod'])
    await voice.tell(run.leg, target.url, target.method ?? 'POST', {
      ...common, RecordingStatus: 'completed', RecordingDuration: String(recording.seconds), RecordingChannels: '1', RecordingSource: recording.source, RecordingStartTime: twilioDate(recording.createdAt), ErrorCode: '0',
    })
  }
  if (attributes['transcribe'] === 'true' || attributes['transcribeCallback'] !== undefined) {
    const target = sourceOf(attributes['transcribeCallback'] ?? attributes['action'] ?? baseUrl, baseUrl, 'POST')
    const sid = `TR${recording.sid.slice(2)}`
    await voice.tell(run.leg, target.url, 'POST', {
      ...common, TranscriptionSid: sid, TranscriptionText: recording.text, TranscriptionStatus: 'completed', TranscriptionType: 'fast',
      TranscriptionUrl: `${voice.parts.apiUrl()}/2010-04-01/Accounts/${voice.parts.account.sid}/Transcriptions/${sid}`,
    })
  }
}
