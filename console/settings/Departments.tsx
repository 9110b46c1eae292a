import { useState } from 'react'
import { Button, Group, Table, Text } from '@mantine/core'
import { IconBuildingCommunity } from '@tabler/icons-react'
import type { Cause, Department } from '#contract/api/followups.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { Panel } from '../look/Page.tsx'
import { Rows } from '../look/Rows.tsx'
import { problemText, useAct } from '../state/act.ts'
import { ConfirmDialog, FormDialog, RowActions, Section, useRefresh, useSettings } from './parts.tsx'
import { ChoiceField, DurationField, TextField } from './fields.tsx'
import { FollowUpTimes } from './FollowUpTimes.tsx'

const hourMs = 3_600_000

/** In use first, then what can be used again. */
async function withRetired<Row>(list: (isRetired: boolean) => Promise<{ items: Row[]; nextCursor: string | null }>): Promise<{ items: Row[]; nextCursor: string | null }> {
  const [used, retired] = await Promise.all([list(false), list(true)])
  return { ...used, items: [...used.items, ...retired.items] }
}

/** Who repairs what went wrong, and why it went wrong: what a follow-up needs before it is closed. */
export function Departments() {
  const t = useT()
  const formats = useFormats()
  const refresh = useRefresh()
  const { act } = useAct()
  const list = useSettings('departments', () => withRetired(settings.departments.list))
  const [editing, setEditing] = useState<Department | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Department | null>(null)
  const useAgain = (id: string): void => void act(() => settings.departments.change(id, { isRetired: false }).then(refresh))
  return (
    <Section
      title={t('settings.section.departments')} text={t('settings.departments.text')} list={list} columns={[t('settings.name'), t('settings.departments.due')]}
      empty={{ icon: IconBuildingCommunity, title: t('settings.departments.empty'), text: t('settings.departments.emptyText') }} add={{ label: t('settings.departments.add'), onClick: () => setEditing('new') }}
      row={(row) => (
        <>
          <Table.Td fw={550}>{row.name} {row.retiredAt !== null && <Mark>{t('settings.retired')}</Mark>}</Table.Td>
          <Table.Td>{formats.duration(row.dueMs)}</Table.Td>
          <RowActions name={row.name} onEdit={() => setEditing(row)} {...(row.retiredAt === null ? { onRetire: () => setRetiring(row) } : { onUseAgain: () => useAgain(row.id) })} />
        </>
      )}
    >
      <Causes departments={list.data ?? []} />
      <FollowUpTimes />
      {editing && <DepartmentDialog row={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.departments.retireText')} confirmLabel={t('settings.retire')} save={() => settings.departments.change(retiring.id, { isRetired: true })} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function DepartmentDialog({ row, onClose }: { row: Department | null; onClose: () => void }) {
  const t = useT()
  const [name, setName] = useState(row?.name ?? '')
  const [dueMs, setDueMs] = useState(row?.dueMs ?? 24 * hourMs)
  const body = { name: name.trim(), dueMs }
  return (
    <FormDialog title={row ? t('settings.editNamed', { name: row.name }) : t('settings.departments.add')} isValid={body.name !== ''} save={() => (row ? settings.departments.change(row.id, body) : settings.departments.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <DurationField path="dueMs" label={t('settings.departments.dueHours')} description={t('settings.departments.dueHint')} unitMs={hourMs} min={0.1} max={90 * 24} value={dueMs} onChange={setDueMs} />
    </FormDialog>
  )
}

function Causes({ departments }: { departments: readonly Department[] }) {
  const t = useT()
  const refresh = useRefresh()
  const { act } = useAct()
  const list = useSettings('causes', () => withRetired(settings.causes.list))
  const [editing, setEditing] = useState<Cause | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Cause | null>(null)
  const nameOf = (id: string | null): string => departments.find((one) => one.id === id)?.name ?? '–'
  const useAgain = (id: string): void => void act(() => settings.causes.change(id, { isRetired: false }).then(refresh))
  return (
    <Panel title={t('settings.causes.title')} text={t('settings.causes.text')}>
      {list.isError && <Text c="red" role="alert">{problemText(t, list.error)}</Text>}
      {list.data?.length === 0 && <Text size="sm" c="dimmed" mb="sm">{t('settings.causes.empty')}</Text>}
      {list.data && list.data.length > 0 && (
        <Rows minWidth={520} columns={[t('settings.name'), t('settings.causes.department')]} mb="sm" aria-label={t('settings.causes.title')}>
            <Table.Thead><Table.Tr><Table.Th>{t('settings.name')}</Table.Th><Table.Th>{t('settings.causes.department')}</Table.Th><Table.Th><span className="visually-hidden">{t('settings.actions')}</span></Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{list.data.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td>{row.name} {row.retiredAt !== null && <Mark>{t('settings.retired')}</Mark>}</Table.Td><Table.Td>{nameOf(row.departmentId)}</Table.Td>
                <RowActions name={row.name} onEdit={() => setEditing(row)} {...(row.retiredAt === null ? { onRetire: () => setRetiring(row) } : { onUseAgain: () => useAgain(row.id) })} />
              </Table.Tr>
            ))}</Table.Tbody>
        </Rows>
      )}
      <Group><Button variant="default" onClick={() => setEditing('new')}>{t('settings.causes.add')}</Button></Group>
      {editing && <CauseDialog row={editing === 'new' ? null : editing} departments={departments} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.causes.retireText')} confirmLabel={t('settings.retire')} save={() => settings.causes.change(retiring.id, { isRetired: true })} onClose={() => setRetiring(null)} />}
    </Panel>
  )
}

function CauseDialog({ row, departments, onClose }: { row: Cause | null; departments: readonly Department[]; onClose: () => void }) {
  const t = useT()
  const [name, setName] = useState(row?.name ?? '')
  const [departmentId, setDepartmentId] = useState(row?.departmentId ?? null)
  const body = { name: name.trim(), departmentId }
  const options = departments.filter((one) => one.retiredAt === null || one.id === row?.departmentId).map((one) => ({ value: one.id, label: one.name }))
  return (
    <FormDialog title={row ? t('settings.editNamed', { name: row.name }) : t('settings.causes.add')} isValid={body.name !== ''} save={() => (row ? settings.causes.change(row.id, body) : settings.causes.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <ChoiceField path="departmentId" label={t('settings.causes.department')} description={t('settings.causes.departmentHint')} clearable placeholder={t('settings.none')} options={options} value={departmentId} onChange={setDepartmentId} />
    </FormDialog>
  )
}
