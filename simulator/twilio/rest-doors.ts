import type { NextFunction, Request, Response } from 'express'
import { timingSafeEqual } from 'node:crypto'
import type { SimulatorOptions } from '../options.ts'
import type { TwilioAccount } from './account.ts'
import { refusals } from './api-error.ts'
import { recordingResource } from './resources.ts'
import type { Voice } from './voice.ts'

/** The provider in trouble, as switched on by the faults. */
export function mishap(voice: Voice) {
  return (request: Request, response: Response, next: NextFunction) => {
    const { api } = voice.parts.faults.current.twilio
    if (api === '503') throw refusals.unavailable()
    if (api === '429') throw refusals.tooManyRequests()
    if (api === 'cut' && request.method === 'POST') response.end = () => request.socket.destroy() && response
    next()
  }
}

/** Basic authentication with the account's token or its API key. */
export function authenticate(credentials: SimulatorOptions['twilio']) {
  const accepted = [`${credentials.accountSid}:${credentials.authToken}`]
  if (credentials.apiKeySid && credentials.apiKeySecret) accepted.push(`${credentials.apiKeySid}:${credentials.apiKeySecret}`)
  return (request: Request, _response: Response, next: NextFunction) => {
    const given = Buffer.from(request.headers.authorization?.replace(/^Basic /i, '') ?? '', 'base64')
    const isKnown = accepted.some((each) => {
      const wanted = Buffer.from(each)
      return wanted.length === given.length && timingSafeEqual(wanted, given)
    })
    next(isKnown ? undefined : refusals.authenticate())
  }
}

/** A message's picture or file. */
export function sendMedia(account: TwilioAccount, request: Request, response: Response, next: NextFunction): void {
  const media = account.messages.get(String(request.params['message']))?.media.find((each) => each.sid === request.params['media'])
  if (!media) return next()
  response.type(media.file.contentType).send(media.file.bytes)
}

/** A recording: its sound, or with `.json` its description. */
export function sendRecording(account: TwilioAccount, request: Request, response: Response, next: NextFunction): void {
  const [sid = '', format] = String(request.params['recording']).split('.')
  const recording = account.recordings.get(sid)
  if (!recording) return next()
  if (format === 'json') {
    response.json(recordingResource(account, recording))
    return
  }
  response.type('audio/x-wav').send(recording.wav)
}
