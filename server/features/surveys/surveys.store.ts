import type { Channel, ContactOutcome, CustomerTier, InvitationState, Locale, SurveyAsk, SurveyKind, SurveyPurpose } from '#contract/words.ts'
import type { SurveyConditions } from '../../domain/survey-questions.ts'
import type { Tx } from '../../platform/db.ts'

/** A survey a queue may ask by, as far as choosing and sending need it. */
export interface SurveyRow {
  id: string
  name: string
  kind: SurveyKind
  rule: Partial<SurveyConditions> & { keypad?: boolean }
  samplingShare: number
  delayMs: number
  quietMs: number
  expiryMs: number
  isEnabled: boolean
}

export interface SurveysOfQueue {
  surveys: SurveyRow[]
  reopenMs: Partial<Record<Channel, number>>
}

/** The queue's own survey, and those whose conditions name the queue. */
export async function surveysOfQueue(tx: Pick<Tx, 'maybe'>, queueId: string): Promise<SurveysOfQueue> {
  return surveysOf(tx, '$1', queueId)
}

/** Of the queue a contact is in. */
export async function surveysOfContact(tx: Pick<Tx, 'maybe'>, contactId: string): Promise<SurveysOfQueue> {
  return surveysOf(tx, '(select queue_id from contact where id = $1)', contactId)
}

async function surveysOf(tx: Pick<Tx, 'maybe'>, queue: string, value: string): Promise<SurveysOfQueue> {
  const found = await tx.maybe<SurveysOfQueue>(
    `select q.reopen_ms as "reopenMs", coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'kind', s.kind, 'rule', s.rule, 'samplingShare', s.sampling_share, 'delayMs', s.delay_ms, 'quietMs', s.quiet_ms,
       'expiryMs', s.expiry_ms, 'isEnabled', s.enabled)) filter (where s.id is not null), '[]') as surveys
     from queue q left join survey s on s.purpose = 'contact' and s.retired_at is null and (s.id = q.survey_id or s.rule->'queueIds' ? q.id::text) where q.id = ${queue} group by q.id`, [value])
  return found ?? { surveys: [], reopenMs: {} }
}

export interface EndedOn {
  channel: Channel
  identityId: string
  accountId: string
  isOneTime: boolean
  wasProvedOnContact: boolean
  agentId: string | null
  tier: CustomerTier
  locale: Locale
  isErased: boolean
}

/**
 * Where a contact ended: the customer's identity of its last item either way. Proved on this contact: an item of it came with
 * proof; where we wrote first and nothing came back, the identity itself must be proved.
 */
export async function endOfContact(tx: Tx, contactId: string, customerId: string): Promise<EndedOn | undefined> {
  return tx.maybe<EndedOn>(
    `select m.channel, i.id as "identityId", m.account_id as "accountId", i.kind = 'call' as "isOneTime",
       coalesce((select bool_or(p.evidence = 'proved' and not p.unverified) from message p where p.contact_id = $1 and p.identity_id = i.id and p.direction = 'inbound'), i.evidence = 'proved') as "wasProvedOnContact",
       (select a.agent_id from assignment a where a.contact_id = $1 order by a.accepted_at desc, a.id desc limit 1) as "agentId", cu.tier, ${localeOf('cu', 'i.id')} as locale, cu.erased_at is not null as "isErased"
     from message m join identity i on i.id = m.identity_id join customer cu on cu.id = i.customer_id
     where m.contact_id = $1 and m.direction <> 'internal' and m.account_id is not null and i.customer_id = $2
     order by m.seq desc limit 1`, [contactId, customerId])
}

/** The customer's language, else that of the website they came by. */
function localeOf(customer: string, identityId: string): string {
  return `coalesce(${customer}.locale, (select v.locale from visitor v where v.identity_id = ${identityId} order by v.last_seen_at desc limit 1), 'en')`
}

/** When the customer was or will be asked last, by any survey; a contact's own invitation left aside. */
export async function lastAskedAt(tx: Tx, customerId: string, exceptContactId: string): Promise<Date | null> {
  const row = await tx.one<{ at: Date | null }>(
    `select max(coalesce(sent_at, case when state in ('scheduled', 'sending') then send_at end)) as at from survey_invitation where customer_id = $1 and contact_id <> $2 and follow_up_id is null`, [customerId, exceptContactId])
  return row.at
}

export async function lastSentAt(tx: Tx, customerId: string, exceptId: string): Promise<Date | null> {
  const row = await tx.one<{ at: Date | null }>('select max(sent_at) as at from survey_invitation where customer_id = $1 and id <> $2 and follow_up_id is null', [customerId, exceptId])
  return row.at
}

export async function isOptedOut(tx: Tx, accountId: string, identityId: string): Promise<boolean> {
  return (await tx.maybe('select 1 from opt_out o join identity i on i.value = o.address where o.account_id = $1 and i.id = $2', [accountId, identityId])) !== undefined
}

/** The invitation a contact was asked by, whatever became of it, unless it was taken back unsent. */
export async function findInvitationOfContact(tx: Tx, contactId: string): Promise<{ id: string; channel: Channel; state: InvitationState } | undefined> {
  return tx.maybe(
    `select id, channel, state from survey_invitation where contact_id = $1 and follow_up_id is null and not (state = 'cancelled' and reason in ('reopened', 'not-played')) limit 1`, [contactId])
}

export interface NewInvitation {
  id: string
  surveyId: string
  contactId: string
  conversationId: string
  customerId: string
  identityId: string
  accountId: string
  channel: Channel
  agentId: string | null
  queueId: string
  sendAt: Date
  expiresAt: Date
}

/**
 * Writes an invitation. The unique key on contact and survey keeps it to one for ever; one that was taken back unsent (its
 * contact was opened again, its caller hung up before the question) is scheduled anew. False when the customer was asked already.
 */
export async function scheduleInvitation(tx: Tx, invitation: NewInvitation): Promise<boolean> {
  return (await tx.execute(
    `insert into survey_invitation as si (id, survey_id, contact_id, conversation_id, customer_id, identity_id, account_id, channel, agent_id, queue_id, state, send_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'scheduled', $11, $12)
     on conflict (contact_id, survey_id) where follow_up_id is null do update set state = 'scheduled', reason = null, conversation_id = excluded.conversation_id, customer_id = excluded.customer_id, identity_id = excluded.identity_id,
       account_id = excluded.account_id, channel = excluded.channel, agent_id = excluded.agent_id, queue_id = excluded.queue_id, send_at = excluded.send_at, expires_at = excluded.expires_at, version = si.version + 1
     where si.state = 'cancelled' and si.reason in ('reopened', 'not-played') and si.sent_at is null`,
    [invitation.id, invitation.surveyId, invitation.contactId, invitation.conversationId, invitation.customerId, invitation.identityId, invitation.accountId, invitation.channel, invitation.agentId,
      invitation.queueId, invitation.sendAt, invitation.expiresAt])) === 1
}

/** A check with the customer for a follow-up: as often as it is sent. */
export async function insertRecheck(tx: Tx, invitation: NewInvitation & { followUpId: string }): Promise<void> {
  await tx.execute(
    `insert into survey_invitation (id, survey_id, contact_id, conversation_id, customer_id, identity_id, account_id, channel, agent_id, queue_id, state, send_at, expires_at, follow_up_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'scheduled', $11, $12, $13)`,
    [invitation.id, invitation.surveyId, invitation.contactId, invitation.conversationId, invitation.customerId, invitation.identityId, invitation.accountId, invitation.channel, invitation.agentId,
      invitation.queueId, invitation.sendAt, invitation.expiresAt, invitation.followUpId])
}

export async function queueOfContact(tx: Tx, contactId: string): Promise<string> {
  return (await tx.one<{ queueId: string }>('select queue_id as "queueId" from contact where id = $1', [contactId])).queueId
}

/** A keypad's question that nobody heard; it may be put another way. */
export async function takeBackUnplayed(tx: Tx, id: string): Promise<void> {
  await tx.execute(`update survey_invitation set state = 'cancelled', reason = 'not-played', version = version + 1 where id = $1 and state = 'sending'`, [id])
}

export async function cancelScheduled(tx: Tx, contactId: string, reason: string): Promise<number> {
  return tx.execute(`update survey_invitation set state = 'cancelled', reason = $2, version = version + 1 where contact_id = $1 and state = 'scheduled' and follow_up_id is null`, [contactId, reason])
}

export async function cancelInvitation(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(`update survey_invitation set state = 'cancelled', reason = $2, version = version + 1 where id = $1 and state = 'scheduled'`, [id, reason])
}

export async function postpone(tx: Tx, id: string, sendAt: Date): Promise<void> {
  await tx.execute(`update survey_invitation set send_at = $2, version = version + 1 where id = $1 and state = 'scheduled'`, [id, sendAt])
}

/** Takes an invitation for sending; undefined when somebody else sent or cancelled it. */
export async function claimInvitation(tx: Tx, id: string): Promise<boolean> {
  return (await tx.execute(`update survey_invitation set state = 'sending', version = version + 1 where id = $1 and state = 'scheduled'`, [id])) === 1
}

/** The webchat needs no provider: what is written there is sent. */
export async function markWritten(tx: Tx, id: string, messageId: string, at: Date, isSent: boolean): Promise<void> {
  await tx.execute(`update survey_invitation set message_id = $2, state = case when $4 then 'sent' else state end, sent_at = $3, version = version + 1 where id = $1`, [id, messageId, at, isSent])
}

export interface InvitationRow {
  id: string
  surveyId: string
  kind: SurveyKind
  questions: unknown
  lowAtMost: number
  quietMs: number
  contactId: string
  conversationId: string
  customerId: string
  identityId: string
  accountId: string
  accountName: string
  channel: Channel
  agentId: string | null
  queueId: string
  state: InvitationState
  sendAt: Date
  sentAt: Date | null
  expiresAt: Date
  contactState: string
  contactOutcome: ContactOutcome | null
  contactChannel: Channel
  restrictedTeamId: string | null
  ownerId: string | null
  locale: Locale
  purpose: SurveyPurpose
  /** How many of the questions are answered: the place of the one that is open. */
  asked: number
  followUpId: string | null
  isErased: boolean
}

const invitationSelect = `
  select si.id, si.survey_id as "surveyId", s.kind, coalesce(si.questions, s.questions) as questions, s.purpose, si.asked, si.follow_up_id as "followUpId", cu.erased_at is not null as "isErased", s.low_at_most as "lowAtMost", s.quiet_ms as "quietMs", si.contact_id as "contactId", si.conversation_id as "conversationId",
    si.customer_id as "customerId", si.identity_id as "identityId", si.account_id as "accountId", a.name as "accountName", si.channel, si.agent_id as "agentId", si.queue_id as "queueId", si.state,
    si.send_at as "sendAt", si.sent_at as "sentAt", coalesce(si.expires_at, si.send_at + s.expiry_ms * interval '1 millisecond') as "expiresAt", c.state as "contactState", c.outcome as "contactOutcome",
    c.channel as "contactChannel", case when q.restricted then q.team_id end as "restrictedTeamId", c.owner_id as "ownerId",
    ${localeOf('cu', 'si.identity_id')} as locale
  from survey_invitation si join survey s on s.id = si.survey_id join contact c on c.id = si.contact_id join queue q on q.id = c.queue_id
  join customer cu on cu.id = si.customer_id join channel_account a on a.id = si.account_id`

export async function loadInvitation(tx: Pick<Tx, 'maybe'>, id: string): Promise<InvitationRow | undefined> {
  return tx.maybe<InvitationRow>(`${invitationSelect} where si.id = $1`, [id])
}

export async function dueInvitations(tx: Pick<Tx, 'query'>, now: Date, limit: number): Promise<{ id: string; conversationId: string }[]> {
  return tx.query(`select id, conversation_id as "conversationId" from survey_invitation where state = 'scheduled' and send_at <= $1 order by send_at, id limit $2`, [now, limit])
}

/** Ends what nobody answered in time; what was answered in part counts with what was said. */
export async function expireInvitations(tx: Tx, now: Date): Promise<void> {
  await tx.execute(
    `update survey_invitation si set state = case when r.id is null then 'expired' else 'answered' end, answered_at = r.at, version = si.version + 1
     from survey_invitation due left join survey_response r on r.invitation_id = due.id
     where due.id = si.id and si.state in ('sending', 'sent', 'delivered') and si.expires_at <= $1`, [now])
}

/** Checks with customers that ended unanswered or could not be sent, and that their follow-up does not know of yet. */
export async function endedRechecks(tx: Pick<Tx, 'query'>, limit: number): Promise<{ followUpId: string; conversationId: string }[]> {
  return tx.query(
    `select si.follow_up_id as "followUpId", si.conversation_id as "conversationId" from survey_invitation si join follow_up f on f.id = si.follow_up_id
     where f.recheck = 'sent' and si.state in ('expired', 'cancelled', 'refused')
       and not exists (select 1 from survey_invitation later where later.follow_up_id = f.id and later.id > si.id) order by si.id limit $1`, [limit])
}

/** Half-way between the question and its end; a widget's question stays on screen and needs no reminder. */
const reminderDue = `si.sent_at + (si.expires_at - si.sent_at) / 2`
const mayBeReminded = `si.state in ('sent', 'delivered') and si.reminded_at is null and si.channel not in ('webchat', 'voice') and exists (select 1 from survey s where s.id = si.survey_id and s.reminds)`

/** Questions to remind of: half their time has passed, and nothing was said on that address since. */
export async function dueReminders(tx: Pick<Tx, 'query'>, now: Date, limit: number): Promise<{ id: string; conversationId: string }[]> {
  return tx.query(
    `select si.id, si.conversation_id as "conversationId" from survey_invitation si where ${mayBeReminded} and ${reminderDue} <= $1 and si.expires_at > $1 and ${isLastThingSaid} order by si.sent_at, si.id limit $2`, [now, limit])
}

const isLastThingSaid = `not exists (select 1 from message q join message later on later.conversation_id = q.conversation_id and later.identity_id = q.identity_id and later.seq > q.seq where q.id = si.message_id)`

export async function isLastThing(tx: Tx, id: string): Promise<boolean> {
  return (await tx.maybe(`select 1 from survey_invitation si where si.id = $1 and ${mayBeReminded} and ${isLastThingSaid}`, [id])) !== undefined
}

/** `messageId`: the reminder is what a reply answers from now on; null when none was sent after all. */
export async function markReminded(tx: Tx, id: string, messageId: string | null, at: Date): Promise<void> {
  await tx.execute('update survey_invitation set reminded_at = $2, message_id = coalesce($3, message_id), version = version + 1 where id = $1', [id, at, messageId])
}

/** When the next invitation is due, to be reminded of, or expires. */
export async function nextInvitationAt(tx: Pick<Tx, 'one'>, now: Date): Promise<Date | null> {
  const row = await tx.one<{ at: Date | null }>(
    `select least((select min(send_at) from survey_invitation where state = 'scheduled'), (select min(expires_at) from survey_invitation where state in ('sending', 'sent', 'delivered')),
       (select min(${reminderDue}) from survey_invitation si where ${mayBeReminded} and ${reminderDue} > $1)) as at`, [now])
  return row.at
}

/** Keeps the questions as they are asked: changes of the survey from now on are for others. */
export async function keepQuestions(tx: Tx, id: string, questions: readonly AskedQuestion[]): Promise<void> {
  await tx.execute('update survey_invitation set questions = $2, version = version + 1 where id = $1', [id, JSON.stringify(questions)])
}

export interface AskedQuestion {
  text: Record<Locale, string>
  ask: SurveyAsk
  dimensionId: string | null
}

export async function dimensionNames(tx: Tx): Promise<Map<string, Record<Locale, string>>> {
  return new Map((await tx.query<{ id: string; name: Record<Locale, string> }>('select id, name from dimension')).map(({ id, name }) => [id, name]))
}

/** The page was opened, or the question shown. Whoever or whatever opened it: nobody answers by that. */
export async function markOpened(tx: Pick<Tx, 'execute'>, id: string, at: Date): Promise<void> {
  await tx.execute('update survey_invitation set opened_at = $2, version = version + 1 where id = $1 and opened_at is null', [id, at])
}

/** A keypad's question stands without a message: it was put when its prompt was played. */
export async function markPlayed(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.execute(`update survey_invitation set state = 'delivered', sent_at = $2, delivered_at = $2, opened_at = $2, version = version + 1 where id = $1 and state = 'sending' and channel = 'voice'`, [id, at])
}

/** The next question is open, on the message that asks it (null: it needs none). */
export async function markAsked(tx: Tx, id: string, asked: number, messageId: string | null): Promise<void> {
  await tx.execute('update survey_invitation set asked = $2, message_id = coalesce($3, message_id), version = version + 1 where id = $1', [id, asked, messageId])
}

export async function markAnswered(tx: Tx, id: string, at: Date): Promise<boolean> {
  return (await tx.execute(
    `update survey_invitation set state = 'answered', answered_at = $2, sent_at = coalesce(sent_at, $2), delivered_at = coalesce(delivered_at, $2), version = version + 1
     where id = $1 and answered_at is null and state in ('sending', 'sent', 'delivered')`, [id, at])) === 1
}
