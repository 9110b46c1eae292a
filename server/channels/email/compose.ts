import type { AccountWithSecrets, OutboundItem, OutboundPayload, OutboundThread } from '../channel.ts'
import { cleanLine } from '../clean-text.ts'

type Message = Extract<OutboundPayload, { kind: 'message' }>

export interface ComposedMail {
  messageId: string
  content: Buffer
}

const quotedCharsMax = 20_000
const referencesMax = 20

/**
 * A mail of ours: text and HTML, in its thread, quoting only the mail it answers. The Message-ID is the item's, the same at
 * every attempt, so that a mail that went out twice is shown once. Nothing is read from files or addresses.
 */
export async function composeMail(item: OutboundItem, message: Message, account: AccountWithSecrets, mailDomain: string): Promise<ComposedMail> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const { thread } = message
  const messageId = thread?.messageId ?? `<${item.id}@${mailDomain}>`
  const references = [...(thread?.references ?? []), ...(thread?.inReplyTo ? [thread.inReplyTo] : [])]
  const mail = new MailComposer({
    disableFileAccess: true,
    disableUrlAccess: true,
    from: { name: account.name, address: account.address },
    to: item.to,
    cc: message.cc,
    ...(thread?.replyTo ? { replyTo: thread.replyTo } : {}),
    messageId,
    ...(thread?.inReplyTo ? { inReplyTo: thread.inReplyTo } : {}),
    references: [...new Set(references)].slice(-referencesMax),
    subject: subjectOf(message, account.name),
    text: message.text + quotedText(thread?.quoted),
    html: htmlOf(message) + quotedHtml(thread?.quoted),
    // RFC 3834: what a program writes says so, and asks other programs for silence.
    headers: message.isAutomatic ? { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', Precedence: 'auto_reply' } : {},
    attachments: await Promise.all(message.files.map(async (file) => ({ filename: file.name, contentType: file.contentType, content: Buffer.from(await file.read()) }))),
  })
  return { messageId, content: await mail.compile().build() }
}

function subjectOf({ subject, thread, text }: Message, accountName: string): string {
  const own = cleanLine(subject, 300) ?? (thread?.inReplyTo ? accountName : (cleanLine(text, 60) ?? accountName))
  return thread?.inReplyTo && !/^re:/i.test(own) ? `Re: ${own}` : own
}

function quotedText(quoted: OutboundThread['quoted'] | undefined): string {
  if (!quoted) return ''
  return `\n\n${introOf(quoted)}\n${quoted.text.slice(0, quotedCharsMax).split('\n').map((line) => `> ${line}`).join('\n')}\n`
}

function quotedHtml(quoted: OutboundThread['quoted'] | undefined): string {
  return quoted ? `<div style="margin-top:1.5em">${escaped(introOf(quoted))}<blockquote style="margin:0.5em 0 0;padding:0 0 0 1em;border-left:2px solid #ccc">${linesOf(quoted.text.slice(0, quotedCharsMax))}</blockquote></div>` : ''
}

/** Who and when, in signs every language reads. */
function introOf(quoted: NonNullable<OutboundThread['quoted']>): string {
  return `${cleanLine(quoted.author) ?? '–'} · ${quoted.at.toISOString().slice(0, 16).replace('T', ' ')} UTC:`
}

function htmlOf({ html, text }: Message): string {
  return html ?? `<div>${linesOf(text)}</div>`
}

function linesOf(text: string): string {
  return escaped(text).replaceAll('\n', '<br>')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
