/** The deliver worker: sends what is due on one lane, in order, one item at a time; a lane never waits for another. */
import type { Context } from '../../context.ts'
import type { SendResult } from '../../channels/channel.ts'
import { commit } from '../../platform/effects.ts'
import { faultPoint } from '../../platform/faults.ts'
import { count } from '../../platform/telemetry.ts'
import { openAccount } from '../settings/channel-accounts.steps.ts'
import { commandEnded } from '../voice/voice.steps.ts'
import { buildItem } from './outbound.payload.ts'
import { settleAnswer } from './outbound.steps.ts'
import { dueLanes, idsOfOthers, leaseFirstOfLane, markLater, markUnknown, type LeasedItem, type OutboundRow } from './outbound.store.ts'

export type DeliverContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'files' | 'secrets' | 'channels' | 'logger' | 'config'>

const leaseMs = 60_000
/** Longer than a provider is waited for with all requests of a command (15 s); a call waits for what a dead worker had taken. */
const commandLeaseMs = 20_000
/** Spread over about a day: a provider down for an hour loses nothing. */
const backoffMs = [2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000]
/** A call waits for nobody: its commands are given up soon. */
const commandAttemptsMax = 3

export async function deliverLane(context: DeliverContext, lane: string): Promise<void> {
  for (;;) {
    const taken = await take(context, lane)
    if (!taken) return
    // A worker that had it died between the call and our knowing: it may have been accepted.
    const result = taken.was === 'pending' ? await send(context, taken) : await ask(context, taken)
    faultPoint('deliver.sent')
    const goesOn = await settle(context, taken.row, result)
    if (!goesOn) return
  }
}

async function take(context: DeliverContext, lane: string): Promise<LeasedItem | null> {
  const now = context.clock.now()
  const first = await leaseFirstOfLane(context.db, lane, now, { message: new Date(now.getTime() + leaseMs), command: new Date(now.getTime() + commandLeaseMs) })
  if (first && !first.item) context.jobs.wake('deliver', lane, { at: first.dueAt })
  return first?.item ?? null
}

const accountRetired: SendResult = { ok: false, kind: 'refused', code: 'account-retired', detail: '' }
const nothingToSend: SendResult = { ok: false, kind: 'refused', code: 'nothing-to-send', detail: '' }

async function send(context: DeliverContext, leased: LeasedItem): Promise<SendResult> {
  if (!leased.account) return accountRetired
  const account = openAccount(context.secrets, leased.account)
  const item = await buildItem(context, leased, account)
  if (!item) return nothingToSend
  faultPoint('deliver.before-send')
  return context.channels.adapters[leased.row.channel].send(item, account)
}

/** What may be told twice without harm. */
const repeatable = new Set<OutboundRow['kind']>(['hang-up', 'requeue', 'delete-recording', 'open-room', 'hand-over', 'hold'])

/** Asks the provider about an item that may have been accepted. Where it cannot tell, staff decide: never a blind second sending. */
async function ask(context: DeliverContext, leased: LeasedItem): Promise<SendResult> {
  if (!leased.account) return accountRetired
  const { row } = leased
  const account = openAccount(context.secrets, leased.account)
  const item = await buildItem(context, leased, account)
  if (!item) return nothingToSend
  const settled = await context.channels.adapters[row.channel].settle(item, account, (externalIds) => idsOfOthers(context.db, row, externalIds))
  if (settled) return settled
  return repeatable.has(row.kind) ? send(context, leased) : { ok: false, kind: 'refused', code: 'unknown-outcome', detail: '' }
}

/** Writes what came of it. Returns whether the lane goes on at once; what is queued after this wakes it anew. */
async function settle(context: DeliverContext, row: OutboundRow, result: SendResult): Promise<boolean> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    if (result.ok) {
      count('outboundSent', { channel: row.channel })
      const { isMoved, hasNext } = await settleAnswer(tx, row, result, now, effects)
      if (isMoved && row.invitationId) tx.send(`update survey_invitation set state = 'sent', sent_at = $2, version = version + 1 where id = $1 and state = 'sending'`, [row.invitationId, now])
      if (row.kind !== 'message') await commandEnded(tx, row, { ok: true, externalId: result.externalId }, now, effects)
      return hasNext
    }
    if (result.kind === 'unknown') {
      await markUnknown(tx, row.id, new Date(now.getTime() + 5_000))
      effects.wake('deliver', row.lane, new Date(now.getTime() + 5_000))
      return false
    }
    const attemptsMax = row.kind === 'message' ? backoffMs.length : commandAttemptsMax
    if (result.kind === 'later' && row.attempts < attemptsMax) {
      count('outboundRetried', { channel: row.channel })
      const at = new Date(now.getTime() + (result.retryAfterMs ?? backoffMs[row.attempts - 1] ?? 60_000))
      await markLater(tx, row.id, at, result.detail)
      effects.wake('deliver', row.lane, at)
      return false
    }
    const code = result.kind === 'refused' ? result.code : 'provider-down'
    count('outboundFailed', { channel: row.channel, reason: code })
    const { hasNext } = await settleAnswer(tx, row, { status: 'failed', reason: code }, now, effects)
    if (row.kind !== 'message') await commandEnded(tx, row, { ok: false, code }, now, effects)
    return hasNext
  })
}

/** The sweeper's part: lanes that are due but were not woken, or whose worker died. */
export async function sweepOutbound(context: DeliverContext): Promise<number> {
  const lanes = await dueLanes(context.db, new Date(context.clock.now().getTime() - 2_000), 200)
  for (const lane of lanes) context.jobs.wake('deliver', lane)
  return lanes.length
}
