/** An agent who is being asked, and is there no longer. */
import type { Context } from '../../context.ts'
import { commit } from '../../platform/effects.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { endOffer, offerColumns, type OfferRow } from '../routing/offers.steps.ts'

/** Takes back what this agent was offered; each contact under its own lock. It keeps its place and is offered to others at once. `unlessBack`: nothing of who is available by then. */
export async function withdrawOffersOf(context: Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>, agentId: string, { unlessBack = false }: { unlessBack?: boolean } = {}): Promise<void> {
  const offers = await context.db.query<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where agent_id = $1 and ended_at is null', [agentId])
  for (const { id, contactId } of offers) {
    const now = context.clock.now()
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversationOfContact(tx, contactId, now)
      const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null and not ($2 and exists (select 1 from agent_state s where s.agent_id = offer.agent_id and s.presence = 'available' and not s.draining)) for update`, [id, unlessBack])
      if (offer) await endOffer(tx, conversation, offer, 'withdrawn', 'agent-absent', now, effects)
    })
  }
}
