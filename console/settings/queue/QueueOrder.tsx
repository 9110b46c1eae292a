import { Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { usualHeadStartMs } from '#contract/queue-defaults.ts'
import { customerStages, valueClasses } from '#contract/words.ts'
import { useT } from '../../i18n.tsx'
import { DurationField, NumberField, OptionalField } from '../fields.tsx'
import { minuteMs, type ChangeDraft, type QueueDraft } from './draft.ts'

/** Who is served first, and by whom they would rather be. */
export function QueueOrder({ draft, change }: { draft: QueueDraft; change: ChangeDraft }) {
  const t = useT()
  const { headStart } = draft
  const { tierMs = {} } = headStart
  const tier = (name: 'silver' | 'gold', ms: number | null): void => {
    const { [name]: _before, ...rest } = tierMs
    change({ headStart: { ...headStart, tierMs: ms === null ? rest : { ...rest, [name]: ms } } })
  }
  const start = (name: 'perPriorityStepMs' | 'urgentMs', ms: number | null): void => {
    const { [name]: _before, ...rest } = headStart
    change({ headStart: ms === null ? rest : { ...rest, [name]: ms } })
  }
  /** A group without a number is left out: the queue then does not look at it at all. */
  const standing = <Group extends 'stageMs' | 'classMs'>(group: Group, name: keyof NonNullable<QueueDraft['headStart'][Group]>, ms: number | null): void => {
    const { [group]: before, ...others } = headStart
    const { [name]: _before, ...rest } = { ...before }
    const after = ms === null ? rest : { ...rest, [name]: ms }
    change({ headStart: Object.keys(after).length === 0 ? others : { ...others, [group]: after } })
  }
  const minutes = (ms: number): string => String(ms / minuteMs)
  return (
    <Stack gap="lg">
      <Stack gap={8} role="group" aria-label={t('routing.order.heads')}>
        <div><Text size="sm" fw={550}>{t('routing.order.heads')}</Text><Text size="xs" c="dimmed">{t('routing.order.headsText')}</Text></div>
        <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
          <OptionalField path="headStart.perPriorityStepMs" label={t('routing.order.step')} placeholder={minutes(usualHeadStartMs.perPriorityStepMs)} suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={headStart.perPriorityStepMs ?? null} onChange={(ms) => start('perPriorityStepMs', ms)} />
          <OptionalField path="headStart.tierMs.silver" label={t('routing.order.silver')} placeholder={minutes(usualHeadStartMs.tierMs.silver)} suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={tierMs.silver ?? null} onChange={(ms) => tier('silver', ms)} />
          <OptionalField path="headStart.tierMs.gold" label={t('routing.order.gold')} placeholder={minutes(usualHeadStartMs.tierMs.gold)} suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={tierMs.gold ?? null} onChange={(ms) => tier('gold', ms)} />
          <OptionalField path="headStart.urgentMs" label={t('routing.order.urgent')} placeholder={minutes(usualHeadStartMs.urgentMs)} suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={headStart.urgentMs ?? null} onChange={(ms) => start('urgentMs', ms)} />
        </SimpleGrid>
        <Text size="xs" c="dimmed" mt={4}>{t('routing.order.standingText')}</Text>
        <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="md" role="group" aria-label={t('reports.stages')}>
          {customerStages.map((stage) => (
            <OptionalField key={stage} path={`headStart.stageMs.${stage}`} label={t(`reports.stage.${stage}`)} placeholder="0" suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={headStart.stageMs?.[stage] ?? null} onChange={(ms) => standing('stageMs', stage, ms)} />
          ))}
        </SimpleGrid>
        <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="md" mt={8} role="group" aria-label={t('reports.classes')}>
          {valueClasses.map((name) => (
            <OptionalField key={name} path={`headStart.classMs.${name}`} label={t('reports.valueClass', { name })} placeholder="0" suffix={t('routing.minutes')} unit={minuteMs} min={0} max={1440} value={headStart.classMs?.[name] ?? null} onChange={(ms) => standing('classMs', name, ms)} />
          ))}
        </SimpleGrid>
        <DurationField path="slaMarginMs" label={t('routing.order.margin')} unitMs={1000} max={86_400} value={draft.slaMarginMs} onChange={(slaMarginMs) => change({ slaMarginMs })} />
      </Stack>
      <Stack gap={8} role="group" aria-label={t('routing.order.prefer')}>
        <div><Text size="sm" fw={550}>{t('routing.order.prefer')}</Text><Text size="xs" c="dimmed">{t('routing.order.preferText')}</Text></div>
        <Group grow align="flex-end" preventGrowOverflow={false}>
          <DurationField path="ownerHoldMs" label={t('routing.order.owner')} unitMs={1000} max={86_400} value={draft.ownerHoldMs} onChange={(ownerHoldMs) => change({ ownerHoldMs })} />
          <NumberField path="lastAgentDays" label={t('routing.order.lastAgentDays')} min={0} max={365} value={draft.lastAgentDays} onChange={(lastAgentDays) => change({ lastAgentDays })} />
          <DurationField path="lastAgentHoldMs" label={t('routing.order.lastAgentHold')} unitMs={1000} max={86_400} value={draft.lastAgentHoldMs} onChange={(lastAgentHoldMs) => change({ lastAgentHoldMs })} />
          <DurationField path="accountOwnerHoldMs" label={t('routing.order.accountOwner')} unitMs={1000} max={86_400} value={draft.accountOwnerHoldMs} onChange={(accountOwnerHoldMs) => change({ accountOwnerHoldMs })} />
        </Group>
      </Stack>
    </Stack>
  )
}
