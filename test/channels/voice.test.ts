import { assert, constantFrom, property, string } from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccountWithSecrets, CallArrival, OutboundItem, OutboundPayload } from '#server/channels/channel.ts'
import { jwtVerify } from 'jose'
import type { Context } from '#server/context.ts'
import { browserLegSources } from '#server/channels/voice/browser-leg.ts'
import { browserToken, ringsIn } from '#server/features/voice/voice.usecases.ts'
import { pageContentSecurityPolicy } from '#server/platform/http.ts'
import { createVoiceAdapter, parseReceipt } from '#server/channels/voice/adapter.ts'
import { mayDial } from '#server/channels/voice/dialling.ts'
import { twimlOf } from '#server/channels/voice/twiml.ts'
import { parseTwiml } from '#simulator/twilio/twiml.ts'
import { idNow } from './adapter-suite.ts'
import { startHttpProvider } from './http-provider.ts'
import { publicUrl, toolsFor, twilioAccountSid } from './tools.ts'

const account: AccountWithSecrets = { id: '0190a000-0000-7000-8000-000000000003', channel: 'voice', address: '+14155550199', name: 'Lamps', settings: {}, secrets: {} }
const callSid = `CA${'a'.repeat(32)}`
const fields = { CallSid: callSid, AccountSid: twilioAccountSid, From: '+41791234567', To: account.address, CallStatus: 'ringing', Direction: 'inbound' }
const receipt = (kind: string, more: Record<string, string> = {}, facts: Record<string, unknown> = {}) => ({ channel: 'voice' as const, kind, body: Buffer.from(new URLSearchParams({ ...fields, ...more }).toString()), facts, receivedAt: new Date(), accountId: account.id })
const arrivalOf = async (...given: Parameters<typeof receipt>): Promise<CallArrival> => (await parseReceipt(receipt(...given), account, toolsFor()))[0] as CallArrival // a call is all this parser makes

describe('what Twilio tells of a call', () => {
  it.each([
    ['A', 'TN-Validation-Passed-A', 'proved', 'A'], ['B', 'TN-Validation-Passed-B', 'claimed', 'B'], ['C by diversion', 'TN-Validation-Passed-C-Diverted', 'claimed', 'C'],
    ['a failed check', 'TN-Validation-Failed-A', 'claimed', null], ['no word', '', 'claimed', null],
  ])('with attestation %s', async (_, verstat, evidence, attestation) => expect(await arrivalOf('ringing', { StirVerstat: verstat })).toMatchObject({ evidence, attestation, oneTime: false, from: { kind: 'phone', value: '+41791234567' } }))

  it.each(['', 'anonymous', '+266696687', '+7378742833', 'client:x', 'sip:bob@x.example', "'; drop table call --", '+1'])('from "%s" is nobody who can be known again', async (from) => {
    expect(await arrivalOf('ringing', { From: from, StirVerstat: 'TN-Validation-Passed-A' })).toMatchObject({ oneTime: true, withheld: true, evidence: 'claimed', from: { kind: 'call', value: '' } })
  })

  it.each([
    ['https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE', true], ['https://api.twilio.com.evil.example/x', false], ['https://evil.example/?https://api.twilio.com', false], ['http://api.twilio.com/x', false],
    ['file:///etc/passwd', false], ['https://169.254.169.254/latest', false], ['nonsense', false],
  ])('a recording at %s is ours: %s', async (url, isOurs) => {
    const { event } = await arrivalOf('recorded', { RecordingUrl: url, RecordingSid: `RE${'b'.repeat(32)}`, RecordingDuration: '3' })
    expect(event).toMatchObject({ step: 'recorded', recordingUrl: isOurs ? url : null, durationMs: 3000 })
  })

  it.each([['an unknown step', 'dance', {}], ['a leg nobody asked for', 'agent-leg', {}], ['a bridge to nobody', 'bridged', {}], ['a recording without an id', 'recorded', {}]])('is set aside: %s', async (_, kind, more) => {
    await expect(arrivalOf(kind, more)).rejects.toMatchObject({ name: 'UnusableReceipt' })
  })
})

describe('TwiML', () => {
  it('is valid whatever is said, and says it', () => {
    assert(property(string({ unit: 'binary', maxLength: 200 }), constantFrom('&<>"\'', ']]>', '<Hangup/>', '&#0;', ''), (text, more) => {
      const { body } = twimlOf([{ do: 'say', locale: 'en', text: text + more }, { do: 'hang-up' }], publicUrl)
      const verbs = parseTwiml(body, 'call')
      expect(verbs.map(({ name }) => name)).toEqual(['Say', 'Hangup'])
      // oxlint-disable-next-line no-control-regex -- XML has no place for control characters; its parsers make one line end of two
      const sayable = (said: string) => said.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, ' ').replaceAll(/\r\n?/g, '\n')
      expect(verbs[0]!.text.replaceAll(/\r\n?/g, '\n')).toBe(sayable(text + more))
    }), { numRuns: 500 })
  })

  it('leads the agent’s leg to the caller in the line', () => {
    const { body } = twimlOf([{ do: 'fetch-caller', sessionId: 's1', timeoutMs: 20_000 }], publicUrl)
    expect(parseTwiml(body, 'call')).toMatchObject([{ name: 'Dial', attributes: { timeout: '20' }, children: [{ name: 'Queue', text: 's1', attributes: { url: `${publicUrl}/webhooks/twilio/voice/about-to-connect?session=s1` } }] }])
  })

  it('has voicemail written down where the language can be', () => {
    const record = (locale: 'en' | 'zh') => parseTwiml(twimlOf([{ do: 'record', sessionId: 's1', locale, maxMs: 180_000, finishOnKey: '#' }], publicUrl).body, 'call')[0]!.attributes
    expect(record('en')).toMatchObject({ transcribe: 'true', maxLength: '180', finishOnKey: '#' })
    expect(record('zh')).not.toHaveProperty('transcribe')
  })
})

describe('which numbers may be dialled', () => {
  it.each(['+14155550100', '+41791234567', '+8613800138000', '+442079460000'])('%s', (number) => expect(mayDial(number)).toEqual({ ok: true }))
  it.each([
    ['+19005551234', 'premium-rate'], ['+8821612345678', 'premium-rate'], ['+870123456789', 'premium-rate'], ['+18765551234', 'premium-rate'], ['+449012345678', 'premium-rate'],
    ['+5351234567', 'country-not-allowed'], ['+2521234567', 'country-not-allowed'], ['4155550100', 'not-a-number'], ['+1', 'not-a-number'], ['client:x', 'not-a-number'], ['+1415555010;ext=9', 'not-a-number'],
  ])('%s not: %s', (number, reason) => expect(mayDial(number)).toEqual({ ok: false, reason }))
})

describe('commands of a call', () => {
  let mood: 'accept' | 'cut' | 'busy' | 'ended' | 'not-in-room' = 'accept'
  let hasRoom = false
  const requests: { method: string; path: string; body: URLSearchParams }[] = []
  const legs: object[] = []
  const roomSid = `CF${'e'.repeat(32)}`
  let provider: Awaited<ReturnType<typeof startHttpProvider>>
  beforeAll(async () => {
    provider = await startHttpProvider(({ method, url, body }) => {
      requests.push({ method, path: url.pathname, body: new URLSearchParams(body) })
      if (mood === 'busy') return { status: 429, body: { code: 20429, message: 'Too Many Requests', status: 429 } }
      if (mood === 'ended') return { status: 400, body: { code: 21220, message: 'Call is not in-progress. Cannot redirect.', status: 400 } }
      if (url.pathname.endsWith('/Conferences.json')) return { status: 200, body: { conferences: hasRoom ? [{ sid: roomSid, status: 'in-progress' }] : [], page: 0, page_size: 50, first_page_uri: '', next_page_uri: null } }
      if (mood === 'not-in-room') return { status: 404, body: { code: 20404, message: 'The requested resource was not found', status: 404 } }
      if (method === 'GET') return { status: 200, body: { calls: legs, page: 0, page_size: 50, first_page_uri: '', next_page_uri: null } }
      const leg = { sid: callSid, account_sid: twilioAccountSid, to: '', from: '', status: 'queued', date_created: new Date().toUTCString().replace('GMT', '+0000') }
      if (url.pathname.endsWith('/Calls.json')) legs.push(leg)
      return { status: 201, body: leg, isCut: mood === 'cut' }
    })
  })
  afterAll(() => provider.down())
  beforeEach(() => { mood = 'accept'; hasRoom = false; requests.length = 0; legs.length = 0 })

  const itemOf = (payload: OutboundPayload): OutboundItem => ({ id: idNow(), to: '', attempts: 1, payload })
  const agent = { id: '0190a000-0000-7000-8000-00000000000a', phone: '+41791234567' }
  const connect = (phone: string | null = agent.phone) => itemOf({ kind: 'connect', callId: callSid, sessionId: 's1', agent: { ...agent, phone } })
  const stoodIn = () => createVoiceAdapter(toolsFor({ TWILIO_API_URL: provider.url }))

  it('rings the agent’s browser, who is told by which command and for which call', async () => {
    const item = connect(null)
    expect(await stoodIn().send(item, account)).toMatchObject({ ok: true, externalId: callSid })
    expect(Object.fromEntries(requests[0]!.body)).toMatchObject({ To: 'client:agent_0190a00000007000800000000000000a', From: account.address, Url: `${publicUrl}/webhooks/twilio/voice/agent-leg?session=s1&command=${item.id}`, Timeout: '20' })
  })

  it.each([[null, 'invalid-address'], ['+19005551234', 'region-not-allowed'], ['+8821612345678', 'region-not-allowed']])('without a browser leg an agent at %s is not rung: %s', async (phone, code) => {
    expect(await createVoiceAdapter(toolsFor()).send(connect(phone), account)).toMatchObject({ ok: false, kind: 'refused', code })
  })

  it('does not know when the line is cut, and finds the leg it made', async () => {
    mood = 'cut'
    const item = connect()
    expect(await stoodIn().send(item, account)).toMatchObject({ ok: false, kind: 'unknown' })
    mood = 'accept'
    expect(await stoodIn().settle(item, account)).toMatchObject({ ok: true, externalId: callSid })
    expect(await stoodIn().settle(item, account, async (ids) => new Set(ids))).toMatchObject({ ok: false, kind: 'later' })
    legs.length = 0
    expect(await stoodIn().settle(item, account)).toMatchObject({ ok: false, kind: 'later' })
  })

  it('waits when the provider is busy; ending what has ended is done', async () => {
    mood = 'busy'
    expect(await stoodIn().send(connect(), account)).toMatchObject({ ok: false, kind: 'later' })
    mood = 'ended'
    expect(await stoodIn().send(itemOf({ kind: 'hang-up', callId: callSid }), account)).toMatchObject({ ok: true })
  })

  it('holds who is in the room; who is not yet in it is held a moment later, and needs not be taken back', async () => {
    const hold = (isOnHold: boolean) => stoodIn().send(itemOf({ kind: 'hold', callId: callSid, sessionId: 's1', isOnHold }), account)
    expect(await hold(true)).toMatchObject({ ok: false, kind: 'later' })
    expect(await hold(false)).toMatchObject({ ok: true })
    hasRoom = true
    mood = 'not-in-room'
    expect(await hold(true)).toMatchObject({ ok: false, kind: 'later' })
    expect(await hold(false)).toMatchObject({ ok: true })
    mood = 'accept'
    expect(await hold(true)).toMatchObject({ ok: true })
    expect(requests.at(-1)).toMatchObject({ path: expect.stringContaining(`/Conferences/${roomSid}/Participants/${callSid}.json`), body: new URLSearchParams({ Hold: 'true' }) })
  })

  it('waits 15 s for all requests of one command together: its lease is not much longer', async () => {
    hasRoom = true
    const [tools, waits, begun] = [toolsFor({ TWILIO_API_URL: provider.url }), new Array<number | undefined>(), Math.floor(performance.now())]
    const passes = vi.spyOn(performance, 'now').mockImplementation(() => begun + 4000 * waits.length)
    const http: typeof tools.http = { request: (outgoing) => { waits.push(outgoing.timeoutMs); return tools.http.request(outgoing) } }
    expect(await createVoiceAdapter({ ...tools, http }).send(itemOf({ kind: 'hand-over', callId: callSid, fromCallId: callSid, sessionId: 's1' }), account)).toMatchObject({ ok: true })
    passes.mockRestore()
    expect(waits).toEqual([15_000, 11_000, 7000, 3000])
  })
})

describe('a leg in the agent’s browser', () => {
  const agentId = '0190a000-0000-7000-8000-0000000000aa'
  const keys = { TWILIO_API_KEY_SID: `SK${'c'.repeat(32)}`, TWILIO_API_KEY_SECRET: 'a-secret-of-an-api-key-for-tests', TWILIO_TWIML_APP_SID: `AP${'d'.repeat(32)}` }

  it('is opened by a short pass, signed with the key, for the name that is dialled and for nothing but being rung', async () => {
    const tools = toolsFor(keys)
    const leg = await createVoiceAdapter(tools).browserLeg!(agentId)
    const { payload, protectedHeader } = await jwtVerify(leg!.token, new TextEncoder().encode(keys.TWILIO_API_KEY_SECRET))
    expect(leg!.identity).toBe('agent_0190a0000000700080000000000000aa')
    expect(payload).toMatchObject({ iss: keys.TWILIO_API_KEY_SID, sub: twilioAccountSid, grants: { identity: leg!.identity, voice: { incoming: { allow: true } } } })
    expect(payload['grants']).not.toHaveProperty('voice.outgoing')
    expect(payload.exp! - Math.floor(Date.now() / 1000)).toBeLessThanOrEqual(900)
    expect(protectedHeader).toMatchObject({ alg: 'HS256', cty: 'twilio-fpa;v=1' })
    expect(Math.abs(leg!.expiresAt.getTime() - tools.clock.now().getTime() - 900_000)).toBeLessThan(5000)
  })

  it.each(Object.keys(keys))('is not there without %s, and the page may reach nobody', async (missing) => {
    const tools = toolsFor({ ...keys, [missing]: '' })
    expect(await createVoiceAdapter(tools).browserLeg!(agentId)).toBeNull()
    expect(ringsIn(tools)).toBe('telephone')
    await expect(browserToken({ config: tools.config, channels: { adapters: { voice: createVoiceAdapter(tools) } } as unknown as Context['channels'] }, agentId)).rejects.toMatchObject({ code: 'voice.no-browser-calls', status: 409 })
  })

  it('lets the page reach the provider, where it is configured', () => {
    expect(pageContentSecurityPolicy()).toContain("connect-src 'self';")
    expect(pageContentSecurityPolicy()).not.toContain('twilio')
    expect(pageContentSecurityPolicy(browserLegSources)).toContain("connect-src 'self' https://*.twilio.com wss://*.twilio.com;")
  })
})
