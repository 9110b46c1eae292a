/** A call ends: in the line, in the menu, after voicemail or after talk. Decided by the pure core, written here. */
import { decideSessionEnd } from '../../domain/session-end.ts'
import { isOpen, nextOpening } from '../../domain/calendar.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { loadContact } from '../contacts/contacts.store.ts'
import { holdWhatGoesOn } from '../contacts/held-units.steps.ts'
import { loadQueueFacts } from '../inbound/arrival-facts.steps.ts'
import { endEntries, enterQueue } from '../queues/entries.steps.ts'
import { withdrawOffers } from '../routing/offers.steps.ts'
import { endHelperLegs } from './helper-legs.steps.ts'
import { endLeg, giveUpCommands } from './commands.steps.ts'
import { missedCallback } from './missed-callback.steps.ts'
import { addTalk, freeFromCall } from './call-units.steps.ts'
import { changeCall, tellCall, type HeldCall } from './held-call.ts'
import { closeUnserved, openCallBack } from './unserved.steps.ts'
import { isBeingDialled } from './voice.store.ts'

/** Why a call ended, worded on screen. `hung-up`: the provider did not say by whom. */
export type CallEndReason = 'abandoned' | 'closed' | 'customer-hung-up' | 'agent-hung-up' | 'hung-up' | 'end-lost' | 'never-heard'

/** Ends a call once; what it leaves behind follows from how far it came. */
export async function endCall(held: HeldCall, reason: CallEndReason): Promise<void> {
  const { tx, call, contact, now } = held
  if (call.endedAt) return
  if (isBeingDialled(call)) return missedCallback(held)
  const { agentId, state } = call
  await giveUpCommands(tx, call, now)
  if (state === 'connecting' && call.agentLegId) await endLeg(held, call.agentLegId)
  await endHelperLegs(held)
  const leftVoicemail = (await tx.maybe(`select 1 from attachment where message_id = $1 and state <> 'refused' limit 1`, [call.messageId])) !== undefined
  await changeCall(held, { state: 'ended', endedAt: now, endReason: leftVoicemail ? 'voicemail-left' : call.data.isCalledBackLater ? 'callback-wanted' : call.data.isEndedByAgent && state === 'bridged' ? 'agent-hung-up' : reason, data: { commandId: null, connectingAt: null } })
  if (state === 'bridged') {
    await addTalk(tx, call, now)
    // Moved to another line while they talked, and nobody there was quick enough: that is a caller who gave up waiting.
    const isWaiting = contact.ownerId === null && contact.openEntries > 0
    if (!isWaiting) return afterTalk(held)
  }
  if (state === 'connecting') await freeFromCall(held, 'caller-gone')
  if (call.data.isCalledBackLater) return placeKept(held, agentId)
  await withoutTalk(held, leftVoicemail, agentId)
}

/** They have hung up, their place stays. */
async function placeKept(held: HeldCall, agentId: string | null): Promise<void> {
  const { tx, now, effects } = held
  await tellCall(held, {}, { agentIds: [agentId] })
  if (agentId) effects.tell(await refreshAgent(tx, agentId, now))
  effects.wake('route', 'all')
}

/** After talk the agent wraps up; when the customer wrote something meanwhile that nobody answered, the contact stays active. */
async function afterTalk(held: HeldCall): Promise<void> {
  const { tx, call, now, effects } = held
  const contact = await loadContact(tx, call.contactId)
  const isDone = contact !== undefined && contact.state !== 'closed' && contact.ownerId === call.agentId && contact.openTurns === 0 && contact.openEntries === 0 && contact.liveSessions === 0
  if (isDone) {
    const { limitMs } = await tx.one<{ limitMs: number }>('select wrap_up_limit_ms as "limitMs" from queue where id = $1', [contact.queueId])
    const until = new Date(now.getTime() + limitMs)
    await tx.execute('update assignment set released_at = $2, wrap_up_until = $3, version = version + 1 where contact_id = $1 and released_at is null', [call.contactId, now, until])
    await tellCall(held, { wrapUpUntil: until })
    effects.wake('timers', 'all', until)
  } else {
    if (contact?.ownerId === call.agentId) await holdWhatGoesOn(tx, call.contactId)
    await tellCall(held)
  }
  if (call.agentId) effects.tell(await refreshAgent(tx, call.agentId, now))
  effects.wake('route', 'all')
}

async function withoutTalk(held: HeldCall, leftVoicemail: boolean, agentId: string | null): Promise<void> {
  const { tx, call, now, effects, conversation } = held
  const contact = await loadContact(tx, call.contactId)
  if (!contact) return
  const decision = decideSessionEnd(await factsOf(held, leftVoicemail, contact.ownerId !== null))
  if (contact.state === 'closed') return void (await tellCall(held))
  if (decision.entry !== 'none') {
    endEntries(tx, call.contactId, decision.entry, ['call'], null, now)
    await withdrawOffers(tx, conversation, call.contactId, 'customer-left', now, effects)
  }
  if (decision.followUp === 'call-back') await openCallBack(held)
  if (decision.contact.do === 'close') await closeUnserved(held, decision.contact.outcome, { turnStays: decision.turnStays, agentId })
  else {
    if (decision.contact.do === 'wait-as-messages') await waitAsMessages(held)
    await tellCall(held, {}, { agentIds: [agentId] })
  }
  if (agentId) effects.tell(await refreshAgent(tx, agentId, now))
  effects.wake('route', 'all')
}

async function factsOf({ tx, call }: HeldCall, leftVoicemail: boolean, hasOwner: boolean): Promise<Parameters<typeof decideSessionEnd>[0]> {
  const row = await tx.one<{ calls: number; others: number; otherCalls: number; otherSessions: number }>(
    `select (select count(*)::int from queue_entry where contact_id = $1 and ended_at is null and demand = 'call') as calls,
       (select count(*)::int from queue_entry where contact_id = $1 and ended_at is null and demand <> 'call') as others,
       (select count(*)::int from session where contact_id = $1 and ended_at is null and id <> $2 and kind = 'call') as "otherCalls",
       (select count(*)::int from session where contact_id = $1 and ended_at is null and id <> $2) as "otherSessions"`, [call.contactId, call.id])
  return {
    kind: 'call', wasBridged: false, wasEnqueued: call.queuedAt !== null, leftVoicemail, hasOwner,
    // A second person of the same customer may stand in the line on another telephone: the entry is theirs then.
    hasOpenEntry: row.calls > 0 && row.otherCalls === 0,
    otherOpenEntries: row.others + row.otherSessions,
    isReachable: call.identityKind === 'phone',
  }
}

/** A voicemail waits like a message: in closed hours until somebody is there. */
async function waitAsMessages({ tx, call, now, contact, conversation, effects }: HeldCall): Promise<void> {
  const queue = await loadQueueFacts(tx, contact.queueId)
  const workableAt = queue.calendar === null || isOpen(queue.calendar, now) ? now : (nextOpening(queue.calendar, now) ?? now)
  await enterQueue(tx, { contactId: call.contactId, conversationId: conversation.id, queueId: contact.queueId, demand: 'messages', channel: 'voice', workableAt }, now)
  effects.wake('route', 'all', workableAt > now ? workableAt : undefined)
}
