import { useState } from 'react'
import { Group, Switch, Table } from '@mantine/core'
import { IconStars } from '@tabler/icons-react'
import type { Survey } from '#contract/api/settings.ts'
import { surveyKinds } from '#contract/words.ts'
import { settings } from '../api/settings.ts'
import { useT } from '../i18n.tsx'
import { Mark } from '../look/Mark.tsx'
import { ConfirmDialog, FormDialog, RowActions, Section, useSettings } from './parts.tsx'
import { ChoiceField, DurationField, NumberField, TextField } from './fields.tsx'

const hourMs = 3_600_000
const fresh = { name: '', kind: 'csat' as Survey['kind'], questions: [] as Survey['questions'], delayMs: 0, quietMs: 168 * hourMs, expiryMs: 72 * hourMs, lowAtMost: 2, enabled: true }

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

function SurveyDialog({ survey, onClose }: { survey: Survey | null; onClose: () => void }) {
  const t = useT()
  const [held, setHeld] = useState(() => (survey ? pick(survey) : fresh))
  const change = (part: Partial<typeof fresh>): void => setHeld((before) => ({ ...before, ...part }))
  const question = held.questions[0]?.text ?? { en: '', zh: '' }
  const ask = (text: { en: string; zh: string }): void => change({ questions: text.en === '' && text.zh === '' ? [] : [{ text }, ...held.questions.slice(1)] })
  const save = (): Promise<unknown> => {
    const { kind, ...rest } = { ...held, name: held.name.trim() }
    return survey ? settings.surveys.change(survey.id, rest) : settings.surveys.create({ ...rest, kind })
  }
  return (
    <FormDialog title={survey ? t('settings.editNamed', { name: survey.name }) : t('settings.surveys.add')} isValid={held.name.trim() !== ''} save={save} onClose={onClose}>
      <TextField path="name" label={t('settings.name')} autoFocus value={held.name} onChange={(name) => change({ name })} />
      <ChoiceField path="kind" label={t('settings.surveys.kind')} disabled={survey !== null} value={held.kind} options={surveyKinds.map((value) => ({ value, label: t(`surveyKind.${value}`) }))} onChange={(kind) => change({ kind: surveyKinds.find((one) => one === kind) ?? held.kind })} />
      <TextField path="questions" label={t('settings.surveys.questionEn')} description={t('settings.surveys.questionHint')} maxLength={1000} value={question.en} onChange={(en) => ask({ ...question, en })} />
      <TextField path="questions" label={t('settings.surveys.questionZh')} maxLength={1000} value={question.zh} onChange={(zh) => ask({ ...question, zh })} />
      <Group grow align="flex-start">
        <DurationField path="delayMs" label={t('settings.surveys.delay')} unitMs={60_000} value={held.delayMs} onChange={(delayMs) => change({ delayMs })} />
        <DurationField path="quietMs" label={t('settings.surveys.quiet')} unitMs={24 * hourMs} value={held.quietMs} onChange={(quietMs) => change({ quietMs })} />
      </Group>
      <Group grow align="flex-start">
        <DurationField path="expiryMs" label={t('settings.surveys.expiry')} unitMs={hourMs} value={held.expiryMs} onChange={(expiryMs) => change({ expiryMs })} />
        <NumberField path="lowAtMost" label={t('settings.surveys.low')} min={0} max={10} value={held.lowAtMost} onChange={(lowAtMost) => change({ lowAtMost })} />
      </Group>
      <Switch label={t('settings.surveys.enabled')} checked={held.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
    </FormDialog>
  )
}

function pick({ name, kind, questions, delayMs, quietMs, expiryMs, lowAtMost, enabled }: Survey): typeof fresh {
  return { name, kind, questions, delayMs, quietMs, expiryMs, lowAtMost, enabled }
}
