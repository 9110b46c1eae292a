import type { Context } from '#server/context.ts'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import { slackCredentials } from '#server/channels/slack/account.ts'
import { type Envelope, envelope, installedTeamOf } from '#server/channels/slack/envelope.ts'
import { verifySlackRequest } from '#server/channels/slack/verify.ts'
import { findChannelAccount, listChannelAccounts, openAccount } from '#server/features/settings/channel-accounts.steps.ts'
import { defineWebhook, type Webhook, type WebhookAnswer, type WebhookRequest } from '#server/platform/http-route.ts'
import { count } from '#server/platform/telemetry.ts'
import { answerInTime, webhookAnswerOf } from './answer-in-time.ts'
import { refuseWebhook } from './refuse.ts'

type DoorContext = Parameters<typeof answerInTime>[0] & Pick<Context, 'config' | 'db' | 'secrets' | 'clock'>

const usual = { status: 200, contentType: 'text/plain; charset=utf-8', body: '' }
/** Slack waits three seconds, then tries again. */
const limitMs = 2000
const challengeBytesMax = 256
/** What the parser has a listener for; `app_mention` repeats a message under another id. */
const heardEvents = new Set(['message', 'reaction_added', 'reaction_removed', 'file_deleted'])

/**
 * Slack's Events API. Only the raw body's signature counts: not the legacy token, not the retry headers. What is signed but
 * says nothing to us is answered 200, or Slack would try it again and in the end switch the app off.
 */
export function slackEventsDoor(context: DoorContext): Webhook {
  return defineWebhook({ path: '/webhooks/slack/events', limitBytes: 1024 * 1024, contentType: ['application/json'] }, async (request) => {
    const parsed = parseEnvelope(request.rawBody)
    const account = parsed?.type === 'event_callback' ? await installedAccount(context, parsed) : null
    await requireSignature(context, request, parsed, account)
    if (!parsed) return ignored('shape')
    if (parsed.type === 'url_verification') return challengeAnswer(parsed.challenge)
    if (!account) return ignored('team-not-installed')
    if (!parsed.event_id) return ignored('no-event-id')
    if (!heardEvents.has(parsed.event.type) || parsed.event['bot_id']) return ignored('not-for-us')
    const answer = await answerInTime(context, { channel: 'slack', accountId: account.id, account, externalId: parsed.event_id, kind: 'event', body: request.rawBody, facts: {} }, limitMs, usual)
    return webhookAnswerOf(answer)
  })
}

/** Null for anything that is no envelope we know, text that is not JSON included. */
function parseEnvelope(rawBody: Buffer): Envelope | null {
  try {
    return envelope.safeParse(JSON.parse(rawBody.toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

async function installedAccount(context: DoorContext, event: Extract<Envelope, { type: 'event_callback' }>): Promise<AccountWithSecrets | null> {
  const team = installedTeamOf(event)
  const row = team ? await findChannelAccount(context.db, 'slack', team) : undefined
  return row ? openAccount(context.secrets, row) : null
}

/** The handshake names no workspace: there any configured workspace's secret will do, elsewhere only its own. */
async function requireSignature(context: DoorContext, request: WebhookRequest, parsed: Envelope | null, account: AccountWithSecrets | null): Promise<void> {
  const isHandshake = parsed?.type === 'url_verification'
  const candidates = isHandshake ? (await listChannelAccounts(context.db, 'slack')).map((row) => openAccount(context.secrets, row)) : []
  const signingSecrets = [account, ...candidates].map((each) => slackCredentials(each, context.config).signingSecret).filter((secret) => secret !== undefined)
  const verdict = verifySlackRequest(
    { rawBody: request.rawBody, signature: request.headers['x-slack-signature'], timestamp: request.headers['x-slack-request-timestamp'] },
    [...new Set(signingSecrets)],
    context.clock.now(),
  )
  if (!verdict.ok) throw refuseWebhook('slack', 401, verdict.reason)
}

function challengeAnswer(challenge: string): WebhookAnswer {
  if (Buffer.byteLength(challenge) > challengeBytesMax) throw refuseWebhook('slack', 400, 'challenge-too-long')
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: challenge }
}

function ignored(reason: string): WebhookAnswer {
  count('receiptsRejected', { channel: 'slack', reason })
  return webhookAnswerOf(usual)
}
