import type { Context } from '../../context.ts'
import type { Route } from '../../platform/http.ts'
import type { Board } from './board.ts'
/** PLACEHOLDER until the reports feature lands. */
export function reportRoutes(_context: Context & { board: Board }): Route[] { return [] }
