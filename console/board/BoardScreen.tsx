import { useEffect, useState } from 'react'
import { Button, Loader } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import type { FigureName } from '#contract/board.ts'
import type { Channel } from '#contract/words.ts'
import { useFormats, useT } from '../i18n.tsx'
import { Page, Panel } from '../look/Page.tsx'
import { watchBoard } from '../state/connection.ts'
import { useScreen, type ScreenState } from '../state/inbox.ts'
import { AgentsTable } from './AgentsTable.tsx'
import { DueNext } from './DueNext.tsx'
import { FigureTiles } from './FigureTiles.tsx'
import { QueueTable } from './QueueTable.tsx'
import { RowsDrawer } from './RowsDrawer.tsx'

export interface Chosen { figure: FigureName; queueId: string | null; queueName: string | null; channel: Channel | null }

const boardOf = (held: ScreenState) => held.board

/** How it goes right now. Every number moves by itself and opens the rows it counts. */
export default function BoardScreen() {
  const t = useT()
  const formats = useFormats()
  const board = useScreen(boardOf)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [showsNext, setShowsNext] = useState(false)
  useEffect(watchBoard, [])
  if (!board) return <Loader m="xl" size="sm" type="dots" aria-label={t('common.loading')} />
  return (
    <Page title={t('shell.board')} text={t('board.since', { at: formats.isSameDay(board.since, board.at) ? formats.time(board.since) : formats.dateTime(board.since), now: formats.time(board.at) })} action={<Button variant="default" leftSection={<IconClockExclamation size={16} aria-hidden />} onClick={() => setShowsNext(true)}>{t('promises.next.open')}</Button>}>
      <FigureTiles figures={board.total} onChoose={(figure) => setChosen({ figure, queueId: null, queueName: null, channel: null })} />
      <Panel title={t('board.queues')}><QueueTable lines={board.lines} onChoose={setChosen} /></Panel>
      <Panel title={t('board.agents')}><AgentsTable agents={board.agents} /></Panel>
      {showsNext && <DueNext onClose={() => setShowsNext(false)} />}
      {chosen && <RowsDrawer chosen={chosen} onClose={() => setChosen(null)} />}
    </Page>
  )
}
