import { useMemo, useState, type ReactNode } from 'react'
import { Loader, SegmentedControl, Select, Text } from '@mantine/core'
import { IconChartDots3, IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { channels, type Channel } from '#contract/words.ts'
import { reports, type ReportFilter } from '../api/reports.ts'
import { useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'
import { Page } from '../look/Page.tsx'
import { problemText } from '../state/act.ts'
import { useInbox } from '../state/inbox.ts'
import { isAtLeast, useMe } from '../state/me.tsx'
import { Definitions } from './Definitions.tsx'
import { Export } from './Export.tsx'
import { LoopPart } from './LoopPart.tsx'
import { SatisfactionPart } from './SatisfactionPart.tsx'
import { SlaPart } from './SlaPart.tsx'
import { StagePart } from './StagePart.tsx'
import { SurveyPart } from './SurveyPart.tsx'
import style from './reports.module.css'

const names = ['surveys', 'loop', 'satisfaction', 'sla', 'stages'] as const
type Name = (typeof names)[number]
const lengths = ['7', '28', '90', '365'] as const
const dayMs = 86_400_000

/** What the company learns from its contacts, over a period of one's choice. */
export default function ReportsScreen() {
  const t = useT()
  const me = useMe()
  const navigate = useNavigate()
  const asked = useParams({ strict: false }).report
  const name = names.find((one) => one === asked) ?? 'surveys'
  const [chosen, setChosen] = useState<{ days: (typeof lengths)[number]; queueId: string | null; agentId: string | null; channel: Channel | null }>({ days: '28', queueId: null, agentId: null, channel: null })
  // The period ends when it is chosen: figures that move under one's eyes are the board's.
  const filter = useMemo((): ReportFilter => {
    const { days, ...rest } = chosen
    const to = Date.now()
    return { ...rest, from: new Date(to - Number(days) * dayMs).toISOString(), to: new Date(to).toISOString() }
  }, [chosen])
  const queues = useInbox((state) => state.queues.filter(({ retired }) => !retired))
  const agents = useInbox((state) => Object.values(state.agents).filter(({ retired }) => !retired))
  if (!isAtLeast(me.role, 'supervisor')) return <Empty icon={IconLock} title={t('reports.supervisorsOnly')}>{t('reports.supervisorsOnlyText')}</Empty>
  return (
    <Page title={t('reports.title')} text={t(`reports.text.${name}`)} action={<Export key={name} report={name} filter={filter} />}>
      <div className={style['tabs']}>
        <SegmentedControl aria-label={t('reports.which')} value={name} onChange={(to) => void navigate({ to: '/reports/$report', params: { report: to } })} data={names.map((value) => ({ value, label: t(`reports.name.${value}`) }))} />
      </div>
      <div className={style['bar']}>
        <Select size="xs" label={t('reports.period')} allowDeselect={false} value={chosen.days} onChange={(days) => setChosen((held) => ({ ...held, days: lengths.find((one) => one === days) ?? held.days }))} data={lengths.map((value) => ({ value, label: t(`reports.days.${value}`) }))} />
        {name !== 'stages' && (
          <>
            <Select size="xs" label={t('reports.queue')} clearable placeholder={t('reports.anyQueue')} value={chosen.queueId} onChange={(queueId) => setChosen((held) => ({ ...held, queueId }))} data={queues.map(({ id, name: label }) => ({ value: id, label }))} />
            <Select size="xs" label={t('reports.agent')} clearable searchable placeholder={t('reports.anyAgent')} value={chosen.agentId} onChange={(agentId) => setChosen((held) => ({ ...held, agentId }))} data={agents.map(({ id, name: label }) => ({ value: id, label }))} />
            <Select size="xs" label={t('reports.channel')} clearable placeholder={t('reports.anyChannel')} value={chosen.channel} onChange={(channel) => setChosen((held) => ({ ...held, channel: channels.find((one) => one === channel) ?? null }))} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} />
          </>
        )}
      </div>
      <Part name={name} filter={filter} />
    </Page>
  )
}

function Part({ name, filter }: { name: Name; filter: ReportFilter }) {
  switch (name) {
    case 'surveys': return <Loaded key={name} name={name} filter={filter} read={reports.surveys} show={(report) => <SurveyPart report={report} />} />
    case 'loop': return <Loaded key={name} name={name} filter={filter} read={reports.loop} show={(report) => <LoopPart report={report} filter={filter} />} />
    case 'satisfaction': return <Loaded key={name} name={name} filter={filter} read={reports.satisfaction} show={(report) => <SatisfactionPart report={report} />} />
    case 'sla': return <Loaded key={name} name={name} filter={filter} read={reports.sla} show={(report) => <SlaPart report={report} />} />
    case 'stages': return <Loaded key={name} name={name} filter={filter} read={reports.stages} show={(report) => <StagePart report={report} />} />
  }
}

function Loaded<Report extends { definitions: Record<string, string> }>({ name, filter, read, show }: { name: Name; filter: ReportFilter; read: (filter: ReportFilter) => Promise<Report>; show: (report: Report) => ReactNode }) {
  const t = useT()
  const report = useQuery({ queryKey: ['report', name, filter], queryFn: () => read(filter), staleTime: 60_000 })
  if (report.isPending) return <Loader size="sm" type="dots" aria-label={t('common.loading')} />
  if (report.isError) return <Text c="red" role="alert">{problemText(t, report.error)}</Text>
  return <>{show(report.data)}<Definitions names={Object.keys(report.data.definitions)} /></>
}

export function NothingHere() {
  const t = useT()
  return <Empty icon={IconChartDots3} title={t('reports.nothing')}>{t('reports.nothingText')}</Empty>
}
