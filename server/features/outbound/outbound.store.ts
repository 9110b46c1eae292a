import type { Channel, OutboundState } from '#contract/words.ts'
import type { Statements, Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'

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
  nextAttemptAt: Date
  leaseUntil: Date | null
  externalId: string | null
  createdAt: Date
}

const columns = `id, lane, kind, channel, account_id as "accountId", conversation_id as "conversationId", contact_id as "contactId", message_id as "messageId",
  session_id as "sessionId", invitation_id as "invitationId", address, payload, state, attempts, next_attempt_at as "nextAttemptAt", lease_until as "leaseUntil",
  external_id as "externalId", created_at as "createdAt"`

/** Whether what becomes of it is still to be learned. */
export function isUnderWay(state: OutboundState): boolean {
  return state === 'pending' || state === 'sending' || state === 'unknown'
}

export type NewOutbound = Pick<OutboundRow, 'lane' | 'kind' | 'channel' | 'accountId' | 'address'> & Partial<Pick<OutboundRow, 'conversationId' | 'contactId' | 'messageId' | 'sessionId' | 'invitationId' | 'payload'>>

export async function insertOutbound(tx: Tx, row: NewOutbound, now: Date): Promise<string> {
  const id = newId(now)
  await tx.execute(
    `insert into outbound (id, lane, kind, channel, account_id, conversation_id, contact_id, message_id, session_id, invitation_id, address, payload, next_attempt_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [id, row.lane, row.kind, row.channel, row.accountId, row.conversationId ?? null, row.contactId ?? null, row.messageId ?? null, row.sessionId ?? null, row.invitationId ?? null,
      row.address, JSON.stringify(row.payload ?? {}), now])
  return id
}

/** The lane's first item that is not done; the lane waits behind it. Undefined when there is none or another worker has it. */
export async function takeFirstOfLane(tx: Tx, lane: string): Promise<OutboundRow | undefined> {
  return tx.maybe<OutboundRow>(
    `select ${columns} from outbound where id = (select id from outbound where lane = $1 and state in ('pending', 'sending', 'unknown') order by position limit 1)
       and state in ('pending', 'sending', 'unknown') for update skip locked`, [lane])
}

export async function hasNext(tx: Tx, lane: string): Promise<boolean> {
  return (await tx.maybe(`select 1 from outbound where lane = $1 and state in ('pending', 'sending', 'unknown') limit 1`, [lane])) !== undefined
}

export function markSending(tx: Tx, id: string, hold: { leaseUntil: Date; isAttempt: boolean }): void {
  tx.send(`update outbound set state = 'sending', attempts = attempts + case when $3 then 1 else 0 end, lease_until = $2, version = version + 1 where id = $1`, [id, hold.leaseUntil, hold.isAttempt])
}

export async function markUnknown(tx: Tx, id: string, nextAttemptAt: Date): Promise<void> {
  await tx.execute(`update outbound set state = 'unknown', lease_until = null, next_attempt_at = $2, version = version + 1 where id = $1`, [id, nextAttemptAt])
}

export async function markLater(tx: Tx, id: string, nextAttemptAt: Date, reason: string): Promise<void> {
  await tx.execute(`update outbound set state = 'pending', lease_until = null, next_attempt_at = $2, reason = $3, version = version + 1 where id = $1 and state in ('sending', 'unknown')`, [id, nextAttemptAt, reason.slice(0, 300)])
}

export async function findOutboundByExternalId(tx: Tx, accountId: string, externalId: string): Promise<OutboundRow | undefined> {
  return tx.maybe<OutboundRow>(`select ${columns} from outbound where account_id = $1 and external_id = $2 order by position desc limit 1`, [accountId, externalId])
}

export async function findOutboundOfMessage(tx: Tx, messageId: string): Promise<OutboundRow | undefined> {
  return tx.maybe<OutboundRow>(`select ${columns} from outbound where message_id = $1 order by position desc limit 1`, [messageId])
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
