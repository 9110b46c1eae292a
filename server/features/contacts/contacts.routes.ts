import * as z from 'zod'
import { assignBody, closeBody, consultBody, ContactPage, contactsQuery, leaveConsultBody, needsBody, returnBody, snoozeBody, transferBody } from '#contract/api/contacts.ts'
import { idParams } from '#contract/api/common.ts'
import { Contact } from '#contract/api/views.ts'
import type { Role } from '#contract/words.ts'
import type { Context } from '../../context.ts'
import { invalid, notFound } from '../../platform/errors.ts'
import { defineRoute, type Route, type StaffSession } from '../../platform/http.ts'
import { listContacts, readContactCursor } from './contacts.lists.ts'
import * as consulting from './consult.usecases.ts'
import * as usecases from './contacts.usecases.ts'
import * as moving from './moving.usecases.ts'

type RoutesContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
const tag = 'contacts'

/** Lists of contacts, and what staff do with one. What somebody may not see is 404. */
export function contactRoutes(context: RoutesContext): Route[] {
  const act = <S extends z.ZodType | undefined>(name: string, summary: string, body: S, run: (contactId: string, staff: StaffSession, body: S extends z.ZodType ? z.output<S> : undefined) => Promise<void>, roles: 'signed-in' | readonly Role[] = 'signed-in'): Route =>
    defineRoute({ method: 'POST', path: `/api/v1/contacts/:id/${name}`, summary, tag, roles, params: idParams, ...(body ? { body } : {}) }, (input) =>
      run(input.params.id, input.staff, input.body as never)) // parsed by the schema given

  return [
    defineRoute({ method: 'GET', path: '/api/v1/contacts', summary: 'Contacts one may see', tag, roles: 'signed-in', query: contactsQuery, response: ContactPage }, async ({ query, staff }) => {
      const { limit, cursor, ...filter } = query
      const after = cursor === undefined ? undefined : readContactCursor(cursor)
      if (cursor !== undefined && !after) throw invalid([{ path: 'cursor', code: 'invalid', message: 'Not a cursor of this list.' }])
      // How many have this state, queue or owner decides how they are best found: planned for the values given.
      const isNarrowed = filter.state !== undefined || filter.queueId !== undefined || filter.ownerId !== undefined
      return isNarrowed ? listContacts(context.db, staff, { ...filter, after }, limit) : context.db.together((reader) => listContacts(reader, staff, { ...filter, after }, limit))
    }),
    defineRoute({ method: 'GET', path: '/api/v1/contacts/:id', summary: 'One contact', tag, roles: 'signed-in', params: idParams, response: Contact }, async ({ params, staff }) => {
      const page = await listContacts(context.db, staff, { ids: [params.id] }, 1)
      const contact = page.items[0]
      if (!contact) throw notFound()
      return contact
    }),
    act('close', 'Close as handled', closeBody, (id, staff, body) => usecases.close(context, id, staff, body)),
    act('spam', 'Close as spam', undefined, (id, staff) => usecases.markSpam(context, id, staff)),
    act('wrap-up-done', 'Done with wrapping up', undefined, (id, staff) => usecases.wrapUpDone(context, id, staff)),
    act('pend', 'Wait for the customer', undefined, (id, staff) => usecases.pend(context, id, staff)),
    act('snooze', 'Come back to it later', snoozeBody, (id, staff, body) => usecases.snooze(context, id, staff, new Date(body.untilAt))),
    act('resume', 'Take it up again', undefined, (id, staff) => usecases.resume(context, id, staff)),
    act('settle', 'No reply needed', undefined, (id, staff) => usecases.settle(context, id, staff)),
    act('transfer', 'Offer it to a colleague or move it to a queue', transferBody, (id, staff, body) => moving.transfer(context, id, staff, body)),
    act('return', 'Give it back to its queue, at the front', returnBody, (id, staff, body) => moving.returnToQueue(context, id, staff, body.note)),
    act('consult', 'Ask a colleague, a queue or a skill to help; on a call they join it', consultBody, (id, staff, body) => consulting.consult(context, id, staff, body)),
    act('leave-consult', 'Help no longer', leaveConsultBody, (id, staff, body) => consulting.leaveConsult(context, id, staff, body.agentId ?? staff.staffId)),
    act('needs', 'Priority, urgency and skills of this one contact', needsBody, (id, staff, body) => moving.changeNeeds(context, id, staff, body)),
    act('assign', 'Give it to somebody without asking them', assignBody, (id, staff, body) => moving.assignByHand(context, id, staff, body), ['supervisor', 'admin']),
  ]
}
