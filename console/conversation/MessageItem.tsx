import { useState } from 'react'
import { Button } from '@mantine/core'
import { IconAlertTriangle, IconNote } from '@tabler/icons-react'
import type { MessageView } from '#contract/views.ts'
import { useFormats, useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { Face } from '../look/Face.tsx'
import { Mark } from '../look/Mark.tsx'
import { Attachments } from './Attachments.tsx'
import { DeliveryState } from './DeliveryState.tsx'
import { MailFrame } from './MailFrame.tsx'
import { linked } from './linked.tsx'
import style from './MessageItem.module.css'

/** What somebody wrote: the customer on the left, we on the right, notes to ourselves across. */
export function MessageItem({ message, continues }: { message: MessageView; continues: boolean }) {
  const t = useT()
  const formats = useFormats()
  const [showsMail, setShowsMail] = useState(false)
  const isNote = message.kind === 'note'
  const side = isNote ? 'note' : message.direction === 'inbound' ? 'in' : 'out'
  const nameOf = useCustomerLabel()
  const sender = message.author.kind === 'system' ? t('timeline.automatic') : nameOf(message.author.name)
  const label = isNote ? t('message.noteLabel', { name: sender }) : t('message.label', { name: sender, channel: t(`channel.${message.channel}`) })
  return (
    <article className={style['item']} data-side={side} data-continues={continues || undefined} aria-label={label}>
      {side === 'in' && <span className={style['face']}>{!continues && <Face label={sender} size={30} />}</span>}
      <div className={style['column']}>
        {!continues && (
          <header className={style['head']}>
            <span className={style['name']} dir="auto">{sender}</span>
            {isNote ? <span className={style['channel']}><IconNote size={14} stroke={1.7} aria-hidden />{t('message.note')}</span> : <span className={style['channel']}><ChannelIcon channel={message.channel} size={14} />{t(`channel.${message.channel}`)}</span>}
            <time dateTime={message.at} title={formats.dateTime(message.at)}>{formats.time(message.at)}</time>
            {message.unverified && <Mark tone="warn" title={t('marks.unverifiedHint')}><IconAlertTriangle size={12} aria-hidden />{t('marks.unverified')}</Mark>}
          </header>
        )}
        <div className={style['bubble']} data-wide={showsMail || undefined}>
          {message.subject !== null && message.subject !== '' && <p className={style['subject']} dir="auto">{message.subject}</p>}
          {message.deletedAt !== null ? <p className={style['gone']}>{t('message.deleted')}</p>
            : showsMail ? <MailFrame message={message} />
            : message.text !== '' && <p className={style['text']} dir="auto">{linked(message.text)}</p>}
          {message.deletedAt === null && <Attachments attachments={message.attachments} />}
          {(message.hasHtml || message.editedAt !== null) && (
            <footer className={style['foot']}>
              {message.hasHtml && <Button variant="subtle" size="compact-xs" onClick={() => setShowsMail((shown) => !shown)}>{showsMail ? t('message.showText') : t('message.showMail')}</Button>}
              {message.editedAt !== null && <span>{t('message.edited', { at: formats.time(message.editedAt) })}</span>}
            </footer>
          )}
        </div>
        {side === 'out' && <DeliveryState message={message} />}
      </div>
    </article>
  )
}
