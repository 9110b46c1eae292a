import type { Context } from '../../context.ts'
import type { Route } from '../../platform/http.ts'
/** PLACEHOLDER until the surveys feature lands. */
export function surveyRoutes(_context: Context): Route[] { return [] }
