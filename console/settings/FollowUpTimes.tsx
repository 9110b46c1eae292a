import { useState } from 'react'
import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { FollowUpRules } from '#contract/api/followups.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Panel } from '../look/Page.tsx'
import { problemText } from '../state/act.ts'
import { FormDialog } from './parts.tsx'
import { DurationField } from './fields.tsx'

const hourMs = 3_600_000

/** How long follow-ups run before they are overdue, and customers have to answer a check. */
export function FollowUpTimes() {
  const t = useT()
  const formats = useFormats()
  const rules = useQuery({ queryKey: ['settings', 'follow-up-rules'], queryFn: settings.followUpRules.read })
  const [isEditing, setIsEditing] = useState(false)
  return (
    <Panel title={t('settings.followUpTimes.title')} text={t('settings.followUpTimes.text')}>
      {rules.isError && <Text c="red" role="alert">{problemText(t, rules.error)}</Text>}
      {rules.data && <Text size="sm" mb="sm">{t('settings.followUpTimes.now', { due: formats.duration(rules.data.dueMs), recheck: formats.duration(rules.data.recheckMs) })}</Text>}
      <Group><Button variant="default" disabled={!rules.data} onClick={() => setIsEditing(true)}>{t('settings.followUpTimes.change')}</Button></Group>
      {isEditing && rules.data && <TimesDialog rules={rules.data} onClose={() => setIsEditing(false)} />}
    </Panel>
  )
}

function TimesDialog({ rules, onClose }: { rules: FollowUpRules; onClose: () => void }) {
  const t = useT()
  const [held, setHeld] = useState(rules)
  return (
    <FormDialog title={t('settings.followUpTimes.change')} isValid save={() => settings.followUpRules.change(held)} onClose={onClose}>
      <DurationField path="dueMs" label={t('settings.followUpTimes.due')} description={t('settings.followUpTimes.dueHint')} unitMs={hourMs} min={0.1} max={90 * 24} value={held.dueMs} onChange={(dueMs) => setHeld({ ...held, dueMs })} />
      <DurationField path="recheckMs" label={t('settings.followUpTimes.recheck')} description={t('settings.followUpTimes.recheckHint')} unitMs={hourMs} min={1} max={30 * 24} value={held.recheckMs} onChange={(recheckMs) => setHeld({ ...held, recheckMs })} />
    </FormDialog>
  )
}
