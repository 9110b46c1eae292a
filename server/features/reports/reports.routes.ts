import type * as z from 'zod'
import { Board as BoardSchema, BoardRowPage, boardRowsQuery } from '#contract/api/reports.ts'
import type { Context } from '../../context.ts'
import { startOfDay } from '../../domain/calendar.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import type { Board } from './board.ts'
import { countedRows, siteTimeZone } from './board.store.ts'
import { countedPage } from './counted-rows.ts'

const tag = 'reports'
const roles = ['supervisor', 'admin'] as const

/** The live board over HTTP, and the rows each of its figures counts. */
export function reportRoutes(context: Pick<Context, 'db' | 'clock' | 'config'> & { board: Board }): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/board', summary: 'The figures of today, now', tag, roles, response: BoardSchema }, () => context.board.current()),
    defineRoute({ method: 'GET', path: '/api/v1/board/rows', summary: 'Exactly the rows a figure counts', tag, roles, query: boardRowsQuery, response: BoardRowPage }, ({ query }) => boardRows(context, query)),
  ]
}

/** One page of what a figure counts. */
export async function boardRows(context: Pick<Context, 'db' | 'clock' | 'config'>, query: z.output<typeof boardRowsQuery>): Promise<z.input<typeof BoardRowPage>> {
  const { db, config } = context
  const now = context.clock.now()
  const scope = `board:${query.figure}:${query.queueId ?? ''}:${query.channel ?? ''}:${query.hits ?? ''}`
  const [afterId = null] = readPlace(config.sessionSecret, scope, query.cursor)
  const rows = await countedRows(db.long, { figure: query.figure, queueId: query.queueId ?? null, channel: query.channel ?? null, isHitsOnly: query.hits === 'true', afterId }, now, startOfDay(await siteTimeZone(db), now), query.limit + 1)
  return countedPage(db, toPage(config.sessionSecret, scope, rows, query.limit, (row) => [row.id]))
}
