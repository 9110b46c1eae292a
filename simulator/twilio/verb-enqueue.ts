import { Interrupted, untilAborted } from '../pace.ts'
import type { Claim, Waiting } from './call-queues.ts'
import type { TwimlElement } from './twiml.ts'
import { goOn, sourceOf, type Step } from './verbs.ts'
import type { Run, Voice } from './voice.ts'

export type QueueResult = 'bridged' | 'hangup' | 'leave' | 'redirected' | 'redirected-from-bridged' | 'queue-full' | 'error'

const emptyWaitMs = 1_000
const pollMsMin = 20

/** Waits in a queue, hearing what `waitUrl` answers again and again, until somebody dequeues the call. */
export async function enqueue(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<Step> {
  const { attributes } = verb
  const size = attributes['maxQueueSize'] === undefined ? undefined : Number(attributes['maxQueueSize'])
  const waiting = voice.queues.join(verb.text.trim() || 'default', run.leg, size)
  if (!waiting) return afterQueue(verb, baseUrl, { QueueResult: 'queue-full' })
  let result: QueueResult | 'ended'
  try {
    result = await waitForClaim(voice, run, verb, baseUrl, waiting)
    if (waiting.claim) result = await meet(voice, run, baseUrl, waiting, waiting.claim)
  } catch (error) {
    const wasBridged = waiting.claim !== null && waiting.claim.bridge.startedAt !== null
    await tellAction(voice, run, verb, baseUrl, waiting, lastResult(error, run, wasBridged))
    throw error
  } finally {
    voice.queues.leave(waiting)
    waiting.claim?.ready(false)
    waiting.claim?.bridge.end()
  }
  if (result === 'ended') {
    await tellAction(voice, run, verb, baseUrl, waiting, 'hangup')
    return { kind: 'hangup' }
  }
  return afterQueue(verb, baseUrl, { QueueResult: result, ...placeParams(voice, waiting) })
}

function lastResult(error: unknown, run: Run, wasBridged: boolean): QueueResult {
  if (!(error instanceof Interrupted)) return 'error'
  if (run.leg.isRedirected) return wasBridged ? 'redirected-from-bridged' : 'redirected'
  return wasBridged ? 'bridged' : 'hangup'
}

async function waitForClaim(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string, waiting: Waiting): Promise<'leave' | 'bridged' | 'ended'> {
  const claimed = new AbortController()
  waiting.onClaim = () => claimed.abort()
  const signal = AbortSignal.any([run.signal, claimed.signal])
  try {
    while (!waiting.claim) {
      const since = Date.now()
      const outcome = await hear(voice, run, verb, baseUrl, waiting, signal)
      if (outcome === 'leave') return 'leave'
      if (outcome === 'hangup') return 'ended'
      if (Date.now() - since < pollMsMin) await voice.parts.pace.sleep(Math.max(emptyWaitMs, pollMsMin * voice.parts.pace.speed), signal)
    }
  } catch (error) {
    const isClaimed = error instanceof Interrupted && claimed.signal.aborted && !run.signal.aborted
    if (!isClaimed) throw error
  }
  return 'bridged'
}

async function hear(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string, waiting: Waiting, signal: AbortSignal): Promise<'finished' | 'hangup' | 'leave'> {
  const { waitUrl, waitUrlMethod } = verb.attributes
  if (waitUrl === undefined) {
    run.leg.note('line', '♪')
    await voice.parts.pace.sleep(30_000, signal)
    return 'finished'
  }
  const params = placeParams(voice, waiting)
  return voice.runDocuments({ leg: run.leg, signal, scope: 'wait', params }, sourceOf(waitUrl, baseUrl, waitUrlMethod))
}

/** The words before the bridge, then the talk itself. A dequeuer who is gone by then is an error, and the caller goes on to the action. */
async function meet(voice: Voice, run: Run, baseUrl: string, waiting: Waiting, claim: Claim): Promise<QueueResult> {
  if (claim.whisperUrl !== null) {
    const params = { ...placeParams(voice, waiting), DequeingCallSid: claim.by.sid }
    await voice.runDocuments({ leg: run.leg, signal: run.signal, scope: 'whisper', params }, sourceOf(claim.whisperUrl, baseUrl, claim.whisperMethod))
  }
  if (claim.by.isEnded || claim.by.signal.aborted) return 'error'
  claim.bridge.start(run.leg, claim.by)
  claim.ready(true)
  await untilAborted(claim.bridge.ended, run.signal)
  return 'bridged'
}

function placeParams(voice: Voice, waiting: Waiting): Record<string, string> {
  const { queue } = waiting
  const { pace } = voice.parts
  const averageMs = queue.waits.length === 0 ? 0 : queue.waits.reduce((sum, wait) => sum + wait, 0) / queue.waits.length
  const position = queue.waiting.indexOf(waiting) + 1
  return {
    QueueSid: queue.sid,
    QueueTime: String(pace.secondsSince(waiting.enteredAt)),
    ...(position > 0 ? { QueuePosition: String(position), AvgQueueTime: String(pace.secondsSince(0, averageMs)), CurrentQueueSize: String(queue.waiting.length) } : {}),
  }
}

async function tellAction(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string, waiting: Waiting, result: QueueResult): Promise<void> {
  const { action, method } = verb.attributes
  if (action === undefined) return
  const target = sourceOf(action, baseUrl, method)
  const status = run.leg.isRedirected ? {} : { CallStatus: 'completed' }
  await voice.tell(run.leg, target.url, target.method ?? 'POST', { ...placeParams(voice, waiting), ...status, QueueResult: result })
}

function afterQueue(verb: TwimlElement, baseUrl: string, params: Record<string, string>): Step {
  const { action, method } = verb.attributes
  if (action === undefined) return goOn
  return { kind: 'fetch', source: sourceOf(action, baseUrl, method, params) }
}

