import { Group, Stack, Text } from '@mantine/core'
import type { Queue } from '#contract/api/settings.ts'
import { channels, type Channel } from '#contract/words.ts'
import { useT } from '../i18n.tsx'
import { OptionalField } from './fields.tsx'

const minuteMs = 60_000
/** What a contact takes of an agent's 100 when the queue says nothing. */
const usualUnits: Record<Channel, number> = { voice: 100, webchat: 33, email: 20, sms: 25, whatsapp: 25, slack: 25 }

type Limits = Pick<Queue, 'overflow' | 'units'>

/** When a caller may leave a message instead, and how much of an agent each kind of contact takes. */
export function QueueLimits({ limits, onChange }: { limits: Limits; onChange: (limits: Limits) => void }) {
  const t = useT()
  const { overflow, units } = limits
  const setUnits = (channel: Channel, value: number | null): void => {
    const { [channel]: _before, ...rest } = units
    onChange({ overflow, units: value === null ? rest : { ...rest, [channel]: value } })
  }
  return (
    <>
      <OptionalField path="overflow.rules" label={t('settings.queues.voicemail')} placeholder={t('settings.never')} unit={minuteMs} min={1} max={1440} value={voicemailAfterMs(overflow)} onChange={(ms) => onChange({ units, overflow: withVoicemailAfter(overflow, ms) })} />
      <Stack gap={8} role="group" aria-label={t('settings.queues.units')}>
        <div>
          <Text size="sm" fw={550}>{t('settings.queues.units')}</Text>
          <Text size="xs" c="dimmed">{t('settings.queues.unitsHint')}</Text>
        </div>
        <Group grow align="flex-start" gap="xs">
          {channels.map((channel) => <OptionalField key={channel} path={`units.${channel}`} label={t(`channel.${channel}`)} placeholder={String(usualUnits[channel])} min={1} max={100} value={units[channel] ?? null} onChange={(value) => setUnits(channel, value)} />)}
        </Group>
      </Stack>
    </>
  )
}

function voicemailAfterMs({ rules = [] }: Limits['overflow']): number | null {
  const rule = rules.find(({ when, then }) => when.is === 'wait' && then.do === 'voicemail')
  return rule?.when.is === 'wait' ? rule.when.ms : null
}

/** Who may leave a message after a while may leave one outside the hours too. */
function withVoicemailAfter({ rules = [] }: Limits['overflow'], ms: number | null): Limits['overflow'] {
  const others = rules.filter(({ then }) => then.do !== 'voicemail')
  return { rules: ms === null ? others : [...others, { when: { is: 'wait', ms }, then: { do: 'voicemail' } }, { when: { is: 'closed' }, then: { do: 'voicemail' } }] }
}
