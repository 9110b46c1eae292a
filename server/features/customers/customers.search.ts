/** Finding customers and what they said. Whoever may not see a conversation finds nothing of it, not even that it is there. */
import { normaliseAddress } from '../../domain/identity.ts'
import type { Tx } from '../../platform/db.ts'
import { hiddenContactSql, mayListSql, seesEverybody, type Viewer } from './customers.visibility.ts'

export interface CustomerFilter {
  /** An address exactly, in any spelling of it. */
  identity?: string | undefined
  /** Part of a name or an address. */
  q?: string | undefined
  /** The last customer of the page before. */
  beforeId?: string | undefined
}

/** Ids of customers the viewer may see, newest first. */
export async function findCustomers(db: Pick<Tx, 'query'>, viewer: Viewer, filter: CustomerFilter, limit: number): Promise<string[]> {
  const values: unknown[] = [viewer.staffId]
  const add = (value: unknown): string => `$${values.push(value)}`
  const where = ['cu.merged_into_id is null', 'cu.erased_at is null', mayListSql(viewer, 'co.id', '$1::uuid')]
  if (filter.identity !== undefined) where.push(`exists (select 1 from identity i where i.customer_id = cu.id and i.kind <> 'call' and i.value = any(${add(spellingsOf(filter.identity))}::text[]))`)
  if (filter.q !== undefined) {
    const part = add(likePart(filter.q))
    const digits = add(likePart(digitsOf(filter.q)))
    where.push(`cu.id in (
      select id from customer where name ilike ${part}
      union select customer_id from identity where kind in ('phone', 'email', 'slack-user') and (value ilike ${part} or display_name ilike ${part} or (${digits} <> '%%' and kind = 'phone' and value like ${digits})))`)
  }
  if (filter.beforeId !== undefined) where.push(`cu.id < ${add(filter.beforeId)}::uuid`)
  const rows = await db.query<{ id: string }>(`select cu.id from customer cu join conversation co on co.customer_id = cu.id where ${where.join(' and ')} order by cu.id desc limit ${add(limit)}`, values)
  return rows.map((row) => row.id)
}

/** A trigram index answers three characters and more; what is shorter (a Chinese word) is looked for in the newest conversations. */
const indexedLength = 3
const newestConversations = 2_000

/** Ids of messages with such a text that the viewer may read, newest first. */
export async function findMessages(db: Pick<Tx, 'query'>, viewer: Viewer, q: string, limit: number): Promise<string[]> {
  const isIndexed = [...q].length >= indexedLength
  const where = [
    'm.text ilike $2', `m.text <> ''`, 'm.deleted_at is null', mayListSql(viewer, 'm.conversation_id', '$1::uuid'),
    ...(seesEverybody(viewer) ? [] : [`not (m.contact_id is not null and ${hiddenContactSql('m.contact_id', '$1::uuid')})`]),
    ...(isIndexed ? [] : [`m.conversation_id in (select n.id from conversation n where n.folded_into_id is null order by n.last_message_at desc nulls last limit ${newestConversations})`]),
  ]
  const rows = await db.query<{ id: string }>(`select m.id from message m where ${where.join(' and ')} order by m.at desc, m.id desc limit $3`, [viewer.staffId, likePart(q), limit])
  return rows.map((row) => row.id)
}

/** Ids of open contacts with such a subject; whether the viewer may list them is for the list to say. */
export async function findOpenContacts(db: Pick<Tx, 'query'>, q: string, limit: number): Promise<string[]> {
  return (await db.query<{ id: string }>(`select id from contact where state <> 'closed' and subject ilike $1 order by opened_at desc, id limit $2`, [likePart(q), limit])).map((row) => row.id)
}

/** The address as it is stored, whatever kind was meant; and as it was written, for kinds without a spelling. */
function spellingsOf(raw: string): string[] {
  const written = raw.trim()
  const spellings = (['email', 'phone'] as const).map((kind) => normaliseAddress(kind, '', written)).flatMap((normalised) => (normalised.is === 'address' ? [normalised.address.value] : []))
  return [...new Set([...spellings, written])]
}

function likePart(text: string): string {
  return `%${text.trim().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
}

/** The digits of something written like a number ("030 / 12 34"); nothing for words. */
function digitsOf(text: string): string {
  const digits = text.replaceAll(/[\s()/.+-]/g, '')
  return /^\d{3,}$/.test(digits) ? digits.replace(/^0+/, '') : ''
}
