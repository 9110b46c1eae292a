/** What is asked of a visitor beside the conversation: who they are, a code, how it went. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { sayError } from '../i18n/texts.ts'
import { useParts } from './context.ts'

const scales = { csat: [1, 5], nps: [0, 10], ces: [1, 7], csi: [1, 10] } as const

/** No form element: a sandboxed page may forbid forms, and nothing here is ever submitted. */
function Card({ label, onEnter, children }: { label: string; onEnter: () => void; children: ComponentChildren }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.isComposing && event.target instanceof HTMLInputElement && event.target.type !== 'radio') onEnter()
  }
  return <div class="card" role="group" aria-label={label} onKeyDown={onKeyDown}>{children}</div>
}

/** Name and address as claims; both may be left out. */
export function Introduction({ onDone }: { onDone: () => void }) {
  const { client, say } = useParts()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [problem, setProblem] = useState('')
  async function save(): Promise<void> {
    if (email.trim() !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim())) return setProblem(say('about.invalid'))
    const reply = await client.ask('introduce', { ...(name.trim() ? { name } : {}), ...(email.trim() ? { email } : {}) })
    if (!reply.ok) return setProblem(sayError(say, reply.code))
    onDone()
  }
  return (
    <Card label={say('about.heading')} onEnter={() => void save()}>
      <h3>{say('about.heading')}</h3>
      <p class="muted">{say('about.why')}</p>
      <label>{say('about.name')}<input autocomplete="name" maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <label>{say('about.email')}<input type="text" inputMode="email" autocomplete="email" maxLength={254} value={email} onInput={(event) => setEmail(event.currentTarget.value)} /></label>
      {problem && <p class="error" role="alert">{problem}</p>}
      <p class="actions">
        <button type="button" class="send" onClick={() => void save()} disabled={name.trim() === '' && email.trim() === ''}>{say('about.save')}</button>
        <button type="button" class="link" onClick={onDone}>{say('about.skip')}</button>
      </p>
    </Card>
  )
}

/** Proves an address by a code sent to it. */
export function ProveAddress({ onDone }: { onDone: () => void }) {
  const { client, say } = useParts()
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const [step, setStep] = useState<'address' | 'code' | 'done'>('address')
  const [problem, setProblem] = useState('')
  const target = { kind: address.includes('@') ? 'email' : 'phone', value: address.trim() }
  async function submit(): Promise<void> {
    setProblem('')
    const reply = step === 'address' ? await client.ask('requestCode', target) : await client.ask('returnCode', { ...target, code: code.trim() })
    if (!reply.ok) return setProblem(sayError(say, reply.code))
    setStep(step === 'address' ? 'code' : 'done')
    if (step === 'code') client.reconnect()
  }
  return (
    <Card label={say('prove.heading')} onEnter={() => void submit()}>
      <h3>{say('prove.heading')}</h3>
      {step === 'done' ? <p role="status">{say('prove.done', { address: target.value })}</p> : <p class="muted">{step === 'address' ? say('prove.why') : say('prove.sent', { address: target.value })}</p>}
      {step === 'address' && <label>{say('prove.address')}<input autocomplete="email" maxLength={254} value={address} onInput={(event) => setAddress(event.currentTarget.value)} /></label>}
      {step === 'code' && <label>{say('prove.code')}<input inputMode="numeric" autocomplete="one-time-code" maxLength={6} value={code} onInput={(event) => setCode(event.currentTarget.value)} /></label>}
      {problem && <p class="error" role="alert">{problem}</p>}
      <p class="actions">
        {step !== 'done' && <button type="button" class="send" onClick={() => void submit()} disabled={step === 'address' ? target.value === '' : !/^\d{6}$/.test(code.trim())}>{step === 'address' ? say('prove.send') : say('prove.confirm')}</button>}
        <button type="button" class="link" onClick={onDone}>{say('prove.back')}</button>
      </p>
    </Card>
  )
}

/** One question after the other, each with its scale as buttons, and words beside it. */
export function Survey({ onLater }: { onLater: () => void }) {
  const { client, say } = useParts()
  const [score, setScore] = useState<number>()
  const [comment, setComment] = useState('')
  const [problem, setProblem] = useState('')
  const [answered, setAnswered] = useState('')
  const { survey } = client.state.chat
  useEffect(() => { if (survey) void client.ask('surveyShown', { invitationId: survey.invitationId }) }, [survey?.invitationId])
  // Until the next question is here, and after the last one.
  if (answered !== '' && (!survey || survey.question === answered)) return <p class="card" role="status">{say('survey.thanks')}</p>
  if (!survey) return null
  const kind = survey.kind === 'nps' || survey.kind === 'ces' || survey.kind === 'csi' ? survey.kind : 'csat'
  const [min, max] = scales[kind]
  const { invitationId, question } = survey
  async function answer(): Promise<void> {
    if (score === undefined) return
    const reply = await client.ask('answerSurvey', { invitationId, score, ...(comment.trim() ? { comment } : {}) })
    if (!reply.ok && reply.code !== 'already-answered') return setProblem(sayError(say, reply.code))
    setAnswered(question)
    setScore(undefined)
    setComment('')
    setProblem('')
  }
  return (
    <Card label={say('survey.heading')} onEnter={() => void answer()}>
      <h3>{say('survey.heading')}</h3>
      <fieldset>
        <legend><bdi>{question}</bdi></legend>
        <div class="scale">
          {Array.from({ length: max - min + 1 }, (_, index) => min + index).map((value) => (
            <label key={value} class={score === value ? 'chosen' : ''}>
              <input type="radio" name="score" value={value} checked={score === value} aria-label={say('survey.of', { score: value, max })} onChange={() => setScore(value)} />
              <span aria-hidden="true">{kind === 'csat' ? (score !== undefined && value <= score ? '★' : '☆') : value}</span>
            </label>
          ))}
        </div>
        <p class="ends muted" aria-hidden="true"><span>{say(`survey.low.${kind}`)}</span><span>{say(`survey.high.${kind}`)}</span></p>
      </fieldset>
      <label>{say('survey.comment')}<textarea rows={2} maxLength={2000} value={comment} onInput={(event) => setComment(event.currentTarget.value)} /></label>
      {problem && <p class="error" role="alert">{problem}</p>}
      <p class="actions">
        <button type="button" class="send" onClick={() => void answer()} disabled={score === undefined}>{say('survey.send')}</button>
        <button type="button" class="link" onClick={onLater}>{say('survey.later')}</button>
      </p>
    </Card>
  )
}
