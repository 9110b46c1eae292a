/** What arrives, in the form each channel's provider gives it. */
import { createHash } from 'node:crypto'
import { lampPicture } from './picture.ts'

/** Thirty-two hexadecimal digits that are the same each time. */
export function fixedId(of: string): string {
  return createHash('sha256').update(of).digest('hex').slice(0, 32)
}

export interface TextMessage {
  id: string
  accountSid: string
  channel: 'sms' | 'whatsapp'
  from: string
  to: string
  name: string
  text: string
  picture: number | null
}

/** Twilio's form for an incoming message. */
export function twilioMessage(message: TextMessage): Buffer {
  const prefix = message.channel === 'whatsapp' ? 'whatsapp:' : ''
  const form = new URLSearchParams({
    MessageSid: `${message.picture === null ? 'SM' : 'MM'}${message.id}`, AccountSid: message.accountSid, From: `${prefix}${message.from}`, To: `${prefix}${message.to}`, Body: message.text,
    NumMedia: message.picture === null ? '0' : '1', ApiVersion: '2010-04-01',
  })
  if (message.channel === 'whatsapp') form.set('ProfileName', message.name)
  if (message.picture !== null) {
    form.set('MediaUrl0', `https://api.twilio.com/2010-04-01/Accounts/${message.accountSid}/Messages/MM${message.id}/Media/ME${message.id}?hue=${message.picture}`)
    form.set('MediaContentType0', 'image/png')
  }
  return Buffer.from(form.toString())
}

/** A step of a call, as Twilio's voice webhooks and callbacks tell it. */
export function twilioCall(fields: Record<string, string>): Buffer {
  return Buffer.from(new URLSearchParams({ ApiVersion: '2010-04-01', ...fields }).toString())
}

export interface Mail {
  id: string
  from: { name: string; address: string }
  to: string
  at: Date
  subject: string
  text: string
  inReplyTo: string | null
  picture: number | null
  isAutomatic: boolean
  language: string
}

/** A mail as a mail program writes it. */
export function rawMail(mail: Mail): Buffer {
  const body = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', folded(Buffer.from(mail.text, 'utf8'))]
  const boundary = `part-${mail.id}`
  const lines = [
    `From: ${encoded(mail.from.name)} <${mail.from.address}>`, `To: <${mail.to}>`, `Subject: ${encoded(mail.subject)}`, `Date: ${mail.at.toUTCString().replace('GMT', '+0000')}`, `Message-ID: ${mailId(mail.id)}`,
    `Content-Language: ${mail.language}`, 'MIME-Version: 1.0',
    ...(mail.inReplyTo ? [`In-Reply-To: ${mail.inReplyTo}`, `References: ${mail.inReplyTo}`] : []),
    ...(mail.isAutomatic ? ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'] : []),
    ...(mail.picture === null ? body : [
      `Content-Type: multipart/mixed; boundary="${boundary}"`, '', `--${boundary}`, ...body, `--${boundary}`, 'Content-Type: image/png; name="lamp.png"', 'Content-Disposition: attachment; filename="lamp.png"',
      'Content-Transfer-Encoding: base64', '', folded(lampPicture(mail.picture, true)), `--${boundary}--`,
    ]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

export const mailId = (id: string): string => `<${id}@mail.example>`

/** RFC 3464: the server of the address says that there is no such mailbox. */
export function bounceMail(bounce: { id: string; at: Date; recipient: string; originalMessageId: string; to: string }): Buffer {
  const boundary = `report-${bounce.id}`
  const host = bounce.recipient.slice(bounce.recipient.indexOf('@') + 1)
  return Buffer.from([
    `From: Mail Delivery System <MAILER-DAEMON@${host}>`, `To: <${bounce.to}>`, 'Subject: Undelivered Mail Returned to Sender', `Date: ${bounce.at.toUTCString().replace('GMT', '+0000')}`, `Message-ID: ${mailId(bounce.id)}`,
    'Auto-Submitted: auto-replied', 'MIME-Version: 1.0', `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`, '',
    `--${boundary}`, 'Content-Type: text/plain', '', `<${bounce.recipient}>: no such mailbox`, '',
    `--${boundary}`, 'Content-Type: message/delivery-status', '', `Reporting-MTA: dns; mx.${host}`, '', `Final-Recipient: rfc822; ${bounce.recipient}`, 'Action: failed', 'Status: 5.1.1', 'Diagnostic-Code: smtp; 550 5.1.1 no such user', '',
    `--${boundary}`, 'Content-Type: text/rfc822-headers', '', `Message-ID: ${bounce.originalMessageId}`, `To: <${bounce.recipient}>`, '', `--${boundary}--`, '',
  ].join('\r\n'))
}

/** An event of Slack's Events API: a direct message. */
export function slackEvent(message: { id: string; team: string; user: string; name: string; text: string; at: Date }): Buffer {
  const ts = `${Math.floor(message.at.getTime() / 1000)}.${String(parseInt(message.id.slice(0, 8), 16) % 1_000_000).padStart(6, '0')}`
  return Buffer.from(JSON.stringify({
    type: 'event_callback', event_id: `Ev${message.id}`, team_id: message.team, authorizations: [{ team_id: message.team }], event_time: Math.floor(message.at.getTime() / 1000),
    event: { type: 'message', channel: `D${message.user.slice(1)}`, channel_type: 'im', user: message.user, user_team: message.team, user_profile: { real_name: message.name }, text: message.text, ts },
  }))
}

function encoded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

function folded(content: Buffer): string {
  return content.toString('base64').replace(/.{76}/g, '$&\r\n')
}
