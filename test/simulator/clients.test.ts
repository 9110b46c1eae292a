import { type WebAPICallResult, WebClient } from '@slack/web-api'
import twilio, { type RequestClient } from 'twilio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningSimulator } from '#simulator/start.ts'
import { accountSid, authToken, botToken, hubNumber, startFor, TinyHub } from './hub.ts'

/** The providers' own client libraries must not notice the difference. */

let hub: TinyHub
let simulator: RunningSimulator

beforeAll(async () => {
  hub = new TinyHub()
  await hub.start()
  simulator = await startFor(hub)
})
afterAll(async () => {
  await simulator.stop()
  await hub.stop()
})

type ClientRequest = Parameters<RequestClient['request']>[0]

/** Twilio's library with nothing changed but the host it talks to. */
function twilioClient(token = authToken) {
  const request = async (options: ClientRequest) => {
    const target = new URL(options.uri)
    const api = new URL(simulator.twilioUrl)
    target.protocol = api.protocol
    target.host = api.host
    for (const [name, value] of Object.entries(options.params ?? {})) target.searchParams.set(name, String(value))
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries((options.data ?? {}) as Record<string, unknown>)) for (const each of Array.isArray(value) ? value : [value]) form.append(name, String(each))
    const isPost = options.method.toUpperCase() === 'POST'
    const response = await fetch(target, { method: options.method.toUpperCase(), headers: { authorization: `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}` }, ...(isPost ? { body: form } : {}) })
    const text = await response.text()
    return { statusCode: response.status, body: text === '' ? '' : (JSON.parse(text) as unknown), headers: {} }
  }
  return twilio(accountSid, token, { httpClient: { request } as unknown as RequestClient })
}

test('Twilio’s library sends, lists page by page, calls, redirects and understands refusals', async () => {
  const client = twilioClient()
  for (const body of ['one', 'two', 'three']) await client.messages.create({ to: '+14155550133', from: hubNumber, body })
  const listed = await client.messages.list({ to: '+14155550133', dateSentAfter: new Date(Date.now() - 60_000), pageSize: 2 })
  expect(listed.map((message) => message.body)).toEqual(['three', 'two', 'one'])
  expect(listed[0]?.dateCreated).toBeInstanceOf(Date)
  await expect(client.messages.create({ to: '12', from: hubNumber, body: 'x' })).rejects.toMatchObject({ status: 400, code: 21211 })
  await expect(twilioClient('wrong').api.v2010.accounts(accountSid).fetch()).rejects.toMatchObject({ status: 401, code: 20003 })
  expect((await client.api.v2010.accounts(accountSid).fetch()).status).toBe('active')
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: hubNumber })
  expect((await client.incomingPhoneNumbers(number?.sid ?? '').update({ smsUrl: `${hub.url}/other` })).smsUrl).toBe(`${hub.url}/other`)
  const call = await client.calls.create({ to: 'client:agent', from: hubNumber, twiml: '<Response><Pause length="600"/></Response>' })
  await expect.poll(async () => (await client.calls(call.sid).fetch()).status).toBe('in-progress')
  await client.calls(call.sid).update({ twiml: '<Response><Say>Bye</Say></Response>' })
  await expect.poll(async () => (await client.calls(call.sid).fetch()).status).toBe('completed')
  await expect(client.calls(call.sid).update({ status: 'completed' })).rejects.toMatchObject({ code: 21220 })
})

test('Slack’s library writes, uploads, reads history and understands refusals', async () => {
  const slack = new WebClient(botToken, { slackApiUrl: simulator.slackUrl, retryConfig: { retries: 0 } })
  const { channel } = await slack.conversations.open({ users: 'U0MEICHEN' })
  const posted: WebAPICallResult & { ts?: string } = await slack.apiCall('chat.postMessage', { channel: channel?.id ?? '', text: 'Hello' })
  await slack.filesUploadV2({ channel_id: channel?.id ?? '', filename: 'answer.txt', file: Buffer.from('forty-two'), initial_comment: 'See here', thread_ts: posted.ts ?? '' })
  const inbox = await simulator.customers.inbox('slack', 'U0MEICHEN')
  expect(inbox.at(-1)).toMatchObject({ text: 'See here', threadTs: posted.ts, files: [{ name: 'answer.txt', sizeBytes: 9 }] })
  const history = await slack.conversations.history({ channel: channel?.id ?? '', limit: 10 })
  expect(history.messages?.map((message) => message.text)).toEqual(['See here', 'Hello'])
  await expect(new WebClient('xoxb-no', { slackApiUrl: simulator.slackUrl }).auth.test()).rejects.toMatchObject({ data: { ok: false, error: 'invalid_auth' } })
})
