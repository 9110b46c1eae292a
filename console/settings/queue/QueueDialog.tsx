import { useEffect, useState } from 'react'
import { Group, Stack, Switch, Tabs, Text } from '@mantine/core'
import type { Queue } from '#contract/api/settings.ts'
import { settings } from '../../api/settings.ts'
import { useT } from '../../i18n.tsx'
import { ChoiceField, ChoicesField, TextField } from '../fields.tsx'
import { FormDialog, useFormProblem, useSettings } from '../parts.tsx'
import { draftOf, freshQueue, type ChangeDraft, type QueueDraft } from './draft.ts'
import { QueueOffers } from './QueueOffers.tsx'
import { QueueOrder } from './QueueOrder.tsx'
import { QueueOverflow } from './QueueOverflow.tsx'
import { QueuePeople } from './QueuePeople.tsx'
import { QueuePreview } from './QueuePreview.tsx'
import { QueueWarnings } from './QueueWarnings.tsx'

const pages = ['general', 'people', 'order', 'offers', 'overflow', 'preview'] as const
type Page = (typeof pages)[number]

/** Where a field is that the server objects to; all others are on the first page. */
const pageOfField: Partial<Record<string, Page>> = {
  skills: 'people', rings: 'people', headStart: 'order', slaMarginMs: 'order', ownerHoldMs: 'order', lastAgentDays: 'order', lastAgentHoldMs: 'order', accountOwnerHoldMs: 'order',
  offerTimeoutMs: 'offers', units: 'offers', reopenMs: 'offers', wrapUpLimitMs: 'offers', pendingLimitMs: 'offers', keepIdle: 'offers', overflow: 'overflow',
}
type Options = { value: string; label: string }[]

/** Everything about one queue, in pages; saved together. */
export function QueueDialog({ queue: opened, onClose }: { queue: Queue | null; onClose: () => void }) {
  const t = useT()
  const [queue, setQueue] = useState(opened)
  const [page, setPage] = useState<Page>('general')
  const people = useOptions('staff', () => settings.staff.list())
  const skills = useOptions('skills', settings.skills.list)
  const queues = useOptions('queues', settings.queues.list)
  const [draft, setDraft] = useState<QueueDraft>(() => (queue ? draftOf(queue) : freshQueue))
  const change: ChangeDraft = (part) => setDraft((before) => ({ ...before, ...part }))
  const save = async (): Promise<'stay' | undefined> => {
    const { teamId, ...rest } = draft
    const body = { ...rest, name: draft.name.trim(), ...(teamId === null ? {} : { teamId }) }
    const saved = await (queue ? settings.queues.change(queue.id, body) : settings.queues.create(body))
    // What does not fit is said before it is forgotten; once said, it may be left so.
    const isNews = saved.warnings.some((warning) => !queue?.warnings.some((known) => JSON.stringify(known) === JSON.stringify(warning)))
    setQueue(saved)
    return isNews ? 'stay' : undefined
  }
  return (
    <FormDialog title={queue ? t('settings.editNamed', { name: queue.name }) : t('settings.queues.add')} size="xl" isValid={draft.name.trim() !== '' && draft.teamId !== null} save={save} onClose={onClose}>
      <ShowProblem onField={(field) => setPage(pageOfField[field] ?? 'general')} />
      {queue && <QueueWarnings warnings={queue.warnings} isSaved={queue !== opened} />}
      <Tabs value={page} onChange={(value) => setPage(pages.find((one) => one === value) ?? 'general')} keepMounted={false}>
        <Tabs.List mb="md">{pages.map((one) => <Tabs.Tab key={one} value={one}>{t(`routing.tab.${one}`)}</Tabs.Tab>)}</Tabs.List>
        <Tabs.Panel value="general"><General draft={draft} change={change} people={people} /></Tabs.Panel>
        <Tabs.Panel value="people"><QueuePeople draft={draft} change={change} people={people} skills={skills} /></Tabs.Panel>
        <Tabs.Panel value="order"><QueueOrder draft={draft} change={change} /></Tabs.Panel>
        <Tabs.Panel value="offers"><QueueOffers draft={draft} change={change} /></Tabs.Panel>
        <Tabs.Panel value="overflow"><QueueOverflow draft={draft} change={change} queues={queues.filter(({ value }) => value !== queue?.id)} /></Tabs.Panel>
        <Tabs.Panel value="preview">{queue ? <QueuePreview queue={queue} skills={skills} queues={queues} /> : <Text size="sm" c="dimmed">{t('routing.preview.save')}</Text>}</Tabs.Panel>
      </Tabs>
    </FormDialog>
  )
}

/** Turns to the page where the first objection of the server is. */
function ShowProblem({ onField }: { onField: (field: string) => void }) {
  const problem = useFormProblem()
  useEffect(() => {
    const field = problem?.fields[0]?.path.split('.')[0]
    if (field !== undefined) onField(field)
    // Once per refusal: afterwards the pages are the person's to turn.
  }, [problem])
  return null
}

function useOptions<Row extends { id: string; name: string }>(name: string, list: () => Promise<{ items: Row[]; nextCursor: string | null }>): Options {
  return (useSettings<Row>(name, list).data ?? []).map(({ id, name: label }) => ({ value: id, label }))
}

function General({ draft, change, people }: { draft: QueueDraft; change: ChangeDraft; people: Options }) {
  const t = useT()
  const teams = useOptions('teams', settings.teams.list)
  const calendars = useOptions('calendars', settings.calendars.list)
  const policies = useOptions('sla-policies', settings.slaPolicies.list)
  const surveys = useOptions('surveys', settings.surveys.list)
  const setMembers = (ids: string[]): void => change({ members: ids.map((agentId) => draft.members.find((member) => member.agentId === agentId) ?? { agentId, priority: 1, units: {} }) })
  return (
    <Stack gap="md">
      <TextField path="name" label={t('settings.name')} autoFocus value={draft.name} onChange={(name) => change({ name })} />
      <ChoiceField path="teamId" label={t('settings.team')} description={teams.length === 0 ? t('settings.queues.noTeams') : t('settings.queues.teamHint')} options={teams} value={draft.teamId} onChange={(teamId) => change({ teamId })} />
      <ChoicesField path="members" label={t('settings.members')} description={t('settings.queues.membersHint')} options={people} value={draft.members.map(({ agentId }) => agentId)} onChange={setMembers} />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <ChoiceField path="calendarId" label={t('settings.queues.hours')} placeholder={t('settings.queues.always')} clearable options={calendars} value={draft.calendarId} onChange={(calendarId) => change({ calendarId })} />
        <ChoiceField path="slaPolicyId" label={t('settings.queues.slaPolicy')} placeholder={t('settings.none')} clearable options={policies} value={draft.slaPolicyId} onChange={(slaPolicyId) => change({ slaPolicyId })} />
        <ChoiceField path="surveyId" label={t('settings.queues.survey')} placeholder={t('settings.none')} clearable options={surveys} value={draft.surveyId} onChange={(surveyId) => change({ surveyId })} />
      </Group>
      <TextField path="greeting.en" label={t('settings.queues.greetingEn')} maxLength={1000} value={draft.greeting.en ?? ''} onChange={(en) => change({ greeting: { ...draft.greeting, en } })} />
      <TextField path="greeting.zh" label={t('settings.queues.greetingZh')} maxLength={1000} value={draft.greeting.zh ?? ''} onChange={(zh) => change({ greeting: { ...draft.greeting, zh } })} />
      <Switch label={t('settings.queues.restrictedLabel')} description={t('settings.queues.restrictedHint')} checked={draft.restricted} onChange={(event) => change({ restricted: event.currentTarget.checked })} />
    </Stack>
  )
}
