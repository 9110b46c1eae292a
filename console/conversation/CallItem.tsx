import { IconPhone, IconPhoneIncoming, IconPhoneOff, IconPhoneOutgoing } from '@tabler/icons-react'
import type { MessageView } from '#contract/views.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { useNow } from '../state/now.ts'
import { Attachments } from './Attachments.tsx'
import style from './CallItem.module.css'

/** One call: how it went, with its times. */
export function CallItem({ message }: { message: MessageView }) {
  const t = useT()
  const formats = useFormats()
  const { call } = message
  const isLive = call !== null && call.endedAt === null
  const Shape = isLive ? IconPhone : call?.bridgedAt === null ? IconPhoneOff : message.direction === 'outbound' ? IconPhoneOutgoing : IconPhoneIncoming
  const title = isLive ? t(keyFor('callState', call.state, 'callState.other')) : call?.bridgedAt ? t('call.answered') : call?.state === 'voicemail' ? t('call.voicemail') : t('call.missed')
  return (
    <article className={style['call']} data-live={isLive || undefined} data-missed={(!isLive && !call?.bridgedAt) || undefined} aria-label={t('call.label', { name: message.author.name })}>
      <span className={style['icon']}><Shape size={18} stroke={1.7} aria-hidden /></span>
      <div className={style['body']}>
        <div className={style['title']}>
          <strong>{title}</strong>
          {message.address !== null && <span dir="ltr">{message.address}</span>}
          {message.unverified && <Mark tone="warn">{t('marks.unverified')}</Mark>}
        </div>
        <dl className={style['times']}>
          <div><dt>{t('call.began')}</dt><dd><time dateTime={call?.startedAt ?? message.at}>{formats.time(call?.startedAt ?? message.at)}</time></dd></div>
          {call?.waitMs != null && <div><dt>{t('call.waited')}</dt><dd>{formats.duration(call.waitMs)}</dd></div>}
          {call?.talkMs != null && call.endedAt !== null && <div><dt>{t('call.talked')}</dt><dd>{formats.duration(call.talkMs)}</dd></div>}
          {isLive && <Running since={call.bridgedAt ?? call.startedAt} />}
          {call?.endReason != null && <div><dt>{t('call.ended')}</dt><dd>{t(keyFor('callEnd', call.endReason, 'callEnd.other'), { code: call.endReason })}</dd></div>}
        </dl>
        {message.text !== '' && <p className={style['text']} dir="auto">{message.text}</p>}
        <Attachments attachments={message.attachments} />
      </div>
    </article>
  )
}

function Running({ since }: { since: string }) {
  const t = useT()
  const formats = useFormats()
  const now = useNow()
  return <div><dt>{t('call.running')}</dt><dd className="tabular">{formats.duration(Math.max(0, now - Date.parse(since)))}</dd></div>
}
