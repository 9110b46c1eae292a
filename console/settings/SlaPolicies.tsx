import { useState } from 'react'
import { ActionIcon, Button, Group, NumberInput, Select, SegmentedControl, Stack, Table, Text } from '@mantine/core'
import { IconClockHour4, IconTrash } from '@tabler/icons-react'
import type { SlaApplies, SlaPolicy } from '#contract/api/sla.ts'
import { channels, customerTiers, slaTargetKinds } from '#contract/words.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useFieldProblem, useSettings } from './parts.tsx'
import { ChoiceField, ChoicesField, NumberField, TextField } from './fields.tsx'
import { SlaPreview } from './SlaPreview.tsx'
import { SlaSteps, WebhookSecretField } from './SlaSteps.tsx'

type Target = SlaPolicy['targets'][number]
const minuteMs = 60_000

/** What is promised, to whom, by when, and what happens when it is at risk. */
export function SlaPolicies() {
  const t = useT()
  const list = useSettings('sla-policies', settings.slaPolicies.list)
  const [editing, setEditing] = useState<SlaPolicy | 'new' | null>(null)
  const [retiring, setRetiring] = useState<SlaPolicy | null>(null)
  return (
    <Section
      title={t('settings.section.sla')} text={t('settings.sla.text')} list={list} columns={[t('settings.name'), t('promises.policy.appliesTo'), t('settings.sla.targets'), t('promises.policy.steps')]}
      empty={{ icon: IconClockHour4, title: t('settings.sla.empty'), text: t('settings.sla.emptyText') }} add={{ label: t('settings.sla.add'), onClick: () => setEditing('new') }}
      row={(policy) => (
        <>
          <Table.Td fw={550}>{policy.name}</Table.Td>
          <Table.Td><AppliesTo policy={policy} /></Table.Td>
          <Table.Td><Targets targets={policy.targets} /></Table.Td>
          <Table.Td><StepsOf policy={policy} /></Table.Td>
          <RowActions name={policy.name} onEdit={() => setEditing(policy)} onRetire={() => setRetiring(policy)} />
        </>
      )}
    >
      {editing && <PolicyDialog policy={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('promises.policy.retireText')} confirmLabel={t('settings.retire')} save={() => settings.slaPolicies.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

function Targets({ targets }: { targets: readonly Target[] }) {
  const t = useT()
  const formats = useFormats()
  return targets.map((target) => <div key={`${target.kind} ${target.channel}`}>{t('settings.sla.line', { kind: t(`sla.${target.kind}`), channel: target.channel === null ? t('settings.sla.every') : t(`channel.${target.channel}`), time: formats.duration(target.targetMs) })}</div>)
}

/** The rule in words: queues, tiers, channels, priority and hours. */
function AppliesTo({ policy: { applies } }: { policy: SlaPolicy }) {
  const t = useT()
  const formats = useFormats()
  const queues = useSettings('queues', settings.queues.list)
  const calendars = useSettings('calendars', settings.calendars.list)
  if (applies === null) return <Text size="sm" c="dimmed">{t('promises.policy.byQueue')}</Text>
  const parts = [
    formats.list(applies.queueIds.map((id) => queues.data?.find((queue) => queue.id === id)?.name ?? '–')), formats.list(applies.tiers.map((tier) => t(`promises.policy.tier.${tier}`))), formats.list(applies.channels.map((channel) => t(`channel.${channel}`))),
    applies.minPriority > 0 ? t('promises.policy.priorityFrom', { count: applies.minPriority }) : '',
    applies.calendarId === null ? '' : t('promises.policy.duringHours', { name: calendars.data?.find(({ id }) => id === applies.calendarId)?.name ?? '–' }),
  ].filter((part) => part !== '')
  return <Text size="sm">{parts.length === 0 ? t('promises.policy.everything') : parts.join(' · ')}</Text>
}

function StepsOf({ policy: { steps } }: { policy: SlaPolicy }) {
  const t = useT()
  const formats = useFormats()
  const shares = steps.filter(({ share }) => share < 1).map(({ share }) => formats.percent(share))
  const actions = steps.reduce((sum, step) => sum + step.actions.length, 0)
  return (
    <>
      {shares.length > 0 && <Text size="sm">{t('promises.policy.warnsAt', { shares: formats.list(shares) })}</Text>}
      {actions > 0 && <Text size="sm" c="dimmed">{t('promises.policy.stepsSummary', { count: actions })}</Text>}
    </>
  )
}

const everything: SlaApplies = { queueIds: [], tiers: [], channels: [], minPriority: 0, calendarId: null }

function PolicyDialog({ policy, onClose }: { policy: SlaPolicy | null; onClose: () => void }) {
  const t = useT()
  const calendars = useSettings('calendars', settings.calendars.list)
  const [name, setName] = useState(policy?.name ?? '')
  const [calendarId, setCalendarId] = useState<string | null>(policy?.calendarId ?? null)
  const [targets, setTargets] = useState<Target[]>(policy?.targets ?? [{ kind: 'first-response', channel: null, targetMs: 60 * minuteMs }])
  const [steps, setSteps] = useState(policy?.steps ?? [{ share: 0.8, actions: [] }])
  const [applies, setApplies] = useState<SlaApplies | null>(policy?.applies ?? null)
  const [position, setPosition] = useState(policy?.position ?? 0)
  const body = { name: name.trim(), calendarId, targets, steps, applies, position }
  const isValid = body.name !== '' && targets.length > 0 && targets.every(({ targetMs }) => targetMs >= 1000) && new Set(steps.map(({ share }) => share)).size === steps.length
  return (
    <FormDialog title={policy ? t('settings.editNamed', { name: policy.name }) : t('settings.sla.add')} size="xl" isValid={isValid} save={() => (policy ? settings.slaPolicies.change(policy.id, body) : settings.slaPolicies.create(body))} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={name} onChange={setName} />
      <AppliesField applies={applies} position={position} onApplies={setApplies} onPosition={setPosition} />
      <TargetsField targets={targets} onChange={setTargets} />
      <ChoiceField path="calendarId" label={t('settings.sla.calendar')} placeholder={t('settings.sla.queueCalendar')} clearable options={(calendars.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} value={calendarId} onChange={setCalendarId} />
      <SlaSteps steps={steps} onChange={setSteps} />
      {policy && steps.some((step) => step.actions.some((action) => action.kind === 'webhook')) && <WebhookSecretField policyId={policy.id} />}
      <SlaPreview draft={{ targets, calendarId, steps }} />
      {policy && <Text size="xs" c="dimmed">{t('promises.policy.changeNote')}</Text>}
    </FormDialog>
  )
}

/** Whether queues name the policy, or a rule says what it is for. */
function AppliesField({ applies, position, onApplies, onPosition }: { applies: SlaApplies | null; position: number; onApplies: (applies: SlaApplies | null) => void; onPosition: (position: number) => void }) {
  const t = useT()
  const queues = useSettings('queues', settings.queues.list)
  const calendars = useSettings('calendars', settings.calendars.list)
  const set = (part: Partial<SlaApplies>): void => onApplies({ ...everything, ...applies, ...part })
  return (
    <Stack gap="sm" role="group" aria-label={t('promises.policy.applyKind')}>
      <SegmentedControl fullWidth aria-label={t('promises.policy.applyKind')} value={applies === null ? 'queue' : 'rule'} onChange={(kind) => onApplies(kind === 'queue' ? null : everything)} data={[{ value: 'queue', label: t('promises.policy.applyQueue') }, { value: 'rule', label: t('promises.policy.applyRule') }]} />
      {applies && (
        <>
          <ChoicesField path="applies.queueIds" label={t('promises.policy.queues')} placeholder={applies.queueIds.length === 0 ? t('promises.policy.any') : ''} options={(queues.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={applies.queueIds} onChange={(queueIds) => set({ queueIds })} />
          <Group grow align="flex-start">
            <ChoicesField path="applies.tiers" label={t('promises.policy.tiers')} placeholder={applies.tiers.length === 0 ? t('promises.policy.any') : ''} options={customerTiers.map((value) => ({ value, label: t(`promises.policy.tier.${value}`) }))} value={applies.tiers} onChange={(chosen) => set({ tiers: customerTiers.filter((tier) => chosen.includes(tier)) })} />
            <ChoicesField path="applies.channels" label={t('promises.policy.channels')} placeholder={applies.channels.length === 0 ? t('promises.policy.any') : ''} options={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} value={applies.channels} onChange={(chosen) => set({ channels: channels.filter((channel) => chosen.includes(channel)) })} />
          </Group>
          <ChoiceField path="applies.calendarId" label={t('promises.policy.during')} placeholder={t('promises.policy.anyTime')} clearable options={(calendars.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} value={applies.calendarId} onChange={(calendarId) => set({ calendarId })} />
          <Group grow align="flex-start">
            <NumberField path="applies.minPriority" label={t('promises.policy.priority')} min={0} max={9} value={applies.minPriority} onChange={(minPriority) => set({ minPriority })} />
            <NumberField path="position" label={t('promises.policy.order')} description={t('promises.policy.orderHint')} min={0} max={1000} value={position} onChange={onPosition} />
          </Group>
        </>
      )}
    </Stack>
  )
}

const units = { minute: minuteMs, hour: 60 * minuteMs, day: 24 * 60 * minuteMs } as const
type Unit = keyof typeof units
const unitNames = Object.keys(units) as Unit[]
const unitOf = (targetMs: number): Unit => unitNames.toReversed().find((unit) => targetMs >= units[unit] && targetMs % units[unit] === 0) ?? 'minute'

function TargetsField({ targets, onChange }: { targets: Target[]; onChange: (targets: Target[]) => void }) {
  const t = useT()
  const problem = useFieldProblem('targets')
  const set = (at: number, part: Partial<Target>): void => onChange(targets.map((target, i) => (i === at ? { ...target, ...part } : target)))
  return (
    <Stack gap={8} role="group" aria-label={t('settings.sla.targets')}>
      <Text size="sm" fw={550}>{t('settings.sla.targets')}</Text>
      {targets.map((target, at) => (
        <Group key={at} gap={8}>
          <Select flex={1} miw={140} aria-label={t('settings.sla.kind')} allowDeselect={false} value={target.kind} data={slaTargetKinds.map((value) => ({ value, label: t(`sla.${value}`) }))} onChange={(kind) => set(at, { kind: slaTargetKinds.find((one) => one === kind) ?? target.kind })} />
          <Select flex={1} miw={130} aria-label={t('settings.channels.channel')} clearable placeholder={t('settings.sla.every')} value={target.channel} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(channel) => set(at, { channel: channels.find((one) => one === channel) ?? null })} />
          <Duration targetMs={target.targetMs} onChange={(targetMs) => set(at, { targetMs })} />
          <ActionIcon aria-label={t('settings.sla.removeTarget')} onClick={() => onChange(targets.filter((_, i) => i !== at))}><IconTrash size={15} aria-hidden /></ActionIcon>
        </Group>
      ))}
      {problem !== null && <Text size="xs" c="red">{problem}</Text>}
      <Group><Button size="xs" variant="subtle" onClick={() => onChange([...targets, { kind: 'next-response', channel: null, targetMs: 30 * minuteMs }])}>{t('settings.sla.addTarget')}</Button></Group>
    </Stack>
  )
}

function Duration({ targetMs, onChange }: { targetMs: number; onChange: (targetMs: number) => void }) {
  const t = useT()
  const [unit, setUnit] = useState<Unit>(unitOf(targetMs))
  return (
    <Group gap={4} wrap="nowrap">
      <NumberInput w={88} aria-label={t('promises.policy.amount')} min={0.02} decimalScale={2} value={targetMs / units[unit]} onChange={(amount) => onChange(Math.round(Number(amount) * units[unit]))} />
      <Select w={104} aria-label={t('promises.policy.unit')} allowDeselect={false} value={unit} data={unitNames.map((value) => ({ value, label: t(`promises.policy.units.${value}`) }))} onChange={(chosen) => { const next = unitNames.find((one) => one === chosen) ?? unit; onChange(Math.round((targetMs / units[unit]) * units[next])); setUnit(next) }} />
    </Group>
  )
}
