import type { ComponentChildren } from 'preact'

const linkPattern = /https?:\/\/[^\s<>"'`]{1,2000}/g
const trailing = /[.,;:!?)\]}，。；：！？）】]+$/

/** Text as text: what looks like a web address becomes a link to exactly what is shown, everything else stays characters. */
export function linked(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = []
  let at = 0
  for (const match of text.matchAll(linkPattern)) {
    const shown = match[0].replace(trailing, '')
    if (!URL.canParse(shown)) continue
    parts.push(text.slice(at, match.index), <a href={new URL(shown).href} target="_blank" rel="noopener noreferrer nofollow ugc">{shown}</a>)
    at = match.index + shown.length
  }
  parts.push(text.slice(at))
  return parts
}
