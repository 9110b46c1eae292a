import type { Arrival, ItemChangeArrival, MessageArrival, StatusArrival, WireFile } from '../channel.ts'
import { cleanLine, cleanText } from '../clean-text.ts'
import { type ParseReceipt, UnusableReceipt } from '../parse.ts'
import { readTwilioAddress, senderOf } from './address.ts'
import { refusalCodeOf } from './error-codes.ts'
import { type MessageFields, messageFields, type StatusFields, statusFields } from './fields.ts'
import { readForm } from './form.ts'

/** Receipts of both text channels of Twilio: `message` and `status`. */
export const parseTwilioText: ParseReceipt = async (receipt, account) => {
  const form = readForm(receipt.body)
  if (!form.ok) throw new UnusableReceipt(form.reason)
  if (receipt.kind === 'status') return statusArrivals(statusFields.parse(form.params), account.id)
  return [messageArrival(messageFields.parse(form.params), form.params, account)]
}

function messageArrival(fields: MessageFields, params: Record<string, string>, account: { id: string; address: string }): Arrival {
  const sender = readTwilioAddress(fields.From)
  if (!sender) throw new UnusableReceipt('sender-unreadable')
  const { from, oneTime } = senderOf(sender, account.address, cleanLine(fields.ProfileName))
  const base = {
    accountId: account.id,
    channel: sender.channel,
    externalId: fields.MessageSid,
    from,
    evidence: 'proved',
    proof: sender.channel === 'whatsapp' ? 'whatsapp-sender' : 'carrier-sender',
    oneTime,
    sentAt: null,
    locale: null,
  } as const
  const text = cleanText(fields.Body)
  if (fields.MessageType === 'reaction' && fields.OriginalRepliedMessageSid) {
    return { ...base, kind: 'item-change', change: 'reaction', targetExternalId: fields.OriginalRepliedMessageSid, text } satisfies ItemChangeArrival
  }
  const files = filesOf(fields, params)
  return { ...base, kind: 'message', text: wordsOf(fields, text, files), html: null, subject: null, files, thread: null, mail: null, clientId: null, visitorId: null } satisfies MessageArrival
}

/**
 * What a message without words says, in signs that need no translation; the payload itself is kept in the receipt.
 * 📍 location with its name, 👤 contact card, 🔘 pressed button, ❔ a type nobody here knows yet.
 */
function wordsOf(fields: MessageFields, text: string, files: WireFile[]): string {
  if (fields.MessageType === 'location' || fields.Latitude !== undefined) {
    const place = fields.Latitude === undefined || fields.Longitude === undefined ? null : `${fields.Latitude}, ${fields.Longitude}`
    return ['📍', [place, cleanLine(fields.Label), cleanLine(fields.Address), cleanLine(text)].filter((part) => part !== null).join(' · ')].join(' ').trim()
  }
  if (text.trim() !== '') return text
  if (fields.ButtonText) return `🔘 ${cleanLine(fields.ButtonText) ?? ''}`.trim()
  if (fields.MessageType === 'contacts' || files.some((file) => /vcard/i.test(file.contentType))) return '👤'
  if (files.length > 0 || fields.MessageType === undefined || fields.MessageType === 'text') return text
  return `❔ ${cleanLine(fields.MessageType, 40) ?? ''}`.trim()
}

function filesOf(fields: MessageFields, params: Record<string, string>): WireFile[] {
  return Array.from({ length: fields.NumMedia ?? 0 }, (_, index) => ({ sourceUrl: params[`MediaUrl${index}`], contentType: params[`MediaContentType${index}`] ?? '', index })).flatMap(
    ({ sourceUrl, contentType, index }) => {
      if (!sourceUrl || sourceUrl.length > 2000) return []
      const type = /^[\w.+-]{1,60}\/[\w.+-]{1,100}/.exec(contentType)?.[0].toLowerCase() ?? 'application/octet-stream'
      return [{ name: `${fields.MessageType === 'sticker' ? 'sticker' : 'media'}-${index + 1}${extensionOf(type)}`, contentType: type, sizeBytes: null, sourceUrl }]
    },
  )
}

const extensions: Record<string, string> = {
  'image/jpeg': '.jpg', 'image/png': '.png', 'image/gif': '.gif', 'image/webp': '.webp', 'audio/ogg': '.ogg', 'audio/mpeg': '.mp3', 'audio/amr': '.amr', 'video/mp4': '.mp4', 'video/3gpp': '.3gp',
  'application/pdf': '.pdf', 'text/vcard': '.vcf', 'text/x-vcard': '.vcf',
}

function extensionOf(contentType: string): string {
  return extensions[contentType] ?? ''
}

const statuses: Record<string, StatusArrival['status']> = { sent: 'sent', delivered: 'delivered', read: 'read', failed: 'failed', undelivered: 'failed', canceled: 'failed' }

/** `queued`, `accepted` and `sending` say less than our own row does. */
function statusArrivals(fields: StatusFields, accountId: string): StatusArrival[] {
  const status = statuses[fields.MessageStatus]
  const channel = readTwilioAddress(fields.From)?.channel
  if (!status || !channel) return []
  return [{ kind: 'status', accountId, channel, externalId: fields.MessageSid, status, reason: status === 'failed' ? refusalCodeOf(fields.ErrorCode) : null }]
}
