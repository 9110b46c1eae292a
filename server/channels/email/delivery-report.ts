import type { DeliveryReport } from '../channel.ts'
import { cleanLine } from '../clean-text.ts'

/** What a bounce is made from: its words (fields of the report among them) and the copies of the original it carries. */
export interface ReportParts {
  contentType: string
  headers: Record<string, string>
  text: string
  /** `message/rfc822` and `text/rfc822-headers` parts. */
  originals: string[]
  references: string[]
  isFromMailer: boolean
}

const actions: Record<string, DeliveryReport['action']> = { failed: 'failed', delayed: 'delayed', delivered: 'delivered', relayed: 'delivered', expanded: 'delivered' }

/** The report of a mail server on a mail of ours (RFC 3464), also from servers that write it as prose; null for other mail. */
export function deliveryReportOf(parts: ReportParts): DeliveryReport | null {
  const isReport = /multipart\/report/i.test(parts.contentType) && /delivery-status/i.test(parts.contentType)
  const failed = parts.headers['x-failed-recipients']
  if (!isReport && !failed && !parts.isFromMailer) return null
  const field = (name: string) => cleanLine(new RegExp(`^${name}:[ \\t]*(?:[a-z0-9-]+;)?[ \\t]*(.{1,300})$`, 'im').exec(parts.text.slice(0, 200_000))?.[1])
  const recipient = field('Final-Recipient') ?? field('Original-Recipient') ?? failed ?? null
  const status = field('Status')
  return {
    originalMessageId: messageIdIn([...parts.originals, parts.text]) ?? parts.references.at(-1) ?? null,
    recipient: recipient?.toLowerCase().replaceAll(/[<>\s]/g, '').slice(0, 254) ?? null,
    action: actions[field('Action')?.toLowerCase() ?? ''] ?? (status?.startsWith('4') ? 'delayed' : isReport || failed ? 'failed' : 'other'),
    detail: [status, field('Diagnostic-Code')].filter((part) => part !== null).join(' ').slice(0, 300),
  }
}

function messageIdIn(texts: string[]): string | null {
  for (const text of texts) {
    const id = /^message-id:[ \t]*(<[^<>\s]{1,300}>)/im.exec(text.slice(0, 200_000))?.[1]
    if (id) return id
  }
  return null
}
