import { simpleParser, type AddressObject, type Attachment } from 'mailparser'
import type { DeliveryReport } from '../channel.ts'
import { cleanLine, cleanText } from '../clean-text.ts'
import { mailboxAddress } from '../mailbox-address.ts'
import { deliveryReportOf } from './delivery-report.ts'
import { readHeaderBlock } from './header-block.ts'
import { textOfHtml } from './html-text.ts'

/** A mail in plain data: nothing of the parser's classes, so that it can cross from the worker. */
export interface ReadMail {
  /** The one usable address of From, in lower case; null when there is none, several, or a group. */
  from: { address: string; name: string | null } | null
  messageId: string | null
  inReplyTo: string | null
  /** Oldest first, the newest 50. */
  references: string[]
  subject: string | null
  date: string | null
  text: string
  html: string | null
  cc: string[]
  headers: Record<string, string>
  contentType: string
  files: { name: string; contentType: string; contentId: string | null; content: Uint8Array }[]
  /** Files beyond the limit, left in the receipt. */
  filesDropped: number
  report: DeliveryReport | null
}

export type ReadResult = { ok: true; mail: ReadMail } | { ok: false; reason: string }

const filesMax = 60
const addressesMax = 100
const referencesMax = 50
const htmlCharsMax = 1_000_000
const textCharsMax = 100_000

/** Headers that say whether a program wrote it and what may answer, and those staff are shown. */
const keptHeaders = [
  'auto-submitted', 'precedence', 'list-id', 'list-post', 'list-unsubscribe', 'x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply-from', 'x-failed-recipients',
  'tls-report-domain', 'content-type', 'content-language', 'reply-to', 'sender', 'return-path', 'x-loop', 'feedback-id',
]

/** Parses one mail. Runs in the worker: what comes here may be built to be slow. */
export async function readMail(raw: Buffer): Promise<ReadResult> {
  const block = readHeaderBlock(raw)
  if (!block.ok) return block
  const parsed = await simpleParser(raw, { skipTextToHtml: true, skipTextLinks: true, keepCidLinks: true, skipImageLinks: true, maxHtmlLengthToParse: htmlCharsMax, checksumAlgo: false } as Parameters<typeof simpleParser>[1])
  const headers = headersOf(parsed.headerLines)
  const contentType = headers['content-type'] ?? 'text/plain'
  const html = typeof parsed.html === 'string' && parsed.html.trim() !== '' ? parsed.html : null
  const text = cleanText(parsed.text?.trim() ? parsed.text : html ? textOfHtml(html) : '', textCharsMax).replaceAll('\r\n', '\n')
  const references = idsIn([parsed.references ?? []].flat().join(' ')).slice(-referencesMax)
  const [originals, files] = split(parsed.attachments, (file) => /^(?:message\/rfc822|text\/rfc822-headers)$/i.test(file.contentType))
  const isFromMailer = /^(?:mailer-daemon|postmaster)@/i.test(parsed.from?.value[0]?.address ?? '')
  const report = deliveryReportOf({ contentType, headers, text, originals: originals.map((file) => file.content.toString('latin1', 0, 200_000)), references: [...references, ...idsIn(parsed.inReplyTo ?? '')], isFromMailer })
  const attached = report ? files : parsed.attachments
  return {
    ok: true,
    mail: {
      from: block.fromCount === 1 ? senderOf(parsed.from) : null,
      messageId: idsIn(parsed.messageId ?? '')[0] ?? null,
      inReplyTo: idsIn(parsed.inReplyTo ?? '')[0] ?? null,
      references,
      subject: cleanLine(parsed.subject, 500),
      date: dateOf(parsed.headerLines),
      text,
      html,
      cc: [parsed.to ?? [], parsed.cc ?? []].flat().flatMap((list) => list.value.slice(0, addressesMax)).flatMap((entry) => mailboxAddress(entry.address) ?? []).slice(0, addressesMax),
      headers,
      contentType,
      files: attached.slice(0, filesMax).map(fileOf),
      filesDropped: Math.max(0, attached.length - filesMax),
      report,
    },
  }
}

function senderOf(from: AddressObject | undefined): ReadMail['from'] {
  const [only, ...others] = from?.value ?? []
  if (!only || others.length > 0 || only.group) return null
  const address = mailboxAddress(only.address)
  return address ? { address, name: cleanLine(only.name) } : null
}

function headersOf(lines: readonly { key: string; line: string }[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { key, line } of lines) {
    if (!keptHeaders.includes(key) || found[key] !== undefined) continue
    found[key] = cleanLine(line.slice(line.indexOf(':') + 1), 1000) ?? ''
  }
  return found
}

/** Read here: the parser puts its own time in place of a date it cannot read. */
function dateOf(lines: readonly { key: string; line: string }[]): string | null {
  const written = lines.find(({ key }) => key === 'date')?.line.slice(0, 200).replace(/^date:/i, '') ?? ''
  const at = new Date(written.trim())
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

function idsIn(text: string): string[] {
  return [...text.slice(-200_000).matchAll(/<[^<>\s]{1,300}>/g)].map(([id]) => cleanText(id))
}

function fileOf(file: Attachment): ReadMail['files'][number] {
  return {
    name: cleanLine(file.filename) ?? '',
    contentType: /^[\w.+-]{1,60}\/[\w.+-]{1,100}/.exec(file.contentType)?.[0].toLowerCase() ?? 'application/octet-stream',
    contentId: cleanLine(file.cid, 300),
    content: file.content,
  }
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
