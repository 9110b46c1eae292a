/** Takes back what the line asks of an agent who is there no longer, or on the phone. */
import type { Context } from '../../context.ts'
import { commit } from '../../platform/effects.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { endOffer, offerColumns, type OfferRow } from './offers.steps.ts'

type WithdrawContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>

/** Takes back what this agent was offered; each contact under its own lock. It keeps its place and is offered to others at once. `unlessBack`: nothing of who is available by then. */
export async function withdrawOffersOf(context: WithdrawContext, agentId: string, { unlessBack = false }: { unlessBack?: boolean } = {}): Promise<void> {
  await withdrawWhere(context, agentId, 'agent-absent', `not ($2 and exists (select 1 from agent_state s where s.agent_id = offer.agent_id and s.presence = 'available' and not s.draining))`, [unlessBack])
}

/** An agent has taken a call: what the line asked them besides would only be missed while they talk. What a colleague asks of them stands. */
export async function withdrawOffersBesideCall(context: WithdrawContext, agentId: string): Promise<void> {
  await withdrawWhere(context, agentId, 'on-call', `from_agent_id is null and exists (select 1 from session s where s.agent_id = offer.agent_id and s.kind = 'call' and s.ended_at is null and s.contact_id is distinct from offer.contact_id)`, [])
}

async function withdrawWhere(context: WithdrawContext, agentId: string, reason: string, isToGo: string, values: readonly unknown[]): Promise<void> {
  const offers = await context.db.query<{ id: string; contactId: string }>('select id, contact_id as "contactId" from offer where agent_id = $1 and ended_at is null', [agentId])
  for (const { id, contactId } of offers) {
    const now = context.clock.now()
    await commit(context, now, async (tx, effects) => {
      const conversation = await lockConversationOfContact(tx, contactId, now)
      const offer = await tx.maybe<OfferRow>(`select ${offerColumns} from offer where id = $1 and ended_at is null and ${isToGo} for update`, [id, ...values])
      if (offer) await endOffer(tx, conversation, offer, 'withdrawn', reason, now, effects)
    })
  }
}
