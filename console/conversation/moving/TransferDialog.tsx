import { useState } from 'react'
import { Button, Group, Modal, Stack, Textarea } from '@mantine/core'
import type { ContactView } from '#contract/views.ts'
import { contacts as api, type TransferTarget } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useMe } from '../../state/me.tsx'
import { Target } from './Target.tsx'

/** Hands a contact to a colleague, who is asked first, to a queue, or to whoever of its queue has a skill. */
export function TransferDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const [target, setTarget] = useState<TransferTarget | null>(null)
  const [note, setNote] = useState('')
  const submit = async (): Promise<void> => {
    if (target !== null && (await act(() => api.transfer(contact.id, target, note.trim())))) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('transfer.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Target label={t('transfer.to')} onChange={setTarget} withoutAgents={[me.id, contact.ownerId]} withoutQueue={contact.queueId} />
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={target === null} onClick={() => void submit()}>{t('actions.transfer')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
