import { surveyKinds, type ContactState } from '#contract/words.ts'
import type { VisitorChatView } from '#contract/views.ts'
import { customerTexts } from '#contract/i18n/customer.ts'
import type { Tx } from '#server/platform/db.ts'
import { aheadOf, expectedWaitOf } from '../queues/waiting.views.ts'
import type { VisitorSight } from './visitor-sight.ts'

type Reader = Pick<Tx, 'query' | 'maybe'>

/** How long a chat that ended is shown as just ended. */
const justEndedMs = 15 * 60_000

interface ChatRow {
  contactId: string
  state: ContactState
  agentName: string | null
  queueId: string
  waitsSince: Date | null
  workableAt: Date | null
  promisedAt: Date | null
  closedAt: Date | null
}

/** Those of these contacts the visitor takes part in: by a message of an identity they proved, or by their own chat session. */
export async function contactsOf(db: Reader, sight: VisitorSight, contactIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select c.id from contact c where c.id = any($1::uuid[]) and c.conversation_id = $2 and ${takesPart('$3', '$4')}`,
    [contactIds, sight.conversationId, sight.identityIds, sight.visitorId])
  return rows.map((row) => row.id)
}

/** The state of the visitor's newest chat, as of now. Mail and messages are answered beside chats: nobody waits behind them. `version` is the time of the reading: a later reading replaces an earlier one. */
export async function chatOf(db: Reader, sight: VisitorSight): Promise<VisitorChatView> {
  const { readAt } = (await db.maybe<{ readAt: Date }>('select clock_timestamp() as "readAt"'))!
  const row = await db.maybe<ChatRow>(
    `select c.id as "contactId", c.state, c.queue_id as "queueId", ag.name as "agentName", c.workable_at as "workableAt", c.promised_at as "promisedAt", c.closed_at as "closedAt",
       (select mine.workable_at from queue_entry mine where mine.contact_id = c.id and mine.ended_at is null and mine.demand = 'chat') as "waitsSince"
     from contact c left join agent ag on ag.id = c.owner_id
     where c.conversation_id = $1 and (c.state <> 'closed' or c.closed_at > $4) and ${takesPart('$2', '$3')}
     order by c.opened_at desc limit 1`,
    [sight.conversationId, sight.identityIds, sight.visitorId, new Date(readAt.getTime() - justEndedMs)])
  const state = row ? stateOf(row) : 'idle'
  const isClosedHours = row?.state === 'waiting' && row.workableAt !== null && row.workableAt > readAt
  const waits = state === 'waiting' && !isClosedHours && row?.waitsSince ? { contactId: row.contactId, queueId: row.queueId, demand: 'chat' as const, workableAt: row.waitsSince } : null
  const [ahead, expected] = waits ? await Promise.all([aheadOf(db, waits.contactId, waits.demand, readAt), expectedWaitOf(db, waits, readAt)]) : [null, null]
  return {
    state,
    agentName: state === 'active' ? (row?.agentName ?? null) : null,
    ahead,
    expected,
    open: !isClosedHours,
    promisedAt: isClosedHours ? ((row.promisedAt ?? row.workableAt)?.toISOString() ?? null) : null,
    survey: await openSurveyOf(db, sight, readAt),
    version: readAt.getTime(),
  }
}

const statesByContact: Record<ContactState, VisitorChatView['state']> = {
  arriving: 'waiting', waiting: 'waiting', offered: 'waiting', active: 'active', pending: 'active', snoozed: 'active', 'wrap-up': 'closed', closed: 'closed',
}

function stateOf(row: ChatRow): VisitorChatView['state'] {
  return statesByContact[row.state]
}

async function openSurveyOf(db: Reader, sight: VisitorSight, now: Date): Promise<VisitorChatView['survey']> {
  const row = await db.maybe<{ invitationId: string; kind: string; question: string | null }>(
    `select si.id as "invitationId", case when si.asked > 0 then 'csi' else s.kind end as kind, nullif(coalesce(si.questions, s.questions)->si.asked->'text'->>$5, '') as question
     from survey_invitation si join survey s on s.id = si.survey_id
     where si.conversation_id = $1 and si.identity_id = any($2::uuid[]) and si.account_id = $3 and si.channel = 'webchat'
       and si.state in ('sent', 'delivered') and (si.expires_at is null or si.expires_at > $4)
     order by si.sent_at desc nulls last limit 1`,
    [sight.conversationId, sight.identityIds, sight.accountId, now, sight.locale])
  if (!row) return null
  const kind = surveyKinds.find((known) => known === row.kind) ?? 'csat'
  return { invitationId: row.invitationId, kind, question: row.question ?? customerTexts(sight.locale)(`survey.${kind}`, { company: '' }) }
}

function takesPart(identityIds: string, visitorId: string): string {
  return `(exists (select 1 from message pm where pm.contact_id = c.id and pm.identity_id = any(${identityIds}::uuid[]) and pm.direction <> 'internal')
    or exists (select 1 from session ps where ps.contact_id = c.id and ps.visitor_id = ${visitorId}))`
}
