import type { Channel } from '#contract/words.ts'
import type { AccountWithSecrets, DeliveryReport, StatusArrival } from '../../channels/channel.ts'
import { mayAdvance } from '../../domain/message-status.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { reopenTurn } from '../contacts/turns.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { addMessage, lockConversationAndRead, lockNamedAndRead, timelineRooms, type LockedConversation, type Placing } from '../conversations/conversations.steps.ts'
import type { Applied } from '../inbound/inbound.apply.ts'
import { customerChanged } from '../customers/customers.steps.ts'
import { slaOnReplyFailed } from '../sla/sla.steps.ts'
import { visitorRoomsFor } from '../webchat/webchat.steps.ts'
import { findOutboundByExternalId, forgetParkedReports, insertOutbound, isUnderWay, lockAnsweredItem, lockItem, reportedItem, type OutboundRow } from './outbound.store.ts'

/** Items of one conversation on one channel leave in order; the commands of a call have lanes of their own. */
export function laneOf(conversationId: string, channel: Channel): string {
  return `${conversationId}:${channel}`
}

export interface QueuedMessage {
  messageId: string
  conversationId: string
  contactId: string | null
  channel: Channel
  accountId: string
  address: string
  invitationId?: string | null
}

/** Puts a message on its way. The webchat needs no provider: its message is there when the visitor's screen has it. */
export function queueMessage(tx: Pick<Tx, 'send'>, message: QueuedMessage, now: Date, effects: Effects): void {
  if (message.channel === 'webchat') return
  const lane = laneOf(message.conversationId, message.channel)
  insertOutbound(tx, { lane, kind: 'message', channel: message.channel, accountId: message.accountId, conversationId: message.conversationId, contactId: message.contactId, messageId: message.messageId, address: message.address, invitationId: message.invitationId ?? null }, now)
  effects.wake('deliver', lane)
}

/** Words of the hub to a place of staff, sealed as other words that belong to no conversation. */
export function queueNotice(tx: Pick<Tx, 'send'>, notice: { lane: string; channel: Channel; accountId: string; address: string; sealed: string }, now: Date, effects: Effects): string {
  const { lane, channel, accountId, address, sealed } = notice
  const id = insertOutbound(tx, { lane, kind: 'message', channel, accountId, address, payload: { sealed } }, now)
  effects.wake('deliver', lane)
  return id
}

export interface AutomaticMessage {
  conversation: LockedConversation
  contactId: string | null
  account: Pick<AccountWithSecrets, 'id'>
  identityId: string
  channel: Channel
  text: string
  /** Which automatic text it is; also what keeps it from being sent twice. */
  code: string
  replyToMessageId: string | null
  subject?: string | null
  invitationId?: string | null
}

/** Sends a text of the hub itself to where the customer is: no contact, no turn, no clock follows from it. */
export async function sendAutomaticText(tx: Tx, _context: object, automatic: AutomaticMessage, now: Date, effects: Effects): Promise<string> {
  const { conversation, channel } = automatic
  const address = await tx.one<{ value: string; threadId: string | null }>(
    `select i.value, (select m.thread_id from message m where m.id = $2) as "threadId" from identity i where i.id = $1`, [automatic.identityId, automatic.replyToMessageId])
  const message = await addMessage(tx, conversation, {
    contactId: automatic.contactId, kind: 'text', channel, direction: 'outbound', status: channel === 'webchat' ? 'sent' : 'pending', text: automatic.text, subject: automatic.subject ?? null,
    accountId: automatic.account.id, identityId: automatic.identityId, threadId: address.threadId, data: { automatic: automatic.code },
  }, now)
  queueMessage(tx, { messageId: message.id, conversationId: conversation.id, contactId: automatic.contactId, channel, accountId: automatic.account.id, address: address.value, invitationId: automatic.invitationId ?? null }, now, effects)
  effects.tell({
    type: 'message.added', conversationId: conversation.id, refs: { messageIds: [message.id] },
    rooms: [...timelineRooms(conversation.id), ...(await visitorRoomsFor(tx, conversation.visitorIds, [message.id]))],
  })
  return message.id
}

/** What a provider speaks of, and its conversation, locked. No row: we do not know yet that it is ours. */
export type Reported = Placing<OutboundRow>

/** Locks what a provider's word is about, in one round trip. */
export async function holdReported(tx: Tx, { accountId, externalId }: StatusArrival, now: Date): Promise<Reported> {
  lockExternalId(tx, accountId, externalId)
  return lockNamedAndRead(tx, { sql: reportedItem.conversationSql, values: [accountId, externalId] }, now, () => reportedItem.lock(tx, accountId, externalId))
}

/** A provider's word on something we sent. It may come twice, out of order, or before our own call has returned. */
export async function applyStatus(tx: Tx, report: StatusArrival, { conversation, row }: Reported, now: Date, effects: Effects): Promise<Applied> {
  if (!row) {
    tx.send('insert into status_report (id, account_id, external_id, status, reason, at) values ($1, $2, $3, $4, $5, $6)',
      [newId(now), report.accountId, report.externalId, report.status, report.reason, now])
    return { answer: null, messageId: null, conversationId: null }
  }
  await move(tx, row, { conversation, state: row.state }, { status: report.status, reason: report.reason, externalId: null }, now, effects)
  return { answer: null, messageId: row.messageId, conversationId: row.conversationId }
}

/**
 * Only one at a time speaks of one id of a provider: the report on it, or our own learning of it. Without it a report that comes
 * while our call returns finds no row, and is parked after we have looked. Taken before any conversation.
 */
function lockExternalId(tx: Tx, accountId: string, externalId: string): void {
  tx.send('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`outbound ${accountId} ${externalId}`])
}

/**
 * What the provider answered to our sending, written; with reports that came before we knew its id. What goes wrong for good is `failed`.
 * Returns whether it was taken as this answer says (false: it was settled otherwise meanwhile), and whether its lane goes on.
 */
export async function settleAnswer(tx: Tx, row: OutboundRow, answer: { status: StatusArrival['status']; externalId: string } | { status: 'failed'; reason: string }, now: Date, effects: Effects): Promise<{ isMoved: boolean; hasNext: boolean }> {
  const externalId = 'externalId' in answer ? answer.externalId : null
  if (externalId !== null) lockExternalId(tx, row.accountId, externalId)
  const { conversation, held } = await hold(tx, row, now, () => lockAnsweredItem(tx, row, externalId))
  const isMoved = await move(tx, row, { conversation, state: held.state }, { status: answer.status, reason: 'reason' in answer ? answer.reason : null, externalId }, now, effects)
  if (isMoved && externalId !== null && held.parked.length > 0) {
    await forgetParkedReports(tx, row, externalId)
    for (const report of held.parked) await advance(tx, row, report.status, report.reason, now, effects)
  }
  return { isMoved, hasNext: held.hasNext }
}

type Told = Pick<OutboundRow, 'id' | 'messageId' | 'invitationId'>

/** Moves an outbound item and its message forward, never back. A failure re-opens the turn the message had answered. */
export async function advance(tx: Tx, row: Told, status: StatusArrival['status'], reason: string | null, now: Date, effects: Effects): Promise<void> {
  const { conversation, held } = await hold(tx, row, now, () => lockItem(tx, row.id))
  await move(tx, row, { conversation, state: held.state }, { status, reason, externalId: null }, now, effects)
}

/** Locks an item where it is now: a merge may have moved it while the provider was asked. */
async function hold<Held extends Pick<OutboundRow, 'conversationId' | 'state'>>(tx: Tx, row: Told, now: Date, read: () => Promise<Held>): Promise<{ conversation: LockedConversation | undefined; held: Held }> {
  const { conversation, row: held } = await lockConversationAndRead(tx, 'outbound', row.id, now, read)
  if (!held) throw new Error('an outbound item vanished')
  return { conversation, held }
}

interface Move {
  status: StatusArrival['status']
  reason: string | null
  /** What the provider calls it, once it has taken it. */
  externalId: string | null
}

/** False: it was settled otherwise meanwhile. */
async function move(tx: Tx, row: Told, { conversation, state }: { conversation: LockedConversation | undefined; state: OutboundRow['state'] }, { status, reason, externalId }: Move, now: Date, effects: Effects): Promise<boolean> {
  if (!mayAdvance(state, status) || (externalId !== null && !isUnderWay(state))) return false
  tx.send(
    `with moved as (
       update outbound set state = $2, reason = coalesce($3, reason), lease_until = null, ended_at = coalesce(ended_at, $4), external_id = coalesce($5, external_id),
         sent_at = case when $5::text is null then sent_at else $4 end, version = version + 1 where id = $1
     )
     update message set status = $2, status_reason = $3, version = version + 1 where id = $6`, [row.id, status, reason, now, externalId, conversation ? row.messageId : null])
  if (row.invitationId && (status === 'delivered' || status === 'read')) {
    await tx.execute(`update survey_invitation set state = 'delivered', delivered_at = coalesce(delivered_at, $2), version = version + 1 where id = $1 and state in ('sending', 'sent')`, [row.invitationId, now])
  }
  if (row.invitationId && status === 'failed') {
    await tx.execute(`update survey_invitation set state = 'refused', reason = $2, version = version + 1 where id = $1 and state in ('sending', 'sent', 'delivered') and reminded_at is null`, [row.invitationId, reason])
  }
  if (!row.messageId || !conversation) return true
  const rooms = [...timelineRooms(conversation.id), ...(await visitorRoomsFor(tx, conversation.visitorIds, [row.messageId]))]
  const reopened = status === 'failed' ? await reopenTurn(tx, row.messageId) : null
  if (reopened) {
    await slaOnReplyFailed(tx, reopened, now, effects)
    const { contactId } = await tx.one<{ contactId: string }>('select contact_id as "contactId" from turn where id = $1', [reopened])
    const contact = await settleContact(tx, contactId, {}, now)
    effects.tell(contactEvent('message.changed', conversation, contact, { messageIds: [row.messageId], rooms }))
    return true
  }
  effects.tell({ type: 'message.changed', conversationId: conversation.id, refs: { messageIds: [row.messageId] }, rooms })
  return true
}

/** A mail server's report on a mail of ours: on a failure the message fails and the address is marked. */
export async function applyBounce(tx: Tx, accountId: string, report: DeliveryReport, now: Date, effects: Effects): Promise<void> {
  if (!report.originalMessageId) return
  const row = await findOutboundByExternalId(tx, accountId, report.originalMessageId)
  if (!row?.messageId) return
  if (report.action === 'delivered') await advance(tx, row, 'delivered', null, now, effects)
  if (report.action !== 'failed') return
  const bounced = await tx.one<{ customerId: string }>(
    `update identity set bounced_at = $2, version = version + 1 where id = (select identity_id from message where id = $1) returning customer_id as "customerId"`, [row.messageId, now])
  await customerChanged(tx, bounced.customerId, { relabelled: false }, effects)
  await advance(tx, row, 'failed', 'bounced', now, effects)
}
