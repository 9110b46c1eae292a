/** The live board: computed in every process somebody looks at it from, and only then. */
import type { BoardView } from '#contract/board.ts'
import { startOfDay } from '../../domain/calendar.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Realtime } from '../../platform/realtime/realtime.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'
import { allAgentViews } from '../agents/agents.views.ts'
import { loadTallies, queueNames, siteTimeZone } from './board.store.ts'
import { boardFigures } from './board.view.ts'

export interface Board {
  /** The figures now, by SQL. */
  current(): Promise<BoardView>
  /** Something happened that may move a figure: pushed soon, if anybody looks. */
  mayHaveChanged(batch: readonly NumberedEvent[]): void
  close(): void
}

const room = 'board'
/** At most so often after something happened. */
const changedEveryMs = 500
/** On a day with very much work counting takes longer: it may take so much of the time and no more. */
const shareOfTimeMax = 0.25
/** Waits grow though nothing happens, and what happens is told to one process only: so often wherever somebody looks. */
const lookEveryMs = 1_000
/** "As of" is not left standing for longer. */
const sendEveryMs = 15_000

export function createBoard({ db, clock, realtime, logger }: { db: Pick<Db, 'query' | 'maybe'>; clock: Clock; realtime: Pick<Realtime, 'io'>; logger: Logger }): Board {
  let hasChanged = false
  let running: Promise<void> | null = null
  let computedAt = -Infinity
  let tookMs = 0
  let sentAt = -Infinity
  let sent = ''

  const isWatched = (): boolean => realtime.io.of('/staff').adapter.rooms.has(room)
  const timer = setInterval(() => {
    if (running !== null || !isWatched()) return
    const sinceMs = performance.now() - computedAt
    if (sinceMs < tookMs / shareOfTimeMax) return
    if (hasChanged || sinceMs >= lookEveryMs - 20) {
      running = push().catch((error: unknown) => logger.warn({ err: error, event: 'board.failed' }, 'the board could not be computed')).finally(() => { running = null })
    }
  }, changedEveryMs).unref()

  async function push(): Promise<void> {
    hasChanged = false
    computedAt = performance.now()
    const view = await loadBoard(db, clock.now())
    tookMs = performance.now() - computedAt
    const figures = JSON.stringify({ ...view, at: null })
    if (figures === sent && performance.now() - sentAt < sendEveryMs) return
    sent = figures
    sentAt = performance.now()
    realtime.io.of('/staff').local.to(room).emit('board', view)
  }

  return {
    current: () => loadBoard(db, clock.now()),
    mayHaveChanged(batch) {
      if (batch.length > 0) hasChanged = true
    },
    close: () => clearInterval(timer),
  }
}

/** The board at an instant. */
export async function loadBoard(db: Pick<Db, 'query' | 'maybe'>, now: Date): Promise<BoardView> {
  const since = startOfDay(await siteTimeZone(db), now)
  const [tallies, names, agents] = await Promise.all([loadTallies(db, now, since), queueNames(db), allAgentViews(db)])
  return {
    at: now.toISOString(), since: since.toISOString(), ...boardFigures(tallies, names),
    agents: agents
      .filter((agent) => agent.role === 'agent' || agent.presence !== 'offline' || agent.contacts > 0)
      .map(({ id, name, presence, reason, since: from, load, contacts, isHelping, liveUsed, deferredUsed }) => ({ id, name, presence, reason, since: from, load, contacts, isHelping, liveUsed, deferredUsed })),
  }
}
