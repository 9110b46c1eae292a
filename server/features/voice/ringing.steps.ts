/** A call that comes in: who it is, which contact it belongs to, its item and session, and what the caller hears first. */
import type { Locale } from '#contract/words.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { AccountWithSecrets, CallArrival, SpokenStep } from '../../channels/channel.ts'
import { isOpen, nextOpening } from '../../domain/calendar.ts'
import { decideInbound, type InboundDecision, type InboundSnapshot } from '../../domain/inbound.ts'
import { closedPlan, greetingPlan, nextPlan } from '../../domain/telephony-plan.ts'
import { mayTakeUnits, unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { refreshAgent } from '../agents/agents.steps.ts'
import { contactEvent, settleContact, tellTurnLeft } from '../contacts/contacts.steps.ts'
import { loadOpenContact, type ContactRow } from '../contacts/contacts.store.ts'
import { startTurn } from '../contacts/turns.steps.ts'
import { addMessage, lockConversation, type AddedMessage, type LockedConversation } from '../conversations/conversations.steps.ts'
import { insertCustomerWithIdentity, lockSender, raiseEvidence, touchIdentity, type KnownIdentity } from '../customers/customers.steps.ts'
import { writeContactPlan, type WrittenContact } from '../inbound/contact-plan.steps.ts'
import { hasLiveCall, loadLatestClosed, loadOpenEntries, loadOwnerRoom, loadQueueFacts, loadSenderFacts, type QueueFacts } from '../inbound/arrival-facts.steps.ts'
import { withdrawForCall } from '../routing/offers.steps.ts'
import { slaOnContactOpened, slaOnTurnStarted } from '../sla/sla.steps.ts'
import { visitorRoomsOfContact } from '../webchat/webchat.steps.ts'
import { holdCall, type HeldCall } from './held-call.ts'
import { overflowCall } from './overflow-call.steps.ts'
import { speak } from './speaking.steps.ts'
import { insertCall } from './voice.store.ts'

export interface ArrivedCall {
  sessionId: string
  messageId: string
  conversationId: string
  steps: SpokenStep[]
}

/** What lists show of a call. */
const snippet = '📞'

/** @param isOver the call has ended already, and this is the first we hear of it: it waits in no line. */
export async function arriveCall(tx: Tx, arrival: CallArrival, account: AccountWithSecrets, isOver: boolean, now: Date, effects: Effects): Promise<ArrivedCall> {
  const known = arrival.oneTime ? undefined : await lockSender(tx, arrival.from, now)
  const { queueId } = await tx.one<{ queueId: string }>('select queue_id as "queueId" from channel_account where id = $1', [account.id])
  const queue = await loadQueueFacts(tx, queueId)
  const open = known ? await loadOpenContact(tx, known.conversation.id) : undefined
  const snapshot = await snapshotOf(tx, { arrival, account, queue, known: known?.identity ?? null, open: open ?? null, now })
  const decided = decideInbound(snapshot, { channel: 'voice', evidence: arrival.evidence, shape: 'call' }, now)
  const decision = isOver ? { ...decided, delivery: { to: 'nobody', reason: 'closed-hours-call' } as const } : decided

  const joins = known && decision.customer.do === 'use' ? known : null
  const who = joins ?? (await createCaller(tx, arrival, decision, now))
  if (joins) await noteIdentity(tx, arrival, joins.identity, now)
  const written = await writeContactPlan(tx, who.conversation, { decision, queue, open: joins ? (open ?? null) : null, lastRankAt: snapshot.lastRankAt, channel: 'voice', subject: null, message: null }, now, effects)
  if (!written) throw new Error('a call belongs to a contact')
  if (joins && open?.offeredTo && !isOver) await withdrawForCall(tx, who.conversation, written.contactId, now, effects)
  const wrappedUpBy = joins ? snapshot.open?.wrappingUpAgentId : null
  if (wrappedUpBy && decision.contact.do === 'join' && decision.contact.wakes === 'wrap-up') effects.tell(await refreshAgent(tx, wrappedUpBy, now))

  const message = await addMessage(tx, who.conversation, {
    contactId: written.contactId, kind: 'call', channel: 'voice', direction: 'inbound', status: 'received', text: '', accountId: account.id, identityId: who.identity.identityId,
    evidence: arrival.evidence, unverified: decision.isUnverified, externalId: arrival.callId, data: { arrival: 'call' },
  }, now)
  await startItsTurn(tx, who.conversation, written, decision, message, effects)

  const call = { id: newId(now), locale: await localeOf(tx, who.conversation.customerId, account) }
  const isQueued = decision.delivery.to === 'queue' || decision.delivery.to === 'entry'
  await insertCall(tx, {
    ...call, contactId: written.contactId, conversationId: who.conversation.id, state: isQueued ? 'queued' : 'greeting', accountId: account.id, identityId: who.identity.identityId,
    messageId: message.id, externalId: arrival.callId, attestation: arrival.attestation, startedAt: now, queuedAt: isQueued || isOver ? now : null, data: { round: 1 },
  })
  // They are on the line again: nobody needs to call them back.
  if (decision.delivery.to === 'entry') await tx.execute(`update queue_entry set callback = null, workable_at = least(workable_at, $2), version = version + 1 where id = $1 and callback is not null`, [decision.delivery.entryId, now])
  await tellArrival(tx, who.conversation, written, { messageId: message.id, sessionId: call.id, at: message.at, isUnverified: decision.isUnverified }, effects)
  const held = isOver ? undefined : await holdCall(tx, call.id, now, effects)
  const ringsOwner = decision.delivery.to === 'queue' && decision.delivery.ringOwnerFirstMs !== null
  const steps = held ? await firstWords(held, { isQueued, ringsOwner, opening: snapshot.queue.opening }) : []
  return { sessionId: call.id, messageId: message.id, conversationId: who.conversation.id, steps }
}

/** The greeting and the line; or what the queue does instead, when it is closed, too long, or nobody is there. */
async function firstWords(held: HeldCall, { isQueued, ringsOwner, opening }: { isQueued: boolean; ringsOwner: boolean; opening: Opening }): Promise<SpokenStep[]> {
  const overflowed = ringsOwner ? ({ goes: 'on' } as const) : await overflowCall(held, true)
  if (overflowed.goes === 'elsewhere' || (overflowed.goes === 'on' && isQueued)) return speak(held, greetingPlan)
  const instead = overflowed.goes === 'out' ? overflowed.step : null
  if (!isQueued) return speak(held, (facts) => closedPlan(facts, opening.isOpen ? null : opening.opensAt, instead))
  return speak(held, (facts) => [...greetingPlan(facts).filter((one) => one.do === 'say'), ...(instead ? nextPlan(facts, instead) : [])])
}

type Opening = InboundSnapshot['queue']['opening']

interface Caller {
  identity: Pick<KnownIdentity, 'identityId'>
  conversation: LockedConversation
}

/** A stranger, or somebody who cannot be told from others: a withheld number, a second person behind a number that is talking. */
async function createCaller(tx: Tx, arrival: CallArrival, decision: InboundDecision, now: Date): Promise<Caller> {
  const isOneTime = decision.customer.do === 'create' && decision.customer.isOneTime
  const created = insertCustomerWithIdentity(tx, {
    address: isOneTime ? null : arrival.from,
    displayName: isOneTime && !arrival.withheld ? arrival.from.value : arrival.from.displayName,
    evidence: isOneTime ? 'claimed' : arrival.evidence,
    proof: arrival.proof,
  }, now)
  return { identity: created, conversation: await lockConversation(tx, created.conversationId, now) }
}

async function noteIdentity(tx: Tx, arrival: CallArrival, identity: KnownIdentity, now: Date): Promise<void> {
  await touchIdentity(tx, identity.identityId, arrival.evidence === 'proved' ? arrival.from.displayName : null, now)
  if (arrival.evidence === 'proved' && identity.evidence === 'claimed') await raiseEvidence(tx, identity.identityId, arrival.proof ?? arrival.channel, now)
}

async function startItsTurn(tx: Tx, conversation: LockedConversation, written: WrittenContact, decision: InboundDecision, message: AddedMessage, effects: Effects): Promise<void> {
  if (decision.turn === 'none') return
  const turn = await startTurn(tx, { conversationId: conversation.id, contactId: written.contactId, messageId: message.id }, message.at)
  await tellTurnLeft(tx, conversation, turn.leftContactId, message.at, effects)
  if (written.how !== 'joined') await slaOnContactOpened(tx, { contactId: written.contactId, turnId: turn.id, isReopened: written.how === 'reopened' }, message.at, effects)
  else if (turn.isNew) await slaOnTurnStarted(tx, { contactId: written.contactId, turnId: turn.id }, message.at, effects)
}

interface Told {
  messageId: string
  sessionId: string
  at: Date
  isUnverified: boolean
}

async function tellArrival(tx: Tx, conversation: LockedConversation, written: WrittenContact, told: Told, effects: Effects): Promise<void> {
  const contact = await settleContact(tx, written.contactId, { channel: 'voice', lastMessageAt: told.at, lastInboundAt: told.at, snippet, ...(told.isUnverified ? { unverified: true } : {}) }, told.at)
  const type = written.how === 'opened' ? 'contact.opened' : written.how === 'reopened' ? 'contact.reopened' : 'session.changed'
  effects.tell(contactEvent(type, conversation, contact, { messageIds: [told.messageId], sessionIds: [told.sessionId], rooms: await visitorRoomsOfContact(tx, conversation.visitorIds, contact.id) }))
}

/** The customer's language, else the number's. */
async function localeOf(tx: Tx, customerId: string, account: AccountWithSecrets): Promise<Locale> {
  const { locale } = await tx.one<{ locale: Locale | null }>('select locale from customer where id = $1', [customerId])
  const { locale: ofNumber } = account.settings
  return locale ?? localeFrom(typeof ofNumber === 'string' ? ofNumber : null)
}

interface SnapshotParts {
  arrival: CallArrival
  account: AccountWithSecrets
  queue: QueueFacts
  known: KnownIdentity | null
  open: ContactRow | null
  now: Date
}

async function snapshotOf(tx: Tx, parts: SnapshotParts): Promise<InboundSnapshot & { lastRankAt: Date | null }> {
  const { arrival, account, queue, known, open, now } = parts
  const facts = await loadSenderFacts(tx, arrival.from, account.id, known?.identityId ?? null, now)
  const latest = known && !open ? await loadLatestClosed(tx, known.conversationId) : undefined
  return {
    context: facts,
    known: known ? { customerId: known.customerId, conversationId: known.conversationId } : null,
    isOneTime: arrival.oneTime,
    isOnLiveCall: known !== null && (await hasLiveCall(tx, arrival.from.kind, arrival.from.value)),
    open: open ? await openFacts(tx, open, queue, now) : null,
    latestClosed: latest ? { id: latest.id, outcome: latest.outcome, closedAt: latest.closedAt, lastOwnerId: latest.lastOwnerId } : null,
    queue: { id: queue.id, reopenWindowMs: queue.reopenMs, opening: queue.calendar === null || isOpen(queue.calendar, now) ? { isOpen: true } : { isOpen: false, opensAt: nextOpening(queue.calendar, now) } },
    automaticTexts: facts.automaticTexts,
    providerConfirmsConsent: false,
    lastRankAt: latest?.lastRankAt ?? null,
  }
}

async function openFacts(tx: Tx, open: ContactRow, queue: QueueFacts, now: Date): Promise<NonNullable<InboundSnapshot['open']>> {
  const wrapping = open.isWrappingUp ? await tx.maybe<{ agentId: string }>('select agent_id as "agentId" from assignment where contact_id = $1 and released_at is not null and ended_at is null order by released_at desc limit 1', [open.id]) : undefined
  return {
    id: open.id, queueId: open.queueId, state: open.state, owner: open.ownerId ? { agentId: open.ownerId, canTake: await roomOf(tx, open.ownerId, open.id, queue) } : null,
    wrappingUpAgentId: wrapping?.agentId ?? null, openEntries: await loadOpenEntries(tx, open.id), openTurnId: open.openTurns > 0 ? open.id : null,
    wasToldClosed: open.promisedAt !== null && open.promisedAt > now,
  }
}

/** Whether the owner could take a call now. What they hold for this very contact does not stand in its way. */
async function roomOf(tx: Tx, agentId: string, contactId: string, queue: QueueFacts): Promise<{ can: true } | { can: false; reason: string }> {
  const room = await loadOwnerRoom(tx, agentId, contactId)
  if (room.presence !== 'available') return { can: false, reason: room.presence }
  if (room.isOnCall) return { can: false, reason: 'on-call' }
  const fit = mayTakeUnits({ demand: 'call', ...unitsFor('voice', queue.units) }, { live: room.liveUsed, deferred: room.deferredUsed }, { live: room.liveUnits, deferred: room.deferredUnits })
  return fit.fits ? { can: true } : { can: false, reason: fit.reason }
}
