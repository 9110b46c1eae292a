import type { OfferView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import { customerLabelSql } from '../customers/customer-label.ts'

type OfferRow = Omit<OfferView, 'offeredAt' | 'expiresAt' | 'ended'> & { offeredAt: Date; expiresAt: Date; endedAt: Date | null }

export const offerSelect = `
  select o.id, o.contact_id as "contactId", o.conversation_id as "conversationId", o.agent_id as "agentId", o.kind, o.channel,
    ${customerLabelSql('cu')} as "customerLabel", c.snippet, c.queue_id as "queueId", c.unverified, o.from_agent_id as "fromAgentId", o.note,
    o.offered_at as "offeredAt", o.expires_at as "expiresAt", coalesce(o.decision->>'reason', '') as reason, o.ended_at as "endedAt", o.result, o.version
  from offer o join contact c on c.id = o.contact_id join conversation co on co.id = o.conversation_id join customer cu on cu.id = co.customer_id`

export async function offerViews(db: Pick<Tx, 'query'>, ids: readonly string[]): Promise<OfferView[]> {
  if (ids.length === 0) return []
  return (await db.query<OfferRow>(`${offerSelect} where o.id = any($1::uuid[])`, [ids])).map(toOfferView)
}

/** The open offers to one agent, and what they asked of colleagues. */
export async function openOffersOf(db: Pick<Tx, 'query'>, agentId: string): Promise<OfferView[]> {
  return (await db.query<OfferRow>(`${offerSelect} where $1 in (o.agent_id, o.from_agent_id) and o.ended_at is null order by o.offered_at`, [agentId])).map(toOfferView)
}

function toOfferView(row: OfferRow): OfferView {
  const { endedAt, ...rest } = row
  return { ...rest, offeredAt: row.offeredAt.toISOString(), expiresAt: row.expiresAt.toISOString(), ended: endedAt !== null }
}
