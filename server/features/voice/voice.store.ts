import type { IdentityKind, Locale, SessionState } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'

/** What else is known of a call. */
export interface CallData {
  /** The command that rings the agent now: a leg made by an earlier one is turned away. */
  commandId?: string | null
  /** How often the caller has stood in the line. */
  round?: number
  /** Since when an agent is being rung. */
  connectingAt?: string | null
  /** Since when caller and agent talk; later than `bridgedAt` after the call was handed over. */
  talkingSince?: string | null
  /** They were asked for a message and so agreed to be recorded. */
  hasVoicemail?: boolean
  /** How many questions were put to their keys. */
  keysRound?: number
  /** They talk in a room that others may join. */
  inRoom?: boolean
  /** Since when the customer hears silence while the others talk. */
  heldSince?: string | null
  /** The agent's leg ended while who helps was in the room. */
  agentGone?: boolean
  /** The agent of this talk hung up: we end the customer's leg, and the provider says only that it is over. */
  isEndedByAgent?: boolean
  /** They have hung up to be called back. */
  isCalledBackLater?: boolean
  /** The command that rings the customer: we call them. */
  dialId?: string
  /** The survey that is answered by their keys. */
  surveyInvitationId?: string
}

/** Stands for the provider's id of a call we make, until the provider has given one. */
export function dialledId(sessionId: string): string {
  return `dial:${sessionId}`
}

export function isDialledId(externalId: string): boolean {
  return externalId.startsWith('dial:')
}

/** We ring the customer, and they have not answered. */
export function isBeingDialled(call: Pick<CallSession, 'data' | 'queuedAt' | 'endedAt'>): boolean {
  return call.data.dialId !== undefined && call.queuedAt === null && call.endedAt === null
}

/** A call with its legs: the session of the customer. */
export interface CallSession {
  id: string
  contactId: string
  state: SessionState
  accountId: string
  identityId: string | null
  identityKind: IdentityKind | null
  messageId: string
  externalId: string
  agentId: string | null
  agentLegId: string | null
  locale: Locale
  startedAt: Date
  queuedAt: Date | null
  bridgedAt: Date | null
  endedAt: Date | null
  data: CallData
}

const columns = `s.id, s.contact_id as "contactId", s.state, s.account_id as "accountId", s.identity_id as "identityId", i.kind as "identityKind", s.message_id as "messageId",
  s.external_id as "externalId", s.agent_id as "agentId", s.agent_leg_id as "agentLegId", s.locale, s.started_at as "startedAt", s.queued_at as "queuedAt",
  s.bridged_at as "bridgedAt", s.ended_at as "endedAt", s.data`

const from = `from session s left join identity i on i.id = s.identity_id`

export async function findCall(tx: Pick<Tx, 'maybe'>, id: string): Promise<CallSession | undefined> {
  return tx.maybe<CallSession>(`select ${columns} ${from} where s.id = $1 and s.kind = 'call'`, [id])
}

export async function findCallByExternalId(tx: Pick<Tx, 'maybe'>, accountId: string, externalId: string): Promise<CallSession | undefined> {
  return tx.maybe<CallSession>(`select ${columns} ${from} where s.account_id = $1 and s.external_id = $2 and s.kind = 'call'`, [accountId, externalId])
}

/** The call of a contact that goes on; the one that waits longest first. */
export async function findLiveCall(tx: Pick<Tx, 'maybe'>, contactId: string): Promise<CallSession | undefined> {
  return tx.maybe<CallSession>(
    `select ${columns} ${from} where s.contact_id = $1 and s.kind = 'call' and s.ended_at is null order by s.bridged_at is not null, s.started_at limit 1`, [contactId])
}

/** A call of which the provider has said nothing for so long is asked for; far above what lies between two steps of a healthy talk's beginning. */
const silentAfterMs = 60_000
/** How long the provider's word may take that a call is over. */
const wordWithinMs = 5_000

export function silentSince(now: Date): Date {
  return new Date(now.getTime() - silentAfterMs)
}

/** Calls of whose caller the provider has said nothing for a while: their end may have been lost. What agents do with a call is no word of its caller. */
export async function callsToAskFor(tx: Pick<Tx, 'query'>, unseenSince: Date, limit: number): Promise<CallSession[]> {
  return tx.query<CallSession>(
    `select ${columns} ${from} where s.kind = 'call' and s.ended_at is null and s.contact_id is not null and s.external_id not like 'dial:%' and coalesce(s.last_seen_at, s.started_at) < $1 order by s.last_seen_at nulls first limit $2`, [unseenSince, limit])
}

export type NewCall = Pick<CallSession, 'id' | 'contactId' | 'state' | 'accountId' | 'identityId' | 'messageId' | 'externalId' | 'locale' | 'startedAt' | 'queuedAt' | 'data'> & { conversationId: string; attestation: string | null }

export async function insertCall(tx: Tx, call: NewCall): Promise<void> {
  await tx.execute(
    `insert into session (id, contact_id, conversation_id, kind, state, account_id, identity_id, message_id, external_id, attestation, locale, started_at, queued_at, last_seen_at, data)
     values ($1, $2, $3, 'call', $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13)`,
    [call.id, call.contactId, call.conversationId, call.state, call.accountId, call.identityId, call.messageId, call.externalId, call.attestation, call.locale, call.startedAt, call.queuedAt, JSON.stringify(call.data)])
}

export interface CallChange {
  state?: SessionState
  agentId?: string | null
  agentLegId?: string | null
  externalId?: string
  queuedAt?: Date
  bridgedAt?: Date | null
  endedAt?: Date
  endReason?: string
  data?: CallData
}

const columnOf: Record<Exclude<keyof CallChange, 'data'>, string> = { state: 'state', agentId: 'agent_id', agentLegId: 'agent_leg_id', externalId: 'external_id', queuedAt: 'queued_at', bridgedAt: 'bridged_at', endedAt: 'ended_at', endReason: 'end_reason' }

/** Writes what changed; the item of the call in the conversation changes with it, so that screens show it. */
export async function updateCall(tx: Tx, call: CallSession, change: CallChange): Promise<CallSession> {
  const { data, ...plain } = change
  const keys = Object.keys(plain) as (keyof typeof columnOf)[]
  const sets = keys.map((key, i) => `${columnOf[key]} = $${i + 3}`)
  await tx.execute(`update session set ${[...sets, 'data = data || $2', 'version = version + 1'].join(', ')} where id = $1`, [call.id, JSON.stringify(data ?? {}), ...keys.map((key) => change[key])])
  await tx.execute('update message set version = version + 1 where id = $1', [call.messageId])
  return { ...call, ...plain, data: { ...call.data, ...data } }
}

/** Notes that the provider knows the call; nothing screens show. */
export async function touchCall(tx: Pick<Tx, 'execute'>, id: string, now: Date): Promise<void> {
  await tx.execute('update session set last_seen_at = $2 where id = $1', [id, now])
}

/** The call may be over already: the provider is asked if it does not say so very soon. Doubted again it is asked no later. */
export async function doubtCall(tx: Pick<Tx, 'execute'>, id: string, now: Date): Promise<void> {
  await tx.execute('update session set last_seen_at = least(last_seen_at, $2) where id = $1', [id, new Date(silentSince(now).getTime() + wordWithinMs)])
}

/** What the words on the line depend on. */
export interface LineFacts {
  company: string
  greeting: Partial<Record<Locale, string>>
  timeZone: string
}

export async function loadLineFacts(tx: Pick<Tx, 'one'>, accountId: string): Promise<LineFacts> {
  return tx.one<LineFacts>(
    `select a.name as company, q.greeting, coalesce(ca.time_zone, 'UTC') as "timeZone"
     from channel_account a join queue q on q.id = a.queue_id left join calendar ca on ca.id = q.calendar_id where a.id = $1`, [accountId])
}
