/** A customer who is called back does not answer: they are rung again later, and after the last try it is somebody's task. */
import { afterMissedCallback } from '../../domain/overflow.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { endEntries } from '../queues/entries.steps.ts'
import { freeFromCall } from './call-units.steps.ts'
import { giveUpCommands } from './commands.steps.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'
import { closeUnserved, openCallBack } from './unserved.steps.ts'

export async function missedCallback(held: HeldCall): Promise<void> {
  const { tx, call, now, effects, conversation } = held
  const { agentId } = call
  await giveUpCommands(tx, call, now)
  await changeCall(held, { state: 'ended', endedAt: now, endReason: 'not-reached', data: { connectingAt: null } })
  await freeFromCall(held, 'customer-not-reached')
  const entry = await tx.maybe<{ id: string; tries: number }>(
    `select id, (callback->>'tries')::int as tries from queue_entry where contact_id = $1 and demand = 'call' and ended_at is null and callback is not null`, [call.contactId])
  const after = entry ? afterMissedCallback(entry.tries, now) : null
  if (entry && after?.do === 'again') await tx.execute('update queue_entry set workable_at = $2, version = version + 1 where id = $1', [entry.id, after.at])
  if (after?.do === 'follow-up') {
    endEntries(tx, call.contactId, 'callback', ['call'], null, now)
    await openCallBack(held)
  }
  const fact = await addSystemFact(tx, conversation, call.contactId, 'voice', { code: 'callback-missed', facts: { tries: entry?.tries ?? 0 } }, now)
  const contact = await loadContact(tx, call.contactId)
  const isOver = contact !== undefined && contact.state !== 'closed' && contact.ownerId === null && contact.openEntries === 0 && contact.liveSessions === 0
  if (isOver) await closeUnserved(held, 'abandoned', { turnStays: true, agentId })
  else await tellCall(held, {}, { messageIds: [fact.id], agentIds: [agentId] })
  if (agentId) effects.tell(await refreshAgent(tx, agentId, now))
  effects.wake('route', 'all', after?.do === 'again' ? after.at : undefined)
}
