import { useState } from 'react'
import { Checkbox, Table } from '@mantine/core'
import { IconTags } from '@tabler/icons-react'
import type { Disposition } from '#contract/api/settings.ts'
import { settings } from '../api/settings.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useSettings } from './parts.tsx'
import { NumberField, TextField } from './fields.tsx'

/** How contacts end, in the company's words. */
export function Dispositions() {
  const t = useT()
  const list = useSettings('dispositions', settings.dispositions.list)
  const [editing, setEditing] = useState<Disposition | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Disposition | null>(null)
  return (
    <Section
      title={t('settings.section.dispositions')} text={t('settings.dispositions.text')} list={list} columns={[t('settings.name'), t('settings.position')]}
      empty={{ icon: IconTags, title: t('settings.dispositions.empty'), text: t('settings.dispositions.emptyText') }} add={{ label: t('settings.dispositions.add'), onClick: () => setEditing('new') }}
      row={(row) => (
        <>
          <Table.Td fw={550}>{row.name} {row.complaint && <Mark tone="bad">{t('marks.complaint')}</Mark>}</Table.Td><Table.Td>{row.position}</Table.Td>
          <RowActions name={row.name} onEdit={() => setEditing(row)} onRetire={() => setRetiring(row)} />
        </>
      )}
    >
      {editing && <DispositionDialog row={editing === 'new' ? null : editing} next={list.data?.length ?? 0} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.dispositions.retireText')} confirmLabel={t('settings.retire')} save={() => settings.dispositions.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function DispositionDialog({ row, next, onClose }: { row: Disposition | null; next: number; onClose: () => void }) {
  const t = useT()
  const [name, setName] = useState(row?.name ?? '')
  const [complaint, setComplaint] = useState(row?.complaint ?? false)
  const [position, setPosition] = useState(row?.position ?? next)
  const body = { name: name.trim(), complaint, position }
  return (
    <FormDialog title={row ? t('settings.editNamed', { name: row.name }) : t('settings.dispositions.add')} isValid={body.name !== ''} save={() => (row ? settings.dispositions.change(row.id, body) : settings.dispositions.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <NumberField path="position" label={t('settings.position')} min={0} max={10_000} value={position} onChange={setPosition} />
      <Checkbox label={t('settings.dispositions.complaint')} checked={complaint} onChange={(event) => setComplaint(event.currentTarget.checked)} />
    </FormDialog>
  )
}
