import { useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { IconArrowDown } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { applyEarlier } from '#contract/inbox-state.ts'
import { conversations as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { inbox, useInbox, useScreen } from '../state/inbox.ts'
import { TimelineItem } from './TimelineItem.tsx'
import { rowsOf } from './timeline-rows.ts'
import { latestInbound, markRead, useTimeline } from './use-conversation.ts'
import style from './Timeline.module.css'

const nearEndPx = 120

/** A conversation in its order, kept at its end while one reads there, and still where one scrolled up to. */
export function Timeline({ conversationId }: { conversationId: string }) {
  const t = useT()
  const formats = useFormats()
  const messages = useTimeline(conversationId)
  const hasEarlier = useInbox((state) => state.conversations[conversationId]?.hasEarlier ?? false)
  // The mark stays where it was when the conversation was opened, though reading moves on.
  const [readMessageId] = useState(() => inbox.get().conversations[conversationId]?.readMessageId ?? null)
  const typing = useScreen((state) => state.typing[conversationId])
  const rows = useMemo(() => rowsOf(messages, readMessageId, formats.isSameDay), [messages, readMessageId, formats])
  const box = useRef<HTMLDivElement>(null)
  const [isAway, setIsAway] = useState(false)
  const away = useRef(false)
  const { act, isBusy } = useAct()

  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => box.current, estimateSize: (at) => (rows[at]?.kind === 'message' ? 76 : 40), overscan: 6,
    getItemKey: (at) => rows[at]?.key ?? at, anchorTo: 'end', followOnAppend: true, scrollEndThreshold: nearEndPx, paddingStart: 12, paddingEnd: 12,
    useAnimationFrameWithResizeObserver: true,
  })

  const loadEarlier = (): void => {
    const first = messages[0]
    if (!first || isBusy) return
    void act(async () => {
      const page = await api.earlier(conversationId, first.id)
      inbox.set((state) => applyEarlier(state, conversationId, page.items, page.hasEarlier))
    })
  }

  useEffect(() => {
    const element = box.current
    if (!element) return
    virtual.scrollToEnd()
    // The composer below grows with what is written; who reads at the end stays there.
    const sizes = new ResizeObserver(() => { if (!away.current) virtual.scrollToEnd() })
    sizes.observe(element)
    return () => sizes.disconnect()
  }, [])

  const latest = latestInbound(messages)
  useEffect(() => {
    const mark = (): void => { if (latest && !isAway && document.hasFocus()) markRead(conversationId, latest.id) }
    mark()
    addEventListener('focus', mark)
    return () => removeEventListener('focus', mark)
  }, [conversationId, latest, isAway])

  const onScroll = (): void => {
    const element = box.current
    if (!element) return
    away.current = element.scrollHeight - element.scrollTop - element.clientHeight > nearEndPx
    setIsAway(away.current)
    if (hasEarlier && element.scrollTop < 300) loadEarlier()
  }

  return (
    <div className={style['frame']}>
      <div ref={box} className={style['box']} onScroll={onScroll} role="log" aria-label={t('timeline.label')} aria-busy={isBusy} tabIndex={0}>
        {hasEarlier && <div className={style['earlier']}><Button variant="subtle" size="compact-sm" loading={isBusy} onClick={loadEarlier}>{t('timeline.earlier')}</Button></div>}
        <div className={style['rows']} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            return row && (
              <div key={item.key} data-index={item.index} ref={virtual.measureElement} className={style['row']} style={{ transform: `translateY(${item.start}px)` }}>
                {row.kind === 'day' && <h2 className={style['day']}><span>{formats.day(row.at)}</span></h2>}
                {row.kind === 'new' && <p className={style['new']}><span>{t('timeline.new')}</span></p>}
                {row.kind === 'message' && <TimelineItem message={row.message} continues={row.continues} />}
              </div>
            )
          })}
        </div>
        <p className={style['typing']} role="status">{typing ? t('timeline.typing', { name: typing.who }) : ''}</p>
      </div>
      {isAway && (
        <Button className={style['toEnd']} size="compact-sm" variant="default" radius="xl" leftSection={<IconArrowDown size={14} aria-hidden />} onClick={() => virtual.scrollToEnd({ behavior: 'smooth' })}>{t('timeline.toEnd')}</Button>
      )}
    </div>
  )
}
