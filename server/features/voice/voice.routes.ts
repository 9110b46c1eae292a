import { idParams } from '#contract/api/common.ts'
import { holdBody } from '#contract/api/contacts.ts'
import { VoiceDevice, VoiceToken } from '#contract/api/voice.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { requireContact } from '../customers/customers.visibility.ts'
import { browserToken, hangUp, hold, ringsIn } from './voice.usecases.ts'

/** What staff do with a call from the screen. */
export function voiceRoutes(context: Parameters<typeof hangUp>[0] & Parameters<typeof browserToken>[0]): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/voice/device', summary: 'Where my calls ring', tag: 'voice', roles: 'signed-in', response: VoiceDevice }, async () => ({ ringsIn: ringsIn(context) })),
    defineRoute({ method: 'POST', path: '/api/v1/voice/token', summary: 'A pass for my browser to be rung', tag: 'voice', roles: 'signed-in', response: VoiceToken }, ({ staff }) => browserToken(context, staff.staffId)),
    defineRoute({ method: 'POST', path: '/api/v1/contacts/:id/hang-up', summary: 'End the call', tag: 'voice', roles: 'signed-in', params: idParams }, async ({ params, staff }) => {
      await requireContact(context.db, staff, params.id)
      await hangUp(context, params.id, staff)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/contacts/:id/hold', summary: 'Put the customer on hold while somebody helps on the call, or take them back', tag: 'voice', roles: 'signed-in', params: idParams, body: holdBody }, async ({ params, body, staff }) => {
      await requireContact(context.db, staff, params.id)
      await hold(context, params.id, staff, body.onHold)
    }),
  ]
}
