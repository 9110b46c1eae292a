import type { Channel, OutboundState } from '#contract/words.ts'
import type { StatusArrival } from '../../channels/channel.ts'
import type { Statements, Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { channelAccountSql, type ChannelAccountRow } from '../settings/channel-accounts.steps.ts'

export interface OutboundRow {
  id: string
  lane: string
  kind: 'message' | 'connect' | 'requeue' | 'hang-up' | 'dial' | 'consult' | 'open-room' | 'hand-over' | 'hold' | 'delete-recording'
  channel: Channel
  accountId: string
  conversationId: string | null
  contactId: string | null
  messageId: string | null
  sessionId: string | null
  invitationId: string | null
  address: string
  payload: Record<string, unknown>
  state: OutboundState
  attempts: number
  externalId: string | null
  createdAt: Date
}

const columns = (of: string) => `${of}.id, ${of}.lane, ${of}.kind, ${of}.channel, ${of}.account_id as "accountId", ${of}.conversation_id as "conversationId", ${of}.contact_id as "contactId",
  ${of}.message_id as "messageId", ${of}.session_id as "sessionId", ${of}.invitation_id as "invitationId", ${of}.address, ${of}.payload, ${of}.state, ${of}.attempts, ${of}.external_id as "externalId", ${of}.created_at as "createdAt"`

/** Whether what becomes of it is still to be learned. */
export function isUnderWay(state: OutboundState): boolean {
  return state === 'pending' || state === 'sending' || state === 'unknown'
}

export type NewOutbound = Pick<OutboundRow, 'lane' | 'kind' | 'channel' | 'accountId' | 'address'> & Partial<Pick<OutboundRow, 'conversationId' | 'contactId' | 'messageId' | 'sessionId' | 'invitationId' | 'payload'>>

export function insertOutbound(tx: Pick<Tx, 'send'>, row: NewOutbound, now: Date): string {
  const id = newId(now)
  tx.send(
    `insert into outbound (id, lane, kind, channel, account_id, conversation_id, contact_id, message_id, session_id, invitation_id, address, payload, next_attempt_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [id, row.lane, row.kind, row.channel, row.accountId, row.conversationId ?? null, row.contactId ?? null, row.messageId ?? null, row.sessionId ?? null, row.invitationId ?? null,
      row.address, JSON.stringify(row.payload ?? {}), now])
  return id
}

/** What a message says, for the provider. */
export interface Words {
  id: string
  text: string
  html: string | null
  subject: string | null
  threadId: string | null
  identityId: string | null
  isAutomatic: boolean
  files: { id: string; name: string; contentType: string; sizeBytes: number; storageKey: string }[]
}

/** An item with all that is needed to send it. */
export interface LeasedItem {
  row: OutboundRow
  /** Its state before: what was `sending` or `unknown` may have been accepted. */
  was: OutboundState
  account: ChannelAccountRow | null
  /** Null when it carries no message, or one that was withdrawn. */
  words: Words | null
}

const wordsOfMessage = `(
  select jsonb_build_object('id', m.id, 'text', m.text, 'html', m.html, 'subject', m.subject, 'threadId', m.thread_id, 'identityId', m.identity_id, 'isAutomatic', m.data ? 'automatic',
    'files', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'contentType', f.content_type, 'sizeBytes', f.size_bytes, 'storageKey', f.storage_key) order by f.position)
      from attachment f where f.message_id = m.id and f.state = 'stored'), '[]'))
  from message m where m.id = taken.message_id and m.deleted_at is null)`

/**
 * Takes the lane's first item that is not done, if it is due and nobody holds it: one statement leases it and reads what it says. The
 * lane waits behind it. To ask what became of one that may have been accepted is no attempt. Undefined when there is none or another
 * worker is at it; when it waits for its time, `item` is null.
 */
export async function leaseFirstOfLane(db: Pick<Statements, 'maybe'>, lane: string, now: Date, leases: { message: Date; command: Date }): Promise<{ dueAt: Date; item: LeasedItem | null } | undefined> {
  const row = await db.maybe<OutboundRow & Omit<LeasedItem, 'row'> & { isTaken: boolean; dueAt: Date }>(
    `with first as (
       select id, state, lease_until, next_attempt_at from outbound
       where id = (select id from outbound where lane = $1 and state in ('pending', 'sending', 'unknown') order by position limit 1) and state in ('pending', 'sending', 'unknown') for update skip locked
     ), taken as (
       update outbound o set state = 'sending', attempts = o.attempts + (first.state = 'pending')::int, lease_until = case when o.kind = 'message' then $3::timestamptz else $4::timestamptz end, version = o.version + 1
       from first where o.id = first.id and case when first.state = 'sending' then coalesce(first.lease_until <= $2, true) else first.next_attempt_at <= $2 end
       returning o.*
     )
     select ${columns('taken')}, first.state as was, first.next_attempt_at as "dueAt", taken.id is not null as "isTaken",
       ${channelAccountSql('taken.account_id')} as account, ${wordsOfMessage} as words
     from first left join taken on true`,
    [lane, now, leases.message, leases.command])
  if (!row || (!row.isTaken && row.was === 'sending')) return undefined
  const { isTaken, dueAt, was, account, words, ...taken } = row
  return { dueAt, item: isTaken ? { row: taken, was, account, words } : null }
}

/** Locks an item: where it is, and what became of it by now. */
export async function lockItem(tx: Tx, id: string): Promise<Pick<OutboundRow, 'conversationId' | 'state'>> {
  return tx.one('select conversation_id as "conversationId", state from outbound where id = $1 for update', [id])
}

/** Which item a provider speaks of, locked: as SQL to name its conversation by, and read. */
export const reportedItem = {
  conversationSql: 'select conversation_id from outbound where account_id = $1 and external_id = $2 order by position desc limit 1',
  lock: (tx: Tx, accountId: string, externalId: string): Promise<OutboundRow | undefined> =>
    tx.maybe<OutboundRow>(`select ${columns('outbound')} from outbound where account_id = $1 and external_id = $2 order by position desc limit 1 for update`, [accountId, externalId]),
}

export interface AnsweredItem extends Pick<OutboundRow, 'conversationId' | 'state'> {
  /** Something else on its lane is not done. */
  hasNext: boolean
  /** What the provider said of it before we knew its id. */
  parked: { status: StatusArrival['status']; reason: string | null }[]
}

/** Locks an item that the provider has answered about, with what follows from that. `externalId`: what it calls the item, null when it did not take it. */
export async function lockAnsweredItem(tx: Tx, item: Pick<OutboundRow, 'id' | 'lane' | 'accountId'>, externalId: string | null): Promise<AnsweredItem> {
  return tx.one<AnsweredItem>(
    `select o.conversation_id as "conversationId", o.state,
       exists (select 1 from outbound n where n.lane = $2 and n.id <> $1 and n.state in ('pending', 'sending', 'unknown')) as "hasNext",
       coalesce((select jsonb_agg(jsonb_build_object('status', s.status, 'reason', s.reason) order by s.id) from status_report s where s.account_id = $3 and s.external_id = $4), '[]') as parked
     from outbound o where o.id = $1 for update of o`, [item.id, item.lane, item.accountId, externalId])
}

export async function forgetParkedReports(tx: Tx, item: Pick<OutboundRow, 'accountId'>, externalId: string): Promise<void> {
  await tx.execute('delete from status_report where account_id = $1 and external_id = $2', [item.accountId, externalId])
}

export async function markUnknown(tx: Tx, id: string, nextAttemptAt: Date): Promise<void> {
  await tx.execute(`update outbound set state = 'unknown', lease_until = null, next_attempt_at = $2, version = version + 1 where id = $1`, [id, nextAttemptAt])
}

export async function markLater(tx: Tx, id: string, nextAttemptAt: Date, reason: string): Promise<void> {
  await tx.execute(`update outbound set state = 'pending', lease_until = null, next_attempt_at = $2, reason = $3, version = version + 1 where id = $1 and state in ('sending', 'unknown')`, [id, nextAttemptAt, reason.slice(0, 300)])
}

export async function findOutboundByExternalId(tx: Tx, accountId: string, externalId: string): Promise<OutboundRow | undefined> {
  return tx.maybe<OutboundRow>(`select ${columns('outbound')} from outbound where account_id = $1 and external_id = $2 order by position desc limit 1`, [accountId, externalId])
}

export async function findOutboundOfMessage(tx: Tx, messageId: string): Promise<OutboundRow | undefined> {
  return tx.maybe<OutboundRow>(`select ${columns('outbound')} from outbound where message_id = $1 order by position desc limit 1`, [messageId])
}

/** Which of these ids of the provider are another row's. A command about a call that is there already has the call's id, not one it made. */
export async function idsOfOthers(tx: Pick<Statements, 'query'>, row: Pick<OutboundRow, 'id' | 'accountId'>, externalIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `select external_id as id from outbound where account_id = $1 and external_id = any($2) and id <> $3 and kind in ('message', 'connect', 'consult', 'dial')`, [row.accountId, externalIds, row.id])
  return new Set(rows.map(({ id }) => id))
}

/** Lanes with something due, or held by a worker whose lease has run out. */
export async function dueLanes(tx: Statements, now: Date, limit: number): Promise<string[]> {
  const rows = await tx.query<{ lane: string }>(
    `select lane from (select distinct on (lane) lane, state, next_attempt_at, lease_until from outbound where state in ('pending', 'sending', 'unknown') order by lane, position) first
     where (state <> 'sending' and next_attempt_at <= $1) or (state = 'sending' and lease_until <= $1) limit $2`, [now, limit])
  return rows.map((row) => row.lane)
}
