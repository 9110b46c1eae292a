/** Claims and what they lead to: a merge is proposed to staff, never made. */
import { roomOf } from '#contract/rooms.ts'
import type { SuggestionView } from '#contract/views.ts'
import { normaliseAddress } from '../../domain/identity.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { agentsWhoMaySeeBoth } from './customers.visibility.ts'

/** What somebody typed of themselves. */
export interface TypedClaim {
  kind: 'phone' | 'email' | 'name'
  value: string
}

const claimsPerCustomerMax = 50

/** Keeps what was typed, once per value; what is no address stays out. Returns the ids of claims that are new. */
export async function recordClaims(tx: Tx, customerId: string, claims: readonly TypedClaim[], source: string, at: Date): Promise<string[]> {
  const made: string[] = []
  for (const claim of claims) {
    const value = claim.kind === 'name' ? claim.value.trim() : addressValue(claim.kind, claim.value)
    if (!value) continue
    const row = await tx.maybe<{ id: string }>(
      `insert into claim (id, customer_id, kind, value, source, at) select $1, $2, $3, $4, $5, $6
       where not exists (select 1 from claim where customer_id = $2 and kind = $3 and value = $4)
         and (select count(*) from claim where customer_id = $2) < $7 returning id`,
      [newId(at), customerId, claim.kind, value, source, at, claimsPerCustomerMax])
    if (row) made.push(row.id)
  }
  if (made.length > 0) await tx.execute('update customer set version = version + 1 where id = $1', [customerId])
  return made
}

function addressValue(kind: 'phone' | 'email', raw: string): string | null {
  const normalised = normaliseAddress(kind, '', raw)
  return normalised.is === 'address' ? normalised.address.value : null
}

export type SuggestionEvidence = SuggestionView['evidence'][number]

const matchesMax = 10

/** Whether somebody typed an address, as a column of a statement that reads more. SQL. */
export function isTypedSql(kind: string, value: string): string {
  return `exists (select 1 from claim d where d.kind = ${kind} and d.value = ${value})`
}

/** Whether `tellOpenSuggestions` has anything to tell of a customer, as a column of a statement that reads more. SQL. */
export function hasOpenSuggestionSql(customer: string): string {
  return `(exists (select 1 from merge_suggestion ms where ms.state = 'open' and ms.customer_a_id = ${customer}) or exists (select 1 from merge_suggestion ms where ms.state = 'open' and ms.customer_b_id = ${customer}))`
}

/**
 * Proposes a merge with everybody who has, or typed, an address that this customer typed, and with everybody who typed an address
 * that this customer has: called when something was typed and when somebody new arrives. Returns the suggestions made. Who has
 * only a one-time identity is never proposed: they merge by hand only.
 */
export async function suggestFromClaims(tx: Tx, customerId: string, at: Date, effects: Effects): Promise<string[]> {
  // Nearly always nobody typed anything: one look at two indexes instead of the whole question.
  const typed = await tx.maybe(
    `select 1 where exists (select 1 from claim c where c.customer_id = $1) or exists (select 1 from identity i join claim d on d.kind = i.kind and d.value = i.value where i.customer_id = $1)`, [customerId])
  if (!typed) return []
  const matches = await tx.query<{ otherId: string; kind: 'phone' | 'email'; value: string }>(
    `select distinct on (o.customer_id) o.customer_id as "otherId", o.kind, o.value
     from (
       select i.customer_id, c.kind, c.value from claim c join identity i on i.kind = c.kind and i.realm = '' and i.value = c.value where c.customer_id = $1
       union all
       select d.customer_id, d.kind, d.value from claim c join claim d on d.kind = c.kind and d.value = c.value where c.customer_id = $1 and c.kind in ('phone', 'email')
       union all
       select d.customer_id, d.kind, d.value from identity i join claim d on d.kind = i.kind and d.value = i.value where i.customer_id = $1 and i.kind in ('phone', 'email')
     ) o
     join customer cu on cu.id = o.customer_id and cu.id <> $1 and cu.merged_into_id is null and cu.erased_at is null
     where not exists (select 1 from customer t where t.id in ($1, o.customer_id) and exists (select 1 from identity n where n.customer_id = t.id)
       and not exists (select 1 from identity n where n.customer_id = t.id and n.kind <> 'call'))
     order by o.customer_id, o.kind, o.value limit $2`,
    [customerId, matchesMax])
  const made: string[] = []
  for (const match of matches) {
    const id = await suggestMerge(tx, customerId, match.otherId, [{ code: `same-${match.kind}-typed`, value: match.value, at: at.toISOString() }], at, effects)
    if (id) made.push(id)
  }
  return made
}

/**
 * Proposes that two customers are one, once per pair: what staff dismissed is not asked again. Tells those who may see both.
 * Returns null when the pair was proposed before.
 */
export async function suggestMerge(tx: Tx, oneId: string, otherId: string, evidence: readonly SuggestionEvidence[], at: Date, effects: Effects): Promise<string | null> {
  const [aId, bId] = [oneId, otherId].sort()
  const row = await tx.maybe<{ id: string }>(
    `insert into merge_suggestion (id, customer_a_id, customer_b_id, evidence, at) select $1, $2, $3, $4::jsonb, $5
     where not exists (select 1 from merge_suggestion where customer_a_id = $2 and customer_b_id = $3) returning id`,
    [newId(at), aId, bId, JSON.stringify(evidence), at])
  if (!row) return null
  effects.tell({ type: 'suggestion.made', refs: { suggestionIds: [row.id] }, rooms: await suggestionRooms(tx, oneId, otherId) })
  return row.id
}

/** Tells what is proposed for a customer to whoever may see both by now: a contact may have brought the customer into a team's sight. */
export async function tellOpenSuggestions(tx: Tx, customerId: string, effects: Effects): Promise<void> {
  const open = await tx.query<{ id: string; aId: string; bId: string }>(
    `select id, customer_a_id as "aId", customer_b_id as "bId" from merge_suggestion where state = 'open' and $1 in (customer_a_id, customer_b_id) order by at desc limit ${matchesMax}`, [customerId])
  for (const { id, aId, bId } of open) effects.tell({ type: 'suggestion.made', refs: { suggestionIds: [id] }, rooms: await suggestionRooms(tx, aId, bId) })
}

/** A suggestion shows both customers, so only who may see both is told. */
export async function suggestionRooms(tx: Tx, aId: string, bId: string): Promise<string[]> {
  return [roomOf.supervisors, ...(await agentsWhoMaySeeBoth(tx, aId, bId)).map(roomOf.agent)]
}
