import { Group, NumberInput, SegmentedControl, Stack, Switch, Text } from '@mantine/core'
import { usualOfferTimeoutMs, usualReopenMs } from '#contract/queue-defaults.ts'
import { unitsOf } from '#contract/words.ts'
import { useT } from '../../i18n.tsx'
import { DurationField } from '../fields.tsx'
import { ChannelNumbers } from './ChannelNumbers.tsx'
import { hourMs, type ChangeDraft, type QueueDraft } from './draft.ts'

/** How members get contacts, how long they have, and how much of them each kind takes. */
export function QueueOffers({ draft, change }: { draft: QueueDraft; change: ChangeDraft }) {
  const t = useT()
  return (
    <Stack gap="lg">
      <Stack gap={6} role="group" aria-label={t('routing.offers.how')}>
        <Text size="sm" fw={550}>{t('routing.offers.how')}</Text>
        <SegmentedControl aria-label={t('routing.offers.how')} value={draft.pull ? 'pull' : 'push'} onChange={(value) => change({ pull: value === 'pull' })} data={[{ value: 'push', label: t('routing.offers.push') }, { value: 'pull', label: t('routing.offers.pull') }]} />
        <Text size="xs" c="dimmed">{draft.pull ? t('routing.offers.pullText') : t('routing.offers.pushText')}</Text>
      </Stack>
      {!draft.pull && <Switch label={t('routing.offers.autoAccept')} description={t('routing.offers.autoAcceptText')} checked={draft.autoAccept} onChange={(event) => change({ autoAccept: event.currentTarget.checked })} />}
      {!draft.pull && <NumberInput label={t('routing.offers.keepIdle')} description={t('routing.offers.keepIdleText')} min={0} max={1000} allowDecimal={false} w={260} value={draft.keepIdle} onChange={(value) => change({ keepIdle: Number(value) || 0 })} />}
      {!draft.pull && <ChannelNumbers path="offerTimeoutMs" label={t('routing.offers.timeouts')} unit={1000} min={5} max={86_400} usual={(channel) => usualOfferTimeoutMs[channel]} value={draft.offerTimeoutMs} onChange={(offerTimeoutMs) => change({ offerTimeoutMs })} />}
      <ChannelNumbers path="units" label={t('routing.offers.units')} text={t('routing.offers.unitsText')} min={1} max={100} usual={(channel) => unitsOf[channel].units} value={draft.units} onChange={(units) => change({ units })} />
      <ChannelNumbers path="reopenMs" label={t('routing.offers.reopen')} text={t('routing.offers.reopenText')} unit={hourMs} min={0} max={720} usual={(channel) => usualReopenMs[channel]} value={draft.reopenMs} onChange={(reopenMs) => change({ reopenMs })} />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <DurationField path="wrapUpLimitMs" label={t('settings.queues.wrapUp')} unitMs={1000} max={3600} value={draft.wrapUpLimitMs} onChange={(wrapUpLimitMs) => change({ wrapUpLimitMs })} />
        <DurationField path="pendingLimitMs" label={t('settings.queues.pending')} unitMs={hourMs} max={576} value={draft.pendingLimitMs} onChange={(pendingLimitMs) => change({ pendingLimitMs })} />
      </Group>
    </Stack>
  )
}
