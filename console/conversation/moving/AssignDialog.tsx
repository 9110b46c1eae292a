import { useState } from 'react'
import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import type { ContactView } from '#contract/views.ts'
import { ApiProblem } from '../../api/http.ts'
import { contacts as api } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { Colleague } from './Colleague.tsx'

/** A supervisor gives a contact to somebody at once; over their capacity only by a second, plain word. */
export function AssignDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const [agentId, setAgentId] = useState<string | null>(null)
  const [note, setNote] = useState('')
  const [isFull, setIsFull] = useState(false)
  const assign = async (id: string): Promise<'given' | 'full'> => {
    try {
      await api.assign(contact.id, id, isFull, note.trim())
      return 'given'
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'agent.full' && error.facts['mayOverride'] === 1) return 'full'
      throw error
    }
  }
  const submit = async (): Promise<void> => {
    if (agentId === null) return
    let result = 'full'
    if (!(await act(async () => { result = await assign(agentId) }))) return
    if (result === 'given') onClose()
    else setIsFull(true)
  }
  return (
    <Modal opened onClose={onClose} title={t('routing.move.assign')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t('routing.move.assignText')}</Text>
        <Colleague value={agentId} onChange={(id) => { setAgentId(id); setIsFull(false) }} without={[contact.ownerId]} />
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        {isFull && <Alert color="yellow" role="alert">{t('routing.move.full')}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={agentId === null} {...(isFull ? { color: 'red' } : {})} onClick={() => void submit()}>{isFull ? t('routing.move.over') : t('routing.move.give')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
