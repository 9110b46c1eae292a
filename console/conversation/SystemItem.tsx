import { IconInfoCircle } from '@tabler/icons-react'
import type { MessageView } from '#contract/views.ts'
import { useFormats } from '../i18n.tsx'
import { useSystemText } from './system-text.ts'
import style from './SystemItem.module.css'

/** A fact the system wrote down, in the reader's words. */
export function SystemItem({ message }: { message: MessageView }) {
  const formats = useFormats()
  const text = useSystemText(message)
  return (
    <p className={style['line']} title={formats.dateTime(message.at)}>
      <IconInfoCircle size={14} stroke={1.6} aria-hidden />
      <span dir="auto">{text}</span>
      <time dateTime={message.at}>{formats.time(message.at)}</time>
    </p>
  )
}
