import * as api from '#contract/api/standing.ts'
import { idParams } from '#contract/api/common.ts'
import type { Context } from '../../context.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import { listStandings } from './standing.store.ts'
import * as usecases from './standing.usecases.ts'

const tag = 'customers'

/** Value and stage of customers. */
export function standingRoutes(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'config'>): Route[] {
  const { db, config } = context
  return [
    defineRoute({ method: 'GET', path: '/api/v1/standings', summary: 'Where customers stand, who brings most first', tag, roles: 'signed-in', query: api.standingsQuery, response: api.StandingPage }, async ({ query, staff }) => {
      const { stage = null, valueClass = null, customerId = null, isWorkedOn } = query
      const scope = `standings:${stage}:${valueClass}:${customerId}:${isWorkedOn ?? ''}`
      const [value, id] = readPlace(config.sessionSecret, scope, query.cursor)
      const rows = await listStandings(db, staff, { stage, valueClass, customerId, isWorkedOn: isWorkedOn === undefined ? null : isWorkedOn === 'true', after: value !== undefined && id !== undefined ? { value: Number(value), id } : null }, query.limit + 1)
      return toPage(config.sessionSecret, scope, rows, query.limit, (row) => [String(row.value ?? -1), row.customerId])
    }),
    defineRoute({ method: 'GET', path: '/api/v1/customers/:id/standing', summary: 'Where a customer stands, and why', tag, roles: 'signed-in', params: idParams, response: api.Standing }, ({ params, staff }) => usecases.readStanding(context, staff, params.id)),
    defineRoute({ method: 'PUT', path: '/api/v1/customers/:id/value', summary: 'Tell what a customer brings', tag, roles: ['supervisor', 'admin'], params: idParams, body: api.valueChange, response: api.Standing }, ({ params, body, staff }) => usecases.giveValue(context, staff, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/customer-values', summary: 'Tell what many customers bring', tag, roles: ['supervisor', 'admin'], body: api.valueImport, response: api.ValueImported, limitBytes: 1024 * 1024 }, ({ body, staff }) => usecases.importValues(context, staff, body.items)),
  ]
}
