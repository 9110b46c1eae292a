import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useWords } from './i18n.ts'
import { AttachButton, type Upload } from './uploads.tsx'

export type DeviceName = 'phone' | 'sms' | 'whatsapp' | 'slack' | 'mail'

/** The frame of one device. */
export function Device({ name, detail, children }: { name: DeviceName; detail?: ComponentChildren; children: ComponentChildren }) {
  const t = useWords()
  return (
    <section class={`device ${name}`} aria-label={t(name)}>
      <header>
        <h2>{t(name)}</h2>
        {detail && <div class="detail">{detail}</div>}
      </header>
      {children}
    </section>
  )
}

/** A list that stays at its end while new lines come in. */
export function Lines({ label, children, count }: { label: string; children: ComponentChildren; count: number }) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = list.current
    if (element) element.scrollTop = element.scrollHeight
  }, [count])
  return (
    <div ref={list} class="lines" role="log" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}

type Outcome = { webhookStatus?: number | null } | void

/** A line to write in, with a file if wanted. Says so when the hub did not take what was sent. */
export function Composer({ label, onSend, hasFiles = true, button, isDisabled = false }: { label: string; onSend: (text: string, files: Upload[]) => Promise<Outcome>; hasFiles?: boolean; button: string; isDisabled?: boolean }) {
  const t = useWords()
  const [text, setText] = useState('')
  const [upload, setUpload] = useState<Upload | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const send = async (event: Event) => {
    event.preventDefault()
    if (text.trim() === '' && !upload) return
    const sent = { text, upload }
    setText('')
    setUpload(null)
    setProblem(null)
    try {
      const outcome = await onSend(sent.text, sent.upload ? [sent.upload] : [])
      const status = outcome?.webhookStatus
      if (status === null || (status !== undefined && status >= 300)) setProblem(t('notTaken'))
    } catch (error) {
      setText(sent.text)
      setProblem(t('requestFailed', { error: error instanceof Error ? error.message : '' }))
    }
  }
  return (
    <form class="composer" onSubmit={(event) => void send(event)}>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="row">
        {hasFiles && <AttachButton upload={upload} onPick={setUpload} />}
        <input type="text" aria-label={label} placeholder={label} value={text} disabled={isDisabled} autocomplete="off" onInput={(event) => setText(event.currentTarget.value)} />
        <button type="submit" class="primary" disabled={isDisabled}>
          {button}
        </button>
      </div>
    </form>
  )
}
