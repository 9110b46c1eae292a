import type { ReactNode } from 'react'
import type { Icon } from '@tabler/icons-react'
import style from './Empty.module.css'

/** What stands where nothing is: says so, and what to do about it. */
export function Empty({ icon: Shape, title, children }: { icon: Icon; title: string; children?: ReactNode }) {
  return (
    <div className={style['empty']}>
      <span className={style['disc']}><Shape size={22} stroke={1.5} aria-hidden /></span>
      <p className={style['title']}>{title}</p>
      {children !== undefined && <div className={style['text']}>{children}</div>}
    </div>
  )
}
