/** A customer keeps their place in the line without waiting on the telephone: they hang up, and are rung when an agent accepts. */
import type { CallEvent, SpokenStep } from '../../channels/channel.ts'
import { nextOpening } from '../../domain/calendar.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { addMessage, addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import { loadQueueFacts } from '../inbound/arrival-facts.steps.ts'
import { enterQueue } from '../queues/entries.steps.ts'
import type { Callback } from '../queues/overflow.store.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'
import { laneOfCall, ringAgent } from './ring-agent.steps.ts'
import { say } from './speaking.steps.ts'
import { dialledId, findCall, insertCall, updateCall } from './voice.store.ts'

/** Until the goodbye is said and the line is free nobody is asked to ring it. */
const untilHungUpMs = 15_000
const yesKey = '1'
/** What lists show of somebody who waits to be called. */
const snippet = '📞↩'

/** The answer to "press 1, and we call you back". Null: they wait on, or were rung for meanwhile. */
export async function callbackAnswer(held: HeldCall, digits: string): Promise<SpokenStep[] | null> {
  const { call } = held
  if (digits !== yesKey) return call.state === 'greeting' ? say(held, { step: 'bridge-ended' }) : null
  if (call.state !== 'queued' && call.state !== 'greeting') return null
  await keepPlace(held)
  return say(held, { step: 'callback-kept' })
}

async function keepPlace(held: HeldCall): Promise<void> {
  const { tx, call, now, effects, conversation, contact } = held
  const identity = await tx.one<{ value: string }>('select value from identity where id = $1', [call.identityId])
  const queue = await loadQueueFacts(tx, contact.queueId)
  const from = new Date(now.getTime() + untilHungUpMs)
  const workableAt = nextOpening(queue.calendar, from) ?? from
  const { id } = await enterQueue(tx, { contactId: contact.id, conversationId: conversation.id, queueId: contact.queueId, demand: 'call', channel: 'voice', workableAt }, now)
  const callback: Callback = { accountId: call.accountId, identityId: call.identityId!, number: identity.value, locale: call.locale, tries: 0 } // asked only where there is a number
  await tx.execute('update queue_entry set callback = $2, workable_at = greatest(workable_at, $3), version = version + 1 where id = $1', [id, JSON.stringify(callback), workableAt])
  await changeCall(held, { queuedAt: call.queuedAt ?? now, data: { isCalledBackLater: true } })
  const fact = await addSystemFact(tx, conversation, contact.id, 'voice', { code: 'callback-wanted', facts: {} }, now)
  await tellCall(held, { snippet }, { messageIds: [fact.id] })
  effects.wake('route', 'all', workableAt)
}

/** Whose turn it is to be called back on this contact. */
export async function openCallback(tx: Tx, contactId: string): Promise<(Callback & { entryId: string }) | undefined> {
  const row = await tx.maybe<{ entryId: string; callback: Callback }>(`select id as "entryId", callback from queue_entry where contact_id = $1 and demand = 'call' and ended_at is null and callback is not null`, [contactId])
  return row && { ...row.callback, entryId: row.entryId }
}

/** An agent has accepted: rings the customer. The agent is rung when they answer. */
export async function callBack(tx: Tx, conversation: LockedConversation, contactId: string, agentId: string, callback: Callback & { entryId: string }, now: Date, effects: Effects): Promise<void> {
  const { entryId, accountId, identityId, number } = callback
  await tx.execute(`update queue_entry set callback = jsonb_set(callback, '{tries}', to_jsonb($2::int)), version = version + 1 where id = $1`, [entryId, callback.tries + 1])
  const message = await addMessage(tx, conversation, { contactId, kind: 'call', channel: 'voice', direction: 'outbound', status: 'sent', text: '', accountId, identityId, agentId, data: {} }, now)
  const id = newId(now)
  await insertCall(tx, {
    id, contactId, conversationId: conversation.id, state: 'connecting', accountId, identityId, messageId: message.id, externalId: dialledId(id), attestation: null, locale: localeFrom(callback.locale), startedAt: now, queuedAt: null, data: { round: 1 },
  })
  const call = await findCall(tx, id)
  if (!call) throw new Error('a call vanished as it was made')
  const dialId = insertOutbound(tx, { lane: laneOfCall(call), kind: 'dial', channel: 'voice', accountId, conversationId: conversation.id, contactId, sessionId: id, address: number, payload: { sessionId: id, number } }, now)
  await updateCall(tx, call, { agentId, data: { dialId, connectingAt: now.toISOString() } })
  effects.tell(contactEvent('session.changed', conversation, await settleContact(tx, contactId, {}, now), { sessionIds: [id], messageIds: [message.id], agentIds: [agentId] }))
  effects.wake('deliver', laneOfCall(call))
}

/** The customer has answered: they stand in the line for the seconds until their agent is there. */
export async function calledBack(held: HeldCall, event: Extract<CallEvent, { step: 'called-back' }>): Promise<SpokenStep[]> {
  const { tx, call, now, effects, conversation, contact } = held
  if (call.endedAt || call.queuedAt || call.state !== 'connecting' || call.data.dialId !== event.commandId || !call.agentId) return [{ do: 'hang-up' }]
  await changeCall(held, { queuedAt: now })
  if (contact.ownerId === call.agentId) held.call = await ringAgent(tx, conversation, held.call, call.agentId, now, effects)
  else await changeCall(held, { state: 'queued', agentId: null })
  await tellCall(held)
  effects.wake('route', 'all')
  return say(held, { step: 'called-back' })
}
