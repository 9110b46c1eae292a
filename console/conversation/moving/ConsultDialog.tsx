import { useState } from 'react'
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useMe } from '../../state/me.tsx'
import { Colleague } from './Colleague.tsx'

/** Asks a colleague to help; the contact stays its owner's. */
export function ConsultDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const [agentId, setAgentId] = useState<string | null>(null)
  const [note, setNote] = useState('')
  const submit = async (): Promise<void> => {
    if (agentId !== null && (await act(() => api.consult(contact.id, agentId, note.trim())))) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('routing.move.consult')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t('routing.move.consultText')}</Text>
        <Colleague value={agentId} onChange={setAgentId} without={[me.id, contact.ownerId, ...contact.consultantIds]} />
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={agentId === null} onClick={() => void submit()}>{t('routing.move.ask')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
