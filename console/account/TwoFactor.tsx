import { useState } from 'react'
import { Button, Code, Group, PasswordInput, PinInput, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { TwoFactorSetup } from '#contract/api/auth.ts'
import { me as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { useAct } from '../state/act.ts'
import { meKey, useMe } from '../state/me.tsx'
import { QrCode } from './QrCode.tsx'

/** A second step of signing in: turned on with the first code, off with the password. */
export function TwoFactor() {
  const t = useT()
  const me = useMe()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [setup, setSetup] = useState<TwoFactorSetup | null>(null)
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: meKey })

  const begin = (): void => void act(async () => setSetup(await api.beginTwoFactor(password)))
  const confirm = async (whole: string): Promise<void> => {
    const isRight = await act(() => api.confirmTwoFactor(whole))
    setCode('')
    if (!isRight) return
    setSetup(null)
    setPassword('')
    await refresh()
  }
  const end = (): void => void act(async () => {
    await api.endTwoFactor(password)
    setPassword('')
    await refresh()
  })

  return (
    <Panel title={t('account.twoFactor')} text={t('account.twoFactorText')}>
      <Stack gap="md">
        <Group><Mark tone={me.twoFactor ? 'good' : 'plain'}>{me.twoFactor ? t('account.twoFactorOn') : t('account.twoFactorOff')}</Mark></Group>
        {setup === null ? (
          <form onSubmit={(event) => { event.preventDefault(); if (me.twoFactor) end(); else begin() }}>
            <Group align="flex-end" wrap="nowrap">
              <PasswordInput flex={1} label={t('account.yourPassword')} autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }} />
              <Button type="submit" variant="default" loading={isBusy} disabled={password === ''}>{me.twoFactor ? t('account.turnOff') : t('account.turnOn')}</Button>
            </Group>
          </form>
        ) : (
          <>
            <Text size="sm">{t('account.addToApp')}</Text>
            <Group align="center" gap="lg">
              <QrCode text={setup.uri} label={t('account.qrCode')} />
              <Stack gap={6} flex={1} miw={200}>
                <Text size="sm" c="dimmed">{t('account.noCamera')}</Text>
                <Code style={{ overflowWrap: 'anywhere' }}>{setup.secret}</Code>
                <Text size="sm"><a href={setup.uri}>{t('account.openApp')}</a></Text>
              </Stack>
            </Group>
            <div>
              <Text size="sm" fw={600}>{t('account.backupCodes')}</Text>
              <Text size="xs" c="dimmed" mb={6}>{t('account.backupText')}</Text>
              <SimpleGrid cols={{ base: 2, sm: 5 }} spacing={6}>{setup.backupCodes.map((code) => <Code key={code}>{code}</Code>)}</SimpleGrid>
            </div>
            <div>
              <Text size="sm" fw={600} mb={6}>{t('account.enterCode')}</Text>
              <Group justify="space-between">
                <PinInput length={6} placeholder="" type="number" oneTimeCode value={code} onChange={setCode} onComplete={(whole) => void confirm(whole)} aria-label={t('signIn.code')} disabled={isBusy} />
                <Button variant="default" onClick={() => { setSetup(null); setCode('') }}>{t('common.cancel')}</Button>
              </Group>
            </div>
          </>
        )}
      </Stack>
    </Panel>
  )
}
