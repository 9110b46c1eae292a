import { idParams } from '#contract/api/common.ts'
import { NotificationList } from '#contract/api/sla.ts'
import type { NotificationKind } from '#contract/words.ts'
import { roomOf } from '#contract/rooms.ts'
import type { Context } from '../../context.ts'
import { commit } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { defineRoute, type Route } from '../../platform/http.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { mayListSql, type Viewer } from '../customers/customers.visibility.ts'

type NotificationContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
interface Row { id: string; kind: NotificationKind; contactId: string | null; conversationId: string | null; customerLabel: string | null; facts: Record<string, string | number | null>; at: Date; readAt: Date | null }

const tag = 'notifications'
const shown = 50

/** What one member of staff is told of; only they read and mark it. */
export function notificationRoutes(context: NotificationContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/v1/notifications', summary: 'What you are told of, the newest first', tag, roles: 'signed-in', response: NotificationList }, ({ staff }) => listNotifications(context, staff)),
    defineRoute({ method: 'POST', path: '/api/v1/notifications/:id/read', summary: 'Mark one as read', tag, roles: 'signed-in', params: idParams }, ({ params, staff }) => markRead(context, staff.staffId, params.id)),
    defineRoute({ method: 'POST', path: '/api/v1/notifications/read', summary: 'Mark all as read', tag, roles: 'signed-in' }, ({ staff }) => markRead(context, staff.staffId, null)),
  ]
}

/** A customer is named by who reads it now, not by who was told: sight comes and goes. */
async function listNotifications({ db }: NotificationContext, viewer: Viewer): Promise<NotificationList> {
  const { staffId } = viewer
  const rows = await db.query<Row>(
    `select n.id, n.kind, n.contact_id as "contactId", c.conversation_id as "conversationId", n.facts, n.at, n.read_at as "readAt",
       (select ${customerLabelSql('cu')} from conversation co join customer cu on cu.id = co.customer_id
         where co.id = coalesce(c.conversation_id, f.conversation_id) and ${mayListSql(viewer, 'co.id', '$1::uuid')}) as "customerLabel"
     from notification n left join contact c on c.id = n.contact_id left join follow_up f on f.id = (n.facts->>'followUpId')::uuid
     where n.agent_id = $1 order by n.at desc, n.id desc limit ${shown}`, [staffId])
  const { unread } = await db.one<{ unread: number }>('select count(*)::int as unread from notification where agent_id = $1 and read_at is null', [staffId])
  return { items: rows.map((row) => ({ ...row, at: row.at.toISOString(), readAt: row.readAt?.toISOString() ?? null })), nextCursor: null, unread }
}

/** One, or all. A second time changes nothing. */
async function markRead(context: NotificationContext, staffId: string, id: string | null): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    if (id !== null && !(await tx.maybe('select 1 from notification where id = $1 and agent_id = $2', [id, staffId]))) throw notFound()
    const read = await tx.execute('update notification set read_at = $2 where agent_id = $1 and read_at is null and ($3::uuid is null or id = $3)', [staffId, now, id])
    if (read > 0) effects.tell({ type: 'notification.made', refs: { settings: 'notifications' }, rooms: [roomOf.agent(staffId)] })
  })
}
