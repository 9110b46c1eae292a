/**
 * What a visitor sees (RULES section 2): text and files to or from the identities this visitor proved, and the state of their own
 * chat. An allow-list: nothing of a row gets out that is not named here. Notes, calls, mail headers, seq and staff ids never do.
 */
import type { EventRefs } from '#contract/events.ts'
import type { AttachmentView, SystemFact, VisitorChatView, VisitorMessageView } from '#contract/views.ts'
import type { MessageKind } from '#contract/words.ts'
import { mayVisitorSee, type Address } from '#server/domain/identity.ts'
import type { Tx } from '#server/platform/db.ts'
import { chatOf, contactsOf } from './visitor-chat.ts'
import { sightOf, type VisitorSight } from './visitor-sight.ts'

type Reader = Pick<Tx, 'query' | 'maybe'>

interface MessageRow {
  id: string
  kind: MessageKind
  address: Address
  at: Date
  direction: 'inbound' | 'outbound'
  agentName: string | null
  channel: VisitorMessageView['channel']
  text: string
  system: SystemFact | null
  status: VisitorMessageView['status']
  clientId: string | null
  deletedAt: Date | null
  attachments: AttachmentView[]
  version: number
}

const messageSelect = `
  select m.id, m.at, m.direction, ag.name as "agentName", m.channel, case when m.deleted_at is null then m.text else '' end as text,
    m.data->'system' as system, m.status, case when m.visitor_id = $1 then m.client_id end as "clientId", m.deleted_at as "deletedAt", m.version,
    case when m.deleted_at is not null then '[]' else coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'contentType', a.content_type, 'sizeBytes', a.size_bytes,
        'state', a.state, 'stateReason', null, 'inline', a.content_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'audio/wav', 'audio/mpeg', 'audio/ogg')) order by a.position)
      from attachment a where a.message_id = m.id), '[]') end as attachments,
    m.kind, jsonb_build_object('kind', i.kind, 'realm', i.realm, 'value', i.value) as address
  from message m join identity i on i.id = m.identity_id left join agent ag on ag.id = m.agent_id
  where m.conversation_id = $2 and m.identity_id = any($3::uuid[]) and m.direction in ('inbound', 'outbound') and m.kind in ('text', 'file') and not (m.direction = 'inbound' and m.unverified)
    and m.data->>'automatic' is distinct from 'survey'`

/** The newest `limit` messages before one of them (or of all), oldest first. */
export async function visitorPage(db: Reader, sight: VisitorSight, beforeMessageId: string | null, limit: number): Promise<{ messages: VisitorMessageView[]; hasEarlier: boolean }> {
  const rows = await db.query<MessageRow>(
    `${messageSelect} and ($4::uuid is null or m.seq < (select b.seq from message b where b.id = $4 and b.conversation_id = $2 and b.identity_id = any($3::uuid[])))
     order by m.seq desc limit $5`,
    [sight.visitorId, sight.conversationId, sight.identityIds, beforeMessageId, limit + 1])
  return { messages: rows.slice(0, limit).reverse().flatMap((row) => shown(row, sight)), hasEarlier: rows.length > limit }
}

export async function visitorMessages(db: Reader, sight: VisitorSight, messageIds: readonly string[]): Promise<VisitorMessageView[]> {
  if (messageIds.length === 0) return []
  const rows = await db.query<MessageRow>(`${messageSelect} and m.id = any($4::uuid[]) order by m.seq`, [sight.visitorId, sight.conversationId, sight.identityIds, messageIds])
  return rows.flatMap((row) => shown(row, sight))
}

/** The visitor's own message with this client id, however often it was sent. */
export async function messageByClientId(db: Reader, sight: VisitorSight, clientId: string): Promise<VisitorMessageView | undefined> {
  const [row] = await db.query<MessageRow>(`${messageSelect} and m.visitor_id = $1 and m.client_id = $4`, [sight.visitorId, sight.conversationId, sight.identityIds, clientId])
  return row && shown(row, sight)[0]
}

export async function visitorChat(db: Reader, sight: VisitorSight): Promise<VisitorChatView> {
  return chatOf(db, sight)
}

/** What an event tells this visitor, as the rows are now; null when nothing of it is theirs to see. */
export async function renderForVisitor(db: Reader, visitorId: string, refs: EventRefs): Promise<{ messages: VisitorMessageView[]; chat?: VisitorChatView } | null> {
  const sight = await sightOf(db, visitorId)
  if (!sight) return null
  const messages = await visitorMessages(db, sight, refs.messageIds ?? [])
  // Only contacts they take part in: else the mere rhythm of envelopes would tell when somebody works on their other channels.
  const isTheirs = (refs.contactIds?.length ?? 0) > 0 && (await contactsOf(db, sight, refs.contactIds ?? [])).length > 0
  if (messages.length === 0 && !isTheirs) return null
  return isTheirs ? { messages, chat: await chatOf(db, sight) } : { messages }
}

/** The statement has asked for no more than this; the rule has the last word. */
function shown(row: MessageRow, sight: VisitorSight): VisitorMessageView[] {
  return mayVisitorSee(row, sight.proof).see ? [toVisitorMessage(row)] : []
}

function toVisitorMessage(row: MessageRow): VisitorMessageView {
  return {
    id: row.id, at: row.at.toISOString(), direction: row.direction, authorName: row.direction === 'outbound' ? row.agentName : null, channel: row.channel,
    text: row.text, system: row.deletedAt ? { code: 'message.deleted', facts: {} } : row.system, attachments: row.attachments, status: row.status,
    clientId: row.clientId, version: row.version,
  }
}
