import { idParams } from '#contract/api/common.ts'
import { slaAtRiskQuery, SlaDueList, SlaLedger, slaNextQuery } from '#contract/api/sla.ts'
import type { Context } from '../../context.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { requireContact } from '../customers/customers.visibility.ts'
import { atRisk, nextBreaches, slaLedger } from './sla.views.ts'

const tag = 'sla'
const leads = ['supervisor', 'admin'] as const

/** Why a promise was missed, and which are missed next. */
export function slaRoutes({ db, clock }: Pick<Context, 'db' | 'clock'>): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/contacts/:id/sla', summary: 'The clocks of a contact: what ran, what paused, and why', tag, roles: 'signed-in', params: idParams, response: SlaLedger }, async ({ params, staff }) => {
      await requireContact(db, staff, params.id)
      return slaLedger(db, params.id, clock.now())
    }),
    defineRoute({ method: 'GET', path: '/api/v1/sla/next', summary: 'The next breaches of a queue', tag, roles: leads, query: slaNextQuery, response: SlaDueList }, async ({ query }) => {
      const at = clock.now()
      return { at: at.toISOString(), items: await nextBreaches(db, query.queueId, query.limit), nextCursor: null }
    }),
    defineRoute({ method: 'GET', path: '/api/v1/sla/at-risk', summary: 'Promises that run out in the next minutes', tag, roles: leads, query: slaAtRiskQuery, response: SlaDueList }, async ({ query }) => {
      const at = clock.now()
      return { at: at.toISOString(), items: await atRisk(db, new Date(at.getTime() + query.minutes * 60_000), query.queueId ?? null, query.limit), nextCursor: null }
    }),
  ]
}
