import { randomUUID } from 'node:crypto'
import { createTransport } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import type { StoredFile } from '../files.ts'
import type { DomainKeys } from './domain-keys.ts'

export type OutgoingMail = {
  from: string
  fromName?: string
  to: string
  subject: string
  text: string
  html?: string
  inReplyTo?: string
  references?: string[]
  files?: StoredFile[]
  headers?: Record<string, string>
  /** Without a signature the mail is what a forger could send. */
  isSigned?: boolean
  /** The envelope's sender; empty for a bounce. */
  envelopeFrom?: string
}

/** How the hub's SMTP listener took a mail. */
export type SmtpResult = { isAccepted: boolean; response: string; raw: Buffer }

/** The customers' mail servers: they sign with DKIM and deliver to the hub by SMTP. */
export class OutgoingMails {
  readonly #keys: DomainKeys
  readonly #hub: { host: string; port: number }

  constructor(keys: DomainKeys, hub: { host: string; port: number }) {
    this.#keys = keys
    this.#hub = hub
  }

  async send(mail: OutgoingMail): Promise<SmtpResult> {
    const domain = mail.from.split('@').at(-1) ?? ''
    const isSigned = mail.isSigned ?? true
    if (isSigned) this.#keys.add(domain)
    const composer = new MailComposer({
      from: { name: mail.fromName ?? '', address: mail.from },
      to: mail.to,
      subject: mail.subject,
      text: mail.text,
      ...(mail.html === undefined ? {} : { html: mail.html }),
      ...(mail.inReplyTo === undefined ? {} : { inReplyTo: mail.inReplyTo }),
      ...(mail.references === undefined ? {} : { references: mail.references }),
      messageId: `<${randomUUID()}@${domain}>`,
      headers: mail.headers ?? {},
      attachments: (mail.files ?? []).map((file) => ({ filename: file.name, contentType: file.contentType, content: file.bytes })),
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const raw = await composer.compile().build()
    return this.sendRaw(raw, { from: mail.envelopeFrom ?? mail.from, to: [mail.to] }, isSigned ? domain : null)
  }

  /** Delivers a finished mail; `signingDomain` null leaves it as it is. */
  async sendRaw(raw: Buffer, envelope: { from: string; to: string[] }, signingDomain: string | null): Promise<SmtpResult> {
    const transport = createTransport({
      host: this.#hub.host,
      port: this.#hub.port,
      secure: false,
      ignoreTLS: true,
      name: 'mail.customers.example',
      connectionTimeout: 5_000,
      socketTimeout: 20_000,
      ...(signingDomain === null ? {} : { dkim: { domainName: signingDomain, keySelector: this.#keys.selector, privateKey: await this.#keys.privateKey(signingDomain) } }),
    })
    try {
      const info = await transport.sendMail({ envelope, raw })
      return { isAccepted: true, response: info.response, raw }
    } catch (error) {
      return { isAccepted: false, response: error instanceof Error ? error.message : 'unknown', raw }
    } finally {
      transport.close()
    }
  }
}
