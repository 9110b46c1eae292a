/**
 * What the customer feature offers inside somebody's transaction: finding, making and proving who somebody is. Finding is not
 * proving: nothing here changes an identity because of an arrival that was only claimed, but when it was last seen.
 */
import type { Evidence, Locale } from '#contract/words.ts'
import type { Address } from '../../domain/identity.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/db.ts'
import { lockConversation, lockConversationWhere, lockedConversationSql, type LockedConversation } from '../conversations/conversations.steps.ts'

export { customerChanged } from './customers.store.ts'
export { hasOpenSuggestionSql, isTypedSql, recordClaims, suggestFromClaims, suggestMerge, tellOpenSuggestions, type TypedClaim } from './suggestions.steps.ts'

export interface KnownIdentity {
  identityId: string
  customerId: string
  conversationId: string
  evidence: Evidence
  isShared: boolean
  displayName: string | null
  lastSeenAt: Date
}

const identitySelect = `
  select i.id as "identityId", i.customer_id as "customerId", co.id as "conversationId", i.evidence, i.shared as "isShared", i.display_name as "displayName", i.last_seen_at as "lastSeenAt"
  from identity i join conversation co on co.customer_id = i.customer_id`

/** Who owns this address now. One-time identities never match. */
export async function findIdentity(tx: Pick<Tx, 'maybe'>, address: Address): Promise<KnownIdentity | undefined> {
  return tx.maybe<KnownIdentity>(`${identitySelect} where ${hasAddressSql('i', { kind: '$1', realm: '$2', value: '$3' })}`, [address.kind, address.realm, address.value])
}

/** Locks the conversation of a customer. A customer folded by a merge has none: `not-found`. */
export async function lockConversationOf(tx: Tx, customerId: string, at: Date): Promise<LockedConversation> {
  const row = await tx.maybe<{ id: string }>('select id from conversation where customer_id = $1', [customerId])
  if (!row) throw new Error('a customer without a conversation')
  return lockConversation(tx, row.id, at)
}

/** Finds who owns an address and locks their conversation; the identity is what it is under the lock. */
export async function lockSender(tx: Tx, address: Address, at: Date): Promise<{ identity: KnownIdentity; conversation: LockedConversation } | undefined> {
  let identity: KnownIdentity | undefined
  const conversation = await lockConversationWhere(tx, async () => {
    identity = await findIdentity(tx, address)
    return identity?.conversationId
  }, at)
  return identity && conversation ? { identity, conversation } : undefined
}

/** Finds who owns an address and locks their conversation in one statement. What was found may have been moved by a merge it waited for: whose it is has to be read again behind the lock. */
export async function findAndLockSender(tx: Tx, address: Address, at: Date): Promise<{ identity: KnownIdentity; conversation: LockedConversation } | undefined> {
  const row = await tx.maybe<Omit<KnownIdentity, 'conversationId'> & LockedConversation>(
    `select i.id as "identityId", i.evidence, i.shared as "isShared", i.display_name as "displayName", i.last_seen_at as "lastSeenAt", ${lockedConversationSql('$4')}
     from identity i join conversation co on co.customer_id = i.customer_id
     where ${hasAddressSql('i', { kind: '$1', realm: '$2', value: '$3' })} and co.folded_into_id is null for update of co`,
    [address.kind, address.realm, address.value, at])
  if (!row) return undefined
  const { identityId, evidence, isShared, displayName, lastSeenAt, ...conversation } = row
  return { identity: { identityId, customerId: conversation.customerId, conversationId: conversation.id, evidence, isShared, displayName, lastSeenAt }, conversation }
}

/** Where a statement that reads more finds an identity by its address, as `findIdentity` does. SQL; the alias and the expressions are given. */
export function hasAddressSql(identity: string, address: { kind: string; realm: string; value: string }): string {
  return `${identity}.kind = ${address.kind} and ${identity}.realm = ${address.realm} and ${identity}.value = ${address.value} and ${identity}.kind <> 'call'`
}

export interface NewCustomer {
  name?: string | null
  locale?: Locale | null
  timeZone?: string | null
  /** Null for somebody without a usable address: they get a one-time identity that never matches again. */
  address: Address | null
  displayName?: string | null
  evidence: Evidence
  proof?: string | null
}

/**
 * A new person with their one conversation and first identity. Two doors that meet the same stranger at once end in the unique
 * index: the loser's transaction runs again and finds the customer.
 */
export function insertCustomerWithIdentity(tx: Pick<Tx, 'send'>, customer: NewCustomer, at: Date): { customerId: string; conversationId: string; identityId: string } {
  const customerId = newId(at)
  const conversationId = newId(at)
  const identityId = newId(at)
  const address = customer.address ?? { kind: 'call', realm: '', value: identityId }
  tx.send(
    `with made as (
       insert into customer (id, name, locale, time_zone, created_at) values ($1, $4, $5, $6, $13)
     ), talking as (
       insert into conversation (id, customer_id, created_at) values ($2, $1, $13)
     )
     insert into identity (id, customer_id, kind, realm, value, display_name, evidence, proof, proved_at, created_at, last_seen_at)
     values ($3, $1, $7, $8, $9, $10, $11, $12, case when $11 = 'proved' then $13::timestamptz end, $13, $13)`,
    [customerId, conversationId, identityId, customer.name ?? null, customer.locale ?? null, customer.timeZone ?? null, address.kind, address.realm, address.value,
      customer.displayName ?? null, customer.evidence, customer.evidence === 'proved' ? (customer.proof ?? null) : null, at])
  return { customerId, conversationId, identityId }
}

/** Adds a proved address that nobody owns yet to a customer whose conversation is locked. */
export async function addIdentity(tx: Tx, customerId: string, identity: { address: Address; displayName?: string | null; proof: string }, at: Date): Promise<string> {
  const id = newId(at)
  const { address } = identity
  await tx.execute(
    `insert into identity (id, customer_id, kind, realm, value, display_name, evidence, proof, proved_at, created_at, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, 'proved', $7, $8, $8, $8)`,
    [id, customerId, address.kind, address.realm, address.value, identity.displayName ?? null, identity.proof, at])
  await tx.execute('update customer set version = version + 1 where id = $1', [customerId])
  return id
}

/** Notes that an identity was heard of. A name that only an unproved arrival gave is not taken: pass null. True when it has its first name now. */
export async function touchIdentity(tx: Tx, identityId: string, displayName: string | null, at: Date): Promise<boolean> {
  const row = await tx.one<{ isNamed: boolean }>(
    `update identity i set last_seen_at = greatest(i.last_seen_at, $3), display_name = coalesce(i.display_name, nullif($2, '')) from identity before
     where i.id = $1 and before.id = i.id returning before.display_name is distinct from i.display_name as "isNamed"`, [identityId, displayName, at])
  return row.isNamed
}

/** Notes that an identity was proved. The best evidence stays: a later unproved arrival lowers nothing. True when it is new. */
export async function raiseEvidence(tx: Tx, identityId: string, proof: string, at: Date): Promise<boolean> {
  const changed = await tx.maybe<{ customerId: string }>(
    `update identity set evidence = 'proved', proved_at = $3, proof = $2, version = version + 1 where id = $1 and evidence <> 'proved' returning customer_id as "customerId"`,
    [identityId, proof, at])
  return changed !== undefined
}

/** Nothing more from this account of ours to this address. Said twice changes nothing. True when it is new. */
export async function optOut(tx: Tx, consent: { accountId: string; address: string; word: string }, at: Date): Promise<boolean> {
  const changed = await tx.execute('insert into opt_out (account_id, address, at, word) values ($1, $2, $3, $4) on conflict do nothing', [consent.accountId, consent.address, at, consent.word])
  return changed > 0
}

export async function optIn(tx: Tx, consent: { accountId: string; address: string }): Promise<boolean> {
  const changed = await tx.execute('delete from opt_out where account_id = $1 and address = $2', [consent.accountId, consent.address])
  return changed > 0
}

export async function isOptedOut(tx: Pick<Tx, 'maybe'>, consent: { accountId: string; address: string }): Promise<boolean> {
  return (await tx.maybe('select 1 from opt_out where account_id = $1 and address = $2', [consent.accountId, consent.address])) !== undefined
}
