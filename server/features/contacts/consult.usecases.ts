/** Asking a colleague, a queue or a skill for help with a contact that stays one's own. */
import { usualOfferTimeoutMs } from '#contract/queue-defaults.ts'
import { commit } from '../../platform/effects.ts'
import { lockAgent } from '../agents/agents.steps.ts'
import { addSystemFact } from '../conversations/conversations.steps.ts'
import { isContactHidden } from '../customers/customers.visibility.ts'
import { askHelper, chooseHelper, type HelpWanted } from '../routing/choose-helper.steps.ts'
import { makeOffer, openOfferOf } from '../routing/offers.steps.ts'
import { endConsults } from './consult.steps.ts'
import { nobodyFree, noSuchTarget, notNow } from './contacts.errors.ts'
import { contactEvent, lockContactInSight, settleContact } from './contacts.steps.ts'
import type { Actor, ContactContext } from './contacts.usecases.ts'
import { keepSummary, requireColleague } from './moving.usecases.ts'

export interface Asked extends HelpWanted {
  /** This colleague; null: the best of those wanted. */
  agentId: string | null
  note: string | null
}

/**
 * Offers a colleague to join, or the best free one of a queue or with a skill, by the decision of routing; refused or missed,
 * everything stays as it is. Helping holds no units: the work is the owner's, and a colleague with full hands may still say a word.
 */
export async function consult(context: ContactContext, contactId: string, actor: Actor, asked: Asked): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const { conversation, contact } = await lockContactInSight(tx, actor, contactId, now)
    if (contact.state !== 'active') throw notNow('not-active')
    if (contact.ownerId !== actor.staffId && actor.role === 'agent') throw notNow('not-owner')
    if (asked.agentId === null) {
      if (await openOfferOf(tx, contactId)) throw notNow('already-offered')
      const wanted = { queueId: asked.queueId, skills: asked.skills }
      if (wanted.queueId === null && wanted.skills.length === 0) throw noSuchTarget()
      const choice = await chooseHelper(tx, contact, wanted, now)
      if (!choice) throw noSuchTarget()
      if (choice.kind === 'wait') throw nobodyFree(choice.reason)
      await keepSummary({ tx, effects, conversation, contact, now }, actor, asked.note)
      return askHelper(tx, conversation, contact, wanted, choice, { agentId: actor.staffId, note: asked.note }, now, effects)
    }
    // Under their lock: who signs out in this moment takes back what they were asked, if they see it.
    await lockAgent(tx, asked.agentId, now)
    await requireColleague(tx, contact, asked.agentId)
    if (await isContactHidden(tx, contactId, asked.agentId)) throw noSuchTarget()
    if (await openOfferOf(tx, contactId)) throw notNow('already-offered')
    const helps = await tx.maybe('select 1 from consult k join offer o on o.id = k.offer_id where o.contact_id = $1 and k.agent_id = $2 and k.left_at is null', [contactId, asked.agentId])
    if (helps) throw notNow('already-helping')
    await keepSummary({ tx, effects, conversation, contact, now }, actor, asked.note)
    await makeOffer(tx, conversation, {
      contact: contactId, conversationId: conversation.id, entryId: null, agentId: asked.agentId, kind: 'consult', fromAgentId: actor.staffId, note: asked.note, channel: contact.channel,
      units: { kind: 'deferred', units: 0 }, timeoutMs: usualOfferTimeoutMs[contact.channel], decision: { reason: 'consult' },
    }, now, effects)
  })
}

/** Who helps leaves by themselves; the owner or a supervisor may thank them. */
export async function leaveConsult(context: ContactContext, contactId: string, actor: Actor, agentId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const { conversation, contact } = await lockContactInSight(tx, actor, contactId, now)
    if (agentId !== actor.staffId && contact.ownerId !== actor.staffId && actor.role === 'agent') throw notNow('not-owner')
    const left = await endConsults(tx, contactId, agentId, agentId === actor.staffId ? 'left' : 'thanked', now, effects)
    if (left.length === 0) return
    const fact = await addSystemFact(tx, conversation, contactId, contact.channel, { code: 'consult-left', facts: { agentId } }, now)
    effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, contactId, {}, now), { messageIds: [fact.id], agentIds: left }))
  })
}
