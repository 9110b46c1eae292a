import { createHmac } from 'node:crypto'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import type { StoredReceipt } from '#server/channels/parse.ts'
import { verifySlackRequest } from '#server/channels/slack/verify.ts'
import { escapeForSlack } from '#server/channels/slack/text.ts'
import type { Provider, ProviderMood } from './adapter-suite.ts'
import { startHttpProvider } from './http-provider.ts'
import { slackBotToken, slackSigningSecret, toolsFor } from './tools.ts'

export const slackAccount: AccountWithSecrets = { id: '0190a000-0000-7000-8000-000000000003', channel: 'slack', address: 'T1', name: 'Workspace', settings: { botUserId: 'UBOT', botId: 'BBOT' }, secrets: {} }

interface Posted { channel: string; text: string; ts: string; bot_id: string; thread_ts?: string; metadata?: unknown; files?: { name: string; content: string }[] }

/** Slack's Web API: one workspace where Mei is U1 and our direct message with her is D1. */
export async function startSlackProvider(): Promise<Provider & { posted: Posted[] }> {
  let mood: ProviderMood = 'accept'
  const posted: Posted[] = []
  const uploads = new Map<string, { name: string; content: string }>()
  const http = await startHttpProvider(({ url, headers, body }) => {
    const upload = /^\/upload\/(F\d+)$/.exec(url.pathname)?.[1]
    if (upload) {
      uploads.set(upload, { name: uploads.get(upload)?.name ?? '', content: body })
      return { status: 200, body: `OK - ${body.length}` }
    }
    const form = new URLSearchParams(body)
    if (headers.authorization !== `Bearer ${slackBotToken}`) return { status: 200, body: { ok: false, error: 'invalid_auth' } }
    if (mood === 'busy') return { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': '30' } }
    const say = (more: Partial<Posted>): Posted => {
      const message: Posted = { channel: form.get('channel') === 'U1' ? 'D1' : (form.get('channel') ?? form.get('channel_id') ?? ''), text: '', ts: `${Math.floor(Date.now() / 1000)}.${String(posted.length + 1).padStart(6, '0')}`, bot_id: 'BBOT', ...more }
      posted.push(message)
      return message
    }
    switch (url.pathname.replace('/api/', '')) {
      case 'users.info': return { status: 200, body: { ok: true, user: { name: 'mei', real_name: 'Mei Chen', locale: 'zh-CN', profile: { display_name: 'Mei' } } } }
      case 'conversations.open': return { status: 200, body: { ok: true, channel: { id: 'D1' } } }
      case 'conversations.history': return { status: 200, body: { ok: true, messages: posted.filter((message) => message.channel === form.get('channel')).toReversed() } }
      case 'conversations.replies': return { status: 200, body: { ok: true, messages: posted.filter((message) => message.channel === form.get('channel') && message.thread_ts === form.get('ts')) } }
      case 'files.getUploadURLExternal': {
        const id = `F${uploads.size + 1}`
        uploads.set(id, { name: form.get('filename') ?? '', content: '' })
        return { status: 200, body: { ok: true, upload_url: `${http.url}/upload/${id}`, file_id: id } }
      }
      case 'files.completeUploadExternal': {
        const ids = JSON.parse(form.get('files') ?? '[]') as { id: string }[]
        say({ text: form.get('initial_comment') ?? '', files: ids.map(({ id }) => uploads.get(id) ?? { name: '?', content: '' }) })
        return { status: 200, body: { ok: true, files: ids } }
      }
      case 'chat.postMessage': {
        if (mood === 'refuse') return { status: 200, body: { ok: false, error: 'channel_not_found' } }
        const thread = form.get('thread_ts')
        const message = say({ text: form.get('text') ?? '', metadata: JSON.parse(form.get('metadata') ?? 'null') as unknown, ...(thread ? { thread_ts: thread } : {}) })
        return { status: 200, body: { ok: true, channel: message.channel, ts: message.ts }, isCut: mood === 'cut' }
      }
      default: return { status: 200, body: { ok: false, error: 'unknown_method' } }
    }
  })
  return {
    posted,
    tools: toolsFor({ SLACK_API_URL: http.url }),
    async mood(next) {
      mood = next
      await (next === 'down' ? http.down() : http.up())
    },
    taken: () => posted.map(({ channel, text }) => ({ to: channel === 'D1' ? 'U1' : channel, text: text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') })),
    close: () => http.down(),
  }
}

/** A direct message as Slack posts it. */
export function slackMessage(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', team: 'T1', text: escapeForSlack(text), ts: '1790000000.000100', event_ts: '1790000000.000100', client_msg_id: '00000000-0000-4000-8000-000000000000', ...more }
}

/** The envelope around an event. */
export function slackEnvelope(event: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    token: 'legacy', team_id: 'T1', api_app_id: 'A1', type: 'event_callback', event_id: 'Ev0001', event_time: 1_790_000_000, event_context: '4-x',
    authorizations: [{ enterprise_id: null, team_id: 'T1', user_id: 'UBOT', is_bot: true, is_enterprise_install: false }], event, ...more,
  }
}

/** The receipt the door makes of it. */
export function slackReceipt(envelope: unknown): StoredReceipt {
  return { channel: 'slack', kind: 'event', body: Buffer.from(JSON.stringify(envelope)), facts: {}, receivedAt: new Date(), accountId: slackAccount.id }
}

export function signedSlackHeaders(rawBody: Buffer, secret: string, at = new Date()): { 'x-slack-signature': string; 'x-slack-request-timestamp': string } {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${rawBody.toString('utf8')}`).digest('hex')}` }
}

/** What the door says of a body signed right, and of one signed with another app's secret. */
export function slackVerdicts(receipt: StoredReceipt): { genuine: boolean; forged: boolean } {
  const check = (secret: string) => {
    const headers = signedSlackHeaders(receipt.body, secret)
    return verifySlackRequest({ rawBody: receipt.body, signature: headers['x-slack-signature'], timestamp: headers['x-slack-request-timestamp'] }, [slackSigningSecret], new Date()).ok
  }
  return { genuine: check(slackSigningSecret), forged: check('the-secret-of-another-app-000000') }
}
