/**
 * The live board. Every figure carries how many cases it rests on, and `/api/v1/board/rows` lists exactly the rows it counts.
 * A value is null (shown as "–") when there is nothing to count.
 */
import type { Channel, Load, Presence } from './words.ts'

export const figureNames = [
  'waiting', 'longest-wait', 'service-level', 'asa', 'abandonment', 'active', 'at-risk', 'breached', 'handled', 'csat', 'omission', 'complaints', 'complaint-rate', 'dissatisfaction',
] as const
export type FigureName = (typeof figureNames)[number]

export interface Figure {
  value: number | null
  /** How many cases the value rests on. */
  n: number
}

export interface BoardLine {
  queueId: string
  queueName: string
  channel: Channel
  figures: Partial<Record<FigureName, Figure>>
}

export interface BoardView {
  at: string
  /** Midnight of the site from which "today" counts. */
  since: string
  total: Record<FigureName, Figure>
  lines: BoardLine[]
  agents: { id: string; name: string; presence: Presence; reason: string | null; since: string; load: Load; contacts: number; isHelping: boolean; liveUsed: number; deferredUsed: number }[]
}
