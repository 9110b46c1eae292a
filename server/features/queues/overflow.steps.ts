/** A place in the line is given up for another queue, or its customer is told by when somebody answers. */
import { customerTexts, promisedTime } from '#contract/i18n/customer.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { OverflowCause } from '#contract/overflow.ts'
import type { Channel, Demand } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { contactEvent, restrictionChange, settleContact, shareWithTeam } from '../contacts/contacts.steps.ts'
import type { ContactRow } from '../contacts/contacts.store.ts'
import { addSystemFact, type LockedConversation } from '../conversations/conversations.steps.ts'
import { tellOpenSuggestions } from '../customers/customers.steps.ts'
import { sendAutomaticText } from '../outbound/outbound.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { slaOnPromiseChanged } from '../sla/sla.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { endEntries, enterQueue } from './entries.steps.ts'

export interface OverflowingContact {
  tx: Tx
  conversation: LockedConversation
  contact: ContactRow
  now: Date
  effects: Effects
}

/**
 * To another queue, at the rank it had: who waited long does not start over. A contact that somebody has stays theirs and in its
 * queue; only what waits beside is asked of others too.
 */
export async function overflowToQueue({ tx, conversation, contact, now, effects }: OverflowingContact, to: { queueId: string; demand: Demand; channel: Channel; because: OverflowCause }): Promise<ContactRow> {
  const queue = await tx.one<{ teamId: string; name: string }>('select team_id as "teamId", name from queue where id = $1', [to.queueId])
  await withdrawOffers(tx, conversation, contact.id, 'overflowed', now, effects)
  const isOwned = contact.ownerId !== null
  const before = await tx.query<{ demand: Demand; channel: Channel; rankAt: Date; callback: object | null }>(
    'select demand, channel, rank_at as "rankAt", callback from queue_entry where contact_id = $1 and ended_at is null and ($2::text is null or demand = $2)', [contact.id, isOwned ? to.demand : null])
  endEntries(tx, contact.id, 'overflowed', isOwned ? [to.demand] : 'all', null, now)
  for (const entry of before.length > 0 ? before : [{ demand: to.demand, channel: to.channel, callback: null }]) {
    const { id } = await enterQueue(tx, { contactId: contact.id, conversationId: conversation.id, queueId: to.queueId, workableAt: now, ...entry }, now)
    if (entry.callback) await tx.execute('update queue_entry set callback = $2 where id = $1', [id, JSON.stringify(entry.callback)])
  }
  const isNewToTeam = !conversation.teamIds.includes(queue.teamId)
  await shareWithTeam(tx, conversation, contact.id, queue.teamId, effects)
  if (isNewToTeam) await tellOpenSuggestions(tx, conversation.customerId, effects)
  const fact = await addSystemFact(tx, conversation, contact.id, to.channel, { code: 'contact-overflowed', facts: { queueId: to.queueId, queue: queue.name, because: to.because } }, now)
  const moved = await settleContact(tx, contact.id, isOwned ? {} : { queueId: to.queueId }, now)
  if (!isOwned) await slaOnPromiseChanged(tx, contact.id, now, effects)
  const { isReordered, agentIds } = await restrictionChange(tx, conversation, contact, moved)
  effects.tell(contactEvent('contact.changed', conversation, moved, { messageIds: [fact.id], agentIds, isReordered, rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contact.id) }))
  effects.wake('route', 'all')
  return moved
}

/** Tells who wrote by when they are answered, where they wrote; they wait on. Not to who wants no messages of ours. */
export async function promiseInWriting({ tx, conversation, contact, now, effects }: OverflowingContact, promise: { at: Date; channel: Channel }): Promise<void> {
  const last = await tx.maybe<{ id: string; identityId: string; accountId: string; company: string; locale: string | null; timeZone: string | null }>(
    `select m.id, m.identity_id as "identityId", m.account_id as "accountId", a.name as company, cu.locale, ca.time_zone as "timeZone"
     from message m join channel_account a on a.id = m.account_id join identity i on i.id = m.identity_id join queue q on q.id = $2 left join calendar ca on ca.id = q.calendar_id
       join conversation co on co.id = m.conversation_id join customer cu on cu.id = co.customer_id
     where m.contact_id = $1 and m.direction = 'inbound' and m.channel = $3 and not exists (select 1 from opt_out o where o.account_id = m.account_id and o.address = i.value)
     order by m.seq desc limit 1`, [contact.id, contact.queueId, promise.channel])
  if (!last) return
  const locale = localeFrom(last.locale)
  const text = customerTexts(locale)('overflow.promise', { company: last.company, at: promisedTime(promise.at, locale, last.timeZone ?? 'UTC') })
  await sendAutomaticText(tx, {}, { conversation, contactId: contact.id, account: { id: last.accountId }, identityId: last.identityId, channel: promise.channel, text, code: 'overflow-promise', replyToMessageId: last.id }, now, effects)
  const promised = await settleContact(tx, contact.id, { promisedAt: promise.at }, now)
  effects.tell(contactEvent('contact.changed', conversation, promised, { rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contact.id) }))
}
