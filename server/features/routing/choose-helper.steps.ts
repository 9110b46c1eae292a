/** Who is asked to help, when a queue or a skill is asked and not a person: the decision of routing, of a place in no line. */
import { usualOfferTimeoutMs } from '#contract/queue-defaults.ts'
import type { RoutableAgent, RoutableEntry } from '../../domain/eligibility.ts'
import { chooseAgent, type AgentChoice, type OfferChoice } from '../../domain/routing.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { lockAgent } from '../agents/agents.steps.ts'
import { loadContact, type ContactRow } from '../contacts/contacts.store.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { makeOffer, type OfferRow } from './offers.steps.ts'
import { loadAgents, loadQueues, withMemberships } from './routing.store.ts'

export interface HelpWanted {
  /** Its members are asked; null: everybody at work who has the skills. */
  queueId: string | null
  skills: readonly { skillId: string; level: number }[]
}

/** The best free agent for this help, locked as they are asked; a wait choice says why there is none. Undefined: no such queue. */
export async function chooseHelper(tx: Tx, contact: ContactRow, wanted: HelpWanted, now: Date): Promise<AgentChoice | undefined> {
  const gone = new Set<string>()
  for (;;) {
    const choice = await bestHelper(tx, contact, wanted, gone, now)
    if (choice?.kind !== 'offer') return choice
    const agent = await lockAgent(tx, choice.agentId, now)
    if (agent?.presence === 'available' && !agent.draining && !agent.isOnCall) return choice
    // They took a break or a call in this moment: the next is looked for.
    gone.add(choice.agentId)
  }
}

async function bestHelper(tx: Tx, contact: ContactRow, wanted: HelpWanted, gone: ReadonlySet<string>, now: Date): Promise<AgentChoice | undefined> {
  const [all, queues] = await Promise.all([loadAgents(tx, false), loadQueues(tx)])
  const queue = queues.get(wanted.queueId ?? contact.queueId)
  if (!queue) return undefined
  const facts = await tx.one<{ skills: HelpWanted['skills']; isTalking: boolean; out: string[]; refusedBy: { agentId: string; at: string }[] }>(helpFactsSql, [contact.id, queue.id, contact.restrictedTeamId])
  const members = withMemberships(all, queues).filter(({ id }) => id !== contact.ownerId && !gone.has(id) && !facts.out.includes(id)).map((agent) => helping(agent, wanted.queueId === null ? queue.id : null))
  const asked = [...(wanted.queueId === null ? [] : facts.skills), ...wanted.skills]
  const entry: RoutableEntry = {
    // A talk wants somebody whose hands are free of others; in writing a word can be said beside them. Helping itself holds nothing.
    ...(facts.isTalking ? { demand: 'call' as const, kind: 'live' as const } : { demand: 'messages' as const, kind: 'deferred' as const }),
    id: contact.id, contactId: contact.id, queueId: queue.id, channel: contact.channel, units: 0, rankAt: now, enqueuedAt: now, workableAt: now, skills: asked,
    refusedBy: new Map(facts.refusedBy.map(({ agentId, at }) => [agentId, new Date(at)])), preferred: [], only: null,
  }
  return chooseAgent(entry, members, { id: queue.id, rings: queue.rings }, now)
}

/** Shows the contact to who was chosen, and keeps what was wanted: if they cannot, the next is asked. */
export async function askHelper(tx: Tx, conversation: LockedConversation, contact: ContactRow, wanted: HelpWanted, choice: OfferChoice, from: { agentId: string | null; note: string | null }, now: Date, effects: Effects): Promise<void> {
  await makeOffer(tx, conversation, {
    contact: contact.id, conversationId: conversation.id, entryId: null, agentId: choice.agentId, kind: 'consult', fromAgentId: from.agentId, note: from.note, channel: contact.channel,
    units: { kind: 'deferred', units: 0 }, timeoutMs: usualOfferTimeoutMs[contact.channel],
    decision: { reason: choice.reason, nextThree: choice.nextThree, excludedByReason: choice.excludedByReason, wanted },
  }, now, effects)
}

/** Somebody of those who might help refused or missed it: the next of them is asked, or the conversation says that nobody is free. */
export async function askNextHelper(tx: Tx, conversation: LockedConversation, offer: OfferRow, now: Date, effects: Effects): Promise<void> {
  const { wanted, note } = await tx.one<{ wanted: HelpWanted | null; note: string | null }>(`select decision->'wanted' as wanted, note from offer where id = $1`, [offer.id])
  const contact = wanted ? await loadContact(tx, offer.contactId) : undefined
  if (!wanted || !contact || contact.state !== 'active' || contact.offeredTo) return
  const choice = await chooseHelper(tx, contact, wanted, now)
  if (choice?.kind === 'offer') return askHelper(tx, conversation, contact, wanted, choice, { agentId: offer.fromAgentId, note }, now, effects)
  await addSystemFact(tx, conversation, contact.id, contact.channel, { code: 'consult-nobody', facts: {} }, now)
}

/** In a skill's whole company everybody counts as a member, all alike; and helping costs nobody what their membership says. */
function helping(agent: RoutableAgent, asMemberOf: string | null): RoutableAgent {
  if (asMemberOf !== null) return { ...agent, queueIds: new Set([asMemberOf]), memberships: new Map() }
  const memberships = new Map([...(agent.memberships ?? [])].map(([queueId, { priority }]) => [queueId, { priority, units: {} }] as const))
  return { ...agent, memberships }
}

const helpFactsSql = `
  select coalesce((select jsonb_agg(jsonb_build_object('skillId', s.skill_id, 'level', s.level)) from queue_skill s where s.queue_id = $2), '[]') as skills,
    exists (select 1 from session s where s.contact_id = $1 and s.kind = 'call' and s.state = 'bridged' and s.ended_at is null) as "isTalking",
    array(select k.agent_id from consult k join offer o on o.id = k.offer_id where o.contact_id = $1 and k.left_at is null
      union select a.id from agent a where a.role = 'agent' and $3::uuid is not null and not exists (select 1 from team_member m where m.team_id = $3 and m.agent_id = a.id)) as out,
    coalesce((select jsonb_agg(jsonb_build_object('agentId', r.agent_id, 'at', r.at)) from (
      select o.agent_id, max(o.ended_at) as at from offer o where o.contact_id = $1 and o.kind = 'consult' and o.result in ('declined', 'timed-out') group by o.agent_id) r), '[]') as "refusedBy"`
