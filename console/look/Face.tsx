import type { Channel, Presence } from '#contract/words.ts'
import { ChannelIcon } from './ChannelIcon.tsx'
import style from './Face.module.css'

/** Initials on a calm colour that stays with the name; in the corner the channel, or a person's presence. Decoration. */
export function Face({ label, size = 36, channel, presence }: { label: string; size?: number; channel?: Channel; presence?: Presence }) {
  return (
    <span className={style['face']} aria-hidden data-initials={initialsOf(label)} style={{ '--size': `${size}px`, '--hue': String(hueOf(label)) }}>
      {channel && <span className={style['corner']}><ChannelIcon channel={channel} size={12} /></span>}
      {presence && <span className={style['presence']} data-presence={presence} />}
    </span>
  )
}

export function initialsOf(label: string): string {
  // The last digits are what tells one number from another.
  if (/^[+\d\s()-]+$/.test(label)) return label.replace(/\D/g, '').slice(-2) || '?'
  const words = label.replace(/[^\p{L}\p{N}\s]/gu, ' ').trim().split(/\s+/)
  const first = [...(words[0] ?? '')]
  // A Chinese name is known by its family name's character, not by two letters.
  if (first[0] && /\p{Script=Han}/u.test(first[0])) return first[0]
  const second = [...(words.at(-1) ?? '')]
  return ((first[0] ?? '?') + (words.length > 1 ? (second[0] ?? '') : (first[1] ?? ''))).toUpperCase()
}

function hueOf(label: string): number {
  let sum = 7
  for (const letter of label) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360
  return sum
}
