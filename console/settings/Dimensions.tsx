import { useState } from 'react'
import { Table, Text } from '@mantine/core'
import { IconChartDots } from '@tabler/icons-react'
import type { Dimension } from '#contract/api/analysis.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useLocale, useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { useAct } from '../state/act.ts'
import { ConfirmDialog, FormDialog, RowActions, Section, useRefresh, useSettings } from './parts.tsx'
import { NumberField, TextField } from './fields.tsx'

/** What satisfaction is measured in: asked by surveys, shown against each other in the report. */
export function Dimensions() {
  const t = useT()
  const locale = useLocale()
  const formats = useFormats()
  const refresh = useRefresh()
  const { act } = useAct()
  const list = useSettings('dimensions', () => settings.dimensions.list())
  const [editing, setEditing] = useState<Dimension | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Dimension | null>(null)
  const useAgain = (id: string): void => void act(() => settings.dimensions.change(id, { isRetired: false }).then(refresh))
  return (
    <Section
      title={t('settings.section.dimensions')} text={t('settings.dimensions.text')} list={list} columns={[t('settings.name'), t('settings.dimensions.weight')]}
      empty={{ icon: IconChartDots, title: t('settings.dimensions.empty'), text: t('settings.dimensions.emptyText') }} add={{ label: t('settings.dimensions.add'), onClick: () => setEditing('new') }}
      row={(row) => (
        <>
          <Table.Td fw={550}>{row.name[locale]} {row.retiredAt !== null && <Mark>{t('settings.retired')}</Mark>}</Table.Td>
          <Table.Td>{formats.number(row.weight, 2)}</Table.Td>
          <RowActions name={row.name[locale]} onEdit={() => setEditing(row)} {...(row.retiredAt === null ? { onRetire: () => setRetiring(row) } : { onUseAgain: () => useAgain(row.id) })} />
        </>
      )}
    >
      {editing && <DimensionDialog row={editing === 'new' ? null : editing} next={list.data?.length ?? 0} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name[locale] })} text={t('settings.dimensions.retireText')} confirmLabel={t('settings.retire')} save={() => settings.dimensions.change(retiring.id, { isRetired: true })} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function DimensionDialog({ row, next, onClose }: { row: Dimension | null; next: number; onClose: () => void }) {
  const t = useT()
  const locale = useLocale()
  const [name, setName] = useState(row?.name ?? { en: '', zh: '' })
  const [weight, setWeight] = useState(row?.weight ?? 1)
  const [position, setPosition] = useState(row?.position ?? next)
  const body = { name: { en: name.en.trim(), zh: name.zh.trim() }, weight, position }
  return (
    <FormDialog title={row ? t('settings.editNamed', { name: row.name[locale] }) : t('settings.dimensions.add')} isValid={body.name.en !== '' && body.name.zh !== ''} save={() => (row ? settings.dimensions.change(row.id, body) : settings.dimensions.create(body))} onClose={onClose}>
      <Text size="sm" c="dimmed">{t('settings.dimensions.nameHint')}</Text>
      <TextField path="name.en" label={t('settings.dimensions.nameEn')} autoFocus maxLength={60} value={name.en} onChange={(en) => setName({ ...name, en })} />
      <TextField path="name.zh" label={t('settings.dimensions.nameZh')} maxLength={60} value={name.zh} onChange={(zh) => setName({ ...name, zh })} />
      <NumberField path="weight" label={t('settings.dimensions.weight')} description={t('settings.dimensions.weightHint')} min={0} max={100} value={weight} onChange={setWeight} />
      <NumberField path="position" label={t('settings.position')} min={0} max={1000} value={position} onChange={setPosition} />
    </FormDialog>
  )
}
