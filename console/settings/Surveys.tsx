import { useState } from 'react'
import { Group, Switch, Table, Text } from '@mantine/core'
import { IconStars } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Survey } from '#contract/api/settings.ts'
import { channels, customerTiers, locales, surveyKinds, type SurveyAsk, type SurveyKind } from '#contract/words.ts'
import { dimensions as dimensionsApi } from '../api/reports.ts'
import { settings } from '../api/settings.ts'
import { useLocale, useT } from '../i18n.tsx'
import { useInbox } from '../state/inbox.ts'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useSettings } from './parts.tsx'
import { ChoiceField, ChoicesField, DurationField, NumberField, TextField } from './fields.tsx'

const hourMs = 3_600_000
const fresh = { name: '', kind: 'csat' as Survey['kind'], questions: [] as Survey['questions'], rule: {} as Survey['rule'], samplingShare: 1, reminds: true, delayMs: 0, quietMs: 168 * hourMs, expiryMs: 72 * hourMs, lowAtMost: 2, enabled: true }

/** What customers are asked afterwards. */
export function Surveys() {
  const t = useT()
  const list = useSettings('surveys', settings.surveys.list)
  const [editing, setEditing] = useState<Survey | 'new' | null>(null)
  const [retiring, setRetiring] = useState<Survey | null>(null)
  return (
    <Section
      title={t('settings.section.surveys')} text={t('settings.surveys.text')} list={list} columns={[t('settings.name'), t('settings.surveys.kind')]} empty={{ icon: IconStars, title: t('settings.surveys.empty'), text: t('settings.surveys.emptyText') }}
      add={{ label: t('settings.surveys.add'), onClick: () => setEditing('new') }}
      row={(survey) => (
        <>
          <Table.Td fw={550}>{survey.name} <Mark tone={survey.enabled ? 'good' : 'plain'}>{survey.enabled ? t('settings.on') : t('settings.off')}</Mark></Table.Td>
          <Table.Td>{t(`surveyKind.${survey.kind}`)}</Table.Td>
          <RowActions name={survey.name} onEdit={() => setEditing(survey)} onRetire={() => setRetiring(survey)} />
        </>
      )}
    >
      {editing && <SurveyDialog survey={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {retiring && <ConfirmDialog title={t('settings.retireNamed', { name: retiring.name })} text={t('settings.surveys.retireText')} confirmLabel={t('settings.retire')} save={() => settings.surveys.retire(retiring.id)} onClose={() => setRetiring(null)} />}
    </Section>
  )
}

const usualLow: Record<SurveyKind, number> = { csat: 2, nps: 6, ces: 3, csi: 4 }
const dimensionAsks = ['perceived', 'expected', 'importance'] as const satisfies readonly SurveyAsk[]

function SurveyDialog({ survey, onClose }: { survey: Survey | null; onClose: () => void }) {
  const t = useT()
  const [held, setHeld] = useState(() => (survey ? pick(survey) : fresh))
  const change = (part: Partial<typeof fresh>): void => setHeld((before) => ({ ...before, ...part }))
  const own = held.questions.find(({ ask }) => ask === 'score')?.text ?? { en: '', zh: '' }
  const others = held.questions.filter(({ ask }) => ask !== 'score')
  const ask = (text: { en: string; zh: string }): void => change({ questions: text.en === '' && text.zh === '' ? others : [{ text, ask: 'score', dimensionId: null }, ...others] })
  const save = (): Promise<unknown> => {
    const { kind, ...rest } = { ...held, name: held.name.trim() }
    return survey ? settings.surveys.change(survey.id, rest) : settings.surveys.create({ ...rest, kind })
  }
  const chooseKind = (chosen: string | null): void => {
    const kind = surveyKinds.find((one) => one === chosen) ?? held.kind
    change({ kind, lowAtMost: usualLow[kind] })
  }
  return (
    <FormDialog title={survey ? t('settings.editNamed', { name: survey.name }) : t('settings.surveys.add')} isValid={held.name.trim() !== ''} save={save} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={held.name} onChange={(name) => change({ name })} />
      <ChoiceField path="kind" label={t('settings.surveys.kind')} disabled={survey !== null} value={held.kind} options={surveyKinds.map((value) => ({ value, label: t(`surveyKind.${value}`) }))} onChange={chooseKind} />
      <TextField path="questions" label={t('settings.surveys.questionEn')} description={t('settings.surveys.questionHint')} maxLength={1000} value={own.en} onChange={(en) => ask({ ...own, en })} />
      <TextField path="questions" label={t('settings.surveys.questionZh')} maxLength={1000} value={own.zh} onChange={(zh) => ask({ ...own, zh })} />
      <DimensionQuestions questions={held.questions} onChange={(questions) => change({ questions })} />
      <Conditions rule={held.rule} onChange={(rule) => change({ rule })} />
      <Group grow align="flex-start">
        <NumberField path="samplingShare" label={t('settings.surveys.sample')} min={1} max={100} value={Math.round(held.samplingShare * 100)} onChange={(percent) => change({ samplingShare: percent / 100 })} />
        <NumberField path="lowAtMost" label={t('settings.surveys.low')} min={0} max={10} value={held.lowAtMost} onChange={(lowAtMost) => change({ lowAtMost })} />
      </Group>
      <Group grow align="flex-start">
        <DurationField path="delayMs" label={t('settings.surveys.delay')} unitMs={60_000} value={held.delayMs} onChange={(delayMs) => change({ delayMs })} />
        <DurationField path="quietMs" label={t('settings.surveys.quiet')} unitMs={24 * hourMs} value={held.quietMs} onChange={(quietMs) => change({ quietMs })} />
        <DurationField path="expiryMs" label={t('settings.surveys.expiry')} unitMs={hourMs} value={held.expiryMs} onChange={(expiryMs) => change({ expiryMs })} />
      </Group>
      <Switch label={t('settings.surveys.reminds')} checked={held.reminds} onChange={(event) => change({ reminds: event.currentTarget.checked })} />
      <Switch label={t('settings.surveys.keypad')} checked={held.rule.keypad !== false} onChange={(event) => change({ rule: { ...held.rule, keypad: event.currentTarget.checked } })} />
      <Switch label={t('settings.surveys.enabled')} checked={held.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
    </FormDialog>
  )
}

/** What else is asked, each on 1–10: how good, how good it should be, how important, per dimension. Words of one's own stay. */
function DimensionQuestions({ questions, onChange }: { questions: Survey['questions']; onChange: (questions: Survey['questions']) => void }) {
  const t = useT()
  const locale = useLocale()
  const list = useQuery({ queryKey: ['dimensions'], queryFn: dimensionsApi.list })
  const known = (list.data?.items ?? []).filter((one) => one.retiredAt === null || questions.some(({ dimensionId }) => dimensionId === one.id))
  const choose = (about: (typeof dimensionAsks)[number], ids: string[]): void => {
    const has = (one: (typeof dimensionAsks)[number], id: string): boolean => (one === about ? ids.includes(id) : questions.some(({ ask, dimensionId }) => ask === one && dimensionId === id))
    const asked = known.flatMap(({ id }) => dimensionAsks.filter((one) => has(one, id)).map((one) => questions.find(({ ask, dimensionId }) => ask === one && dimensionId === id) ?? { text: { en: '', zh: '' }, ask: one, dimensionId: id }))
    onChange([...questions.filter(({ dimensionId }) => dimensionId === null), ...asked])
  }
  return (
    <>
      <Text size="xs" c="dimmed">{t('settings.surveys.dimensionsText')}</Text>
      {dimensionAsks.map((about) => (
        <ChoicesField key={about} path="questions" label={t(`settings.surveys.ask.${about}`)} value={questions.flatMap(({ ask, dimensionId }) => (ask === about && dimensionId ? [dimensionId] : []))} options={known.map(({ id, name }) => ({ value: id, label: name[locale] }))} onChange={(ids) => choose(about, ids)} />
      ))}
    </>
  )
}

/** Which contacts it is for. Nothing chosen means all. */
function Conditions({ rule, onChange }: { rule: Survey['rule']; onChange: (rule: Survey['rule']) => void }) {
  const t = useT()
  const queues = useInbox((state) => state.queues.filter(({ retired }) => !retired))
  const kept = <Word extends string>(words: readonly Word[], chosen: readonly string[]): Word[] => words.filter((word) => chosen.includes(word))
  return (
    <>
      <ChoicesField path="rule" label={t('settings.surveys.onlyQueues')} description={t('settings.surveys.onlyQueuesHint')} value={rule.queueIds ?? []} options={queues.map(({ id, name }) => ({ value: id, label: name }))} onChange={(queueIds) => onChange({ ...rule, queueIds })} />
      <Group grow align="flex-start">
        <ChoicesField path="rule" label={t('settings.surveys.onlyChannels')} value={rule.channels ?? []} options={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(chosen) => onChange({ ...rule, channels: kept(channels, chosen) })} />
        <ChoicesField path="rule" label={t('settings.surveys.onlyLocales')} value={rule.locales ?? []} options={locales.map((value) => ({ value, label: t(`locale.${value}`) }))} onChange={(chosen) => onChange({ ...rule, locales: kept(locales, chosen) })} />
      </Group>
      <Group grow align="flex-start">
        <ChoicesField path="rule" label={t('settings.surveys.onlyTiers')} value={rule.tiers ?? []} options={customerTiers.map((value) => ({ value, label: t(`tier.${value}`) }))} onChange={(chosen) => onChange({ ...rule, tiers: kept(customerTiers, chosen) })} />
        <ChoiceField path="rule" label={t('settings.surveys.complaints')} value={rule.complaints ?? 'any'} options={complaintRules.map((value) => ({ value, label: t(`settings.surveys.complaint.${value}`) }))} onChange={(chosen) => onChange({ ...rule, complaints: complaintRules.find((one) => one === chosen) ?? 'any' })} />
      </Group>
    </>
  )
}

const complaintRules = ['any', 'only', 'never'] as const

function pick({ name, kind, questions, rule, samplingShare, reminds, delayMs, quietMs, expiryMs, lowAtMost, enabled }: Survey): typeof fresh {
  return { name, kind, questions, rule, samplingShare, reminds, delayMs, quietMs, expiryMs, lowAtMost, enabled }
}
