/** The live board: computed in every process somebody looks at it from, and only then. */
import type { BoardView } from '#contract/board.ts'
import { boardChange, type NumberedBoard } from '#contract/board-change.ts'
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
  /** The board as it was last told to those who look, or now where nobody did: what is told next is a change of it. */
  watched(): Promise<NumberedBoard>
  /** Something happened that may move a figure: pushed soon, if anybody looks. */
  mayHaveChanged(batch: readonly NumberedEvent[]): void
  close(): void
}

const room = 'board'
/** At most so often after something happened: with the time to count it, nothing told is half a second old. */
const changedEveryMs = 300
const checkEveryMs = 25
/** On a day with very much work counting takes longer: it may take so much of the time, of one connection, and no more. */
const shareOfTimeMax = 0.5
/** Waits grow though nothing happens, and what happens is told to one process only: so often wherever somebody looks. */
const lookEveryMs = 1_000
/** "As of" is not left standing for longer. */
const sendEveryMs = 15_000

export function createBoard({ db, clock, realtime, logger }: { db: Pick<Db, 'query' | 'maybe'>; clock: Clock; realtime: Pick<Realtime, 'io'>; logger: Logger }): Board {
  let hasChanged = false
  let running: Promise<NumberedBoard> | null = null
  let computedAt = -Infinity
  let tookMs = 0
  /** When it was last counted to the end. */
  let countedAt = -Infinity
  let toldAt = -Infinity
  let told: NumberedBoard | null = null

  const isWatched = (): boolean => realtime.io.of('/staff').adapter.rooms.has(room)
  const timer = setInterval(() => {
    if (running !== null || !isWatched()) return
    const sinceMs = performance.now() - computedAt
    if (sinceMs < Math.max(changedEveryMs, tookMs / shareOfTimeMax)) return
    if (hasChanged || sinceMs >= lookEveryMs) look().catch((error: unknown) => logger.warn({ err: error, event: 'board.failed' }, 'the board could not be computed'))
  }, checkEveryMs).unref()

  function look(): Promise<NumberedBoard> {
    running ??= tell().finally(() => { running = null })
    return running
  }

  async function tell(): Promise<NumberedBoard> {
    hasChanged = false
    computedAt = performance.now()
    const board = await loadBoard(db, clock.now())
    countedAt = performance.now()
    tookMs = countedAt - computedAt
    if (told && isSame(told.board, board) && performance.now() - toldAt < sendEveryMs) return told
    const change = boardChange(told, board)
    toldAt = performance.now()
    realtime.io.of('/staff').local.to(room).emit('board', change)
    told = { number: change.number, board }
    return told
  }

  return {
    current: () => loadBoard(db, clock.now()),
    // Looked at, it is told anew within this time; it may be a second old and is put right by the next.
    watched: async () => (told !== null && performance.now() - countedAt < 2 * lookEveryMs ? (running ?? told) : look()),
    mayHaveChanged(batch) {
      if (batch.length > 0) hasChanged = true
    },
    close: () => clearInterval(timer),
  }
}

const isSame = (a: BoardView, b: BoardView): boolean => JSON.stringify({ ...a, at: null }) === JSON.stringify({ ...b, at: null })

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
