import { randomUUID } from 'node:crypto'
import type { StoredMail } from './mailboxes.ts'
import type { OutgoingMail } from './outgoing.ts'

/** A delivery status notification (RFC 3464) for a mail that could not be delivered, to its envelope's sender. */
export function bounceOf(original: StoredMail, returnPath: string): { raw: Buffer; to: string } {
  const boundary = `=_${randomUUID()}`
  const domain = original.mailbox.split('@').at(-1) ?? 'example'
  const headersEnd = original.raw.indexOf('\r\n\r\n')
  const headers = original.raw.subarray(0, headersEnd === -1 ? original.raw.length : headersEnd).toString('utf8')
  const raw = [
    `From: Mail Delivery System <MAILER-DAEMON@${domain}>`, `To: ${returnPath}`, 'Subject: Undelivered Mail Returned to Sender', `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@${domain}>`, 'Auto-Submitted: auto-replied', 'MIME-Version: 1.0', `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`, '',
    `--${boundary}`, 'Content-Type: text/plain; charset=utf-8', '', `I'm sorry to have to inform you that your message could not be delivered to <${original.mailbox}>: user unknown.`, '',
    `--${boundary}`, 'Content-Type: message/delivery-status', '', `Reporting-MTA: dns; mx.${domain}`, `Arrival-Date: ${new Date(original.at).toUTCString().replace('GMT', '+0000')}`, '',
    `Final-Recipient: rfc822; ${original.mailbox}`, 'Action: failed', 'Status: 5.1.1', `Diagnostic-Code: smtp; 550 5.1.1 <${original.mailbox}>: user unknown`, '',
    `--${boundary}`, 'Content-Type: text/rfc822-headers', '', headers, '', `--${boundary}--`, '',
  ].join('\r\n')
  return { raw: Buffer.from(raw), to: returnPath }
}

/** An out-of-office answer, marked as automatic (RFC 3834). */
export function autoReplyTo(original: StoredMail, returnPath: string): OutgoingMail {
  return {
    from: original.mailbox,
    to: returnPath,
    subject: `Automatic reply: ${original.subject}`,
    text: 'I am out of the office and will answer when I am back.',
    inReplyTo: original.messageId,
    references: [original.messageId],
    headers: { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All', Precedence: 'auto_reply' },
    envelopeFrom: '',
  }
}
