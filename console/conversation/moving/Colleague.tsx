import { Select } from '@mantine/core'
import type { InboxState } from '#contract/inbox-state.ts'
import type { AgentView } from '#contract/views.ts'
import { useT } from '../../i18n.tsx'
import { useInbox } from '../../state/inbox.ts'

const rankOf = ({ presence, load }: AgentView): number => (presence === 'offline' ? 3 : presence === 'break' ? 2 : load === 'idle' ? 0 : 1)
const staffOf = (state: InboxState): AgentView[] => Object.values(state.agents).filter((agent) => !agent.retired).toSorted((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name))

/** Chooses somebody at work, who is free first; who is offline is shown last, and cannot be chosen. */
export function Colleague({ value, onChange, without }: { value: string | null; onChange: (id: string | null) => void; without: readonly (string | null)[] }) {
  const t = useT()
  const staff = useInbox(staffOf)
  const stateOf = ({ presence, reason, load }: AgentView): string => (presence === 'break' && reason !== null ? t('transfer.onBreak', { reason: t(`breakReason.${reason}`) }) : presence === 'available' && load !== 'idle' ? t(`load.${load}`) : t(`presence.${presence}`))
  return (
    <Select
      label={t('transfer.agent')} placeholder={t('transfer.agentHint')} searchable value={value} onChange={onChange} nothingFoundMessage={t('transfer.nobody')} data-autofocus openOnFocus={false}
      data={staff.filter(({ id }) => !without.includes(id)).map((agent) => ({ value: agent.id, label: t('transfer.agentLine', { name: agent.name, presence: stateOf(agent) }), disabled: agent.presence === 'offline' }))}
    />
  )
}
