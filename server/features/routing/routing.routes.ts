import type * as z from 'zod'
import { Accepted, declineBody, Why } from '#contract/api/contacts.ts'
import { idParams } from '#contract/api/common.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { requireContact } from '../customers/customers.visibility.ts'
import { acceptOffer, declineOffer, explain, takeContact, type RoutingContext } from './routing.usecases.ts'

const tag = 'routing'

/** Offers, taking a waiting contact, and why it waits. */
export function routingRoutes(context: RoutingContext): Route[] {
  const seen = (staff: Parameters<typeof requireContact>[1], contactId: string): Promise<void> => requireContact(context.db, staff, contactId)
  return [
    defineRoute({ method: 'GET', path: '/api/v1/contacts/:id/why', summary: 'Why it waits, or why this agent', tag, roles: 'signed-in', params: idParams, response: Why }, async ({ params, staff }) => {
      await seen(staff, params.id)
      return why(context, params.id)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/offers/:id/accept', summary: 'Accept an offer', tag, roles: 'signed-in', params: idParams, response: Accepted }, ({ params, staff }) => acceptOffer(context, params.id, staff.staffId)),
    defineRoute({ method: 'POST', path: '/api/v1/offers/:id/decline', summary: 'Decline an offer', tag, roles: 'signed-in', params: idParams, body: declineBody }, ({ params, staff, body }) => declineOffer(context, params.id, staff.staffId, body.reason)),
    defineRoute({ method: 'POST', path: '/api/v1/contacts/:id/accept', summary: 'Take a waiting contact', tag, roles: 'signed-in', params: idParams, response: Accepted }, async ({ params, staff }) => {
      await seen(staff, params.id)
      return takeContact(context, params.id, staff.staffId)
    }),
  ]
}

async function why(context: RoutingContext, contactId: string): Promise<z.input<typeof Why>> {
  const [found, offers] = await Promise.all([
    explain(context, contactId),
    context.db.query<{ id: string; agentId: string; reason: string; offeredAt: Date; result: string | null; endedAt: Date | null }>(
      `select id, agent_id as "agentId", coalesce(decision->>'reason', '') as reason, offered_at as "offeredAt", result, ended_at as "endedAt" from offer where contact_id = $1 order by offered_at desc limit 20`, [contactId]),
  ])
  const choice = found?.choice
  return {
    waiting: choice !== undefined,
    reason: choice?.reason ?? null,
    agentId: choice?.kind === 'offer' ? choice.agentId : null,
    nextThree: choice?.kind === 'offer' ? choice.nextThree : [],
    excluded: Object.fromEntries(Object.entries(choice?.excludedByReason ?? {}).map(([reason, one]) => [reason, { count: one.count, agentIds: one.agentIds }])),
    nextChangeAt: choice?.kind === 'wait' ? (choice.nextChangeAt?.toISOString() ?? null) : null,
    offers: offers.map((offer) => ({ ...offer, offeredAt: offer.offeredAt.toISOString(), endedAt: offer.endedAt?.toISOString() ?? null })),
  }
}
