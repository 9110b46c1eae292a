import { useState } from 'react'
import { Alert, Button, Checkbox, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import type { Queue, QueuePreview as Preview } from '#contract/api/settings.ts'
import { channels, customerStages, customerTiers, valueClasses } from '#contract/words.ts'
import { settings } from '../../api/settings.ts'
import { useFormats, useT } from '../../i18n.tsx'
import { Explanation } from '../../look/Explanation.tsx'
import { useAct } from '../../state/act.ts'
import { minuteMs } from './draft.ts'

interface Option { value: string; label: string }

/** "A contact like this, now, would go to … because …": routing's own plan with one contact more. */
export function QueuePreview({ queue, skills, queues }: { queue: Queue; skills: Option[]; queues: Option[] }) {
  const t = useT()
  const formats = useFormats()
  const { act, isBusy } = useAct()
  const [like, setLike] = useState({ channel: 'sms' as (typeof channels)[number], tier: 'standard' as (typeof customerTiers)[number], stage: null as (typeof customerStages)[number] | null, valueClass: null as (typeof valueClasses)[number] | null, priority: 0, urgent: false, skills: [] as { skillId: string; level: number }[], waitedMs: 0 })
  const [preview, setPreview] = useState<Preview | null>(null)
  const change = (part: Partial<typeof like>): void => { setLike((held) => ({ ...held, ...part })); setPreview(null) }
  const overflowText = ({ do: action, queueId, promisedAt }: NonNullable<Preview['overflow']>): string =>
    (queueId !== null ? t('routing.preview.toQueue', { name: queues.find(({ value }) => value === queueId)?.label ?? '' }) : promisedAt !== null ? t('routing.preview.promise', { at: formats.dateTime(promisedAt) }) : t(`routing.overflow.action.${action}`))
  const nameOf = (id: string): string => skills.find(({ value }) => value === id)?.label ?? ''
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">{t('routing.preview.text')}</Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <Select label={t('routing.preview.channel')} allowDeselect={false} value={like.channel} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(value) => change({ channel: channels.find((one) => one === value) ?? like.channel })} />
        <Select label={t('routing.preview.tier')} allowDeselect={false} value={like.tier} data={customerTiers.map((value) => ({ value, label: t(`tier.${value}`) }))} onChange={(value) => change({ tier: customerTiers.find((one) => one === value) ?? like.tier })} />
        <Select label={t('routing.preview.stage')} clearable placeholder={t('routing.preview.unknown')} value={like.stage} data={customerStages.map((value) => ({ value, label: t(`reports.stage.${value}`) }))} onChange={(value) => change({ stage: customerStages.find((one) => one === value) ?? null })} />
        <Select label={t('routing.preview.valueClass')} clearable placeholder={t('routing.preview.unknown')} value={like.valueClass} data={valueClasses.map((name) => ({ value: name, label: t('reports.valueClass', { name }) }))} onChange={(value) => change({ valueClass: valueClasses.find((one) => one === value) ?? null })} />
        <NumberInput label={t('routing.preview.priority')} min={0} max={9} allowDecimal={false} value={like.priority} onChange={(value) => change({ priority: Number(value) })} />
        <NumberInput label={t('routing.preview.waited')} min={0} max={1440} value={like.waitedMs / minuteMs} onChange={(value) => change({ waitedMs: Math.round(Number(value) * minuteMs) })} />
      </SimpleGrid>
      <Checkbox label={t('routing.preview.urgent')} checked={like.urgent} onChange={(event) => change({ urgent: event.currentTarget.checked })} />
      <MultiSelect label={t('routing.preview.skills')} searchable nothingFoundMessage={t('settings.skills.empty')} data={skills} value={like.skills.map(({ skillId }) => skillId)} onChange={(ids) => change({ skills: ids.map((skillId) => like.skills.find((one) => one.skillId === skillId) ?? { skillId, level: 1 }) })} />
      {like.skills.length > 0 && <Group>{like.skills.map((skill) => <NumberInput key={skill.skillId} label={t('routing.people.level', { skill: nameOf(skill.skillId) })} min={1} max={5} allowDecimal={false} value={skill.level} onChange={(level) => change({ skills: like.skills.map((one) => (one === skill ? { ...one, level: Number(level) || 1 } : one)) })} />)}</Group>}
      <Group><Button variant="light" loading={isBusy} onClick={() => void act(async () => setPreview(await settings.queues.preview(queue.id, like)))}>{t('routing.preview.show')}</Button></Group>
      {preview && (
        <Alert color={preview.agentId === null ? 'yellow' : 'green'} variant="light" role="status">
          <Stack gap={8}>
            <Explanation of={preview} isImagined />
            {preview.headStartMs > 0 && <Text size="sm">{t('routing.preview.headStart', { minutes: Math.round(preview.headStartMs / minuteMs) })}</Text>}
            {preview.reason !== 'nobody-staffed' && <Text size="sm">{preview.ahead === 0 ? t('routing.preview.aheadNone') : t('routing.preview.ahead', { count: preview.ahead })}</Text>}
            {preview.overflow && <Text size="sm">{t('routing.preview.overflow', { cause: t(`routing.overflow.cause.${preview.overflow.because}`), action: overflowText(preview.overflow) })}</Text>}
            {preview.reason === 'not-yet-workable' && <Text size="sm">{t('routing.preview.opens', { at: formats.dateTime(preview.workableAt) })}</Text>}
            {preview.skills.length > 0 && <Text size="sm">{t('routing.preview.asked', { skills: formats.list(preview.skills.map(({ skillId, level }) => t('routing.preview.skill', { name: nameOf(skillId), level }))) })}</Text>}
          </Stack>
        </Alert>
      )}
    </Stack>
  )
}
