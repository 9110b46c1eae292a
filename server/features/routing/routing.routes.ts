import { Accepted, declineBody, Why } from '#contract/api/contacts.ts'
import { idParams } from '#contract/api/common.ts'
import { queuePreviewBody, QueuePreview } from '#contract/api/settings.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { requireContact } from '../customers/customers.visibility.ts'
import { previewContact, whyContact } from './explain.usecases.ts'
import { acceptOffer, declineOffer, takeBackOffer, takeContact, type RoutingContext } from './routing.usecases.ts'

const tag = 'routing'

/** Offers, taking a waiting contact, and why it waits. */
export function routingRoutes(context: RoutingContext): Route[] {
  const seen = (staff: Parameters<typeof requireContact>[1], contactId: string): Promise<void> => requireContact(context.db, staff, contactId)
  return [
    defineRoute({ method: 'GET', path: '/api/v1/contacts/:id/why', summary: 'Why it waits, or why this agent', tag, roles: 'signed-in', params: idParams, response: Why }, async ({ params, staff }) => {
      await seen(staff, params.id)
      return whyContact(context, params.id)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/queues/:id/preview', summary: 'Who would get a contact like this now, and why', tag, roles: ['supervisor', 'admin'], params: idParams, body: queuePreviewBody, response: QueuePreview }, ({ params, body }) => previewContact(context, params.id, body)),
    defineRoute({ method: 'POST', path: '/api/v1/offers/:id/accept', summary: 'Accept an offer', tag, roles: 'signed-in', params: idParams, response: Accepted }, ({ params, staff }) => acceptOffer(context, params.id, staff.staffId)),
    defineRoute({ method: 'POST', path: '/api/v1/offers/:id/decline', summary: 'Decline an offer', tag, roles: 'signed-in', params: idParams, body: declineBody }, ({ params, staff, body }) => declineOffer(context, params.id, staff.staffId, body.reason)),
    defineRoute({ method: 'POST', path: '/api/v1/offers/:id/take-back', summary: 'Take back what one asked a colleague', tag, roles: 'signed-in', params: idParams }, ({ params, staff }) => takeBackOffer(context, params.id, staff.staffId)),
    defineRoute({ method: 'POST', path: '/api/v1/contacts/:id/accept', summary: 'Take a waiting contact', tag, roles: 'signed-in', params: idParams, response: Accepted }, async ({ params, staff }) => {
      await seen(staff, params.id)
      return takeContact(context, params.id, staff.staffId)
    }),
  ]
}
