import * as z from 'zod'
import { contactStart, html, messageCreate, messagesQuery, MessageWindow, Reach, readBody } from '#contract/api/contacts.ts'
import { idParams } from '#contract/api/common.ts'
import { Message } from '#contract/api/views.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../platform/errors.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { maySeeConversation, type Viewer } from '../customers/customers.visibility.ts'
import { conversationRoom } from './conversation-room.ts'
import { markRead, reply, retryMessage, startContact, writeNote } from './conversations.usecases.ts'
import { messagePage, messageViews } from './conversations.views.ts'
import { loadWays, reachOptions, type ReachOption } from './reach.store.ts'

type RoutesContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'config'>
const tag = 'conversations'

export function conversationRoutes(context: RoutesContext): Route[] {
  const seen = async (staff: Viewer, conversationId: string): Promise<void> => {
    if (!(await maySeeConversation(context.db, staff, conversationId))) throw notFound()
  }
  /** The conversation a message is in, if the viewer may read that message. */
  const seenMessage = async (staff: Viewer, messageId: string): Promise<string> => {
    const row = await context.db.maybe<{ conversationId: string }>('select conversation_id as "conversationId" from message where id = $1', [messageId])
    if (!row) throw notFound()
    await seen(staff, row.conversationId)
    const [message] = await context.db.together((reader) => messageViews(reader, [messageId], conversationRoom(reader, staff, row.conversationId).then(({ sight }) => sight)))
    if (!message || message.restricted) throw notFound()
    return row.conversationId
  }

  return [
    defineRoute({ method: 'GET', path: '/api/v1/conversations/:id/messages', summary: 'A page of the timeline, newest page first', tag, roles: 'signed-in', params: idParams, query: messagesQuery, response: MessageWindow }, async ({ params, query, staff }) => {
      await seen(staff, params.id)
      const { sight } = await context.db.together((reader) => conversationRoom(reader, staff, params.id))
      return messagePage(context.db, params.id, query.before ?? null, query.limit, sight)
    }),
    defineRoute({ method: 'GET', path: '/api/v1/conversations/:id/reachability', summary: 'Every way to the customer, with whether and why not', tag, roles: 'signed-in', params: idParams, response: Reach }, async ({ params, staff }) => {
      const [isSeen, row, ways] = await context.db.together((reader) => Promise.all([
        maySeeConversation(reader, staff, params.id),
        reader.maybe<{ preferred: ReachOption['channel'] | null; isOpen: boolean }>(
          `select cu.preferred_channel as preferred, exists (select 1 from contact c where c.conversation_id = co.id and c.state <> 'closed') as "isOpen"
           from conversation co join customer cu on cu.id = co.customer_id where co.id = $1`, [params.id]),
        loadWays(reader, params.id),
      ]))
      if (!isSeen || !row) throw notFound()
      return { options: reachOptions(ways, row.isOpen ? 'answer' : 'outreach', row.preferred, context.clock.now()).map(toReach) }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/conversations/:id/messages', summary: 'Answer, or write a note', tag, roles: 'signed-in', params: idParams, body: messageCreate, response: Message, status: 201 }, async ({ params, body, staff }) => {
      const { kind, ...written } = body
      return kind === 'note' ? writeNote(context, params.id, staff, written) : reply(context, params.id, staff, written as Extract<typeof body, { kind: 'reply' }>)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/conversations', summary: 'Start a contact with a customer', tag, roles: 'signed-in', body: contactStart, response: Message, status: 201 }, async ({ body, staff }) => {
      const row = await context.db.maybe<{ id: string }>('select id from conversation where customer_id = $1 and folded_into_id is null', [body.customerId])
      if (!row) throw notFound()
      return startContact(context, row.id, staff, body.queueId, body)
    }),
    defineRoute({ method: 'POST', path: '/api/v1/conversations/:id/read', summary: 'How far one has read', tag, roles: 'signed-in', params: idParams, body: readBody }, async ({ params, body, staff }) => {
      await seen(staff, params.id)
      await markRead(context, params.id, staff.staffId, body.messageId)
    }),
    defineRoute({ method: 'GET', path: '/api/v1/messages/:id/html', summary: 'The sanitised HTML of a mail, for a sandboxed frame', tag, roles: 'signed-in', params: idParams, response: html }, async ({ params, staff }) => {
      await seenMessage(staff, params.id)
      const row = await context.db.one<{ html: string | null }>('select html from message where id = $1', [params.id])
      return { html: row.html ?? '' }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/messages/:id/retry', summary: 'Send a failed message again', tag, roles: 'signed-in', params: idParams }, async ({ params, staff }) => {
      await seenMessage(staff, params.id)
      await retryMessage(context, params.id)
    }),
  ]
}

function toReach(option: ReachOption): z.input<typeof Reach>['options'][number] {
  const { reach } = option
  return {
    channel: option.channel, identityId: option.identityId, accountId: option.accountId, address: option.address, accountName: option.accountName, isDefault: option.isDefault, readers: option.readers,
    reachable: reach.reachable, reason: reach.reachable ? null : reach.reason, via: reach.reachable ? reach.via : null, until: reach.reachable ? (reach.until?.toISOString() ?? null) : null,
    warnings: reach.reachable ? reach.warnings : [],
  }
}
