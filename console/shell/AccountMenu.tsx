import { Menu, UnstyledButton } from '@mantine/core'
import { IconBell, IconBellOff, IconKeyboard, IconLogout, IconUser } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { session } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { Face } from '../look/Face.tsx'
import { useAct } from '../state/act.ts'
import { forgetDrafts } from '../state/drafts.ts'
import { screen } from '../state/inbox.ts'
import { useMe } from '../state/me.tsx'
import { preferences } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import { showShortcuts } from './ShortcutHelp.tsx'

const mutedOf = (held: { isMuted: boolean }): boolean => held.isMuted

export function AccountMenu() {
  const t = useT()
  const me = useMe()
  const { act } = useAct()
  const isMuted = useStore(preferences, mutedOf)
  const signOut = (): void => void act(async () => {
    await session.signOut()
    forgetDrafts()
    screen.set((held) => ({ ...held, goodbye: 'signed-out' }))
  })
  return (
    <Menu position="right-end" width={220}>
      <Menu.Target><UnstyledButton aria-label={t('accountMenu.label', { name: me.name })} p={4}><Face label={me.name} size={32} /></UnstyledButton></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.name}</Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} aria-hidden />} renderRoot={(props) => <Link to="/account" {...props} />}>{t('accountMenu.account')}</Menu.Item>
        <Menu.Item leftSection={isMuted ? <IconBellOff size={16} aria-hidden /> : <IconBell size={16} aria-hidden />} onClick={() => preferences.set((held) => ({ ...held, isMuted: !held.isMuted }))}>
          {isMuted ? t('accountMenu.unmute') : t('accountMenu.mute')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={showShortcuts}>{t('accountMenu.shortcuts')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>{t('accountMenu.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
