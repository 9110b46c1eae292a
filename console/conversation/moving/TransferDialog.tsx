import { useState } from 'react'
import { Button, Group, Modal, NumberInput, SegmentedControl, Select, Stack, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ContactView } from '#contract/views.ts'
import { settings } from '../../api/settings.ts'
import { contacts as api, type TransferTarget } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useInbox } from '../../state/inbox.ts'
import { useMe } from '../../state/me.tsx'
import { Colleague } from './Colleague.tsx'

const ways = ['agent', 'queue', 'skill'] as const

/** Hands a contact to a colleague, who is asked first, to a queue, or to whoever of its queue has a skill. */
export function TransferDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const queues = useInbox((state) => state.queues)
  const skills = useQuery({ queryKey: ['settings', 'skills'], queryFn: settings.skills.list })
  const [to, setTo] = useState<(typeof ways)[number]>('agent')
  const [chosen, setChosen] = useState<string | null>(null)
  const [level, setLevel] = useState(1)
  const [note, setNote] = useState('')
  const targetOf = (id: string): TransferTarget => (to === 'agent' ? { agentId: id } : to === 'queue' ? { queueId: id } : { skills: [{ skillId: id, level }] })
  const submit = async (): Promise<void> => {
    if (chosen !== null && (await act(() => api.transfer(contact.id, targetOf(chosen), note.trim())))) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('transfer.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <SegmentedControl fullWidth aria-label={t('transfer.to')} value={to} onChange={(value) => { setTo(ways.find((way) => way === value) ?? 'agent'); setChosen(null) }} data={[{ value: 'agent', label: t('transfer.agent') }, { value: 'queue', label: t('transfer.queue') }, { value: 'skill', label: t('routing.move.skill') }]} />
        {to === 'agent' && <Colleague value={chosen} onChange={setChosen} without={[me.id, contact.ownerId]} />}
        {to === 'queue' && <Select label={t('transfer.queue')} searchable value={chosen} onChange={setChosen} data={queues.filter((queue) => !queue.retired && queue.id !== contact.queueId).map((queue) => ({ value: queue.id, label: queue.open ? queue.name : t('transfer.closedQueue', { name: queue.name }) }))} />}
        {to === 'skill' && (
          <Group align="flex-end" wrap="nowrap">
            <Select flex={1} label={t('routing.move.skill')} searchable value={chosen} onChange={setChosen} nothingFoundMessage={t('settings.skills.empty')} data={(skills.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
            <NumberInput w={130} label={t('routing.move.level')} min={1} max={5} allowDecimal={false} value={level} onChange={(value) => setLevel(Number(value) || 1)} />
          </Group>
        )}
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={chosen === null} onClick={() => void submit()}>{t('actions.transfer')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
