/** A signed SMS webhook, as Twilio sends it. */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { twilio } from './hub-process.ts'

export const ours = '+15005550006'
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** True when the hub answered 200: the message is stored. The same words of the same number are the same message. */
export function sendSms(base: string, from: string, text: string): Promise<boolean> {
  const sid = `SM${createHmac('md5', 'bench').update(`${from} ${text}`).digest('hex')}`
  const fields: Record<string, string> = { MessageSid: sid, SmsSid: sid, AccountSid: twilio.accountSid, From: from, To: ours, Body: text, NumMedia: '0', NumSegments: '1', ApiVersion: '2010-04-01' }
  const url = `${base}/webhooks/twilio/messages`
  const signed = Object.keys(fields).sort().reduce((sum, key) => sum + key + fields[key], url)
  const body = new URLSearchParams(fields).toString()
  return new Promise((resolve) => {
    const sending = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body), 'x-twilio-signature': createHmac('sha1', twilio.authToken).update(signed).digest('base64') } }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200))
    })
    sending.once('error', () => resolve(false))
    sending.end(body)
  })
}
