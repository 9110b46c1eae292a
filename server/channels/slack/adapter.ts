import * as z from 'zod'
import type { AccountWithSecrets, ChannelAdapter, OutboundItem, OutboundPayload, SendResult } from '../channel.ts'
import { FileNotFetched } from '../file-fetch.ts'
import { idTime } from '../id-time.ts'
import type { ChannelTools } from '../parse.ts'
import { refused } from '../send-result.ts'
import { slackApiUrl, slackCredentials } from './account.ts'
import { type SlackApp, slackApp } from './app.ts'
import { itemId } from './arrivals.ts'
import { resultOfSlackError } from './error-codes.ts'
import { escapeForSlack } from './text.ts'

export { parseReceipt } from './parse.ts'

type Message = Extract<OutboundPayload, { kind: 'message' }>
type Call = { client: SlackApp['client']; token: string }

const opened = z.object({ channel: z.object({ id: z.string() }) })
const posted = z.object({ channel: z.string(), ts: z.string() })
const upload = z.object({ upload_url: z.url(), file_id: z.string() })
const page = z.object({
  messages: z.array(z.object({ ts: z.string(), text: z.string().default(''), bot_id: z.string().optional(), files: z.array(z.unknown()).optional(), metadata: z.object({ event_payload: z.object({ ref: z.string().optional() }).optional() }).optional() })),
})

/** Slack through the client of the hub's Bolt app. */
export function createSlackAdapter(tools: ChannelTools): ChannelAdapter {
  return {
    channel: 'slack',

    async send(item, account) {
      if (item.payload.kind !== 'message') throw new Error(`slack has no command ${item.payload.kind}`)
      const message = item.payload
      return attempt(account, tools, (call) => (message.files.length > 0 ? sendFiles(call, item, message, tools) : sendText(call, item, message)))
    },

    /** Asks the channel's history for our reference in the metadata, or for the same words from a bot since the item was made. */
    async settle(item, account) {
      const { payload } = item
      const madeAt = idTime(item.id)
      if (payload.kind !== 'message' || !madeAt) return null
      return attempt(account, tools, async (call) => {
        const { channel, threadTs } = await placeOf(call, item, payload)
        const since = { token: call.token, channel, oldest: String(Math.floor(madeAt.getTime() / 1000) - 2), limit: 200, include_all_metadata: true }
        const { messages } = page.parse(threadTs ? await call.client.conversations.replies({ ...since, ts: threadTs }) : await call.client.conversations.history(since))
        const text = escapeForSlack(payload.text)
        const found = messages.find((one) => one.metadata?.event_payload?.ref === payload.clientRef) ?? messages.find((one) => one.bot_id && one.text === text && (one.files?.length ?? 0) === payload.files.length)
        return found ? { ok: true, externalId: itemId(channel, found.ts), status: 'delivered' } : { ok: false, kind: 'later', retryAfterMs: 0, detail: 'not in the history' }
      })
    },

    async testAccount(account) {
      const result = await attempt(account, tools, async ({ client, token }) => {
        const who = await client.auth.test({ token })
        if (who.team_id !== account.address) return refused('credentials-refused', `the token is for workspace ${who.team_id}`)
        return { ok: true, externalId: [who.team, who.user].join(' · '), status: 'sent' }
      })
      return result.ok ? { ok: true, detail: result.externalId } : { ok: false, reason: result.detail }
    },

    async fetchFile(sourceUrl, account, limitBytes) {
      const { botToken } = slackCredentials(account, tools.config)
      // The token goes to Slack's file host and to a configured server, never elsewhere: a file's address comes from outside.
      const isOurs = URL.canParse(sourceUrl) && [new URL(slackApiUrl(tools.config)).origin, 'https://files.slack.com'].includes(new URL(sourceUrl).origin)
      const answer = await tools.http.request({
        url: sourceUrl,
        headers: botToken && isOurs ? { authorization: `Bearer ${botToken}` } : {},
        allowedHosts: ['files.slack.com'],
        sizeBytesMax: limitBytes,
        timeoutMs: 30_000,
        redirectsMax: 0,
      })
      const contentType = answer.headers['content-type'] ?? 'application/octet-stream'
      if (answer.status !== 200) throw new FileNotFetched(answer.status)
      // Without the right to the file Slack answers 200 with its sign-in page.
      if (/^text\/html/i.test(contentType) && /<title>[^<]*Slack/i.test(answer.body.subarray(0, 4000).toString('latin1'))) throw new FileNotFetched(403)
      return { content: answer.body, contentType }
    },
  }
}

async function sendText({ client, token }: Call, item: OutboundItem, message: Message): Promise<SendResult> {
  const { channel, threadTs } = addressed(item, message)
  const { channel: where, ts } = posted.parse(
    await client.chat.postMessage({
      token,
      channel,
      text: escapeForSlack(message.text),
      ...(threadTs ? { thread_ts: threadTs } : {}),
      mrkdwn: false,
      parse: 'none',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: 'tributary_message', event_payload: { ref: message.clientRef } },
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
    }),
  )
  return { ok: true, externalId: itemId(where, ts), status: 'delivered' }
}

/** Uploads each file, then shows them all in one message with the words: one effect, made by the last call alone. */
async function sendFiles(call: Call, item: OutboundItem, message: Message, tools: ChannelTools): Promise<SendResult> {
  const { channel, threadTs } = await placeOf(call, item, message)
  const uploaded: { id: string; title: string }[] = []
  for (const file of message.files) {
    const content = await file.read()
    const { upload_url, file_id } = upload.parse(await call.client.files.getUploadURLExternal({ token: call.token, filename: file.name, length: content.byteLength }))
    const answer = await tools.http.request({ url: upload_url, method: 'POST', body: content, headers: { 'content-type': 'application/octet-stream' }, allowedHosts: ['files.slack.com'], timeoutMs: 60_000, redirectsMax: 0 })
    if (answer.status !== 200) return { ok: false, kind: 'later', retryAfterMs: null, detail: `upload answered ${answer.status}` }
    uploaded.push({ id: file_id, title: file.name })
  }
  const [first, ...others] = uploaded
  if (!first) throw new Error('a message of files without files')
  const place = threadTs ? { channel_id: channel, thread_ts: threadTs } : { channel_id: channel }
  await call.client.files.completeUploadExternal({ token: call.token, files: [first, ...others], ...place, ...(message.text === '' ? {} : { initial_comment: escapeForSlack(message.text) }) })
  return { ok: true, externalId: itemId(channel, `file:${first.id}`), status: 'delivered' }
}

/** A person (Slack opens the direct message itself), or the channel and root of the thread that is answered. */
function addressed(item: OutboundItem, message: Message): { channel: string; threadTs: string | null } {
  if (!message.thread) return { channel: item.to, threadTs: null }
  const [channel = item.to, threadTs = null] = message.thread.externalKey.split(':')
  return { channel, threadTs }
}

/** The same with the channel's own id, which histories and uploads want. */
async function placeOf({ client, token }: Call, item: OutboundItem, message: Message): Promise<{ channel: string; threadTs: string | null }> {
  const place = addressed(item, message)
  if (!/^[UW]/.test(place.channel)) return place
  return { ...place, channel: opened.parse(await client.conversations.open({ token, users: place.channel })).channel.id }
}

async function attempt(account: AccountWithSecrets, tools: ChannelTools, call: (call: Call) => Promise<SendResult>): Promise<SendResult> {
  const { botToken } = slackCredentials(account, tools.config)
  if (!botToken) return refused('credentials-refused', 'no bot token is set')
  try {
    const { client } = await slackApp(tools)
    return await call({ client, token: botToken })
  } catch (error) {
    const result = resultOfSlackError(error)
    if (result) return result
    throw error
  }
}
