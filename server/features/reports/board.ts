import type { BoardView } from '#contract/board.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Realtime } from '../../platform/realtime/realtime.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'
export interface Board {
  /** The figures now, by SQL. */
  current(): Promise<BoardView>
  /** Something happened that may move a figure: pushed soon, if anybody looks. */
  mayHaveChanged(batch: readonly NumberedEvent[]): void
  close(): void
}
/** PLACEHOLDER until the reports feature lands. */
export function createBoard(_deps: { db: Db; clock: Clock; realtime: Realtime; logger: Logger }): Board {
  return { current: () => Promise.reject(new Error('no board yet')), mayHaveChanged: () => {}, close: () => {} }
}
