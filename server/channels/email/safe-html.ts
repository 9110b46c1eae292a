import sanitizeHtml from 'sanitize-html'

export interface SafeHtmlInput {
  html: string
  /** Content-Id of each file by its place in the message; null for those without. */
  contentIds: (string | null)[]
}

const inputCharsMax = 2_000_000
const outputCharsMax = 1_000_000
const inlineImageCharsMax = 200_000

const colour = [/^#[0-9a-f]{3,8}$/i, /^[a-z]{3,20}$/i, /^rgba?\([\d\s.,%]{3,40}\)$/i]
const length = [/^-?[\d.]{1,7}(?:px|em|rem|pt|%)?$/, /^(?:auto|0)$/]
const box = [/^(?:-?[\d.]{1,7}(?:px|em|rem|pt|%)?\s?){1,4}$/]
const word = [/^[a-z-]{1,30}$/i]

/** How a mail may look: enough to be recognised, nothing that loads, covers the screen or leaves its box. */
const allowedStyles: Record<string, RegExp[]> = {
  color: colour, 'background-color': colour, 'text-align': word, 'text-decoration': word, 'font-weight': [/^(?:[a-z]{1,10}|\d{3})$/], 'font-style': word, 'font-size': [...length, ...word],
  'font-family': [/^[\w\s,'"-]{1,200}$/], 'line-height': length, 'vertical-align': word, 'white-space': word, 'list-style-type': word, padding: box, margin: box, width: length, 'max-width': length, border: [/^[\d.]{1,4}px [a-z]{1,10} (?:#[0-9a-f]{3,8}|[a-z]{3,20})$/i], 'border-collapse': word,
}

/**
 * A mail's HTML as it may be stored: no scripts, forms, frames, styles that load, or remote images. An image the mail carries
 * itself becomes `attachment:<place>`; a remote one waits in `data-remote-src` until staff ask for it. Shown in a sandboxed
 * frame all the same: this is one wall of two.
 */
export function safeHtml({ html, contentIds }: SafeHtmlInput): string | null {
  const placeOf = new Map(contentIds.flatMap((id, place) => (id === null ? [] : [[id.toLowerCase(), place] as const])))
  const safe = sanitizeHtml(html.slice(0, inputCharsMax), {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'center', 'font', 'ins', 'del', 'details', 'summary'],
    disallowedTagsMode: 'discard',
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template', 'svg', 'math'],
    nestingLimit: 200,
    allowedAttributes: {
      '*': ['style', 'dir', 'lang', 'align', 'valign', 'title'],
      a: ['href', 'rel', 'target'],
      img: ['src', 'data-remote-src', 'alt', 'width', 'height'],
      table: ['width', 'border', 'cellpadding', 'cellspacing', 'bgcolor'],
      td: ['colspan', 'rowspan', 'width', 'bgcolor'],
      th: ['colspan', 'rowspan', 'width', 'bgcolor'],
      font: ['color', 'face', 'size'],
      ol: ['start', 'type'],
    },
    allowedStyles: { '*': allowedStyles },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['attachment', 'data'] },
    allowProtocolRelative: false,
    transformTags: {
      a: (tagName, { href, ...attribs }) => ({ tagName, attribs: { ...attribs, ...linkTarget(href ?? ''), rel: 'noopener noreferrer nofollow', target: '_blank' } }),
      img: (tagName, { src, 'data-remote-src': _ours, ...attribs }) => ({ tagName, attribs: { ...attribs, ...imageSource(src ?? '', placeOf) } }),
    },
  })
  return safe.trim() === '' || safe.length > outputCharsMax ? null : safe
}

/** A mail has no place of its own: a relative link would lead into the console of whoever reads it. */
function linkTarget(href: string): Record<string, string> {
  const address = href.trim()
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(address) ? { href: address } : {}
}

function imageSource(src: string, placeOf: Map<string, number>): Record<string, string> {
  const address = src.trim()
  if (/^cid:/i.test(address)) {
    const place = placeOf.get(decoded(address.slice(4)).toLowerCase())
    return place === undefined ? {} : { src: `attachment:${place}` }
  }
  if (/^https?:\/\//i.test(address) && address.length <= 2000) return { 'data-remote-src': address }
  return /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=\s]+$/i.test(address.slice(0, 200)) && address.length <= inlineImageCharsMax ? { src: address } : {}
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
