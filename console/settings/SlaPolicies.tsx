import { useState } from 'react'
import { ActionIcon, Button, Group, NumberInput, Select, Stack, Table, Text } from '@mantine/core'
import { IconClockHour4, IconTrash } from '@tabler/icons-react'
import type { SlaPolicy } from '#contract/api/settings.ts'
import { channels, slaTargetKinds } from '#contract/words.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useFieldProblem, useSettings } from './parts.tsx'
import { ChoiceField, NumberField, TextField } from './fields.tsx'

type Target = SlaPolicy['targets'][number]
const minuteMs = 60_000

/** What is promised, and by when. */
export function SlaPolicies() {
  const t = useT()
  const formats = useFormats()
  const list = useSettings('sla-policies', settings.slaPolicies.list)
  const [editing, setEditing] = useState<SlaPolicy | 'new' | null>(null)
  const [retiring, setRetiring] = useState<SlaPolicy | null>(null)
  return (
    <Section
      title={t('settings.section.sla')} text={t('settings.sla.text')} list={list} columns={[t('settings.name'), t('settings.sla.targets')]} empty={{ icon: IconClockHour4, title: t('settings.sla.empty'), text: t('settings.sla.emptyText') }}
      add={{ label: t('settings.sla.add'), onClick: () => setEditing('new') }}
      row={(policy) => (
        <>
          <Table.Td fw={550}>{policy.name}</Table.Td>
          <Table.Td>{policy.targets.map((target) => <div key={`${target.kind} ${target.channel}`}>{t('settings.sla.line', { kind: t(`sla.${target.kind}`), channel: target.channel === null ? t('settings.sla.every') : t(`channel.${target.channel}`), time: formats.duration(target.targetMs) })}</div>)}</Table.Td>
          <RowActions name={policy.name} onEdit={() => setEditing(policy)} onRetire={() => setRetiring(policy)} />
        </>
      )}
    >
      {editing && <PolicyDialog policy={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.sla.retireText')} confirmLabel={t('settings.retire')} save={() => settings.slaPolicies.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function PolicyDialog({ policy, onClose }: { policy: SlaPolicy | null; onClose: () => void }) {
  const t = useT()
  const calendars = useSettings('calendars', settings.calendars.list)
  const [name, setName] = useState(policy?.name ?? '')
  const [warnShare, setWarnShare] = useState(policy?.warnShare ?? 0.8)
  const [calendarId, setCalendarId] = useState<string | null>(policy?.calendarId ?? null)
  const [targets, setTargets] = useState<Target[]>(policy?.targets ?? [{ kind: 'first-response', channel: null, targetMs: 60 * minuteMs }])
  const body = { name: name.trim(), warnShare, calendarId, targets }
  const isValid = body.name !== '' && targets.length > 0 && targets.every(({ targetMs }) => targetMs >= 1000)
  return (
    <FormDialog title={policy ? t('settings.editNamed', { name: policy.name }) : t('settings.sla.add')} size="lg" isValid={isValid} save={() => (policy ? settings.slaPolicies.change(policy.id, body) : settings.slaPolicies.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <TargetsField targets={targets} onChange={setTargets} />
      <NumberField path="warnShare" label={t('settings.sla.warn')} min={10} max={99} value={Math.round(warnShare * 100)} onChange={(percent) => setWarnShare(percent / 100)} />
      <ChoiceField path="calendarId" label={t('settings.sla.calendar')} placeholder={t('settings.sla.queueCalendar')} clearable options={(calendars.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} value={calendarId} onChange={setCalendarId} />
    </FormDialog>
  )
}

function TargetsField({ targets, onChange }: { targets: Target[]; onChange: (targets: Target[]) => void }) {
  const t = useT()
  const problem = useFieldProblem('targets')
  const set = (at: number, part: Partial<Target>): void => onChange(targets.map((target, i) => (i === at ? { ...target, ...part } : target)))
  return (
    <Stack gap={8} role="group" aria-label={t('settings.sla.targets')}>
      <Text size="sm" fw={550}>{t('settings.sla.targets')}</Text>
      {targets.map((target, at) => (
        <Group key={at} gap={8} wrap="nowrap">
          <Select flex={1} aria-label={t('settings.sla.kind')} allowDeselect={false} value={target.kind} data={slaTargetKinds.map((value) => ({ value, label: t(`sla.${value}`) }))} onChange={(kind) => set(at, { kind: slaTargetKinds.find((one) => one === kind) ?? target.kind })} />
          <Select flex={1} aria-label={t('settings.channels.channel')} clearable placeholder={t('settings.sla.every')} value={target.channel} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(channel) => set(at, { channel: channels.find((one) => one === channel) ?? null })} />
          <NumberInput w={120} aria-label={t('settings.sla.minutes')} suffix={t('settings.sla.minutesSuffix')} min={0.02} decimalScale={2} value={target.targetMs / minuteMs} onChange={(minutes) => set(at, { targetMs: Math.round(Number(minutes) * minuteMs) })} />
          <ActionIcon aria-label={t('settings.sla.removeTarget')} onClick={() => onChange(targets.filter((_, i) => i !== at))}><IconTrash size={15} aria-hidden /></ActionIcon>
        </Group>
      ))}
      {problem !== null && <Text size="xs" c="red">{problem}</Text>}
      <Group><Button size="xs" variant="subtle" onClick={() => onChange([...targets, { kind: 'next-response', channel: null, targetMs: 30 * minuteMs }])}>{t('settings.sla.addTarget')}</Button></Group>
    </Stack>
  )
}
