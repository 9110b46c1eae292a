import { useState } from 'react'
import { ActionIcon, Button, Checkbox, Code, Group, Menu, NumberInput, Paper, Stack, Text } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import type { SlaAction, SlaStep } from '#contract/api/sla.ts'
import { slaActionKinds, type SlaActionKind } from '#contract/words.ts'
import { promises } from '../api/promises.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { useFieldProblem, useSettings } from './parts.tsx'
import { ChoiceField, ChoicesField, NumberField, TextField } from './fields.tsx'

/** The steps of a policy: at which share of the target, and what is done then. */
export function SlaSteps({ steps, onChange }: { steps: SlaStep[]; onChange: (steps: SlaStep[]) => void }) {
  const t = useT()
  const problem = useFieldProblem('steps')
  const set = (at: number, part: Partial<SlaStep>): void => onChange(steps.map((step, i) => (i === at ? { ...step, ...part } : step)))
  const free = [0.8, 0.9, 0.5, 1, 0.95].find((share) => !steps.some((step) => step.share === share)) ?? 0.75
  return (
    <Stack gap={8} role="group" aria-label={t('promises.policy.steps')}>
      <Text size="sm" fw={550}>{t('promises.policy.steps')}</Text>
      <Text size="xs" c="dimmed">{t('promises.policy.stepsHint')}</Text>
      {steps.map((step, at) => <Step key={at} step={step} index={at} onChange={(part) => set(at, part)} onRemove={() => onChange(steps.filter((_, i) => i !== at))} />)}
      {problem !== null && <Text size="xs" c="red">{problem}</Text>}
      {steps.length < 10 && <Group><Button size="xs" variant="subtle" onClick={() => onChange([...steps, { share: free, actions: [] }])}>{t('promises.policy.addStep')}</Button></Group>}
    </Stack>
  )
}

function Step({ step, index, onChange, onRemove }: { step: SlaStep; index: number; onChange: (part: Partial<SlaStep>) => void; onRemove: () => void }) {
  const t = useT()
  const formats = useFormats()
  const percent = formats.percent(step.share)
  const setAction = (at: number, action: SlaAction | null): void => onChange({ actions: step.actions.flatMap((one, i) => (i === at ? (action ? [action] : []) : [one])) })
  return (
    <Paper withBorder p="sm" radius="md" role="group" aria-label={t('promises.policy.stepName', { percent })}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="sm">
            <NumberInput w={92} aria-label={t('promises.policy.stepAt')} suffix="%" allowDecimal={false} min={5} max={100} value={Math.round(step.share * 100)} onChange={(value) => onChange({ share: Math.min(100, Math.max(5, Number(value) || 5)) / 100 })} />
            <Text size="sm" c="dimmed">{step.share === 1 ? t('promises.policy.stepBreach') : step.actions.length === 0 ? t('promises.policy.onlyShown') : ''}</Text>
          </Group>
          <ActionIcon aria-label={t('promises.policy.removeStep', { percent })} onClick={onRemove}><IconTrash size={15} aria-hidden /></ActionIcon>
        </Group>
        {step.actions.map((action, at) => <Action key={at} path={`steps.${index}.actions.${at}`} action={action} onChange={(next) => setAction(at, next)} />)}
        {step.actions.length < 10 && (
          <Group>
            <Menu>
              <Menu.Target><Button size="xs" variant="default">{t('promises.policy.addAction')}</Button></Menu.Target>
              <Menu.Dropdown>{slaActionKinds.map((kind) => <Menu.Item key={kind} onClick={() => onChange({ actions: [...step.actions, newAction(kind)] })}>{t(`promises.policy.action.${kind}`)}</Menu.Item>)}</Menu.Dropdown>
            </Menu>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}

function newAction(kind: SlaActionKind): SlaAction {
  switch (kind) {
    case 'notify':
      return { kind, agentIds: [], teamIds: [], owner: true, supervisors: true }
    case 'raise-priority':
      return { kind, by: 1 }
    case 'move-queue':
      return { kind, queueId: '' }
    case 'add-supervisor':
      return { kind, agentId: '' }
    case 'slack':
      return { kind, accountId: '', channelId: '' }
    case 'webhook':
      return { kind, url: 'https://' }
  }
}

function Action({ path, action, onChange }: { path: string; action: SlaAction; onChange: (action: SlaAction | null) => void }) {
  const t = useT()
  const name = t(`promises.policy.action.${action.kind}`)
  return (
    <Group align="flex-start" wrap="nowrap" gap="sm">
      <Stack gap={6} flex={1} role="group" aria-label={name}>
        <Text size="sm" fw={550}>{name}</Text>
        <ActionFields path={path} action={action} onChange={onChange} />
      </Stack>
      <ActionIcon aria-label={t('promises.policy.removeAction', { action: name })} onClick={() => onChange(null)}><IconTrash size={15} aria-hidden /></ActionIcon>
    </Group>
  )
}

function ActionFields({ path, action, onChange }: { path: string; action: SlaAction; onChange: (action: SlaAction) => void }) {
  const t = useT()
  switch (action.kind) {
    case 'notify':
      return <NotifyFields path={path} action={action} onChange={onChange} />
    case 'raise-priority':
      return <NumberField path={`${path}.by`} label={t('promises.policy.by')} min={1} max={9} value={action.by} onChange={(by) => onChange({ ...action, by })} />
    case 'move-queue':
      return <QueueField path={`${path}.queueId`} value={action.queueId} onChange={(queueId) => onChange({ ...action, queueId })} />
    case 'add-supervisor':
      return <SupervisorField path={`${path}.agentId`} value={action.agentId} onChange={(agentId) => onChange({ ...action, agentId })} />
    case 'slack':
      return <SlackFields path={path} action={action} onChange={onChange} />
    case 'webhook':
      return <TextField path={`${path}.url`} label={t('promises.policy.url')} description={t('promises.policy.urlHint')} maxLength={500} value={action.url} onChange={(url) => onChange({ ...action, url: url.trim() })} />
  }
}

type Of<Kind extends SlaActionKind> = Extract<SlaAction, { kind: Kind }>
interface FieldsOf<Kind extends SlaActionKind> { path: string; action: Of<Kind>; onChange: (action: SlaAction) => void }

function usePeople(isLead: boolean): { value: string; label: string }[] {
  const agents = useInbox((state) => state.agents)
  return Object.values(agents).filter((agent) => !agent.retired && (!isLead || agent.role !== 'agent')).map(({ id, name }) => ({ value: id, label: name })).toSorted((a, b) => a.label.localeCompare(b.label))
}

function NotifyFields({ path, action, onChange }: FieldsOf<'notify'>) {
  const t = useT()
  const people = usePeople(false)
  const teams = useSettings('teams', settings.teams.list)
  return (
    <>
      <Group gap="lg">
        <Checkbox label={t('promises.policy.owner')} checked={action.owner} onChange={(event) => onChange({ ...action, owner: event.currentTarget.checked })} />
        <Checkbox label={t('promises.policy.supervisors')} checked={action.supervisors} onChange={(event) => onChange({ ...action, supervisors: event.currentTarget.checked })} />
      </Group>
      <ChoicesField path={`${path}.teamIds`} label={t('promises.policy.teams')} options={(teams.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={action.teamIds} onChange={(teamIds) => onChange({ ...action, teamIds })} />
      <ChoicesField path={`${path}.agentIds`} label={t('promises.policy.people')} options={people} value={action.agentIds} onChange={(agentIds) => onChange({ ...action, agentIds })} />
    </>
  )
}

function QueueField({ path, value, onChange }: { path: string; value: string; onChange: (queueId: string) => void }) {
  const t = useT()
  const queues = useSettings('queues', settings.queues.list)
  return <ChoiceField path={path} label={t('promises.policy.queue')} options={(queues.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={value === '' ? null : value} onChange={(id) => onChange(id ?? '')} />
}

function SupervisorField({ path, value, onChange }: { path: string; value: string; onChange: (agentId: string) => void }) {
  const t = useT()
  return <ChoiceField path={path} label={t('promises.policy.supervisor')} options={usePeople(true)} value={value === '' ? null : value} onChange={(id) => onChange(id ?? '')} />
}

function SlackFields({ path, action, onChange }: FieldsOf<'slack'>) {
  const t = useT()
  const accounts = useSettings('channel-accounts', settings.channelAccounts.list)
  const own = (accounts.data ?? []).filter((account) => account.channel === 'slack' && account.staffOnly)
  if (accounts.data && own.length === 0) return <Text size="sm" c="red">{t('promises.policy.noAccount')}</Text>
  return (
    <>
      <ChoiceField path={`${path}.accountId`} label={t('promises.policy.account')} options={own.map(({ id, name }) => ({ value: id, label: name }))} value={action.accountId === '' ? null : action.accountId} onChange={(id) => onChange({ ...action, accountId: id ?? '' })} />
      <TextField path={`${path}.channelId`} label={t('promises.policy.channelId')} description={t('promises.policy.channelHint')} maxLength={32} value={action.channelId} onChange={(channelId) => onChange({ ...action, channelId: channelId.trim() })} />
    </>
  )
}

/** Shown when asked for, so that it does not stand on a shared screen. */
export function WebhookSecretField({ policyId }: { policyId: string }) {
  const t = useT()
  const [shown, setShown] = useState<{ secret: string } | { error: unknown } | null>(null)
  const show = (): void => void promises.webhookSecret(policyId).then(setShown, (error: unknown) => setShown({ error }))
  return (
    <Stack gap={4}>
      <Text size="sm" fw={550}>{t('promises.policy.secret')}</Text>
      <Text size="xs" c="dimmed">{t('promises.policy.secretHint')}</Text>
      {shown === null && <Group><Button size="xs" variant="default" onClick={show}>{t('promises.policy.showSecret')}</Button></Group>}
      {shown && 'secret' in shown && <Code block>{shown.secret}</Code>}
      {shown && 'error' in shown && <Text size="sm" c="red" role="alert">{problemText(t, shown.error)}</Text>}
    </Stack>
  )
}
