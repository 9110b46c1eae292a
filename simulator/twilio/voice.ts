import type { FaultBoard } from '../faults.ts'
import type { Feed } from '../feed.ts'
import { Interrupted, type Pace, untilAborted } from '../pace.ts'
import type { Answering, Attestation, CallView } from '../views.ts'
import type { RecordingRecord, TwilioAccount } from './account.ts'
import { refusals } from './api-error.ts'
import { CallQueues } from './call-queues.ts'
import { Conferences } from './conferences.ts'
import { twilioDate } from './ids.ts'
import { type DocumentSource, type UrlSource, Leg, type LegRequest, type LegStatus } from './leg.ts'
import { parseTwiml, type TwimlElement, TwimlError } from './twiml.ts'
import type { TwimlScope } from './twiml-grammar.ts'
import { runVerbs, type Step } from './verbs.ts'
import type { TwilioWebhooks, WebhookParams } from './webhooks.ts'

export type VoiceParts = { account: TwilioAccount; webhooks: TwilioWebhooks; faults: FaultBoard; feed: Feed; pace: Pace; apiUrl: () => string }

/** One document being executed on a leg. `params` go along with every request it makes. */
export type Run = { leg: Leg; signal: AbortSignal; scope: TwimlScope; params: WebhookParams }

export type Document = { url: string; verbs: TwimlElement[] }

export type OutgoingCall = { to: string; from: string; source: DocumentSource; timeoutSeconds: number; statusCallback?: string; statusCallbackEvents?: readonly string[] }

const legsMax = 2_000
const ringMs = 1_000
/** A ring that waits for a person lasts at least this long in real time, however fast the simulated clock. */
const ringByHandMsMin = 2_000
const withheldNumber = '+266696687'

/** The telephone network: legs, queues, conferences, and the TwiML the hub answers with. */
export class Voice {
  readonly legs = new Map<string, Leg>()
  readonly queues = new CallQueues()
  readonly conferences = new Conferences()
  readonly parts: VoiceParts

  constructor(parts: VoiceParts) {
    this.parts = parts
  }

  list(): CallView[] {
    return [...this.legs.values()].map((leg) => leg.view())
  }

  /** A customer dials one of the account's numbers. */
  dialIn(call: { customer: string; to: string; withheld: boolean; attestation: Attestation }): Leg {
    const number = this.parts.account.findNumber(call.to)
    if (!number?.capabilities.includes('voice')) throw refusals.invalidTo(call.to)
    this.parts.account.customerNumbers.add(call.customer)
    const leg = this.open({
      direction: 'inbound', party: 'customer', from: call.withheld ? withheldNumber : call.customer, to: call.to, customer: call.customer, hub: call.to,
      withheld: call.withheld, attestation: call.attestation, statusCallback: number.statusCallback, statusCallbackEvents: ['completed'],
    })
    leg.setStatus('ringing')
    const fallback: UrlSource | null = number.voiceFallbackUrl === '' ? null : { url: number.voiceFallbackUrl }
    this.#inBackground(leg, this.drive(leg, { url: number.voiceUrl, method: number.voiceMethod }, fallback))
    return leg
  }

  /** The hub calls somebody by the REST API. */
  dialOut(call: OutgoingCall): Leg {
    const party = this.partyOf(call.to)
    const leg = this.open({
      direction: 'outbound-api', party, from: call.from, to: call.to, customer: party === 'customer' ? call.to : '', hub: call.from,
      ...(call.statusCallback === undefined ? {} : { statusCallback: call.statusCallback }), statusCallbackEvents: call.statusCallbackEvents ?? ['completed'],
    })
    this.#inBackground(leg, this.#connect(leg, call))
    return leg
  }

  open(request: LegRequest): Leg {
    const leg = new Leg(request, (changed) => this.parts.feed.publish({ kind: 'call', item: changed.view() }))
    this.legs.set(leg.sid, leg)
    for (const old of this.legs.values()) {
      if (this.legs.size <= legsMax) break
      if (old.isEnded) this.legs.delete(old.sid)
    }
    leg.changed()
    return leg
  }

  partyOf(address: string): 'customer' | 'agent' {
    return this.parts.account.customerNumbers.has(address) ? 'customer' : 'agent'
  }

  /** Rings a called leg until it is answered or not; the leg is in progress or ended afterwards. */
  async ringUp(leg: Leg, timeoutSeconds: number, signal: AbortSignal): Promise<'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled'> {
    const { pace, faults } = this.parts
    void this.report(leg, 'initiated')
    leg.setStatus('ringing')
    void this.report(leg, 'ringing')
    const stop = AbortSignal.any([signal, leg.signal])
    const how: Answering = faults.answeringOf(leg.request.to) ?? (leg.request.party === 'customer' ? 'ring' : 'auto')
    let isAnswered = how === 'auto'
    try {
      if (how === 'ring') isAnswered = await untilAborted(Promise.race([leg.ring(), pace.sleep(Math.max(timeoutSeconds * 1000, ringByHandMsMin * pace.speed)).then(() => false)]), stop)
      else await pace.sleep(how === 'no-answer' ? timeoutSeconds * 1000 : ringMs, stop)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      await this.finish(leg, 'canceled')
      return 'canceled'
    }
    if (isAnswered) {
      leg.setStatus('in-progress')
      leg.note('note', 'picked-up')
      void this.report(leg, 'answered')
      return 'answered'
    }
    const result = how === 'busy' || how === 'failed' ? how : 'no-answer'
    await this.finish(leg, result)
    return result
  }

  /** Executes documents until the call is over, redirects included, then ends the leg. */
  async drive(leg: Leg, first: DocumentSource, fallback: UrlSource | null = null): Promise<void> {
    let source: DocumentSource | null = first
    let unused = fallback
    while (source) {
      try {
        await this.runDocuments({ leg, signal: leg.signal, scope: 'call', params: {} }, source)
        source = null
      } catch (error) {
        if (error instanceof Interrupted) {
          source = leg.takeRedirect()
        } else if (error instanceof TwimlError) {
          const failedUrl: string = source && 'url' in source ? source.url : ''
          source = unused ? { ...unused, params: { ErrorCode: String(error.code), ErrorUrl: failedUrl } } : null
          unused = null
          this.fail(leg, error)
        } else throw error
      }
    }
    await this.finish(leg, leg.answeredAt || leg.error ? 'completed' : 'no-answer')
  }

  /** Executes a document and those it leads to. */
  async runDocuments(run: Run, source: DocumentSource): Promise<'finished' | 'hangup' | 'leave'> {
    let next = source
    for (;;) {
      const document = await this.#load(run, next)
      const step: Step = await runVerbs(this, run, document)
      if (step.kind === 'continue') return 'finished'
      if (step.kind !== 'fetch') return step.kind
      next = step.source
    }
  }

  /** Shows the error on the leg and in the account's log. */
  fail(leg: Leg, error: TwimlError): void {
    leg.error = { code: error.code, message: error.message }
    leg.note('note', 'application-error')
    this.parts.feed.notice('twilio', error.code, `${error.message} (${leg.sid})`)
  }

  async finish(leg: Leg, status: LegStatus): Promise<void> {
    if (leg.isEnded) return
    leg.note('note', status === 'completed' ? 'ended' : status)
    leg.setStatus(status)
    await this.report(leg, 'completed')
  }

  /** A request whose answer the call no longer needs. */
  async tell(leg: Leg, url: string, method: string, params: WebhookParams): Promise<void> {
    const answer = await this.parts.webhooks.send(url, { ...this.paramsOf(leg), ...params }, method)
    if (!answer.ok) this.parts.feed.notice('twilio', answer.code, answer.message)
  }

  /** What every request about a call carries. */
  paramsOf(leg: Leg): WebhookParams {
    const { request } = leg
    return {
      CallSid: leg.sid, AccountSid: this.parts.account.sid, From: request.from, To: request.to, Caller: request.from, Called: request.to, CallStatus: leg.status, Direction: request.direction, ApiVersion: '2010-04-01',
      ...(request.parentSid === undefined ? {} : { ParentCallSid: request.parentSid }),
      ...(request.attestation === undefined || request.attestation === 'none' ? {} : { StirVerstat: `TN-Validation-Passed-${request.attestation}` }),
    }
  }

  async report(leg: Leg, event: 'initiated' | 'ringing' | 'answered' | 'completed'): Promise<void> {
    const { statusCallback, statusCallbackEvents } = leg.request
    if (statusCallback === undefined || !statusCallbackEvents?.includes(event)) return
    const params: WebhookParams = { Timestamp: twilioDate(new Date()), CallbackSource: 'call-progress-events', SequenceNumber: String(leg.sequence) }
    leg.sequence += 1
    if (event === 'completed') {
      const seconds = this.talkSeconds(leg)
      params['CallDuration'] = String(seconds)
      params['Duration'] = String(Math.ceil(seconds / 60))
    }
    await this.tell(leg, statusCallback, 'POST', { ...params, ...(event === 'initiated' ? { CallStatus: 'initiated' } : {}) })
  }

  talkSeconds(leg: Leg): number {
    return leg.answeredAt ? this.parts.pace.secondsSince(leg.answeredAt.getTime(), (leg.endedAt ?? new Date()).getTime()) : 0
  }

  keepRecording(recording: RecordingRecord): string {
    const { account, apiUrl } = this.parts
    account.recordings.set(recording.sid, recording)
    return `${apiUrl()}/2010-04-01/Accounts/${account.sid}/Recordings/${recording.sid}`
  }

  hangUpAll(): void {
    for (const leg of this.legs.values()) if (!leg.isEnded) leg.hangUp()
  }

  async #connect(leg: Leg, call: OutgoingCall): Promise<void> {
    const result = await this.ringUp(leg, call.timeoutSeconds, leg.signal)
    if (result === 'answered') await this.drive(leg, call.source)
  }

  async #load(run: Run, source: DocumentSource): Promise<Document> {
    if ('twiml' in source) return { url: source.baseUrl, verbs: parseTwiml(source.twiml, run.scope) }
    const params = { ...this.paramsOf(run.leg), ...run.params, ...source.params }
    const answer = await untilAborted(this.parts.webhooks.send(source.url, params, source.method ?? 'POST'), run.signal)
    if (!answer.ok) throw new TwimlError(answer.code, answer.message)
    if (!/^(text|application)\/([\w.+-]*\+)?xml/i.test(answer.contentType)) throw new TwimlError(12300, `Invalid Content-Type: ${answer.contentType || 'none'} from ${source.url}`)
    return { url: answer.url, verbs: parseTwiml(answer.body, run.scope) }
  }

  /** A mistake in the simulator ends this one call, visibly, and nothing else. */
  #inBackground(leg: Leg, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.fail(leg, new TwimlError(12400, `Internal failure: ${error instanceof Error ? error.message : 'unknown'}`))
      leg.setStatus('failed')
    })
  }
}
