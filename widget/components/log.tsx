import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { lastSeenAt } from '../state.ts'
import { useParts } from './context.ts'
import { Message, UnsentMessage } from './message.tsx'

const nearBottomPx = 60

/** The conversation. Stays at its end while the reader is there, and where they are when they have scrolled up. */
export function Log() {
  const { client, say, formats } = useParts()
  const { messages, outbox, hasEarlier, typing } = client.state
  const box = useRef<HTMLDivElement>(null)
  const place = useRef({ atEnd: true, height: 0, firstId: '' })
  const [hasNews, setNews] = useState(false)
  const seenAt = lastSeenAt(messages)
  const lastId = outbox.at(-1)?.clientId ?? messages.at(-1)?.id

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const firstId = messages[0]?.id ?? ''
    if (place.current.atEnd || outbox.length > 0) element.scrollTop = element.scrollHeight
    else if (firstId !== place.current.firstId) element.scrollTop += element.scrollHeight - place.current.height
    else setNews(true)
    place.current = { ...place.current, height: element.scrollHeight, firstId }
  }, [lastId, messages.length, typing])

  const onScroll = (): void => {
    const element = box.current
    if (!element) return
    place.current.atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearBottomPx
    if (place.current.atEnd) setNews(false)
  }
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
  }
  return (
    <div class="log-frame">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
      <div class="log" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="polite" aria-label={say('log')}>
        {hasEarlier && <button type="button" class="link wide" onClick={() => void client.earlier()}>{say('earlier')}</button>}
        {messages.length === 0 && outbox.length === 0 && client.state.connection !== 'connecting' && <p class="empty">{say('empty')}</p>}
        <ol>
          {messages.map((message, index) => {
            const before = messages[index - 1]
            const isNewDay = !before || !formats.isSameDay(before.at, message.at)
            return [
              isNewDay && <li key={`day-${message.id}`} class="day">{formats.isSameDay(message.at, new Date()) ? say('today') : formats.day(message.at)}</li>,
              <Message key={message.id} message={message} isSeen={message.at < seenAt} showsAuthor={isNewDay || before.direction !== message.direction || before.authorName !== message.authorName} />,
            ]
          })}
          {outbox.map((message) => <UnsentMessage key={message.clientId} message={message} />)}
        </ol>
        {typing !== null && <p class="typing">{typing ? say('chat.typing', { name: typing }) : say('chat.typingNobody')}</p>}
      </div>
      {hasNews && <button type="button" class="news" onClick={toEnd}>{say('newBelow')}</button>}
    </div>
  )
}
