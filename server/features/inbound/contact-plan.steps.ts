/** Writes what was decided about the contact: join, re-open, open or park, and where it is delivered. Used by messages, chats and calls alike. */
import type { Channel } from '#contract/words.ts'
import type { InboundDecision } from '../../domain/inbound.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { lockAgent, refreshAgent } from '../agents/agents.steps.ts'
import { openArrived, openContact, reopenContact, type ToldContact } from '../contacts/contacts.steps.ts'
import { parkContact } from '../contacts/parking.steps.ts'
import { updateContact, type ContactRow } from '../contacts/contacts.store.ts'
import { nextAt, type LockedConversation } from '../conversations/conversations.steps.ts'
import { enterFirst, enterQueue, type LineFacts, type NewEntry } from '../queues/entries.steps.ts'
import { cancelSurvey } from '../surveys/surveys.steps.ts'
import type { QueueFacts } from './arrival-facts.steps.ts'

export interface ContactPlanInput {
  decision: Pick<InboundDecision, 'contact' | 'delivery' | 'isUnverified'>
  queue: QueueFacts
  open: ContactRow | null
  lastRankAt: Date | null
  channel: Channel
  subject: string | null
  /** The message it comes with, when that is all that decides about a contact that opens: no call and no chat goes on. */
  message: { snippet: string; line: LineFacts } | null
}

export interface WrittenContact {
  contactId: string
  how: 'joined' | 'opened' | 'reopened'
  /** The contact as it is, when it was opened with its message. It is settled already. */
  opened: ToldContact | null
}

/** Returns null when the arrival belongs to no contact. */
export async function writeContactPlan(tx: Tx, conversation: LockedConversation, input: ContactPlanInput, now: Date, effects: Effects): Promise<WrittenContact | null> {
  const contact = await writeContact(tx, conversation, input, now, effects)
  if (contact) await writeDelivery(tx, conversation, contact, input, now, effects)
  return contact
}

async function writeContact(tx: Tx, conversation: LockedConversation, input: ContactPlanInput, now: Date, effects: Effects): Promise<WrittenContact | null> {
  const plan = input.decision.contact
  switch (plan.do) {
    case 'none': return null
    case 'join': {
      if (plan.wakes) updateContact(tx, plan.contactId, { pendingUntil: null, snoozedUntil: null, wrapUpUntil: null }, now)
      if (plan.wakes === 'wrap-up') tx.send('update assignment set ended_at = $2, version = version + 1 where contact_id = $1 and ended_at is null', [plan.contactId, now])
      return { contactId: plan.contactId, how: 'joined', opened: null }
    }
    case 'reopen': {
      await reopenContact(tx, plan.contactId, now)
      await cancelSurvey(tx, plan.contactId)
      return { contactId: plan.contactId, how: 'reopened', opened: null }
    }
    case 'park-then-open': {
      await parkContact(tx, conversation, plan.parkId, now, effects)
      return open(plan.previousId)
    }
    case 'open': return open(plan.previousId)
  }
  async function open(previousContactId: string | null): Promise<WrittenContact> {
    const { queue, message, decision: { delivery } } = input
    const contact = { conversation, queueId: queue.id, channel: input.channel, direction: 'inbound' as const, subject: input.subject, unverified: input.decision.isUnverified, previousContactId }
    if (!message) return { contactId: await openContact(tx, contact, now, effects), how: 'opened', opened: null }
    const opened = await openArrived(tx, { ...contact, queue, at: nextAt(conversation, now), snippet: message.snippet, waitsFrom: delivery.to === 'queue' ? delivery.workableAt : null }, now, effects)
    return { contactId: opened.id, how: 'opened', opened }
  }
}

async function writeDelivery(tx: Tx, conversation: LockedConversation, { contactId, opened }: WrittenContact, input: ContactPlanInput, now: Date, effects: Effects): Promise<void> {
  const { delivery } = input.decision
  // What waits already is looked at by whoever comes free: no routing job for more of the same.
  if (delivery.to === 'nobody' || delivery.to === 'entry') return
  if (delivery.to === 'owner') {
    if (delivery.claimsUnits) await claimUnitsAgain(tx, contactId, delivery.agentId, input, now, effects)
    return
  }
  const waitsFor = delivery.preferAgentId
  if (waitsFor) await releaseOwner(tx, contactId, input, now, effects)
  const rankAt = delivery.place === 'front' ? await placeBefore(tx, contactId, input) : null
  const entry: NewEntry = {
    contactId, conversationId: conversation.id, queueId: delivery.queueId, demand: delivery.demand, channel: input.channel, workableAt: delivery.workableAt,
    ...(rankAt ? { rankAt } : {}),
    preferredAgentId: delivery.preferAgentId,
    preferredUntil: waitsFor ? new Date(now.getTime() + (delivery.ringOwnerFirstMs ?? input.queue.ownerHoldMs)) : null,
  }
  if (opened && input.message) enterFirst(tx, entry, input.message.line, now)
  else {
    await enterQueue(tx, entry, now)
    if (delivery.workableAt > now) updateContact(tx, contactId, { workableAt: delivery.workableAt, promisedAt: delivery.workableAt }, now)
  }
  if (delivery.workableAt > now) effects.wake('route', 'all', delivery.workableAt)
  else effects.wake('route', 'all')
}

/** Where it stood in the line before: an open contact by its own entries, one that re-opens by those it was closed with. */
async function placeBefore(tx: Tx, contactId: string, input: ContactPlanInput): Promise<Date | null> {
  if (!input.open) return input.lastRankAt
  return (await tx.one<{ rankAt: Date | null }>('select min(rank_at) as "rankAt" from queue_entry where contact_id = $1', [contactId])).rankAt
}

/** What comes back from pending or snoozed claims its units like an accept; the decision saw that they fit. */
async function claimUnitsAgain(tx: Tx, contactId: string, agentId: string, input: ContactPlanInput, now: Date, effects: Effects): Promise<void> {
  await lockAgent(tx, agentId, now)
  const cost = unitsFor(input.channel, input.queue.units)
  tx.send(
    `update assignment set live_units = greatest(live_units, $2), deferred_units = greatest(deferred_units, $3), version = version + 1 where contact_id = $1 and released_at is null`,
    [contactId, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0])
  effects.tell(await refreshAgent(tx, agentId, now))
}

/** The owner of a pending or snoozed contact has no room now: it goes to the front of the line, that agent preferred. */
async function releaseOwner(tx: Tx, contactId: string, input: ContactPlanInput, now: Date, effects: Effects): Promise<void> {
  const isAside = input.open !== null && (input.open.state === 'pending' || input.open.state === 'snoozed')
  if (!isAside || !input.open?.ownerId) return
  tx.send(`update assignment set released_at = $2, ended_at = $2, end_reason = 'no-room', version = version + 1 where contact_id = $1 and released_at is null`, [contactId, now])
  effects.tell(await refreshAgent(tx, input.open.ownerId, now))
}
