import type { Evidence, IdentityKind } from '#contract/words.ts'
import { emailAddressOf } from './email-address.ts'
import { phoneNumberOf } from './phone-number.ts'

/** An identity's natural key: unique by (kind, realm, value). Realm is '' for phone, email and call. */
export interface Address {
  kind: IdentityKind
  realm: string
  value: string
}

export function addressKey(address: Address): string {
  return JSON.stringify([address.kind, address.realm, address.value])
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.kind === b.kind && a.realm === b.realm && a.value === b.value
}

export type Normalised =
  | { is: 'address'; address: Address }
  /** No address that could ever match again: the arrival gets an identity of its own, used once. */
  | { is: 'one-time'; reason: 'withheld' | 'no-usable-address' }

const valueLengthMax = 255

/** Normalises what an arrival came from. Text and calls of one number, and its WhatsApp, are one identity of kind `phone`. */
export function normaliseAddress(kind: IdentityKind, realm: string, raw: string): Normalised {
  if (kind === 'phone') return normalisePhone(raw)
  if (kind === 'email') {
    const email = emailAddressOf(raw)
    return email.kind === 'address' ? { is: 'address', address: { kind, realm: '', value: email.value } } : { is: 'one-time', reason: 'no-usable-address' }
  }
  const value = raw.replaceAll('\0', '').toWellFormed().normalize('NFC').trim()
  if (kind === 'call' || value === '' || value.length > valueLengthMax || realm === '') return { is: 'one-time', reason: 'no-usable-address' }
  return { is: 'address', address: { kind, realm, value } }
}

function normalisePhone(raw: string): Normalised {
  const number = phoneNumberOf(raw)
  switch (number.kind) {
    case 'e164':
    case 'short-code':
    case 'sender-name':
      return { is: 'address', address: { kind: 'phone', realm: '', value: number.value } }
    case 'withheld':
      return { is: 'one-time', reason: 'withheld' }
    case 'invalid':
      return { is: 'one-time', reason: 'no-usable-address' }
  }
}

/** The facts by which an arrival may prove where it came from. */
export type ProofFacts =
  | { channel: 'sms' | 'whatsapp' | 'slack'; address: Address }
  | { channel: 'voice'; address: Address; attestation: 'A' | 'B' | 'C' | null }
  | { channel: 'email'; address: Address; fromCount: number; isDmarcAligned: boolean }
  | { channel: 'webchat'; visitor: Address; signIn: SiteSignIn | null }
  /** A one-time code we sent to this address came back in time. */
  | { channel: 'code'; address: Address }

/** What a site's token says, after its signature, audience and times were checked. */
export interface SiteSignIn {
  site: string
  sub: string
  email: string | null
  isEmailVerified: boolean
  phone: string | null
  isPhoneVerified: boolean
  /** What the admin trusts this site for. */
  trust: { email: boolean; phone: boolean }
}

export interface Proof {
  address: Address
  evidence: Evidence
  because: 'carrier' | 'sender-name' | 'attestation-a' | 'no-attestation' | 'dmarc' | 'no-dmarc' | 'several-from' | 'workspace' | 'visitor-token' | 'site-token' | 'site-not-trusted' | 'not-verified-by-site' | 'code'
}

/** What an arrival proves and what it only claims (RULES section 2, "Proved"). The first is where it came from. */
export function proofsOf(facts: ProofFacts): [Proof, ...Proof[]] {
  switch (facts.channel) {
    case 'sms':
      // An alphanumeric sender is a name anybody may take.
      return [/^\+?\d+$/.test(facts.address.value) ? { address: facts.address, evidence: 'proved', because: 'carrier' } : { address: facts.address, evidence: 'claimed', because: 'sender-name' }]
    case 'whatsapp':
      return [{ address: facts.address, evidence: 'proved', because: 'carrier' }]
    case 'slack':
      return [{ address: facts.address, evidence: 'proved', because: 'workspace' }]
    case 'voice':
      return [facts.attestation === 'A' ? { address: facts.address, evidence: 'proved', because: 'attestation-a' } : { address: facts.address, evidence: 'claimed', because: 'no-attestation' }]
    case 'email':
      if (facts.fromCount !== 1) return [{ address: facts.address, evidence: 'claimed', because: 'several-from' }]
      return [facts.isDmarcAligned ? { address: facts.address, evidence: 'proved', because: 'dmarc' } : { address: facts.address, evidence: 'claimed', because: 'no-dmarc' }]
    case 'code':
      return [{ address: facts.address, evidence: 'proved', because: 'code' }]
    case 'webchat':
      return [{ address: facts.visitor, evidence: 'proved', because: 'visitor-token' }, ...(facts.signIn ? signInProofs(facts.signIn) : [])]
  }
}

function signInProofs(signIn: SiteSignIn): Proof[] {
  const proofs: Proof[] = [{ address: { kind: 'site-user', realm: signIn.site, value: signIn.sub }, evidence: 'proved', because: 'site-token' }]
  const add = (kind: 'email' | 'phone', raw: string | null, isVerified: boolean, isTrusted: boolean) => {
    const normalised = raw === null ? null : normaliseAddress(kind, '', raw)
    if (normalised?.is !== 'address') return
    const because = !isTrusted ? 'site-not-trusted' : isVerified ? 'site-token' : 'not-verified-by-site'
    proofs.push({ address: normalised.address, evidence: because === 'site-token' ? 'proved' : 'claimed', because })
  }
  add('email', signIn.email, signIn.isEmailVerified, signIn.trust.email)
  add('phone', signIn.phone, signIn.isPhoneVerified, signIn.trust.phone)
  return proofs
}

/** The best evidence an identity ever had; an unproved arrival never lowers it. */
export function bestEvidence(known: Evidence | null, arrived: Evidence): Evidence {
  return known === 'proved' ? 'proved' : arrived
}

/** A visitor belongs to the first `sub` signed in on it; another one, or a sign-out, gets a fresh visitor. */
export function visitorAfter(visitor: { ownerSub: string | null }, signedInSub: string | null): { do: 'keep' } | { do: 'bind'; sub: string } | { do: 'fresh'; reason: 'another-sub' | 'signed-out' } {
  if (visitor.ownerSub === null) return signedInSub === null ? { do: 'keep' } : { do: 'bind', sub: signedInSub }
  if (signedInSub === null) return { do: 'fresh', reason: 'signed-out' }
  return signedInSub === visitor.ownerSub ? { do: 'keep' } : { do: 'fresh', reason: 'another-sub' }
}

export const codeLifeMs = 10 * 60_000
export const codeTriesMax = 5

/** Judges a returned one-time code; the caller compares the digits in constant time and passes the answer. */
export function judgeCode(code: { sentAt: Date; tries: number; isUsed: boolean }, matches: boolean, now: Date): { ok: true } | { ok: false; reason: 'expired' | 'too-many-tries' | 'used' | 'wrong' } {
  if (code.isUsed) return { ok: false, reason: 'used' }
  if (now.getTime() >= code.sentAt.getTime() + codeLifeMs) return { ok: false, reason: 'expired' }
  if (code.tries >= codeTriesMax) return { ok: false, reason: 'too-many-tries' }
  return matches ? { ok: true } : { ok: false, reason: 'wrong' }
}

/** What a visitor's session proved, as far as it decides what the widget shows. */
export interface VisitorProof {
  visitor: Address
  siteUser: Address | null
  provedByCode: readonly Address[]
  /** Identities joined to one of the above by an act that proved both; never by a merge a person accepted. */
  joinedByProof: readonly Address[]
}

/**
 * Whether the widget shows an item: text and files to or from what this session proved. A merge widens what staff see, not this.
 * Calls, notes and system entries never; mail headers are not part of what is shown.
 */
export function mayVisitorSee(
  message: { kind: 'text' | 'file' | 'call' | 'note' | 'system'; direction: 'inbound' | 'outbound' | 'internal'; address: Address | null; isUnverified?: boolean },
  proof: VisitorProof,
): { see: true } | { see: false; reason: 'staff-only' | 'call' | 'not-proved-here' } {
  if (message.kind === 'call') return { see: false, reason: 'call' }
  if (message.direction === 'internal' || message.kind === 'note' || message.kind === 'system') return { see: false, reason: 'staff-only' }
  // Somebody wrote in the name of this address and nothing proved it: not this visitor's own words.
  if (message.direction === 'inbound' && message.isUnverified) return { see: false, reason: 'not-proved-here' }
  const { address } = message
  const proved = [proof.visitor, ...(proof.siteUser ? [proof.siteUser] : []), ...proof.provedByCode, ...proof.joinedByProof]
  return address && proved.some((one) => isSameAddress(one, address)) ? { see: true } : { see: false, reason: 'not-proved-here' }
}
