import { useState } from 'react'
import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { ContactView } from '#contract/views.ts'
import { followUps } from '../../api/settings.ts'
import { useT } from '../../i18n.tsx'
import { useAct } from '../../state/act.ts'
import { useMe } from '../../state/me.tsx'
import { serverNow } from '../../state/now.ts'

const dayMs = 86_400_000

/** Splits another matter off the conversation: a task that outlives this contact. */
export function SecondMatterDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }) {
  const t = useT()
  const me = useMe()
  const { act, isBusy } = useAct()
  const [title, setTitle] = useState('')
  const [due, setDue] = useState(() => localInput(new Date(serverNow() + dayMs)))
  const [isMine, setIsMine] = useState(true)
  const make = async (): Promise<void> => {
    const made = await act(() => followUps.create({ customerId: contact.customerId, contactId: contact.id, kind: 'other', title: title.trim(), ownerId: isMine ? me.id : null, dueAt: new Date(due).toISOString() }))
    if (!made) return
    notifications.show({ color: 'green', message: t('routing.move.made'), closeButtonProps: { 'aria-label': t('common.close') } })
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('routing.move.followUp')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t('routing.move.followUpText')}</Text>
        <TextInput label={t('routing.move.matter')} maxLength={200} data-autofocus value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <TextInput type="datetime-local" label={t('routing.move.due')} value={due} onChange={(event) => setDue(event.currentTarget.value)} />
        <Checkbox label={t('routing.move.mine')} checked={isMine} onChange={(event) => setIsMine(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={title.trim() === '' || due === ''} onClick={() => void make()}>{t('common.save')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** As the browser's own field wants it: local time without a zone. */
function localInput(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
