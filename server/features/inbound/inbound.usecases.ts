/**
 * The one way in. A door stores the raw receipt and lets `receiveInbound` handle it: inline while the provider waits, later by
 * the sweeper after a crash. Each receipt has its effect once, however often it arrives.
 */
import type { Context } from '../../context.ts'
import type { Channel } from '#contract/words.ts'
import type { AccountWithSecrets, Arrival, DoorAnswer } from '../../channels/channel.ts'
import { UnusableReceipt } from '../../channels/parse.ts'
import { maskCards, maskCardsInHtml } from '../../domain/text.ts'
import { isVerificationMail } from '../../domain/verification-mail.ts'
import { DatabaseUnavailable } from '../../platform/db.ts'
import { commit } from '../../platform/effects.ts'
import { RetryLater } from '../../platform/errors.ts'
import { faultPoint } from '../../platform/faults.ts'
import { newId } from '../../platform/ids.ts'
import { addLogContext } from '../../platform/logger.ts'
import { count } from '../../platform/telemetry.ts'
import { holdReported } from '../outbound/outbound.steps.ts'
import { openAccountById } from '../settings/channel-accounts.steps.ts'
import { applyArrival, stageFiles } from './inbound.apply.ts'
import { ItemNotHere } from './item-change.ts'
import { readSenderOf } from './sender.steps.ts'
import { dueReceipts, emptyReceipt, insertReceipt, loadReceipt, markFailed, markHandled, takeReceipt, type ReceiptRow } from './receipts.store.ts'

export type InboundContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'files' | 'secrets' | 'channels' | 'logger' | 'config'>

export interface NewReceipt {
  channel: Channel
  accountId: string | null
  /** Never the sender's free choice: it decides what is a duplicate. */
  externalId: string
  kind: string
  body: Buffer
  facts: Record<string, unknown>
  /** The account of `accountId`, when the door has it open already. */
  account?: AccountWithSecrets | null
}

const attemptsMax = 5

/** Receipts this process has just stored, so that handling them need not read them again. A cache: what is not in it is read. */
const justStored = new Map<string, { receipt: ReceiptRow; account: AccountWithSecrets | undefined }>()
const justStoredMax = 500

/** Stores the raw inbound, durable when it returns. A duplicate gets the first one's answer, if there is one by now. */
export async function storeReceipt(context: Pick<Context, 'db' | 'clock'>, { account, ...receipt }: NewReceipt): Promise<{ receiptId: string; isDuplicate: boolean; answer: DoorAnswer | null }> {
  const receivedAt = context.clock.now()
  faultPoint('receipt.before-store')
  const stored = await insertReceipt(context.db, { ...receipt, id: newId(receivedAt), receivedAt })
  faultPoint('receipt.stored')
  if (!stored.isDuplicate && justStored.size < justStoredMax && receipt.body.byteLength < 64 * 1024) justStored.set(stored.id, { receipt: { ...receipt, id: stored.id, receivedAt, state: 'stored', attempts: 0, answer: null }, account: account ?? undefined })
  count(stored.isDuplicate ? 'receiptsDuplicate' : 'receiptsStored', { channel: receipt.channel })
  return { receiptId: stored.id, isDuplicate: stored.isDuplicate, answer: stored.answer }
}

/**
 * Handles a stored receipt: parse, decide, write, in one transaction. Returns the answer of the door, null when somebody else is
 * at it. What can never be parsed is quarantined; other failures are tried again, then quarantined too.
 */
export async function receiveInbound(context: InboundContext, receiptId: string): Promise<DoorAnswer | null> {
  const stored = justStored.get(receiptId)
  justStored.delete(receiptId)
  const receipt = stored?.receipt ?? (await loadReceipt(context.db, receiptId))
  if (!receipt) throw new Error('no such receipt')
  if (receipt.state === 'handled' || receipt.state === 'quarantined') return receipt.answer
  try {
    return await handle(context, receipt, stored?.account)
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    await setAside(context, receipt, error)
    if (error instanceof UnusableReceipt || error instanceof ItemNotHere) return null
    throw error
  }
}

async function handle(context: InboundContext, receipt: ReceiptRow, open: AccountWithSecrets | undefined): Promise<DoorAnswer | null> {
  const account = open ?? (receipt.accountId ? await openAccountById(context, receipt.accountId) : null)
  if (!account) throw new UnusableReceipt('no account has this address')
  const parsed = await context.channels.parsers[receipt.channel](receipt, account, context.channels.tools)
  const arrivals = parsed.map(withoutCardsInHtml)
  if (arrivals.some(isForAdministratorsOnly)) throw new UnusableReceipt('verification-mail')
  const staged = await stageFiles(context, arrivals)
  faultPoint('inbound.parsed')
  const now = context.clock.now()
  const answer = await commit(context, now, async (tx, effects) => {
    const only = arrivals.length === 1 ? arrivals[0] : undefined
    const [taken, read, reported] = await Promise.all([takeReceipt(tx, receipt.id), readSenderOf(tx, only, account.id, now), only?.kind === 'status' ? holdReported(tx, only, now) : undefined])
    if (!taken) return null
    if (taken.state === 'handled') return taken.answer
    let doorAnswer: DoorAnswer | null = null
    let messageId: string | null = null
    for (const arrival of arrivals) {
      const applied = await applyArrival(tx, context, { arrival, account, files: staged.get(arrival) ?? [], receiptId: receipt.id, read, reported }, now, effects)
      doorAnswer = applied.answer ?? doorAnswer
      messageId = applied.messageId ?? messageId
      if (applied.conversationId) addLogContext({ conversationId: applied.conversationId })
    }
    markHandled(tx, receipt.id, doorAnswer, messageId, now)
    if (parsed.some(carriesCard)) emptyReceipt(tx, receipt.id)
    faultPoint('inbound.before-commit')
    return doorAnswer
  })
  faultPoint('inbound.committed')
  return answer
}

function withoutCardsInHtml(arrival: Arrival): Arrival {
  return arrival.kind === 'message' && arrival.html !== null ? { ...arrival, html: maskCardsInHtml(arrival.html) } : arrival
}

/** Whether a card number was in it: then its raw form is not kept once it is handled. */
function carriesCard(arrival: Arrival): boolean {
  const words = arrival.kind === 'message' ? [arrival.text, arrival.subject, arrival.html, arrival.mail?.fullText] : arrival.kind === 'item-change' ? [arrival.text] : arrival.kind === 'call' && arrival.event.step === 'recorded' ? [arrival.event.transcript] : []
  return words.some((text) => text && maskCards(text) !== text)
}

/** Nobody but an administrator reads it, nobody is answered: docs/operations.md. */
function isForAdministratorsOnly(arrival: Arrival): boolean {
  return arrival.kind === 'message' && arrival.channel === 'email' && isVerificationMail({ from: arrival.from.value, subject: arrival.subject ?? '' })
}

async function setAside(context: InboundContext, receipt: ReceiptRow, error: unknown): Promise<void> {
  const now = context.clock.now()
  if (error instanceof ItemNotHere && receipt.attempts + 1 >= attemptsMax) return context.db.tx(async (tx) => markHandled(tx, receipt.id, null, null, now))
  const isFinal = error instanceof UnusableReceipt || receipt.attempts + 1 >= attemptsMax
  const delayMs = error instanceof RetryLater ? error.retryAfterMs : 2000 * 4 ** receipt.attempts
  const reason = error instanceof UnusableReceipt ? error.reason : error instanceof Error ? error.name : 'unknown'
  await markFailed(context.db, receipt.id, isFinal ? 'quarantined' : 'failed', reason, isFinal ? null : new Date(now.getTime() + delayMs))
  count(isFinal ? 'receiptsQuarantined' : 'receiptsFailed', { channel: receipt.channel })
}

/** The sweeper's part: receipts a crash or a failure left. Returns how many it found. */
export async function sweepReceipts(context: InboundContext): Promise<number> {
  const due = await dueReceipts(context.db, context.clock.now(), 100)
  for (const id of due) {
    await receiveInbound(context, id).catch((error: unknown) => {
      if (error instanceof DatabaseUnavailable) throw error
      context.logger.warn({ err: error, receiptId: id }, 'receipt failed again')
    })
  }
  return due.length
}

export type { Arrival }
