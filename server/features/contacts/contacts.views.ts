import type { ContactView, SessionView, SlaView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'

type ContactRow = Omit<ContactView, 'openedAt' | 'workableAt' | 'waitingSince' | 'acceptedAt' | 'lastInboundAt' | 'lastMessageAt' | 'pendingUntil' | 'snoozedUntil' | 'wrapUpUntil' | 'promisedAt' | 'closedAt' | 'sla'> &
  Record<'workableAt' | 'waitingSince' | 'acceptedAt' | 'lastInboundAt' | 'lastMessageAt' | 'pendingUntil' | 'snoozedUntil' | 'wrapUpUntil' | 'promisedAt' | 'closedAt', Date | null> &
  { openedAt: Date; sla: SlaView[] }

/** One statement for any number of contacts; `where` and `order` name the alias `c`. */
export const contactSelect = `
  select c.id, c.conversation_id as "conversationId", cu.id as "customerId", ${customerLabelSql('cu')} as "customerLabel", cu.tier as "customerTier",
    c.queue_id as "queueId", c.state, c.outcome, c.owner_id as "ownerId",
    case when c.state = 'wrap-up' then (select w.agent_id from assignment w where w.contact_id = c.id and w.ended_at is null order by w.accepted_at desc limit 1) end as "wrapUpBy", coalesce(en.channel, c.channel) as channel, coalesce(en.demands, '{}') as demands,
    c.direction, c.priority, c.urgent, c.skills, array(select k.agent_id from offer ko join consult k on k.offer_id = ko.id and k.left_at is null where ko.contact_id = c.id and ko.kind = 'consult' order by k.joined_at, k.id) as "consultantIds", c.subject, c.snippet, c.unverified, c.complaint, c.disposition_id as "dispositionId", c.opened_at as "openedAt",
    c.workable_at as "workableAt", en.since as "waitingSince", en.reason as "waitReason", c.accepted_at as "acceptedAt", c.last_inbound_at as "lastInboundAt",
    c.last_message_at as "lastMessageAt", c.pending_until as "pendingUntil", c.snoozed_until as "snoozedUntil", c.wrap_up_until as "wrapUpUntil",
    c.promised_at as "promisedAt", c.closed_at as "closedAt",
    coalesce((select true from turn t where t.conversation_id = c.conversation_id and t.contact_id = c.id and t.ended_at is null limit 1), false) as unanswered,
    coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'startedAt', s.started_at, 'dueAt', s.due_at, 'warnedAt', s.warned_at, 'breachedAt', s.breached_at) order by s.due_at)
      from sla_clock s where s.contact_id = c.id and s.state in ('running', 'paused')), '[]') as sla,
    c.version
  from contact c
  join conversation co on co.id = c.conversation_id
  join customer cu on cu.id = co.customer_id
  left join lateral (
    select array_agg(q.demand order by q.demand) as demands, min(q.enqueued_at) as since,
      (array_agg(q.channel order by array_position(array['call', 'chat', 'messages'], q.demand)))[1] as channel,
      (array_agg(q.reason order by array_position(array['call', 'chat', 'messages'], q.demand)))[1] as reason
    from queue_entry q where q.contact_id = c.id and q.ended_at is null
  ) en on true`

/** Views of these contacts, as staff with full sight see them. */
export async function contactViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<ContactView[]> {
  if (ids.length === 0) return []
  const rows = await db.query<ContactRow>(`${contactSelect} where c.id = any($1::uuid[])`, [ids])
  return rows.map(toContactView)
}

export function toContactView(row: ContactRow): ContactView {
  const iso = (at: Date | null): string | null => at?.toISOString() ?? null
  return {
    ...row,
    openedAt: row.openedAt.toISOString(),
    workableAt: iso(row.workableAt), waitingSince: iso(row.waitingSince), acceptedAt: iso(row.acceptedAt), lastInboundAt: iso(row.lastInboundAt),
    lastMessageAt: iso(row.lastMessageAt), pendingUntil: iso(row.pendingUntil), snoozedUntil: iso(row.snoozedUntil), wrapUpUntil: iso(row.wrapUpUntil),
    promisedAt: iso(row.promisedAt), closedAt: iso(row.closedAt),
    sla: row.sla.map((s) => ({ kind: s.kind, startedAt: isoText(s.startedAt), dueAt: s.dueAt && isoText(s.dueAt), warnedAt: s.warnedAt && isoText(s.warnedAt), breachedAt: s.breachedAt && isoText(s.breachedAt) })),
  }
}

/** jsonb writes times in PostgreSQL's form. */
function isoText(at: string): string {
  return new Date(at).toISOString()
}

export async function sessionViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<SessionView[]> {
  if (ids.length === 0) return []
  const rows = await db.query<Omit<SessionView, 'startedAt' | 'bridgedAt' | 'endedAt'> & { startedAt: Date; bridgedAt: Date | null; endedAt: Date | null }>(
    `select id, contact_id as "contactId", kind, state, agent_id as "agentId", started_at as "startedAt", bridged_at as "bridgedAt", ended_at as "endedAt",
       coalesce((data->>'inRoom')::boolean, false) and ended_at is null as "isTogether", data->>'heldSince' is not null and ended_at is null as "isOnHold", version
     from session where id = any($1::uuid[])`, [ids])
  return rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString(), bridgedAt: row.bridgedAt?.toISOString() ?? null, endedAt: row.endedAt?.toISOString() ?? null }))
}
