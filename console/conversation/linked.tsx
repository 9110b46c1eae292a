import type { ReactNode } from 'react'

const address = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]。，；：！？）])/g

/** Text as text, with web addresses made clickable; nothing else of it is ever markup. */
export function linked(text: string): ReactNode {
  const parts = text.split(address)
  if (parts.length === 1) return text
  return parts.map((part, at) => (at % 2 === 1 ? <a key={at} href={part} target="_blank" rel="noopener noreferrer nofollow">{part}</a> : part))
}
