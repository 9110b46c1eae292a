import { useState } from 'preact/hooks'
import type { AttachmentView, VisitorMessageView } from '#contract/views.ts'
import type { KeptMessage } from '../kept.ts'
import { sayError } from '../i18n/texts.ts'
import { linked } from '../text.tsx'
import { useParts } from './context.ts'

/** One stored item, from either side. */
export function Message({ message, isSeen, showsAuthor }: { message: VisitorMessageView; isSeen: boolean; showsAuthor: boolean }) {
  const { client, say, formats } = useParts()
  const isOwn = message.direction === 'inbound'
  const isDeleted = message.system?.code === 'message.deleted'
  const author = isOwn ? say('you') : (message.authorName ?? client.state.siteName)
  const via = message.channel === 'webchat' ? '' : say(`via.${message.channel}`)
  return (
    <li class={isOwn ? 'item own' : 'item'}>
      <p class={showsAuthor ? 'author' : 'hidden'}><bdi>{author}</bdi>{via && ` · ${via}`}</p>
      {isDeleted ? <p class="bubble muted">{say('deleted')}</p> : message.text.trim() !== '' && <p class="bubble" dir="auto">{linked(message.text)}</p>}
      {message.attachments.map((file) => <FileView key={file.id} file={file} />)}
      <p class="meta"><time dateTime={message.at}>{formats.time(message.at)}</time>{isOwn && ` · ${isSeen ? say('mark.seen') : say('mark.sent')}`}</p>
    </li>
  )
}

/** One item that the server has not acknowledged. */
export function UnsentMessage({ message }: { message: KeptMessage }) {
  const { client, say } = useParts()
  return (
    <li class="item own pending">
      <p class="hidden">{say('you')}</p>
      {message.text !== '' && <p class="bubble" dir="auto">{linked(message.text)}</p>}
      {message.files.map((file) => <p key={file.id} class="bubble"><bdi>{file.name}</bdi></p>)}
      {message.failed === undefined ? <p class="meta">{say('mark.pending')}</p> : (
        <p class="meta error" role="alert">
          {say('mark.failed')}: {sayError(say, message.failed)}{' '}
          <button type="button" class="link" onClick={() => client.retry(message.clientId)}>{say('mark.retry')}</button>{' '}
          <button type="button" class="link" onClick={() => client.discard(message.clientId)}>{say('mark.remove')}</button>
        </p>
      )}
    </li>
  )
}

function FileView({ file }: { file: AttachmentView }) {
  const { client, host, say, formats } = useParts()
  const [source, setSource] = useState<string>()
  const [isGone, setGone] = useState(false)
  const isPicture = file.inline && file.contentType.startsWith('image/')
  /** A link lives some minutes, so it is asked for when it is needed. */
  const link = async (): Promise<string | undefined> => {
    const reply = await client.ask('fileLink', { attachmentId: file.id })
    if (!reply.ok) setGone(true)
    return reply.ok ? host.hub + reply.path : undefined
  }
  const download = async (): Promise<void> => {
    const url = await link()
    if (url) window.open(url, '_blank', 'noopener,noreferrer')
  }
  if (isGone || file.state === 'failed' || file.state === 'refused' || file.state === 'deleted') return <p class="bubble muted"><bdi>{file.name}</bdi> · {say('file.gone')}</p>
  const label = say('file.download', { name: file.name, size: formats.bytes(file.sizeBytes) })
  if (!isPicture || file.state !== 'stored') return <button type="button" class="file" onClick={download}><bdi>{label}</bdi></button>
  return (
    <button type="button" class="picture" aria-label={label} onClick={download} ref={(element) => { if (element && source === undefined) { setSource(''); void link().then((url) => setSource(url ?? '')) } }}>
      {source && <img src={source} alt={file.name} onError={() => setGone(true)} />}
    </button>
  )
}
