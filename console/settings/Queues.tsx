import { useState } from 'react'
import { Select, Table, Text } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import type { Queue } from '#contract/api/settings.ts'
import { settings } from '../api/settings.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, RowActions, Section, useSettings } from './parts.tsx'
import { QueueDialog } from './queue/QueueDialog.tsx'

/** Who waits for whom. */
export function Queues() {
  const t = useT()
  const queues = useSettings('queues', settings.queues.list)
  const teams = useSettings('teams', settings.teams.list)
  const [editing, setEditing] = useState<Queue | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Queue | null>(null)
  const [targetId, setTargetId] = useState<string | null>(null)
  return (
    <Section
      title={t('settings.section.queues')} text={t('settings.queues.text')} list={queues} columns={[t('settings.name'), t('settings.team'), t('settings.members'), t('settings.queues.waiting')]}
      empty={{ icon: IconStack2, title: t('settings.queues.empty'), text: t('settings.queues.emptyText') }} add={{ label: t('settings.queues.add'), onClick: () => setEditing('new') }}
      row={(queue) => (
        <>
          <Table.Td><Text span fw={550} size="sm">{queue.name}</Text> <Mark tone={queue.isOpen ? 'good' : 'plain'}>{queue.isOpen ? t('settings.open') : t('settings.closed')}</Mark> {queue.restricted && <Mark tone="warn">{t('settings.queues.restricted')}</Mark>} {queue.warnings.length > 0 && <Mark tone="bad" title={t('routing.warning.title', { count: queue.warnings.length })}>{t('routing.warning.short')}</Mark>}</Table.Td>
          <Table.Td>{teams.data?.find(({ id }) => id === queue.teamId)?.name ?? '–'}</Table.Td>
          <Table.Td>{queue.memberIds.length === 0 ? <Mark tone="bad">{t('settings.queues.nobody')}</Mark> : queue.memberIds.length}</Table.Td>
          <Table.Td>{queue.waiting}</Table.Td>
          <RowActions name={queue.name} onEdit={() => setEditing(queue)} onRetire={() => { setTargetId(null); setRetiring(queue) }} />
        </>
      )}
    >
      {editing && <QueueDialog queue={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && (
        <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.queues.retireText')} confirmLabel={t('settings.retire')} save={() => settings.queues.retire(retiring.id, targetId === null ? {} : { targetQueueId: targetId })} onClose={() => setRetiring(null)}>
          <Select clearable label={t('settings.queues.target')} value={targetId} onChange={setTargetId} data={(queues.data ?? []).filter(({ id }) => id !== retiring.id).map(({ id, name }) => ({ value: id, label: name }))} />
        </ConfirmDialog>
      )}
    </Section>
  )
}
