import { roomOf } from '#contract/rooms.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { CustomerChange } from './customers.usecases.ts'

export type Written = { ok: true } | { ok: false; version: number }

const columnOf: Record<Exclude<keyof CustomerChange, 'company'>, string> = {
  name: 'name', tier: 'tier', locale: 'locale', timeZone: 'time_zone', preferredChannel: 'preferred_channel', attributes: 'attributes',
}

const contactsToldMax = 50

/** Writes what changed if the row is still at `version`. */
export async function writeCustomer(tx: Tx, customerId: string, version: number, change: CustomerChange, at: Date): Promise<Written> {
  const values: unknown[] = [customerId, version]
  const sets = ['version = version + 1']
  for (const key of Object.keys(columnOf) as (keyof typeof columnOf)[]) {
    const value = change[key]
    if (value === undefined) continue
    values.push(key === 'attributes' ? JSON.stringify(value) : value)
    sets.push(`${columnOf[key]} = $${values.length}`)
  }
  if (change.company !== undefined) {
    values.push(change.company === null ? null : await companyId(tx, change.company, at))
    sets.push(`company_id = $${values.length}`)
  }
  const changed = await tx.execute(`update customer set ${sets.join(', ')} where id = $1 and version = $2`, values)
  if (changed === 0) return { ok: false, version: (await tx.one<{ version: number }>('select version from customer where id = $1', [customerId])).version }
  return { ok: true }
}

/** Contacts show their customer's name and tier, closed ones too: all get a new version, the newest are told. */
async function relabelContacts(tx: Tx, conversationId: string): Promise<string[]> {
  const contacts = await tx.query<{ id: string }>(
    `with relabelled as (update contact set version = version + 1 where conversation_id = $1 returning id, opened_at) select id from relabelled order by opened_at desc limit ${contactsToldMax}`, [conversationId])
  return contacts.map((contact) => contact.id)
}

/** Open offers show the name, too. */
export async function relabelOffers(tx: Tx, conversationId: string): Promise<{ id: string; agentId: string }[]> {
  return tx.query('update offer set version = version + 1 where conversation_id = $1 and ended_at is null returning id, agent_id as "agentId"', [conversationId])
}

/** Something that a customer's view shows was changed beside the customer's own row: an identity, a consent. */
export async function customerChanged(tx: Tx, customerId: string, changed: { relabelled: boolean }, effects: Effects): Promise<void> {
  await tx.execute('update customer set version = version + 1 where id = $1', [customerId])
  await tellCustomer(tx, customerId, changed, effects)
}

/** Tells a customer to all who may see them, and where they may be called otherwise now, their contacts and offers. */
export async function tellCustomer(tx: Tx, customerId: string, changed: { relabelled: boolean }, effects: Effects): Promise<void> {
  const { conversationId } = await tx.one<{ conversationId: string }>('select id as "conversationId" from conversation where customer_id = $1', [customerId])
  const contactIds = changed.relabelled ? await relabelContacts(tx, conversationId) : []
  const offers = changed.relabelled ? await relabelOffers(tx, conversationId) : []
  effects.tell({
    type: 'customer.changed', conversationId, 
    // Items name their author: the timeline is asked for again.
    refs: { customerIds: [customerId], contactIds, offerIds: offers.map((offer) => offer.id), ...(changed.relabelled ? { reorderedConversationIds: [conversationId] } : {}) },
    rooms: [...(await customerRooms(tx, customerId)), ...offers.map((offer) => roomOf.agent(offer.agentId))],
  })
}

async function companyId(tx: Tx, name: string, at: Date): Promise<string> {
  return (await tx.one<{ id: string }>('insert into company (id, name, created_at) values ($1, $2, $3) on conflict (name) do update set name = excluded.name returning id', [newId(at), name, at])).id
}

/** Rooms of all who may see this customer in a list or on screen. */
export async function customerRooms(tx: Pick<Tx, 'query'>, customerId: string): Promise<string[]> {
  const rows = await tx.query<{ conversationId: string; teamId: string | null; ownerId: string | null }>(
    `select co.id as "conversationId", ct.team_id as "teamId", c.owner_id as "ownerId" from conversation co
     left join conversation_team ct on ct.conversation_id = co.id left join contact c on c.conversation_id = co.id and c.state <> 'closed'
     where co.customer_id = $1`, [customerId])
  const rooms = rows.flatMap((row) => [
    roomOf.conversation(row.conversationId), roomOf.conversationFull(row.conversationId),
    ...(row.teamId ? [roomOf.team(row.teamId)] : []), ...(row.ownerId ? [roomOf.agent(row.ownerId)] : []),
  ])
  return [...new Set([...rooms, roomOf.supervisors])]
}

/** The customer a folded one is part of now, through any number of merges; itself when it stands alone. */
export async function standingCustomerId(db: Pick<Tx, 'maybe'>, customerId: string): Promise<string | null> {
  const row = await db.maybe<{ id: string }>(
    `with recursive line as (
       select id, merged_into_id from customer where id = $1
       union all
       select c.id, c.merged_into_id from customer c join line l on c.id = l.merged_into_id
     ) select id from line where merged_into_id is null`, [customerId])
  return row?.id ?? null
}
