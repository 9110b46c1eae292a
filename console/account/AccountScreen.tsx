import { useState } from 'react'
import { Button, Group, PasswordInput, SegmentedControl, Select, Stack, TextInput, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { locales } from '#contract/words.ts'
import { me as api, session } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { Page, Panel } from '../look/Page.tsx'
import { NewPassword } from '../sign-in/ByLink.tsx'
import { useAct } from '../state/act.ts'
import { screen } from '../state/inbox.ts'
import { meKey, useMe } from '../state/me.tsx'
import { TwoFactor } from './TwoFactor.tsx'

const schemes: readonly MantineColorScheme[] = ['auto', 'light', 'dark']

export default function AccountScreen() {
  const t = useT()
  return (
    <Page title={t('account.title')} width="narrow">
      <Profile />
      <Password />
      <TwoFactor />
      <Panel title={t('account.sessions')} text={t('account.sessionsText')}><SignOutEverywhere /></Panel>
    </Page>
  )
}

function Profile() {
  const t = useT()
  const me = useMe()
  const queries = useQueryClient()
  const { act, isBusy } = useAct()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [name, setName] = useState(me.name)
  const save = (change: { name?: string; locale?: 'en' | 'zh' }): Promise<boolean> => act(async () => queries.setQueryData(meKey, await api.change(change)))
  return (
    <Panel title={t('account.profile')}>
      <Stack gap="md" mt="sm">
        <form onSubmit={(event) => { event.preventDefault(); void save({ name: name.trim() }) }}>
          <Group align="flex-end" wrap="nowrap">
            <TextInput flex={1} label={t('account.name')} maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button type="submit" variant="default" loading={isBusy} disabled={name.trim() === '' || name.trim() === me.name}>{t('common.save')}</Button>
          </Group>
        </form>
        <TextInput label={t('account.email')} value={me.email} readOnly variant="filled" />
        <Select
          label={t('account.language')} allowDeselect={false} value={me.locale} data={locales.map((value) => ({ value, label: t(`locale.${value}`) }))}
          onChange={(chosen) => void save({ locale: chosen === 'zh' ? 'zh' : 'en' })}
        />
        <SegmentedControl
          aria-label={t('account.theme')} value={colorScheme} onChange={(chosen) => setColorScheme(schemes.find((one) => one === chosen) ?? 'auto')}
          data={[{ value: 'auto', label: t('account.themeAuto') }, { value: 'light', label: t('account.themeLight') }, { value: 'dark', label: t('account.themeDark') }]}
        />
      </Stack>
    </Panel>
  )
}

function Password() {
  const t = useT()
  const { act, isBusy } = useAct()
  const [current, setCurrent] = useState('')
  const [fresh, setFresh] = useState('')
  const change = async (): Promise<void> => {
    if (!(await act(() => api.changePassword(current, fresh)))) return
    setCurrent('')
    setFresh('')
    notifications.show({ message: t('account.passwordChanged'), closeButtonProps: { 'aria-label': t('common.close') } })
  }
  return (
    <Panel title={t('account.password')}>
      <form onSubmit={(event) => { event.preventDefault(); void change() }}>
        <Stack gap="md" mt="sm">
          <PasswordInput label={t('account.currentPassword')} autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }} />
          <NewPassword value={fresh} onChange={setFresh} />
          <Group justify="flex-end"><Button type="submit" variant="default" loading={isBusy} disabled={current === '' || fresh.length < 10}>{t('account.changePassword')}</Button></Group>
        </Stack>
      </form>
    </Panel>
  )
}

function SignOutEverywhere() {
  const t = useT()
  const { act, isBusy } = useAct()
  const signOut = (): void => void act(async () => {
    await session.signOutEverywhere()
    screen.set((held) => ({ ...held, goodbye: 'signed-out' }))
  })
  return <Button color="red" variant="light" loading={isBusy} onClick={signOut}>{t('account.signOutEverywhere')}</Button>
}
