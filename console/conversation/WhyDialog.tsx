import { Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ContactView } from '#contract/views.ts'
import { contacts as api } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { problemText } from '../state/act.ts'
import style from './WhyDialog.module.css'

/** Why routing does with this contact what it does, agent by agent. */
export function WhyDialog({ contact, isOpen, onClose }: { contact: ContactView; isOpen: boolean; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const why = useQuery({ queryKey: ['why', contact.id, contact.version], queryFn: () => api.why(contact.id), enabled: isOpen, staleTime: 0 })
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('why.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {why.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
      {why.isError && <Text c="red">{problemText(t, why.error)}</Text>}
      {why.data && (
        <Stack gap="sm">
          <Text size="sm">{why.data.reason === null ? t('why.noReason') : t(keyFor('waitReason', why.data.reason, 'waitReason.other'), { code: why.data.reason })}</Text>
          {why.data.workableAt !== null && <Text size="sm" c="dimmed">{t('why.from', { at: formats.dateTime(why.data.workableAt) })}</Text>}
          <ul className={style['list']}>
            {why.data.candidates.map((candidate) => (
              <li key={candidate.agentId}>
                <span>{candidate.name}</span>
                <Mark tone={candidate.eligible ? 'good' : 'plain'}>{candidate.eligible ? t('why.can') : t(keyFor('waitReason', candidate.reason, 'waitReason.other'), { code: candidate.reason ?? '' })}</Mark>
              </li>
            ))}
          </ul>
        </Stack>
      )}
    </Modal>
  )
}
