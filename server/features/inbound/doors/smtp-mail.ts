import { createHash } from 'node:crypto'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import type { Context } from '#server/context.ts'
import type { MailFacts } from '#server/channels/email/parse.ts'
import { DatabaseUnavailable } from '#server/platform/db.ts'
import { count } from '#server/platform/telemetry.ts'
import { answerInTime } from './answer-in-time.ts'
import type { Recipient } from './smtp-recipients.store.ts'

export type MailDoorContext = Parameters<typeof answerInTime>[0] & Pick<Context, 'config' | 'db' | 'secrets' | 'logger'>

/** A refusal in SMTP's words. */
export type SmtpRefusal = Error & { responseCode: number }

export const mailBytesMax = 25 * 1024 * 1024
/** Of all mails being received: beyond it senders are asked to come again, and memory stays flat. */
const receivingBytesMax = 150 * 1024 * 1024
const limitMs = 10_000
const usual = { status: 250, contentType: 'text/plain', body: 'OK' }

let receivingBytes = 0

/** Receives one mail to its end and stores it, once per account. Throws the refusal; nothing is stored of a mail cut short. */
export async function takeMail(context: MailDoorContext, stream: SMTPServerDataStream, session: SMTPServerSession, recipients: Iterable<Recipient>): Promise<void> {
  const chunks: Buffer[] = []
  let keptBytes = 0
  let isTooMuch = false
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // Past a limit the rest is read and dropped: only then does the sender hear why.
      isTooMuch ||= stream.sizeExceeded || receivingBytes + chunk.length > receivingBytesMax
      if (isTooMuch) {
        chunks.length = 0
        continue
      }
      chunks.push(chunk)
      keptBytes += chunk.length
      receivingBytes += chunk.length
    }
    if (stream.sizeExceeded) throw rejected('too-large', 552, `a mail may have ${mailBytesMax} bytes`)
    if (isTooMuch) throw rejected('busy', 452, 'too much mail at once, try again later')
    await store(context, Buffer.concat(chunks), session, [...recipients])
  } finally {
    receivingBytes -= keptBytes
  }
}

async function store(context: MailDoorContext, raw: Buffer, session: SMTPServerSession, recipients: Recipient[]): Promise<void> {
  const hash = createHash('sha256').update(raw).digest('hex')
  const { mailFrom } = session.envelope
  await Promise.all(
    recipients.map(({ accountId, replyToken }) => {
      const facts: MailFacts = { mailFrom: mailFrom ? mailFrom.address : '', peerAddress: session.remoteAddress, helo: session.hostNameAppearsAs, replyToken }
      return answerInTime(context, { channel: 'email', accountId, externalId: `${hash}:${accountId}`, kind: 'mail', body: raw, facts: { ...facts } }, limitMs, usual)
    }),
  )
}

export function smtpRefusal(responseCode: number, message: string): SmtpRefusal {
  return Object.defineProperty(new Error(message), 'responseCode', { value: responseCode, enumerable: true }) as SmtpRefusal
}

export function rejected(reason: string, responseCode: number, message: string): SmtpRefusal {
  count('receiptsRejected', { channel: 'email', reason })
  return smtpRefusal(responseCode, message)
}

/** Whatever is wrong on our side asks the sender to come again; only what is wrong with the mail refuses it for good. */
export function smtpRefusalOf(error: unknown, context: Pick<MailDoorContext, 'logger'>): SmtpRefusal {
  if (error instanceof Error && 'responseCode' in error) return error as SmtpRefusal
  const code = (error as { code?: unknown }).code
  if (code === '53100' || code === 'ENOSPC') return smtpRefusal(452, 'no room, try again later')
  const isExpected = error instanceof DatabaseUnavailable || code === 'ECONNECTION' || code === 'ERR_STREAM_PREMATURE_CLOSE'
  if (!isExpected) context.logger.error({ err: error }, 'mail could not be stored')
  return smtpRefusal(451, 'not now, try again later')
}
