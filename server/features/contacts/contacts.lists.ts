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
  if (filter.ids) where.push(`c.id = any(${add(filter.ids)}::uuid[])`)
  if (filter.customerId) where.push(`c.conversation_id in (select co.id from conversation co where co.customer_id = ${add(filter.customerId)})`)
  if (filter.queueId) where.push(`c.queue_id = ${add(filter.queueId)}`)
  if (filter.state) where.push(`c.state = ${add(filter.state)}`)
  if (filter.ownerId) where.push(`c.owner_id = ${add(filter.ownerId)}`)
  const place = filter.after ? `(${add(filter.after.key)}::timestamptz, ${add(filter.after.id)}::uuid)` : null
  // Said, not given: a statement planned for any limit would be planned to read a tenth of all there is.
  const size = String(Math.trunc(limit) + 1)
  const rows = await db.query<Parameters<typeof toContactView>[0] & { sortKey: Date }>(
    `${contactSelect.replace('c.version\n', `c.version, ${order.key} as "sortKey"\n`)}
     where c.id = any(array(${idsSql(filter.list ?? 'any', where.join(' and '), place, size)})) order by ${order.key} ${order.direction}, c.id ${order.direction} limit ${size}`, values)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: page.map(({ sortKey: _key, ...row }) => toContactView(row)),
    nextCursor: last ? Buffer.from(JSON.stringify([last.sortKey.toISOString(), last.id])).toString('base64url') : null,
  }
}

/** SQL of the ids a page is made of, and no more than `size` of each kind: each found by an index that has the list's order. */
function idsSql(list: keyof typeof orders, where: string, place: string | null, size: string): string {
  const { key, direction } = orders[list]
  const beyond = (of: string, id = 'c.id'): string => (place === null ? '' : `and (${of}, ${id}) ${direction === 'asc' ? '>' : '<'} ${place}`)
  const first = (of: string): string => `(select c.id from contact c where ${of} and ${where} ${beyond(key)} order by ${key} ${direction}, c.id ${direction} limit ${size})`
  switch (list) {
    case 'all': return first(`c.state <> 'closed'`)
    case 'closed': return first(`c.state = 'closed'`)
    case 'any': return first('true')
    // Those one helps with or writes up are few.
    case 'mine': return `${first(`c.owner_id = $1::uuid and c.state <> 'closed'`)} union all
      (select c.id from consult k join offer ko on ko.id = k.offer_id join contact c on c.id = ko.contact_id where k.agent_id = $1::uuid and k.left_at is null and c.state <> 'closed' and ${where} ${beyond(key)}) union all
      (select c.id from assignment w join contact c on c.id = w.contact_id where w.agent_id = $1::uuid and w.ended_at is null and c.state = 'wrap-up' and ${where} ${beyond(key)})`
    // By the first entry of each, asked entry by entry (`offset 0`). What rings its owner without an entry is offered, and of that there is little.
    case 'waiting': return `(select c.id from queue_entry w join contact c on c.id = w.contact_id and c.state in ('waiting', 'offered')
        where w.ended_at is null and not exists (select 1 from queue_entry b where b.contact_id = w.contact_id and b.ended_at is null and (b.enqueued_at, b.id) < (w.enqueued_at, w.id) offset 0) and ${where} ${beyond('w.enqueued_at', 'w.contact_id')}
        order by w.enqueued_at, w.contact_id limit ${size}) union all
      (select c.id from contact c where c.state = 'offered' and not exists (select 1 from queue_entry b where b.contact_id = c.id and b.ended_at is null) and ${where} ${beyond('c.opened_at')})`
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
