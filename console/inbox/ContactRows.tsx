import { useEffect, useRef } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useT } from '../i18n.tsx'
import type { ListName } from '#contract/staff-socket.ts'
import type { ContactView } from '#contract/views.ts'
import { ContactRow } from './ContactRow.tsx'
import style from './ContactRows.module.css'

const rowHeightPx = 84

/** A list of contacts, only as much of it drawn as is seen. Asks for more when its end comes into sight. */
export function ContactRows({ rows, list, conversationId, onEnd }: { rows: ContactView[]; list: ListName; conversationId: string | null; onEnd: () => void }) {
  const t = useT()
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeightPx, overscan: 8, getItemKey: (at) => rows[at]?.id ?? at })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0

  useEffect(() => {
    if (last >= rows.length - 5) onEnd()
  // Only when the end moves: `onEnd` is a new function on every render of the parent.
  }, [last, rows.length])

  useEffect(() => {
    const at = rows.findIndex((row) => row.conversationId === conversationId)
    if (at !== -1) virtual.scrollToIndex(at, { align: 'auto' })
  // Not when rows move: the list must stay where the reader's eye is.
  }, [conversationId])

  return (
    <div ref={box} className={style['box']} tabIndex={-1}>
      <ul className={style['list']} style={{ height: virtual.getTotalSize() }} aria-label={t(`lists.${list}`)}>
        {items.map((item) => {
          const row = rows[item.index]
          return row && (
            <li key={item.key} className={style['item']} style={{ transform: `translateY(${item.start}px)`, height: rowHeightPx }} aria-setsize={rows.length} aria-posinset={item.index + 1}>
              <ContactRow contact={row} list={list} isOpen={row.conversationId === conversationId} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}
