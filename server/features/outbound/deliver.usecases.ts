/** The deliver worker: sends what is due on one lane, in order, one item at a time; a lane never waits for another. */
import type { Context } from '../../context.ts'
import type { SendResult } from '../../channels/channel.ts'
import { commit } from '../../platform/effects.ts'
import { faultPoint } from '../../platform/faults.ts'
import { count } from '../../platform/telemetry.ts'
import { openAccountById } from '../settings/channel-accounts.steps.ts'
import { commandEnded } from '../voice/voice.steps.ts'
import { buildItem } from './outbound.payload.ts'
import { advance, applyParkedReports, lockExternalId } from './outbound.steps.ts'
import { dueLanes, hasNext, idsOfOthers, markLater, markSending, markUnknown, takeFirstOfLane, type OutboundRow } from './outbound.store.ts'

export type DeliverContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'files' | 'secrets' | 'channels' | 'logger' | 'config'>

const leaseMs = 60_000
/** Longer than a provider is waited for; a call waits for what a dead worker had taken. */
const commandLeaseMs = 20_000
/** Spread over about a day: a provider down for an hour loses nothing. */
const backoffMs = [2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000]
/** A call waits for nobody: its commands are given up soon. */
const commandAttemptsMax = 3

export async function deliverLane(context: DeliverContext, lane: string): Promise<void> {
  for (;;) {
    const taken = await take(context, lane)
    if (!taken) return
    const result = taken.was === 'unknown' ? await ask(context, taken.row) : await send(context, taken.row)
    faultPoint('deliver.sent')
    const goesOn = await settle(context, taken.row, result)
    if (!goesOn) return
  }
}

async function take(context: DeliverContext, lane: string): Promise<{ row: OutboundRow; was: OutboundRow['state'] } | null> {
  const now = context.clock.now()
  return context.db.tx(async (tx) => {
    const row = await takeFirstOfLane(tx, lane)
    if (!row) return null
    if (row.state === 'sending' && row.leaseUntil && row.leaseUntil > now) return null
    if (row.state !== 'sending' && row.nextAttemptAt > now) {
      context.jobs.wake('deliver', lane, { at: row.nextAttemptAt })
      return null
    }
    // A worker that had it died between the call and our knowing: it may have been accepted. Asking is no attempt.
    const isAsked = row.state === 'sending' || row.state === 'unknown'
    markSending(tx, row.id, { leaseUntil: new Date(now.getTime() + (row.kind === 'message' ? leaseMs : commandLeaseMs)), isAttempt: !isAsked })
    return isAsked ? { row, was: 'unknown' as const } : { row: { ...row, attempts: row.attempts + 1 }, was: row.state }
  })
}

async function send(context: DeliverContext, row: OutboundRow): Promise<SendResult> {
  const account = await openAccountById(context, row.accountId)
  if (!account) return { ok: false, kind: 'refused', code: 'account-retired', detail: '' }
  const item = await buildItem(context, row, account)
  if (!item) return { ok: false, kind: 'refused', code: 'nothing-to-send', detail: '' }
  faultPoint('deliver.before-send')
  return context.channels.adapters[row.channel].send(item, account)
}

/** What may be told twice without harm. */
const repeatable = new Set<OutboundRow['kind']>(['hang-up', 'requeue', 'delete-recording', 'open-room', 'hand-over', 'hold'])

/** Asks the provider about an item that may have been accepted. Where it cannot tell, staff decide: never a blind second sending. */
async function ask(context: DeliverContext, row: OutboundRow): Promise<SendResult> {
  const account = await openAccountById(context, row.accountId)
  if (!account) return { ok: false, kind: 'refused', code: 'account-retired', detail: '' }
  const item = await buildItem(context, row, account)
  if (!item) return { ok: false, kind: 'refused', code: 'nothing-to-send', detail: '' }
  const settled = await context.channels.adapters[row.channel].settle(item, account, (externalIds) => idsOfOthers(context.db, row, externalIds))
  if (settled) return settled
  return repeatable.has(row.kind) ? send(context, row) : { ok: false, kind: 'refused', code: 'unknown-outcome', detail: '' }
}

/** Writes what came of it. Returns whether the lane goes on at once; what is queued after this wakes it anew. */
async function settle(context: DeliverContext, row: OutboundRow, result: SendResult): Promise<boolean> {
  const now = context.clock.now()
  return commit(context, now, async (tx, effects) => {
    if (result.ok) {
      count('outboundSent', { channel: row.channel })
      lockExternalId(tx, row.accountId, result.externalId)
      if (await advance(tx, row, result.status, null, now, effects, result.externalId)) {
        await applyParkedReports(tx, row, result.externalId, now, effects)
        if (row.invitationId) tx.send(`update survey_invitation set state = 'sent', sent_at = $2, version = version + 1 where id = $1 and state = 'sending'`, [row.invitationId, now])
      }
      if (row.kind !== 'message') await commandEnded(tx, row, { ok: true, externalId: result.externalId }, now, effects)
      return hasNext(tx, row.lane)
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
    await advance(tx, row, 'failed', code, now, effects)
    if (row.kind !== 'message') await commandEnded(tx, row, { ok: false, code }, now, effects)
    return hasNext(tx, row.lane)
  })
}

/** The sweeper's part: lanes that are due but were not woken, or whose worker died. */
export async function sweepOutbound(context: DeliverContext): Promise<number> {
  const lanes = await dueLanes(context.db, new Date(context.clock.now().getTime() - 2_000), 200)
  for (const lane of lanes) context.jobs.wake('deliver', lane)
  return lanes.length
}
