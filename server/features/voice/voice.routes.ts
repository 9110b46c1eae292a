import { idParams } from '#contract/api/common.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { requireContact } from '../customers/customers.visibility.ts'
import { hangUp } from './voice.usecases.ts'

/** What staff do with a call from the screen. */
export function voiceRoutes(context: Parameters<typeof hangUp>[0]): Route[] {
  return [
    defineRoute({ method: 'POST', path: '/api/v1/contacts/:id/hang-up', summary: 'End the call', tag: 'voice', roles: 'signed-in', params: idParams }, async ({ params, staff }) => {
      await requireContact(context.db, staff, params.id)
      await hangUp(context, params.id, staff)
    }),
  ]
}
