import { useState } from 'react'
import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { CustomerView } from '#contract/views.ts'
import { customers as api } from '../api/work.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { useAct } from '../state/act.ts'
import { CustomerSearch } from './CustomerSearch.tsx'

/** Two customers whom a person knows to be one. Who chooses decides whose name and settings stay. */
export function MergeDialog({ customer, onClose }: { customer: CustomerView; onClose: () => void }) {
  const t = useT()
  const formats = useFormats()
  const labelOf = useCustomerLabel()
  const navigate = useNavigate()
  const { act, isBusy } = useAct()
  const [other, setOther] = useState<CustomerView | null>(null)
  const [survivorId, setSurvivorId] = useState(customer.id)
  const sides = other ? [customer, other] : []
  const merge = async (): Promise<void> => {
    const folded = sides.find(({ id }) => id !== survivorId)
    const survivor = sides.find(({ id }) => id === survivorId)
    if (!folded || !survivor || !(await act(() => api.merge(survivor.id, folded.id)))) return
    onClose()
    await navigate({ to: '/inbox/$list/$conversationId', params: { list: 'all', conversationId: survivor.conversationId } })
  }
  return (
    <Modal opened onClose={onClose} title={t('merge.handTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="md">
        <Text size="sm">{t('merge.handText')}</Text>
        <CustomerSearch label={t('merge.with', { name: labelOf(customer.label) })} exceptId={customer.id} onChoose={(chosen) => { setOther(chosen); setSurvivorId(customer.id) }} />
        {other && (
          <>
            <Radio.Group label={t('merge.survivor')} value={survivorId} onChange={setSurvivorId}>
              <Stack gap={8} mt={8}>
                {sides.map((side) => <Radio key={side.id} value={side.id} label={labelOf(side.label)} description={t('merge.side', { addresses: formats.list(side.identities.map(({ value }) => value).filter(Boolean).slice(0, 3)), at: formats.date(side.createdAt) })} />)}
              </Stack>
            </Radio.Group>
            <Text size="sm" c="dimmed">{t('merge.handHint')}</Text>
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button disabled={!other} loading={isBusy} onClick={() => void merge()}>{t('suggestion.accept')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
