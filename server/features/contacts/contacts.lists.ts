import type { ContactState } from '#contract/words.ts'
import type { ContactView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { hiddenContactSql, mayListSql, seesEverybody, type Viewer } from '../customers/customers.visibility.ts'
import { contactSelect, toContactView } from './contacts.views.ts'

export interface ContactFilter {
  list?: 'mine' | 'waiting' | 'all' | 'closed' | undefined
  ids?: readonly string[] | undefined
  customerId?: string | undefined
  queueId?: string | undefined
  state?: ContactState | undefined
  ownerId?: string | undefined
  /** Where the page before ended. */
  after?: { key: string; id: string } | undefined
}

/** Key of the last row of a page, to go on from: opaque to screens. */
export interface ContactPage {
  items: ContactView[]
  nextCursor: string | null
}

/** Each list has one order and one key; the same index serves its first page and its four hundredth. */
const orders = {
  mine: { key: 'coalesce(c.last_message_at, c.opened_at)', direction: 'desc' },
  waiting: { key: 'coalesce(en.since, c.opened_at)', direction: 'asc' },
  all: { key: 'coalesce(c.last_message_at, c.opened_at)', direction: 'desc' },
  closed: { key: `coalesce(c.closed_at, '-infinity'::timestamptz)`, direction: 'desc' },
  any: { key: 'c.opened_at', direction: 'desc' },
} as const

/** The contacts a viewer may list. A restricted contact of another team is in no list at all. */
export async function listContacts(db: Pick<Tx, 'query'>, viewer: Viewer, filter: ContactFilter, limit: number): Promise<ContactPage> {
  const order = orders[filter.list ?? 'any']
  const values: unknown[] = [viewer.staffId]
  const add = (value: unknown): string => `$${values.push(value)}`
  const where = [`${mayListSql(viewer, 'c.conversation_id', '$1::uuid')}`]
  if (!seesEverybody(viewer)) where.push(`not ${hiddenContactSql('c.id', '$1::uuid')}`)
  if (filter.list === 'mine') where.push(`(c.owner_id = $1::uuid or c.id in (select ko.contact_id from consult k join offer ko on ko.id = k.offer_id where k.agent_id = $1::uuid and k.left_at is null)) and c.state <> 'closed'`)
  if (filter.list === 'waiting') where.push(`c.state in ('waiting', 'offered')`)
  if (filter.list === 'all') where.push(`c.state <> 'closed'`)
  if (filter.list === 'closed') where.push(`c.state = 'closed'`)
  if (filter.ids) where.push(`c.id = any(${add(filter.ids)}::uuid[])`)
  if (filter.customerId) where.push(`co.customer_id = ${add(filter.customerId)}`)
  if (filter.queueId) where.push(`c.queue_id = ${add(filter.queueId)}`)
  if (filter.state) where.push(`c.state = ${add(filter.state)}`)
  if (filter.ownerId) where.push(`c.owner_id = ${add(filter.ownerId)}`)
  if (filter.after) where.push(`(${order.key}, c.id) ${order.direction === 'asc' ? '>' : '<'} (${add(filter.after.key)}::timestamptz, ${add(filter.after.id)}::uuid)`)
  const rows = await db.query<Parameters<typeof toContactView>[0] & { sortKey: Date }>(
    `${contactSelect.replace('c.version\n', `c.version, ${order.key} as "sortKey"\n`)} where ${where.join(' and ')} order by ${order.key} ${order.direction}, c.id ${order.direction} limit ${add(limit + 1)}`, values)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: page.map(({ sortKey: _key, ...row }) => toContactView(row)),
    nextCursor: last ? Buffer.from(JSON.stringify([last.sortKey.toISOString(), last.id])).toString('base64url') : null,
  }
}

/** All contacts of one conversation, newest first, for the panel beside the timeline. */
export async function contactsOfConversation(db: Pick<Tx, 'query'>, viewer: Viewer, conversationId: string): Promise<ContactView[]> {
  const hidden = seesEverybody(viewer) ? '' : `and not ${hiddenContactSql('c.id', '$2::uuid')}`
  const rows = await db.query<Parameters<typeof toContactView>[0]>(`${contactSelect} where c.conversation_id = $1 and $2::uuid is not null ${hidden} order by c.opened_at desc, c.id desc limit 50`, [conversationId, viewer.staffId])
  return rows.map(toContactView)
}

/** Reads a cursor back; undefined for one that is not ours. */
export function readContactCursor(cursor: string): ContactFilter['after'] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(value) || typeof value[0] !== 'string' || typeof value[1] !== 'string') return undefined
    const isOurs = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,15}Z$/.test(value[0]) && !Number.isNaN(Date.parse(value[0])) && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value[1])
    return isOurs ? { key: value[0], id: value[1] } : undefined
  } catch {
    return undefined
  }
}
