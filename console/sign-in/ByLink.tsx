/** The screens behind links in mails: forgotten password, a new one, an invitation. */
import { useState } from 'react'
import { Alert, Button, PasswordInput, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { session } from '../api/work.ts'
import { useLocale, useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import { meKey } from '../state/me.tsx'
import { rememberSession } from '../state/session-hint.ts'
import { Card } from './Card.tsx'
import style from './Card.module.css'

// As in contract/api/auth.ts, which would bring zod into the first load.
const passwordLengthMin = 10

/** Tokens stand behind `#`, where no server log sees them. */
const tokenFromHash = (): string => decodeURIComponent(location.hash.replace(/^#(token=)?/, ''))

export function ForgottenPassword() {
  const t = useT()
  const [email, setEmail] = useState('')
  const { run, problem, isBusy, isDone } = useSubmit()
  if (isDone) {
    return (
      <Card title={t('signIn.linkSent')} text={t('signIn.linkSentText', { email })} onSubmit={() => undefined}>
        <div className={style['after']}><Link to="/sign-in">{t('signIn.toSignIn')}</Link></div>
      </Card>
    )
  }
  return (
    <Card title={t('signIn.forgottenTitle')} text={t('signIn.forgottenText')} onSubmit={() => void run(() => session.forgottenPassword(email.trim()))}>
      {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
      <TextInput label={t('signIn.email')} type="email" autoComplete="username" autoFocus value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
      <Button type="submit" loading={isBusy} disabled={!email.includes('@')} fullWidth>{t('signIn.sendLink')}</Button>
      <div className={style['after']}><Link to="/sign-in">{t('signIn.toSignIn')}</Link></div>
    </Card>
  )
}

export function ResetPassword() {
  const t = useT()
  const navigate = useNavigate()
  const [token] = useState(tokenFromHash)
  const [password, setPassword] = useState('')
  const { run, problem, isBusy } = useSubmit()
  const submit = async (): Promise<void> => {
    if (password.length < passwordLengthMin) return
    if (await run(() => session.resetPassword(token, password))) await navigate({ to: '/sign-in', search: {} })
  }
  return (
    <Card title={t('signIn.resetTitle')} onSubmit={() => void submit()}>
      {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
      <NewPassword value={password} onChange={setPassword} />
      <Button type="submit" loading={isBusy} fullWidth>{t('signIn.setPassword')}</Button>
    </Card>
  )
}

export function AcceptInvite() {
  const t = useT()
  const navigate = useNavigate()
  const locale = useLocale()
  const queries = useQueryClient()
  const [token] = useState(tokenFromHash)
  const invite = useQuery({ queryKey: ['invite', token], queryFn: () => session.invitation(token), retry: false })
  const [name, setName] = useState<string | null>(null)
  const [password, setPassword] = useState('')
  const { run, problem, isBusy } = useSubmit()
  const shownName = name ?? invite.data?.name ?? ''
  const submit = async (): Promise<void> => {
    if (password.length < passwordLengthMin || shownName.trim() === '') return
    if (await run(() => session.acceptInvitation(token, shownName.trim(), password, locale))) {
      rememberSession(true)
      await queries.resetQueries({ queryKey: meKey })
      await navigate({ to: '/' })
    }
  }
  if (invite.isError) {
    return (
      <Card title={t('signIn.inviteGone')} text={problemText(t, invite.error)} onSubmit={() => undefined}>
        <div className={style['after']}><Link to="/sign-in">{t('signIn.toSignIn')}</Link></div>
      </Card>
    )
  }
  return (
    <Card title={t('signIn.inviteTitle')} text={invite.data ? t('signIn.inviteText', { email: invite.data.email }) : t('common.loading')} onSubmit={() => void submit()}>
      {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
      <TextInput label={t('account.name')} autoComplete="name" value={shownName} onChange={(event) => setName(event.currentTarget.value)} />
      <NewPassword value={password} onChange={setPassword} />
      <Button type="submit" loading={isBusy} fullWidth>{t('signIn.acceptInvite')}</Button>
    </Card>
  )
}

/** A password to be chosen, with what it must be and what it lacks. */
export function NewPassword({ value, onChange }: { value: string; onChange: (password: string) => void }) {
  const t = useT()
  const isShort = value !== '' && value.length < passwordLengthMin
  return (
    <PasswordInput
      label={t('signIn.newPassword')} description={t('signIn.passwordRule', { count: passwordLengthMin })} autoComplete="new-password"
      value={value} onChange={(event) => onChange(event.currentTarget.value)} error={isShort ? t('signIn.passwordShort', { count: passwordLengthMin - value.length }) : null}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
    />
  )
}

function useSubmit() {
  const t = useT()
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const [isDone, setIsDone] = useState(false)
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setIsBusy(true)
    setProblem(null)
    try {
      await work()
      setIsDone(true)
      return true
    } catch (error) {
      setProblem(problemText(t, error))
      return false
    } finally {
      setIsBusy(false)
    }
  }
  return { run, problem, isBusy, isDone }
}
