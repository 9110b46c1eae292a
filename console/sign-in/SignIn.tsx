import { useState } from 'react'
import { Alert, Button, PasswordInput, PinInput, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { session } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import { meKey } from '../state/me.tsx'
import { rememberSession } from '../state/session-hint.ts'
import { Card } from './Card.tsx'
import style from './Card.module.css'

export function SignIn() {
  const t = useT()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { from } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [step, setStep] = useState<'password' | 'code'>('password')
  const [isBackup, setIsBackup] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)

  const submit = async (withCode = code): Promise<void> => {
    if (email.trim() === '' || password === '') return setProblem(t('signIn.bothNeeded'))
    setIsBusy(true)
    setProblem(null)
    try {
      const answer = step === 'code' ? await session.enterCode(withCode) : await session.signIn(email.trim(), password)
      if (answer.needsCode) return setStep('code')
      rememberSession(true)
      await queries.resetQueries({ queryKey: meKey })
      await navigate({ href: from !== undefined && from.startsWith('/') && !from.startsWith('//') ? from : '/' })
    } catch (error) {
      setProblem(problemText(t, error))
      setCode('')
    } finally {
      setIsBusy(false)
    }
  }

  if (step === 'code') {
    return (
      <Card title={t('signIn.codeTitle')} text={t('signIn.codeText')} onSubmit={() => void submit()}>
        {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
        {isBackup
          ? <TextInput label={t('signIn.backupCode')} autoComplete="off" autoFocus value={code} onChange={(event) => setCode(event.currentTarget.value)} />
          : <PinInput length={6} placeholder="" type="number" oneTimeCode autoFocus value={code} onChange={setCode} onComplete={(whole) => void submit(whole)} aria-label={t('signIn.code')} />}
        <Button type="submit" loading={isBusy} fullWidth>{t('signIn.submit')}</Button>
        <Button variant="subtle" onClick={() => { setIsBackup(!isBackup); setCode('') }}>{isBackup ? t('signIn.useApp') : t('signIn.useBackup')}</Button>
        <Button variant="subtle" onClick={() => { setStep('password'); setProblem(null) }}>{t('common.back')}</Button>
      </Card>
    )
  }
  return (
    <Card title={t('signIn.title')} text={t('signIn.text')} onSubmit={() => void submit()}>
      {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
      <TextInput label={t('signIn.email')} type="email" autoComplete="username" autoFocus value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
      <PasswordInput
        label={t('signIn.password')} autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
      />
      <Button type="submit" loading={isBusy} fullWidth mt={4}>{t('signIn.submit')}</Button>
      <div className={style['after']}><Link to="/forgotten-password">{t('signIn.forgotten')}</Link></div>
    </Card>
  )
}
