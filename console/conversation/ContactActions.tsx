import { useEffect, useState } from 'react'
import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconArrowForwardUp, IconBan, IconCheck, IconClockPause, IconDots, IconFlag, IconHelpCircle, IconHourglass, IconListCheck, IconMoon, IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconUserPlus, IconUsers } from '@tabler/icons-react'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { onKey } from '../state/keys.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { CloseDialog } from './CloseDialog.tsx'
import { SnoozeDialog } from './SnoozeDialog.tsx'
import { movingDialogs, type MovingDialog } from './moving/dialogs.tsx'
import { useLiveSession } from './use-conversation.ts'
import { WhyDialog } from './WhyDialog.tsx'
import style from './ContactActions.module.css'

type Dialog = 'snooze' | 'close' | 'why' | MovingDialog | null

/** What may be done with a contact in the state it is in; the server has the last word. */
export function ContactActions({ contact }: { contact: ContactView }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const session = useLiveSession(contact.id)
  const [dialog, setDialog] = useState<Dialog>(null)
  const isMine = contact.ownerId === me.id
  const isBoss = isAtLeast(me.role, 'supervisor')
  const isWaiting = contact.state === 'waiting' || contact.state === 'offered'
  const isAside = contact.state === 'pending' || contact.state === 'snoozed'
  const isWorkable = contact.state === 'active' && (isMine || isBoss)
  // Who talks to the customer cannot wait for them.
  const mayWait = isWorkable && session?.kind !== 'call'
  // A call is hung up first: what is left of it is closed in wrap-up.
  const mayClose = (mayWait || (isAside && isMine)) && contact.state !== 'closed'

  const Moving = dialog !== null && dialog in movingDialogs ? movingDialogs[dialog as MovingDialog] : null // checked on the same line

  useEffect(() => {
    const ends = [
      ...(isWorkable ? [onKey('t', () => setDialog('transfer'))] : []),
      ...(mayWait ? [onKey('s', () => setDialog('snooze'))] : []),
      ...(mayClose ? [onKey('e', () => setDialog('close'))] : []),
    ]
    return () => ends.forEach((end) => end())
  }, [isWorkable, mayWait, mayClose])

  return (
    <div className={style['actions']}>
      {session?.isTogether && session.agentId === me.id && (session.isOnHold || contact.consultantIds.length > 0) && (
        <Button variant={session.isOnHold ? 'filled' : 'default'} leftSection={session.isOnHold ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />} loading={isBusy} onClick={() => void act(() => api.hold(contact.id, !session.isOnHold))}>{t(session.isOnHold ? 'routing.move.unhold' : 'routing.move.hold')}</Button>
      )}
      {session?.kind === 'call' && isMine && (
        <Button color="red" variant="light" leftSection={<IconPhoneOff size={16} aria-hidden />} disabled={isBusy} onClick={() => void act(() => api.hangUp(contact.id))}>{t('actions.hangUp')}</Button>
      )}
      {isWaiting && <Button loading={isBusy} onClick={() => void act(() => api.accept(contact.id))}>{t('actions.take')}</Button>}
      {isAside && isMine && <Button variant="default" leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={isBusy} onClick={() => void act(() => api.resume(contact.id))}>{t('actions.resume')}</Button>}
      {isWorkable && (
        <span className={style['wide']}>
          <Tooltip label={t('actions.transfer')}><ActionIcon size="lg" aria-label={t('actions.transfer')} onClick={() => setDialog('transfer')}><IconArrowForwardUp size={19} stroke={1.6} aria-hidden /></ActionIcon></Tooltip>
          {mayWait && <Tooltip label={t('actions.snooze')}><ActionIcon size="lg" aria-label={t('actions.snooze')} onClick={() => setDialog('snooze')}><IconMoon size={18} stroke={1.6} aria-hidden /></ActionIcon></Tooltip>}
        </span>
      )}
      {mayClose && <Button leftSection={<IconCheck size={16} aria-hidden />} onClick={() => setDialog('close')}>{t('actions.close')}</Button>}
      {contact.state !== 'closed' && (
        <Menu position="bottom-end" width={250}>
          <Menu.Target><ActionIcon size="lg" aria-label={t('actions.more')}><IconDots size={18} aria-hidden /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            {isWorkable && contact.unanswered && <Menu.Item leftSection={<IconClockPause size={16} aria-hidden />} onClick={() => void act(() => api.settle(contact.id))}>{t('actions.settle')}</Menu.Item>}
            {mayWait && <Menu.Item leftSection={<IconHourglass size={16} aria-hidden />} onClick={() => void act(() => api.pend(contact.id))}>{t('actions.pend')}</Menu.Item>}
            {mayWait && <Menu.Item leftSection={<IconMoon size={16} aria-hidden />} onClick={() => setDialog('snooze')}>{t('actions.snooze')}</Menu.Item>}
            <Menu.Label>{t('routing.move.menu')}</Menu.Label>
            {(isWorkable || isBoss) && <Menu.Item leftSection={<IconArrowForwardUp size={16} aria-hidden />} onClick={() => setDialog('transfer')}>{t('actions.transfer')}</Menu.Item>}
            {isWorkable && <Menu.Item leftSection={<IconUsers size={16} aria-hidden />} onClick={() => setDialog('consult')}>{t('routing.move.consult')}</Menu.Item>}
            {isBoss && <Menu.Item leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setDialog('assign')}>{t('routing.move.assign')}</Menu.Item>}
            {(isWorkable || isAside) && contact.ownerId !== null && (isMine || isBoss) && <Menu.Item leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => void act(() => api.giveBack(contact.id))}>{t('routing.move.returnIt')}</Menu.Item>}
            <Menu.Item leftSection={<IconFlag size={16} aria-hidden />} onClick={() => setDialog('needs')}>{t('routing.move.needs')}</Menu.Item>
            <Menu.Item leftSection={<IconListCheck size={16} aria-hidden />} onClick={() => setDialog('followUp')}>{t('routing.move.followUp')}</Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<IconHelpCircle size={16} aria-hidden />} onClick={() => setDialog('why')}>{isWaiting ? t('actions.whyWaiting') : t('actions.whyHere')}</Menu.Item>
            {(isMine || isBoss || isWaiting) && <Menu.Divider />}
            {(isMine || isBoss || isWaiting) && <Menu.Item color="red" c="var(--bad)" leftSection={<IconBan size={16} aria-hidden />} onClick={() => void act(() => api.spam(contact.id))}>{t('actions.spam')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      {Moving && <Moving contact={contact} onClose={() => setDialog(null)} />}
      <SnoozeDialog contact={contact} isOpen={dialog === 'snooze'} onClose={() => setDialog(null)} />
      <CloseDialog contact={contact} isOpen={dialog === 'close'} onClose={() => setDialog(null)} />
      <WhyDialog contact={contact} isOpen={dialog === 'why'} onClose={() => setDialog(null)} />
    </div>
  )
}
