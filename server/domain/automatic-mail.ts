/**
 * Mail written by programs (RFC 3834, RFC 3464 delivery reports, RFC 5965 feedback reports, RFC 8098 read receipts).
 * It opens no contact and gets no answer: two programs answering each other never stop.
 */
export interface MailFacts {
  /** The sender of the envelope; '' is the null return path, null means unknown (fetched by IMAP without a Return-Path). */
  returnPath: string | null
  /** Header names in lower case, first value of each, unfolded. */
  headers: Readonly<Record<string, string>>
  /** The top Content-Type with its parameters. */
  contentType: string
  /** The one address of From, or null where there is none or several. */
  from: string | null
  subject: string
  /** True when From is one of our own addresses. */
  isFromUs: boolean
}

export type AutomaticMailKind = 'bounce' | 'delay-notice' | 'delivery-receipt' | 'auto-reply' | 'complaint-report' | 'read-receipt' | 'report' | 'own'

/** What kind of automatic mail this is, with the header that says so; null: a person wrote it, as far as headers tell. */
export function automaticMailOf(mail: MailFacts): { kind: AutomaticMailKind; because: string } | null {
  if (mail.isFromUs) return { kind: 'own', because: 'from' }
  return reportOf(mail) ?? declaredOf(mail) ?? senderOf(mail)
}

/**
 * Whether our program may answer this mail: never a mailing list, bulk mail, or a sender who asked for silence.
 * A person may always answer it.
 */
export function mayAnswerAutomatically(mail: MailFacts): { may: true } | { may: false; reason: 'automatic-mail' | 'null-return-path' | 'mailing-list' | 'bulk' | 'sender-asks-silence' } {
  if (automaticMailOf(mail)) return { may: false, reason: 'automatic-mail' }
  if (mail.returnPath === '') return { may: false, reason: 'null-return-path' }
  const header = (name: string) => headerOf(mail, name)
  if (header('list-id') || header('list-post') || header('precedence') === 'list') return { may: false, reason: 'mailing-list' }
  if (header('list-unsubscribe') || ['bulk', 'junk'].includes(header('precedence') ?? '')) return { may: false, reason: 'bulk' }
  const suppress = header('x-auto-response-suppress')
  if (suppress && suppress !== 'none') return { may: false, reason: 'sender-asks-silence' }
  return { may: true }
}

/** Header names come from outside: only own properties count. */
function headerOf(mail: MailFacts, name: string): string | undefined {
  return Object.hasOwn(mail.headers, name) ? mail.headers[name]!.trim().toLowerCase() : undefined
}

function reportOf(mail: MailFacts) {
  const contentType = mail.contentType.toLowerCase()
  if (contentType.startsWith('multipart/report')) {
    const reportType = /report-type\s*=\s*"?([a-z-]+)/.exec(contentType)?.[1] ?? ''
    return { kind: reportKinds[reportType] ?? 'report', because: `report-type ${reportType || 'missing'}` } as const
  }
  if (contentType.startsWith('message/delivery-status')) return { kind: 'bounce', because: 'content-type' } as const
  if (contentType.startsWith('message/feedback-report')) return { kind: 'complaint-report', because: 'content-type' } as const
  if (headerOf(mail, 'x-failed-recipients') !== undefined) return { kind: 'bounce', because: 'x-failed-recipients' } as const
  if (headerOf(mail, 'tls-report-domain') !== undefined || /^report domain:/i.test(mail.subject)) return { kind: 'report', because: 'subject' } as const
  return null
}

const reportKinds: Record<string, AutomaticMailKind> = {
  'delivery-status': 'bounce',
  'feedback-report': 'complaint-report',
  'disposition-notification': 'read-receipt',
  tlsrpt: 'report',
}

function declaredOf(mail: MailFacts) {
  // NOTE: the value may carry a comment or parameters: "auto-replied (vacation)".
  const submitted = headerOf(mail, 'auto-submitted')
  if (submitted && !/^no(?![a-z-])/.test(submitted)) {
    return { kind: submitted.startsWith('auto-replied') ? 'auto-reply' : 'report', because: 'auto-submitted' } as const
  }
  for (const name of ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply-from']) {
    const value = headerOf(mail, name)
    if (value && value !== 'no' && value !== 'false') return { kind: 'auto-reply', because: name } as const
  }
  if (headerOf(mail, 'precedence') === 'auto_reply') return { kind: 'auto-reply', because: 'precedence' } as const
  return null
}

function senderOf(mail: MailFacts) {
  const mailbox = mail.from?.split('@')[0]?.toLowerCase()
  if (mailbox === 'mailer-daemon' || (mail.returnPath === '' && mailbox === 'postmaster')) return { kind: 'bounce', because: 'from' } as const
  if (mail.returnPath === '') return { kind: 'bounce', because: 'null return path' } as const
  return null
}
