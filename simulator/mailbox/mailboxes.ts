import { randomUUID } from 'node:crypto'
import { type ParsedMail, simpleParser } from 'mailparser'
import { type FileStore, viewFile } from '../files.ts'
import type { Feed } from '../feed.ts'
import type { MailView } from '../views.ts'

export type StoredMail = MailView & { raw: Buffer }

const mailsMax = 5_000

/** The customers' mailboxes by address: what the hub sent them and what they sent. */
export class Mailboxes {
  readonly mails = new Map<string, StoredMail>()
  readonly #feed: Feed
  readonly #files: FileStore

  constructor(feed: Feed, files: FileStore) {
    this.#feed = feed
    this.#files = files
  }

  list(): MailView[] {
    return [...this.mails.values()].map(viewMail)
  }

  /** Files a raw mail in somebody's box. */
  async keep(mailbox: string, box: MailView['box'], raw: Buffer, response: string | null = null): Promise<StoredMail> {
    const parsed = await simpleParser(raw, { skipImageLinks: true })
    const mail: StoredMail = {
      id: randomUUID(),
      mailbox: mailbox.toLowerCase(),
      box,
      from: parsed.from?.text ?? '',
      to: addressText(parsed.to),
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: typeof parsed.html === 'string' ? parsed.html : null,
      messageId: parsed.messageId ?? '',
      inReplyTo: parsed.inReplyTo ?? null,
      references: listOf(parsed.references),
      replyTo: parsed.replyTo?.value[0]?.address ?? null,
      autoSubmitted: isAutomatic(parsed),
      files: parsed.attachments.map((file) => viewFile(this.#files.put({ name: file.filename ?? 'file', contentType: file.contentType, bytes: file.content }))),
      response,
      at: new Date().toISOString(),
      raw,
    }
    this.mails.set(mail.id, mail)
    if (this.mails.size > mailsMax) {
      const [oldest] = this.mails.keys()
      if (oldest !== undefined) this.mails.delete(oldest)
    }
    this.#feed.publish({ kind: 'mail', item: viewMail(mail) })
    return mail
  }
}

function viewMail({ raw: _raw, ...view }: StoredMail): MailView {
  return view
}

function addressText(address: ParsedMail['to']): string {
  if (!address) return ''
  return Array.isArray(address) ? address.map((each) => each.text).join(', ') : address.text
}

function listOf(references: string | string[] | undefined): string[] {
  if (references === undefined) return []
  return typeof references === 'string' ? references.split(/\s+/) : references
}

function isAutomatic(mail: ParsedMail): boolean {
  const value = mail.headers.get('auto-submitted')
  return typeof value === 'string' && value.toLowerCase() !== 'no'
}
