import { addressKey, isSameAddress, type Address, type Proof } from './identity.ts'

/** One of two customers that may be the same person. */
export interface MergeSide {
  customerId: string
  createdAt: Date
  identities: readonly (Address & { isShared: boolean })[]
  /** Only one-time identities: merges by hand only. */
  isOneTime: boolean
  hasLiveCall: boolean
}

/** What happened that speaks for one person. */
export type MergeAct =
  /** One act (a sign-in, a returned code) and all it proved or claimed. */
  | { by: 'machine'; kind: 'sign-in' | 'code' | 'arrival'; proofs: readonly Proof[]; wasRejectedByPerson: boolean }
  | { by: 'staff'; survivorId: string }

export interface MergeEvidence {
  code: 'proved-in-one-act' | 'same-address-claimed' | 'two-accounts-of-one-site' | 'shared-address' | 'both-on-calls'
  address: Address
}

export type MergeDecision =
  | { kind: 'merge'; survivorId: string; foldedId: string; isAutomatic: boolean }
  | { kind: 'suggest'; evidence: MergeEvidence[]; becomeShared: Address[] }
  | { kind: 'wait'; reason: 'both-on-calls' }
  | { kind: 'none'; reason: 'same-customer' | 'one-time-identity' | 'no-evidence' | 'rejected-by-person' | 'survivor-not-a-side' }

/**
 * Decides whether two customers become one (RULES section 2, "Automatic merge"): both sides proved in one act, not each its own `sub` of
 * one site or user of one workspace, no shared address, at most one live call. Everything else is a suggestion for a person.
 */
export function decideMerge(a: MergeSide, b: MergeSide, act: MergeAct): MergeDecision {
  if (a.customerId === b.customerId) return { kind: 'none', reason: 'same-customer' }
  if (act.by === 'staff') return decideByPerson(a, b, act.survivorId)
  if (a.isOneTime || b.isOneTime) return { kind: 'none', reason: 'one-time-identity' }
  return decideByMachine(a, b, act)
}

function decideByPerson(a: MergeSide, b: MergeSide, survivorId: string): MergeDecision {
  if (survivorId !== a.customerId && survivorId !== b.customerId) return { kind: 'none', reason: 'survivor-not-a-side' }
  if (a.hasLiveCall && b.hasLiveCall) return { kind: 'wait', reason: 'both-on-calls' }
  return { kind: 'merge', survivorId, foldedId: survivorId === a.customerId ? b.customerId : a.customerId, isAutomatic: false }
}

function decideByMachine(a: MergeSide, b: MergeSide, act: Extract<MergeAct, { by: 'machine' }>): MergeDecision {
  const touched = act.proofs.filter((proof) => owns(a, proof.address) || owns(b, proof.address))
  if (touched.length === 0 || !touchesBoth(a, b, act.proofs)) return { kind: 'none', reason: 'no-evidence' }
  const proved = touched.filter((proof) => proof.evidence === 'proved')
  const isProvedOnBoth = touchesBoth(a, b, proved)
  if (!isProvedOnBoth) {
    if (act.wasRejectedByPerson) return { kind: 'none', reason: 'rejected-by-person' }
    const claimed = touched.filter((proof) => proof.evidence === 'claimed')
    return { kind: 'suggest', evidence: claimed.map((proof) => ({ code: 'same-address-claimed', address: proof.address })), becomeShared: [] }
  }
  const rival = rivalAccounts(a, b)
  if (rival) return { kind: 'suggest', evidence: [{ code: 'two-accounts-of-one-site', address: rival }], becomeShared: proved.map((proof) => proof.address).filter((address) => address.kind === 'email' || address.kind === 'phone') }
  const shared = [...a.identities, ...b.identities].filter((identity) => identity.isShared && proved.some((proof) => isSameAddress(proof.address, identity)))
  if (shared.length > 0) return { kind: 'suggest', evidence: shared.map((address) => ({ code: 'shared-address', address: keyOf(address) })), becomeShared: [] }
  // A person took this very merge back: the machine may propose it again, not do it.
  if (act.wasRejectedByPerson) return { kind: 'suggest', evidence: proved.map((proof) => ({ code: 'proved-in-one-act', address: proof.address })), becomeShared: [] }
  if (a.hasLiveCall && b.hasLiveCall) return { kind: 'wait', reason: 'both-on-calls' }
  const [survivor, folded] = isOlder(a, b) ? [a, b] : [b, a]
  return { kind: 'merge', survivorId: survivor.customerId, foldedId: folded.customerId, isAutomatic: true }
}

function owns(side: MergeSide, address: Address): boolean {
  return side.identities.some((identity) => isSameAddress(identity, address))
}

function touchesBoth(a: MergeSide, b: MergeSide, proofs: readonly Proof[]): boolean {
  return proofs.some((proof) => owns(a, proof.address)) && proofs.some((proof) => owns(b, proof.address))
}

/** An account of a site or workspace on one side that meets another account of the same one on the other. */
function rivalAccounts(a: MergeSide, b: MergeSide): Address | null {
  const isAccount = (address: Address) => address.kind === 'site-user' || address.kind === 'slack-user'
  for (const own of a.identities.filter(isAccount)) {
    if (b.identities.some((other) => other.kind === own.kind && other.realm === own.realm && other.value !== own.value)) return keyOf(own)
  }
  return null
}

function keyOf({ kind, realm, value }: Address): Address {
  return { kind, realm, value }
}

function isOlder(a: MergeSide, b: MergeSide): boolean {
  return a.createdAt < b.createdAt || (a.createdAt.getTime() === b.createdAt.getTime() && a.customerId < b.customerId)
}

/** Fields after a merge: the survivor's, else the other's; attributes key by key. */
export function mergeFields<Fields extends object>(survivor: Fields, folded: Fields): Fields {
  const merged = { ...survivor }
  for (const key of Object.keys(folded) as (keyof Fields)[]) {
    if (merged[key] === null || merged[key] === undefined || merged[key] === '') merged[key] = folded[key]
  }
  return merged
}

/** Consent after a merge: per (our account, their address) the stricter of both. */
export function stricterConsent(
  a: readonly { accountId: string; address: Address; optedOutAt: Date | null }[],
  b: readonly { accountId: string; address: Address; optedOutAt: Date | null }[],
): { accountId: string; address: Address; optedOutAt: Date | null }[] {
  const merged = new Map<string, { accountId: string; address: Address; optedOutAt: Date | null }>()
  for (const consent of [...a, ...b]) {
    const key = `${consent.accountId} ${addressKey(consent.address)}`
    const known = merged.get(key)
    if (!known) merged.set(key, consent)
    else if (consent.optedOutAt && (!known.optedOutAt || consent.optedOutAt < known.optedOutAt)) merged.set(key, consent)
  }
  return [...merged.values()]
}

/** Which of two open contacts stays open: the one with a live session, else the earlier, else the lower id. */
export function decideOpenContacts(
  a: { id: string; openedAt: Date; hasLiveSession: boolean; ownerId: string | null } | null,
  b: { id: string; openedAt: Date; hasLiveSession: boolean; ownerId: string | null } | null,
): { kind: 'none' } | { kind: 'keep'; staysId: string } | { kind: 'fold'; staysId: string; closesId: string; releaseOwnerId: string | null; ownerId: string | null } {
  if (!a && !b) return { kind: 'none' }
  if (!a || !b) return { kind: 'keep', staysId: (a ?? b)!.id }
  const aStays = a.hasLiveSession !== b.hasLiveSession ? a.hasLiveSession : a.openedAt < b.openedAt || (a.openedAt.getTime() === b.openedAt.getTime() && a.id < b.id)
  const [stays, closes] = aStays ? [a, b] : [b, a]
  // The contact that stays may have nobody while the other has an owner: then the owner comes along and nobody is released.
  const ownerId = stays.ownerId ?? closes.ownerId
  return { kind: 'fold', staysId: stays.id, closesId: closes.id, releaseOwnerId: closes.ownerId !== null && closes.ownerId !== ownerId ? closes.ownerId : null, ownerId }
}

/** Whether a merge may be undone: newest first, and not once erasure emptied rows it moved. */
export function mayUndoMerge(merge: { id: string; survivorId: string; undoneAt: Date | null; lostRowsToErasure: boolean }, newestOfSurvivorId: string | null): { ok: true } | { ok: false; reason: 'already-undone' | 'not-newest' | 'erased' } {
  if (merge.undoneAt) return { ok: false, reason: 'already-undone' }
  if (merge.lostRowsToErasure) return { ok: false, reason: 'erased' }
  return newestOfSurvivorId === merge.id ? { ok: true } : { ok: false, reason: 'not-newest' }
}

/** Where a row born after the merge goes at undo: by its address, else by its contact, else it stays with the survivor. */
export function sideAtUndo(
  row: { address: Address | null; contactId: string | null },
  folded: { addresses: readonly Address[]; contactIds: ReadonlySet<string> },
  survivor: { addresses: readonly Address[]; contactIds: ReadonlySet<string> },
): { side: 'folded' | 'survivor'; by: 'address' | 'contact' | 'default' } {
  const { address, contactId } = row
  if (address && folded.addresses.some((one) => isSameAddress(one, address))) return { side: 'folded', by: 'address' }
  if (address && survivor.addresses.some((one) => isSameAddress(one, address))) return { side: 'survivor', by: 'address' }
  if (contactId && folded.contactIds.has(contactId)) return { side: 'folded', by: 'contact' }
  if (contactId && survivor.contactIds.has(contactId)) return { side: 'survivor', by: 'contact' }
  return { side: 'survivor', by: 'default' }
}
