import { IconAlertTriangle, IconFile, IconFileOff, IconLoader2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { AttachmentView } from '#contract/views.ts'
import { files } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import style from './Attachments.module.css'

/** Files of a message: pictures and sound in place, the rest to download. */
export function Attachments({ attachments }: { attachments: readonly AttachmentView[] }) {
  if (attachments.length === 0) return null
  return <ul className={style['list']}>{attachments.map((attachment) => <li key={attachment.id}><Attachment attachment={attachment} /></li>)}</ul>
}

function Attachment({ attachment }: { attachment: AttachmentView }) {
  const t = useT()
  const { name } = attachment
  if (attachment.state !== 'stored') {
    const Shape = attachment.state === 'fetching' ? IconLoader2 : attachment.state === 'deleted' ? IconFileOff : IconAlertTriangle
    return (
      <span className={style['file']} data-muted>
        <Shape size={18} aria-hidden />
        <span className={style['facts']}><b>{name}</b><span>{attachment.stateReason === null ? t(`fileState.${attachment.state}`) : t(keyFor('fileReason', attachment.stateReason, `fileState.${attachment.state}`))}</span></span>
      </span>
    )
  }
  return attachment.inline ? <Shown attachment={attachment} /> : <Download attachment={attachment} />
}

/** Links last five minutes; what is on screen longer asks for a new one when it is played or opened. */
const linkFreshMs = 4 * 60_000

function Shown({ attachment }: { attachment: AttachmentView }) {
  const { name, contentType } = attachment
  const link = useQuery({ queryKey: ['file', attachment.id], queryFn: () => files.link(attachment.id), staleTime: linkFreshMs })
  const url = link.data?.url
  if (url === undefined) return <span className={style['blank']} aria-busy={link.isPending}>{name}</span>
  if (contentType.startsWith('image/')) {
    return <a className={style['picture']} href={url} target="_blank" rel="noopener noreferrer"><img src={url} alt={name} loading="lazy" decoding="async" /></a>
  }
  return <audio className={style['sound']} controls preload="none" src={url} aria-label={name} />
}

function Download({ attachment }: { attachment: AttachmentView }) {
  const formats = useFormats()
  const { act, isBusy } = useAct()
  const { name } = attachment
  const download = (): void => void act(async () => {
    const { url } = await files.link(attachment.id)
    const anchor = document.createElement('a')
    anchor.href = url
    anchor.download = name
    anchor.click()
  })
  return (
    <button type="button" className={style['file']} onClick={download} disabled={isBusy}>
      <IconFile size={18} stroke={1.6} aria-hidden />
      <span className={style['facts']}><b>{name}</b><span>{formats.bytes(attachment.sizeBytes)}</span></span>
    </button>
  )
}
