import { viewFile } from '../files.ts'
import type { TextView } from '../views.ts'
import { bareNumber, type MessageRecord } from './account.ts'
import type { WebhookParams } from './webhooks.ts'

/** The message as the customer's phone shows it. */
export function viewText(message: MessageRecord): TextView {
  const isInbound = message.direction === 'inbound'
  return {
    id: message.sid,
    channel: message.channel,
    customer: bareNumber(isInbound ? message.from : message.to),
    hub: bareNumber(isInbound ? message.to : message.from),
    by: isInbound ? 'customer' : message.isAutomatic ? 'provider' : 'hub',
    text: message.body,
    files: message.media.map((media) => viewFile(media.file)),
    status: message.status,
    errorCode: message.errorCode,
    at: message.createdAt.toISOString(),
  }
}

/** What the webhook of an inbound message carries; `mediaBase` is where its pictures are fetched. */
export function inboundParams(accountSid: string, message: MessageRecord, mediaBase: string, profileName?: string): WebhookParams {
  const params: WebhookParams = {
    SmsMessageSid: message.sid, NumMedia: String(message.media.length), SmsSid: message.sid, SmsStatus: 'received', Body: message.body, To: message.to, NumSegments: String(segmentsOf(message.body)),
    MessageSid: message.sid, AccountSid: accountSid, From: message.from, ApiVersion: '2010-04-01',
  }
  message.media.forEach((media, index) => {
    params[`MediaUrl${index}`] = `${mediaBase}/${media.sid}`
    params[`MediaContentType${index}`] = media.file.contentType
  })
  if (message.channel === 'whatsapp') {
    return { ...params, ProfileName: profileName ?? bareNumber(message.from), WaId: bareNumber(message.from).slice(1), MessageType: message.media.length > 0 ? 'image' : 'text', ReferralNumMedia: '0' }
  }
  return { ...params, ToCountry: countryOf(message.to), FromCountry: countryOf(message.from), ToState: '', FromState: '', ToCity: '', FromCity: '', ToZip: '', FromZip: '' }
}

/** SMS segments: 160 and 153 characters in the 7-bit alphabet, 70 and 67 otherwise. */
export function segmentsOf(body: string): number {
  const isWide = /[^\n\r\u0020-\u007e£¥èéùìòÇØøÅåÆæßÉ¡ÄÖÑÜ§¿äöñüà€]/.test(body)
  const [single, several] = isWide ? [70, 67] : [160, 153]
  return body.length <= single ? 1 : Math.ceil(body.length / several)
}

function countryOf(number: string): string {
  if (number.startsWith('+1')) return 'US'
  if (number.startsWith('+86')) return 'CN'
  return ''
}
