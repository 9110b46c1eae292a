import * as z from 'zod'
import { Accepted, closeBody, ContactPage, contactsQuery, declineBody, snoozeBody, transferBody, Why } from '#contract/api/contacts.ts'
import { idParams } from '#contract/api/common.ts'
import { Contact } from '#contract/api/views.ts'
import type { Context } from '../../context.ts'
import { invalid, notFound } from '../../platform/errors.ts'
import { defineRoute, type Route, type StaffSession } from '../../platform/http.ts'
import { maySeeConversation, type Viewer } from '../customers/customers.visibility.ts'
import { acceptOffer, declineOffer, explain, takeContact } from '../routing/routing.usecases.ts'
import { hangUp } from '../voice/voice.usecases.ts'
import { listContacts, readContactCursor } from './contacts.lists.ts'
import * as usecases from './contacts.usecases.ts'

type RoutesContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
const tag = 'contacts'

/** Lists of contacts, and what staff do with one. What somebody may not see is 404. */
export function contactRoutes(context: RoutesContext): Route[] {
  const seen = async (staff: Viewer, contactId: string): Promise<void> => {
    const row = await context.db.maybe<{ conversationId: string }>('select conversation_id as "conversationId" from contact where id = $1', [contactId])
    if (!row || !(await maySeeConversation(context.db, staff, row.conversationId))) throw notFound()
  }
  const act = <S extends z.ZodType | undefined>(name: string, summary: string, body: S, run: (contactId: string, staff: StaffSession, body: S extends z.ZodType ? z.output<S> : undefined) => Promise<void>): Route =>
    defineRoute({ method: 'POST', path: `/api/v1/contacts/:id/${name}`, summary, tag, roles: 'signed-in', params: idParams, ...(body ? { body } : {}) }, async (input) => {
      await seen(input.staff, input.params.id)
      await run(input.params.id, input.staff, input.body as never) // parsed by the schema given
    })

  return [
    defineRoute({ method: 'GET', path: '/api/v1/contacts', summary: 'Contacts one may see', tag, roles: 'signed-in', query: contactsQuery, response: ContactPage }, async ({ query, staff }) => {
      const { limit, cursor, ...filter } = query
      const after = cursor === undefined ? undefined : readContactCursor(cursor)
      if (cursor !== undefined && !after) throw invalid([{ path: 'cursor', code: 'invalid', message: 'Not a cursor of this list.' }])
      return listContacts(context.db, staff, { ...filter, after }, limit)
    }),
    defineRoute({ method: 'GET', path: '/api/v1/contacts/:id', summary: 'One contact', tag, roles: 'signed-in', params: idParams, response: Contact }, async ({ params, staff }) => {
      const page = await listContacts(context.db, staff, { ids: [params.id] }, 1)
      const contact = page.items[0]
      if (!contact) throw notFound()
      return contact
    }),
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
    act('close', 'Close as handled', closeBody, (id, staff, body) => usecases.close(context, id, staff, body)),
    act('spam', 'Close as spam', undefined, (id, staff) => usecases.markSpam(context, id, staff)),
    act('pend', 'Wait for the customer', undefined, (id, staff) => usecases.pend(context, id, staff)),
    act('snooze', 'Come back to it later', snoozeBody, (id, staff, body) => usecases.snooze(context, id, staff, new Date(body.untilAt))),
    act('resume', 'Take it up again', undefined, (id, staff) => usecases.resume(context, id, staff)),
    act('settle', 'No reply needed', undefined, (id, staff) => usecases.settle(context, id, staff)),
    act('transfer', 'Offer it to a colleague or move it to a queue', transferBody, (id, staff, body) => usecases.transfer(context, id, staff, body)),
    act('hang-up', 'End the call', undefined, (id, staff) => hangUp(context, id, staff)),
  ]
}

async function why(context: RoutesContext, contactId: string): Promise<z.input<typeof Why>> {
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
