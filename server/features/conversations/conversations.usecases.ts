/** What staff write: answers, notes, the first word of an outbound contact, a second try of what failed. */
import type { Channel } from '#contract/words.ts'
import { roomOf } from '#contract/rooms.ts'
import type { MessageView } from '#contract/views.ts'
import type { Context } from '../../context.ts'
import { goesOver, unitsFor } from '../../domain/units.ts'
import { cleanText, maskCards, snippetOf } from '../../domain/text.ts'
import type { Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { lockAgent, refreshAgent } from '../agents/agents.steps.ts'
import { contactEvent, openContact, settleContact } from '../contacts/contacts.steps.ts'
import { loadOpenContact, type ContactRow } from '../contacts/contacts.store.ts'
import { answerTurn } from '../contacts/turns.steps.ts'
import { isContactHidden, maySeeConversation, type Viewer } from '../customers/customers.visibility.ts'
import { queueMessage } from '../outbound/outbound.steps.ts'
import { takeWaiting } from '../routing/assign.steps.ts'
import { loadClocksOfOpen, slaOnContactOpened, slaOnReplied, type ClockRow } from '../sla/sla.steps.ts'
import { visitorRoomsFor } from '../webchat/webchat.steps.ts'
import { conversationRoom } from './conversation-room.ts'
import { alreadyOpen, contactRestricted, notFailed, nothingToSend, unknownAttachment, unreachable } from './conversations.errors.ts'
import { addMessage, lockConversation, timelineRooms, type LockedConversation } from './conversations.steps.ts'
import { messageViews } from './conversations.views.ts'
import { loadWays, reachOptions, type ReachOption, type Way } from './reach.store.ts'

export type WriteContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'config'>

export interface Written {
  /** Made by the screen: the same id again gets the same message. */
  clientId: string
  text: string
  attachmentIds: readonly string[]
}

export interface Reply extends Written {
  channel: Channel
  identityId: string
  accountId: string
  subject: string | null
}

const textMax = 60_000

/** Answers the customer over a channel that reaches them. Answering a waiting contact takes it; on another's it is a second voice. */
export async function reply(context: WriteContext, conversationId: string, author: Viewer, written: Reply): Promise<MessageView> {
  const now = context.clock.now()
  const agentId = author.staffId
  return writing(context, author, conversationId, now, async (tx, effects) => {
    const [conversation, before, open, ways, clocks] = await Promise.all([
      lockSeen(tx, author, conversationId, now), writtenBefore(tx, conversationId, agentId, written.clientId), loadOpenContact(tx, conversationId), loadWays(tx, conversationId), loadClocksOfOpen(tx, conversationId),
    ])
    if (before) return before
    if (open?.restrictedTeamId && (await isContactHidden(tx, open.id, agentId))) throw contactRestricted()
    const option = requireReach(ways, written, open ? 'answer' : 'outreach', now)
    if (open && open.state !== 'waiting' && open.state !== 'offered') return send({ tx, conversation, contact: open, clocks, agentId, written, option, now, effects })
    if (open) await takeWaiting(tx, conversation, open.id, agentId, now, effects)
    const contact = (open && (await loadOpenContact(tx, conversation.id))) ?? (await openOutbound(tx, conversation, agentId, written, now, effects))
    return send({ tx, conversation, contact, clocks: null, agentId, written, option, now, effects })
  })
}

/** One transaction that writes a message, and the message as its author reads it, asked for behind what was written and answered with it. */
async function writing(context: WriteContext, author: Viewer, conversationId: string, now: Date, run: (tx: Tx, effects: Effects) => Promise<string>): Promise<MessageView> {
  const { view } = await commit(context, now, async (tx, effects) => {
    const messageId = await run(tx, effects)
    const view = messageViews(tx, [messageId], conversationRoom(tx, author, conversationId).then(({ sight }) => sight))
    view.catch(() => {}) // fails with the transaction, which says so
    return { view }
  })
  const [message] = await view
  if (!message) throw notFound()
  return message
}

/** Locks a conversation that its author may see; what is asked for with it is read behind the lock. */
async function lockSeen(tx: Tx, author: Viewer, conversationId: string, now: Date): Promise<LockedConversation> {
  const [conversation, isSeen] = await Promise.all([lockConversation(tx, conversationId, now), maySeeConversation(tx, author, conversationId)])
  if (!isSeen) throw notFound()
  return conversation
}

/** Starts a contact from our side; it is active with its author from the first word. */
export async function startContact(context: WriteContext, conversationId: string, author: Viewer, queueId: string, written: Reply): Promise<MessageView> {
  const now = context.clock.now()
  const agentId = author.staffId
  return writing(context, author, conversationId, now, async (tx, effects) => {
    const [conversation, before, open, ways] = await Promise.all([
      lockSeen(tx, author, conversationId, now), writtenBefore(tx, conversationId, agentId, written.clientId), loadOpenContact(tx, conversationId), loadWays(tx, conversationId),
    ])
    if (before) return before
    if (open) throw alreadyOpen()
    const option = requireReach(ways, written, 'outreach', now)
    const contact = await openOutbound(tx, conversation, agentId, { ...written, queueId }, now, effects)
    return send({ tx, conversation, contact, clocks: null, agentId, written, option, now, effects })
  })
}

/** A note for colleagues; no channel carries it and no visitor hears of it. */
export async function writeNote(context: WriteContext, conversationId: string, author: Viewer, written: Written): Promise<MessageView> {
  const now = context.clock.now()
  const agentId = author.staffId
  return writing(context, author, conversationId, now, async (tx, effects) => {
    const [conversation, before, running] = await Promise.all([lockSeen(tx, author, conversationId, now), writtenBefore(tx, conversationId, agentId, written.clientId), loadOpenContact(tx, conversationId)])
    if (before) return before
    requireContent(written)
    // A note by somebody who may not read the running contact is not part of it: they could not read it themselves.
    const open = running && !(await isContactHidden(tx, running.id, agentId)) ? running : undefined
    const message = await addMessage(tx, conversation, {
      contactId: open?.id ?? null, kind: 'note', channel: open?.channel ?? 'webchat', direction: 'internal', status: 'received', text: maskCards(cleanText(written.text, textMax)), agentId, clientId: written.clientId,
    }, now)
    await attach(tx, message.id, agentId, written.attachmentIds)
    effects.tell({ type: 'message.added', conversationId: conversation.id, refs: { messageIds: [message.id] }, rooms: timelineRooms(conversation.id) })
    return message.id
  })
}

/** Sends what failed once more, as a new attempt of the same message. */
export async function retryMessage(context: WriteContext, messageId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const seen = await tx.maybe<{ conversationId: string }>('select conversation_id as "conversationId" from message where id = $1', [messageId])
    if (!seen) throw notFound()
    const conversation = await lockConversation(tx, seen.conversationId, now)
    const message = await tx.one<{ status: string; channel: Channel; accountId: string; contactId: string | null; address: string; agentId: string | null }>(
      `select m.status, m.channel, m.account_id as "accountId", m.contact_id as "contactId", i.value as address, m.agent_id as "agentId" from message m join identity i on i.id = m.identity_id where m.id = $1`, [messageId])
    if (message.status !== 'failed') throw notFailed()
    await tx.execute(`update message set status = 'pending', status_reason = null, version = version + 1 where id = $1`, [messageId])
    queueMessage(tx, { messageId, conversationId: conversation.id, contactId: message.contactId, channel: message.channel, accountId: message.accountId, address: message.address }, now, effects)
    effects.tell({ type: 'message.changed', conversationId: conversation.id, refs: { messageIds: [messageId] }, rooms: timelineRooms(conversation.id) })
  })
}

/** How far an agent has read; told to their own windows only. */
export async function markRead(context: WriteContext, conversationId: string, agentId: string, messageId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const message = await tx.maybe<{ at: Date }>('select at from message where id = $1 and conversation_id = $2', [messageId, conversationId])
    if (!message) throw notFound()
    const changed = await tx.execute(
      `insert into message_read (agent_id, conversation_id, message_id, at) values ($1, $2, $3, $4)
       on conflict (agent_id, conversation_id) do update set message_id = excluded.message_id, at = excluded.at where message_read.at < excluded.at`, [agentId, conversationId, messageId, message.at])
    if (changed > 0) effects.tell({ type: 'conversation.read', conversationId, refs: { read: { conversationId, messageId, at: message.at.toISOString() } }, rooms: [roomOf.agent(agentId)] })
  })
}

async function writtenBefore(tx: Tx, conversationId: string, agentId: string, clientId: string): Promise<string | null> {
  return (await tx.maybe<{ id: string }>('select id from message where conversation_id = $1 and agent_id = $2 and client_id = $3', [conversationId, agentId, clientId]))?.id ?? null
}

function requireContent(written: Written): void {
  if (written.text.trim() === '' && written.attachmentIds.length === 0) throw nothingToSend()
}

function requireReach(ways: readonly Way[], written: Reply, purpose: 'answer' | 'outreach', now: Date): ReachOption {
  requireContent(written)
  const option = reachOptions(ways, purpose, null, now).find((one) => one.channel === written.channel && one.identityId === written.identityId)
  if (!option) throw unreachable('no-way')
  if (!option.reach.reachable) throw unreachable(option.reach.reason)
  // A call is talked on: nothing written can be sent down a telephone line.
  if (option.channel === 'voice') throw unreachable('spoken-only')
  return option
}

async function openOutbound(tx: Tx, conversation: LockedConversation, agentId: string, written: Reply & { queueId?: string }, now: Date, effects: Effects): Promise<ContactRow> {
  const account = await tx.maybe<{ queueId: string; units: Partial<Record<Channel, number>> }>(
    `select q.id as "queueId", q.units from channel_account a join queue q on q.id = coalesce($2::uuid, a.queue_id) where a.id = $1 and q.retired_at is null`, [written.accountId, written.queueId ?? null])
  if (!account) throw notFound()
  const contactId = await openContact(tx, { conversation, queueId: account.queueId, channel: written.channel, direction: 'outbound', subject: written.subject, unverified: false, previousContactId: null }, now, effects)
  const agent = await lockAgent(tx, agentId, now)
  if (!agent) throw notFound()
  const cost = unitsFor(written.channel, account.units)
  // Nobody is kept from writing first for want of room.
  const isOver = goesOver(cost, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits })
  tx.send(
    `insert into assignment (id, contact_id, conversation_id, agent_id, channel, live_units, deferred_units, accepted_at, override) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [newId(now), contactId, conversation.id, agentId, written.channel, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0, now, isOver])
  await slaOnContactOpened(tx, { contactId, turnId: null, isReopened: false }, now, effects)
  effects.tell(await refreshAgent(tx, agentId, now))
  const contact = await loadOpenContact(tx, conversation.id)
  if (!contact) throw new Error('the contact just opened is not there')
  return settleContact(tx, contact.id, { acceptedAt: now }, now)
}

interface Sending {
  tx: Tx
  conversation: LockedConversation
  contact: ContactRow
  /** The contact's, as they were read under the lock; null when they have moved since. */
  clocks: readonly ClockRow[] | null
  agentId: string
  written: Reply
  option: ReachOption
  now: Date
  effects: Effects
}

async function send({ tx, conversation, contact, clocks, agentId, written, option, now, effects }: Sending): Promise<string> {
  const text = cleanText(written.text, textMax)
  const isLive = written.channel === 'webchat'
  const threadId = await threadFor(tx, conversation, option, written, now)
  const message = await addMessage(tx, conversation, {
    contactId: contact.id, kind: text === '' ? 'file' : 'text', channel: written.channel, direction: 'outbound', status: isLive ? 'sent' : 'pending', text, subject: written.subject,
    accountId: option.accountId, identityId: option.identityId, agentId, threadId, clientId: written.clientId,
  }, now)
  await attach(tx, message.id, agentId, written.attachmentIds)
  queueMessage(tx, { messageId: message.id, conversationId: conversation.id, contactId: contact.id, channel: written.channel, accountId: option.accountId, address: option.address }, now, effects)
  answerTurn(tx, contact, message.id, message.at)
  await slaOnReplied(tx, { contactId: contact.id, clocks }, message.at, effects)
  const settled = await settleContact(tx, { ...contact, openTurns: 0, openTurnId: null }, {
    lastMessageAt: message.at, snippet: snippetOf(text), pendingUntil: null, snoozedUntil: null,
    ...(contact.firstResponseAt ? {} : { firstResponseAt: message.at }),
  }, now)
  effects.tell(contactEvent('message.added', conversation, settled, { messageIds: [message.id], rooms: await visitorRoomsFor(tx, conversation.visitorIds, [message.id]) }))
  return message.id
}

/** The customer's running thread of this address, or, for a mail that begins one, a thread of its own. */
async function threadFor(tx: Tx, conversation: LockedConversation, option: ReachOption, written: Reply, now: Date): Promise<string | null> {
  if (option.threadId || written.channel !== 'email') return option.threadId
  const id = newId(now)
  await tx.execute(
    `insert into thread (id, conversation_id, account_id, channel, external_key, subject, identity_id, "references", created_at) values ($1, $2, $3, 'email', $4, $5, $6, '{}', $7)`,
    [id, conversation.id, option.accountId, `own:${id}`, written.subject, option.identityId, now])
  return id
}

/** Ties this agent's own uploads to the message; anybody else's are unknown here. */
async function attach(tx: Tx, messageId: string, agentId: string, attachmentIds: readonly string[]): Promise<void> {
  if (attachmentIds.length === 0) return
  const tied = await tx.execute(
    `update attachment a set message_id = $1, position = u.position - 1, version = version + 1 from unnest($2::uuid[]) with ordinality as u(id, position)
     where a.id = u.id and a.message_id is null and a.uploaded_by = $3 and a.state = 'stored'`, [messageId, attachmentIds, `staff:${agentId}`])
  if (tied !== attachmentIds.length) throw unknownAttachment()
}
