/** What a stored message sets off: its turn and clocks, consent, a survey's answer, a bounce, our automatic text, and the telling. */
import { customerTexts, promisedTime } from '#contract/i18n/customer.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { Locale } from '#contract/words.ts'
import type { InboundDecision } from '../../domain/inbound.ts'
import type { AccountWithSecrets, MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { newId } from '../../platform/ids.ts'
import { contactEvent, settleContact, tellTurnLeft, touchContact } from '../contacts/contacts.steps.ts'
import { loadContact, type ContactChange, type ContactRow } from '../contacts/contacts.store.ts'
import { startTurnBeside } from '../contacts/turns.steps.ts'
import { staffRooms, timelineRooms, type AddedMessage, type LockedConversation } from '../conversations/conversations.steps.ts'
import { customerChanged, optIn, optOut, recordClaims, suggestFromClaims, tellOpenSuggestions } from '../customers/customers.steps.ts'
import { applyBounce, sendAutomaticText } from '../outbound/outbound.steps.ts'
import { slaOnContactOpened, slaOnTurnOf, slaOnTurnStarted, type TurnFacts } from '../sla/sla.steps.ts'
import { recordSurveyAnswer } from '../surveys/surveys.steps.ts'
import { keepChat, visitorRoomsFor } from '../webchat/webchat.steps.ts'
import type { WrittenContact } from './contact-plan.steps.ts'
import type { StagedFile } from './inbound.apply.ts'
import type { ArrivalFacts } from './arrival-facts.steps.ts'
import type { InboundContext } from './inbound.usecases.ts'

export interface MessageEffects {
  decision: InboundDecision
  conversation: LockedConversation
  written: WrittenContact | null
  message: AddedMessage
  account: AccountWithSecrets
  identityId: string
  arrival: MessageArrival
  facts: ArrivalFacts
  /** The turn the message is of; null when it asks nothing. */
  turnId: string | null
  /** As lists show it. */
  snippet: string
  subject: string | null
  isNewCustomer: boolean
  open: ContactRow | null
}

export async function writeSideEffects(tx: Tx, context: InboundContext, input: MessageEffects, now: Date, effects: Effects): Promise<void> {
  const { decision, conversation, written, facts } = input
  const turnStarts = decision.turn === 'starts' && written !== null
  if (written && input.turnId !== null && !(decision.turn === 'continues' && isUnmoved(input))) await writeTurn(tx, input, written, input.turnId, now, effects)
  await tellArrival(tx, input, effects)
  await writeWords(tx, context, input, now, effects)
  const claims = input.arrival.claims ?? []
  if (input.isNewCustomer && (claims.length > 0 || facts.isTyped)) {
    await recordClaims(tx, conversation.customerId, claims, input.arrival.channel, now)
    await suggestFromClaims(tx, conversation.customerId, now, effects)
  } else if (!input.isNewCustomer && written?.how === 'opened' && (facts.hasSuggestion || input.open)) await tellOpenSuggestions(tx, conversation.customerId, effects)
  if (turnStarts && decision.automaticText) await answerAutomatically(tx, context, input, now, effects)
}

async function writeTurn(tx: Tx, input: MessageEffects, written: WrittenContact, turnId: string, now: Date, effects: Effects): Promise<void> {
  const { conversation, message, facts } = input
  const { contactId } = written
  const turn = startTurnBeside(tx, facts.openTurn, turnId, { conversationId: conversation.id, contactId, messageId: message.id }, message.at)
  await tellTurnLeft(tx, conversation, turn.leftContactId, now, effects)
  if (written.how === 'joined' && !turn.isNew) return
  const known = clocksKnown(input, written)
  if (known) slaOnTurnOf(tx, known, turnId, message.at, effects)
  else if (written.how === 'joined') await slaOnTurnStarted(tx, { contactId, turnId }, message.at, effects)
  else await slaOnContactOpened(tx, { contactId, turnId, isReopened: written.how === 'reopened' }, message.at, effects)
}

/** What the turn's clocks are begun by, where the contact has just begun, or is as it was read and in the queue of this account. */
function clocksKnown(input: MessageEffects, written: WrittenContact): TurnFacts | null {
  const { conversation, facts, arrival, open } = input
  if (!facts.promises) return null
  const contact = { contactId: written.contactId, conversationId: conversation.id, queueId: facts.queue.id, tier: facts.line.tier, promises: facts.promises }
  if (written.opened) return { ...contact, channel: arrival.channel, priority: 0, hasOwner: false, hasHumanReply: false, clocks: [] }
  if (!open || !isUnmoved(input) || open.queueId !== facts.queue.id) return null
  return { ...contact, channel: open.channel, priority: open.priority, hasOwner: open.ownerId !== null, hasHumanReply: open.firstResponseAt !== null, clocks: facts.clocks }
}

async function tellArrival(tx: Tx, input: MessageEffects, effects: Effects): Promise<void> {
  const { conversation, written, message, arrival, decision } = input
  const visitorRooms = await visitorRoomsFor(tx, conversation.visitorIds, [message.id])
  const contactId = written?.contactId ?? null
  if (!contactId) {
    const open = input.open ? await loadContact(tx, input.open.id) : null
    const rooms = open ? staffRooms(conversation, { restrictedTeamId: open.restrictedTeamId, agentIds: [open.ownerId] }) : timelineRooms(conversation.id)
    effects.tell({ type: 'message.added', conversationId: conversation.id, refs: { messageIds: [message.id] }, rooms: [...rooms, ...visitorRooms] })
    return
  }
  const chat = arrival.channel === 'webchat' && arrival.visitorId
    ? await keepChat(tx, { contactId, conversationId: conversation.id, accountId: input.account.id, identityId: input.identityId, visitorId: arrival.visitorId, locale: localeFrom(arrival.locale) }, message.at)
    : null
  const change: ContactChange = {
    channel: arrival.channel,
    lastMessageAt: message.at,
    lastInboundAt: message.at,
    snippet: input.snippet,
    ...(input.subject === null ? {} : { subject: input.subject }),
    ...(decision.isUnverified ? { unverified: true } : {}),
  }
  const settled = written?.opened ?? (input.open && isUnmoved(input) ? await touchContact(tx, input.open, change, message.at) : await settleContact(tx, contactId, change, message.at))
  const type = written?.how === 'opened' ? 'contact.opened' : written?.how === 'reopened' ? 'contact.reopened' : 'message.added'
  // Whoever is being asked sees the newest words.
  const offers = settled.offeredTo ? await tx.query<{ id: string }>('update offer set version = version + 1 where contact_id = $1 and ended_at is null returning id', [contactId]) : []
  effects.tell(contactEvent(type, conversation, settled, { messageIds: [message.id], offerIds: offers.map((offer) => offer.id), ...(chat ? { sessionIds: [chat.sessionId] } : {}), rooms: visitorRooms }))
}

/** One more in a contact whose sessions, entries, offers and owner stay as they are: its state does too. */
function isUnmoved({ decision, written, open, arrival }: MessageEffects): boolean {
  const { contact, delivery } = decision
  return open !== null && written?.how === 'joined' && contact.do === 'join' && contact.wakes === null && arrival.channel !== 'webchat'
    && (delivery.to === 'entry' || (delivery.to === 'owner' && !delivery.claimsUnits))
}

async function writeWords(tx: Tx, context: InboundContext, input: MessageEffects, now: Date, effects: Effects): Promise<void> {
  const { decision, account, arrival } = input
  const consent = { accountId: account.id, address: arrival.from.value }
  const isConsentNew = decision.consent === 'opted-out' ? await optOut(tx, { ...consent, word: decision.arrival.is === 'opt-out' ? decision.arrival.word : '' }, now) : decision.consent === 'opted-in' ? await optIn(tx, consent) : false
  if (isConsentNew) await customerChanged(tx, input.conversation.customerId, { relabelled: false }, effects)
  if (decision.arrival.is === 'survey-answer') {
    await recordSurveyAnswer(tx, { invitationId: decision.arrival.invitationId, score: decision.arrival.score, comment: decision.arrival.comment }, now, effects, input.conversation)
  }
  if (decision.arrival.is === 'automatic-mail' && arrival.mail?.dsn) await applyBounce(tx, account.id, arrival.mail.dsn, now, effects)
  if (decision.contact.do === 'none' && decision.automaticText) await answerAutomatically(tx, context, input, now, effects)
}

async function answerAutomatically(tx: Tx, context: InboundContext, input: MessageEffects, now: Date, effects: Effects): Promise<void> {
  const { automaticText } = input.decision
  if (!automaticText) return
  const { locale, timeZone } = await localeOf(tx, input.conversation.customerId, input.arrival.locale, input.account.id)
  const text = automaticTextOf(automaticText, locale, timeZone, input.account.name)
  await sendAutomaticText(tx, context, {
    conversation: input.conversation, contactId: input.written?.contactId ?? null, account: input.account, identityId: input.identityId, channel: input.arrival.channel,
    text, code: automaticText.key, replyToMessageId: input.message.id,
  }, now, effects)
}

function automaticTextOf(automaticText: NonNullable<InboundDecision['automaticText']>, locale: Locale, timeZone: string, company: string): string {
  const t = customerTexts(locale)
  if (automaticText.key === 'opted-out') return t('consent.optedOut', { company })
  if (automaticText.key === 'opted-in') return t('consent.optedIn', { company })
  return automaticText.opensAt ? t('closedHours.promised', { company, at: promisedTime(automaticText.opensAt, locale, timeZone) }) : t('closedHours.unknown', { company })
}

/** The customer's language, else the one the arrival was in; the zone of the customer, else of the queue's calendar. */
async function localeOf(tx: Tx, customerId: string, arrived: string | null, accountId: string): Promise<{ locale: Locale; timeZone: string }> {
  const row = await tx.one<{ locale: Locale | null; timeZone: string | null }>(
    `select cu.locale, coalesce(cu.time_zone, (select ca.time_zone from channel_account a join queue q on q.id = a.queue_id join calendar ca on ca.id = q.calendar_id where a.id = $2)) as "timeZone"
     from customer cu where cu.id = $1`, [customerId, accountId])
  return { locale: row.locale ?? (arrived?.toLowerCase().startsWith('zh') ? 'zh' : 'en'), timeZone: row.timeZone ?? 'UTC' }
}

/** Writes the rows of a message's files; what the provider still keeps is fetched by a job. */
export function insertAttachments(tx: Pick<Tx, 'send'>, messageId: string, files: readonly StagedFile[], now: Date, effects: Effects): void {
  for (const [position, file] of files.entries()) {
    tx.send(
      `insert into attachment (id, message_id, position, name, content_type, size_bytes, sha256, storage_key, source_url, state, state_reason, next_attempt_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [newId(now), messageId, position, file.name, file.contentType, file.sizeBytes, file.sha256, file.storageKey, file.sourceUrl, file.state, file.stateReason, file.state === 'fetching' ? now : null, now])
  }
  if (files.some((file) => file.state === 'fetching')) effects.wake('media', messageId)
}
