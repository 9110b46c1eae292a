import { useRef } from 'preact/hooks'
import type { FileView } from '../views.ts'
import { useWords } from './i18n.ts'

export type Upload = { name: string; contentType: string; base64: string }

/** A button that picks one file, and the picked file with a way to take it back. */
export function AttachButton({ upload, onPick }: { upload: Upload | null; onPick: (upload: Upload | null) => void }) {
  const t = useWords()
  const input = useRef<HTMLInputElement>(null)
  if (upload) {
    return (
      <button type="button" class="chip" aria-label={t('attached', { name: upload.name })} onClick={() => onPick(null)}>
        <span class="ellipsis">{upload.name}</span> <span aria-hidden="true">×</span>
      </button>
    )
  }
  return (
    <>
      <input ref={input} type="file" class="hidden-input" aria-label={t('attach')} tabIndex={-1} onChange={(event) => void readFile(event.currentTarget).then(onPick)} />
      <button type="button" class="icon" aria-label={t('attach')} title={t('attach')} onClick={() => input.current?.click()}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M20 11.5 12.5 19a5 5 0 0 1-7-7l8-8a3.3 3.3 0 0 1 4.7 4.7l-7.9 7.9a1.7 1.7 0 0 1-2.4-2.4l7.2-7.1" />
        </svg>
      </button>
    </>
  )
}

async function readFile(input: HTMLInputElement): Promise<Upload | null> {
  const file = input.files?.[0]
  if (!file) return null
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let start = 0; start < bytes.length; start += 32_768) binary += String.fromCharCode(...bytes.subarray(start, start + 32_768))
  input.value = ''
  return { name: file.name, contentType: file.type || 'application/octet-stream', base64: btoa(binary) }
}

/** Pictures are shown, everything else is a link. */
export function Files({ files }: { files: FileView[] }) {
  return (
    <>
      {files.map((file) =>
        file.contentType.startsWith('image/') ? (
          <a key={file.url} href={file.url} target="_blank" rel="noreferrer">
            <img class="picture" src={file.url} alt={file.name} />
          </a>
        ) : (
          <a key={file.url} class="file" href={file.url} target="_blank" rel="noreferrer">
            {file.name}
          </a>
        ),
      )}
    </>
  )
}
