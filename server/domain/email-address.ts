export type EmailAddress = { kind: 'address'; value: string } | { kind: 'invalid'; because: 'empty' | 'too-long' | 'no-address' | 'no-domain' }

/**
 * Normalises a mail address: the domain in lower case ASCII (IDNA), the mailbox in lower case too, since no provider in use tells
 * "Mei@" from "mei@" and two customers for one mailbox would be worse. Dots and "+tags" stay: to fold them is one provider's rule, and
 * folding wrongly gives one person another's mail.
 */
export function emailAddressOf(raw: string): EmailAddress {
  const text = raw.replaceAll('\0', '').normalize('NFC').trim().replace(/^<([^<>]*)>$/, '$1')
  if (text === '') return { kind: 'invalid', because: 'empty' }
  if (text.length > 254) return { kind: 'invalid', because: 'too-long' }
  const at = text.lastIndexOf('@')
  const mailbox = text.slice(0, at)
  if (at < 1 || /[\s<>,;:\\"[\]()]/.test(mailbox) || mailbox.length > 64 || mailbox.includes('@')) return { kind: 'invalid', because: 'no-address' }
  const domain = asciiDomain(text.slice(at + 1))
  return domain === null ? { kind: 'invalid', because: 'no-domain' } : { kind: 'address', value: `${mailbox.toLowerCase()}@${domain}` }
}

function asciiDomain(raw: string): string | null {
  if (!/^[\p{L}\p{M}\p{N}.-]{1,253}$/u.test(raw)) return null
  const domain = URL.canParse(`http://${raw}`) ? new URL(`http://${raw}`).hostname.replace(/\.$/, '') : ''
  const labels = domain.split('.')
  return labels.length >= 2 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) && !/^\d+$/.test(labels.at(-1)!) ? domain : null
}
