import { IconAlertTriangle, IconFile, IconFileOff, IconLoader2 } from '@tabler/icons-react'
import type { AttachmentView } from '#contract/views.ts'
import { files } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import style from './Attachments.module.css'

/** Files of a message: pictures and sound in place, the rest to download. */
export function Attachments({ attachments }: { attachments: readonly AttachmentView[] }) {
  if (attachments.length === 0) return null
  return <ul className={style['list']}>{attachments.map((attachment) => <li key={attachment.id}><Attachment attachment={attachment} /></li>)}</ul>
}

function Attachment({ attachment }: { attachment: AttachmentView }) {
  const t = useT()
  const formats = useFormats()
  const { name, contentType } = attachment
  if (attachment.state !== 'stored') {
    const Shape = attachment.state === 'fetching' ? IconLoader2 : attachment.state === 'deleted' ? IconFileOff : IconAlertTriangle
    return (
      <span className={style['file']} data-muted>
        <Shape size={18} aria-hidden />
        <span className={style['facts']}><b>{name}</b><span>{attachment.stateReason === null ? t(`fileState.${attachment.state}`) : t(keyFor('fileReason', attachment.stateReason, `fileState.${attachment.state}`))}</span></span>
      </span>
    )
  }
  const url = files.url(attachment.id)
  if (attachment.inline && contentType.startsWith('image/')) {
    return <a className={style['picture']} href={url} target="_blank" rel="noopener noreferrer"><img src={url} alt={name} loading="lazy" decoding="async" /></a>
  }
  if (attachment.inline && contentType.startsWith('audio/')) {
    return <audio className={style['sound']} controls preload="none" src={url} aria-label={name} />
  }
  return (
    <a className={style['file']} href={url} download={name}>
      <IconFile size={18} stroke={1.6} aria-hidden />
      <span className={style['facts']}><b>{name}</b><span>{formats.bytes(attachment.sizeBytes)}</span></span>
    </a>
  )
}
