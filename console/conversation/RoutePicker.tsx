import { Button, Menu, Text } from '@mantine/core'
import { IconCheck, IconChevronDown } from '@tabler/icons-react'
import type { ReachableChannel } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { reasonText } from './reachability.ts'
import { routeKey } from './route.ts'
import style from './RoutePicker.module.css'

/** A browser nobody has signed in on has only a number of ours. */
const isNumbered = ({ address }: ReachableChannel): boolean => /^[\da-f]{8}-[\da-f]{4}-7/.test(address)

/** Over which channel and to which address an answer goes; those that cannot be used say why. */
export function RoutePicker({ channels, chosen, onChoose }: { channels: readonly ReachableChannel[]; chosen: ReachableChannel | undefined; onChoose: (route: string) => void }) {
  const t = useT()
  if (channels.length === 0) return null
  return (
    <Menu position="top-start" width={330}>
      <Menu.Target>
        <Button
          size="compact-sm" variant="subtle" color="gray" className={style['target']} aria-label={t('composer.chooseRoute', { route: chosen ? t('composer.route', { channel: t(`channel.${chosen.channel}`), address: chosen.address }) : '' })}
          leftSection={chosen && <ChannelIcon channel={chosen.channel} size={15} />} rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {chosen ? <span className={style['label']}>{t(`channel.${chosen.channel}`)}{!isNumbered(chosen) && <> <span>{chosen.address}</span></>}</span> : t('composer.choose')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('composer.over')}</Menu.Label>
        {channels.map((channel) => (
          <Menu.Item
            key={routeKey(channel)} disabled={!channel.reachable} leftSection={<ChannelIcon channel={channel.channel} />} onClick={() => onChoose(routeKey(channel))}
            rightSection={chosen && routeKey(chosen) === routeKey(channel) ? <IconCheck size={15} aria-hidden /> : null}
          >
            <Text size="sm" component="span">{t(`channel.${channel.channel}`)}</Text>
            {!isNumbered(channel) && <Text size="xs" c="dimmed" component="span" display="block">{channel.address}</Text>}
            {!channel.reachable && <Text size="xs" component="span" display="block" className={style['reason']}>{reasonText(t, channel.reason)}</Text>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
