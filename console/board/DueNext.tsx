import { useState } from 'react'
import { Drawer, Group, Loader, Select, Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { promises } from '../api/promises.ts'
import { useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import { SlaChip } from '../look/SlaChip.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import style from './DueNext.module.css'

const choices = [5, 15, 30, 60, 240] as const

/** Promises that run out within some minutes, the nearest first; each leads to its conversation. */
export function DueNext({ onClose }: { onClose: () => void }) {
  const t = useT()
  const navigate = useNavigate()
  const queues = useInbox((state) => state.queues)
  const agents = useInbox((state) => state.agents)
  const [minutes, setMinutes] = useState<number>(15)
  const [queueId, setQueueId] = useState<string | null>(null)
  const due = useQuery({ queryKey: ['sla-at-risk', minutes, queueId], queryFn: () => promises.atRisk(minutes, queueId), refetchInterval: 10_000, staleTime: 0, gcTime: 0 })
  return (
    <Drawer opened onClose={onClose} position="right" size={440} title={t('promises.next.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Group grow mb="md">
        <Select label={t('promises.next.within')} allowDeselect={false} value={String(minutes)} data={choices.map((count) => ({ value: String(count), label: t('promises.next.minutes', { count }) }))} onChange={(value) => setMinutes(Number(value))} />
        <Select label={t('promises.next.queue')} clearable placeholder={t('promises.next.allQueues')} value={queueId} data={queues.map(({ id, name }) => ({ value: id, label: name }))} onChange={setQueueId} />
      </Group>
      {due.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {due.isError && <Text c="red" role="alert">{problemText(t, due.error)}</Text>}
      {due.data?.items.length === 0 && <Text c="dimmed">{t('promises.next.none')}</Text>}
      <ul className={style['list']} aria-label={t('promises.next.title')}>
        {due.data?.items.map((one) => (
          <li key={one.clockId}>
            <UnstyledButton className={style['row']} onClick={() => void navigate({ to: '/inbox/$list/$conversationId', params: { list: 'all', conversationId: one.conversationId } })}>
              <ChannelIcon channel={one.channel} />
              <span className={style['grow']}>
                <span className={style['name']} dir="auto">{one.customerLabel === '' ? t('customer.visitor') : one.customerLabel}</span>
                <span className={style['small']}>{t('promises.next.of', { kind: t(`sla.${one.kind}`), queue: queues.find(({ id }) => id === one.queueId)?.name ?? '–' })} · {one.ownerId === null ? t('promises.next.nobody') : (agents[one.ownerId]?.name ?? '–')}</span>
              </span>
              <SlaChip clocks={[{ kind: one.kind, startedAt: one.dueAt, dueAt: one.dueAt, warnedAt: one.warnedAt, breachedAt: null }]} always />
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </Drawer>
  )
}
