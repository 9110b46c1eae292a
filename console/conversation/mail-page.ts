import DOMPurify from 'dompurify'

export interface MailPage {
  /** Pictures wait on the internet: loading them tells the sender that somebody looked. */
  hasRemote: boolean
  /** Places in the message's attachments of the pictures the mail shows. */
  places: number[]
  /** The whole page for the frame, with the addresses of its own pictures by their place. */
  render: (look: { pictures: ReadonlyMap<number, string>; showsRemote: boolean; scheme: 'light' | 'dark' }) => string
}

/** A mail's HTML as the server stored it, cleaned again, and the page a frame shows of it. Its own pictures stand as `attachment:<place>`, foreign ones in `data-remote-src`. */
export function mailPageOf(html: string): MailPage {
  const body = DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true }, FORBID_TAGS: ['form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'base', 'meta', 'link', 'svg', 'math', 'style'],
    ADD_ATTR: ['target', 'data-remote-src'], ALLOW_DATA_ATTR: false, ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel|attachment):/i, RETURN_DOM_FRAGMENT: true,
  })
  const places = [...body.querySelectorAll('img')].map(placeOf).filter((place) => place !== null)
  return {
    hasRemote: body.querySelector('[data-remote-src]') !== null,
    places: [...new Set(places)],
    render({ pictures, showsRemote, scheme }) {
      const copy = document.createElement('div')
      copy.append(body.cloneNode(true))
      for (const image of copy.querySelectorAll('img')) {
        const place = placeOf(image)
        const remote = image.getAttribute('data-remote-src')
        if (place !== null) setSource(image, pictures.get(place))
        // Our own page loads over https only, and so does what stands in it.
        else if (remote !== null) setSource(image, showsRemote ? remote.replace(/^http:/i, 'https:') : undefined)
      }
      return pageOf(copy.innerHTML, showsRemote, scheme)
    },
  }
}

function placeOf(image: HTMLImageElement): number | null {
  const place = /^attachment:(\d{1,4})$/.exec(image.getAttribute('src') ?? '')?.[1]
  return place === undefined ? null : Number(place)
}

function setSource(image: HTMLImageElement, source: string | undefined): void {
  if (source === undefined) image.removeAttribute('src')
  else image.setAttribute('src', source)
}

function pageOf(body: string, showsRemote: boolean, scheme: 'light' | 'dark'): string {
  const pictures = showsRemote ? "img-src data: https: 'self'" : "img-src data: 'self'"
  const colors = scheme === 'dark' ? 'background:#fbfcfb;color:#1f2725;border-radius:8px;padding:12px' : 'background:transparent;color:#1f2725;padding:2px'
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; ${pictures}"><base target="_blank"><style>html{overflow-x:auto}body{margin:0;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere;${colors}}img{max-width:100%;height:auto}img:not([src]){min-width:60px;min-height:30px;outline:1px dashed #a9b5b1;outline-offset:-1px}blockquote{margin:8px 0;padding-left:12px;border-left:3px solid #d2dad7}</style></head><body>${body}</body></html>`
}
