import type { Channel, Demand } from '#contract/words.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { tellOpenSuggestions } from '../customers/customers.steps.ts'
import { endEntriesOf, enterQueue } from '../queues/entries.steps.ts'
import { slaOnPromiseChanged, slaOnResumed } from '../sla/sla.steps.ts'
import { stopRinging } from '../voice/commands.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import type { Held } from './close.steps.ts'
import { noSuchTarget } from './contacts.errors.ts'
import { endConsults } from './consult.steps.ts'
import { contactEvent, demandGoingOn, restrictionChange, settleContact, shareWithTeam } from './contacts.steps.ts'

const channelsOf: Partial<Record<Demand, Channel>> = { call: 'voice', chat: 'webchat' }

/** Moves a contact into another queue; its waiting there begins anew, its clocks run on. */
export async function moveToQueue({ tx, contact, conversation, now, effects }: Held, queueId: string, byAgentId: string | null): Promise<void> {
  const queue = await tx.maybe<{ teamId: string; name: string }>('select team_id as "teamId", name from queue where id = $1 and retired_at is null', [queueId])
  if (!queue) throw noSuchTarget()
  const ended = await endEntriesOf(tx, contact.id, 'moved', 'all', now)
  await tx.execute(`update assignment set released_at = $2, ended_at = $2, end_reason = 'moved', version = version + 1 where contact_id = $1 and released_at is null`, [contact.id, now])
  await stopRinging(tx, conversation, contact.id, now, effects)
  const helped = await endConsults(tx, contact.id, null, 'moved', now, effects)
  const isNewToTeam = !conversation.teamIds.includes(queue.teamId)
  await shareWithTeam(tx, conversation, contact.id, queue.teamId, effects)
  if (isNewToTeam) await tellOpenSuggestions(tx, conversation.customerId, effects)
  const waiting = ended.length > 0 ? ended.map(({ demand }) => ({ demand, channel: channelsOf[demand] ?? contact.channel })) : [demandGoingOn(contact)]
  for (const one of waiting) await enterQueue(tx, { contactId: contact.id, conversationId: conversation.id, queueId, ...one, workableAt: now }, now)
  const fact = await addSystemFact(tx, conversation, contact.id, contact.channel, { code: 'contact-moved', facts: { queueId, queue: queue.name, agentId: byAgentId } }, now)
  const moved = await settleContact(tx, contact.id, { queueId, pendingUntil: null, snoozedUntil: null }, now)
  if (contact.pendingUntil) await slaOnResumed(tx, contact.id, now, effects)
  await slaOnPromiseChanged(tx, contact.id, now, effects)
  const { isReordered, agentIds } = await restrictionChange(tx, conversation, contact, moved)
  effects.tell(contactEvent('contact.changed', conversation, moved, {
    messageIds: [fact.id], agentIds: [contact.ownerId, ...helped, ...agentIds], isReordered, rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contact.id),
  }))
  if (contact.ownerId) effects.tell(await refreshAgent(tx, contact.ownerId, now))
  effects.wake('route', 'all')
}
