/** What must be known before an arrival is decided, read under the conversation's lock. */
import type { Channel, ContactOutcome, Demand, IdentityKind, SurveyKind } from '#contract/words.ts'
import type { WireAddress } from '../../channels/channel.ts'
import type { Calendar } from '../../domain/calendar.ts'
import type { Tx } from '../../platform/db.ts'
import { openTurnSql, type OpenTurn } from '../contacts/turns.steps.ts'
import { hasAddressSql, hasOpenSuggestionSql, isTypedSql } from '../customers/customers.steps.ts'
import { lineFactsSql, type LineFacts } from '../queues/entries.steps.ts'
import { clocksSql, promisesSql, type Promises, type StoredClock } from '../sla/sla.steps.ts'

/** The account's queue with what decides whether it is open and how it re-opens contacts. */
export interface QueueFacts {
  id: string
  teamId: string
  restrictedTeamId: string | null
  reopenMs: Partial<Record<Channel, number>>
  calendar: Calendar | null
  units: Partial<Record<Channel, number>>
  ownerHoldMs: number
}

const queueJson = `jsonb_build_object('id', q.id, 'teamId', q.team_id, 'restrictedTeamId', case when q.restricted then q.team_id end, 'reopenMs', q.reopen_ms, 'units', q.units, 'ownerHoldMs', q.owner_hold_ms,
  'calendar', (select jsonb_build_object('timeZone', qc.time_zone, 'periods', qc.periods, 'exceptions', qc.exceptions) from calendar qc where qc.id = q.calendar_id))`

export async function loadQueueFacts(tx: Tx, queueId: string): Promise<QueueFacts> {
  return (await tx.one<{ queue: QueueFacts }>(`select ${queueJson} as queue from queue q where q.id = $1`, [queueId])).queue
}

export interface SenderFacts {
  isFromStaff: boolean
  staffId: string | null
  isFromUs: boolean
  isOptedOut: boolean
  isCodeExpected: boolean
  invitation: { id: string; kind: SurveyKind; expiresAt: Date; isAnswered: boolean } | null
  automaticTexts: { inLastHour: number; inLastDay: number }
}

type StoredSender = Omit<SenderFacts, 'invitation' | 'isFromStaff'> & { invitation: { id: string; kind: SurveyKind; expiresAt: string; isAnswered: boolean } | null }

function toSender(row: StoredSender): SenderFacts {
  return { ...row, isFromStaff: row.staffId !== null, invitation: row.invitation ? { ...row.invitation, expiresAt: new Date(row.invitation.expiresAt) } : null }
}

/** What an arrival needs to know of its sender, over `given` (value, kind, account_id, at); `identity` is an expression that may be null. It asks only what can be of an address of this kind. */
const senderJson = (from: Pick<WireAddress, 'kind'>, identity: string) => `jsonb_build_object(
  'staffId', ${from.kind === 'slack-user' ? '(select a.id from agent a where a.slack_user_id = given.value and a.retired_at is null limit 1)' : 'null::uuid'},
  'isFromUs', ${from.kind === 'phone' || from.kind === 'email' ? '(select true from channel_account ca where ca.address = given.value and ca.retired_at is null limit 1) is not null' : 'false'},
  'isOptedOut', (select true from opt_out o where o.account_id = given.account_id and o.address = given.value) is not null,
  'isCodeExpected', ${identity} is not null and (select true from one_time_code oc where oc.kind = given.kind and oc.value = given.value and oc.used_at is null and oc.expires_at > given.at and oc.visitor_id is null limit 1) is not null,
  'invitation', (
    select jsonb_build_object('id', si.id, 'kind', case when si.asked > 0 then 'csi' else su.kind end, 'expiresAt', si.expires_at, 'isAnswered', si.answered_at is not null)
    from (select m.id from message m where m.identity_id = ${identity} and m.direction = 'outbound' and m.status <> 'failed' order by m.at desc, m.id desc limit 1) last
    join survey_invitation si on si.message_id = last.id join survey su on su.id = si.survey_id),
  'automaticTexts', (
    select jsonb_build_object('inLastHour', count(*) filter (where m.at > given.at - interval '1 hour'), 'inLastDay', count(*))
    from message m where m.identity_id = ${identity} and m.direction = 'outbound' and m.agent_id is null and m.at > given.at - interval '1 day'))`

/** What must be known of the sender beside the conversation. */
export async function loadSenderFacts(tx: Tx, from: WireAddress, accountId: string, identityId: string | null, now: Date): Promise<SenderFacts> {
  const { sender } = await tx.one<{ sender: StoredSender }>(
    `with given as (select $1::text as value, $2::uuid as account_id, $3::text as kind, $4::uuid as identity_id, $5::timestamptz as at) select ${senderJson(from, 'given.identity_id')} as sender from given`,
    [from.value, accountId, from.kind, identityId, now])
  return toSender(sender)
}

export interface LatestClosed {
  id: string
  outcome: ContactOutcome
  closedAt: Date
  lastOwnerId: string | null
  lastRankAt: Date | null
}

type StoredClosed = Omit<LatestClosed, 'closedAt' | 'lastRankAt'> & { closedAt: string; lastRankAt: string | null }

function toClosed(row: StoredClosed): LatestClosed {
  return { ...row, closedAt: new Date(row.closedAt), lastRankAt: row.lastRankAt === null ? null : new Date(row.lastRankAt) }
}

const latestClosedJson = (conversation: string) => `(
  select jsonb_build_object('id', lc.id, 'outcome', lc.outcome, 'closedAt', lc.closed_at,
    'lastOwnerId', (select a.agent_id from assignment a where a.contact_id = lc.id order by a.accepted_at desc limit 1),
    'lastRankAt', (select min(e.rank_at) from queue_entry e where e.contact_id = lc.id))
  from contact lc where lc.conversation_id = ${conversation} and lc.state = 'closed' and lc.outcome <> 'merged' order by lc.closed_at desc, lc.id desc limit 1)`

export async function loadLatestClosed(tx: Tx, conversationId: string): Promise<LatestClosed | undefined> {
  const { closed } = await tx.one<{ closed: StoredClosed | null }>(`select ${latestClosedJson('$1')} as closed`, [conversationId])
  return closed ? toClosed(closed) : undefined
}

/** All that a message is decided and written by, but its conversation and the contact that is open in it. */
export interface ArrivalFacts {
  sender: SenderFacts
  queue: QueueFacts
  /** Who owns the address now. */
  ownerId: string | null
  line: LineFacts
  openTurn: OpenTurn | null
  /** What the account's queue promises, and the clocks of the contact that is open: where a turn may start. */
  promises: Promises | null
  clocks: StoredClock[]
  /** Where no contact is open. */
  latestClosed: LatestClosed | null
  /** Somebody else typed an address nobody had until now. */
  isTyped: boolean
  hasSuggestion: boolean
}

/** Whose conversation it is about: the sender's own, a certain one, or none, for somebody without an address. */
export type Whose = 'sender' | 'nobody' | { conversationId: string }

const sendersConversation = { sender: 'co.customer_id = i.customer_id', nobody: 'false', given: 'co.id = given.conversation_id' }

/** One statement: what it reads is of the moment after the lock was had, and it stands in the way of every message. */
export async function loadArrivalFacts(tx: Tx, from: WireAddress, accountId: string, whose: Whose, now: Date): Promise<ArrivalFacts> {
  const isGiven = typeof whose === 'object'
  const row = await tx.one<Omit<ArrivalFacts, 'sender' | 'latestClosed'> & { sender: StoredSender; latestClosed: StoredClosed | null }>(
    // Every parameter has its type there, asked for or not.
    `with given as (select $1::text as value, $2::uuid as account_id, $3::text as kind, $4::timestamptz as at, $5::text as realm, $6::uuid as conversation_id)
     select ${queueJson} as queue, ${senderJson(from, 'i.id')} as sender, i.customer_id as "ownerId", ${lineFactsSql} as line, has.turn as "openTurn",
       case when has.open is null or has.turn is null then ${promisesSql} end as promises,
       case when has.turn is null then ${clocksSql('has.open')} else '[]' end as clocks,
       case when has.open is null then ${latestClosedJson('co.id')} end as "latestClosed",
       case when i.id is null then ${isTypedSql('given.kind', 'given.value')} else false end as "isTyped",
       case when has.open is null and cu.id is not null then ${hasOpenSuggestionSql('cu.id')} else false end as "hasSuggestion"
     from given join queue q on q.id = (select qa.queue_id from channel_account qa where qa.id = given.account_id)
       left join identity i on ${whose === 'nobody' ? 'false' : hasAddressSql('i', { kind: 'given.kind', realm: 'given.realm', value: 'given.value' })}
       left join conversation co on ${sendersConversation[isGiven ? 'given' : whose]} left join customer cu on cu.id = co.customer_id
       cross join lateral (select (select oc.id from contact oc where oc.conversation_id = co.id and oc.state <> 'closed') as open, ${openTurnSql('co.id')} as turn offset 0) has`,
    [from.value, accountId, from.kind, now, from.realm, isGiven ? whose.conversationId : null])
  return { ...row, sender: toSender(row.sender), latestClosed: row.latestClosed && toClosed(row.latestClosed) }
}

export interface OwnerRoom {
  liveUnits: number
  deferredUnits: number
  liveUsed: number
  deferredUsed: number
  presence: string
  isOnCall: boolean
}

/** Whether an owner has room beside this contact, whose own units do not count; read without locking them: the claim itself is made under the lock. */
export async function loadOwnerRoom(tx: Tx, agentId: string, contactId: string): Promise<OwnerRoom> {
  return tx.one<OwnerRoom>(
    `select a.live_units as "liveUnits", a.deferred_units as "deferredUnits", coalesce(s.presence, 'offline') as presence,
       coalesce((select sum(live_units) from assignment where agent_id = a.id and contact_id <> $2 and ended_at is null), 0)::int + coalesce((select sum(live_units) from offer where agent_id = a.id and contact_id <> $2 and ended_at is null), 0)::int as "liveUsed",
       coalesce((select sum(deferred_units) from assignment where agent_id = a.id and contact_id <> $2 and ended_at is null), 0)::int + coalesce((select sum(deferred_units) from offer where agent_id = a.id and contact_id <> $2 and ended_at is null), 0)::int as "deferredUsed",
       exists (select 1 from session where agent_id = a.id and kind = 'call' and ended_at is null) as "isOnCall"
     from agent a left join agent_state s on s.agent_id = a.id where a.id = $1`, [agentId, contactId])
}

export async function loadOpenEntries(tx: Tx, contactId: string): Promise<{ id: string; demand: Demand }[]> {
  return tx.query('select id, demand from queue_entry where contact_id = $1 and ended_at is null', [contactId])
}

/** Whether somebody is on the line with this address. One whom we only ring is not: they may call us at the same moment. */
export async function hasLiveCall(tx: Tx, kind: IdentityKind, value: string): Promise<boolean> {
  const row = await tx.maybe(`select 1 from session s join identity i on i.id = s.identity_id where i.kind = $1 and i.value = $2 and s.kind = 'call' and s.ended_at is null and not (s.data ? 'dialId' and s.queued_at is null) limit 1`, [kind, value])
  return row !== undefined
}

/** Whether a chat of this contact goes on: a message in it begins none. */
export async function hasLiveChat(tx: Tx, contactId: string): Promise<boolean> {
  const row = await tx.maybe(`select 1 from session where contact_id = $1 and kind = 'chat' and ended_at is null limit 1`, [contactId])
  return row !== undefined
}
