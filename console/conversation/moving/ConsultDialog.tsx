import { useState } from 'react'
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import type { ContactView } from '#contract/views.ts'
import { contacts as api, type TransferTarget } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useMe } from '../../state/me.tsx'
import { useLiveSession } from '../use-conversation.ts'
import { Target } from './Target.tsx'

/** Asks a colleague, or the best free one of a queue or with a skill, to help; the contact stays its owner's. */
export function ConsultDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const session = useLiveSession(contact.id)
  const [target, setTarget] = useState<TransferTarget | null>(null)
  const [note, setNote] = useState('')
  const submit = async (): Promise<void> => {
    if (target !== null && (await act(() => api.consult(contact.id, target, note.trim())))) onClose()
  }
  const isTalking = session?.kind === 'call' && session.state === 'bridged'
  return (
    <Modal opened onClose={onClose} title={t('routing.move.consult')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t(isTalking ? 'routing.move.consultCall' : 'routing.move.consultText')}</Text>
        <Target label={t('routing.move.consultWhom')} onChange={setTarget} withoutAgents={[me.id, contact.ownerId, ...contact.consultantIds]} />
        <Textarea label={t('transfer.note')} description={t('transfer.noteHint')} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={target === null} onClick={() => void submit()}>{t('routing.move.ask')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
