import type { AttachmentView, CallFacts, MessageView, SystemFact } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'

/** Which restricted queues' contacts the reader may see: all, or those of these teams and those they own. */
export type Sight = { all: true } | { all: false; teamIds: readonly string[]; ownerId: string | null }

export const fullSight: Sight = { all: true }
/** Sees nothing of restricted queues. */
export const plainSight: Sight = { all: false, teamIds: [], ownerId: null }

interface MessageRow {
  id: string
  conversationId: string
  contactId: string | null
  seq: number
  at: Date
  sentAt: Date | null
  kind: MessageView['kind']
  channel: MessageView['channel']
  direction: MessageView['direction']
  agentId: string | null
  agentName: string | null
  customerId: string
  customerLabel: string
  authorLabel: string | null
  address: string | null
  identityId: string | null
  unverified: boolean
  subject: string | null
  text: string
  hasHtml: boolean
  status: MessageView['status']
  statusReason: string | null
  threadId: string | null
  clientId: string | null
  editedAt: Date | null
  deletedAt: Date | null
  data: { system?: SystemFact; call?: unknown }
  restrictedTeamId: string | null
  contactOwnerId: string | null
  attachments: AttachmentView[]
  call: (Omit<CallFacts, 'waitMs' | 'talkMs'>) | null
  version: number
}

/** Selects message rows with all a view needs; `where` and `order` name the alias `m`. */
export const messageSelect = `
  select m.id, m.conversation_id as "conversationId", m.contact_id as "contactId", m.seq, m.at, m.sent_at as "sentAt", m.kind, m.channel, m.direction,
    m.agent_id as "agentId", ag.name as "agentName", cu.id as "customerId", ${customerLabelSql('cu')} as "customerLabel",
    coalesce(nullif(idn.display_name, ''), case when idn.customer_id = cu.id then nullif(cu.name, '') end, case when idn.kind in ('phone', 'email') then idn.value end) as "authorLabel",
    case when idn.kind in ('phone', 'email', 'slack-user') then idn.value end as address, m.identity_id as "identityId", m.unverified, m.subject, m.text,
    m.html is not null as "hasHtml", m.status, m.status_reason as "statusReason", m.thread_id as "threadId", m.client_id as "clientId",
    m.edited_at as "editedAt", m.deleted_at as "deletedAt", m.data,
    case when qu.restricted then qu.team_id end as "restrictedTeamId", c.owner_id as "contactOwnerId",
    coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'contentType', a.content_type, 'sizeBytes', a.size_bytes, 'state', a.state,
        'stateReason', a.state_reason, 'inline', a.content_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'audio/wav', 'audio/mpeg', 'audio/ogg')) order by a.position)
      from attachment a where a.message_id = m.id), '[]') as attachments,
    case when m.kind = 'call' then (select jsonb_build_object('sessionId', s.id, 'state', s.state, 'startedAt', s.started_at, 'bridgedAt', s.bridged_at,
        'endedAt', s.ended_at, 'endReason', s.end_reason, 'attestation', s.attestation) from session s where s.message_id = m.id) end as call,
    m.version
  from message m
  join conversation co on co.id = m.conversation_id
  join customer cu on cu.id = co.customer_id
  left join identity idn on idn.id = m.identity_id
  left join agent ag on ag.id = m.agent_id
  left join contact c on c.id = m.contact_id
  left join queue qu on qu.id = c.queue_id`

/** Views of these messages in the order of the conversation. The sight may be asked for at the same time. */
export async function messageViews(db: Pick<Tx, 'query'>, ids: readonly string[], sight: Sight | Promise<Sight>): Promise<MessageView[]> {
  const [rows, reader] = await Promise.all([messageRows(db, ids), sight])
  return rows.map((row) => toMessageView(row, reader))
}

async function messageRows(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<MessageRow[]> {
  return ids.length === 0 ? [] : db.query<MessageRow>(`${messageSelect} where m.id = any($1::uuid[]) order by m.seq`, [ids])
}

/** The same, read once for each of several sights. */
export async function messageViewsOf(db: Pick<Tx, 'query'>, ids: readonly string[], sights: readonly Sight[]): Promise<MessageView[][]> {
  const rows = await messageRows(db, ids)
  return sights.map((sight) => rows.map((row) => toMessageView(row, sight)))
}

/** The newest `limit` messages before one of them, oldest first. The page is anchored by a message, never by a seq. */
export async function messagePage(db: Pick<Tx, 'query'>, conversationId: string, beforeMessageId: string | null, limit: number, sight: Sight): Promise<{ items: MessageView[]; hasEarlier: boolean }> {
  const rows = await db.query<MessageRow>(
    `${messageSelect} where m.conversation_id = $1 and ($2::uuid is null or m.seq < (select b.seq from message b where b.id = $2 and b.conversation_id = $1))
     order by m.seq desc limit $3`,
    [conversationId, beforeMessageId, limit + 1])
  return { items: rows.slice(0, limit).reverse().map((row) => toMessageView(row, sight)), hasEarlier: rows.length > limit }
}

/** Pure: an item of a restricted queue becomes one grey line for those outside its team who do not own its contact. */
export function toMessageView(row: MessageRow, sight: Sight): MessageView {
  const hidden = row.restrictedTeamId !== null && !sight.all && !sight.teamIds.includes(row.restrictedTeamId) && (row.contactOwnerId === null || row.contactOwnerId !== sight.ownerId)
  const iso = (at: Date | null): string | null => at?.toISOString() ?? null
  const author: MessageView['author'] = row.direction === 'inbound'
    ? { kind: 'customer', id: row.customerId, name: row.authorLabel ?? row.customerLabel }
    : row.agentId ? { kind: 'agent', id: row.agentId, name: row.agentName ?? '' } : { kind: 'system', id: null, name: '' }
  return {
    id: row.id, conversationId: row.conversationId, contactId: row.contactId, seq: row.seq, at: row.at.toISOString(), sentAt: iso(row.sentAt),
    kind: row.kind, channel: row.channel, direction: row.direction, author, address: hidden ? null : row.address, identityId: row.identityId,
    unverified: row.unverified, subject: hidden ? null : row.subject, text: hidden ? '' : row.text, hasHtml: !hidden && row.hasHtml, status: row.status,
    statusReason: row.statusReason, attachments: hidden ? [] : row.attachments, call: hidden || !row.call ? null : callFacts(row.call),
    system: hidden ? null : (row.data.system ?? null), threadId: row.threadId, clientId: row.clientId, editedAt: iso(row.editedAt), deletedAt: iso(row.deletedAt),
    restricted: hidden, version: row.version,
  }
}

function callFacts(call: Omit<CallFacts, 'waitMs' | 'talkMs'>): CallFacts {
  const started = new Date(call.startedAt)
  const bridged = call.bridgedAt ? new Date(call.bridgedAt) : null
  const ended = call.endedAt ? new Date(call.endedAt) : null
  return {
    ...call,
    startedAt: started.toISOString(), bridgedAt: bridged?.toISOString() ?? null, endedAt: ended?.toISOString() ?? null,
    waitMs: bridged ? bridged.getTime() - started.getTime() : ended ? ended.getTime() - started.getTime() : null,
    talkMs: bridged && ended ? ended.getTime() - bridged.getTime() : null,
  }
}
