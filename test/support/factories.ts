/** What the world outside sends, made by hand: requests signed as the providers sign them, no stand-in needed. */
import { randomBytes } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import type { Config } from '#server/platform/config.ts'
import { companyMailbox, companyNumber, credentials } from './hub.ts'

type Address = Pick<Config, 'publicUrl' | 'host' | 'smtpPort'>

export const newSid = (prefix = 'SM'): string => `${prefix}${randomBytes(16).toString('hex')}`

/** A word nobody has used, for a text to be found by. Letters only: among random digits now and then stands what is masked as a card number. */
export const newWord = (): string => randomBytes(12).toString('hex').replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!)

let numbers = 0
/** A caller's number nobody has used in this file. */
export const newNumber = (): string => `+1415555${String(2000 + numbers++).padStart(4, '0')}`

export interface TwilioSms {
  from: string
  text: string
  sid?: string
  channel?: 'sms' | 'whatsapp'
}

/** A text as Twilio posts it. Resolves with the status of the answer; rejects when the connection breaks. */
export async function twilioText(hub: Address, sms: TwilioSms): Promise<{ status: number; sid: string }> {
  const prefix = sms.channel === 'whatsapp' ? 'whatsapp:' : ''
  const sid = sms.sid ?? newSid()
  const status = await twilioPost(hub, '/webhooks/twilio/messages', {
    MessageSid: sid, SmsMessageSid: sid, SmsSid: sid, AccountSid: credentials.accountSid, From: `${prefix}${sms.from}`, To: `${prefix}${companyNumber}`, Body: sms.text, NumMedia: '0', NumSegments: '1', ApiVersion: '2010-04-01',
    ...(sms.channel === 'whatsapp' ? { WaId: sms.from.slice(1), ProfileName: 'Somebody' } : { SmsStatus: 'received' }),
  })
  return { status, sid }
}

export async function twilioStatus(hub: Address, report: { sid: string; to: string; status: string; errorCode?: string }): Promise<number> {
  return twilioPost(hub, '/webhooks/twilio/status', {
    MessageSid: report.sid, SmsSid: report.sid, AccountSid: credentials.accountSid, From: companyNumber, To: report.to, MessageStatus: report.status, SmsStatus: report.status, ApiVersion: '2010-04-01',
    ...(report.errorCode ? { ErrorCode: report.errorCode } : {}),
  })
}

export async function twilioPost(hub: Address, path: string, params: Record<string, string>): Promise<number> {
  const url = hub.publicUrl + path
  const response = await fetch(url, {
    method: 'POST', body: new URLSearchParams(params),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': getExpectedTwilioSignature(credentials.authToken, url, params) },
  })
  await response.arrayBuffer()
  return response.status
}

export interface RawMail {
  from: string
  subject: string
  text: string
  messageId: string
  to?: string
}

/** A mail by real SMTP; the same in every byte when sent again. Resolves when the hub has said 250; rejects otherwise. */
export async function smtpMail(hub: Address, mail: RawMail): Promise<void> {
  const transport = createTransport({ host: hub.host, port: hub.smtpPort, secure: false, ignoreTLS: true, connectionTimeout: 3_000, greetingTimeout: 3_000, socketTimeout: 10_000 })
  const to = mail.to ?? companyMailbox
  const raw = [
    `From: ${mail.from}`, `To: ${to}`, `Subject: ${mail.subject}`, `Message-ID: <${mail.messageId}>`, 'Date: Sun, 22 Nov 2026 12:00:00 +0000', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '', mail.text, '',
  ].join('\r\n')
  try {
    await transport.sendMail({ envelope: { from: mail.from, to: [to] }, raw })
  } finally {
    transport.close()
  }
}
