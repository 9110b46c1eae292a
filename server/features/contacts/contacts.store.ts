import type { Channel, ContactOutcome, ContactState, Demand } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'

/** A contact with all that decides its state, read under its conversation's lock. */
export interface ContactRow {
  id: string
  conversationId: string
  queueId: string
  restrictedTeamId: string | null
  teamId: string
  /** How long its queue re-opens a closed contact, per channel. */
  reopenMs: Partial<Record<Channel, number>>
  state: ContactState
  outcome: ContactOutcome | null
  /** The owner: agent of the unreleased assignment. */
  ownerId: string | null
  assignmentId: string | null
  channel: Channel
  priority: number
  openedAt: Date
  acceptedAt: Date | null
  firstResponseAt: Date | null
  pendingUntil: Date | null
  snoozedUntil: Date | null
  wrapUpUntil: Date | null
  closedAt: Date | null
  promisedAt: Date | null
  dispositionId: string | null
  complaint: boolean
  liveSessions: number
  liveCalls: number
  openEntries: number
  openOffers: number
  openTurns: number
  /** The turn neither answered nor settled; a conversation has at most one. */
  openTurnId: string | null
  /** Open ones. */
  entries: { id: string; demand: Demand; workableAt: string }[]
  isWrappingUp: boolean
  offeredTo: string | null
  version: number
}

const contactColumns = `
  c.id, c.conversation_id as "conversationId", c.queue_id as "queueId", case when q.restricted then q.team_id end as "restrictedTeamId", q.team_id as "teamId", q.reopen_ms as "reopenMs",
  c.state, c.outcome, a.agent_id as "ownerId", a.id as "assignmentId", c.channel, c.priority, c.opened_at as "openedAt", c.accepted_at as "acceptedAt",
  c.first_response_at as "firstResponseAt", c.pending_until as "pendingUntil", c.snoozed_until as "snoozedUntil", c.wrap_up_until as "wrapUpUntil",
  c.closed_at as "closedAt", c.promised_at as "promisedAt", c.disposition_id as "dispositionId", c.complaint,
  live.sessions as "liveSessions", live.calls as "liveCalls",
  coalesce((select jsonb_agg(jsonb_build_object('id', e.id, 'demand', e.demand, 'workableAt', e.workable_at)) from queue_entry e where e.contact_id = c.id and e.ended_at is null), '[]') as entries,
  (o.id is not null and o.kind in ('contact', 'session'))::int as "openOffers", o.agent_id as "offeredTo", t.id as "openTurnId",
  exists (select 1 from assignment w where w.contact_id = c.id and w.released_at is not null and w.ended_at is null and a.id is null) as "isWrappingUp",
  c.version`

/** Of owner, open offer and open turn there is one at most: unique indexes keep it so. */
const contactFrom = `from contact c join queue q on q.id = c.queue_id left join assignment a on a.contact_id = c.id and a.released_at is null
  left join offer o on o.contact_id = c.id and o.ended_at is null left join turn t on t.conversation_id = c.conversation_id and t.contact_id = c.id and t.ended_at is null
  cross join lateral (select count(*)::int as sessions, (count(*) filter (where s.kind = 'call'))::int as calls from session s where s.contact_id = c.id and s.ended_at is null) live`

export async function loadContact(tx: Tx, contactId: string): Promise<ContactRow | undefined> {
  return toRow(await tx.maybe<StoredRow>(`select ${contactColumns} ${contactFrom} where c.id = $1`, [contactId]))
}

/** The contact somebody is or was asked to take. */
export async function loadContactOfOffer(tx: Tx, offerId: string): Promise<ContactRow | undefined> {
  return toRow(await tx.maybe<StoredRow>(`select ${contactColumns} ${contactFrom} where c.id = (select contact_id from offer where id = $1)`, [offerId]))
}

/** The one contact of a conversation that is not closed. */
export async function loadOpenContact(tx: Tx, conversationId: string): Promise<ContactRow | undefined> {
  return loadOpenContactIn(tx, '$1', [conversationId])
}

/** The same where the conversation is an SQL expression over `values`. */
export async function loadOpenContactIn(tx: Tx, conversation: string, values: readonly unknown[]): Promise<ContactRow | undefined> {
  return toRow(await tx.maybe<StoredRow>(`select ${contactColumns} ${contactFrom} where c.conversation_id = ${conversation} and c.state <> 'closed'`, values))
}

type StoredRow = Omit<ContactRow, 'openEntries' | 'openTurns'>

function toRow(row: StoredRow | undefined): ContactRow | undefined {
  return row && { ...row, openEntries: row.entries.length, openTurns: row.openTurnId === null ? 0 : 1 }
}

export interface ContactChange {
  state?: ContactState
  outcome?: ContactOutcome | null
  ownerId?: string | null
  queueId?: string
  channel?: Channel
  subject?: string | null
  dispositionId?: string | null
  complaint?: boolean
  acceptedAt?: Date | null
  firstResponseAt?: Date | null
  pendingUntil?: Date | null
  snoozedUntil?: Date | null
  wrapUpUntil?: Date | null
  workableAt?: Date | null
  promisedAt?: Date | null
  closedAt?: Date | null
  reopenUntil?: Date | null
  unverified?: boolean
  lastMessageAt?: Date
  lastInboundAt?: Date
  snippet?: string
  mergedIntoId?: string | null
}

const columnOf: Record<keyof ContactChange, string> = {
  state: 'state', outcome: 'outcome', ownerId: 'owner_id', queueId: 'queue_id', channel: 'channel', subject: 'subject', dispositionId: 'disposition_id',
  complaint: 'complaint', acceptedAt: 'accepted_at', firstResponseAt: 'first_response_at', pendingUntil: 'pending_until', snoozedUntil: 'snoozed_until',
  wrapUpUntil: 'wrap_up_until', workableAt: 'workable_at', promisedAt: 'promised_at', closedAt: 'closed_at', reopenUntil: 'reopen_until',
  unverified: 'unverified', lastMessageAt: 'last_message_at', lastInboundAt: 'last_inbound_at', snippet: 'snippet', mergedIntoId: 'merged_into_id',
}

/** Writes what changed and raises the version. */
export function updateContact(tx: Pick<Tx, 'send'>, contactId: string, change: ContactChange, now: Date): void {
  const keys = Object.keys(change) as (keyof ContactChange)[]
  const sets = keys.map((key, i) => `${columnOf[key]} = $${i + 3}`)
  tx.send(`update contact set ${[...sets, 'updated_at = $2', 'version = version + 1'].join(', ')} where id = $1`, [contactId, now, ...keys.map((key) => change[key])])
}
