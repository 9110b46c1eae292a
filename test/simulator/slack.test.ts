import express from 'express'
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listen, type RunningServer } from '#simulator/listening.ts'
import type { RunningSimulator } from '#simulator/start.ts'
import { botToken, signingSecret, startFor } from './hub.ts'

type Envelope = { type: string; challenge?: string; event_id?: string; team_id?: string; event?: Record<string, unknown> & { files?: { url_private: string }[] } }
type Arrived = { isSigned: boolean; body: Envelope; retry: string | undefined; reason: string | undefined }

const mei = 'U0MEICHEN'
const arrived: Arrived[] = []
let answers: (number | 'silent')[] = []
let hub: RunningServer
let simulator: RunningSimulator

beforeAll(async () => {
  const app = express()
  app.post('/webhooks/slack/events', express.text({ type: () => true }), (request, response) => {
    const raw = String(request.body)
    const timestamp = request.get('x-slack-request-timestamp') ?? ''
    const body = JSON.parse(raw) as Envelope
    const isSigned = request.get('x-slack-signature') === `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${raw}`).digest('hex')}` && Math.abs(Date.now() / 1000 - Number(timestamp)) < 5
    arrived.push({ isSigned, body, retry: request.get('x-slack-retry-num'), reason: request.get('x-slack-retry-reason') })
    if (body.type === 'url_verification') return void response.type('text').send(body.challenge)
    const answer = answers.shift() ?? 200
    if (answer === 'silent') return void request.socket.destroy()
    response.status(answer).send()
  })
  hub = await listen(app, '127.0.0.1', 0)
  simulator = await startFor(hub, { speed: 10_000 })
})
afterAll(async () => {
  await simulator.stop()
  await hub.stop()
})
beforeEach(() => {
  arrived.length = 0
  answers = []
})

async function web(method: string, args: Record<string, unknown> = {}, token = botToken): Promise<Record<string, unknown>> {
  const response = await fetch(simulator.slackUrl + method, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(args) })
  return (await response.json()) as Record<string, unknown>
}

test('the request URL is verified by its challenge', async () => {
  expect(await simulator.customers.slackHandshake()).toEqual({ ok: true })
  expect(arrived[0]?.isSigned).toBe(true)
})

test('a direct message arrives signed, as Slack sends it', async () => {
  const sent = await simulator.customers.slackDm(mei, 'Hello 你好')
  expect(sent).toMatchObject({ status: 200, attempts: 1, ts: expect.stringMatching(/^\d{10}\.\d{6}$/), channel: expect.stringMatching(/^D/) })
  expect(arrived[0]).toMatchObject({ isSigned: true, body: { type: 'event_callback', team_id: 'T1', event_id: sent.eventId, event: { type: 'message', channel_type: 'im', user: mei, text: 'Hello 你好', ts: sent.ts } } })
})

test('an event that is not taken comes again three times, with number and reason, under the same id', async () => {
  answers = [500, 'silent', 503, 200]
  const sent = await simulator.customers.slackDm(mei, 'Again')
  expect(sent.attempts).toBe(4)
  expect(arrived.map((each) => [each.retry, each.reason])).toEqual([[undefined, undefined], ['1', 'http_error'], ['2', 'connection_failed'], ['3', 'http_error']])
  expect(new Set(arrived.map((each) => each.body.event_id)).size).toBe(1)
  answers = [500, 500, 500, 500, 500]
  expect(await simulator.customers.slackDm(mei, 'Never')).toMatchObject({ attempts: 4, status: 500 })
})

test('edits, deletions and reactions arrive as their own events', async () => {
  const { ts } = await simulator.customers.slackDm(mei, 'Frist')
  await simulator.customers.slackEdit(ts, 'First')
  await simulator.customers.slackReact(ts, mei, 'thumbsup')
  await simulator.customers.slackDelete(ts)
  expect(arrived.slice(1).map((each) => [each.body.event?.['type'], each.body.event?.['subtype']])).toEqual([['message', 'message_changed'], ['reaction_added', undefined], ['message', 'message_deleted']])
  expect(arrived[1]?.body.event).toMatchObject({ message: { text: 'First', ts }, previous_message: { text: 'Frist' } })
})

test('the app writes to a user, updates, and hears its own message', async () => {
  const opened = await web('conversations.open', { users: mei })
  const channel = (opened['channel'] as { id: string }).id
  const posted = await web('chat.postMessage', { channel, text: 'Good morning' })
  expect(posted).toMatchObject({ ok: true, channel, ts: expect.any(String) })
  await expect.poll(() => arrived.at(-1)?.body.event).toMatchObject({ bot_id: expect.any(String), ts: posted['ts'] })
  await web('chat.update', { channel, ts: posted['ts'], text: 'Good evening' })
  expect((await simulator.customers.inbox('slack', mei)).at(-1)).toMatchObject({ text: 'Good evening', edited: true, by: 'hub' })
  const threaded = await web('chat.postMessage', { channel, text: 'In the thread', thread_ts: posted['ts'] })
  expect(threaded).toMatchObject({ ok: true, message: { thread_ts: posted['ts'] } })
  const history = await web('conversations.history', { channel, limit: 1, oldest: posted['ts'] })
  expect(history).toMatchObject({ ok: true, has_more: false, messages: [{ text: 'In the thread' }] })
  expect(await web('users.info', { user: mei })).toMatchObject({ ok: true, user: { id: mei, profile: { email: 'mei@chen.example' } } })
  expect(await web('auth.test')).toMatchObject({ ok: true, team_id: 'T1' })
})

test('files go both ways', async () => {
  await simulator.customers.slackDm(mei, '', { files: [{ name: 'note.txt', contentType: 'text/plain', base64: Buffer.from('from Mei').toString('base64') }] })
  const url = arrived[0]?.body.event?.files?.[0]?.url_private ?? ''
  expect(await (await fetch(url, { headers: { authorization: `Bearer ${botToken}` } })).text()).toBe('from Mei')
  expect(await (await fetch(url)).text()).toContain('Sign in')
  const target = await web('files.getUploadURLExternal', { filename: 'answer.png', length: 4 })
  await fetch(String(target['upload_url']), { method: 'POST', body: 'data' })
  const channel = simulator.customers.state().then((state) => state.slack.find((each) => each.user === mei)?.channel)
  expect(await web('files.completeUploadExternal', { files: [{ id: target['file_id'], title: 'Answer' }], channel_id: await channel, initial_comment: 'Here' })).toMatchObject({ ok: true })
  expect((await simulator.customers.inbox('slack', mei)).at(-1)).toMatchObject({ text: 'Here', files: [{ name: 'answer.png', contentType: 'image/png', sizeBytes: 4 }] })
})

test('refusals have Slack’s shape', async () => {
  expect(await web('auth.test', {}, 'xoxb-wrong')).toEqual({ ok: false, error: 'invalid_auth' })
  expect(await web('chat.postMessage', { channel: 'D000', text: 'x' })).toEqual({ ok: false, error: 'channel_not_found' })
  expect(await web('chat.postMessage', { channel: 'D000' })).toEqual({ ok: false, error: 'no_text' })
  expect(await web('nothing.here')).toEqual({ ok: false, error: 'unknown_method' })
  await simulator.customers.faults.set({ slack: { api: '429' } })
  const slow = await fetch(`${simulator.slackUrl}auth.test`, { method: 'POST' })
  expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '1'])
  await simulator.customers.faults.clear()
})
