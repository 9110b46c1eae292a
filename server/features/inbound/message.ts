/** A message that arrives: found or new customer, decided, written, told. */
import { isOpen, nextOpening } from '../../domain/calendar.ts'
import { decideInbound, type InboundDecision, type InboundSnapshot } from '../../domain/inbound.ts'
import { mayTakeUnits, unitsFor } from '../../domain/units.ts'
import { cleanText, maskCards, snippetOf } from '../../domain/text.ts'
import { demandOf } from '../../domain/inbound.ts'
import type { Channel } from '#contract/words.ts'
import type { MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import type { ContactRow } from '../contacts/contacts.store.ts'
import { addMessage, lockConversation, newConversation } from '../conversations/conversations.steps.ts'
import { writeContactPlan } from './contact-plan.steps.ts'
import { nothingApplied, type Applied } from './inbound.apply.ts'
import type { InboundContext } from './inbound.usecases.ts'
import { hasLiveChat, loadOwnerRoom, type ArrivalFacts, type QueueFacts, type SenderFacts } from './arrival-facts.steps.ts'
import { insertAttachments, writeSideEffects } from './message-effects.ts'
import { readUnderLock, type ApplyingMessage, type Known } from './sender.steps.ts'
import { resolveThread } from './threads.ts'
import { customerChanged, insertCustomerWithIdentity, raiseEvidence, touchIdentity, type KnownIdentity } from '../customers/customers.steps.ts'

const textMax = 60_000
const subjectMax = 500
const listedSubjectMax = 200

export async function applyMessage(tx: Tx, context: InboundContext, applying: ApplyingMessage, now: Date, effects: Effects): Promise<Applied> {
  const { arrival, account } = applying
  const text = maskCards(cleanText(arrival.text, textMax))
  const subject = arrival.subject ? maskCards(cleanText(arrival.subject, subjectMax)) : null
  const { known, facts, open } = applying.read ?? (await readUnderLock(tx, context, applying, now))
  const { queue } = facts
  const snapshot = await snapshotOf(tx, { arrival, facts, known: known?.identity ?? null, open, now })
  const decision = decideInbound(snapshot, domainArrival(arrival, text, facts.sender, open && arrival.channel === 'webchat' ? await hasLiveChat(tx, open.id) : false), now)

  if (decision.arrival.is === 'own') return nothingApplied
  const who = known ?? (await createCustomer(tx, arrival, decision, now))
  const identityId = who.identity.identityId
  if (known) {
    const isNamed = wasHeardLately(known.identity, arrival, now) ? false : await touchIdentity(tx, identityId, arrival.evidence === 'proved' ? arrival.from.displayName : null, now)
    const isProved = arrival.evidence === 'proved' && known.identity.evidence === 'claimed' && (await raiseEvidence(tx, identityId, arrival.proof ?? arrival.channel, now))
    if (isNamed || isProved) await customerChanged(tx, known.identity.customerId, { relabelled: true }, effects)
  }

  const snippet = snippetOf(text) || (arrival.files[0] ? '📎' : '')
  const written = await writeContactPlan(tx, who.conversation, {
    decision, queue, open: open ?? null, lastRankAt: snapshot.lastRankAt, channel: arrival.channel, subject: subject?.slice(0, listedSubjectMax) ?? null,
    message: arrival.channel === 'webchat' ? null : { snippet, line: facts.line },
  }, now, effects)
  const turnId = decision.turn === 'none' || !written ? null : (facts.openTurn?.id ?? newId(now))

  const thread = await resolveThread(tx, context, { arrival, account, conversationId: who.conversation.id, identityId, subject, now, target: who.thread })
  const isStaff = decision.arrival.is === 'staff'
  const message = await addMessage(tx, who.conversation, {
    contactId: written?.contactId ?? open?.id ?? null,
    kind: isStaff ? 'note' : applying.files.length > 0 && text === '' ? 'file' : 'text',
    channel: arrival.channel,
    direction: isStaff ? 'internal' : 'inbound',
    status: 'received',
    text,
    html: arrival.html,
    subject,
    sentAt: arrival.sentAt,
    accountId: account.id,
    identityId,
    agentId: facts.sender.staffId,
    visitorId: arrival.visitorId,
    clientId: arrival.clientId,
    threadId: thread?.threadId ?? null,
    turnId,
    evidence: arrival.evidence,
    unverified: decision.isUnverified,
    externalId: arrival.externalId,
    data: { arrival: decision.arrival.is, ...(arrival.mail ? { returnPath: arrival.mail.returnPath } : {}), ...(arrival.mail?.fullText ? { fullText: maskCards(cleanText(arrival.mail.fullText, textMax)) } : {}) },
  }, now)
  insertAttachments(tx, message.id, applying.files, now, effects)
  await writeSideEffects(tx, context, {
    decision, conversation: who.conversation, written, message, account, identityId, arrival, facts, turnId, snippet, subject: subject?.slice(0, listedSubjectMax) ?? null,
    isNewCustomer: !known, open: open ?? null,
  }, now, effects)
  return { answer: null, messageId: message.id, conversationId: who.conversation.id }
}

const heardLatelyMs = 10 * 60_000

/** Nothing worth writing down: heard of some minutes ago, and no name that is new. */
function wasHeardLately(identity: KnownIdentity, arrival: MessageArrival, now: Date): boolean {
  return now.getTime() - identity.lastSeenAt.getTime() < heardLatelyMs && (identity.displayName !== null || !arrival.from.displayName)
}

async function createCustomer(tx: Tx, arrival: MessageArrival, decision: InboundDecision, now: Date): Promise<Known> {
  const isOneTime = decision.customer.do === 'create' && decision.customer.isOneTime
  const created = insertCustomerWithIdentity(tx, {
    address: isOneTime ? null : arrival.from,
    displayName: arrival.from.displayName,
    evidence: arrival.evidence,
    proof: arrival.proof,
    locale: arrival.locale ? (arrival.locale.toLowerCase().startsWith('zh') ? 'zh' : 'en') : null,
  }, now)
  // A visitor has rows already that hang on the new identity.
  const conversation = arrival.visitorId ? await lockConversation(tx, created.conversationId, now) : newConversation(created.conversationId, created.customerId)
  return { identity: { ...created, evidence: arrival.evidence, isShared: false, displayName: arrival.from.displayName, lastSeenAt: now }, conversation, thread: null }
}

interface SnapshotParts {
  arrival: MessageArrival
  facts: ArrivalFacts
  known: KnownIdentity | null
  open: ContactRow | undefined
  now: Date
}

async function snapshotOf(tx: Tx, parts: SnapshotParts): Promise<InboundSnapshot & { lastRankAt: Date | null }> {
  const { arrival, facts, known, open, now } = parts
  const { sender, queue } = facts
  const latest = known && !open ? facts.latestClosed : null
  const owner = open?.ownerId ? { agentId: open.ownerId, canTake: await roomOfOwner(tx, open, open.ownerId, arrival.channel, queue) } : null
  const opening = queue.calendar === null || isOpen(queue.calendar, now) ? { isOpen: true as const } : { isOpen: false as const, opensAt: nextOpening(queue.calendar, now) }
  return {
    context: sender,
    known: known ? { customerId: known.customerId, conversationId: known.conversationId } : null,
    isOneTime: arrival.oneTime,
    isOnLiveCall: false,
    open: open ? {
      id: open.id,
      queueId: open.queueId,
      state: open.state,
      owner,
      openEntries: open.entries,
      openTurnId: open.openTurnId,
      wasToldClosed: open.promisedAt !== null && open.promisedAt > now,
    } : null,
    latestClosed: latest ? { id: latest.id, outcome: latest.outcome, closedAt: latest.closedAt, lastOwnerId: latest.lastOwnerId } : null,
    queue: { id: queue.id, reopenWindowMs: queue.reopenMs, opening },
    automaticTexts: sender.automaticTexts,
    providerConfirmsConsent: arrival.channel === 'sms' || arrival.channel === 'whatsapp',
    lastRankAt: latest?.lastRankAt ?? null,
  }
}

/** Whoever works on it holds its units already: only a contact put aside, or a session that begins, asks for room. */
async function roomOfOwner(tx: Tx, open: ContactRow, ownerId: string, channel: Channel, queue: QueueFacts): Promise<{ can: true } | { can: false; reason: string }> {
  const demand = demandOf(channel)
  if (demand === 'messages' && open.state !== 'pending' && open.state !== 'snoozed') return { can: true }
  const owner = await loadOwnerRoom(tx, ownerId, open.id)
  const fit = mayTakeUnits({ demand, ...unitsFor(channel, queue.units) }, { live: owner.liveUsed, deferred: owner.deferredUsed }, { live: owner.liveUnits, deferred: owner.deferredUnits })
  if (!fit.fits) return { can: false, reason: fit.reason }
  return owner.presence === 'available' ? { can: true } : { can: false, reason: owner.presence }
}

function domainArrival(arrival: MessageArrival, text: string, sender: SenderFacts, hasLiveChat: boolean): Parameters<typeof decideInbound>[1] {
  return {
    channel: arrival.channel,
    evidence: arrival.evidence,
    shape: 'message',
    text,
    fileCount: arrival.files.length,
    beginsChat: arrival.channel === 'webchat' && !hasLiveChat,
    mail: arrival.mail ? { ...arrival.mail, from: arrival.from.kind === 'email' ? arrival.from.value : null, subject: arrival.subject ?? '', isFromUs: sender.isFromUs } : null,
  }
}
