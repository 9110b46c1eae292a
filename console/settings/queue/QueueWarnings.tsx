import { Alert, List } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { Queue } from '#contract/api/settings.ts'
import { settings } from '../../api/settings.ts'
import { useFormats, useT } from '../../i18n.tsx'
import { useSettings } from '../parts.tsx'

/** What of a queue's settings does not fit together, and what to do about it. */
export function QueueWarnings({ warnings, isSaved }: { warnings: Queue['warnings']; isSaved: boolean }) {
  const t = useT()
  const formats = useFormats()
  const skills = useSettings('skills', settings.skills.list)
  if (warnings.length === 0) return null
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={18} aria-hidden />} title={t(isSaved ? 'routing.warning.savedTitle' : 'routing.warning.title', { count: warnings.length })}>
      <List size="sm" spacing={4}>
        {warnings.map((warning) => (
          <List.Item key={JSON.stringify(warning)}>
            {t(`routing.warning.${warning.code}`, {
              skill: skills.data?.find(({ id }) => id === warning.skillId)?.name ?? '–', level: warning.level ?? 0, ring: (warning.ring ?? 0) + 1,
              channel: warning.channel ? t(`channel.${warning.channel}`) : '–', time: formats.duration(warning.targetMs ?? 0),
            })}
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}
