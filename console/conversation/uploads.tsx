import { useRef, useState } from 'react'
import { CloseButton, Progress } from '@mantine/core'
import { IconFile } from '@tabler/icons-react'
import type { AttachmentView } from '#contract/views.ts'
import { ApiProblem } from '../api/http.ts'
import { files as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import style from './uploads.module.css'

interface Upload { id: string; name: string; share: number; problem: unknown; cancel: () => void }

export interface Uploads { running: Upload[]; done: AttachmentView[]; isBusy: boolean; add: (files: readonly File[]) => void; remove: (id: string) => void }

/** Files on their way to the server, and those that arrived, which belong to the draft. */
export function useUploads(done: AttachmentView[], onDone: (attachments: AttachmentView[]) => void): Uploads {
  const [running, setRunning] = useState<Upload[]>([])
  const arrived = useRef(done)
  arrived.current = done
  const change = (id: string, part: Partial<Upload>): void => setRunning((held) => held.map((upload) => (upload.id === id ? { ...upload, ...part } : upload)))
  const drop = (id: string): void => setRunning((held) => held.filter((upload) => upload.id !== id))

  const add = (added: readonly File[]): void => {
    for (const file of added) {
      const id = crypto.randomUUID()
      const { done: sent, cancel } = api.upload(file, (share) => change(id, { share }))
      setRunning((held) => [...held, { id, name: file.name, share: 0, problem: null, cancel }])
      sent.then(
        (attachment) => {
          drop(id)
          arrived.current = [...arrived.current, attachment]
          onDone(arrived.current)
        },
        (problem: unknown) => (problem instanceof ApiProblem && problem.code === 'cancelled' ? drop(id) : change(id, { problem })),
      )
    }
  }
  const remove = (id: string): void => {
    const upload = running.find((held) => held.id === id)
    if (upload) {
      if (upload.problem === null) upload.cancel()
      return drop(id)
    }
    onDone(done.filter((attachment) => attachment.id !== id))
  }
  return { running, done, isBusy: running.some(({ problem }) => problem === null), add, remove }
}

export function UploadChips({ uploads }: { uploads: Uploads }) {
  const t = useT()
  const formats = useFormats()
  if (uploads.running.length + uploads.done.length === 0) return null
  return (
    <ul className={style['list']} aria-label={t('composer.files')}>
      {uploads.done.map((file) => (
        <li key={file.id} className={style['chip']}>
          <IconFile size={16} aria-hidden /><span className={style['name']}>{file.name}</span><span className={style['size']}>{formats.bytes(file.sizeBytes)}</span>
          <CloseButton size="xs" aria-label={t('composer.removeFile', { name: file.name })} onClick={() => uploads.remove(file.id)} />
        </li>
      ))}
      {uploads.running.map((upload) => (
        <li key={upload.id} className={style['chip']} data-failed={upload.problem !== null || undefined}>
          <span className={style['name']}>{upload.name}</span>
          {upload.problem === null ? <Progress w={60} size="sm" value={upload.share * 100} aria-label={t('composer.uploading', { name: upload.name })} /> : <span role="alert">{problemText(t, upload.problem)}</span>}
          <CloseButton size="xs" aria-label={t('composer.removeFile', { name: upload.name })} onClick={() => uploads.remove(upload.id)} />
        </li>
      ))}
    </ul>
  )
}
