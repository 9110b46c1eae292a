import { useEffect, useRef, useState } from 'preact/hooks'
import type { KeptFile } from '../kept.ts'
import { uploadFile } from '../upload.ts'
import { sayError } from '../i18n/texts.ts'
import { useParts } from './context.ts'

const textMax = 5_000
const usualLimits = { sizeBytesMax: 10 * 1024 * 1024, filesMax: 5 }

interface Picked {
  key: number
  file: File
  share: number
  stored?: KeptFile
  cancel?: () => void
}

/** Where the visitor writes. `dropped`: files let go over the panel. */
export function Composer({ dropped }: { dropped: File[] }) {
  const { client, host, say, formats } = useParts()
  const [text, setText] = useState('')
  const [picked, setPicked] = useState<Picked[]>([])
  const [problem, setProblem] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const chooser = useRef<HTMLInputElement>(null)
  const nextKey = useRef(0)
  const pauseTimer = useRef(0)

  useEffect(() => { if (dropped.length > 0) void add(dropped) }, [dropped])
  useEffect(() => { if (client.state.isOpen) field.current?.focus() }, [client.state.isOpen])

  const change = (key: number, next: Partial<Picked>): void => setPicked((held) => held.map((one) => (one.key === key ? { ...one, ...next } : one)))
  const drop = (key: number): void => setPicked((held) => held.filter((one) => one.key !== key))

  async function add(files: readonly File[]): Promise<void> {
    setProblem('')
    const room = usualLimits.filesMax - picked.length
    if (files.length > room) setProblem(say('file.tooMany', { files: usualLimits.filesMax }))
    for (const file of files.slice(0, Math.max(0, room))) await start(file)
  }

  async function start(file: File): Promise<void> {
    if (file.size > usualLimits.sizeBytesMax) return setProblem(say('file.tooLarge', { name: file.name, size: formats.bytes(usualLimits.sizeBytesMax) }))
    const key = nextKey.current++
    setPicked((held) => [...held, { key, file, share: 0 }])
    const ticket = await client.ask('uploadTicket')
    if (!ticket.ok) {
      drop(key)
      return setProblem(sayError(say, ticket.code))
    }
    const upload = uploadFile(`${host.hub}/api/v1/visitor/uploads`, ticket.ticket, file, (share) => change(key, { share }))
    change(key, { cancel: upload.cancel })
    upload.done.then((stored) => change(key, { stored, share: 1 }), () => {
      drop(key)
      setProblem(say('file.failed', { name: file.name }))
    })
  }

  const isUploading = picked.some((one) => !one.stored)
  const excess = text.length - textMax
  const canSend = !isUploading && excess <= 0 && (text.trim() !== '' || picked.length > 0)

  function send(): void {
    if (!canSend) return
    client.send(text, picked.flatMap((one) => (one.stored ? [one.stored] : [])))
    client.typing(false)
    setText('')
    setPicked([])
    setProblem('')
    field.current?.focus()
  }

  function onInput(value: string): void {
    setText(value)
    client.typing(value !== '')
    clearTimeout(pauseTimer.current)
    pauseTimer.current = window.setTimeout(() => client.typing(false), 4_000)
  }

  return (
    <div class="composer">
      {problem && <p class="error" role="alert">{problem}</p>}
      {picked.length > 0 && (
        <ul class="picked">
          {picked.map((one) => (
            <li key={one.key}>
              <bdi>{one.file.name}</bdi>
              {!one.stored && <progress value={one.share} max={1} aria-label={say('file.uploading', { name: one.file.name, percent: formats.percent(one.share) })} />}
              <button type="button" class="icon" aria-label={say('file.remove', { name: one.file.name })} onClick={() => { one.cancel?.(); drop(one.key) }}>×</button>
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        <button type="button" class="icon" aria-label={say('composer.attach')} title={say('file.limits', { files: usualLimits.filesMax, size: formats.bytes(usualLimits.sizeBytesMax) })} onClick={() => chooser.current?.click()}>+</button>
        <input ref={chooser} type="file" multiple hidden tabIndex={-1} aria-hidden="true" onChange={(event) => { void add([...(event.currentTarget.files ?? [])]); event.currentTarget.value = '' }} />
        <textarea
          ref={field} rows={Math.min(5, text.split('\n').length)} value={text} dir="auto" aria-label={say('composer.label')} placeholder={say('composer.placeholder')}
          onInput={(event) => onInput(event.currentTarget.value)}
          onPaste={(event) => { const files = [...(event.clipboardData?.files ?? [])]; if (files.length > 0) { event.preventDefault(); void add(files) } }}
          onKeyDown={(event) => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); send() } }}
        />
        <button type="button" class="send" disabled={!canSend} onClick={send}>{say('composer.send')}</button>
      </div>
      {excess > 0 && <p class="error" role="alert">{say('composer.tooLong', { count: excess })}</p>}
    </div>
  )
}
