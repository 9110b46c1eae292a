import { useState } from 'react'
import { Button, Group, Modal, SegmentedControl, Select, Stack, Textarea } from '@mantine/core'
import type { InboxState } from '#contract/inbox-state.ts'
import type { AgentView, ContactView } from '#contract/views.ts'
import { contacts as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'

const colleaguesOf = (state: InboxState): AgentView[] => Object.values(state.agents).filter((agent) => agent.id !== state.meId && !agent.retired).toSorted((a, b) => a.name.localeCompare(b.name))

/** Hands a contact to a colleague, who is asked first, or to a queue. */
export function TransferDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const colleagues = useInbox(colleaguesOf)
  const queues = useInbox((state) => state.queues)
  const [to, setTo] = useState<'agent' | 'queue'>('agent')
  const [agentId, setAgentId] = useState<string | null>(null)
  const [queueId, setQueueId] = useState<string | null>(null)
  const [note, setNote] = useState('')
  const target = to === 'agent' ? (agentId === null ? null : { agentId }) : queueId === null ? null : { queueId }
  const submit = async (): Promise<void> => {
    if (target && (await act(() => api.transfer(contact.id, target, note.trim())))) onClose()
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('transfer.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <SegmentedControl fullWidth aria-label={t('transfer.to')} value={to} onChange={(chosen) => setTo(chosen === 'queue' ? 'queue' : 'agent')} data={[{ value: 'agent', label: t('transfer.agent') }, { value: 'queue', label: t('transfer.queue') }]} />
        {to === 'agent' ? (
          <Select
            label={t('transfer.agent')} placeholder={t('transfer.agentHint')} searchable value={agentId} onChange={setAgentId} nothingFoundMessage={t('transfer.nobody')}
            data={colleagues.map((agent) => ({ value: agent.id, label: t('transfer.agentLine', { name: agent.name, presence: t(`presence.${agent.presence}`) }), disabled: agent.presence === 'offline' }))}
          />
        ) : (
          <Select label={t('transfer.queue')} searchable value={queueId} onChange={setQueueId} data={queues.filter((queue) => !queue.retired && queue.id !== contact.queueId).map((queue) => ({ value: queue.id, label: queue.open ? queue.name : t('transfer.closedQueue', { name: queue.name }) }))} />
        )}
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={!target} onClick={() => void submit()}>{t('actions.transfer')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
