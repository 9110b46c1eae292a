import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createServer } from 'node:http'
import type { RunningSimulator } from '#simulator/start.ts'
import { accountSid, authToken, hubNumber, rest, startFor, TinyHub } from './hub.ts'

const messages = '/webhooks/twilio/messages'
const mei = '+14155550101'
const png = { name: 'box.png', contentType: 'image/png', base64: Buffer.from('png bytes').toString('base64') }

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
beforeEach(async () => {
  hub.arrived.length = 0
  hub.answer(messages, '<Response/>')
  await simulator.customers.faults.clear()
})

const send = (form: Record<string, string>) => rest(simulator, 'POST', '/Messages.json', { From: hubNumber, StatusCallback: `${hub.url}/status`, ...form })
const statuses = (sid: unknown) => hub.at('/status').filter((each) => each.params['MessageSid'] === sid).map((each) => each.params['MessageStatus'])

test('an SMS arrives signed, with the fields of a real one and its pictures to fetch', async () => {
  const sent = await simulator.customers.sms(mei, 'Hello ✓ a+b&c', { files: [png] })
  expect(sent).toMatchObject({ sid: expect.stringMatching(/^MM[0-9a-f]{32}$/), webhookStatus: 200 })
  const [arrived] = hub.at(messages)
  expect(arrived?.isSigned).toBe(true)
  expect(arrived?.params).toMatchObject({ MessageSid: sent.sid, SmsSid: sent.sid, AccountSid: accountSid, From: mei, To: hubNumber, Body: 'Hello ✓ a+b&c', NumMedia: '1', MediaContentType0: 'image/png', NumSegments: '1', ApiVersion: '2010-04-01', FromCountry: 'US' })
  expect(await (await fetch(arrived?.params['MediaUrl0'] ?? '')).text()).toBe('png bytes')
})

test('a WhatsApp message carries the profile', async () => {
  await simulator.customers.whatsapp(mei, 'Hi', { profileName: 'Mei' })
  expect(hub.at(messages)[0]?.params).toMatchObject({ From: `whatsapp:${mei}`, To: `whatsapp:${hubNumber}`, ProfileName: 'Mei', WaId: mei.slice(1) })
})

test('the webhook’s answer may reply', async () => {
  hub.answer(messages, '<Response><Message>Thank you</Message></Response>')
  await simulator.customers.sms('+14155550122', 'Hi')
  const inbox = await simulator.customers.waitFor(async () => (await simulator.customers.inbox('sms', '+14155550122'))[0])
  expect(inbox).toMatchObject({ text: 'Thank you', by: 'hub' })
})

test('what the hub sends goes queued, sent, delivered, each told once, signed and in order', async () => {
  const { status, body } = await send({ To: mei, Body: 'On its way' })
  expect(status).toBe(201)
  expect(body).toMatchObject({ status: 'queued', direction: 'outbound-api', num_segments: '1' })
  await expect.poll(() => statuses(body['sid'])).toEqual(['sent', 'delivered'])
  expect(hub.at('/status').every((each) => each.isSigned)).toBe(true)
  expect((await rest(simulator, 'GET', `/Messages/${body['sid']}.json`)).body['status']).toBe('delivered')
  expect((await simulator.customers.inbox('sms', mei)).at(-1)).toMatchObject({ text: 'On its way', status: 'delivered' })
})

test('pictures are fetched from the hub; one that is missing fails the message', async () => {
  hub.answer('/picture.png', { type: 'image/png', body: 'png' })
  hub.answer('/gone.png', { status: 404 })
  await send({ To: '+14155550123', Body: 'Look', MediaUrl: `${hub.url}/picture.png` })
  const shown = await simulator.customers.waitFor(async () => (await simulator.customers.inbox('sms', '+14155550123')).find((each) => each.files.length === 1))
  expect(shown.files[0]).toMatchObject({ name: 'picture.png', contentType: 'image/png' })
  const { body } = await send({ To: '+14155550123', MediaUrl: `${hub.url}/gone.png` })
  await expect.poll(() => statuses(body['sid'])).toEqual(['failed'])
})

test('WhatsApp takes free text only within 24 hours of the customer’s last message, and tells when it was read', async () => {
  const stranger = '+14155550124'
  const form = { To: `whatsapp:${stranger}`, From: `whatsapp:${hubNumber}`, Body: 'Hello' }
  const cold = await send(form)
  await expect.poll(() => statuses(cold.body['sid'])).toEqual(['failed'])
  expect((await rest(simulator, 'GET', `/Messages/${cold.body['sid']}.json`)).body).toMatchObject({ status: 'failed', error_code: 63016 })
  await simulator.customers.whatsapp(stranger, 'Hi')
  const warm = await send(form)
  await expect.poll(() => statuses(warm.body['sid'])).toEqual(['sent', 'delivered'])
  await simulator.customers.readWhatsapp(stranger)
  await expect.poll(() => statuses(warm.body['sid'])).toEqual(['sent', 'delivered', 'read'])
})

test('STOP blocks the number pair until START, and the customer is told by Twilio', async () => {
  const from = '+14155550125'
  await simulator.customers.sms(from, ' stop ')
  expect(hub.at(messages)).toHaveLength(1)
  expect(await send({ To: from, Body: 'Hi' })).toMatchObject({ status: 400, body: { code: 21610, status: 400, more_info: 'https://www.twilio.com/docs/errors/21610' } })
  await simulator.customers.sms(from, 'START')
  expect((await send({ To: from, Body: 'Hi' })).status).toBe(201)
  expect((await simulator.customers.inbox('sms', from)).filter((each) => each.by === 'provider')).toHaveLength(2)
})

test.each([
  ['a wrong number', { To: '12' }, 21211],
  ['no number', { Body: 'x' }, 21604],
  ['a sender that is not ours', { To: mei, From: '+19995550000', Body: 'x' }, 21606],
  ['a WhatsApp sender that is not ours', { To: `whatsapp:${mei}`, From: hubNumber, Body: 'x' }, 63007],
  ['nothing to say', { To: mei }, 21619],
  ['too much to say', { To: mei, Body: 'x'.repeat(1601) }, 21617],
])('%s is refused in Twilio’s shape', async (_name, form, code) => {
  const { status, body } = await send(form)
  expect({ status, code: body['code'] }).toEqual({ status: 400, code })
})

test('wrong credentials and unknown things are refused in Twilio’s shape', async () => {
  expect(await rest(simulator, 'GET', '.json', undefined, `${accountSid}:wrong`)).toMatchObject({ status: 401, body: { code: 20003 } })
  expect(await rest(simulator, 'GET', '.json')).toMatchObject({ status: 200, body: { sid: accountSid, status: 'active' } })
  expect(await rest(simulator, 'GET', '/Messages/SM0.json')).toMatchObject({ status: 404, body: { code: 20404 } })
  expect(await rest(simulator, 'GET', '/Nothing.json')).toMatchObject({ status: 404, body: { code: 20404 } })
})

test('the message list is paged and can be asked by numbers and time', async () => {
  const from = '+14155550126'
  const before = new Date(Date.now() - 1000).toISOString()
  for (const text of ['one', 'two', 'three']) await simulator.customers.sms(from, text)
  const page = await rest(simulator, 'GET', `/Messages.json?From=${encodeURIComponent(from)}&PageSize=2&${encodeURIComponent('DateSent>')}=${before}`)
  const bodies = (list: unknown) => (list as { body: string }[]).map((each) => each.body)
  expect(bodies(page.body['messages'])).toEqual(['three', 'two'])
  const next = await fetch(`${simulator.twilioUrl}${String(page.body['next_page_uri'])}`, { headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` } })
  expect(bodies(((await next.json()) as { messages: unknown }).messages)).toEqual(['one'])
})

test('trouble can be switched on: twice, out of order, undeliverable, slow down, down, cut after accepting', async () => {
  const { faults } = simulator.customers
  await faults.set({ twilio: { duplicateStatus: true } })
  const twice = await send({ To: mei, Body: 'x' })
  await expect.poll(() => statuses(twice.body['sid'])).toEqual(['sent', 'sent', 'delivered', 'delivered'])
  await faults.set({ twilio: { duplicateStatus: false, reorderStatus: true } })
  const reordered = await send({ To: mei, Body: 'x' })
  await expect.poll(() => statuses(reordered.body['sid'])).toEqual(['delivered', 'sent'])
  await faults.set({ twilio: { reorderStatus: false, undeliverable: { [mei]: 30003 } } })
  const lost = await send({ To: mei, Body: 'x' })
  await expect.poll(() => hub.at('/status').find((each) => each.params['MessageSid'] === lost.body['sid'])?.params).toMatchObject({ MessageStatus: 'undelivered', ErrorCode: '30003' })
  await faults.set({ twilio: { api: '429' } })
  expect(await send({ To: mei, Body: 'x' })).toMatchObject({ status: 429, body: { code: 20429 } })
  await faults.set({ twilio: { api: '503' } })
  expect((await send({ To: mei, Body: 'x' })).status).toBe(503)
  await faults.set({ twilio: { api: 'cut' } })
  await expect(send({ To: mei, Body: 'cut but accepted' })).rejects.toThrow()
  await faults.clear()
  expect((await simulator.customers.inbox('sms', mei)).at(-1)?.text).toBe('cut but accepted')
})

test('a hub that is down loses the message at this door, and the customer’s side says so', async () => {
  const { port } = await new Promise<{ port: number }>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve({ port: typeof address === 'object' && address ? address.port : 0 }))
    })
  })
  const lonely = await startFor({ url: `http://127.0.0.1:${port}` })
  expect(await lonely.customers.sms(mei, 'anybody?')).toMatchObject({ webhookStatus: null })
  expect((await lonely.customers.state()).notices[0]).toMatchObject({ source: 'twilio', code: 11205 })
  await lonely.stop()
})
