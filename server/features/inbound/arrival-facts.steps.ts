/** What must be known before an arrival is decided, read under the conversation's lock. */
import type { Channel, ContactOutcome, Demand, IdentityKind, SurveyKind } from '#contract/words.ts'
import type { WireAddress } from '../../channels/channel.ts'
import type { Calendar } from '../../domain/calendar.ts'
import type { Tx } from '../../platform/db.ts'

/** The account's queue with what decides whether it is open and how it re-opens contacts. */
export interface QueueFacts {
  id: string
  teamId: string
  reopenMs: Partial<Record<Channel, number>>
  calendar: Calendar | null
  units: Partial<Record<Channel, number>>
  ownerHoldMs: number
}

const queueFacts = `
  select q.id, q.team_id as "teamId", q.reopen_ms as "reopenMs", q.units, q.owner_hold_ms as "ownerHoldMs",
    case when ca.id is not null then jsonb_build_object('timeZone', ca.time_zone, 'periods', ca.periods, 'exceptions', ca.exceptions) end as calendar
  from queue q left join calendar ca on ca.id = q.calendar_id`

export async function loadQueueFacts(tx: Tx, queueId: string): Promise<QueueFacts> {
  return tx.one<QueueFacts>(`${queueFacts} where q.id = $1`, [queueId])
}

/** The queue an account sends its arrivals to. */
export async function loadQueueOfAccount(tx: Tx, accountId: string): Promise<QueueFacts> {
  return tx.one<QueueFacts>(`${queueFacts} where q.id = (select queue_id from channel_account where id = $1)`, [accountId])
}

export interface ArrivalFacts {
  isFromStaff: boolean
  staffId: string | null
  isFromUs: boolean
  isOptedOut: boolean
  isCodeExpected: boolean
  invitation: { id: string; kind: SurveyKind; expiresAt: Date; isAnswered: boolean } | null
  automaticTexts: { inLastHour: number; inLastDay: number }
}

/** What must be known of the sender beside the conversation, in one statement. It asks only what can be, so that one plan fits all its values. */
export async function loadArrivalFacts(tx: Tx, from: WireAddress, accountId: string, identityId: string | null, now: Date): Promise<ArrivalFacts> {
  const isKnown = identityId !== null
  const row = await tx.one<Omit<ArrivalFacts, 'invitation' | 'isFromStaff'> & { invitation: { id: string; kind: SurveyKind; expiresAt: string; isAnswered: boolean } | null }>(
    // Every parameter has its type there, asked for or not.
    `with given as (select $1::text as value, $2::uuid as account_id, $3::text as kind, $4::uuid as identity_id, $5::timestamptz as at)
     select
       ${from.kind === 'slack-user' ? '(select a.id from agent a where a.slack_user_id = $1 and a.retired_at is null limit 1)' : 'null::uuid'} as "staffId",
       ${from.kind === 'phone' || from.kind === 'email' ? '(select true from channel_account ca where ca.address = $1 and ca.retired_at is null limit 1) is not null' : 'false'} as "isFromUs",
       (select true from opt_out o where o.account_id = $2 and o.address = $1) is not null as "isOptedOut",
       ${isKnown ? '(select true from one_time_code oc where oc.kind = $3 and oc.value = $1 and oc.used_at is null and oc.expires_at > $5 and oc.visitor_id is null limit 1) is not null' : 'false'} as "isCodeExpected",
       ${isKnown ? lastInvitation : 'null::jsonb'} as invitation,
       ${isKnown ? automaticTextCounts : `jsonb_build_object('inLastHour', 0, 'inLastDay', 0)`} as "automaticTexts"
     from given`,
    [from.value, accountId, from.kind, identityId, now])
  return { ...row, isFromStaff: row.staffId !== null, invitation: row.invitation ? { ...row.invitation, expiresAt: new Date(row.invitation.expiresAt) } : null }
}

const lastInvitation = `(
  select jsonb_build_object('id', si.id, 'kind', case when si.asked > 0 then 'csi' else su.kind end, 'expiresAt', si.expires_at, 'isAnswered', si.answered_at is not null)
  from (select m.id from message m where m.identity_id = $4 and m.direction = 'outbound' and m.status <> 'failed' order by m.at desc, m.id desc limit 1) last
  join survey_invitation si on si.message_id = last.id join survey su on su.id = si.survey_id)`

const automaticTextCounts = `(
  select jsonb_build_object('inLastHour', count(*) filter (where m.at > $5::timestamptz - interval '1 hour'), 'inLastDay', count(*))
  from message m where m.identity_id = $4 and m.direction = 'outbound' and m.agent_id is null and m.at > $5::timestamptz - interval '1 day')`

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

export async function loadLatestClosed(tx: Tx, conversationId: string): Promise<{ id: string; outcome: ContactOutcome; closedAt: Date; lastOwnerId: string | null; lastRankAt: Date | null } | undefined> {
  return tx.maybe(
    `select c.id, c.outcome, c.closed_at as "closedAt",
       (select a.agent_id from assignment a where a.contact_id = c.id order by a.accepted_at desc limit 1) as "lastOwnerId",
       (select min(e.rank_at) from queue_entry e where e.contact_id = c.id) as "lastRankAt"
     from contact c where c.conversation_id = $1 and c.state = 'closed' and c.outcome <> 'merged' order by c.closed_at desc, c.id desc limit 1`, [conversationId])
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
