import { ActionIcon, Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'
import { demandsOfAction, overflowActions, overflowCauses, overflowRulesMax, type OverflowAction, type OverflowCause, type OverflowRule } from '#contract/overflow.ts'
import { useT } from '../../i18n.tsx'
import { DurationField, NumberField } from '../fields.tsx'
import { useFieldProblem } from '../parts.tsx'
import { hourMs, minuteMs, type ChangeDraft, type QueueDraft } from './draft.ts'

interface Option { value: string; label: string }

/** What becomes of contacts that cannot be served in time: rules from the top, each a cause and a way out. */
export function QueueOverflow({ draft, change, queues }: { draft: QueueDraft; change: ChangeDraft; queues: Option[] }) {
  const t = useT()
  const problem = useFieldProblem('overflow')
  const rules = draft.overflow.rules ?? []
  const set = (next: OverflowRule[]): void => change({ overflow: { rules: next } })
  const swap = (at: number, to: number): void => set(rules.map((rule, i) => (i === at ? rules[to] : i === to ? rules[at] : rule) ?? rule))
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">{t('routing.overflow.text')}</Text>
      {rules.length === 0 && <Text size="sm">{t('routing.overflow.empty')}</Text>}
      {rules.map((rule, at) => (
        <Group key={at} align="flex-end" gap="sm" role="group" aria-label={String(at + 1)}>
          <When rule={rule} at={at} onChange={(when) => set(rules.map((one, i) => (i === at ? { ...one, when } : one)))} />
          <Then rule={rule} at={at} queues={queues} onChange={(then) => set(rules.map((one, i) => (i === at ? { ...one, then } : one)))} />
          <Group gap={4} wrap="nowrap">
            <ActionIcon aria-label={t('routing.overflow.up', { number: at + 1 })} disabled={at === 0} onClick={() => swap(at, at - 1)}><IconArrowUp size={15} aria-hidden /></ActionIcon>
            <ActionIcon aria-label={t('routing.overflow.down', { number: at + 1 })} disabled={at === rules.length - 1} onClick={() => swap(at, at + 1)}><IconArrowDown size={15} aria-hidden /></ActionIcon>
            <ActionIcon aria-label={t('routing.overflow.remove', { number: at + 1 })} onClick={() => set(rules.filter((_, i) => i !== at))}><IconTrash size={15} aria-hidden /></ActionIcon>
          </Group>
        </Group>
      ))}
      {problem !== null && <Text size="sm" c="red">{problem}</Text>}
      <Group><Button variant="default" size="xs" disabled={rules.length >= overflowRulesMax} onClick={() => set([...rules, { when: { is: 'wait', ms: 5 * minuteMs }, then: { do: 'voicemail' } }])}>{t('routing.overflow.add')}</Button></Group>
    </Stack>
  )
}

const freshWhen: Record<OverflowCause, OverflowRule['when']> = { wait: { is: 'wait', ms: 5 * minuteMs }, length: { is: 'length', atLeast: 10 }, closed: { is: 'closed' }, 'nobody-staffed': { is: 'nobody-staffed' } }

function When({ rule: { when }, at, onChange }: { rule: OverflowRule; at: number; onChange: (when: OverflowRule['when']) => void }) {
  const t = useT()
  return (
    <>
      <Select w={215} label={t('routing.overflow.when')} allowDeselect={false} value={when.is} data={overflowCauses.map((value) => ({ value, label: t(`routing.overflow.cause.${value}`) }))} onChange={(value) => onChange(freshWhen[overflowCauses.find((one) => one === value) ?? 'wait'])} />
      {when.is === 'wait' && <DurationField path={`overflow.rules.${at}.when`} w={95} label={t('routing.overflow.waitMinutes')} unitMs={minuteMs} max={1440} value={when.ms} onChange={(ms) => onChange({ is: 'wait', ms })} />}
      {when.is === 'length' && <NumberField path={`overflow.rules.${at}.when`} w={95} label={t('routing.overflow.atLeast')} min={1} max={10_000} value={when.atLeast} onChange={(atLeast) => onChange({ is: 'length', atLeast })} />}
    </>
  )
}

function Then({ rule: { then }, at, queues, onChange }: { rule: OverflowRule; at: number; queues: Option[]; onChange: (then: OverflowRule['then']) => void }) {
  const t = useT()
  const fresh = (action: OverflowAction): OverflowRule['then'] => (action === 'queue' ? { do: 'queue', queueId: queues[0]?.value ?? '' } : action === 'message' ? { do: 'message', withinMs: 4 * hourMs } : { do: action })
  return (
    <>
      <Select
        flex="1 1 14rem" label={t('routing.overflow.then')} allowDeselect={false} value={then.do}
        data={overflowActions.map((value) => ({ value, label: t('routing.overflow.actionFor', { action: t(`routing.overflow.action.${value}`), whom: demandsOfAction[value].length === 1 ? t('routing.overflow.callsOnly') : t('routing.overflow.everything') }), disabled: value === 'queue' && queues.length === 0 }))} onChange={(value) => onChange(fresh(overflowActions.find((one) => one === value) ?? 'voicemail'))}
      />
      {then.do === 'queue' && <Select w={150} label={t('routing.overflow.queue')} allowDeselect={false} searchable nothingFoundMessage={t('routing.overflow.noQueues')} data={queues} value={then.queueId} onChange={(queueId) => queueId !== null && onChange({ do: 'queue', queueId })} />}
      {then.do === 'message' && <DurationField path={`overflow.rules.${at}.then`} w={130} label={t('routing.overflow.withinHours')} unitMs={hourMs} max={720} value={then.withinMs} onChange={(withinMs) => onChange({ do: 'message', withinMs })} />}
    </>
  )
}
