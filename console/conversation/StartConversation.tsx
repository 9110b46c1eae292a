import { useState } from 'react'
import { Button, Combobox, Group, Modal, Radio, Select, Stack, Text, TextInput, Textarea, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CustomerView } from '#contract/views.ts'
import { conversations as api, customers, type ReachableChannel } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { Face } from '../look/Face.tsx'
import { useAct } from '../state/act.ts'
import { useCustomerLabel } from '../look/customer-label.ts'
import { useInbox } from '../state/inbox.ts'
import { routeKey } from './route.ts'
import { reasonText } from './reachability.ts'

/** Writes first: whom, over which channel that reaches them, for which queue. */
export function StartConversation({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const navigate = useNavigate()
  const { act, isBusy } = useAct()
  const queues = useInbox((state) => state.queues)
  const labelOf = useCustomerLabel()
  const combobox = useCombobox()
  const [query, setQuery] = useState('')
  const [asked] = useDebouncedValue(query.trim(), 200)
  const [customer, setCustomer] = useState<CustomerView | null>(null)
  const [route, setRoute] = useState<string | null>(null)
  const [queueId, setQueueId] = useState<string | null>(null)
  const [subject, setSubject] = useState('')
  const [text, setText] = useState('')
  const found = useQuery({ queryKey: ['customers', asked], queryFn: ({ signal }) => customers.find(asked, signal), enabled: isOpen && asked.length > 1, placeholderData: keepPreviousData })
  const reach = useQuery({ queryKey: ['reachability', customer?.conversationId, 'start'], queryFn: () => api.reachability(customer?.conversationId ?? ''), enabled: customer !== null, staleTime: 0 })
  const channels = reach.data?.options ?? []
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
    setText('')
    setCustomer(null)
    await navigate({ to: '/inbox/$list/$conversationId', params: { list: 'mine', conversationId: customer.conversationId } })
  }

  return (
    <Modal opened={isOpen} onClose={onClose} title={t('start.title')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Combobox store={combobox} onOptionSubmit={(id) => {
          const picked = found.data?.items.find((item) => item.id === id)
          if (picked) { setCustomer(picked); setQuery(labelOf(picked.label)); setRoute(null) }
          combobox.closeDropdown()
        }}>
          <Combobox.Target>
            <TextInput
              label={t('start.customer')} placeholder={t('start.customerHint')} value={query} data-autofocus
              onChange={(event) => { setQuery(event.currentTarget.value); setCustomer(null); combobox.openDropdown() }} onFocus={() => combobox.openDropdown()} onBlur={() => combobox.closeDropdown()}
            />
          </Combobox.Target>
          <Combobox.Dropdown hidden={asked.length < 2 || customer !== null}>
            <Combobox.Options>
              {found.data?.items.map((item) => (
                <Combobox.Option key={item.id} value={item.id}>
                  <Group gap="sm" wrap="nowrap"><Face label={labelOf(item.label)} size={28} /><span>{labelOf(item.label)}<Text size="xs" c="dimmed">{item.identities.map(({ value }) => value).filter(Boolean).join(' · ')}</Text></span></Group>
                </Combobox.Option>
              ))}
              {found.data?.items.length === 0 && <Combobox.Empty>{t('search.nothing', { query: asked })}</Combobox.Empty>}
            </Combobox.Options>
          </Combobox.Dropdown>
        </Combobox>
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
