import { useState } from 'react'
import { Button, Group, Menu, Progress, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReportName } from '#contract/api/analysis.ts'
import { reports, type ReportFilter } from '../api/reports.ts'
import { useFormats, useT } from '../i18n.tsx'
import { useAct } from '../state/act.ts'

/** A file of every row behind the report: asked for, watched, read. */
export function Export({ report, filter }: { report: ReportName; filter: ReportFilter }) {
  const t = useT()
  const formats = useFormats()
  const { act, isBusy } = useAct()
  const [runId, setRunId] = useState<string | null>(null)
  const run = useQuery({ queryKey: ['report-run', runId], queryFn: () => reports.run(runId ?? ''), enabled: runId !== null, refetchInterval: ({ state }) => (state.data?.state === 'done' || state.data?.state === 'failed' ? false : 700) })
  const start = (format: 'csv' | 'json'): void => void act(async () => setRunId((await reports.start(report, format, filter)).id))
  const download = (): void => void act(async () => window.location.assign((await reports.link(runId ?? '')).url))
  const held = runId === null ? undefined : run.data
  if (held && held.state !== 'done' && held.state !== 'failed') {
    return (
      <Group gap="sm" role="status">
        <Progress w={120} value={held.rowsTotal ? (held.rowsDone / held.rowsTotal) * 100 : 100} animated aria-label={t('reports.export')} />
        <Text size="sm">{held.rowsTotal === null ? t('reports.begun') : t('reports.running', { done: formats.number(held.rowsDone), total: formats.number(held.rowsTotal) })}</Text>
      </Group>
    )
  }
  return (
    <Group gap="sm">
      {held?.state === 'done' && <Button size="xs" leftSection={<IconDownload size={15} aria-hidden />} loading={isBusy} onClick={download}>{t('reports.download')}</Button>}
      {held?.state === 'failed' && <Text size="sm" c="red" role="alert">{t('reports.failed')}</Text>}
      <Menu position="bottom-end" width={240}>
        <Menu.Target><Button size="xs" variant="default" loading={isBusy} title={t('reports.exportText')}>{held ? t('reports.again') : t('reports.export')}</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => start('csv')}>{t('reports.csv')}</Menu.Item>
          <Menu.Item onClick={() => start('json')}>{t('reports.json')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  )
}
