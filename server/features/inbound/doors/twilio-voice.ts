import type { Locale } from '#contract/words.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import { customerTexts } from '#contract/i18n/customer.ts'
import type { Context } from '#server/context.ts'
import type { AccountWithSecrets, DoorAnswer, SpokenStep } from '#server/channels/channel.ts'
import { callFacts, endedStatuses, type CallFactsOfDoor, type CallFields } from '#server/channels/voice/fields.ts'
import { callPaths, withQuery } from '#server/channels/voice/paths.ts'
import { twimlOf } from '#server/channels/voice/twiml.ts'
import { waitingSteps } from '#server/features/voice/waiting.views.ts'
import { defineWebhook, type Webhook, type WebhookAnswer, type WebhookRequest } from '#server/platform/http-route.ts'
import { answerInTime, webhookAnswerOf } from './answer-in-time.ts'
import { refuseWebhook } from './refuse.ts'
import { readTwilioCall } from './twilio-request.ts'

type DoorContext = Parameters<typeof answerInTime>[0] & Pick<Context, 'config' | 'secrets'>

const limitMs = 5000
/** How often a call whose handling is late or failed asks again before it is let go. */
const againMax = 12
const againAfterMs = 4000

interface Asked {
  fields: CallFields
  account: AccountWithSecrets
  facts: CallFactsOfDoor
  /** Parameters of the address that was asked. */
  query: URLSearchParams
  request: WebhookRequest
}

interface Step {
  path: `/${string}`
  /** The step's word in the receipt; null: nothing is stored. */
  step(asked: Asked): { kind: string; key: string } | null
  /** What is heard when the handling is late or failed. */
  usual(asked: Asked): SpokenStep[]
}

/**
 * The doors of the telephone. Every step of a call has an address of its own; one that changes something leaves a receipt, its
 * key is the leg and the step, so that a step that comes twice is heard twice and counts once.
 */
export function twilioVoiceDoors(context: DoorContext): Webhook[] {
  const silence = (): SpokenStep[] => []
  const hangUp = (): SpokenStep[] => [{ do: 'hang-up' }]
  const steps: Step[] = [
    { path: callPaths.arrive, step: ({ fields }) => (endedStatuses.has(fields.CallStatus) ? ended(fields) : { kind: 'ringing', key: `${fields.CallSid}:ringing` }), usual: askAgain },
    { path: callPaths.queueLeft, step: ({ fields, query }) => ({ kind: 'queue-left', key: `${fields.CallSid}:queue-left:${roundOf(query)}` }), usual: askAgain },
    { path: callPaths.aboutToConnect, step: ({ fields }) => ({ kind: 'bridged', key: `${fields.CallSid}:bridged:${fields.DequeingCallSid ?? ''}` }), usual: silence },
    { path: callPaths.agentLeg, step: ({ fields }) => ({ kind: 'agent-leg', key: `${fields.CallSid}:agent-leg` }), usual: askAgain },
    { path: callPaths.agentDialed, step: () => null, usual: hangUp },
    { path: callPaths.agentStatus, step: ({ fields }) => ({ kind: 'agent-leg', key: `${fields.CallSid}:agent-status:${fields.CallStatus}` }), usual: silence },
    { path: callPaths.helperLeg, step: ({ fields }) => ({ kind: 'helper-leg', key: `${fields.CallSid}:helper-leg` }), usual: askAgain },
    { path: callPaths.helperStatus, step: ({ fields }) => ({ kind: 'helper-leg', key: `${fields.CallSid}:helper-status:${fields.CallStatus}` }), usual: silence },
    { path: callPaths.roomLeft, step: ({ fields, query }) => ({ kind: 'room-left', key: `${fields.CallSid}:room-left:${fields.CallStatus}:${roundOf(query)}` }), usual: askAgain },
    { path: callPaths.keys, step: ({ fields, facts, query }) => ({ kind: 'keys', key: `${fields.CallSid}:keys:${facts.asks ?? ''}:${roundOf(query)}` }), usual: askAgain },
    { path: callPaths.calledBack, step: ({ fields }) => ({ kind: 'called-back', key: `${fields.CallSid}:called-back` }), usual: askAgain },
    { path: callPaths.recorded, step: ({ fields }) => ({ kind: 'recorded', key: `${fields.CallSid}:recorded:${fields.RecordingSid ?? ''}` }), usual: hangUp },
    { path: callPaths.transcribed, step: ({ fields }) => (fields.TranscriptionText ? { kind: 'recorded', key: `${fields.CallSid}:transcribed:${fields.RecordingSid ?? ''}` } : null), usual: silence },
    { path: callPaths.status, step: ({ fields }) => (endedStatuses.has(fields.CallStatus) ? ended(fields) : null), usual: silence },
  ]
  return [...steps.map((step) => doorOf(context, step)), waitingDoor(context)]
}

/** The status callback of a number that tells calls and texts at one address. */
export function answerCallStatus(context: DoorContext, request: WebhookRequest): Promise<WebhookAnswer> {
  return answerStep(context, request, { path: callPaths.status, step: ({ fields }) => (endedStatuses.has(fields.CallStatus) ? ended(fields) : null), usual: () => [] })
}

function ended(fields: CallFields): { kind: string; key: string } {
  return { kind: 'ended', key: `${fields.CallSid}:ended` }
}

function doorOf(context: DoorContext, step: Step): Webhook {
  return defineWebhook({ path: step.path, limitBytes: 100 * 1024, contentType: ['application/x-www-form-urlencoded'] }, (request) => answerStep(context, request, step))
}

async function answerStep(context: DoorContext, request: WebhookRequest, step: Step): Promise<WebhookAnswer> {
  const { account, fields } = await readTwilioCall(context, request)
  const { query, facts } = readAddress(request)
  const usual = (of: AccountWithSecrets): DoorAnswer => twimlOf(step.usual({ fields, account: of, facts, query, request }), context.config.publicUrl)
  if (!account) {
    // Kept for an administrator to see which number leads nowhere.
    const key = `${fields.CallSid}:${fields.CallStatus}`
    await answerInTime(context, { channel: 'voice', accountId: null, externalId: key, kind: 'ringing', body: request.rawBody, facts: {} }, limitMs, twimlOf([], context.config.publicUrl))
    throw refuseWebhook('voice', 404, 'unknown-number')
  }
  const stored = step.step({ fields, account, facts, query, request })
  if (!stored) return webhookAnswerOf(usual(account))
  const receipt = { channel: 'voice' as const, accountId: account.id, account, externalId: stored.key, kind: stored.kind, body: request.rawBody, facts: { ...facts } }
  return webhookAnswerOf(await answerInTime(context, receipt, limitMs, usual(account)))
}

/** What somebody in the line hears again and again. It reads and stores nothing. */
function waitingDoor(context: DoorContext): Webhook {
  return defineWebhook({ path: callPaths.wait, limitBytes: 100 * 1024, contentType: ['application/x-www-form-urlencoded'] }, async (request) => {
    const { account } = await readTwilioCall(context, request)
    if (!account) throw refuseWebhook('voice', 404, 'unknown-number')
    const { facts } = readAddress(request)
    const steps = facts.session === null ? null : await waitingSteps(context.db, facts.session, context.clock.now()).catch((error: unknown) => {
      context.logger.warn({ err: error, event: 'call.place-unknown' }, 'a caller could not be told their place')
      return null
    })
    return webhookAnswerOf(twimlOf(steps ?? hold(account, []), context.config.publicUrl))
  })
}

/** Words to wait by, then the same address again: by then the step is handled and its answer kept. */
function askAgain({ account, query, request }: Asked): SpokenStep[] {
  const again = Number(query.get('again') ?? 0)
  if (!(again < againMax)) return [{ do: 'say', locale: localeOf(account), text: customerTexts(localeOf(account))('call.failed') }, { do: 'hang-up' }]
  const [path = ''] = request.url.split('?')
  const next = { ...Object.fromEntries(query), again: String(again + 1) }
  return hold(account, [{ do: 'ask-again', path: withQuery(path, next) }])
}

function hold(account: AccountWithSecrets, then: SpokenStep[]): SpokenStep[] {
  const locale = localeOf(account)
  return [{ do: 'say', locale, text: customerTexts(locale)('waiting.hold') }, { do: 'pause', ms: againAfterMs }, ...then]
}

function localeOf(account: AccountWithSecrets): Locale {
  const { locale } = account.settings
  return localeFrom(typeof locale === 'string' ? locale : null)
}

function readAddress(request: WebhookRequest): { query: URLSearchParams; facts: CallFactsOfDoor } {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '')
  const facts = callFacts.safeParse({ session: query.get('session'), command: query.get('command'), asks: query.get('asks') })
  if (!facts.success) throw refuseWebhook('voice', 400, 'address')
  return { query, facts: facts.data }
}

function roundOf(query: URLSearchParams): string {
  return /^\d{1,4}$/.exec(query.get('round') ?? '')?.[0] ?? '0'
}
