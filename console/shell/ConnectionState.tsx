import { Tooltip } from '@mantine/core'
import { useFormats, useT } from '../i18n.tsx'
import { useScreen, type ScreenState } from '../state/inbox.ts'
import style from './ConnectionState.module.css'

const connectionOf = ({ connection, staleSince }: ScreenState) => ({ connection, staleSince })

/** Whether the screen is right: live, or stale and since when. */
export function ConnectionState() {
  const t = useT()
  const formats = useFormats()
  const { connection, staleSince } = useScreen(connectionOf)
  const text = connection === 'live' ? t('connection.live') : connection === 'first' ? t('connection.connecting') : t('connection.stale', { time: staleSince === null ? '' : formats.time(staleSince) })
  return (
    <Tooltip label={text} position="right">
      <span className={style['state']} data-state={connection} role="status" aria-label={text}>
        <span className={style['dot']} aria-hidden />
        <span className={style['word']}>{connection === 'first' ? '…' : connection === 'live' ? t('connection.liveShort') : t('connection.staleShort')}</span>
      </span>
    </Tooltip>
  )
}
