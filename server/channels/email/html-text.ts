/** Elements whose content is not read by people. */
const hidden = new Set(['script', 'style', 'title', 'head', 'template', 'noscript'])
const breaking = /^\/?(?:p|div|br|tr|li|h[1-6]|table|blockquote|ul|ol|hr)$/
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', '#39': "'" }

/**
 * The words in HTML by one walk from tag to tag: no tree, so neither depth nor size can stop it. For mail whose markup the
 * real converter gave up on; a preview must never be silently blank.
 */
export function textOfHtml(html: string, charsMax = 100_000): string {
  const lower = html.toLowerCase()
  let text = ''
  let at = 0
  while (at < html.length && text.length < charsMax) {
    const open = html.indexOf('<', at)
    text += html.slice(at, open < 0 ? html.length : open)
    if (open < 0) break
    const close = html.indexOf('>', open)
    if (close < 0) break
    const name = /^\/?[a-z0-9]+/.exec(lower.slice(open + 1, open + 20))?.[0] ?? ''
    if (breaking.test(name) && !text.endsWith('\n')) text += '\n'
    const end = hidden.has(name) ? lower.indexOf(`</${name}`, close) : close
    if (end < 0) break
    at = end === close ? close + 1 : end
  }
  return text
    .slice(0, charsMax)
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (entity, name: string) => entities[name] ?? entity)
    .replaceAll(/[ \t\r\u00a0]+/g, ' ')
    .replaceAll(/ ?\n[\n ]*/g, '\n')
    .trim()
}
