import { useState } from 'react'
import { Button, Progress, Table } from '@mantine/core'
import type { BoardView } from '#contract/board.ts'
import { keyFor, useFormats, useT } from '../i18n.tsx'
import { Face } from '../look/Face.tsx'
import { Mark } from '../look/Mark.tsx'
import { Rows } from '../look/Rows.tsx'
import { useNow } from '../state/now.ts'
import { MoveWorkDialog } from './MoveWorkDialog.tsx'
import style from './AgentsTable.module.css'

const order = { available: 0, break: 1, offline: 2 } as const

/** Who is there, since when, and how full their hands are. */
export function AgentsTable({ agents }: { agents: BoardView['agents'] }) {
  const t = useT()
  const formats = useFormats()
  const now = useNow()
  const [moving, setMoving] = useState<{ id: string; name: string } | null>(null)
  const sorted = agents.toSorted((a, b) => order[a.presence] - order[b.presence] || a.name.localeCompare(b.name))
  return (
    <div className={style['table']}>
      <Rows minWidth={600} dense verticalSpacing={7} aria-label={t('board.agents')} columns={[t('board.agent'), t('board.presence'), t('board.load'), t('board.contacts'), t('board.live')]}>
        <Table.Thead><Table.Tr><Table.Th>{t('board.agent')}</Table.Th><Table.Th>{t('board.presence')}</Table.Th><Table.Th>{t('board.load')}</Table.Th><Table.Th>{t('board.contacts')}</Table.Th><Table.Th>{t('board.live')}</Table.Th><Table.Th>{t('board.deferred')}</Table.Th><Table.Th><span className="visually-hidden">{t('routing.work.action')}</span></Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {sorted.map((agent) => (
            <Table.Tr key={agent.id} data-offline={agent.presence === 'offline' || undefined}>
              <Table.Td><span className={style['who']}><Face label={agent.name} size={26} presence={agent.presence} />{agent.name}</span></Table.Td>
              <Table.Td className="tabular">{agent.presence === 'break' ? t(keyFor('breakReason', agent.reason, 'presence.break')) : t(`presence.${agent.presence}`)} · {formats.duration(Math.max(0, now - Date.parse(agent.since)))}</Table.Td>
              <Table.Td>{agent.presence === 'offline' && agent.contacts === 0 && !agent.isHelping ? '–' : <Mark tone={agent.load === 'idle' ? 'good' : agent.load === 'wrap-up' ? 'accent' : 'plain'}>{agent.isHelping ? t('board.helping') : t(`load.${agent.load}`)}</Mark>}</Table.Td>
              <Table.Td className="tabular">{formats.number(agent.contacts)}</Table.Td>
              <Table.Td><Progress className={style['bar']} value={agent.liveUsed} aria-label={t('board.liveOf', { name: agent.name, count: agent.liveUsed })} size={6} /></Table.Td>
              <Table.Td data-label={t('board.deferred')}><Progress className={style['bar']} value={agent.deferredUsed} aria-label={t('board.deferredOf', { name: agent.name, count: agent.deferredUsed })} size={6} color="gray.5" /></Table.Td>
              <Table.Td data-wide>{agent.contacts > 0 && <Button size="compact-xs" variant="default" aria-label={t('routing.work.actionOf', { name: agent.name })} onClick={() => setMoving(agent)}>{t('routing.work.action')}</Button>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Rows>
      {moving && <MoveWorkDialog agent={moving} onClose={() => setMoving(null)} />}
    </div>
  )
}
