import type { StoredMail } from './mailboxes.ts'

export type QuotedReply = { to: string; subject: string; text: string; html: string; inReplyTo: string; references: string[] }

/** An answer as common mail programs write it: the new words above, the old mail quoted below, in text and HTML. */
export function quoteReply(original: StoredMail, words: string): QuotedReply {
  const when = new Date(original.at).toUTCString().replace(/:\d\d GMT/, '')
  const intro = `On ${when}, ${original.from} wrote:`
  const quoted = original.text.trimEnd().split('\n').map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`)).join('\n')
  return {
    to: original.replyTo ?? addressIn(original.from),
    subject: /^re:/i.test(original.subject) ? original.subject : `Re: ${original.subject}`,
    text: `${words}\n\n${intro}\n\n${quoted}\n`,
    html: `<div dir="ltr">${paragraphs(words)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">${escapeHtml(intro)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">${original.html ?? paragraphs(original.text)}</blockquote></div>`,
    inReplyTo: original.messageId,
    references: [...original.references, original.messageId].filter((id) => id !== ''),
  }
}

/** The bare address in `Name <address>`. */
export function addressIn(text: string): string {
  return /<([^<>]+)>/.exec(text)?.[1] ?? text.trim()
}

export function paragraphs(text: string): string {
  return escapeHtml(text).replaceAll('\n', '<br>\n')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
