/**
 * Calls the webhooks of escalations: signed, again with growing pauses until it is taken. The id is the same each time, so that
 * a receiver that answered while we died counts it once.
 */
import type { SlaAction } from '#contract/api/sla.ts'
import type { Context } from '../../context.ts'
import { faultPoint } from '../../platform/faults.ts'
import { HttpClientError } from '../../platform/http-client.ts'
import { count } from '../../platform/telemetry.ts'
import { webhookSecret, webhookSignature } from './webhook-signature.steps.ts'

type WebhookContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'http' | 'secrets' | 'config' | 'logger'>

const timeoutMs = 10_000
/** So long nobody else tries one that is under way: longer than a receiver may take. */
const leaseMs = 30_000
/** Over about a day. */
const backoffMs = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000]
const atOnce = 50

interface Due {
  id: string
  policyId: string
  attempts: number
  action: Extract<SlaAction, { kind: 'webhook' }>
  share: number
  contactId: string
  conversationId: string
  queueId: string
  channel: string
  kind: string
  startedAt: Date
  dueAt: Date | null
  at: Date
}

/** Sends what is due, each at most by one worker at a time. Returns how many were tried. */
export async function sendWebhooks(context: WebhookContext): Promise<number> {
  let tried = 0
  for (;;) {
    const now = context.clock.now()
    // The next attempt is written before this one: a worker that dies here costs a lease, not the webhook.
    const due = await context.db.query<Due>(
      `with due as (select id from sla_escalation where state = 'pending' and next_attempt_at <= $1 order by next_attempt_at limit ${atOnce} for update skip locked),
       taken as (update sla_escalation e set attempts = attempts + 1, next_attempt_at = $1 + $2 * interval '1 millisecond' from due where e.id = due.id returning e.*)
       select t.id, t.policy_id as "policyId", t.attempts, t.action, t.share, s.contact_id as "contactId", s.conversation_id as "conversationId", s.queue_id as "queueId", s.channel, s.kind, s.started_at as "startedAt", s.due_at as "dueAt", t.at
       from taken t join sla_clock s on s.id = t.clock_id`, [now, leaseMs])
    if (due.length === 0) break
    await Promise.all(due.map((one) => send(context, one)))
    tried += due.length
  }
  const next = await context.db.one<{ at: Date | null }>(`select min(next_attempt_at) as at from sla_escalation where state = 'pending'`)
  if (next.at) context.jobs.wake('timers', 'webhooks', { at: next.at })
  return tried
}

async function send(context: WebhookContext, due: Due): Promise<void> {
  const { reason, isFinal } = await call(context, due)
  faultPoint('sla.webhook-sent')
  const isOver = reason === null || isFinal || due.attempts > backoffMs.length
  if (reason !== null) {
    count('slaWebhooksFailed', { reason })
    if (isOver) context.logger.warn({ event: 'sla.webhook-given-up', escalationId: due.id, reason, attempts: due.attempts }, 'a webhook of an escalation is given up')
  }
  const state = reason === null ? 'done' : isOver ? 'failed' : 'pending'
  const now = context.clock.now()
  await context.db.execute(
    `update sla_escalation set state = $2, reason = $3, done_at = case when $2 = 'pending' then null else $4::timestamptz end, next_attempt_at = $5 where id = $1 and state = 'pending'`,
    [due.id, state, reason, now, isOver ? null : new Date(now.getTime() + backoffMs[Math.min(due.attempts, backoffMs.length) - 1]!)])
}

/** `isFinal`: no later attempt can go better. */
async function call({ http, secrets, clock, config }: WebhookContext, due: Due): Promise<{ reason: string | null; isFinal: boolean }> {
  const body = JSON.stringify({
    id: due.id, type: due.share === 1 ? 'sla.breached' : 'sla.warned', at: due.at.toISOString(),
    data: {
      contactId: due.contactId, conversationId: due.conversationId, queueId: due.queueId, channel: due.channel, target: due.kind, share: due.share, startedAt: due.startedAt.toISOString(), dueAt: due.dueAt?.toISOString() ?? null,
      url: `${config.publicUrl}/inbox/all/${due.conversationId}`,
    },
  })
  try {
    const answer = await http.request({
      url: due.action.url, method: 'POST', body, timeoutMs, redirectsMax: 0, sizeBytesMax: 64 * 1024,
      headers: { 'content-type': 'application/json', 'user-agent': 'Tributary', 'tributary-id': due.id, 'tributary-signature': webhookSignature(webhookSecret(secrets, due.policyId), clock.now(), body) },
    })
    if (answer.status >= 200 && answer.status < 300) return { reason: null, isFinal: true }
    return { reason: `status-${answer.status}`, isFinal: answer.status === 410 }
  } catch (error) {
    if (!(error instanceof HttpClientError)) throw error
    return { reason: error.code, isFinal: error.code === 'blocked' }
  }
}
