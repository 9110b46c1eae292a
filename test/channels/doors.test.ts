import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { replyToken } from '#server/features/conversations/reply-token.ts'
import { speakSmtp, startDoors } from './doors-hub.ts'
import { mailAccount, mailOf } from './mail-provider.ts'
import { signedSlackHeaders, slackEnvelope, slackMessage } from './slack-provider.ts'
import { publicUrl, slackSigningSecret, twilioAuthToken } from './tools.ts'
import { inboundSms, inboundWhatsapp, messagesPath, ourNumber, theirNumber } from './twilio-provider.ts'

let doors: Awaited<ReturnType<typeof startDoors>>
beforeAll(async () => { doors = await startDoors() })
afterAll(async () => { await doors.close() })
beforeEach(async () => { await doors.forget() })

const sid = (n: number) => `SM${n.toString(16).padStart(32, '0')}`
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('Twilio’s doors', () => {
  type Sent = { path?: string; token?: string; signedAs?: Record<string, string>; signature?: string; body?: string; headers?: Record<string, string> }
  const send = (params: Record<string, string>, { path = messagesPath, token = twilioAuthToken, signedAs = params, signature, body, headers }: Sent = {}) =>
    doors.post(path, body ?? new URLSearchParams(params).toString(), { ...form, 'x-twilio-signature': signature ?? getExpectedTwilioSignature(token, publicUrl + path, signedAs), ...headers })

  it('takes an SMS, answers TwiML, and stores one message however often it comes', async () => {
    const params = inboundSms('Where is my order?', { MessageSid: sid(1) })
    for (let i = 0; i < 3; i += 1) expect(await send(params, { headers: { 'i-twilio-idempotency-token': `${i}` } })).toMatchObject({ status: 200, type: 'text/xml; charset=utf-8', body: '<Response/>' })
    const twenty = await Promise.all(Array.from({ length: 20 }, () => send(inboundSms('at once', { MessageSid: sid(2) }))))
    expect(new Set(twenty.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await doors.receipts()).toMatchObject([{ externalId: sid(1), state: 'handled' }, { externalId: sid(2), state: 'handled' }])
    expect((await doors.messages()).map(({ text }) => text)).toEqual(['Where is my order?', 'at once'])
  })

  it('brings SMS and WhatsApp of one number into one conversation', async () => {
    await send(inboundWhatsapp('and on WhatsApp', { MessageSid: sid(3) }))
    const messages = await doors.messages()
    expect(new Set(messages.map(({ conversationId }) => conversationId)).size).toBe(1)
    expect(messages.at(-1)).toMatchObject({ channel: 'whatsapp', evidence: 'proved' })
  })

  it.each<[string, () => ReturnType<typeof send>, number]>([
    ['no signature', () => send(inboundSms('x'), { signature: '' }), 403],
    ['another token', () => send(inboundSms('x'), { token: 'somebody-elses-token-000000000000' }), 403],
    ['a changed text', () => send(inboundSms('y'), { signedAs: inboundSms('x') }), 403],
    ['another account', () => send(inboundSms('x', { AccountSid: `AC${'9'.repeat(32)}` })), 403],
    ['a query that was not signed', () => send(inboundSms('x'), { headers: {}, path: `${messagesPath}?bodySHA256=00`, signature: getExpectedTwilioSignature(twilioAuthToken, publicUrl + messagesPath, inboundSms('x')) }), 403],
    ['a repeated parameter', () => send(inboundSms('x'), { body: `${new URLSearchParams(inboundSms('x')).toString()}&Body=x` }), 400],
    ['a JSON body', () => doors.post(messagesPath, '{}', { 'content-type': 'application/json', 'x-twilio-signature': 'x' }), 415],
    ['1500 parameters', () => doors.post(messagesPath, Array.from({ length: 1500 }, (_, i) => `p${i}=1`).join('&'), { ...form, 'x-twilio-signature': 'x' }), 413],
    ['a text of 110 KB', () => send(inboundSms('x'.repeat(110_000))), 413],
    ['a SID of another length', () => send(inboundSms('x', { MessageSid: `SM${'a'.repeat(33)}` })), 400],
    ['a SID with quotes', () => send(inboundSms('x', { MessageSid: `SM' or 1=1 --` })), 400],
    ['a number nobody configured', () => send(inboundSms('x', { To: '+15559999', MessageSid: sid(9) })), 404],
  ])('turns away %s', async (_name, act, status) => {
    const before = (await doors.messages()).length
    const answer = await act()
    expect(answer.status).toBe(status)
    expect(answer.type).toMatch(/^application\/problem\+json/)
    expect(await doors.messages()).toHaveLength(before)
    const kept = await doors.receipts()
    expect(kept).toMatchObject(status === 404 ? [{ state: 'quarantined', accountId: null }] : [])
  })

  it('sees through fields renamed so that the signature still fits', async () => {
    const params = inboundSms('hi', { MessageSid: sid(10) })
    const { From, ...others } = params
    expect(await send({ ...others, Fro: `m${From}` }, { signedAs: params })).toMatchObject({ status: 400 })
    expect(await send({ ...others, Body: `${params.Body}From${From}` }, { signedAs: params })).toMatchObject({ status: 400 })
    expect(await doors.receipts()).toEqual([])
  })

  it('goes by the address it was told to have, not by what the request says', async () => {
    const params = inboundSms('x', { MessageSid: sid(11) })
    const forged = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-proto': 'http' }
    expect(await send(params, { headers: forged, signature: getExpectedTwilioSignature(twilioAuthToken, `https://evil.example${messagesPath}`, params) })).toMatchObject({ status: 403 })
  })

  it('uses the number’s own token, the one before a rotation only while they overlap', async () => {
    const [own, before] = ['the-numbers-own-token-0123456789ab', 'the-token-before-it-0123456789abcd']
    const until = (ms: number) => ({ secondaryAuthTokenUntil: new Date(doors.context.clock.now().getTime() + ms).toISOString() })
    const tryWith = async (token: string, n: number) => (await send(inboundSms('x', { MessageSid: sid(n) }), { token })).status
    await doors.setAccount('sms', { secrets: { authToken: own, secondaryAuthToken: before }, settings: until(60_000) })
    expect([await tryWith(own, 20), await tryWith(before, 21), await tryWith(twilioAuthToken, 22)]).toEqual([200, 200, 403])
    await doors.setAccount('sms', { secrets: { authToken: own, secondaryAuthToken: before }, settings: until(-1) })
    expect(await tryWith(before, 23)).toBe(403)
    await doors.setAccount('sms', { settings: {} })
  })

  it('stores what would break a database, and takes short codes as they are', async () => {
    expect(await send(inboundSms('a\0b \u202E\u200B', { MessageSid: sid(30), From: '12345' }))).toMatchObject({ status: 200 })
    expect((await doors.messages()).map(({ text }) => text)).toContain('ab \u202E\u200B')
    const [identity] = await doors.db.query<{ value: string }>(`select value from identity where value = '12345'`)
    expect(identity).toEqual({ value: '12345' })
  })

  it.each([
    ['a location', { MessageType: 'location', Latitude: '47.37', Longitude: '8.54', Label: 'Zürich' }, '📍 47.37, 8.54 · Zürich'],
    ['a location that cannot be', { MessageType: 'location', Latitude: '91', Longitude: 'abc' }, '📍'],
    ['a button', { MessageType: 'button', ButtonText: 'Yes' }, '🔘 Yes'],
    ['a kind nobody knows', { MessageType: 'hologram' }, '❔ hologram'],
  ])('says of %s on WhatsApp what it is', async (name, more, text) => {
    await send(inboundWhatsapp('', { ...more, MessageSid: sid(40 + name.length) }))
    expect((await doors.messages()).at(-1)?.text).toBe(text)
  })

  it('keeps a picture’s address for later and never fetches from elsewhere', async () => {
    const media = { NumMedia: '1', MediaUrl0: 'http://169.254.169.254/latest', MediaContentType0: 'image/png' }
    await send(inboundSms('', { ...media, MessageSid: `MM${'7'.repeat(32)}` }))
    const [file] = await doors.db.query<{ state: string; sourceUrl: string }>(`select state, source_url as "sourceUrl" from attachment`)
    expect(file).toEqual({ state: 'fetching', sourceUrl: media.MediaUrl0 })
    const account = { id: 'x', channel: 'sms' as const, address: ourNumber, name: '', settings: {}, secrets: {} }
    for (const url of [media.MediaUrl0, 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/', 'https://2130706433/', 'https://api.twilio.com.evil.example/']) {
      await expect(doors.context.channels.adapters.sms.fetchFile?.(url, account, 1000)).rejects.toMatchObject({ code: 'blocked' })
    }
  })

  it('stores each status of a message once', async () => {
    const status = (MessageStatus: string, more: Record<string, string> = {}) => ({ MessageSid: sid(50), SmsSid: sid(50), AccountSid: inboundSms('').AccountSid ?? '', From: ourNumber, To: theirNumber, MessageStatus, ...more })
    const path = '/webhooks/twilio/status'
    for (const word of ['delivered', 'sent', 'sent', 'queued']) expect(await send(status(word), { path })).toMatchObject({ status: 200 })
    expect(await send(status('failed', { ErrorCode: '30003', Price: 'many' }), { path })).toMatchObject({ status: 200 })
    expect((await doors.receipts()).map(({ externalId, state }) => [externalId, state])).toEqual(['delivered', 'sent', 'queued', 'failed:30003'].map((word) => [`${sid(50)}:${word}`, 'handled']))
  })
})

describe('Slack’s door', () => {
  const path = '/webhooks/slack/events'
  const send = (body: unknown, { secret = slackSigningSecret, raw = JSON.stringify(body), at = doors.context.clock.now(), headers = {} }: { secret?: string; raw?: string; at?: Date; headers?: Record<string, string> } = {}) =>
    doors.post(path, raw, { 'content-type': 'application/json', ...signedSlackHeaders(Buffer.from(raw), secret, at), ...headers })
  const event = (id: string, text = 'hello') => slackEnvelope(slackMessage(text), { event_id: id })

  it('answers the handshake with the challenge as plain text, if it is short', async () => {
    expect(await send({ type: 'url_verification', token: 'x', challenge: '<b>abc</b>' })).toEqual({ status: 200, body: '<b>abc</b>', type: 'text/plain; charset=utf-8' })
    expect(await send({ type: 'url_verification', challenge: 'x'.repeat(300) })).toMatchObject({ status: 400 })
    expect(await send({ type: 'url_verification', challenge: 'abc' }, { secret: 'another-apps-secret' })).toMatchObject({ status: 401 })
  })

  it('stores an event once, whatever the retry headers say', async () => {
    for (const headers of [{}, { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' }]) expect(await send(event('Ev1', 'from Slack'), { headers })).toMatchObject({ status: 200 })
    expect(await send(event('Ev2', 'a forged retry'), { headers: { 'x-slack-retry-num': '3' } })).toMatchObject({ status: 200 })
    expect(await doors.receipts()).toMatchObject([{ externalId: 'Ev1', state: 'handled' }, { externalId: 'Ev2', state: 'handled' }])
    expect((await doors.messages()).filter(({ channel }) => channel === 'slack').map(({ text }) => text)).toEqual(['from Slack', 'a forged retry'])
  })

  it.each<[string, () => ReturnType<typeof send>, number]>([
    ['without a signature', () => doors.post(path, '{}', { 'content-type': 'application/json' }), 401],
    ['of another app', () => send(event('Ev3'), { secret: 'another-apps-secret' }), 401],
    ['of 301 seconds ago', () => send(event('Ev4'), { at: new Date(doors.context.clock.now().getTime() - 301_000) }), 401],
    ['of ten minutes ahead', () => send(event('Ev5'), { at: new Date(doors.context.clock.now().getTime() + 600_000) }), 401],
    ['as a form', () => doors.post(path, 'payload={}', form), 415],
    ['compressed', () => send(event('Ev6'), { headers: { 'content-encoding': 'gzip' } }), 415],
    ['of an unknown type', () => send({ type: 'something_new' }), 200],
    ['without an event', () => send({ type: 'event_callback', team_id: 'T1', event_id: 'Ev7' }), 200],
    ['whose event is a list', () => send({ ...event('Ev8'), event: [] }), 200],
    ['that is null', () => send(null), 200],
    ['of a workspace without our app', () => send({ ...event('Ev9'), team_id: 'T9', authorizations: [{ team_id: 'T9' }] }), 200],
    ['without an id', () => send({ ...event('x'), event_id: undefined }), 200],
    ['of our own bot', () => send(slackEnvelope(slackMessage('echo', { bot_id: 'B1' }), { event_id: 'Ev10' })), 200],
    ['that tries the prototype', () => send(null, { raw: '{"type":"event_callback","__proto__":{"team_id":"T1"},"event":{"type":"message"}}' }), 200],
  ])('stores nothing of a request %s', async (_name, act, status) => {
    expect((await act()).status).toBe(status)
    expect(await doors.receipts()).toEqual([])
  })
})

describe('the mail door', () => {
  const begin = async (...recipients: string[]) => {
    const client = await speakSmtp(doors.smtp.port)
    await client.say('EHLO mx.chen.example')
    await client.say('MAIL FROM:<mei@chen.example>')
    const answers: string[] = []
    for (const to of recipients) answers.push(await client.say(`RCPT TO:<${to}>`))
    return { ...client, answers }
  }
  const deliver = async (raw: Buffer, ...recipients: string[]) => {
    const client = await begin(...recipients)
    await client.say('DATA')
    client.send(Buffer.concat([raw, Buffer.from('\r\n.\r\n')]))
    const answer = await client.answer()
    client.socket.destroy()
    return answer
  }

  it('stores a mail before it says 250, once per mail however often it comes', async () => {
    const raw = await mailOf('My parcel is wet.')
    expect(await deliver(raw, mailAccount.address)).toMatch(/^250 /)
    expect(await deliver(raw, mailAccount.address.toUpperCase(), mailAccount.address)).toMatch(/^250 /)
    expect(await doors.receipts()).toMatchObject([{ channel: 'email', state: 'handled', accountId: doors.world.accountIds.email }])
    expect((await doors.messages()).filter(({ channel }) => channel === 'email')).toMatchObject([{ text: 'My parcel is wet.', evidence: 'claimed' }])
  })

  it('takes mail for our mailboxes only, and reply addresses only when we signed them', async () => {
    const { answers } = await begin('somebody@else.example', 'nobody@help.example.com', 'reply+forged@help.example.com', `reply+${'0'.repeat(32)}.${'0'.repeat(20)}@help.example.com`, mailAccount.address)
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['550', '550', '550', '550', '250'])
  })

  it('brings an answer to our reply address into its thread, and from somebody else into a conversation of their own', async () => {
    expect(await deliver(await mailOf('First words.', { messageId: '<order-5@chen.example>', subject: 'Another order' }), mailAccount.address)).toMatch(/^250 /)
    const thread = await doors.db.one<{ id: string; identityId: string; conversationId: string }>(`select id, identity_id as "identityId", conversation_id as "conversationId" from thread where external_key = '<order-5@chen.example>'`)
    const address = `reply+${replyToken(doors.context.secrets, thread.id, thread.identityId)}@help.example.com`
    expect(await deliver(await mailOf('Second words.', { messageId: '<order-6@chen.example>', to: address }), address.toUpperCase())).toMatch(/^250 /)
    expect(await deliver(await mailOf('Let me in.', { messageId: '<evil-1@x.example>', from: 'evil@x.example', to: address }), address)).toMatch(/^250 /)
    const by = new Map((await doors.messages()).map((message) => [message.text, message]))
    expect(by.get('Second words.')).toMatchObject({ threadId: thread.id, conversationId: thread.conversationId })
    expect(by.get('Let me in.')?.conversationId).not.toBe(thread.conversationId)
    expect(by.get('Let me in.')?.threadId).not.toBe(thread.id)
  })

  it('takes a bounce’s empty sender', async () => {
    const client = await speakSmtp(doors.smtp.port)
    await client.say('EHLO mx.example')
    expect(await client.say('MAIL FROM:<>')).toMatch(/^250/)
  })

  it('refuses what is too large, announced or not, and sign-in', async () => {
    const client = await speakSmtp(doors.smtp.port)
    expect(await client.say('EHLO x')).not.toMatch(/AUTH|STARTTLS/)
    expect(await client.say('AUTH PLAIN AGEAYg==')).toMatch(/^5/)
    expect(await client.say('MAIL FROM:<a@b.example> SIZE=1000000000000')).toMatch(/^552/)
    expect(await deliver(Buffer.alloc(26 * 1024 * 1024, 'x\r\n'), mailAccount.address)).toMatch(/^552/)
    expect(await doors.receipts()).toEqual([])
  })

  it('stores nothing of a mail that was cut short', async () => {
    const client = await begin(mailAccount.address)
    await client.say('DATA')
    client.send('From: a@b.example\r\n\r\nhalf a m')
    client.socket.destroy()
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(await doors.receipts()).toEqual([])
  })

  it('lives through nonsense', async () => {
    const client = await speakSmtp(doors.smtp.port)
    client.send(`${'X'.repeat(1_000_000)}\n\n\n`)
    await client.answer()
    expect(await deliver(await mailOf('still there?', { messageId: '<order-2@chen.example>' }), mailAccount.address)).toMatch(/^250 /)
  })

  it('sets poison aside with its reason, and says 250: it is stored', async () => {
    expect(await deliver(Buffer.from(`From: a@b.example\r\n${'X-A: b\r\n'.repeat(50_000)}\r\nhi`), mailAccount.address)).toMatch(/^250 /)
    expect(await doors.receipts()).toMatchObject([{ state: 'quarantined', reason: 'too-many-headers' }])
  })
})

describe('while the database is away', () => {
  const params = () => inboundSms('later', { MessageSid: sid(60) })
  const sms = () => doors.post(messagesPath, new URLSearchParams(params()).toString(), { ...form, 'x-twilio-signature': getExpectedTwilioSignature(twilioAuthToken, publicUrl + messagesPath, params()) })

  it('no door says yes, and each takes the same again afterwards', async () => {
    const raw = await mailOf('in the meantime', { messageId: '<order-3@chen.example>' })
    const client = await speakSmtp(doors.smtp.port)
    const begin = async () => {
      await client.say('EHLO x')
      await client.say('MAIL FROM:<mei@chen.example>')
      return client.say(`RCPT TO:<${mailAccount.address}>`)
    }
    expect(await begin()).toMatch(/^250/)
    expect(await client.say('DATA')).toMatch(/^354/)
    await doors.withoutDatabase(async () => {
      client.send(Buffer.concat([raw, Buffer.from('\r\n.\r\n')]))
      expect(await client.answer()).toMatch(/^451/)
      expect(await begin()).toMatch(/^451/)
      expect(await sms()).toMatchObject({ status: 503 })
    })
    expect(await sms()).toMatchObject({ status: 200 })
    expect(await begin()).toMatch(/^250/)
    await client.say('DATA')
    client.send(Buffer.concat([raw, Buffer.from('\r\n.\r\n')]))
    expect(await client.answer()).toMatch(/^250/)
    expect((await doors.receipts()).map(({ channel, state }) => `${channel} ${state}`).sort()).toEqual(['email handled', 'sms handled'])
  })
})
