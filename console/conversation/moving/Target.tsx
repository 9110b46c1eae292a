import { useState } from 'react'
import { Group, NumberInput, SegmentedControl, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { settings } from '../../api/settings.ts'
import type { TransferTarget } from '../../api/work.ts'
import { useT } from '../../i18n.tsx'
import { useInbox } from '../../state/inbox.ts'
import { Colleague } from './Colleague.tsx'

const ways = ['agent', 'queue', 'skill'] as const
type Way = (typeof ways)[number]

interface Props {
  label: string
  /** Tells what is chosen so far; null: nothing that can be sent. */
  onChange: (target: TransferTarget | null) => void
  withoutAgents: readonly (string | null)[]
  withoutQueue?: string
}

/** A colleague, a queue, or whoever has a skill. */
export function Target({ label, onChange, withoutAgents, withoutQueue }: Props) {
  const t = useT()
  const queues = useInbox((state) => state.queues)
  const skills = useQuery({ queryKey: ['settings', 'skills'], queryFn: settings.skills.list })
  const [to, setTo] = useState<Way>('agent')
  const [chosen, setChosen] = useState<string | null>(null)
  const [level, setLevel] = useState(1)
  const choose = (way: Way, id: string | null, atLevel: number): void => {
    setTo(way)
    setChosen(id)
    setLevel(atLevel)
    onChange(id === null ? null : way === 'agent' ? { agentId: id } : way === 'queue' ? { queueId: id } : { skills: [{ skillId: id, level: atLevel }] })
  }
  const pick = (id: string | null): void => choose(to, id, level)
  return (
    <>
      <SegmentedControl fullWidth aria-label={label} value={to} onChange={(value) => choose(ways.find((way) => way === value) ?? 'agent', null, level)} data={[{ value: 'agent', label: t('transfer.agent') }, { value: 'queue', label: t('transfer.queue') }, { value: 'skill', label: t('routing.move.skill') }]} />
      {to === 'agent' && <Colleague value={chosen} onChange={pick} without={withoutAgents} />}
      {to === 'queue' && <Select label={t('transfer.queue')} searchable value={chosen} onChange={pick} data={queues.filter((queue) => !queue.retired && queue.id !== withoutQueue).map((queue) => ({ value: queue.id, label: queue.open ? queue.name : t('transfer.closedQueue', { name: queue.name }) }))} />}
      {to === 'skill' && (
        <Group align="flex-end" wrap="nowrap">
          <Select flex={1} label={t('routing.move.skill')} searchable value={chosen} onChange={pick} nothingFoundMessage={t('settings.skills.empty')} data={(skills.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
          <NumberInput w={130} label={t('routing.move.level')} min={1} max={5} allowDecimal={false} value={level} onChange={(value) => choose(to, chosen, Number(value) || 1)} />
        </Group>
      )}
    </>
  )
}
