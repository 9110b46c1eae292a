import type { FaultBoard } from '../faults.ts'
import type { Feed } from '../feed.ts'
import type { FileStore, StoredFile } from '../files.ts'
import type { Pace } from '../pace.ts'
import type { TextView } from '../views.ts'
import { bareNumber, isE164, type MessageRecord, type MessageStatus, type NumberRecord, type TwilioAccount } from './account.ts'
import { refusals } from './api-error.ts'
import { newSid } from './ids.ts'
import { inboundParams, viewText } from './message-shapes.ts'
import { keywordOf } from './opt-out.ts'
import { fetchMedia } from './outbound-media.ts'
import { parseXml, TwimlError } from './twiml.ts'
import type { TwilioWebhooks, WebhookParams } from './webhooks.ts'

export type InboundText = { channel: 'sms' | 'whatsapp'; from: string; to: string; text: string; files: StoredFile[]; profileName?: string; sid?: string }

export type MessageRequest = { to: string; from: string; body: string; mediaUrls: string[]; statusCallback: string | null; messagingServiceSid: string | null }

type Parts = { account: TwilioAccount; webhooks: TwilioWebhooks; faults: FaultBoard; feed: Feed; files: FileStore; pace: Pace; apiUrl: () => string }

const whatsappWindowMs = 24 * 3_600_000
const bodyCharsMax = 1600

/** SMS and WhatsApp between customers and the account's numbers, with Twilio's opt-out words, WhatsApp's window and status callbacks. */
export class Messaging {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  list(): TextView[] {
    return [...this.#parts.account.messages.values()].map(viewText)
  }

  /** A customer writes. Resolves when the hub's webhook has answered; `webhookStatus` is null when it could not be reached. */
  async receive(text: InboundText): Promise<{ sid: string; webhookStatus: number | null }> {
    const { account } = this.#parts
    const number = account.findNumber(bareNumber(text.to))
    if (!number) throw refusals.invalidTo(text.to)
    account.customerNumbers.add(bareNumber(text.from))
    const message = this.#record({ ...text, direction: 'inbound', status: 'received' }, text.sid)
    if (text.channel === 'sms') this.#obeyKeyword(message, number)
    const answer = await this.#deliver(number, message, text.profileName)
    return { sid: message.sid, webhookStatus: answer }
  }

  /** The hub sends. Refuses as Twilio does before anything is queued. */
  send(request: MessageRequest, direction: 'outbound-api' | 'outbound-reply' = 'outbound-api'): MessageRecord {
    const { account, faults } = this.#parts
    const channel = request.to.startsWith('whatsapp:') ? 'whatsapp' : 'sms'
    const number = account.findNumber(bareNumber(request.from))
    if (!isE164(bareNumber(request.to))) throw refusals.invalidTo(request.to)
    if (channel === 'whatsapp' && (!request.from.startsWith('whatsapp:') || !number?.capabilities.includes('whatsapp'))) throw refusals.noWhatsappSender()
    if (channel === 'sms' && (request.from.startsWith('whatsapp:') || !number?.capabilities.includes('sms'))) throw refusals.foreignFrom(request.from)
    if (request.body === '' && request.mediaUrls.length === 0) throw refusals.emptyMessage()
    if ([...request.body].length > bodyCharsMax) throw refusals.longBody()
    const badUrl = request.mediaUrls.find((url) => !URL.canParse(url))
    if (badUrl !== undefined) throw refusals.invalidMediaUrl(badUrl)
    if (channel === 'sms' && account.optOuts.has(pairOf(request.to, request.from))) throw refusals.optedOut()
    const message = this.#record({ ...request, channel, text: request.body, files: [], direction, status: 'queued' })
    const errorCode = faults.current.twilio.undeliverable[bareNumber(message.to)] ?? (channel === 'whatsapp' && !this.#isWindowOpen(message) ? 63016 : null)
    void this.#carry(message, request.mediaUrls, errorCode)
    return message
  }

  /** The customer has looked at the conversation: WhatsApp reports what was delivered as read. */
  async markRead(customer: string): Promise<void> {
    for (const message of this.#parts.account.messages.values()) {
      if (message.channel === 'whatsapp' && message.status === 'delivered' && bareNumber(message.to) === customer) await this.#advance(message, 'read')
    }
  }

  #isWindowOpen(outbound: MessageRecord): boolean {
    const since = Date.now() - whatsappWindowMs
    return [...this.#parts.account.messages.values()].some(
      (message) => message.direction === 'inbound' && message.channel === 'whatsapp' && message.from === outbound.to && message.to === outbound.from && message.createdAt.getTime() > since,
    )
  }

  async #carry(message: MessageRecord, mediaUrls: string[], errorCode: number | null): Promise<void> {
    const { files, pace, faults, feed } = this.#parts
    await pace.sleep(100)
    try {
      message.media = await fetchMedia(mediaUrls, files)
    } catch (error) {
      feed.notice('twilio', 11200, `The media of ${message.sid} could not be fetched: ${error instanceof Error ? error.message : 'unknown'}`)
      return this.#advance(message, 'failed', message.channel === 'whatsapp' ? 63019 : 30008)
    }
    await pace.sleep(200 + faults.current.twilio.statusDelayMs)
    if (errorCode !== null) return this.#advance(message, errorCode === 63016 ? 'failed' : 'undelivered', errorCode)
    if (faults.current.twilio.reorderStatus) {
      await this.#advance(message, 'delivered')
      return this.#callBack(message, 'sent')
    }
    await this.#advance(message, 'sent')
    await pace.sleep(400 + faults.current.twilio.statusDelayMs)
    await this.#advance(message, 'delivered')
  }

  async #advance(message: MessageRecord, status: MessageStatus, errorCode: number | null = null): Promise<void> {
    message.status = status
    message.errorCode = errorCode
    message.updatedAt = new Date()
    if (status === 'sent' || status === 'delivered') message.sentAt ??= message.updatedAt
    if (errorCode !== null) this.#parts.feed.notice('twilio', errorCode, `${message.sid} to ${message.to} ended ${status}`)
    this.#publish(message)
    await this.#callBack(message, status)
  }

  async #callBack(message: MessageRecord, status: MessageStatus): Promise<void> {
    const { account, webhooks, faults, feed } = this.#parts
    if (message.statusCallback === null) return
    const params: WebhookParams = {
      MessageSid: message.sid, SmsSid: message.sid, MessageStatus: status, SmsStatus: status, AccountSid: account.sid, From: message.from, To: message.to, ApiVersion: '2010-04-01',
      ...(message.messagingServiceSid === null ? {} : { MessagingServiceSid: message.messagingServiceSid }),
      ...(message.errorCode === null ? {} : { ErrorCode: String(message.errorCode) }),
      ...(message.channel === 'whatsapp' ? { ChannelPrefix: 'whatsapp', ChannelToAddress: message.to, ...(status === 'read' ? { EventType: 'READ' } : {}) } : {}),
    }
    for (let copy = 0; copy < (faults.current.twilio.duplicateStatus ? 2 : 1); copy += 1) {
      const answer = await webhooks.send(message.statusCallback, params)
      if (!answer.ok) feed.notice('twilio', answer.code, answer.message)
    }
  }

  async #deliver(number: NumberRecord, message: MessageRecord, profileName?: string): Promise<number | null> {
    const { webhooks, feed, account, apiUrl } = this.#parts
    const mediaBase = `${apiUrl()}/2010-04-01/Accounts/${account.sid}/Messages/${message.sid}/Media`
    const params = inboundParams(account.sid, message, mediaBase, profileName)
    let answer = await webhooks.send(number.smsUrl, params, number.smsMethod)
    if (!answer.ok && number.smsFallbackUrl !== '') answer = await webhooks.send(number.smsFallbackUrl, { ...params, ErrorCode: String(answer.code), ErrorUrl: number.smsUrl })
    if (!answer.ok) {
      feed.notice('twilio', answer.code, answer.message)
      return answer.status
    }
    if (answer.body.trim() === '') return answer.status
    try {
      this.#reply(message, answer.body, answer.contentType)
    } catch (error) {
      if (!(error instanceof TwimlError)) throw error
      feed.notice('twilio', error.code, error.message)
    }
    return answer.status
  }

  /** `<Message>` in the webhook's answer goes out as a reply. */
  #reply(inbound: MessageRecord, body: string, contentType: string): void {
    if (!/xml/.test(contentType)) {
      if (/^text\/(plain|html)/.test(contentType)) return
      throw new TwimlError(12300, `Invalid Content-Type: ${contentType}`)
    }
    const root = parseXml(body)
    if (root.name !== 'Response') throw new TwimlError(12200, `Schema validation: the root element is <${root.name}>`)
    for (const element of root.children) {
      if (element.name !== 'Message') throw new TwimlError(12200, `Schema validation: unknown verb <${element.name}>`)
      const bodyOf = element.children.find((child) => child.name === 'Body')?.text ?? element.text
      this.send(
        {
          to: element.attributes['to'] ?? inbound.from,
          from: element.attributes['from'] ?? inbound.to,
          body: bodyOf.trim(),
          mediaUrls: element.children.filter((child) => child.name === 'Media').map((child) => child.text.trim()),
          statusCallback: element.attributes['statusCallback'] ?? element.attributes['action'] ?? null,
          messagingServiceSid: null,
        },
        'outbound-reply',
      )
    }
  }

  /** Twilio keeps STOP and START itself, and answers them from the number written to. */
  #obeyKeyword(message: MessageRecord, number: NumberRecord): void {
    const { account } = this.#parts
    const pair = pairOf(message.from, message.to)
    const keyword = keywordOf(message.body, account.optOuts.has(pair))
    if (!keyword) return
    if (keyword.kind === 'stop') account.optOuts.add(pair)
    if (keyword.kind === 'start') account.optOuts.delete(pair)
    const answer = this.#record({ channel: 'sms', from: number.phoneNumber, to: message.from, text: keyword.answer, files: [], direction: 'outbound-reply', status: 'delivered', isAutomatic: true })
    answer.sentAt = answer.createdAt
  }

  #record(
    given: { channel: 'sms' | 'whatsapp'; from: string; to: string; text: string; files: StoredFile[]; direction: MessageRecord['direction']; status: MessageStatus; statusCallback?: string | null; messagingServiceSid?: string | null; isAutomatic?: boolean },
    sid?: string,
  ): MessageRecord {
    const at = new Date()
    const message: MessageRecord = {
      sid: sid ?? newSid(given.files.length > 0 ? 'MM' : 'SM'),
      channel: given.channel,
      from: given.from,
      to: given.to,
      body: given.text,
      media: given.files.map((file) => ({ sid: newSid('ME'), file, createdAt: at })),
      direction: given.direction,
      status: given.status,
      errorCode: null,
      statusCallback: given.statusCallback ?? null,
      messagingServiceSid: given.messagingServiceSid ?? null,
      createdAt: at,
      updatedAt: at,
      sentAt: given.direction === 'inbound' ? at : null,
      isAutomatic: given.isAutomatic ?? false,
    }
    this.#parts.account.keepMessage(message)
    this.#publish(message)
    return message
  }

  #publish(message: MessageRecord): void {
    this.#parts.feed.publish({ kind: 'text', item: viewText(message) })
  }
}

function pairOf(customer: string, hub: string): string {
  return `${bareNumber(customer)}>${bareNumber(hub)}`
}
