import { SimpleGrid, Stack, Text } from '@mantine/core'
import { channels, type Channel } from '#contract/words.ts'
import { useT } from '../../i18n.tsx'
import { OptionalField } from '../fields.tsx'

type Numbers = Partial<Record<Channel, number | undefined>>

/** A number per channel; where nothing is written the usual one holds, shown as a hint. */
export function ChannelNumbers({ path, label, text, unit = 1, min, max, usual, value, onChange }: { path: string; label: string; text?: string; unit?: number; min: number; max: number; usual: (channel: Channel) => number; value: Numbers; onChange: (value: Numbers) => void }) {
  const t = useT()
  const set = (channel: Channel, number: number | null): void => {
    const { [channel]: _before, ...rest } = value
    onChange(number === null ? rest : { ...rest, [channel]: number })
  }
  return (
    <Stack gap={8} role="group" aria-label={label}>
      <div>
        <Text size="sm" fw={550}>{label}</Text>
        {text !== undefined && <Text size="xs" c="dimmed">{text}</Text>}
      </div>
      <SimpleGrid cols={{ base: 2, xs: 3 }} spacing="xs" verticalSpacing="xs">
        {channels.map((channel) => <OptionalField key={channel} path={`${path}.${channel}`} label={t(`channel.${channel}`)} placeholder={String(usual(channel) / unit)} unit={unit} min={min} max={max} value={value[channel] ?? null} onChange={(number) => set(channel, number)} />)}
      </SimpleGrid>
    </Stack>
  )
}
