import { useEffect, useState } from 'preact/hooks'
import type { Person, Snapshot, TextView } from '../views.ts'
import { Composer, Device, Lines } from './device.tsx'
import { useTimes, useWords } from './i18n.ts'
import { Files } from './uploads.tsx'
import { act } from './world.ts'

const windowMs = 24 * 3_600_000

/** SMS or WhatsApp with one of the hub's numbers. */
export function Texts({ world, person, channel }: { world: Snapshot; person: Person; channel: 'sms' | 'whatsapp' }) {
  const t = useWords()
  const numbers = world.hubNumbers.filter((number) => number.capabilities.includes(channel)).map((number) => number.phoneNumber)
  const [chosen, setChosen] = useState('')
  const hub = chosen || (numbers[0] ?? '')
  const texts = world.texts.filter((text) => text.channel === channel && text.customer === person.phone && text.hub === hub)
  const unread = channel === 'whatsapp' ? texts.filter((text) => text.by === 'hub' && text.status === 'delivered').length : 0
  useEffect(() => {
    if (unread > 0 && document.visibilityState === 'visible') void act('texts/read', { customer: person.phone })
  }, [unread, person.phone])
  const detail =
    numbers.length > 1 ? (
      <select aria-label={t('to')} value={hub} onChange={(event) => setChosen(event.currentTarget.value)}>
        {numbers.map((number) => (
          <option key={number}>{number}</option>
        ))}
      </select>
    ) : (
      t('writeTo', { number: hub })
    )
  return (
    <Device name={channel} detail={detail}>
      {channel === 'whatsapp' && <Window texts={texts} />}
      <Lines label={t(channel)} count={texts.length}>
        {texts.length === 0 && <p class="empty">{t('noMessages')}</p>}
        {texts.map((text) => (
          <Bubble key={text.id} text={text} />
        ))}
      </Lines>
      <Composer label={t('message')} button={t('send')} onSend={(text, files) => act('texts', { channel, from: person.phone, to: hub, text, files, profileName: person.name })} />
    </Device>
  )
}

function Window({ texts }: { texts: TextView[] }) {
  const t = useWords()
  const time = useTimes()
  const last = texts.findLast((text) => text.by === 'customer')
  const until = last ? new Date(last.at).getTime() + windowMs : 0
  const isOpen = until > Date.now()
  return <p class={isOpen ? 'window open' : 'window'}>{isOpen ? t('windowOpen', { time: time(new Date(until).toISOString()) }) : t('windowClosed')}</p>
}

const ticks: Readonly<Record<string, string>> = { queued: '…', sending: '…', sent: '✓', delivered: '✓✓', read: '✓✓', received: '✓' }

function Bubble({ text }: { text: TextView }) {
  const t = useWords()
  const time = useTimes()
  const isMine = text.by === 'customer'
  return (
    <article class={isMine ? 'bubble mine' : 'bubble'}>
      <Files files={text.files} />
      <p dir="auto">{text.text}</p>
      <footer>
        {text.by === 'provider' && <span>{t('fromProvider')} · </span>}
        {text.errorCode === null ? null : <span class="bad">{t('failed', { code: text.errorCode })} · </span>}
        <time dateTime={text.at}>{time(text.at)}</time> {isMine && <span aria-hidden="true">{ticks[text.status] ?? ''}</span>}
      </footer>
    </article>
  )
}
