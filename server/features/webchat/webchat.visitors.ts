/** Who is at the other end of a widget: found by their token, made anew, or bound to the site's signed-in user. */
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { Locale } from '#contract/words.ts'
import type { Context } from '#server/context.ts'
import { webchatSettingsOf, type WebchatSettings } from '#server/channels/webchat/settings.ts'
import { proofsOf, visitorAfter, type Address } from '#server/domain/identity.ts'
import type { Tx } from '#server/platform/db.ts'
import { newId } from '#server/platform/ids.ts'
import { hashToken, newToken } from '#server/platform/secrets.ts'
import { addIdentity, findIdentity, insertCustomerWithIdentity } from '../customers/customers.steps.ts'
import { provedTogether } from '../customers/customers.usecases.ts'
import { openAccount } from '../settings/channel-accounts.steps.ts'
import { unauthorized } from './webchat.errors.ts'
import type { Handshake } from './webchat.schemas.ts'
import { readSiteToken, type SiteUser } from './webchat.site-token.ts'
import { bindSiteUser, findSite, findVisitorByToken, insertVisitor, replaceToken, revokeVisitor, touchVisitor, type VisitorRow } from './webchat.store.ts'

export type VisitorContext = Pick<Context, 'db' | 'clock' | 'secrets' | 'relay' | 'jobs' | 'logger' | 'config' | 'channels' | 'files'>

/** A website and the visitor on it, for as long as one socket lives. */
export interface Visitor {
  id: string
  site: { id: string; name: string }
  locale: Locale
  pageUrl: string | null
  siteUser: { sub: string; name: string | null } | null
  /** What the browser is to keep from now on. */
  token: string
  /** False until they do something worth a row: somebody who only looks leaves nothing. */
  isStored: boolean
}

const tokenLifeMs = 30 * 24 * 3_600_000
/** A token older than this is renewed; the browser's next visit with the new one ends the old one. */
const renewAfterMs = 24 * 3_600_000
const renewal = 'visitor-token'

/** The site of a handshake with its settings; refuses an unknown or retired one. */
export async function siteOf(context: Pick<Context, 'db' | 'secrets'>, accountId: string): Promise<{ id: string; name: string; settings: WebchatSettings; secret: string | undefined }> {
  const row = await findSite(context.db, accountId)
  if (!row) throw unauthorized()
  const account = openAccount(context.secrets, { ...row, channel: 'webchat', address: '' })
  return { id: row.id, name: row.name, settings: webchatSettingsOf(account), secret: account.secrets['siteSecret'] }
}

/**
 * Decides who a handshake is. A token or site token that is given and not good refuses the whole handshake: to go on as somebody
 * else would split a customer in two without anybody seeing it.
 */
export async function admitVisitor(context: VisitorContext, handshake: Handshake, mayEmbed: (allowedOrigins: readonly string[]) => boolean): Promise<Visitor> {
  const now = context.clock.now()
  const site = await siteOf(context, handshake.accountId)
  if (!mayEmbed(site.settings.allowedOrigins)) throw unauthorized()
  const siteUser = handshake.siteToken === undefined ? null : await readSiteUser(handshake.siteToken, site, now)
  const held = handshake.token === undefined ? undefined : await visitorOfToken(context, site.id, handshake.token, now)
  if (handshake.token !== undefined && !held) throw unauthorized()
  const base = {
    site: { id: site.id, name: site.name },
    locale: localeFrom(handshake.locale), pageUrl: handshake.pageUrl ?? null, siteUser: siteUser && { sub: siteUser.sub, name: siteUser.name },
  }
  const ownerSub = held ? await subOf(context, held) : null
  const next = visitorAfter({ ownerSub }, siteUser?.sub ?? null)
  if (held && next.do !== 'fresh') {
    if (siteUser) await signIn(context, { id: held.id, site, siteUser, isNew: false, token: '', locale: base.locale, pageUrl: base.pageUrl }, now)
    await context.db.tx((tx) => touchVisitor(tx, held.id, { ...base, now }))
    return { ...base, id: held.id, token: renewedToken(context, held, handshake.token ?? '', now), isStored: true }
  }
  const fresh = { ...base, id: newId(now), token: newToken(), isStored: false }
  if (!siteUser) return fresh
  await signIn(context, { id: fresh.id, site, siteUser, isNew: true, token: fresh.token, locale: base.locale, pageUrl: base.pageUrl }, now)
  return { ...fresh, isStored: true }
}

/** The visitor as a row, with a customer and a conversation of their own: made by the first thing they do. */
export async function storeVisitor(context: Pick<Context, 'db' | 'clock'>, visitor: Visitor): Promise<void> {
  if (visitor.isStored) return
  const now = context.clock.now()
  await context.db.tx(async (tx) => {
    const address = visitorAddress(visitor.site.id, visitor.id)
    // Two events of one socket at once: the second finds the first one's rows.
    if (await findIdentity(tx, address)) return
    const { identityId } = insertCustomerWithIdentity(tx, { address, locale: visitor.locale, evidence: 'proved', proof: 'visitor-token' }, now)
    await insertVisitor(tx, { ...visitor, accountId: visitor.site.id, tokenHash: hashToken(visitor.token), identityId, siteUserIdentityId: null, expiresAt: tokenEnd(now), now })
  })
  visitor.isStored = true
}

/** The visitor is over: its token opens nothing any more, whoever comes next on this browser is somebody else. */
export async function endVisitor(context: Pick<Context, 'db' | 'clock'>, visitorId: string): Promise<void> {
  const now = context.clock.now()
  await context.db.tx((tx) => revokeVisitor(tx, visitorId, now))
}

/** By its token alone, for uploads: without the site's word, so never for a visitor that belongs to a site user. */
export async function visitorOfToken(context: Pick<Context, 'db' | 'secrets'>, accountId: string, token: string, now: Date): Promise<VisitorRow | undefined> {
  const tokenHash = hashToken(token)
  const known = await findVisitorByToken(context.db, accountId, tokenHash, now)
  if (known) return known
  const renewed = context.secrets.readToken(token, renewal, now)
  if (!Array.isArray(renewed) || typeof renewed[0] !== 'string' || typeof renewed[1] !== 'string') return undefined
  const change = { visitorId: renewed[0], accountId, fromHash: renewed[1], toHash: tokenHash, expiresAt: tokenEnd(now), now }
  // Two tabs may come with the same renewed token at once: whoever is second finds it in place.
  await context.db.tx((tx) => replaceToken(tx, change))
  return findVisitorByToken(context.db, accountId, tokenHash, now)
}

async function readSiteUser(token: string, site: Awaited<ReturnType<typeof siteOf>>, now: Date): Promise<SiteUser> {
  const reading = await readSiteToken(token, { accountId: site.id, secret: site.secret }, now)
  if (!reading.ok) throw unauthorized()
  return reading.user
}

async function subOf(context: Pick<Context, 'db'>, visitor: VisitorRow): Promise<string | null> {
  if (!visitor.siteUserIdentityId) return null
  return (await context.db.one<{ value: string }>('select value from identity where id = $1', [visitor.siteUserIdentityId])).value
}

function renewedToken(context: Pick<Context, 'secrets'>, held: VisitorRow, token: string, now: Date): string {
  if (held.expiresAt.getTime() - now.getTime() > tokenLifeMs - renewAfterMs) return token
  return context.secrets.signToken([held.id, hashToken(token)], renewal, tokenEnd(now))
}

interface SignIn {
  id: string
  site: { id: string; settings: WebchatSettings }
  siteUser: SiteUser
  isNew: boolean
  token: string
  locale: Locale
  pageUrl: string | null
}

/** Writes what a sign-in proves: the visitor belongs to the site user, and addresses the site vouches for are that person's too. */
async function signIn(context: VisitorContext, { id, site, siteUser, isNew, token, locale, pageUrl }: SignIn, now: Date): Promise<void> {
  const visitor = visitorAddress(site.id, id)
  const person: Address = { kind: 'site-user', realm: site.id, value: siteUser.sub }
  const isBound = await context.db.tx(async (tx) => {
    const { customerId, identityId } = await siteUserIdentity(tx, person, { ofVisitor: isNew ? null : visitor, name: siteUser.name, locale }, now)
    if (!isNew) return !(await bindSiteUser(tx, id, identityId))
    const ownId = await addIdentity(tx, customerId, { address: visitor, proof: 'visitor-token' }, now)
    await insertVisitor(tx, { id, accountId: site.id, tokenHash: hashToken(token), identityId: ownId, siteUserIdentityId: identityId, locale, pageUrl, expiresAt: tokenEnd(now), now })
    return true
  })
  const trust = { email: site.settings.trustedClaims.includes('email'), phone: site.settings.trustedClaims.includes('phone') }
  const proofs = proofsOf({ channel: 'webchat', visitor, signIn: { ...siteUser, site: site.id, trust } })
  const vouched = proofs.filter((proof) => proof.evidence === 'proved').map((proof) => proof.address)
  // Joined in one act before: nothing to prove again. The visitor is left out when it was born on the site user's customer.
  const identities = vouched.filter((address) => address.kind !== 'visitor' || !isBound)
  if (identities.length > 1 && !(await areJoined(context, identities))) await provedTogether(context, { identities, proof: 'site-token', at: now })
}

/** The site user's identity: known, or new on the visitor's own customer, or with a new customer. */
async function siteUserIdentity(
  tx: Tx,
  person: Address,
  about: { ofVisitor: Address | null; name: string | null; locale: Locale },
  now: Date,
): Promise<{ customerId: string; identityId: string }> {
  const known = await findIdentity(tx, person)
  if (known) return known
  const visitor = about.ofVisitor && (await findIdentity(tx, about.ofVisitor))
  if (!visitor) return insertCustomerWithIdentity(tx, { address: person, name: about.name, displayName: about.name, locale: about.locale, evidence: 'proved', proof: 'site-token' }, now)
  return { customerId: visitor.customerId, identityId: await addIdentity(tx, visitor.customerId, { address: person, displayName: about.name, proof: 'site-token' }, now) }
}

async function areJoined(context: Pick<Context, 'db'>, addresses: readonly Address[]): Promise<boolean> {
  const found = await Promise.all(addresses.map((address) => findIdentity(context.db, address)))
  const [first] = found
  return found.every((identity) => identity?.evidence === 'proved' && identity.customerId === first?.customerId)
}

export function visitorAddress(accountId: string, visitorId: string): Address {
  return { kind: 'visitor', realm: accountId, value: visitorId }
}

function tokenEnd(now: Date): Date {
  return new Date(now.getTime() + tokenLifeMs)
}
