import type { ReactNode } from 'react'
import style from './Page.module.css'

/** A screen that scrolls: title, what it is for, what can be done, and its content. */
export function Page({ title, text, action, width = 'wide', children }: { title: string; text?: string; action?: ReactNode; width?: 'wide' | 'narrow'; children: ReactNode }) {
  return (
    <div className={style['page']} tabIndex={0} role="region" aria-label={title}>
      <div className={style['inner']} data-width={width}>
        <header className={style['head']}>
          <div><h1>{title}</h1>{text !== undefined && <p>{text}</p>}</div>
          {action}
        </header>
        {children}
      </div>
    </div>
  )
}

/** A framed part of a page. */
export function Panel({ title, text, children }: { title?: string; text?: string; children: ReactNode }) {
  return (
    <section className={style['panel']} aria-label={title}>
      {title !== undefined && <h2>{title}</h2>}
      {text !== undefined && <p className={style['text']}>{text}</p>}
      {children}
    </section>
  )
}
