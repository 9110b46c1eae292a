import type { DocumentSource, UrlSource } from './leg.ts'
import type { TwimlElement } from './twiml.ts'
import { dial } from './verb-dial.ts'
import { enqueue } from './verb-enqueue.ts'
import { gather } from './verb-gather.ts'
import { record } from './verb-record.ts'
import { pause, play, say } from './verbs-spoken.ts'
import type { Document, Run, Voice } from './voice.ts'

/** What a verb leads to. */
export type Step = { kind: 'continue' } | { kind: 'fetch'; source: DocumentSource } | { kind: 'hangup' } | { kind: 'leave' }

export const goOn: Step = { kind: 'continue' }

/** Executes a document's verbs in order until one leads elsewhere. */
export async function runVerbs(voice: Voice, run: Run, document: Document): Promise<Step> {
  for (const verb of document.verbs) {
    if (run.leg.status === 'ringing' && verb.name === 'Reject') return reject(voice, run, verb)
    if (run.leg.status === 'ringing') pickUp(run)
    const step = await runVerb(voice, run, document, verb)
    if (step.kind !== 'continue') return step
  }
  return goOn
}

async function runVerb(voice: Voice, run: Run, document: Document, verb: TwimlElement): Promise<Step> {
  switch (verb.name) {
    case 'Say':
      return say(voice, run, verb)
    case 'Play':
      return play(voice, run, verb, document.url)
    case 'Pause':
      return pause(voice, run, verb)
    case 'Gather':
      return gather(voice, run, verb, document.url)
    case 'Record':
      return record(voice, run, verb, document.url)
    case 'Enqueue':
      return enqueue(voice, run, verb, document.url)
    case 'Dial':
      return dial(voice, run, verb, document.url)
    case 'Redirect':
      return { kind: 'fetch', source: sourceOf(verb.text.trim() || document.url, document.url, verb.attributes['method']) }
    case 'Leave':
      return { kind: 'leave' }
    default:
      // Hangup, and Reject once the call is answered.
      return { kind: 'hangup' }
  }
}

/** A document's address, relative to the one that names it. */
export function sourceOf(url: string, baseUrl: string, method: string | undefined, params: Record<string, string> = {}): UrlSource {
  return { url: new URL(url, baseUrl).toString(), method: method ?? 'POST', params }
}

function pickUp(run: Run): void {
  run.leg.setStatus('in-progress')
  run.leg.note('note', 'picked-up')
}

async function reject(voice: Voice, run: Run, verb: TwimlElement): Promise<Step> {
  await voice.finish(run.leg, verb.attributes['reason'] === 'busy' ? 'busy' : 'no-answer')
  return { kind: 'hangup' }
}
