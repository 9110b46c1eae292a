/** Which use case each wake-up runs. A handler claims all that is due; it may be woken twice, late, or for nothing. */
import type { Context } from '../server/context.ts'
import { sweepAway, sweepLeases } from '../server/features/agents/agents.usecases.ts'
import { runContactTimers } from '../server/features/contacts/contacts.timers.ts'
import { fetchFiles, sweepFiles } from '../server/features/files/fetch.usecases.ts'
import { sweepUploads } from '../server/features/files/uploads.usecases.ts'
import { sweepReceipts } from '../server/features/inbound/inbound.usecases.ts'
import { deliverLane, sweepOutbound } from '../server/features/outbound/deliver.usecases.ts'
import { forgetStrangeReports } from '../server/features/outbound/forget.usecases.ts'
import { forgetDecisions } from '../server/features/routing/forget.usecases.ts'
import { runOverflow } from '../server/features/queues/overflow.usecases.ts'
import { besideCall, expireOffers, loadRouteFacts, route } from '../server/features/routing/routing.usecases.ts'
import { withdrawOffersBesideCall } from '../server/features/routing/withdraw-offers.usecases.ts'
import { rankQueueAgain } from '../server/features/settings/queues.usecases.ts'
import { fireClocks, retimeClocks } from '../server/features/sla/sla.usecases.ts'
import { sendWebhooks } from '../server/features/sla/webhooks.usecases.ts'
import { sweepFollowUps } from '../server/features/followups/overdue.usecases.ts'
import { runReports } from '../server/features/reports/report-runs.usecases.ts'
import { workOutStandings } from '../server/features/standing/standing.usecases.ts'
import { sendDueSurveys } from '../server/features/surveys/surveys.usecases.ts'
import { sweepCalls } from '../server/features/voice/voice.usecases.ts'
import { sweepChats } from '../server/features/webchat/webchat.presence.ts'
import { forgetIdempotencyKeys } from '../server/platform/http-idempotency-store.ts'
import type { JobHandlers } from '../server/platform/jobs.ts'
import { forgetEvents } from '../server/platform/relay/forget.ts'
import { count } from '../server/platform/telemetry.ts'

export function jobHandlers(context: Context): JobHandlers {
  return {
    route: routing(context),
    timers: (key) => timersOf(context, key),
    deliver: (lane) => (lane === 'all' ? sweepOutbound(context).then(() => {}) : deliverLane(context, lane)),
    surveys: () => sendDueSurveys(context),
    reports: (key) => (key === 'standings' ? workOutStandings(context) : runReports(context)),
    media: (messageId) => fetchFiles(context, messageId),
    sweep: () => sweep(context),
  }
}

/** What the line cannot serve leaves it before the rest is routed. */
function routing(context: Context): () => Promise<void> {
  // Agents are freed far more often than anybody waits: what a run needs is read ahead where the one before found a line.
  let isLine = false
  return async () => {
    const { isAnybodyWaiting, beside } = await runOverflow(context, async (reader, now) => (isLine ? loadRouteFacts(reader, 'changed', now) : undefined))
    isLine = isAnybodyWaiting
    if (isAnybodyWaiting) await route(context, 'changed', beside)
  }
}

/** What of time is looked at: clocks apart from the rest, so that neither waits for the other. */
async function timersOf(context: Context, key: string): Promise<void> {
  if (key === 'sla') return void (await runClocks(context))
  if (key === 'webhooks') return void (await sendWebhooks(context))
  if (key.startsWith(besideCall)) return withdrawOffersBesideCall(context, key.slice(besideCall.length))
  if (key.startsWith('rank ')) return void (await rankQueueAgain(context, key.slice('rank '.length)))
  if (key.startsWith('retime')) return void (await retimeClocks(context))
  await runTimers(context)
}

async function runClocks(context: Context): Promise<void> {
  const { nextAt } = await fireClocks(context)
  if (nextAt) context.jobs.wake('timers', 'sla', { at: nextAt })
}

/** Runs everything whose time has come and wakes itself at the next due instant: no polling. */
async function runTimers(context: Context): Promise<void> {
  await runClocks(context)
  const offers = await expireOffers(context)
  const contacts = await runContactTimers(context)
  const away = await sweepAway(context)
  const next = [offers.nextAt, contacts.nextAt, away.nextAt].filter((at) => at !== null).sort((a, b) => a.getTime() - b.getTime())[0]
  if (next) context.jobs.wake('timers', 'all', { at: next })
}

/** The net: what a crash or a lost wake-up left. In a healthy run it finds nothing; what it finds is counted. */
async function sweep(context: Context): Promise<void> {
  const found = {
    receipts: await sweepReceipts(context),
    outbound: await sweepOutbound(context),
    files: await sweepFiles(context),
    calls: await sweepCalls(context),
  }
  for (const [what, n] of Object.entries(found)) if (n > 0) count('sweeperFound', { what }, n)
  context.relay.wake()
  // The usual end of these, not a net: a visitor away for a minute, an upload never sent, an old key.
  await sweepChats(context)
  await sweepUploads(context)
  await sweepLeases(context)
  await forgetIdempotencyKeys(context.db, context.clock.now())
  await forgetDecisions(context)
  await forgetEvents(context.db, context.clock.now())
  await forgetStrangeReports(context)
  await retimeClocks(context)
  await runTimers(context)
  await sendWebhooks(context)
  await sendDueSurveys(context)
  await sweepFollowUps(context)
  // Reports may take minutes: they have their own turn. One whose process died is found there, too.
  context.jobs.wake('reports', 'standings')
  context.jobs.wake('reports', 'all')
  const { beside } = await runOverflow(context, (reader, now) => loadRouteFacts(reader, 'all', now))
  await route(context, 'all', beside)
}
