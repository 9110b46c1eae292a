import { useState } from 'react'
import { Group, Select, Switch, Table, Text } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import type { Queue } from '#contract/api/settings.ts'
import { settings } from '../api/settings.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useSettings } from './parts.tsx'
import { QueueLimits } from './QueueLimits.tsx'
import { ChoiceField, ChoicesField, DurationField, TextField } from './fields.tsx'

const minuteMs = 60_000

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
          <Table.Td><Text span fw={550} size="sm">{queue.name}</Text> <Mark tone={queue.isOpen ? 'good' : 'plain'}>{queue.isOpen ? t('settings.open') : t('settings.closed')}</Mark> {queue.restricted && <Mark tone="warn">{t('settings.queues.restricted')}</Mark>}</Table.Td>
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

const fresh = { name: '', teamId: null as string | null, restricted: false, calendarId: null as string | null, slaPolicyId: null as string | null, surveyId: null as string | null, memberIds: [] as string[], skills: [] as Queue['skills'], wrapUpLimitMs: minuteMs, pendingLimitMs: 72 * 60 * minuteMs, autoAccept: false, greeting: {} as Queue['greeting'], overflow: {} as Queue['overflow'], units: {} as Queue['units'] }

function QueueDialog({ queue, onClose }: { queue: Queue | null; onClose: () => void }) {
  const t = useT()
  const teams = useSettings('teams', settings.teams.list)
  const staff = useSettings('staff', () => settings.staff.list())
  const calendars = useSettings('calendars', settings.calendars.list)
  const policies = useSettings('sla-policies', settings.slaPolicies.list)
  const surveys = useSettings('surveys', settings.surveys.list)
  const skills = useSettings('skills', settings.skills.list)
  const [held, setHeld] = useState(() => (queue ? pick(queue) : fresh))
  const change = (part: Partial<typeof fresh>): void => setHeld((before) => ({ ...before, ...part }))
  const options = (rows: readonly { id: string; name: string }[] | undefined) => (rows ?? []).map(({ id, name }) => ({ value: id, label: name }))
  const save = (): Promise<unknown> => {
    const { teamId, ...rest } = held
    const body = { ...rest, name: held.name.trim(), ...(teamId === null ? {} : { teamId }) }
    return queue ? settings.queues.change(queue.id, body) : settings.queues.create(body)
  }
  return (
    <FormDialog title={queue ? t('settings.editNamed', { name: queue.name }) : t('settings.queues.add')} size="lg" isValid={held.name.trim() !== '' && held.teamId !== null} save={save} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={held.name} onChange={(name) => change({ name })} />
      <ChoiceField path="teamId" label={t('settings.team')} description={teams.data?.length === 0 ? t('settings.queues.noTeams') : t('settings.queues.teamHint')} options={options(teams.data)} value={held.teamId} onChange={(teamId) => change({ teamId })} />
      <ChoicesField path="memberIds" label={t('settings.members')} description={t('settings.queues.membersHint')} options={options(staff.data)} value={held.memberIds} onChange={(memberIds) => change({ memberIds })} />
      <Group grow align="flex-start">
        <ChoiceField path="calendarId" label={t('settings.queues.hours')} placeholder={t('settings.queues.always')} clearable options={options(calendars.data)} value={held.calendarId} onChange={(calendarId) => change({ calendarId })} />
        <ChoiceField path="slaPolicyId" label={t('settings.queues.slaPolicy')} placeholder={t('settings.none')} clearable options={options(policies.data)} value={held.slaPolicyId} onChange={(slaPolicyId) => change({ slaPolicyId })} />
        <ChoiceField path="surveyId" label={t('settings.queues.survey')} placeholder={t('settings.none')} clearable options={options(surveys.data)} value={held.surveyId} onChange={(surveyId) => change({ surveyId })} />
      </Group>
      <ChoicesField path="skills" label={t('settings.queues.skills')} options={options(skills.data)} value={held.skills.map(({ skillId }) => skillId)} onChange={(ids) => change({ skills: ids.map((skillId) => held.skills.find((skill) => skill.skillId === skillId) ?? { skillId, level: 1 }) })} />
      <Group grow align="flex-start">
        <DurationField path="wrapUpLimitMs" label={t('settings.queues.wrapUp')} unitMs={1000} max={3600} value={held.wrapUpLimitMs} onChange={(wrapUpLimitMs) => change({ wrapUpLimitMs })} />
        <DurationField path="pendingLimitMs" label={t('settings.queues.pending')} unitMs={60 * minuteMs} max={720} value={held.pendingLimitMs} onChange={(pendingLimitMs) => change({ pendingLimitMs })} />
      </Group>
      <QueueLimits limits={held} onChange={change} />
      <TextField path="greeting.en" label={t('settings.queues.greetingEn')} maxLength={1000} value={held.greeting.en ?? ''} onChange={(en) => change({ greeting: { ...held.greeting, en } })} />
      <TextField path="greeting.zh" label={t('settings.queues.greetingZh')} maxLength={1000} value={held.greeting.zh ?? ''} onChange={(zh) => change({ greeting: { ...held.greeting, zh } })} />
      <Switch label={t('settings.queues.restrictedLabel')} description={t('settings.queues.restrictedHint')} checked={held.restricted} onChange={(event) => change({ restricted: event.currentTarget.checked })} />
      <Switch label={t('settings.queues.autoAccept')} checked={held.autoAccept} onChange={(event) => change({ autoAccept: event.currentTarget.checked })} />
    </FormDialog>
  )
}

function pick(queue: Queue): typeof fresh {
  const { name, teamId, restricted, calendarId, slaPolicyId, surveyId, memberIds, skills, wrapUpLimitMs, pendingLimitMs, autoAccept, greeting, overflow, units } = queue
  return { name, teamId, restricted, calendarId, slaPolicyId, surveyId, memberIds, skills, wrapUpLimitMs, pendingLimitMs, autoAccept, greeting, overflow, units }
}
