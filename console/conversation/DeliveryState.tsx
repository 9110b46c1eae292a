import { Button } from '@mantine/core'
import { IconAlertCircle, IconCheck, IconChecks, IconClock } from '@tabler/icons-react'
import type { MessageView } from '#contract/views.ts'
import { conversations as api } from '../api/work.ts'
import { keyFor, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { useScreen } from '../state/inbox.ts'
import { discard, sendAgain } from '../state/outbox.ts'
import style from './DeliveryState.module.css'

/** How far a message of ours got; when it did not, why, and a button to try again. */
export function DeliveryState({ message }: { message: MessageView }) {
  const t = useT()
  const { act, isBusy } = useAct()
  // In the outbox the server never had it; else it is the server that tries again.
  const isOurs = useScreen((state) => message.clientId !== null && state.outbox.some((item) => item.clientId === message.clientId)) && message.version === 0
  const word = t(`messageStatus.${message.status}`)
  if (message.status === 'failed') {
    const reason = isOurs ? t(keyFor('problem', message.statusReason, 'problem.other'), { code: message.statusReason ?? '' }) : t(keyFor('delivery', message.statusReason, 'delivery.other'), { code: message.statusReason ?? '' })
    return (
      <p className={style['failed']} role="alert">
        <IconAlertCircle size={14} aria-hidden />
        <span><b>{word}</b> · {reason}</span>
        <Button size="compact-xs" variant="light" color="red" loading={isBusy} onClick={() => void act(() => (isOurs && message.clientId !== null ? sendAgain(message.clientId) : api.retry(message.id)))}>{t('message.retry')}</Button>
        {isOurs && message.clientId !== null && <Button size="compact-xs" variant="subtle" color="gray" onClick={() => message.clientId !== null && discard(message.clientId)}>{t('message.discard')}</Button>}
      </p>
    )
  }
  const Shape = message.status === 'read' || message.status === 'delivered' ? IconChecks : message.status === 'sent' ? IconCheck : IconClock
  return <p className={style['state']} data-read={message.status === 'read' || undefined}><Shape size={14} stroke={1.8} aria-hidden />{word}</p>
}
