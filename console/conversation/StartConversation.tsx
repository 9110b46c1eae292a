import { useState } from 'react'
import { Button, Group, Modal, Radio, Select, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CustomerView } from '#contract/views.ts'
import { conversations as api, type ReachableChannel } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { CustomerSearch } from '../customer/CustomerSearch.tsx'
import { useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { routeKey } from './route.ts'
import { reasonText, writableOf } from './reachability.ts'

/** Writes first: whom, over which channel that reaches them, for which queue. */
export function StartConversation({ onClose }: { onClose: () => void }) {
  const t = useT()
  const navigate = useNavigate()
  const { act, isBusy } = useAct()
  const queues = useInbox((state) => state.queues)
  const [customer, setCustomer] = useState<CustomerView | null>(null)
  const [route, setRoute] = useState<string | null>(null)
  const [queueId, setQueueId] = useState<string | null>(null)
  const [subject, setSubject] = useState('')
  const [text, setText] = useState('')
  const reach = useQuery({ queryKey: ['reachability', customer?.conversationId, 'start'], queryFn: () => api.reachability(customer?.conversationId ?? ''), enabled: customer !== null, staleTime: 0 })
  const channels = writableOf(reach.data?.options ?? [])
  const chosen = channels.find((channel) => routeKey(channel) === route) ?? channels.find((channel) => channel.isDefault && channel.reachable)
  const isReady = customer !== null && chosen !== undefined && queueId !== null && text.trim() !== ''

  const submit = async (): Promise<void> => {
    if (!customer || !chosen || queueId === null) return
    const sent = await act(() => api.start({
      customerId: customer.id, queueId, channel: chosen.channel, identityId: chosen.identityId, accountId: chosen.accountId,
      ...(chosen.channel === 'email' && subject.trim() !== '' ? { subject: subject.trim() } : {}), text: text.trim(), clientId: crypto.randomUUID(),
    }))
    if (!sent) return
    onClose()
    await navigate({ to: '/inbox/$list/$conversationId', params: { list: 'mine', conversationId: customer.conversationId } })
  }

  return (
    <Modal opened onClose={onClose} title={t('start.title')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <CustomerSearch label={t('start.customer')} onChoose={(picked) => { setCustomer(picked); setRoute(null) }} />
        {customer && (
          <Radio.Group label={t('start.channel')} value={chosen ? routeKey(chosen) : null} onChange={setRoute}>
            <Stack gap={8} mt={8}>{channels.map((channel) => <Radio key={routeKey(channel)} value={routeKey(channel)} disabled={!channel.reachable} label={routeLabel(t, channel)} description={channel.reachable ? null : reasonText(t, channel.reason)} />)}</Stack>
            {reach.isSuccess && channels.length === 0 && <Text size="sm" c="dimmed">{t('start.unreachable')}</Text>}
          </Radio.Group>
        )}
        <Select label={t('start.queue')} value={queueId} onChange={setQueueId} data={queues.filter((queue) => !queue.retired).map((queue) => ({ value: queue.id, label: queue.name }))} />
        {chosen?.channel === 'email' && <TextInput label={t('composer.subject')} maxLength={300} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />}
        <Textarea label={t('start.text')} autosize minRows={4} maxRows={12} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button disabled={!isReady} loading={isBusy} onClick={() => void submit()}>{t('composer.send')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function routeLabel(t: ReturnType<typeof useT>, channel: ReachableChannel): string {
  return t('composer.route', { channel: t(`channel.${channel.channel}`), address: channel.address })
}
