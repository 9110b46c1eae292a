import { useState } from 'react'
import { Button, Group, List, Loader, Modal, Select, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import type { InboxState } from '#contract/inbox-state.ts'
import { agents as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { problemText, useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'

const shownMax = 8
const toQueues = 'queues'
const staffOf = (state: InboxState): InboxState['agents'] => state.agents

/** All work of somebody who is not there, shown first, then moved at once. */
export function MoveWorkDialog({ agent, onClose }: { agent: { id: string; name: string }; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const labelOf = useCustomerLabel()
  const { act, isBusy } = useAct()
  const staff = useInbox(staffOf)
  const queues = useInbox((state) => state.queues)
  const [to, setTo] = useState(toQueues)
  const work = useQuery({ queryKey: ['agent-work', agent.id], queryFn: () => api.work(agent.id), staleTime: 0 })
  const move = async (): Promise<void> => {
    const done = await act(async () => {
      const moved = await api.moveWork(agent.id, to === toQueues ? null : to)
      const parts = [...(moved.toAgent > 0 || moved.toQueues === 0 ? [t('routing.work.toAgent', { count: moved.toAgent })] : []), ...(moved.toQueues > 0 ? [t('routing.work.toQueues', { count: moved.toQueues })] : [])]
      const message = t('routing.work.done', { what: formats.list(parts) })
      notifications.show({ color: 'green', message, closeButtonProps: { 'aria-label': t('common.close') } })
    })
    if (done) onClose()
  }
  const colleagues = Object.values(staff).filter((one) => one.id !== agent.id && !one.retired && one.presence !== 'offline')
  const isNone = work.data?.contacts === 0 && work.data.offers === 0
  return (
    <Modal opened onClose={onClose} title={t('routing.work.title', { name: agent.name })} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        {work.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
        {work.isError && <Text c="red" role="alert">{problemText(t, work.error)}</Text>}
        {work.data && (isNone ? <Text size="sm">{t('routing.work.none')}</Text> : (
          <>
            <Text size="sm" fw={600}>{t('routing.work.contacts', { count: work.data.contacts })}</Text>
            <List size="sm" spacing={2}>
              {work.data.items.slice(0, shownMax).map((item) => <List.Item key={item.id}>{labelOf(item.customerLabel)} · {queues.find(({ id }) => id === item.queueId)?.name ?? '–'} · {t(`channel.${item.channel}`)} · {t(`contactState.${item.state}`)}</List.Item>)}
              {work.data.contacts > shownMax && <List.Item>{t('routing.work.more', { count: work.data.contacts - shownMax })}</List.Item>}
            </List>
            {work.data.offers > 0 && <Text size="sm">{t('routing.work.offers', { count: work.data.offers })}</Text>}
            {work.data.followUps > 0 && <Text size="sm" c="dimmed">{t('routing.work.followUps', { count: work.data.followUps })}</Text>}
            <Select label={t('routing.work.to')} allowDeselect={false} value={to} onChange={(value) => setTo(value ?? toQueues)} data={[{ value: toQueues, label: t('routing.work.queues') }, ...colleagues.map(({ id, name }) => ({ value: id, label: t('routing.work.colleague', { name }) }))]} />
            <Text size="sm" c="dimmed">{t('routing.work.offline')}</Text>
          </>
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={!work.data || isNone} onClick={() => void move()}>{t('routing.work.move')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
