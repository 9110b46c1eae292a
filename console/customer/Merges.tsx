import { useState } from 'react'
import { Button, Group, List, Loader, Modal, Stack, Text } from '@mantine/core'
import { IconArrowMerge } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { CustomerView } from '#contract/views.ts'
import { customers as api } from '../api/work.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useCustomerLabel } from '../look/customer-label.ts'
import { problemText, useAct } from '../state/act.ts'
import style from './CustomerPanel.module.css'

type Merge = CustomerView['merges'][number]

/** Who was joined into this customer; the newest can be taken apart again. */
export function Merges({ customer }: { customer: CustomerView }) {
  const t = useT()
  const formats = useFormats()
  const labelOf = useCustomerLabel()
  const [undoing, setUndoing] = useState<Merge | null>(null)
  return (
    <section className={style['section']} aria-label={t('merge.title')}>
      <h3>{t('merge.title')}</h3>
      <ul className={style['list']}>
        {customer.merges.map((merge, at) => (
          <li key={merge.id} className={style['row']}>
            <IconArrowMerge size={16} stroke={1.6} aria-hidden />
            <span className={style['grow']}><span dir="auto">{labelOf(merge.foldedLabel)}</span><span className={style['small']}>{merge.automatic ? t('merge.automatic', { at: formats.dateTime(merge.at) }) : t('merge.byHand', { at: formats.dateTime(merge.at) })}</span></span>
            {at === 0 && <Button size="compact-xs" variant="default" onClick={() => setUndoing(merge)}>{t('merge.undo')}</Button>}
          </li>
        ))}
      </ul>
      {undoing && <UndoDialog merge={undoing} onClose={() => setUndoing(null)} />}
    </section>
  )
}

function UndoDialog({ merge, onClose }: { merge: Merge; onClose: () => void }) {
  const t = useT()
  const labelOf = useCustomerLabel()
  const { act, isBusy } = useAct()
  const preview = useQuery({ queryKey: ['undo-preview', merge.id], queryFn: () => api.undoPreview(merge.id), staleTime: 0, retry: false })
  const undo = async (): Promise<void> => {
    if (await act(() => api.undoMerge(merge.id))) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('merge.undoTitle', { name: labelOf(merge.foldedLabel) })} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="sm">
        {preview.isPending && <Loader size="sm" type="dots" aria-label={t('common.loading')} />}
        {preview.isError && <Text c="red">{problemText(t, preview.error)}</Text>}
        {preview.data && (
          <>
            <Counts title={t('merge.movesBack')} counts={preview.data.movesBack} />
            {preview.data.reopens && <Text size="sm">{t('merge.reopens')}</Text>}
            <Counts title={t('merge.staysBehind')} counts={preview.data.staysBehind} />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button loading={isBusy} disabled={!preview.isSuccess} onClick={() => void undo()}>{t('merge.undo')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function Counts({ title, counts }: { title: string; counts: Record<string, number> }) {
  const t = useT()
  const shown = Object.entries(counts).filter(([, count]) => count > 0)
  if (shown.length === 0) return null
  return (
    <div>
      <Text size="sm">{title}</Text>
      <List size="sm" mt={4}>{shown.map(([what, count]) => <List.Item key={what}>{t(keyFor('mergePart', what, 'mergePart.other'), { count, what })}</List.Item>)}</List>
    </div>
  )
}
