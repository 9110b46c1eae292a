import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { MessageArrival } from '../channel.ts'
import { cleanLine } from '../clean-text.ts'
import { type ChannelTools, type ParseReceipt, UnusableReceipt } from '../parse.ts'
import { compute, MailJobEnded, wait } from './mail-thread.ts'
import type { ReadMail } from './read-mail.ts'

/** What the mail door keeps beside the raw mail. */
export const mailFacts = z.object({
  mailFrom: z.string(),
  peerAddress: z.string(),
  helo: z.string(),
  /** Of the reply address it was sent to, if it was. */
  replyToken: z.string().nullable(),
})
export type MailFacts = z.infer<typeof mailFacts>

const readMsMax = 2000
const htmlMsMax = 1500
const replyMsMax = 500
const authenticateMsMax = 5000

/** A stored mail. Poison ends as `UnusableReceipt`, its raw body kept; lesser trouble costs the HTML or the cut of the quote. */
export const parseReceipt: ParseReceipt = async (receipt, account, tools) => {
  const facts = mailFacts.parse(receipt.facts)
  const mail = await read(receipt.body)
  const isProved = mail.from !== null && (await isAuthentic(receipt.body, facts, tools))
  const html = mail.html === null ? null : await compute('html', { html: mail.html, contentIds: mail.files.map((file) => file.contentId) }, htmlMsMax).catch(withoutIt)
  const text = mail.report ? mail.text : ((await compute('reply', { text: mail.text }, replyMsMax).catch(withoutIt)) ?? mail.text)
  const externalId = mail.messageId ?? `<${createHash('sha256').update(receipt.body).digest('hex').slice(0, 40)}@received.${tools.config.mailDomain}>`
  const arrival: MessageArrival = {
    kind: 'message',
    accountId: account.id,
    channel: 'email',
    externalId,
    from: { kind: 'email', realm: '', value: mail.from?.address ?? '', displayName: mail.from?.name ?? null },
    evidence: isProved ? 'proved' : 'claimed',
    proof: isProved ? 'dmarc' : null,
    oneTime: mail.from === null,
    sentAt: sentAtOf(mail.date, receipt.receivedAt),
    locale: cleanLine(mail.headers['content-language'], 20),
    text: mail.filesDropped > 0 ? `${text}\n📎 +${mail.filesDropped}` : text,
    html,
    subject: mail.subject,
    files: mail.files.map(({ name, contentType, content }, index) => ({ name: name || `attachment-${index + 1}`, contentType, sizeBytes: content.byteLength, content })),
    // A reply belongs to the mail that began it; its own id is the key only when it begins one.
    thread: { externalKey: mail.references[0] ?? mail.inReplyTo ?? externalId, references: [...mail.references, ...(mail.inReplyTo && !mail.references.includes(mail.inReplyTo) ? [mail.inReplyTo] : [])], replyToken: facts.replyToken },
    mail: { returnPath: facts.mailFrom, headers: mail.headers, contentType: mail.contentType, dsn: mail.report, fullText: text === mail.text ? null : mail.text, cc: mail.cc },
    clientId: null,
    visitorId: null,
  }
  return [arrival]
}

async function read(raw: Buffer): Promise<ReadMail> {
  try {
    const result = await compute('read', { raw }, readMsMax)
    if (!result.ok) throw new UnusableReceipt(result.reason)
    return result.mail
  } catch (error) {
    if (error instanceof MailJobEnded) throw new UnusableReceipt(`mail-${error.why === 'failed' ? 'unreadable' : error.why === 'time' ? 'too-slow-to-read' : 'too-large-to-read'}`, { cause: error })
    throw error
  }
}

async function isAuthentic(raw: Buffer, facts: MailFacts, tools: ChannelTools): Promise<boolean> {
  const { dnsServers, mailDomain } = tools.config
  const peer = { mailFrom: facts.mailFrom, address: facts.peerAddress, helo: facts.helo }
  return (await wait('authenticate', { raw, peer, dnsServers, ourName: mailDomain }, authenticateMsMax).catch(withoutIt)) ?? false
}

/** A job that ended early costs its result, not the mail. */
function withoutIt(error: unknown): null {
  if (error instanceof MailJobEnded) return null
  throw error
}

/** The sender's clock is only shown; one that cannot be right is not. */
function sentAtOf(date: string | null, receivedAt: Date): Date | null {
  if (date === null) return null
  const at = new Date(date)
  return at.getFullYear() >= 1990 && at.getTime() <= receivedAt.getTime() + 86_400_000 ? at : null
}
