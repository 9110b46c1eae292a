import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import type { StoredReceipt } from '#server/channels/parse.ts'
import { verifyTwilioRequest } from '#server/channels/twilio/verify.ts'
import { readForm } from '#server/channels/twilio/form.ts'
import type { Provider, ProviderMood } from './adapter-suite.ts'
import { startHttpProvider } from './http-provider.ts'
import { publicUrl, toolsFor, twilioAccountSid, twilioAuthToken } from './tools.ts'

export const ourNumber = '+15550100'
export const theirNumber = '+41791234567'

export const smsAccount: AccountWithSecrets = { id: '0190a000-0000-7000-8000-000000000001', channel: 'sms', address: ourNumber, name: 'Support', settings: {}, secrets: {} }
export const whatsappAccount: AccountWithSecrets = { ...smsAccount, id: '0190a000-0000-7000-8000-000000000002', channel: 'whatsapp' }

/** Twilio's Messages resource: takes, refuses, is busy, or takes and cuts the line. */
export async function startTwilioProvider(): Promise<Provider & { requests: { url: URL; authorization: string | undefined; body: URLSearchParams }[] }> {
  let mood: ProviderMood = 'accept'
  const messages: { sid: string; to: string; from: string; body: string; num_media: string; direction: string; status: string; error_code: null; date_created: string; date_sent: string; account_sid: string }[] = []
  const requests: { url: URL; authorization: string | undefined; body: URLSearchParams }[] = []
  const http = await startHttpProvider(({ method, url, headers, body }) => {
    const form = new URLSearchParams(body)
    requests.push({ url, authorization: headers.authorization, body: form })
    if (mood === 'busy') return { status: 429, body: { code: 20429, message: 'Too Many Requests', status: 429 }, headers: { 'retry-after': '7' } }
    if (method === 'GET' && url.pathname.endsWith('/Messages.json')) {
      const found = messages.filter((message) => message.to === url.searchParams.get('To') && message.from === url.searchParams.get('From'))
      return { status: 200, body: { messages: found, page: 0, page_size: 50, first_page_uri: '', next_page_uri: null } }
    }
    if (method !== 'POST' || !url.pathname.endsWith(`/Accounts/${twilioAccountSid}/Messages.json`)) return { status: 404, body: { code: 20404, message: 'not found', status: 404 } }
    if (mood === 'refuse') return { status: 400, body: { code: 21610, message: 'Attempt to send to unsubscribed recipient', status: 400 } }
    const now = new Date().toUTCString().replace('GMT', '+0000')
    const message = {
      sid: `SM${String(messages.length + 1).padStart(32, '0')}`, to: form.get('To') ?? '', from: form.get('From') ?? '', body: form.get('Body') ?? '', num_media: String(form.getAll('MediaUrl').length),
      direction: 'outbound-api', status: 'queued', error_code: null, date_created: now, date_sent: now, account_sid: twilioAccountSid,
    }
    messages.push(message)
    return { status: 201, body: message, isCut: mood === 'cut' }
  })
  return {
    requests,
    tools: toolsFor({ TWILIO_API_URL: http.url }),
    async mood(next) {
      mood = next
      await (next === 'down' ? http.down() : http.up())
    },
    taken: () => messages.map(({ to, body }) => ({ to: to.replace('whatsapp:', ''), text: body })),
    close: () => http.down(),
  }
}

/** An incoming SMS as Twilio posts it. */
export function inboundSms(text: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    ToCountry: 'US', ToState: '', SmsMessageSid: `SM${'a'.repeat(32)}`, NumMedia: '0', ToCity: '', FromZip: '', SmsSid: `SM${'a'.repeat(32)}`, FromState: '', SmsStatus: 'received', FromCity: '', Body: text,
    FromCountry: 'CH', To: ourNumber, ToZip: '', NumSegments: '1', MessageSid: `SM${'a'.repeat(32)}`, AccountSid: twilioAccountSid, From: theirNumber, ApiVersion: '2010-04-01', ...more,
  }
}

/** An incoming WhatsApp message as Twilio posts it. */
export function inboundWhatsapp(text: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    SmsMessageSid: `SM${'b'.repeat(32)}`, NumMedia: '0', ProfileName: 'Mei Chen', MessageType: 'text', SmsSid: `SM${'b'.repeat(32)}`, WaId: theirNumber.slice(1), SmsStatus: 'received', Body: text,
    To: `whatsapp:${ourNumber}`, NumSegments: '1', ReferralNumMedia: '0', MessageSid: `SM${'b'.repeat(32)}`, AccountSid: twilioAccountSid, From: `whatsapp:${theirNumber}`, ApiVersion: '2010-04-01', ...more,
  }
}

/** The receipt the door makes of a webhook with these parameters. */
export function twilioReceipt(params: Record<string, string>, account: AccountWithSecrets, kind = 'message'): StoredReceipt {
  return { channel: account.channel, kind, body: Buffer.from(new URLSearchParams(params).toString()), facts: {}, receivedAt: new Date(), accountId: account.id }
}

export const messagesPath = '/webhooks/twilio/messages'

/** What the door says of a receipt's body when it is signed right, and when it is signed with another token. */
export function twilioVerdicts(receipt: StoredReceipt, account: AccountWithSecrets): { genuine: boolean; forged: boolean } {
  const form = readForm(receipt.body)
  if (!form.ok) throw new Error(form.reason)
  const { params } = form
  const check = (token: string) =>
    verifyTwilioRequest({ url: messagesPath, params, signature: getExpectedTwilioSignature(token, publicUrl + messagesPath, params) }, account, toolsFor().config, new Date()).ok
  return { genuine: check(twilioAuthToken), forged: check('the-token-of-somebody-else-000000000') }
}
