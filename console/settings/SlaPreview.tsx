import { useState } from 'react'
import { Group, Paper, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { channels, type Channel } from '#contract/words.ts'
import { promises, type SlaPolicyBody } from '../api/promises.ts'
import { settings } from '../api/settings.ts'
import { useFormats, useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import { useSettings } from './parts.tsx'

/** "A message now": what the policy on screen would promise it, worked out by the server. */
export function SlaPreview({ draft }: { draft: Pick<SlaPolicyBody, 'targets' | 'calendarId' | 'steps'> }) {
  const t = useT()
  const formats = useFormats()
  const queues = useSettings('queues', settings.queues.list)
  const [queueId, setQueueId] = useState<string | null>(null)
  const [channel, setChannel] = useState<Channel>('email')
  // Actions may be half filled in and change nothing of when.
  const asked = { targets: draft.targets, calendarId: draft.calendarId, steps: draft.steps.map(({ share }) => ({ share, actions: [] })), queueId, channel }
  const [settled] = useDebouncedValue(asked, 300)
  const preview = useQuery({ queryKey: ['sla-preview', settled], queryFn: () => promises.preview(settled), enabled: settled.targets.length > 0 && settled.targets.every(({ targetMs }) => targetMs >= 1000), placeholderData: keepPreviousData, staleTime: 10_000, retry: false })
  const data = preview.data
  return (
    <Paper withBorder p="md" radius="md" component="section" aria-label={t('promises.policy.preview')}>
      <Stack gap="sm">
        <div><Text size="sm" fw={550}>{t('promises.policy.preview')}</Text><Text size="xs" c="dimmed">{t('promises.policy.previewText')}</Text></div>
        <Group grow>
          <Select label={t('promises.policy.previewChannel')} allowDeselect={false} value={channel} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} onChange={(value) => setChannel(channels.find((one) => one === value) ?? channel)} />
          <Select label={t('promises.policy.previewQueue')} clearable placeholder={t('promises.policy.any')} value={queueId} data={(queues.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} onChange={setQueueId} />
        </Group>
        {preview.isError && <Text size="sm" c="red" role="alert">{problemText(t, preview.error)}</Text>}
        {data && (
          <Stack gap={6} aria-live="polite">
            {!data.isOpen && <Text size="sm" c="dimmed">{t('promises.policy.closedNow')}</Text>}
            {data.clocks.length === 0 && <Text size="sm" c="dimmed">{t('promises.policy.nothing')}</Text>}
            {data.clocks.map((clock) => (
              <div key={clock.kind}>
                <Text size="sm" className="tabular">{t('promises.policy.due', { kind: t(`sla.${clock.kind}`), at: clock.dueAt === null ? t('promises.policy.never') : formats.dateTime(clock.dueAt) })}</Text>
                {clock.warnings.some(({ at }) => at !== null) && <Text size="xs" c="dimmed" className="tabular">{t('promises.policy.warns', { at: formats.list(clock.warnings.flatMap(({ at }) => (at === null ? [] : [formats.dateTime(at)]))) })}</Text>}
              </div>
            ))}
          </Stack>
        )}
      </Stack>
    </Paper>
  )
}
