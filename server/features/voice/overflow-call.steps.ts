/** A caller who cannot be served as promised: another queue, voicemail, a callback, or a time by which they are called. */
import type { LeavingStep } from '../../domain/telephony-plan.ts'
import { updateContact } from '../contacts/contacts.store.ts'
import { openFollowUp } from '../followups/followups.steps.ts'
import { endEntries } from '../queues/entries.steps.ts'
import { overflowToQueue } from '../queues/overflow.steps.ts'
import { decidePlace, loadOverflowPlace, lookAgainAt, type OverflowPlace } from '../queues/overflow.store.ts'
import type { OverflowDecision } from '../../domain/overflow.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'

export type Overflowed = { goes: 'on' } | { goes: 'elsewhere' } | { goes: 'out'; step: LeavingStep }

/**
 * Decides for a call as it comes to the line, or while it waits in it. `on`: it waits on; `elsewhere`: in another queue; `out`: the
 * caller leaves the line and hears this.
 */
export async function overflowCall(held: HeldCall, isEntering: boolean): Promise<Overflowed> {
  const { tx, call, now } = held
  const place = await loadOverflowPlace(tx, call.contactId, 'call', isEntering, now)
  if (!place || place.rules.length === 0 || place.isOffered) return { goes: 'on' }
  const decision = decidePlace(place, now)
  if (decision.do === 'wait') {
    if (place.entryId) await lookAgainAt(tx, place.entryId, decision.nextAt, 'entered')
    return { goes: 'on' }
  }
  if (decision.do === 'queue') {
    held.contact = await overflowToQueue(held, { ...decision, demand: 'call', channel: 'voice' })
    await changeCall(held, { state: 'queued', queuedAt: call.queuedAt ?? now })
    return { goes: 'elsewhere' }
  }
  return { goes: 'out', step: await leaveLine(held, place, decision) }
}

async function leaveLine(held: HeldCall, place: OverflowPlace, decision: Extract<OverflowDecision, { do: 'voicemail' | 'callback' | 'message' }>): Promise<LeavingStep> {
  const { tx, call, now, effects, conversation } = held
  if (decision.do === 'callback') {
    // Asked, not gone: the place stays open, and an agent may still take it.
    if (place.entryId) await lookAgainAt(tx, place.entryId, null, 'callback')
    await changeCall(held, { data: { keysRound: (call.data.keysRound ?? 0) + 1 } })
    return { step: 'ask-callback', isClosed: !place.facts.isOpen }
  }
  endEntries(tx, call.contactId, decision.do === 'voicemail' ? 'voicemail' : 'overflowed', ['call'], null, now)
  await withdrawOffers(tx, conversation, call.contactId, decision.do === 'voicemail' ? 'voicemail' : 'overflowed', now, effects)
  if (decision.do === 'voicemail') {
    await changeCall(held, { state: 'voicemail', data: { hasVoicemail: true } })
    await tellCall(held)
    return { step: 'voicemail' }
  }
  await changeCall(held, { state: 'greeting', queuedAt: call.queuedAt ?? now })
  await updateContact(tx, call.contactId, { promisedAt: decision.promisedAt }, now)
  await openFollowUp(tx, conversation, { kind: 'call-back', contactId: call.contactId, restrictedTeamId: held.contact.restrictedTeamId, title: '', ownerId: null, dueAt: decision.promisedAt }, now, effects)
  await tellCall(held)
  return { step: 'promise', at: decision.promisedAt }
}
