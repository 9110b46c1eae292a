/** What one act proved of several addresses at once: they become one customer, or a person is asked. */
import type { SuggestionView } from '#contract/views.ts'
import { addressKey, type Address, type Proof } from '../../domain/identity.ts'
import { decideMerge, type MergeEvidence, type MergeSide } from '../../domain/merging.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { addIdentity, customerChanged, findIdentity, raiseEvidence, type KnownIdentity } from './customers.steps.ts'
import { lockSides, mergeInside, type Side } from './merge.steps.ts'
import { suggestMerge } from './suggestions.steps.ts'

/** One act (a sign-in, a returned code): whoever did it is behind all these addresses. */
export interface ProvingAct {
  /** The first that is known says whose the unknown ones become. */
  identities: readonly Address[]
  proof: Proof['because']
}

export interface Proved {
  /** Null when none of the addresses is known. */
  customerId: string | null
  mergeIds: string[]
  suggestionIds: string[]
}

/** Inside the caller's transaction. Locks the conversations of all it touches, in the order of their ids. */
export async function proveTogether(tx: Tx, act: ProvingAct, at: Date, effects: Effects): Promise<Proved> {
  const { known, sides } = await lockOwners(tx, act.identities)
  const anchor = known[0]
  if (!anchor) return { customerId: null, mergeIds: [], suggestionIds: [] }
  const identityIds: string[] = []
  const changedIds = new Set<string>()
  for (const address of act.identities) {
    const identity = known.find((one) => addressKey(one.address) === addressKey(address))
    if (!identity) changedIds.add(anchor.customerId)
    else if (await raiseEvidence(tx, identity.identityId, act.proof, at)) changedIds.add(identity.customerId)
    identityIds.push(identity?.identityId ?? (await addIdentity(tx, anchor.customerId, { address, proof: act.proof }, at)))
  }
  for (const id of changedIds) await customerChanged(tx, id, { relabelled: true }, effects)
  const proved: Proved = { customerId: anchor.customerId, mergeIds: [], suggestionIds: [] }
  const others = [...new Set(known.map((one) => one.customerId))].filter((id) => id !== anchor.customerId)
  for (const otherId of others) await joinOrAsk(tx, act, proved, otherId, sides, at, effects)
  await joinByProof(tx, identityIds, proved.customerId!)
  return proved
}

interface Owned extends KnownIdentity {
  address: Address
}

/** Who owns the addresses, read again under the locks: a merge may have moved them in between. */
async function lockOwners(tx: Tx, addresses: readonly Address[]): Promise<{ known: Owned[]; sides: Side[] }> {
  for (;;) {
    const before = await findOwners(tx, addresses)
    const ids = [...new Set(before.map((one) => one.customerId))]
    if (ids.length === 0) return { known: [], sides: [] }
    const sides = await lockSides(tx, ids)
    const known = await findOwners(tx, addresses)
    if (known.every((one) => ids.includes(one.customerId))) return { known, sides }
  }
}

async function findOwners(tx: Tx, addresses: readonly Address[]): Promise<Owned[]> {
  const owners: Owned[] = []
  for (const address of addresses) {
    const identity = await findIdentity(tx, address)
    if (identity) owners.push({ ...identity, address })
  }
  return owners
}

/**
 * Marks identities as joined by proof, those joined to them before included: a visitor sees what is joined to what they proved,
 * never what a person merged. Only what is one customer's now: where the act led to a question (a shared address, two accounts of
 * one site), a person's answer to it widens what staff see and nothing else. A shared address joins nobody to anybody.
 */
async function joinByProof(tx: Tx, identityIds: readonly string[], customerId: string): Promise<void> {
  await tx.execute(
    `with own as (select id, joined_by from identity where id = any($1::uuid[]) and customer_id = $2 and not shared),
     groups as (select distinct joined_by from own where joined_by <> '')
     update identity set joined_by = coalesce((select min(joined_by) from groups), $3)
     where (select count(*) from own) > 1 and customer_id = $2 and (id in (select id from own) or joined_by in (select joined_by from groups))`, [identityIds, customerId, identityIds[0]])
}

async function joinOrAsk(tx: Tx, act: ProvingAct, proved: Proved, otherId: string, sides: readonly Side[], at: Date, effects: Effects): Promise<void> {
  const ownId = proved.customerId!
  const [own, other] = [await mergeSide(tx, ownId, sides), await mergeSide(tx, otherId, sides)]
  const decision = decideMerge(own, other, {
    by: 'machine', kind: act.proof === 'code' ? 'code' : 'sign-in', wasRejectedByPerson: await wasRejected(tx, ownId, otherId),
    proofs: act.identities.map((address) => ({ address, evidence: 'proved' as const, because: act.proof })),
  })
  if (decision.kind === 'none') return
  if (decision.kind === 'merge') {
    const evidence = act.identities.map((address) => evidenceView({ code: 'proved-in-one-act', address }, at))
    proved.mergeIds.push(await mergeInside(tx, { survivorId: decision.survivorId, foldedId: decision.foldedId, actorId: null, evidence }, sides, at, effects))
    proved.customerId = decision.survivorId
    return
  }
  if (decision.kind === 'suggest') await markShared(tx, decision.becomeShared, effects)
  const evidence: MergeEvidence[] = decision.kind === 'suggest' ? decision.evidence : act.identities.map((address) => ({ code: 'both-on-calls', address }))
  const suggestionId = await suggestMerge(tx, ownId, otherId, evidence.map((one) => evidenceView(one, at)), at, effects)
  if (suggestionId) proved.suggestionIds.push(suggestionId)
}

/** Visitors have no address a person could read. */
export function evidenceView(evidence: MergeEvidence, at: Date): SuggestionView['evidence'][number] {
  return { code: evidence.code, value: evidence.address.kind === 'visitor' ? '' : evidence.address.value, at: at.toISOString() }
}

async function mergeSide(tx: Tx, customerId: string, sides: readonly Side[]): Promise<MergeSide> {
  const side = sides.find((one) => one.customerId === customerId)
  if (!side) throw new Error('a side of a merge is not locked')
  const identities = await tx.query<Address & { isShared: boolean }>('select kind, realm, value, shared as "isShared" from identity where customer_id = $1', [customerId])
  return { customerId, createdAt: side.createdAt, identities, isOneTime: side.isOneTime, hasLiveCall: await hasLiveCall(tx, customerId) }
}

async function hasLiveCall(tx: Tx, customerId: string): Promise<boolean> {
  return (await tx.maybe(
    `select 1 from conversation co where co.customer_id = $1 and exists (select 1 from session s where s.conversation_id = co.id and s.kind = 'call' and s.ended_at is null)`, [customerId])) !== undefined
}

/** A person took such a merge back, or dismissed it. */
async function wasRejected(tx: Tx, aId: string, bId: string): Promise<boolean> {
  return (await tx.one<{ rejected: boolean }>(
    `select exists (select 1 from merge where undone_by is not null and ((survivor_id = $1 and folded_id = $2) or (survivor_id = $2 and folded_id = $1)))
       or exists (select 1 from merge_suggestion where state = 'dismissed' and decided_by is not null and customer_a_id = least($1::uuid, $2::uuid) and customer_b_id = greatest($1::uuid, $2::uuid)) as rejected`,
    [aId, bId])).rejected
}

async function markShared(tx: Tx, addresses: readonly Address[], effects: Effects): Promise<void> {
  for (const address of addresses) {
    const shared = await tx.maybe<{ customerId: string }>(
      `update identity set shared = true, joined_by = '', version = version + 1 where kind = $1 and realm = $2 and value = $3 and not shared returning customer_id as "customerId"`, [address.kind, address.realm, address.value])
    if (shared) await customerChanged(tx, shared.customerId, { relabelled: false }, effects)
  }
}
