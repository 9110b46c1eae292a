/** Moving work: to a colleague, a queue or a skill, back into the line, by a supervisor's hand. Each is one transaction under the conversation's lock. */
import { usualOfferTimeoutMs } from '#contract/queue-defaults.ts'
import type { Channel, Demand } from '#contract/words.ts'
import { cleanText, maskCards } from '../../domain/text.ts'
import { mayTakeUnits, unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { commit, type Effects } from '../../platform/effects.ts'
import { lockAgent, type AgentNow } from '../agents/agents.steps.ts'
import { requeue } from '../agents/work.steps.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { addMessage, timelineRooms } from '../conversations/conversations.steps.ts'
import { rankAgain, unitsOfMemberSql } from '../queues/entries.steps.ts'
import { assign } from '../routing/assign.steps.ts'
import { makeOffer, withdrawOffers } from '../routing/offers.steps.ts'
import { agentFull } from '../routing/routing.errors.ts'
import { isOnAnotherCall } from '../voice/helper-legs.steps.ts'
import { slaOnPromiseChanged, slaOnResumed } from '../sla/sla.steps.ts'
import type { Held } from './close.steps.ts'
import { noSuchTarget, notNow } from './contacts.errors.ts'
import { contactEvent, lockContactInSight, settleContact } from './contacts.steps.ts'
import type { ContactRow } from './contacts.store.ts'
import type { Actor, ContactContext } from './contacts.usecases.ts'
import { moveToQueue } from './moving.steps.ts'

export interface Skill {
  skillId: string
  level: number
}

export interface TransferTarget {
  agentId: string | null
  queueId: string | null
  /** Whoever takes it needs these besides what the queue asks for. */
  skills?: readonly Skill[]
  note: string | null
}

const isSupervisor = (actor: Actor): boolean => actor.role !== 'agent'

async function moving<T>(context: ContactContext, contactId: string, actor: Actor, run: (held: Held) => Promise<T>): Promise<T> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    const { conversation, contact } = await lockContactInSight(tx, actor, contactId, now)
    if (contact.state === 'closed') throw notNow('already-closed')
    if (contact.ownerId !== actor.staffId && !isSupervisor(actor)) throw notNow('not-owner')
    return run({ tx, effects, conversation, contact, now })
  })
}

/** Offers the contact to a colleague, while the owner keeps it; or puts it into a queue, for those with the skills asked for, at its place by time. */
export async function transfer(context: ContactContext, contactId: string, actor: Actor, target: TransferTarget): Promise<void> {
  await moving(context, contactId, actor, async (held) => {
    const { tx, contact, conversation, now, effects } = held
    const { skills = [] } = target
    if (target.agentId === null && target.queueId === null && skills.length === 0) throw noSuchTarget()
    await withdrawOffers(tx, conversation, contactId, 'transferred', now, effects)
    await keepSummary(held, actor, target.note)
    if (target.agentId) return offerTo(held, actor, target.agentId, target.note)
    if (skills.length > 0) await demandSkills(tx, contact, skills)
    await moveToQueue(held, target.queueId ?? contact.queueId, actor.staffId)
  })
}

/** What the next one must know stays in the conversation, as a note of who wrote it. */
export async function keepSummary({ tx, contact, conversation, now, effects }: Held, actor: Actor, note: string | null): Promise<void> {
  if (note === null || note.trim() === '') return
  const written = await addMessage(tx, conversation, { contactId: contact.id, kind: 'note', channel: contact.channel, direction: 'internal', status: 'received', text: maskCards(cleanText(note)).trim(), agentId: actor.staffId }, now)
  effects.tell({ type: 'message.added', conversationId: conversation.id, refs: { messageIds: [written.id] }, rooms: timelineRooms(conversation.id) })
}

async function offerTo({ tx, contact, conversation, now, effects }: Held, actor: Actor, agentId: string, note: string | null): Promise<void> {
  const agent = await lockColleague(tx, contact, agentId, now)
  const units = await costFor(tx, contact, agentId)
  // An offer reserves: who has no room is not asked. A supervisor may still give it to them.
  const fit = mayTakeUnits(units, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits })
  if (!fit.fits) throw agentFull(fit.reason, false)
  if (units.demand === 'call' && agent.isOnCall && (await isOnAnotherCall(tx, contact.id, agentId))) throw agentFull('on-call', false)
  await makeOffer(tx, conversation, {
    contact: contact.id, conversationId: conversation.id, entryId: null, agentId, kind: contact.ownerId ? 'transfer' : 'contact', fromAgentId: actor.staffId, note, channel: contact.channel,
    units, timeoutMs: usualOfferTimeoutMs[contact.channel], decision: { reason: 'transfer' },
  }, now, effects)
}

/** Under their lock: who signs out in this moment takes back what they were given, if they see it. */
async function lockColleague(tx: Tx, contact: ContactRow, agentId: string, now: Date): Promise<AgentNow> {
  const agent = await lockAgent(tx, agentId, now)
  if (!agent) throw noSuchTarget()
  await requireColleague(tx, contact, agentId)
  return agent
}

/** Somebody at work other than the owner. Whoever is given a contact of a restricted queue by its owner or a supervisor may read it from then on. */
export async function requireColleague(tx: Tx, contact: ContactRow, agentId: string): Promise<void> {
  const colleague = await tx.maybe(`select 1 from agent a join agent_state s on s.agent_id = a.id where a.id = $1 and a.retired_at is null and s.presence <> 'offline'`, [agentId])
  if (!colleague || agentId === contact.ownerId) throw noSuchTarget()
}

async function costFor(tx: Tx, contact: ContactRow, agentId: string): Promise<ReturnType<typeof unitsFor> & { demand: Demand; channel: Channel }> {
  const { units } = await tx.one<{ units: Partial<Record<Channel, number>> }>(`select ${unitsOfMemberSql('q', '$2::uuid')} as units from queue q where q.id = $1`, [contact.queueId, agentId])
  const { demand, channel } = await pressing(tx, contact)
  return { ...unitsFor(channel, units), demand, channel }
}

/** What of the contact presses most: a call, a chat, else its messages. */
async function pressing(tx: Tx, contact: ContactRow): Promise<{ demand: Demand; channel: Channel }> {
  const live = await tx.maybe<{ demand: Demand; channel: Channel }>(
    `select x.demand, x.channel from (
       select demand, channel from queue_entry where contact_id = $1 and ended_at is null
       union all select kind, case kind when 'call' then 'voice' else 'webchat' end from session where contact_id = $1 and ended_at is null
     ) x order by array_position(array['call', 'chat', 'messages'], x.demand) limit 1`, [contact.id])
  // What is left of a call or chat that is over is somebody to write to.
  return live ?? { demand: 'messages', channel: contact.channel === 'voice' || contact.channel === 'webchat' ? 'sms' : contact.channel }
}

async function demandSkills(tx: Tx, contact: ContactRow, skills: readonly Skill[]): Promise<void> {
  const known = await tx.one<{ n: number }>('select count(*)::int as n from skill where id = any($1::uuid[]) and retired_at is null', [[...new Set(skills.map(({ skillId }) => skillId))]])
  if (known.n !== new Set(skills.map(({ skillId }) => skillId)).size) throw noSuchTarget()
  await tx.execute('update contact set skills = $2 where id = $1', [contact.id, JSON.stringify(skills)])
  await tx.execute('update queue_entry set skills = $2, reason = null, version = version + 1 where contact_id = $1 and ended_at is null', [contact.id, JSON.stringify(skills)])
}

/** Back into its line, at the front: the owner gives it up. */
export async function returnToQueue(context: ContactContext, contactId: string, actor: Actor, note: string | null): Promise<void> {
  await moving(context, contactId, actor, async (held) => {
    const { tx, contact, conversation, now, effects } = held
    if (contact.ownerId === null) throw notNow('not-active')
    await withdrawOffers(tx, conversation, contactId, 'returned', now, effects)
    await keepSummary(held, actor, note)
    if (contact.pendingUntil || contact.snoozedUntil) await takeUp(held)
    await requeue(tx, contactId, 'returned', now, effects)
  })
}

async function takeUp({ tx, contact, now, effects }: Held): Promise<void> {
  await slaOnResumed(tx, contact.id, now, effects)
  await settleContact(tx, contact.id, { pendingUntil: null, snoozedUntil: null }, now)
}

/** A supervisor gives a contact to somebody, who is not asked. Over their capacity only when told to (`override`), which is kept. */
export async function assignByHand(context: ContactContext, contactId: string, actor: Actor, to: { agentId: string; override: boolean; note: string | null }): Promise<void> {
  await moving(context, contactId, actor, async (held) => {
    await giveTo(held, actor, to.agentId, to.override, to.note)
    await recordAudit(held.tx, { actorId: actor.staffId, action: 'contact.assigned', target: { kind: 'contacts', id: contactId }, facts: { agentId: to.agentId, override: to.override }, at: held.now })
  })
}

/** Gives a contact to an agent at once. Refuses with `agent.full` when they have no room and `override` is not said. */
export async function giveTo(held: Held, actor: Actor, agentId: string, override: boolean, note: string | null): Promise<void> {
  const { tx, contact, conversation, now, effects } = held
  if (contact.state === 'arriving') throw notNow('not-active')
  const cost = await costFor(tx, contact, agentId)
  await withdrawOffers(tx, conversation, contact.id, 'assigned', now, effects)
  const agent = await lockColleague(tx, contact, agentId, now)
  const fit = mayTakeUnits(cost, { live: agent.liveUsed, deferred: agent.deferredUsed }, { live: agent.liveUnits, deferred: agent.deferredUnits })
  const isRinging = cost.demand === 'call' && agent.isOnCall && (await isOnAnotherCall(tx, contact.id, agentId))
  // Nobody can be put through to two callers, whoever says so.
  if (isRinging || (!fit.fits && !override)) throw agentFull(fit.fits ? 'on-call' : fit.reason, !isRinging)
  await keepSummary(held, actor, note)
  if (contact.pendingUntil || contact.snoozedUntil) await takeUp(held)
  await assign(tx, conversation, {
    contactId: contact.id, agent, channel: cost.channel, liveUnits: cost.kind === 'live' ? cost.units : 0, deferredUnits: cost.kind === 'deferred' ? cost.units : 0, offerIds: [], how: 'assigned', override: !fit.fits,
  }, now, effects)
}

/** What a single contact needs: how urgent it is, and which skills besides those of its queue. It moves in the line at once. */
export async function changeNeeds(context: ContactContext, contactId: string, actor: Actor, needs: { priority?: number | undefined; urgent?: boolean | undefined; skills?: readonly Skill[] | undefined }): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects: Effects) => {
    const { conversation, contact } = await lockContactInSight(tx, actor, contactId, now)
    if (contact.state === 'closed') throw notNow('already-closed')
    if (needs.skills !== undefined) await demandSkills(tx, contact, needs.skills)
    await tx.execute('update contact set priority = coalesce($2, priority), urgent = coalesce($3, urgent) where id = $1', [contactId, needs.priority ?? null, needs.urgent ?? null])
    if (needs.priority !== undefined) await slaOnPromiseChanged(tx, contactId, now, effects)
    await rankAgain(tx, { contactId })
    effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, {}, now)))
    effects.wake('route', 'all')
  })
}
