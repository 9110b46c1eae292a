import { useState } from 'react'
import { Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { InboxState } from '#contract/inbox-state.ts'
import type { AgentView } from '#contract/views.ts'
import type { BreakReason, Presence } from '#contract/words.ts'
import { me as account } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { useNow } from '../state/now.ts'
import style from './PresenceMenu.module.css'

const myself = (state: InboxState): AgentView | undefined => (state.meId === null ? undefined : state.agents[state.meId])
const choosable: readonly BreakReason[] = ['lunch', 'training', 'meeting', 'personal']

/** What one is to the others and to routing, always in sight, one click to change. */
export function PresenceMenu() {
  const t = useT()
  const formats = useFormats()
  const me = useInbox(myself)
  const now = useNow()
  const { act, isBusy } = useAct()
  const [isOpen, setIsOpen] = useState(false)
  const presence = me?.presence ?? 'offline'
  const word = presence === 'break' && me?.reason ? t(`breakReason.${me.reason}`) : t(`presence.${presence}`)
  const choose = (chosen: Presence, reason?: BreakReason): void => void act(() => account.setPresence(chosen, reason))
  const since = me ? formats.duration(now - Date.parse(me.since)) : ''
  const label = t('presenceMenu.label', { presence: word })

  return (
    <Menu position="right-end" width={230} withinPortal opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>
        <Tooltip label={me?.draining === true ? t('presenceMenu.draining') : `${word} · ${since}`} position="right" disabled={isOpen}>
          <UnstyledButton className={style['button']} aria-label={label} disabled={isBusy || !me}>
            <span className={style['dot']} data-presence={presence} data-draining={me?.draining || undefined} aria-hidden />
            <span className={style['word']} aria-hidden>{presence === 'available' ? t('presenceMenu.availableShort') : word}</span>
          </UnstyledButton>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<span className={style['dot']} data-presence="available" />} rightSection={presence === 'available' ? <IconCheck size={15} aria-hidden /> : null} onClick={() => choose('available')}>
          {t('presence.available')}
        </Menu.Item>
        <Menu.Label>{t('presence.break')}</Menu.Label>
        {choosable.map((reason) => (
          <Menu.Item key={reason} leftSection={<span className={style['dot']} data-presence="break" />} rightSection={presence === 'break' && me?.reason === reason ? <IconCheck size={15} aria-hidden /> : null} onClick={() => choose('break', reason)}>
            {t(`breakReason.${reason}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<span className={style['dot']} data-presence="offline" />} rightSection={presence === 'offline' ? <IconCheck size={15} aria-hidden /> : null} onClick={() => choose('offline')}>
          {t('presence.offline')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
