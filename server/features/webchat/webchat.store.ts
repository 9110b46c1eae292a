import type { Locale } from '#contract/words.ts'
import type { Statements, Tx } from '#server/platform/db.ts'

type Reader = Pick<Tx, 'query' | 'maybe'>

export interface SiteRow {
  id: string
  name: string
  queueId: string
  settings: Record<string, unknown>
  sealedSecrets: string | null
}

export async function findSite(db: Reader, accountId: string): Promise<SiteRow | undefined> {
  return db.maybe<SiteRow>(
    `select id, name, queue_id as "queueId", settings, sealed_secrets as "sealedSecrets" from channel_account
     where id = $1 and channel = 'webchat' and retired_at is null`, [accountId])
}

export async function listSiteSettings(db: Reader): Promise<{ id: string; settings: Record<string, unknown> }[]> {
  return db.query(`select id, settings from channel_account where channel = 'webchat' and retired_at is null limit 1000`)
}

export interface VisitorRow {
  id: string
  accountId: string
  identityId: string
  siteUserIdentityId: string | null
  provedIdentityIds: string[]
  locale: Locale | null
  expiresAt: Date
  customerId: string
  conversationId: string
}

const visitorSelect = `
  select v.id, v.account_id as "accountId", v.identity_id as "identityId", v.site_user_identity_id as "siteUserIdentityId",
    v.proved_identity_ids as "provedIdentityIds", v.locale, v.expires_at as "expiresAt", i.customer_id as "customerId", co.id as "conversationId"
  from visitor v join identity i on i.id = v.identity_id join conversation co on co.customer_id = i.customer_id`

/** A visitor who has not been revoked; their customer and conversation as they are now, after any merge. */
export async function findVisitor(db: Reader, visitorId: string): Promise<VisitorRow | undefined> {
  return db.maybe<VisitorRow>(`${visitorSelect} where v.id = $1 and v.revoked_at is null`, [visitorId])
}

export async function findVisitorByToken(db: Reader, accountId: string, tokenHash: string, now: Date): Promise<VisitorRow | undefined> {
  return db.maybe<VisitorRow>(`${visitorSelect} where v.token_hash = $1 and v.account_id = $2 and v.revoked_at is null and v.expires_at > $3`, [tokenHash, accountId, now])
}

/** Puts the renewed token in the place of the one it was made from; false when that one is no longer the visitor's. */
export async function replaceToken(tx: Tx, change: { visitorId: string; accountId: string; fromHash: string; toHash: string; expiresAt: Date; now: Date }): Promise<boolean> {
  const changed = await tx.execute(
    `update visitor set token_hash = $4, expires_at = $5, version = version + 1
     where id = $1 and account_id = $2 and token_hash = $3 and revoked_at is null and expires_at > $6`,
    [change.visitorId, change.accountId, change.fromHash, change.toHash, change.expiresAt, change.now])
  return changed === 1
}

export async function insertVisitor(
  tx: Tx,
  visitor: { id: string; accountId: string; tokenHash: string; identityId: string; siteUserIdentityId: string | null; locale: Locale; pageUrl: string | null; expiresAt: Date; now: Date },
): Promise<void> {
  await tx.execute(
    `insert into visitor (id, account_id, token_hash, identity_id, site_user_identity_id, locale, page_url, proved_identity_ids, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, '{}', $8, $8, $9)`,
    [visitor.id, visitor.accountId, visitor.tokenHash, visitor.identityId, visitor.siteUserIdentityId, visitor.locale, visitor.pageUrl, visitor.now, visitor.expiresAt])
}

/** Binds a visitor to the first site user signed in on it; false when it already belongs to one. */
export async function bindSiteUser(tx: Tx, visitorId: string, siteUserIdentityId: string): Promise<boolean> {
  return (await tx.execute(
    'update visitor set site_user_identity_id = $2, version = version + 1 where id = $1 and site_user_identity_id is null', [visitorId, siteUserIdentityId])) === 1
}

export async function addProvedIdentity(tx: Tx, visitorId: string, identityId: string): Promise<void> {
  await tx.execute(
    `update visitor set proved_identity_ids = array_append(proved_identity_ids, $2::uuid), version = version + 1
     where id = $1 and not $2::uuid = any(proved_identity_ids)`, [visitorId, identityId])
}

export async function revokeVisitor(tx: Tx, visitorId: string, now: Date): Promise<void> {
  await tx.execute('update visitor set revoked_at = $2, version = version + 1 where id = $1 and revoked_at is null', [visitorId, now])
}

/** Where a visitor was last seen, kept at most once per connection. */
export async function touchVisitor(tx: Tx, visitorId: string, seen: { locale: Locale; pageUrl: string | null; now: Date }): Promise<void> {
  await tx.execute('update visitor set last_seen_at = $2, locale = $3, page_url = coalesce($4, page_url) where id = $1', [visitorId, seen.now, seen.locale, seen.pageUrl])
}

// ── Presence: a chat session lives while a socket of its visitor is somewhere ──

export async function touchChats(tx: Statements, visitorIds: readonly string[], now: Date): Promise<void> {
  if (visitorIds.length === 0) return
  await tx.execute(`update session set last_seen_at = $2 where visitor_id = any($1::uuid[]) and kind = 'chat' and ended_at is null`, [visitorIds, now])
}

export interface LiveChat {
  id: string
  contactId: string | null
  visitorId: string
}

export async function chatsUnseenSince(db: Reader, before: Date, limit: number): Promise<LiveChat[]> {
  return db.query<LiveChat>(
    `select id, contact_id as "contactId", visitor_id as "visitorId" from session
     where kind = 'chat' and state = 'live' and ended_at is null and coalesce(last_seen_at, started_at) < $1 order by started_at limit $2`, [before, limit])
}

export async function liveChatsOf(db: Reader, visitorId: string): Promise<LiveChat[]> {
  return db.query<LiveChat>(
    `select id, contact_id as "contactId", visitor_id as "visitorId" from session where visitor_id = $1 and kind = 'chat' and ended_at is null`, [visitorId])
}

/** False when it is over already, or was marked alive after `unseenSince`. */
export async function endSession(tx: Tx, session: { id: string; reason: string; unseenSince: Date | null }, now: Date): Promise<boolean> {
  return (await tx.execute(
    `update session set state = 'ended', ended_at = $2, end_reason = $3, version = version + 1
     where id = $1 and ended_at is null and ($4::timestamptz is null or coalesce(last_seen_at, started_at) < $4)`, [session.id, now, session.reason, session.unseenSince])) === 1
}

// ── Files uploaded before the message they belong to ──

export interface UploadRow {
  id: string
  name: string
  contentType: string
  sizeBytes: number
  storageKey: string
  sha256: string
}

export const uploaderOf = (visitorId: string): string => `visitor:${visitorId}`

export async function insertUpload(tx: Tx, upload: { id: string; visitorId: string; name: string; contentType: string; sizeBytes: number; sha256: string; storageKey: string; now: Date }): Promise<void> {
  await tx.execute(
    `insert into attachment (id, uploaded_by, name, content_type, size_bytes, sha256, storage_key, state, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'stored', $8)`,
    [upload.id, uploaderOf(upload.visitorId), upload.name, upload.contentType, upload.sizeBytes, upload.sha256, upload.storageKey, upload.now])
}

export async function findUploads(db: Reader, visitorId: string, ids: readonly string[]): Promise<UploadRow[]> {
  if (ids.length === 0) return []
  return db.query<UploadRow>(
    `select id, name, content_type as "contentType", size_bytes as "sizeBytes", storage_key as "storageKey", sha256
     from attachment where id = any($1::uuid[]) and uploaded_by = $2 and state = 'stored'`, [ids, uploaderOf(visitorId)])
}

/** The rows of uploads that became a message's files: their bytes live on under the message's own rows. */
export async function deleteUploads(tx: Statements, visitorId: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.execute('delete from attachment where id = any($1::uuid[]) and uploaded_by = $2 and message_id is null', [ids, uploaderOf(visitorId)])
}

export interface VisibleFile {
  storageKey: string
  name: string
  contentType: string
}

/** A file of a message to or from one of these identities, or one the visitor uploaded and has not sent yet. */
export async function findVisibleFile(db: Reader, attachmentId: string, sight: { visitorId: string; conversationId: string; identityIds: readonly string[] }): Promise<VisibleFile | undefined> {
  return db.maybe<VisibleFile>(
    `select a.storage_key as "storageKey", a.name, a.content_type as "contentType"
     from attachment a left join message m on m.id = a.message_id
     where a.id = $1 and a.state = 'stored' and a.storage_key is not null
       and (a.uploaded_by = $2 and m.id is null
         or m.conversation_id = $3 and m.identity_id = any($4::uuid[]) and m.direction in ('inbound', 'outbound') and m.kind in ('text', 'file') and m.deleted_at is null)`,
    [attachmentId, uploaderOf(sight.visitorId), sight.conversationId, sight.identityIds])
}

export async function findReceiptBody(db: Reader, externalId: string): Promise<{ id: string; body: Buffer } | undefined> {
  return db.maybe(`select id, body from receipt where channel = 'webchat' and external_id = $1`, [externalId])
}
