import type { SimulatedNumber } from '../options.ts'
import type { StoredFile } from '../files.ts'
import { newSid } from './ids.ts'

export type MessageStatus = 'receiving' | 'received' | 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered'

export type MediaRecord = { sid: string; file: StoredFile; createdAt: Date }

export type MessageRecord = {
  sid: string
  channel: 'sms' | 'whatsapp'
  from: string
  to: string
  body: string
  media: MediaRecord[]
  direction: 'inbound' | 'outbound-api' | 'outbound-reply'
  status: MessageStatus
  errorCode: number | null
  statusCallback: string | null
  messagingServiceSid: string | null
  createdAt: Date
  updatedAt: Date
  sentAt: Date | null
  /** Sent by Twilio itself: the answers to STOP, START and HELP. */
  isAutomatic: boolean
}

export type NumberRecord = {
  sid: string
  phoneNumber: string
  friendlyName: string
  capabilities: readonly string[]
  voiceUrl: string
  voiceMethod: string
  voiceFallbackUrl: string
  smsUrl: string
  smsMethod: string
  smsFallbackUrl: string
  statusCallback: string
  createdAt: Date
  updatedAt: Date
}

export type RecordingRecord = {
  sid: string
  callSid: string
  source: 'RecordVerb' | 'DialVerb'
  seconds: number
  wav: Buffer
  text: string
  createdAt: Date
}

const recordsMax = 20_000

/** What the simulated Twilio account owns. In memory only. */
export class TwilioAccount {
  readonly sid: string
  readonly createdAt = new Date()
  readonly numbers: NumberRecord[]
  readonly messages = new Map<string, MessageRecord>()
  readonly recordings = new Map<string, RecordingRecord>()
  /** `customer>hub` pairs whose customer wrote STOP. */
  readonly optOuts = new Set<string>()
  /** Numbers on which a customer can be reached: theirs ring by hand, all others are answered by themselves. */
  readonly customerNumbers: Set<string>

  constructor(sid: string, numbers: readonly SimulatedNumber[], hubUrl: string, customerNumbers: Iterable<string>) {
    this.sid = sid
    this.customerNumbers = new Set(customerNumbers)
    this.numbers = numbers.map((number) => ({
      sid: newSid('PN'),
      phoneNumber: number.phoneNumber,
      friendlyName: number.phoneNumber,
      capabilities: number.capabilities,
      voiceUrl: number.voiceUrl ?? `${hubUrl}/webhooks/twilio/voice`,
      voiceMethod: 'POST',
      voiceFallbackUrl: '',
      smsUrl: number.smsUrl ?? `${hubUrl}/webhooks/twilio/messages`,
      smsMethod: 'POST',
      smsFallbackUrl: '',
      statusCallback: number.statusCallbackUrl ?? `${hubUrl}/webhooks/twilio/status`,
      createdAt: this.createdAt,
      updatedAt: this.createdAt,
    }))
  }

  findNumber(phoneNumber: string): NumberRecord | undefined {
    return this.numbers.find((number) => number.phoneNumber === phoneNumber)
  }

  keepMessage(message: MessageRecord): void {
    this.messages.set(message.sid, message)
    if (this.messages.size <= recordsMax) return
    const [oldest] = this.messages.keys()
    if (oldest !== undefined) this.messages.delete(oldest)
  }
}

/** The number without its channel's prefix. */
export function bareNumber(address: string): string {
  return address.replace(/^whatsapp:/, '')
}

export function isE164(number: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(number)
}
