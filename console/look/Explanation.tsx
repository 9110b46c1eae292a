import { Text } from '@mantine/core'
import type { InboxState } from '#contract/inbox-state.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { useInbox } from '../state/inbox.ts'
import { Mark } from './Mark.tsx'
import style from './Explanation.module.css'

export interface Explained {
  /** The rule that chooses, or why nobody is chosen. */
  reason: string | null
  agentId: string | null
  nextThree: string[]
  excluded: Record<string, { count: number; agentIds: string[] }>
  nextChangeAt: string | null
}

const agentsOf = (state: InboxState): InboxState['agents'] => state.agents

/** What routing decides and whom it looked at, agent by agent. `isImagined`: nothing of it has happened. */
export function Explanation({ of, isImagined = false }: { of: Explained; isImagined?: boolean }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox(agentsOf)
  const nameOf = (id: string): string => agents[id]?.name ?? t('composer.somebody')
  const waits = of.reason === null ? null : t(keyFor('waitReason', of.reason, 'waitReason.other'), { code: of.reason })
  const goes = of.agentId === null ? null : { name: nameOf(of.agentId), reason: t(keyFor('routing.why.rule', of.reason, 'routing.why.rule.other')) }
  return (
    <div className={style['explanation']}>
      <Text size="sm" fw={600}>{goes ? t(isImagined ? 'routing.why.would' : 'routing.why.goes', goes) : waits === null ? t('why.noReason') : t('routing.why.waits', { reason: waits })}</Text>
      {of.nextChangeAt !== null && <Text size="sm" c="dimmed">{t('routing.why.change', { at: formats.dateTime(of.nextChangeAt) })}</Text>}
      <ul className={style['list']}>
        {of.nextThree.map((id) => <li key={id}><span>{nameOf(id)}</span><Mark tone="good">{t('routing.why.can')}</Mark></li>)}
        <Excluded excluded={of.excluded} />
      </ul>
    </div>
  )
}

/** Who was not asked, per reason. Names are given for the first twenty only; the rest is counted. */
export function Excluded({ excluded }: { excluded: Explained['excluded'] }) {
  const t = useT()
  const formats = useFormats()
  const agents = useInbox(agentsOf)
  return Object.entries(excluded).filter(([reason]) => reason !== 'not-member').map(([reason, { count, agentIds }]) => {
    const names = agentIds.map((id) => agents[id]?.name).filter((name) => name !== undefined)
    const more = count - names.length
    return <li key={reason}><span>{formats.list([...names, ...(more > 0 ? [t('why.agents', { count: more })] : [])])}</span><Mark>{t(keyFor('waitReason', reason, 'waitReason.other'), { code: reason })}</Mark></li>
  })
}
