import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { z } from 'zod'
import type { SimulatorOptions } from '../options.ts'
import { isE164, type TwilioAccount } from './account.ts'
import { refusals, TwilioApiError } from './api-error.ts'
import type { DocumentSource, Leg } from './leg.ts'
import type { Messaging } from './messaging.ts'
import { isWithin, pageOf } from './paging.ts'
import { accountResource, callResource, conferenceResource, mediaResource, messageResource, numberResource, participantResource, queueResource, recordingResource } from './resources.ts'
import { authenticate, mishap, sendMedia, sendRecording } from './rest-doors.ts'
import type { Voice } from './voice.ts'

type Parts = { account: TwilioAccount; messaging: Messaging; voice: Voice; credentials: SimulatorOptions['twilio'] }

const several = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value))
const messageForm = z.object({
  To: z.string().optional(), From: z.string().optional(), MessagingServiceSid: z.string().optional(), Body: z.string().default(''), MediaUrl: several.default([]), StatusCallback: z.string().optional(),
})
const callForm = z.object({
  To: z.string().optional(), From: z.string().optional(), Url: z.string().optional(), Twiml: z.string().optional(), Method: z.enum(['GET', 'POST']).default('POST'),
  Timeout: z.coerce.number().int().min(1).max(600).default(60), StatusCallback: z.string().optional(), StatusCallbackEvent: several.optional(),
})
const callUpdateForm = z.object({ Url: z.string().optional(), Twiml: z.string().optional(), Method: z.enum(['GET', 'POST']).default('POST'), Status: z.enum(['completed', 'canceled']).optional() })
const flagForm = z.enum(['true', 'false']).transform((value) => value === 'true').optional()
const participantForm = z.object({ Hold: flagForm, EndConferenceOnExit: flagForm })
const numberForm = z.object({
  FriendlyName: z.string(), SmsUrl: z.string(), SmsMethod: z.string(), SmsFallbackUrl: z.string(), VoiceUrl: z.string(), VoiceMethod: z.string(), VoiceFallbackUrl: z.string(), StatusCallback: z.string(),
}).partial()

/** Twilio's REST API, version 2010-04-01, as far as a contact center uses it. */
export function twilioApi(parts: Parts): Express {
  const { account, messaging, voice } = parts
  const app = express()
  app.disable('x-powered-by')
  app.use(express.urlencoded({ extended: false, limit: '1mb', parameterLimit: 2000 }))
  app.use(mishap(voice))
  // Media and recordings are public by default at Twilio, so that they can be shown by their address.
  app.get('/2010-04-01/Accounts/:account/Messages/:message/Media/:media', (request, response, next) => sendMedia(account, request, response, next))
  app.get('/2010-04-01/Accounts/:account/Recordings/:recording', (request, response, next) => sendRecording(account, request, response, next))
  app.use(authenticate(parts.credentials))

  const base = '/2010-04-01/Accounts'
  app.get(`${base}/:account.json`, (request, response) => {
    if (request.params.account !== account.sid) throw refusals.notFound(request.path)
    response.json(accountResource(account))
  })
  app.use(`${base}/:account`, (request, _response, next) => next(request.params.account === account.sid ? undefined : refusals.notFound(request.originalUrl)))

  app.post(`${base}/:account/Messages.json`, (request, response) => {
    const form = messageForm.parse(request.body)
    if (form.To === undefined) throw refusals.missing(21604, 'To')
    if (form.From === undefined && form.MessagingServiceSid === undefined) throw refusals.missing(21603, 'From')
    const from = form.From ?? senderFor(account, form.To)
    const message = messaging.send({
      to: form.To, from, body: form.Body, mediaUrls: form.MediaUrl, statusCallback: form.StatusCallback ?? null, messagingServiceSid: form.MessagingServiceSid ?? null,
    })
    response.status(201).json(messageResource(account, message))
  })
  app.get(`${base}/:account/Messages.json`, (request, response) => {
    const query: Record<string, unknown> = request.query
    const found = [...account.messages.values()]
      .filter((message) => (query['To'] === undefined || message.to === query['To']) && (query['From'] === undefined || message.from === query['From']) && isWithin(message.sentAt ?? message.createdAt, query, 'DateSent'))
      .reverse()
    response.json(pageOf(found, 'messages', request.path, query, (message) => messageResource(account, message)))
  })
  app.get(`${base}/:account/Messages/:sid.json`, (request, response) => {
    response.json(messageResource(account, found(account.messages.get(request.params.sid), request)))
  })
  app.delete(`${base}/:account/Messages/:sid.json`, (request, response) => {
    if (!account.messages.delete(request.params.sid)) throw refusals.notFound(request.path)
    response.status(204).end()
  })
  app.get(`${base}/:account/Messages/:sid/Media.json`, (request, response) => {
    const message = found(account.messages.get(request.params.sid), request)
    response.json(pageOf(message.media, 'media_list', request.path, request.query, (media) => mediaResource(account, message, media)))
  })

  const viewCall = (leg: Leg) => callResource(account, leg, voice.talkSeconds(leg))
  app.post(`${base}/:account/Calls.json`, (request, response) => {
    const form = callForm.parse(request.body)
    if (form.To === undefined) throw refusals.missing(21201, 'To')
    if (form.From === undefined) throw refusals.missing(21213, 'From')
    if (!form.To.startsWith('client:') && !isE164(form.To)) throw refusals.invalidTo(form.To)
    if (!account.findNumber(form.From)) throw refusals.foreignCaller(form.From)
    const leg = voice.dialOut({
      to: form.To, from: form.From, source: sourceFrom(form), timeoutSeconds: form.Timeout,
      ...(form.StatusCallback === undefined ? {} : { statusCallback: form.StatusCallback }), ...(form.StatusCallbackEvent === undefined ? {} : { statusCallbackEvents: form.StatusCallbackEvent }),
    })
    response.status(201).json(viewCall(leg))
  })
  app.get(`${base}/:account/Calls.json`, (request, response) => {
    const query: Record<string, unknown> = request.query
    const wanted: [string, (leg: Leg) => string | undefined][] = [['To', (leg) => leg.request.to], ['From', (leg) => leg.request.from], ['Status', (leg) => leg.status], ['ParentCallSid', (leg) => leg.request.parentSid]]
    const legs = [...voice.legs.values()].filter((leg) => wanted.every(([name, read]) => query[name] === undefined || query[name] === read(leg)) && isWithin(leg.createdAt, query, 'StartTime')).reverse()
    response.json(pageOf(legs, 'calls', request.path, query, viewCall))
  })
  app.get(`${base}/:account/Calls/:sid.json`, (request, response) => {
    response.json(viewCall(found(voice.legs.get(request.params.sid), request)))
  })
  app.post(`${base}/:account/Calls/:sid.json`, (request, response) => {
    const leg = found(voice.legs.get(request.params.sid), request)
    const form = callUpdateForm.parse(request.body)
    if (leg.isEnded) throw refusals.callNotInProgress()
    if (form.Status !== undefined) leg.hangUp()
    else if (leg.status !== 'in-progress') throw refusals.callNotInProgress()
    else leg.redirect(sourceFrom(form))
    response.json(viewCall(leg))
  })
  app.get(`${base}/:account/Calls/:sid/Recordings.json`, (request, response) => {
    const recordings = [...account.recordings.values()].filter((recording) => recording.callSid === request.params.sid)
    response.json(pageOf(recordings, 'recordings', request.path, request.query, (recording) => recordingResource(account, recording)))
  })

  app.get(`${base}/:account/Conferences.json`, (request, response) => {
    const { FriendlyName: name, Status: status } = request.query
    const conferences = [...voice.conferences.all.values()].filter((conference) => (name === undefined || conference.name === name) && (status === undefined || status === 'in-progress'))
    response.json(pageOf(conferences, 'conferences', request.path, request.query, (conference) => conferenceResource(account, conference)))
  })
  app.post(`${base}/:account/Conferences/:sid/Participants/:call.json`, (request, response) => {
    const conference = found(voice.conferences.find(request.params.sid), request)
    const leg = found(conference.legs.find(({ sid }) => sid === request.params.call), request)
    const form = participantForm.parse(request.body)
    conference.change(leg, { isOnHold: form.Hold, endsOnExit: form.EndConferenceOnExit })
    response.json(participantResource(account, conference, leg))
  })

  app.get(`${base}/:account/IncomingPhoneNumbers.json`, (request, response) => {
    const numbers = account.numbers.filter((number) => request.query['PhoneNumber'] === undefined || number.phoneNumber === request.query['PhoneNumber'])
    response.json(pageOf(numbers, 'incoming_phone_numbers', request.path, request.query, (number) => numberResource(account, number)))
  })
  app.get(`${base}/:account/IncomingPhoneNumbers/:sid.json`, (request, response) => {
    response.json(numberResource(account, found(account.numbers.find((number) => number.sid === request.params.sid), request)))
  })
  app.post(`${base}/:account/IncomingPhoneNumbers/:sid.json`, (request, response) => {
    const number = found(account.numbers.find((each) => each.sid === request.params.sid), request)
    const form = numberForm.parse(request.body)
    number.friendlyName = form.FriendlyName ?? number.friendlyName
    number.smsUrl = form.SmsUrl ?? number.smsUrl
    number.smsMethod = form.SmsMethod ?? number.smsMethod
    number.smsFallbackUrl = form.SmsFallbackUrl ?? number.smsFallbackUrl
    number.voiceUrl = form.VoiceUrl ?? number.voiceUrl
    number.voiceMethod = form.VoiceMethod ?? number.voiceMethod
    number.voiceFallbackUrl = form.VoiceFallbackUrl ?? number.voiceFallbackUrl
    number.statusCallback = form.StatusCallback ?? number.statusCallback
    number.updatedAt = new Date()
    response.json(numberResource(account, number))
  })

  app.get(`${base}/:account/Recordings.json`, (request, response) => {
    response.json(pageOf([...account.recordings.values()], 'recordings', request.path, request.query, (recording) => recordingResource(account, recording)))
  })
  app.delete(`${base}/:account/Recordings/:sid.json`, (request, response) => {
    if (!account.recordings.delete(request.params.sid)) throw refusals.notFound(request.path)
    response.status(204).end()
  })
  app.get(`${base}/:account/Queues.json`, (request, response) => {
    response.json(pageOf([...voice.queues.all.values()], 'queues', request.path, request.query, (queue) => {
      const average = queue.waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, queue.waits.length)
      return queueResource(account, queue, voice.parts.pace.secondsSince(0, average))
    }))
  })
  app.use((request) => {
    throw refusals.notFound(request.path)
  })
  app.use(answerError)
  return app
}

function found<T>(thing: T | undefined, request: Request): T {
  if (thing === undefined) throw refusals.notFound(request.path)
  return thing
}

/** A messaging service picks one of its numbers; here all of the account's belong to it. */
function senderFor(account: TwilioAccount, to: string): string {
  const channel = to.startsWith('whatsapp:') ? 'whatsapp' : 'sms'
  const number = account.numbers.find((each) => each.capabilities.includes(channel))
  return `${channel === 'whatsapp' ? 'whatsapp:' : ''}${number?.phoneNumber ?? ''}`
}

function sourceFrom(form: { Url?: string | undefined; Twiml?: string | undefined; Method: string }): DocumentSource {
  if (form.Twiml !== undefined) return { twiml: form.Twiml, baseUrl: 'https://api.twilio.com/' }
  if (form.Url === undefined) throw refusals.missingUrl()
  if (!/^https?:/.test(form.Url) || !URL.canParse(form.Url)) throw refusals.invalidUrl(form.Url)
  return { url: form.Url, method: form.Method }
}

function answerError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const refusal = error instanceof TwilioApiError ? error : new TwilioApiError(400, 20001, error instanceof Error ? error.message.slice(0, 200) : 'Bad request')
  if (refusal.status === 429) response.set('Retry-After', '1')
  response.status(refusal.status).json(refusal.body())
}
