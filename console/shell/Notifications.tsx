import { useEffect, useState } from 'react'
import { Button, Group, Popover, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconBell } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Notification } from '#contract/api/sla.ts'
import { notifications as api } from '../api/promises.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { problemText, useAct } from '../state/act.ts'
import { onSettingsChanged } from '../state/connection.ts'
import { useInbox } from '../state/inbox.ts'
import shell from './Shell.module.css'
import style from './Notifications.module.css'

/** What one is told of: promises at risk or missed, and what is to be followed up. Each leads to where it is worked on. */
export function Notifications() {
  const t = useT()
  const queries = useQueryClient()
  const { act } = useAct()
  const [isOpen, setIsOpen] = useState(false)
  // There the rail is the lower edge of the screen.
  const isNarrow = useMediaQuery('(max-width: 760px)') === true
  const list = useQuery({ queryKey: ['notifications'], queryFn: api.list, staleTime: 60_000, refetchOnWindowFocus: true })
  useEffect(() => onSettingsChanged((what) => { if (what === 'notifications') void queries.invalidateQueries({ queryKey: ['notifications'] }) }), [queries])
  const unread = list.data?.unread ?? 0
  const label = unread > 0 ? t('promises.notice.labelCount', { count: unread }) : t('promises.notice.label')
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position={isNarrow ? 'top' : 'right-end'} width="min(340px, calc(100vw - 24px))" trapFocus shadow="md" radius="md">
      <Popover.Target>
        <Tooltip label={t('promises.notice.label')} position="right" disabled={isOpen}>
          <UnstyledButton className={shell['place']} aria-label={label} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            <IconBell size={21} stroke={1.6} aria-hidden />
            {unread > 0 && <span className={shell['count']} aria-hidden data-count={unread > 99 ? '99+' : unread} />}
          </UnstyledButton>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={0} role="dialog" aria-label={t('promises.notice.label')}>
        <Group justify="space-between" px="md" py={10}>
          <Text fw={600} size="sm">{t('promises.notice.label')}</Text>
          {unread > 0 && <Button size="compact-xs" variant="subtle" onClick={() => void act(api.readAll)}>{t('promises.notice.readAll')}</Button>}
        </Group>
        {list.isError && <Text c="red" size="sm" px="md" pb="md" role="alert">{problemText(t, list.error)}</Text>}
        {list.data?.items.length === 0 && <div className={style['empty']}><strong>{t('promises.notice.none')}</strong><span>{t('promises.notice.noneText')}</span></div>}
        <ul className={style['list']}>{list.data?.items.map((notice) => <li key={notice.id}><Notice notice={notice} onOpen={() => setIsOpen(false)} /></li>)}</ul>
      </Popover.Dropdown>
    </Popover>
  )
}

function Notice({ notice, onOpen }: { notice: Notification; onOpen: () => void }) {
  const t = useT()
  const customerLabel = useCustomerLabel()
  const formats = useFormats()
  const navigate = useNavigate()
  const { act } = useAct()
  const queue = useInbox((state) => state.queues).find(({ id }) => id === notice.facts['queueId'])?.name ?? '–'
  const [target, channel] = [String(notice.facts['target']), String(notice.facts['channel'])]
  const followUpId = typeof notice.facts['followUpId'] === 'string' ? notice.facts['followUpId'] : undefined
  const what = t(keyFor('followUpKind', String(notice.facts['kind']), 'followUpKind.other'))
  const at = formats.short(notice.at, new Date())
  const where = followUpId !== undefined ? at : t('promises.notice.where', { queue, channel: t(keyFor('channel', channel, 'promises.ledger.why.other'), { code: channel }), at })
  const open = (): void => {
    onOpen()
    if (notice.readAt === null) void act(() => api.read(notice.id))
    if (followUpId !== undefined) void navigate({ to: '/follow-ups/$followUpId', params: { followUpId } })
    else if (notice.conversationId !== null) void navigate({ to: '/inbox/$list/$conversationId', params: { list: 'all', conversationId: notice.conversationId } })
  }
  return (
    <UnstyledButton className={style['notice']} data-unread={notice.readAt === null || undefined} data-kind={notice.kind} onClick={open}>
      <span className={style['text']}>{t(`promises.notice.${notice.kind}`, { target: t(keyFor('sla', target, 'promises.ledger.why.other'), { code: target }), percent: Number(notice.facts['percent']), offers: Number(notice.facts['offers']), what })}</span>
      <span className={style['small']}>{notice.customerLabel === null ? where : `${customerLabel(notice.customerLabel)} · ${where}`}</span>
    </UnstyledButton>
  )
}
