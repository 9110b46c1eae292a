import { useState } from 'react'
import { Alert, Button, Checkbox, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ContactView } from '#contract/views.ts'
import { settings } from '../api/settings.ts'
import { contacts as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'

/** Ends a contact with how it ended, and whether it was a complaint. */
export function CloseDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const { act, isBusy } = useAct()
  const dispositions = useQuery({ queryKey: ['dispositions'], queryFn: () => settings.dispositions.list(), enabled: isOpen })
  const [dispositionId, setDispositionId] = useState<string | null>(contact.dispositionId)
  const [isComplaint, setIsComplaint] = useState(contact.complaint)
  const offered = dispositions.data?.items.filter(({ retiredAt }) => retiredAt === null) ?? []
  const mustChoose = offered.length > 0 && dispositionId === null

  const submit = async (): Promise<void> => {
    if (mustChoose) return
    if (await act(() => api.close(contact.id, { dispositionId, complaint: isComplaint, settle: contact.unanswered }))) onClose()
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('close.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        {contact.unanswered && <Alert color="yellow" title={t('close.unanswered')}>{t('close.unansweredText')}</Alert>}
        {dispositions.isSuccess && offered.length === 0 && <Text size="sm" c="dimmed">{t('close.noDispositions')}</Text>}
        {offered.length > 0 && (
          <Radio.Group label={t('close.disposition')} value={dispositionId} onChange={(id) => { setDispositionId(id); if (offered.find((one) => one.id === id)?.complaint) setIsComplaint(true) }}>
            <Stack gap={8} mt={8}>{offered.map(({ id, name }) => <Radio key={id} value={id} label={name} />)}</Stack>
          </Radio.Group>
        )}
        <Checkbox label={t('close.complaint')} description={t('close.complaintHint')} checked={isComplaint} onChange={(event) => setIsComplaint(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={mustChoose || !dispositions.isSuccess} onClick={() => void submit()}>{contact.unanswered ? t('close.settleAndClose') : t('actions.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
