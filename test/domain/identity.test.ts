import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emailAddressOf } from '#server/domain/email-address.ts'
import { bestEvidence, judgeCode, mayVisitorSee, normaliseAddress, proofsOf, visitorAfter, type Address, type SiteSignIn, type VisitorProof } from '#server/domain/identity.ts'
import { decideMerge, decideOpenContacts, mayUndoMerge, mergeFields, sideAtUndo, stricterConsent, type MergeAct, type MergeSide } from '#server/domain/merging.ts'
import { phoneNumberOf } from '#server/domain/phone-number.ts'

const phone = (value: string): Address => ({ kind: 'phone', realm: '', value })
const email = (value: string): Address => ({ kind: 'email', realm: '', value })
const visitor: Address = { kind: 'visitor', realm: 'shop', value: 'v1' }
const siteUser = (value: string): Address => ({ kind: 'site-user', realm: 'shop', value })

describe('numbers', () => {
  it.each([
    ['+4915112345678', 'e164', '+4915112345678'], ['+49 (151) 1234-5678', 'e164', '+4915112345678'], ['whatsapp:+4915112345678', 'e164', '+4915112345678'], ['+8613800138000', 'e164', '+8613800138000'],
    ['+15551234567', 'e164', '+15551234567'], ['12345', 'short-code', '12345'], ['LAMPSHOP', 'sender-name', 'LAMPSHOP'],
  ] as const)('%s is %s', (raw, kind, value) => expect(phoneNumberOf(raw)).toMatchObject({ kind, value }))
  it.each(['', 'anonymous', 'Anonymous', 'RESTRICTED', 'unknown', 'unavailable', 'private', '+266696687', '266696687', '+1266696687', '+7378742833', '+7378742883', '+86282452253', '+2562533', '+8656696', '+0', 'anonymous@anonymous.invalid'])(
    '%j is a withheld caller', (raw) => expect(phoneNumberOf(raw).kind).toBe('withheld'))
  it.each(['hello world, this is no number', '+', '++49', 'x'.repeat(50), '+123'])('%j is no number', (raw) => expect(phoneNumberOf(raw).kind).toBe('invalid'))
  it('reads a typed number with the country of the site', () => expect(phoneNumberOf('0151 12345678', 'DE')).toMatchObject({ value: '+4915112345678' }))
  it('is stable: the normal form is its own normal form', () => fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'+0123456789 -()a'), maxLength: 16 }), (raw) => {
    const once = phoneNumberOf(raw)
    if (once.kind === 'e164') expect(phoneNumberOf(once.value)).toEqual(once)
  })))
})

describe('mail addresses', () => {
  it.each([
    ['Mei.Chen@Example.COM', 'mei.chen@example.com'], ['<mei@example.com>', 'mei@example.com'], ['mei+lamp@gmail.com', 'mei+lamp@gmail.com'], ['m.e.i@gmail.com', 'm.e.i@gmail.com'], [' mei@example.com ', 'mei@example.com'],
    ['mei@bücher.example', 'mei@xn--bcher-kva.example'], ['陈@例子.example', '陈@xn--fsqu00a.example'], ['mei@example.com\0', 'mei@example.com'],
  ])('%j', (raw, value) => expect(emailAddressOf(raw)).toEqual({ kind: 'address', value }))
  it.each(['', '<>', 'undisclosed-recipients:;', 'mei', 'mei@', '@example.com', 'mei@localhost', 'a@b@example.com', 'mei@example.com\r\nBcc: x@y.z', 'mei@127.0.0.1', 'mei@exa mple.com', `${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(300)}.com`])(
    '%j is none', (raw) => expect(emailAddressOf(raw).kind).toBe('invalid'))
})

describe('what an arrival comes from', () => {
  it('makes one identity of text, WhatsApp and calls of one number', () =>
    expect(normaliseAddress('phone', 'ignored', 'whatsapp:+4915112345678')).toEqual({ is: 'address', address: phone('+4915112345678') }))
  it.each([['phone', '', 'anonymous', 'withheld'], ['phone', '', 'garbage in, garbage out', 'no-usable-address'], ['email', '', '', 'no-usable-address'], ['email', '', 'Lamp Club:;', 'no-usable-address'], ['call', '', 'CA1', 'no-usable-address'], ['slack-user', '', 'U1', 'no-usable-address'], ['visitor', 'shop', ' ', 'no-usable-address']] as const)(
    '%s %j %j is used once only', (kind, realm, raw, reason) => expect(normaliseAddress(kind, realm, raw)).toEqual({ is: 'one-time', reason }))
  it('keeps accounts of two sites apart', () => expect(normaliseAddress('site-user', 'shop', ' u1\0')).toEqual({ is: 'address', address: siteUser('u1') }))
})

describe('what an arrival proves', () => {
  const signIn: SiteSignIn = { site: 'shop', sub: 'u1', email: 'Mei@Example.com', isEmailVerified: true, phone: null, isPhoneVerified: false, trust: { email: true, phone: false } }
  it.each([
    ['a text by a carrier', { channel: 'sms', address: phone('+4915112345678') }, 'proved'],
    ['a text by a name', { channel: 'sms', address: phone('LAMPSHOP') }, 'claimed'],
    ['WhatsApp', { channel: 'whatsapp', address: phone('+4915112345678') }, 'proved'],
    ['a call attested A', { channel: 'voice', address: phone('+15551234567'), attestation: 'A' }, 'proved'],
    ['a call attested B', { channel: 'voice', address: phone('+15551234567'), attestation: 'B' }, 'claimed'],
    ['a call without attestation', { channel: 'voice', address: phone('+15551234567'), attestation: null }, 'claimed'],
    ['aligned mail', { channel: 'email', address: email('mei@example.com'), fromCount: 1, isDmarcAligned: true }, 'proved'],
    ['mail that is not aligned', { channel: 'email', address: email('mei@example.com'), fromCount: 1, isDmarcAligned: false }, 'claimed'],
    ['aligned mail with two From', { channel: 'email', address: email('mei@example.com'), fromCount: 2, isDmarcAligned: true }, 'claimed'],
    ['Slack', { channel: 'slack', address: { kind: 'slack-user', realm: 'T1', value: 'U1' } }, 'proved'],
    ['a returned code', { channel: 'code', address: email('mei@example.com') }, 'proved'],
  ] as const)('%s: %s', (_, facts, evidence) => expect(proofsOf(facts)[0].evidence).toBe(evidence))

  it('takes an account from a site’s token, and its address only verified and from a trusted site', () => {
    const proofs = (over: Partial<SiteSignIn>) => proofsOf({ channel: 'webchat', visitor, signIn: { ...signIn, ...over } }).map((proof) => [proof.address.kind, proof.evidence])
    expect(proofs({})).toEqual([['visitor', 'proved'], ['site-user', 'proved'], ['email', 'proved']])
    expect(proofs({ isEmailVerified: false })).toEqual([['visitor', 'proved'], ['site-user', 'proved'], ['email', 'claimed']])
    expect(proofs({ trust: { email: false, phone: false } })[2]).toEqual(['email', 'claimed'])
    expect(proofs({ email: null, phone: '+4915112345678', isPhoneVerified: true, trust: { email: true, phone: true } })[2]).toEqual(['phone', 'proved'])
    expect(proofsOf({ channel: 'webchat', visitor, signIn: null })).toHaveLength(1)
  })
  it('never lowers what was proved', () => expect([bestEvidence('proved', 'claimed'), bestEvidence(null, 'claimed'), bestEvidence('claimed', 'proved')]).toEqual(['proved', 'claimed', 'proved']))
  it('gives a visitor to the first account signed in on it', () => {
    expect(visitorAfter({ ownerSub: null }, 'u1')).toEqual({ do: 'bind', sub: 'u1' })
    expect(visitorAfter({ ownerSub: 'u1' }, 'u1')).toEqual({ do: 'keep' })
    expect(visitorAfter({ ownerSub: 'u1' }, 'u2')).toEqual({ do: 'fresh', reason: 'another-sub' })
    expect(visitorAfter({ ownerSub: 'u1' }, null)).toEqual({ do: 'fresh', reason: 'signed-out' })
    expect(visitorAfter({ ownerSub: null }, null)).toEqual({ do: 'keep' })
  })
  it('takes a code within ten minutes and five tries', () => {
    const sentAt = new Date('2026-11-10T10:00:00Z')
    const at = (ms: number) => new Date(sentAt.getTime() + ms)
    expect(judgeCode({ sentAt, tries: 4, isUsed: false }, true, at(599_999))).toEqual({ ok: true })
    expect(judgeCode({ sentAt, tries: 0, isUsed: false }, true, at(600_000))).toEqual({ ok: false, reason: 'expired' })
    expect(judgeCode({ sentAt, tries: 5, isUsed: false }, true, at(1))).toEqual({ ok: false, reason: 'too-many-tries' })
    expect(judgeCode({ sentAt, tries: 0, isUsed: true }, true, at(1))).toEqual({ ok: false, reason: 'used' })
    expect(judgeCode({ sentAt, tries: 0, isUsed: false }, false, at(1))).toEqual({ ok: false, reason: 'wrong' })
  })
})

describe('merging', () => {
  const side = (customerId: string, identities: (Address & { isShared?: boolean })[], over: Partial<MergeSide> = {}): MergeSide =>
    ({ customerId, createdAt: new Date(`2026-01-0${customerId.slice(-1)}T00:00:00Z`), identities: identities.map((identity) => ({ isShared: false, ...identity })), isOneTime: false, hasLiveCall: false, ...over })
  const proved = (address: Address) => ({ address, evidence: 'proved', because: 'site-token' }) as const
  const claimed = (address: Address) => ({ address, evidence: 'claimed', because: 'not-verified-by-site' }) as const
  const act = (...proofs: (ReturnType<typeof proved> | ReturnType<typeof claimed>)[]): MergeAct => ({ by: 'machine', kind: 'sign-in', proofs, wasRejectedByPerson: false })
  const mailer = side('c1', [email('mei@example.com')])
  const chatter = side('c2', [visitor])

  it('joins two that one sign-in proves, into the older', () => {
    expect(decideMerge(chatter, mailer, act(proved(visitor), proved(email('mei@example.com'))))).toEqual({ kind: 'merge', survivorId: 'c1', foldedId: 'c2', isAutomatic: true })
  })
  it('only suggests when the address was typed', () =>
    expect(decideMerge(chatter, mailer, act(proved(visitor), claimed(email('mei@example.com'))))).toEqual({ kind: 'suggest', evidence: [{ code: 'same-address-claimed', address: email('mei@example.com') }], becomeShared: [] }))
  it('only suggests for two accounts of one site, and the address they share becomes shared', () =>
    expect(decideMerge(side('c2', [siteUser('u2')]), side('c1', [email('mei@example.com'), siteUser('u1')]), act(proved(siteUser('u2')), proved(email('mei@example.com'))))).toMatchObject({ kind: 'suggest', evidence: [{ code: 'two-accounts-of-one-site' }], becomeShared: [email('mei@example.com')] }))
  it('joins accounts of two different sites', () =>
    expect(decideMerge(side('c2', [siteUser('u2')]), side('c1', [email('m@example.com'), { kind: 'site-user', realm: 'blog', value: 'u1' }]), act(proved(siteUser('u2')), proved(email('m@example.com')))).kind).toBe('merge'))
  it('only suggests for two users of one Slack workspace', () => {
    const slack = (value: string): Address => ({ kind: 'slack-user', realm: 'T1', value })
    expect(decideMerge(side('c1', [slack('U1'), email('m@example.com')]), side('c2', [slack('U2')]), act(proved(slack('U2')), proved(email('m@example.com')))).kind).toBe('suggest')
  })
  it('only suggests over a shared address', () =>
    expect(decideMerge(chatter, side('c1', [{ ...email('m@example.com'), isShared: true }]), act(proved(visitor), proved(email('m@example.com'))))).toMatchObject({ kind: 'suggest', evidence: [{ code: 'shared-address' }] }))
  it('waits while both are on the phone, not while one is', () => {
    const proofs = act(proved(visitor), proved(email('mei@example.com')))
    expect(decideMerge({ ...mailer, hasLiveCall: true }, { ...chatter, hasLiveCall: true }, proofs)).toEqual({ kind: 'wait', reason: 'both-on-calls' })
    expect(decideMerge({ ...mailer, hasLiveCall: true }, chatter, proofs).kind).toBe('merge')
    expect(decideMerge({ ...mailer, hasLiveCall: true }, { ...chatter, hasLiveCall: true }, { by: 'staff', survivorId: 'c1' })).toEqual({ kind: 'wait', reason: 'both-on-calls' })
  })
  it('never joins a withheld caller by machine, but by hand', () => {
    const caller = side('c3', [{ kind: 'call', realm: '', value: 'CA1' }], { isOneTime: true })
    expect(decideMerge(caller, mailer, act(proved(email('mei@example.com'))))).toEqual({ kind: 'none', reason: 'one-time-identity' })
    expect(decideMerge(caller, mailer, { by: 'staff', survivorId: 'c3' })).toEqual({ kind: 'merge', survivorId: 'c3', foldedId: 'c1', isAutomatic: false })
  })
  it('lets a person choose the survivor, of the two', () => {
    expect(decideMerge(mailer, chatter, { by: 'staff', survivorId: 'c2' })).toMatchObject({ survivorId: 'c2', foldedId: 'c1' })
    expect(decideMerge(mailer, chatter, { by: 'staff', survivorId: 'c9' })).toEqual({ kind: 'none', reason: 'survivor-not-a-side' })
    expect(decideMerge(mailer, mailer, { by: 'staff', survivorId: 'c1' })).toEqual({ kind: 'none', reason: 'same-customer' })
  })
  it('does not do again by itself what a person took back', () => {
    const again: MergeAct = { by: 'machine', kind: 'sign-in', proofs: [proved(visitor), proved(email('mei@example.com'))], wasRejectedByPerson: true }
    expect(decideMerge(mailer, chatter, again).kind).toBe('suggest')
    expect(decideMerge(mailer, chatter, { ...again, proofs: [proved(visitor), claimed(email('mei@example.com'))] })).toEqual({ kind: 'none', reason: 'rejected-by-person' })
  })
  it('never merges on its own without proof on both sides', () => {
    const anyAddress = fc.constantFrom<Address>(visitor, email('a@example.com'), email('b@example.com'), phone('+15551234567'), siteUser('u1'), siteUser('u2'))
    const anyProof = fc.tuple(anyAddress, fc.boolean()).map(([address, isProved]) => (isProved ? proved(address) : claimed(address)))
    fc.assert(fc.property(fc.uniqueArray(anyAddress, { maxLength: 3 }), fc.uniqueArray(anyAddress, { maxLength: 3 }), fc.array(anyProof, { maxLength: 4 }), (a, b, proofs) => {
      const decision = decideMerge(side('c1', a), side('c2', b), act(...proofs))
      const isProvedOn = (own: Address[]) => proofs.some((proof) => proof.evidence === 'proved' && own.some((address) => JSON.stringify(address) === JSON.stringify(proof.address)))
      if (decision.kind === 'merge') expect([isProvedOn(a), isProvedOn(b)]).toEqual([true, true])
    }))
  })

  it('keeps the survivor’s fields, else the other’s', () => expect(mergeFields({ name: 'Mei', locale: null, tier: '' }, { name: 'M. Chen', locale: 'zh', tier: 'gold' } as never)).toEqual({ name: 'Mei', locale: 'zh', tier: 'gold' }))
  it('keeps the stricter consent of each address', () => {
    const at = new Date('2026-01-01T00:00:00Z')
    const merged = stricterConsent([{ accountId: 'a', address: phone('+1'), optedOutAt: null }], [{ accountId: 'a', address: phone('+1'), optedOutAt: at }, { accountId: 'b', address: phone('+1'), optedOutAt: null }])
    expect(merged.map((one) => [one.accountId, one.optedOutAt])).toEqual([['a', at], ['b', null]])
  })
  it('keeps the contact with a live session, else the earlier, and releases the losing owner', () => {
    const contact = (id: string, day: number, over = {}) => ({ id, openedAt: new Date(Date.UTC(2026, 0, day)), hasLiveSession: false, ownerId: null, ...over })
    expect(decideOpenContacts(contact('a', 2, { ownerId: 'ada' }), contact('b', 1, { ownerId: 'bob' }))).toEqual({ kind: 'fold', staysId: 'b', closesId: 'a', releaseOwnerId: 'ada', ownerId: 'bob' })
    expect(decideOpenContacts(contact('a', 2, { hasLiveSession: true }), contact('b', 1, { ownerId: 'bob' }))).toEqual({ kind: 'fold', staysId: 'a', closesId: 'b', releaseOwnerId: null, ownerId: 'bob' })
    expect(decideOpenContacts(null, contact('b', 1))).toEqual({ kind: 'keep', staysId: 'b' })
    expect(decideOpenContacts(null, null)).toEqual({ kind: 'none' })
  })
  it('undoes the newest first, never what erasure emptied', () => {
    const merge = { id: 'm1', survivorId: 'c1', undoneAt: null, lostRowsToErasure: false }
    expect(mayUndoMerge(merge, 'm1')).toEqual({ ok: true })
    expect(mayUndoMerge(merge, 'm2')).toEqual({ ok: false, reason: 'not-newest' })
    expect(mayUndoMerge({ ...merge, lostRowsToErasure: true }, 'm1')).toEqual({ ok: false, reason: 'erased' })
    expect(mayUndoMerge({ ...merge, undoneAt: new Date(0) }, 'm1')).toEqual({ ok: false, reason: 'already-undone' })
  })
  it('sends what was born since the merge by its address, else its contact, else leaves it', () => {
    const folded = { addresses: [visitor], contactIds: new Set(['k2']) }
    const survivor = { addresses: [email('m@example.com')], contactIds: new Set(['k1']) }
    expect(sideAtUndo({ address: visitor, contactId: 'k1' }, folded, survivor)).toEqual({ side: 'folded', by: 'address' })
    expect(sideAtUndo({ address: email('m@example.com'), contactId: 'k2' }, folded, survivor)).toEqual({ side: 'survivor', by: 'address' })
    expect(sideAtUndo({ address: phone('+1'), contactId: 'k2' }, folded, survivor)).toEqual({ side: 'folded', by: 'contact' })
    expect(sideAtUndo({ address: null, contactId: 'k9' }, folded, survivor)).toEqual({ side: 'survivor', by: 'default' })
  })
})

describe('what a visitor sees in the widget', () => {
  const proof: VisitorProof = { visitor, siteUser: siteUser('u1'), provedByCode: [email('m@example.com')], joinedByProof: [phone('+15551234567')] }
  const text = (address: Address | null, over = {}) => mayVisitorSee({ kind: 'text', direction: 'inbound', address, ...over }, proof)
  it.each([['its own words', visitor], ['those of its account', siteUser('u1')], ['mail of the address proved by a code', email('m@example.com')], ['texts of a number joined by proof', phone('+15551234567')]] as const)('%s', (_, address) => expect(text(address)).toEqual({ see: true }))
  it.each([['another visitor’s', { ...visitor, value: 'v2' }], ['another account’s', siteUser('u2')], ['mail merged in by a person', email('other@example.com')], ['an item without an address', null]] as const)('not %s', (_, address) => expect(text(address)).toEqual({ see: false, reason: 'not-proved-here' }))
  it('not what somebody wrote in the name of its address and did not prove', () => {
    expect(text(email('m@example.com'), { isUnverified: true })).toEqual({ see: false, reason: 'not-proved-here' })
    expect(text(email('m@example.com'), { isUnverified: true, direction: 'outbound' })).toEqual({ see: true })
  })
  it('not calls, notes and system entries, even of its own address', () => {
    expect(text(visitor, { kind: 'call' })).toEqual({ see: false, reason: 'call' })
    expect(text(visitor, { kind: 'note', direction: 'internal' })).toEqual({ see: false, reason: 'staff-only' })
    expect(text(visitor, { kind: 'system' })).toEqual({ see: false, reason: 'staff-only' })
  })
})
