/** The work of somebody who is not there: what it is, and all of it moved at once by a supervisor. */
import type { AgentWork } from '#contract/api/agents.ts'
import type { Context } from '../../context.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { lockContact } from '../contacts/contacts.steps.ts'
import { commit } from '../../platform/effects.ts'
import { notFound, Refusal } from '../../platform/errors.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { giveTo } from '../contacts/moving.usecases.ts'
import { lockConversationOfContact } from '../conversations/conversations.steps.ts'
import { customerLabelSql } from '../customers/customer-label.ts'
import { isContactHidden } from '../customers/customers.visibility.ts'
import { refreshAgent, setPresence } from './agents.steps.ts'
import { withdrawOffersOf } from '../routing/withdraw-offers.usecases.ts'
import { requeue } from './work.steps.ts'

type AbsentContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay'>
type Actor = Pick<StaffSession, 'staffId' | 'role'>

const listedMax = 200

/** What an agent holds: contacts with those set aside, open offers, follow-ups. */
export async function workOf({ db }: Pick<Context, 'db'>, agentId: string): Promise<AgentWork> {
  const agent = await db.maybe('select 1 from agent where id = $1', [agentId])
  if (!agent) throw notFound()
  const items = await db.query<AgentWork['items'][number]>(
    `select c.id, ${customerLabelSql('cu')} as "customerLabel", c.conversation_id as "conversationId", c.queue_id as "queueId", c.channel, c.state
     from assignment a join contact c on c.id = a.contact_id join conversation co on co.id = c.conversation_id join customer cu on cu.id = co.customer_id
     where a.agent_id = $1 and a.released_at is null order by c.opened_at limit ${listedMax}`, [agentId])
  const counts = await db.one<Omit<AgentWork, 'items'>>(
    `select (select count(*)::int from assignment where agent_id = $1 and released_at is null) as contacts, (select count(*)::int from offer where agent_id = $1 and ended_at is null) as offers,
       (select count(*)::int from follow_up where owner_id = $1 and state = 'open') as "followUps"`, [agentId])
  return { ...counts, items }
}

/**
 * Takes all contacts from an agent: back to the front of their queues, or to a colleague for as long as that one has room, the rest
 * to its queues. The agent is made offline first, so that routing does not hand them straight back. Each contact moves under its
 * own lock; what its owner finished meanwhile is left alone.
 */
export async function moveWorkOf(context: AbsentContext, actor: Actor, agentId: string, toAgentId: string | null): Promise<{ toAgent: number; toQueues: number }> {
  const { db } = context
  const now = context.clock.now()
  if (!(await db.maybe('select 1 from agent where id = $1 and retired_at is null', [agentId]))) throw notFound()
  await commit(context, now, async (tx, effects) => {
    await setPresence(tx, agentId, 'offline', null, false, now)
    effects.tell(await refreshAgent(tx, agentId, now))
    await recordAudit(tx, { actorId: actor.staffId, action: 'agent.work-moved', target: { kind: 'staff', id: agentId }, facts: { to: toAgentId ?? 'queues' }, at: now })
  })
  await withdrawOffersOf(context, agentId)
  const moved = { toAgent: 0, toQueues: 0 }
  const contacts = await db.query<{ id: string }>('select contact_id as id from assignment where agent_id = $1 and released_at is null order by accepted_at', [agentId])
  for (const { id } of contacts) {
    if (toAgentId !== null && (await giveOne(context, actor, id, agentId, toAgentId))) moved.toAgent += 1
    else if (await returnOne(context, id, agentId)) moved.toQueues += 1
  }
  return moved
}

/** False when the colleague has no room for it, or it is of a restricted queue of others: handing that over is decided for each, never for all at once. */
async function giveOne(context: AbsentContext, actor: Actor, contactId: string, fromAgentId: string, toAgentId: string): Promise<boolean> {
  const now = context.clock.now()
  try {
    return await commit(context, now, async (tx, effects) => {
      const { conversation, contact } = await lockContact(tx, contactId, now)
      if (contact.ownerId !== fromAgentId || (await isContactHidden(tx, contactId, toAgentId))) return false
      await giveTo({ tx, effects, conversation, contact, now }, actor, toAgentId, false, null)
      return true
    })
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function returnOne(context: AbsentContext, contactId: string, agentId: string): Promise<boolean> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    await lockConversationOfContact(tx, contactId, now)
    const contact = await loadContact(tx, contactId)
    if (!contact || contact.ownerId !== agentId) return false
    await requeue(tx, contactId, 'owner-absent', now, effects)
    return true
  })
}
