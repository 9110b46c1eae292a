import DOMPurify from 'dompurify'
import { useState } from 'preact/hooks'
import type { MailView, Person, Snapshot } from '../views.ts'
import { Device } from './device.tsx'
import { useTimes, useWords } from './i18n.ts'
import { AttachButton, Files, type Upload } from './uploads.tsx'
import { act } from './world.ts'

type View = { kind: 'list' } | { kind: 'read'; id: string } | { kind: 'compose' }

/** The customer's mailbox: list, one mail, or a new one. */
export function Mail({ world, person }: { world: Snapshot; person: Person }) {
  const t = useWords()
  const [view, setView] = useState<View>({ kind: 'list' })
  const mails = world.mails.filter((mail) => mail.mailbox === person.email.toLowerCase())
  const open = view.kind === 'read' ? mails.find((mail) => mail.id === view.id) : undefined
  const back = () => setView({ kind: 'list' })
  return (
    <Device name="mail" detail={person.email}>
      <div class="bar">
        {view.kind === 'list' ? (
          <button type="button" class="primary" onClick={() => setView({ kind: 'compose' })}>
            {t('compose')}
          </button>
        ) : (
          <button type="button" onClick={back}>
            ← {t('back')}
          </button>
        )}
      </div>
      {view.kind === 'compose' && <Compose world={world} person={person} onDone={back} />}
      {open && <Reader mail={open} person={person} onDone={back} />}
      {view.kind === 'list' && <MailList mails={mails} onOpen={(id) => setView({ kind: 'read', id })} />}
    </Device>
  )
}

function MailList({ mails, onOpen }: { mails: MailView[]; onOpen: (id: string) => void }) {
  const t = useWords()
  const time = useTimes()
  if (mails.length === 0) return <p class="empty">{t('noMails')}</p>
  return (
    <ul class="mails" aria-label={t('inbox')}>
      {mails.toReversed().map((mail) => (
        <li key={mail.id}>
          <button type="button" onClick={() => onOpen(mail.id)}>
            <span class="mail-head">
              <strong class="ellipsis" dir="auto">
                {mail.subject || t('noSubject')}
              </strong>
              <time dateTime={mail.at}>{time(mail.at)}</time>
            </span>
            <span class="ellipsis muted">{mail.box === 'sent' ? `${t('sent')} · ${mail.to}` : mail.from}</span>
            <span class="ellipsis muted" dir="auto">
              {mail.text.slice(0, 120)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function Reader({ mail, person, onDone }: { mail: MailView; person: Person; onDone: () => void }) {
  const t = useWords()
  const [text, setText] = useState('')
  const [upload, setUpload] = useState<Upload | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const reply = async (event: Event) => {
    event.preventDefault()
    try {
      const sent = await act<{ isAccepted: boolean; response: string }>(`mails/${mail.id}/reply`, { text, fromName: person.name, files: upload ? [upload] : [] })
      if (sent.isAccepted) onDone()
      else setProblem(t('smtpAnswer', { response: sent.response }))
    } catch (error) {
      setProblem(t('requestFailed', { error: error instanceof Error ? error.message : '' }))
    }
  }
  return (
    <div class="reader">
      <h3 dir="auto">{mail.subject || t('noSubject')}</h3>
      <p class="muted">
        {t('from')}: {mail.from}
        <br />
        {t('to')}: {mail.to}
      </p>
      {mail.response && <p class="muted">{t('smtpAnswer', { response: mail.response })}</p>}
      {mail.html === null ? <pre dir="auto">{mail.text}</pre> : <iframe title={t('mailContent')} sandbox="" srcdoc={safeDocument(mail.html)} />}
      <Files files={mail.files} />
      {mail.box === 'inbox' && (
        <form class="stack" onSubmit={(event) => void reply(event)}>
          <textarea aria-label={t('yourReply')} placeholder={t('yourReply')} rows={3} value={text} onInput={(event) => setText(event.currentTarget.value)} required />
          {problem && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
          <div class="row end">
            <AttachButton upload={upload} onPick={setUpload} />
            <button type="submit" class="primary">
              {t('reply')}
            </button>
          </div>
        </form>
      )}
    </div>
  )
}

/** Cleaned, without scripts (sandbox), and nothing loaded from outside (policy): a mail can only be looked at. */
function safeDocument(html: string): string {
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><style>body{font:14px/1.5 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere;color:#1c2024;background:#fff}</style>${DOMPurify.sanitize(html)}`
}

function Compose({ world, person, onDone }: { world: Snapshot; person: Person; onDone: () => void }) {
  const t = useWords()
  const [upload, setUpload] = useState<Upload | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const send = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const field = (name: string) => String(form.get(name) ?? '')
    try {
      const sent = await act<{ isAccepted: boolean; response: string }>('mails', {
        from: field('asOther') || person.email, fromName: field('asOther') === '' ? person.name : '', mailbox: person.email, to: field('to'), subject: field('subject'), text: field('text'), signed: form.has('signed'), files: upload ? [upload] : [],
      })
      if (sent.isAccepted) onDone()
      else setProblem(t('smtpAnswer', { response: sent.response }))
    } catch (error) {
      setProblem(t('requestFailed', { error: error instanceof Error ? error.message : '' }))
    }
  }
  return (
    <form class="stack compose" onSubmit={(event) => void send(event)}>
      <label>
        {t('to')}
        <input name="to" type="email" list="support" defaultValue={world.supportAddresses[0] ?? ''} required />
      </label>
      <datalist id="support">
        {world.supportAddresses.map((address) => (
          <option key={address} value={address} />
        ))}
      </datalist>
      <label>
        {t('subject')}
        <input name="subject" type="text" autocomplete="off" />
      </label>
      <label class="grow">
        {t('text')}
        <textarea name="text" rows={6} required />
      </label>
      <label>
        {t('asOther')}
        <input name="asOther" type="email" placeholder={person.email} autocomplete="off" />
      </label>
      <label class="check">
        <input name="signed" type="checkbox" defaultChecked /> {t('signed')}
      </label>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="row end">
        <AttachButton upload={upload} onPick={setUpload} />
        <button type="submit" class="primary">
          {t('send')}
        </button>
      </div>
    </form>
  )
}
