import type { ReactNode } from 'react'
import style from './Mark.module.css'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

/** A small word in a soft pill: state, tier, unverified. */
export function Mark({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return <span className={style['mark']} data-tone={tone} title={title}>{children}</span>
}
