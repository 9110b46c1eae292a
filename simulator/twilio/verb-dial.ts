import { Interrupted, untilAborted } from '../pace.ts'
import { Bridge, type Claim } from './call-queues.ts'
import type { Leg } from './leg.ts'
import { type TwimlElement, TwimlError } from './twiml.ts'
import { goOn, sourceOf, type Step } from './verbs.ts'
import type { Run, Voice } from './voice.ts'

type Ended = { status: 'completed' | 'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled'; sid: string | null; seconds: number; extra: Record<string, string> }

const ringSeconds = '30'
const talkSecondsMax = '14400'

/** Connects the leg with a number, a client, the first of a queue or a conference, and goes on when they have talked. */
export async function dial(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<Step> {
  const targets = verb.children.filter((child) => child.name !== 'Queue' && child.name !== 'Conference')
  const queue = verb.children.find((child) => child.name === 'Queue')
  const room = verb.children.find((child) => child.name === 'Conference')
  if (verb.text.trim() !== '') targets.push({ name: 'Number', attributes: {}, children: [], text: verb.text })
  if (!queue && !room && targets.length === 0) throw new TwimlError(13201, 'Dial: cannot be empty')
  const stopListening = verb.attributes['hangupOnStar'] === 'true' ? listenForStar(run) : null
  let ended: Ended
  try {
    ended = room ? await dialConference(voice, run, verb, room) : queue ? await dialQueue(voice, run, verb, queue) : await dialParties(voice, run, verb, targets, baseUrl)
  } catch (error) {
    if (error instanceof Interrupted && !run.leg.isRedirected) await tellAction(voice, run, verb, baseUrl)
    throw error
  } finally {
    stopListening?.()
  }
  const { action, method } = verb.attributes
  if (action === undefined) return goOn
  const params = {
    DialCallStatus: ended.status, DialBridged: String(ended.status === 'completed' || ended.status === 'answered'), ...(ended.sid === null ? {} : { DialCallSid: ended.sid }),
    ...(ended.status === 'completed' ? { DialCallDuration: String(ended.seconds) } : {}), ...ended.extra,
  }
  return { kind: 'fetch', source: sourceOf(action, baseUrl, method, params) }
}

/** The dialling end hung up: the action hears of it, its answer has no call to go to. */
async function tellAction(voice: Voice, run: Run, verb: TwimlElement, baseUrl: string): Promise<void> {
  const { action, method } = verb.attributes
  if (action === undefined) return
  const status = run.leg.bridgedAt === null ? 'canceled' : 'completed'
  await voice.tell(run.leg, new URL(action, baseUrl).toString(), method ?? 'POST', { CallStatus: 'completed', DialCallStatus: status, DialBridged: String(run.leg.bridgedAt !== null) })
}

function listenForStar(run: Run): () => void {
  return run.leg.listen({ wants: 'keys', key: (key) => key === '*' && run.leg.peer?.hangUp(), speech: () => undefined })
}

/** Talks in the room until this end leaves it or it ends for all. */
async function dialConference(voice: Voice, run: Run, verb: TwimlElement, room: TwimlElement): Promise<Ended> {
  const conference = voice.conferences.open(room.text.trim())
  conference.join(run.leg, room.attributes['endConferenceOnExit'] === 'true')
  try {
    await untilAborted(Promise.race([conference.ended, timeLimit(voice, verb)]), run.signal)
  } finally {
    conference.leave(run.leg)
  }
  return { status: 'answered', sid: null, seconds: 0, extra: { ConferenceSid: conference.sid } }
}

async function dialQueue(voice: Voice, run: Run, verb: TwimlElement, queue: TwimlElement): Promise<Ended> {
  const { pace } = voice.parts
  const bridge = new Bridge()
  const { promise: isReady, resolve: ready } = Promise.withResolvers<boolean>()
  const claim: Claim = { by: run.leg, whisperUrl: queue.attributes['url'] ?? null, whisperMethod: queue.attributes['method'] ?? 'POST', ready, bridge }
  const stop = new AbortController()
  void pace.sleep(Number(verb.attributes['timeout'] ?? ringSeconds) * 1000, run.signal).then(() => stop.abort(), () => stop.abort())
  const name = queue.text.trim()
  const waiting = await voice.queues.claimFirst(name, claim, stop.signal)
  const extra = { QueueSid: voice.queues.open(name).sid }
  if (!waiting) {
    if (run.signal.aborted) throw new Interrupted()
    return { status: 'no-answer', sid: null, seconds: 0, extra }
  }
  try {
    if (!(await untilAborted(isReady, run.signal))) return { status: 'failed', sid: waiting.leg.sid, seconds: 0, extra }
    await talk(voice, run, verb, bridge)
  } finally {
    bridge.end()
  }
  return { status: 'completed', sid: waiting.leg.sid, seconds: talked(voice, bridge), extra }
}

async function dialParties(voice: Voice, run: Run, verb: TwimlElement, targets: TwimlElement[], baseUrl: string): Promise<Ended> {
  const timeoutSeconds = Number(verb.attributes['timeout'] ?? ringSeconds)
  const others = new AbortController()
  const signal = AbortSignal.any([run.signal, others.signal])
  const legs = targets.map((target) => openChild(voice, run, verb, target, baseUrl))
  const { promise: firstAnswer, resolve: answered } = Promise.withResolvers<number | null>()
  const rings = legs.map(async (leg, index) => {
    const result = await voice.ringUp(leg, timeoutSeconds, signal)
    if (result === 'answered') answered(index)
    return result
  })
  void Promise.all(rings).then(() => answered(null))
  const index = await untilAborted(firstAnswer, run.signal)
  if (index === null) {
    const results = await Promise.all(rings)
    const status = (['busy', 'no-answer', 'failed'] as const).find((each) => results.includes(each)) ?? 'canceled'
    return { status, sid: legs[0]?.sid ?? null, seconds: 0, extra: {} }
  }
  const [leg, target] = [legs[index], targets[index]]
  if (!leg || !target) throw new Error('the answered leg is not among those dialled')
  others.abort()
  for (const other of legs) if (other !== leg) other.hangUp()
  return talkWithChild(voice, run, verb, leg, target, baseUrl)
}

async function talkWithChild(voice: Voice, run: Run, verb: TwimlElement, child: Leg, target: TwimlElement, baseUrl: string): Promise<Ended> {
  const bridge = new Bridge()
  const { url, method } = target.attributes
  try {
    if (url !== undefined) {
      const outcome = await whisper(voice, run, child, sourceOf(url, baseUrl, method))
      if (outcome === 'refused') return { status: 'no-answer', sid: child.sid, seconds: 0, extra: {} }
    }
    bridge.start(run.leg, child)
    child.signal.addEventListener('abort', () => bridge.end(), { once: true })
    if (child.signal.aborted) bridge.end()
    await talk(voice, run, verb, bridge)
    return { status: 'completed', sid: child.sid, seconds: talked(voice, bridge), extra: {} }
  } finally {
    bridge.end()
    const next = child.takeRedirect()
    if (next) void voice.drive(child, next)
    else await voice.finish(child, 'completed')
  }
}

/** What the called party hears, and may refuse, before the bridge. */
async function whisper(voice: Voice, run: Run, child: Leg, source: { url: string }): Promise<'ready' | 'refused'> {
  try {
    const outcome = await voice.runDocuments({ leg: child, signal: AbortSignal.any([run.signal, child.signal]), scope: 'whisper', params: {} }, source)
    return outcome === 'finished' ? 'ready' : 'refused'
  } catch (error) {
    if (error instanceof TwimlError) voice.fail(child, error)
    else if (!(error instanceof Interrupted) || run.signal.aborted) throw error
    return 'refused'
  }
}

function openChild(voice: Voice, run: Run, verb: TwimlElement, target: TwimlElement, baseUrl: string): Leg {
  const address = target.text.trim() || (target.children.find((child) => child.name === 'Identity')?.text.trim() ?? '')
  const to = target.name === 'Client' ? `client:${address}` : address
  const from = verb.attributes['callerId'] ?? run.leg.request.from
  const isAllowed = target.name === 'Client' || from === run.leg.request.from || voice.parts.account.findNumber(from) !== undefined
  if (!isAllowed) throw new TwimlError(13214, `Dial: Invalid callerId value ${from}`)
  const party = voice.partyOf(to)
  const { statusCallback, statusCallbackEvent } = target.attributes
  return voice.open({
    direction: 'outbound-dial', party, from, to, customer: party === 'customer' ? to : run.leg.request.customer, hub: run.leg.request.hub, parentSid: run.leg.sid,
    ...(statusCallback === undefined ? {} : { statusCallback: new URL(statusCallback, baseUrl).toString() }), statusCallbackEvents: (statusCallbackEvent ?? 'completed').split(' '),
  })
}

async function talk(voice: Voice, run: Run, verb: TwimlElement, bridge: Bridge): Promise<void> {
  await untilAborted(Promise.race([bridge.ended, timeLimit(voice, verb)]), run.signal)
}

function timeLimit(voice: Voice, verb: TwimlElement): Promise<void> {
  return voice.parts.pace.sleep(Number(verb.attributes['timeLimit'] ?? talkSecondsMax) * 1000)
}

function talked(voice: Voice, bridge: Bridge): number {
  return bridge.startedAt === null ? 0 : voice.parts.pace.secondsSince(bridge.startedAt)
}
