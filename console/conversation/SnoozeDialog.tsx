import { useState } from 'react'
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'
import { serverNow } from '../state/now.ts'

const hourMs = 3_600_000

/** Puts a contact aside until a time. */
export function SnoozeDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const { act, isBusy } = useAct()
  const [custom, setCustom] = useState('')
  const now = new Date(serverNow())
  const choices = [
    { label: t('snooze.oneHour'), at: new Date(now.getTime() + hourMs) },
    { label: t('snooze.threeHours'), at: new Date(now.getTime() + 3 * hourMs) },
    { label: t('snooze.tomorrow'), at: morning(now, 1) },
    { label: t('snooze.nextWeek'), at: morning(now, ((8 - now.getDay()) % 7) || 7) },
  ]
  const choose = async (at: Date): Promise<void> => {
    if (await act(() => api.snooze(contact.id, at.toISOString()))) onClose()
  }
  const chosen = custom === '' ? null : new Date(custom)
  const isPast = chosen !== null && chosen <= now
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('snooze.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="xs">
        {choices.map(({ label, at }) => (
          <Button key={label} variant="default" justify="space-between" disabled={isBusy} rightSection={<span className="tabular">{formats.dateTime(at)}</span>} onClick={() => void choose(at)}>{label}</Button>
        ))}
        <Group align="flex-end" mt="xs" wrap="nowrap">
          <TextInput flex={1} type="datetime-local" label={t('snooze.custom')} value={custom} error={isPast ? t('snooze.past') : null} onChange={(event) => setCustom(event.currentTarget.value)} />
          <Button disabled={chosen === null || isPast} loading={isBusy} onClick={() => chosen && void choose(chosen)}>{t('actions.snooze')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function morning(from: Date, days: number): Date {
  const at = new Date(from)
  at.setDate(at.getDate() + days)
  at.setHours(9, 0, 0, 0)
  return at
}
