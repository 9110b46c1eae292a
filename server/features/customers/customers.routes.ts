import { idParams, listQuery } from '#contract/api/common.ts'
import * as api from '#contract/api/customers.ts'
import type { CustomerView } from '#contract/views.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../platform/errors.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { readPlace, toPage } from '../../platform/http-list.ts'
import { listContacts } from '../contacts/contacts.lists.ts'
import { conversationRoom } from '../conversations/conversation-room.ts'
import { messageViews } from '../conversations/conversations.views.ts'
import { findCustomers, findMessages, findOpenContacts } from './customers.search.ts'
import { standingCustomerId } from './customers.store.ts'
import * as usecases from './customers.usecases.ts'
import { confirmVerification, sendVerification } from './customers.verify.ts'
import { customerViews, openSuggestionViews } from './customers.views.ts'
import { maySeeCustomer, type Viewer } from './customers.visibility.ts'

type RoutesContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'secrets'> & { cursorSecret: string }
const tag = 'customers'
const roles = 'signed-in'
const searchHitsMax = 20

/** Customers, merging and search. What somebody may not see is 404, in lists it is not there. */
export function customerRoutes(context: RoutesContext): Route[] {
  const { db, cursorSecret } = context
  /** The customer an id stands for now: who was folded by a merge is read as the survivor. */
  const seen = async (viewer: Viewer, id: string): Promise<string> => {
    const standing = await standingCustomerId(db, id)
    if (!standing || !(await maySeeCustomer(db, viewer, standing))) throw notFound()
    return standing
  }
  const view = async (id: string): Promise<CustomerView> => {
    const [customer] = await customerViews(db, [id])
    if (!customer) throw notFound()
    return customer
  }

  return [
    defineRoute({ method: 'GET', path: '/api/v1/customers', summary: 'Customers one may see, newest first', tag, roles, query: api.customersQuery, response: api.CustomerPage }, async ({ query, staff }) => {
      const scope = `customers:${query.identity ?? ''}:${query.q ?? ''}`
      const [beforeId] = readPlace(cursorSecret, scope, query.cursor)
      const ids = await findCustomers(db, staff, { identity: query.identity, q: query.q, beforeId }, query.limit + 1)
      return toPage(cursorSecret, scope, await customerViews(db, ids), query.limit, (customer) => [customer.id])
    }),
    defineRoute({ method: 'GET', path: '/api/v1/customers/:id', summary: 'One customer', tag, roles, params: idParams, response: api.Customer }, async ({ params, staff }) => view(await seen(staff, params.id))),
    defineRoute({ method: 'PATCH', path: '/api/v1/customers/:id', summary: 'Change what is kept of a customer', tag, roles, params: idParams, body: api.customerChange, response: api.Customer }, async ({ params, staff, body }) => {
      const { version, ...change } = body
      await usecases.updateCustomer(context, staff, { customerId: params.id, version, change })
      return view(params.id)
    }),
    defineRoute({ method: 'GET', path: '/api/v1/customers/:id/conversation', summary: 'All a customer said and was told, in the order it happened', tag, roles, params: idParams, query: listQuery, response: api.ConversationPage }, async ({ params, query, staff }) => {
      const id = await seen(staff, params.id)
      const { conversationId } = await view(id)
      const scope = `conversation:${id}`
      // By time and id, never by seq: a merge between two pages moves no item past the cursor unseen.
      const [at, afterId] = readPlace(cursorSecret, scope, query.cursor)
      const rows = await db.query<{ id: string; at: Date }>(
        `select id, at from message where conversation_id = $1 and ($2::timestamptz is null or (at, id) > ($2, $3::uuid)) order by at, id limit $4`, [conversationId, at ?? null, afterId ?? null, query.limit + 1])
      const page = toPage(cursorSecret, scope, rows, query.limit, (row) => [row.at.toISOString(), row.id])
      const { sight } = await conversationRoom(db, staff, conversationId)
      return { items: await messageViews(db, page.items.map((row) => row.id), sight), nextCursor: page.nextCursor }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/customers/:id/verifications', summary: 'Send a code to a proved address', tag, roles, params: idParams, body: api.verificationSend }, ({ params, staff, body }) => sendVerification(context, staff, { customerId: params.id, ...body })),
    defineRoute({ method: 'POST', path: '/api/v1/customers/:id/verifications/confirm', summary: 'Take the code the customer reads back', tag, roles, params: idParams, body: api.verificationConfirm }, ({ params, staff, body }) => confirmVerification(context, staff, { customerId: params.id, ...body })),

    defineRoute({ method: 'GET', path: '/api/v1/merge-suggestions', summary: 'Open suggestions of customers that may be one', tag, roles, query: listQuery, response: api.SuggestionPage }, async ({ query, staff }) => {
      const [beforeId] = readPlace(cursorSecret, 'suggestions', query.cursor)
      return toPage(cursorSecret, 'suggestions', await openSuggestionViews(db, staff, { beforeId, limit: query.limit + 1 }), query.limit, (suggestion) => [suggestion.id])
    }),
    defineRoute({ method: 'POST', path: '/api/v1/merge-suggestions/:id/accept', summary: 'Merge the two', tag, roles, params: idParams, body: api.suggestionAccept, response: api.Merged }, async ({ params, staff, body }) => {
      const merged = await usecases.acceptSuggestion(context, staff, { suggestionId: params.id, survivorId: body.survivorId })
      return { ...merged, conversationId: (await view(merged.survivorId)).conversationId }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/merge-suggestions/:id/dismiss', summary: 'They are two people', tag, roles, params: idParams }, ({ params, staff }) => usecases.dismissSuggestion(context, staff, params.id)),

    defineRoute({ method: 'POST', path: '/api/v1/merges', summary: 'Merge two customers', tag, roles, body: api.mergeCreate, response: api.Merged, status: 201, idempotent: true }, async ({ staff, body }) => {
      const { mergeId } = await usecases.mergeCustomers(context, staff, body)
      return { mergeId, survivorId: body.survivorId, conversationId: (await view(body.survivorId)).conversationId }
    }),
    defineRoute({ method: 'GET', path: '/api/v1/merges/:id/undo-preview', summary: 'What an undo would move', tag, roles, params: idParams, response: api.UndoPreview }, ({ params, staff }) => usecases.undoPreview(context, staff, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/merges/:id/undo', summary: 'Take a merge back', tag, roles, params: idParams, body: api.undoBody }, async ({ params, staff, body }) => {
      await usecases.undoMerge(context, staff, { mergeId: params.id, reason: body.reason })
    }),

    defineRoute({ method: 'GET', path: '/api/v1/search', summary: 'Customers by name and address, open contacts by subject, messages by text', tag, roles, query: api.searchQuery, response: api.SearchHits }, async ({ query, staff }) => {
      const [customerIds, messageIds, contactIds] = await Promise.all([
        findCustomers(db, staff, { q: query.q }, searchHitsMax), findMessages(db, staff, query.q, searchHitsMax), findOpenContacts(db, query.q, searchHitsMax),
      ])
      const [customers, contacts, messages] = await Promise.all([
        customerViews(db, customerIds), listContacts(db, staff, { ids: contactIds }, searchHitsMax), messageViews(db, messageIds, { all: true }),
      ])
      return { customers, contacts: contacts.items, messages: messages.toSorted((a, b) => (a.at < b.at ? 1 : -1)) }
    }),
  ]
}
