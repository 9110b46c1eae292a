import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningSimulator } from '#simulator/start.ts'
import { hubNumber, rest, startFor, TinyHub } from './hub.ts'

const voice = '/webhooks/twilio/voice'
const mei = '+14155550101'

let hub: TinyHub
let simulator: RunningSimulator

beforeAll(async () => {
  hub = new TinyHub()
  await hub.start()
  simulator = await startFor(hub, { answerTimeoutMs: 300 })
})
afterAll(async () => {
  await simulator.stop()
  await hub.stop()
})
beforeEach(() => {
  hub.arrived.length = 0
})

const say = (text: string) => `<Response><Say>${text}</Say></Response>`

describe('a call', () => {
  test('arrives signed, with the fields of a real one, hears what is said and ends with a status callback', async () => {
    hub.answer(voice, '<Response><Say language="zh-CN">您好</Say><Pause length="2"/><Play>/sound.wav</Play><Say>Good <emphasis>bye</emphasis></Say></Response>')
    const call = await simulator.customers.call(mei, { attestation: 'A' })
    await call.until((view) => view.state === 'ended')
    expect(call.heard).toEqual(['您好', '♪ sound.wav', 'Good bye'])
    const [first] = hub.at(voice)
    expect(first?.isSigned).toBe(true)
    expect(first?.params).toMatchObject({ CallSid: call.sid, From: mei, Caller: mei, To: hubNumber, Called: hubNumber, CallStatus: 'ringing', Direction: 'inbound', StirVerstat: 'TN-Validation-Passed-A', ApiVersion: '2010-04-01' })
    await expect.poll(() => hub.at('/webhooks/twilio/status').map((each) => each.params)).toMatchObject([{ CallSid: call.sid, CallStatus: 'completed', CallDuration: expect.stringMatching(/^\d+$/) }])
  })

  test('with a withheld number comes from the number Twilio gives such callers', async () => {
    hub.answer(voice, '<Response><Reject reason="busy"/></Response>')
    const call = await simulator.customers.call(mei, { withheld: true, attestation: 'none' })
    await call.until((view) => view.state === 'ended')
    expect(call.view.status).toBe('busy')
    expect(hub.at(voice)[0]?.params['From']).toBe('+266696687')
    expect(hub.at(voice)[0]?.params).not.toHaveProperty('StirVerstat')
  })

  test('gathers keys while the prompt is spoken, and goes on when none come', async () => {
    hub.answer(voice, '<Response><Gather numDigits="2" action="/menu" timeout="3"><Say>Press two keys</Say></Gather><Say>Nothing pressed</Say></Response>')
    hub.answer('/menu', say('Thanks'))
    const call = await simulator.customers.call(mei)
    await call.press('42')
    await call.hears('Thanks')
    expect(hub.at('/menu')[0]?.params).toMatchObject({ Digits: '42', CallStatus: 'in-progress' })
    const silent = await simulator.customers.call(mei)
    await silent.hears('Nothing pressed')
  })

  test('finishes on the key and takes speech where asked for', async () => {
    hub.answer(voice, '<Response><Gather input="dtmf speech" finishOnKey="*" action="/said"/></Response>')
    hub.answer('/said', say('Understood'))
    const keyed = await simulator.customers.call(mei)
    await keyed.press('123*')
    await keyed.hears('Understood')
    const spoken = await simulator.customers.call(mei)
    await spoken.until((view) => view.listening !== null)
    await spoken.say('my order')
    await spoken.hears('Understood')
    expect(hub.at('/said').map((each) => each.params['Digits'] ?? each.params['SpeechResult'])).toEqual(['123', 'my order'])
  })

  test('records what is said as a real sound file, which the hub can delete', async () => {
    hub.answer(voice, '<Response><Record action="/recorded" maxLength="30" finishOnKey="#" transcribe="true" transcribeCallback="/words"/></Response>')
    hub.answer('/recorded', say('Thank you'))
    const call = await simulator.customers.call(mei)
    await call.until((view) => view.listening === 'recording')
    await call.say('Please call me back')
    await call.press('#')
    await call.hears('Thank you')
    const recorded = hub.at('/recorded')[0]?.params ?? {}
    expect(recorded).toMatchObject({ Digits: '#', RecordingDuration: expect.stringMatching(/^\d+$/) })
    const wav = Buffer.from(await (await fetch(`${recorded['RecordingUrl']}.wav`)).arrayBuffer())
    expect(wav.subarray(0, 4).toString()).toBe('RIFF')
    expect(wav.readUInt32LE(40)).toBe(wav.length - 44)
    await expect.poll(() => hub.at('/words')[0]?.params['TranscriptionText']).toBe('Please call me back')
    expect((await rest(simulator, 'DELETE', `/Recordings/${recorded['RecordingSid']}.json`)).status).toBe(204)
    expect((await rest(simulator, 'GET', `/Recordings/${recorded['RecordingSid']}.json`)).body).toMatchObject({ code: 20404 })
  })

  test('rings a number, whispers, and tells the dial action how it went', async () => {
    hub.answer(voice, `<Response><Dial action="/dialled" callerId="${hubNumber}"><Number url="/whisper">+14155550150</Number></Dial></Response>`)
    hub.answer('/whisper', say('A call for you'))
    hub.answer('/dialled', say('They left'))
    const call = await simulator.customers.call(mei)
    await call.until((view) => view.state === 'bridged')
    await call.say('Hello there')
    await call.otherSays('Good morning')
    await call.otherHangsUp()
    await call.hears('They left')
    expect(call.heard).toEqual(['Good morning', 'They left'])
    const agent = (await simulator.customers.state()).calls.findLast((each) => each.party === 'agent')
    expect(agent?.lines.filter((line) => line.by !== 'note').map((line) => line.text)).toEqual(['A call for you', 'Hello there', 'Good morning'])
    expect(hub.at('/dialled')[0]?.params).toMatchObject({ DialCallStatus: 'completed', DialCallSid: agent?.id, DialBridged: 'true' })
  })

  test.each([['busy', 'busy'], ['no-answer', 'no-answer'], ['failed', 'failed']] as const)('learns that the called party is %s', async (answering, status) => {
    await simulator.customers.faults.set({ twilio: { answering: { 'client:agent_1': answering } } })
    hub.answer(voice, '<Response><Dial timeout="5" action="/dialled"><Client>agent_1</Client></Dial></Response>')
    hub.answer('/dialled', say('Sorry'))
    const call = await simulator.customers.call(mei)
    await call.hears('Sorry')
    expect(hub.at('/dialled')[0]?.params['DialCallStatus']).toBe(status)
    await simulator.customers.faults.clear()
  })
})

describe('a conference', () => {
  const room = (endsOnExit: boolean) => `<Response><Dial action="/room-left"><Conference startConferenceOnEnter="true" endConferenceOnExit="${endsOnExit}" beep="false">case-1</Conference></Dial></Response>`
  const legs = async () => (await simulator.customers.state()).calls
  const callAgent = async (name: string, endsOnExit: boolean) => {
    hub.answer(`/join-${name}`, room(endsOnExit))
    return String((await rest(simulator, 'POST', '/Calls.json', { To: `client:${name}`, From: hubNumber, Url: `${hub.url}/join-${name}` })).body['sid'])
  }

  test('is one talk of several legs, from which each can go, be put on hold, and whose end is told to all', async () => {
    hub.answer(voice, room(true))
    hub.answer('/room-left', say('Until next time'))
    const call = await simulator.customers.call(mei)
    const [owner, helper] = [await callAgent('owner', true), await callAgent('helper', false)]
    await expect.poll(async () => (await legs()).filter((leg) => leg.state === 'bridged').map((leg) => leg.id)).toEqual(expect.arrayContaining([call.sid, owner, helper]))
    await call.say('Is anybody there?')
    expect((await legs()).filter((leg) => leg.lines.some((line) => line.text === 'Is anybody there?')).map((leg) => leg.id).sort()).toEqual([call.sid, helper, owner].sort())

    const { body } = await rest(simulator, 'GET', '/Conferences.json?FriendlyName=case-1&Status=in-progress')
    const [conference] = body['conferences'] as { sid: string }[]
    const change = (leg: string, form: Record<string, string>) => rest(simulator, 'POST', `/Conferences/${conference!.sid}/Participants/${leg}.json`, form)
    expect((await change(call.sid, { Hold: 'true' })).body).toMatchObject({ hold: true, call_sid: call.sid, conference_sid: conference!.sid })
    await call.say('Hello?')
    expect((await legs()).filter((leg) => leg.lines.some((line) => line.text === 'Hello?')).map((leg) => leg.id)).toEqual([call.sid])
    await change(call.sid, { Hold: 'false' })

    await rest(simulator, 'POST', `/Calls/${helper}.json`, { Status: 'completed' })
    await expect.poll(() => hub.at('/room-left').map((each) => each.params['CallSid'])).toEqual([helper])
    expect((await change(owner, { EndConferenceOnExit: 'false' })).body).toMatchObject({ end_conference_on_exit: false })
    expect((await change(owner, { EndConferenceOnExit: 'true' })).status).toBe(200)
    await rest(simulator, 'POST', `/Calls/${owner}.json`, { Status: 'completed' })
    await call.hears('Until next time')
    expect((await change(owner, {})).status).toBe(404)
  })
})

describe('a queue', () => {
  const enqueue = '<Response><Enqueue waitUrl="/wait" action="/left">support</Enqueue><Say>After the queue</Say></Response>'

  test('tells the waiting caller the position again and again, whispers, bridges with the agent who dials it, and tells how it ended', async () => {
    hub.answer(voice, enqueue)
    hub.answer('/wait', '<Response><Say>Please wait</Say><Pause length="5"/></Response>')
    hub.answer('/about-to', say('Connecting you'))
    hub.answer('/left', say('How was it'))
    hub.answer('/agent', '<Response><Dial action="/agent-done"><Queue url="/about-to">support</Queue></Dial></Response>')
    const first = await simulator.customers.call(mei)
    await first.until((view) => view.queue?.position === 1)
    const second = await simulator.customers.call('+14155550102')
    await second.until((view) => view.queue?.position === 2)
    await expect.poll(() => hub.at('/wait').filter((each) => each.params['CallSid'] === first.sid).length).toBeGreaterThan(1)
    expect(hub.at('/wait')[0]?.params).toMatchObject({ QueuePosition: '1', CurrentQueueSize: expect.any(String), AvgQueueTime: expect.any(String), QueueTime: expect.any(String), QueueSid: expect.stringMatching(/^QU/) })
    const { status, body } = await rest(simulator, 'POST', '/Calls.json', { To: 'client:agent_1', From: hubNumber, Url: `${hub.url}/agent`, StatusCallback: `${hub.url}/leg`, StatusCallbackEvent: 'answered' })
    expect(status).toBe(201)
    await first.until((view) => view.state === 'bridged')
    expect(first.heard).toContain('Connecting you')
    expect(hub.at('/about-to')[0]?.params).toMatchObject({ CallSid: first.sid, DequeingCallSid: body['sid'] })
    await second.until((view) => view.queue?.position === 1)
    await first.otherSays('Hello Mei')
    await first.otherHangsUp()
    await first.hears('How was it')
    expect(first.heard).toContain('Hello Mei')
    expect(hub.at('/left')[0]?.params).toMatchObject({ QueueResult: 'bridged', CallSid: first.sid })
    await expect.poll(() => hub.at('/agent-done')[0]?.params['DialCallStatus']).toBe('completed')
    expect(hub.at('/leg').map((each) => each.params['CallStatus'])).toEqual(['in-progress'])
    await second.hangup()
    await expect.poll(() => hub.at('/left').at(-1)?.params).toMatchObject({ CallSid: second.sid, QueueResult: 'hangup', CallStatus: 'completed' })
    await expect.poll(() => hub.at('/webhooks/twilio/status').filter((each) => each.params['CallSid'] === second.sid).length).toBe(1)
  })

  test('ends for the customer who hangs up while bridged, and the agent goes on', async () => {
    hub.answer(voice, enqueue)
    hub.answer('/wait', '<Response><Pause length="60"/></Response>')
    hub.answer('/agent', '<Response><Dial><Queue>support</Queue></Dial><Say>They hung up</Say></Response>')
    const call = await simulator.customers.call(mei)
    const { body } = await rest(simulator, 'POST', '/Calls.json', { To: 'client:agent_1', From: hubNumber, Url: `${hub.url}/agent` })
    await call.until((view) => view.state === 'bridged')
    await call.hangup()
    await expect.poll(() => hub.at('/left').at(-1)?.params['QueueResult']).toBe('bridged')
    await expect.poll(async () => (await simulator.customers.state()).calls.find((each) => each.id === body['sid'])?.lines.some((line) => line.text === 'They hung up')).toBe(true)
  })

  test('can be left by the wait document and by a redirect of the REST API', async () => {
    hub.answer(voice, enqueue)
    hub.answer('/wait', '<Response><Leave/></Response>')
    hub.answer('/left', '<Response><Redirect>/voicemail</Redirect></Response>')
    hub.answer('/voicemail', say('Leave a message'))
    const call = await simulator.customers.call(mei)
    await call.hears('Leave a message')
    expect(hub.at('/left')[0]?.params['QueueResult']).toBe('leave')
    hub.answer('/wait', '<Response><Pause length="60"/></Response>')
    const redirected = await simulator.customers.call(mei)
    await redirected.until((view) => view.state === 'queued')
    await rest(simulator, 'POST', `/Calls/${redirected.sid}.json`, { Twiml: say('Somewhere else') })
    await redirected.hears('Somewhere else')
    await expect.poll(() => hub.at('/left').at(-1)?.params['QueueResult']).toBe('redirected')
    const completed = await simulator.customers.call(mei)
    await completed.until((view) => view.state === 'queued')
    await rest(simulator, 'POST', `/Calls/${completed.sid}.json`, { Status: 'completed' })
    await completed.until((view) => view.state === 'ended')
  })

  test('rings a customer whom the hub calls, who may answer or decline', async () => {
    hub.answer('/callback', say('You asked us to call'))
    await rest(simulator, 'POST', '/Calls.json', { To: mei, From: hubNumber, Url: `${hub.url}/callback`, StatusCallback: `${hub.url}/leg` })
    const ringing = await simulator.customers.incomingCall(mei)
    await ringing.answer()
    await ringing.hears('You asked us to call')
    await ringing.until((view) => view.state === 'ended')
    await rest(simulator, 'POST', '/Calls.json', { To: mei, From: hubNumber, Url: `${hub.url}/callback`, StatusCallback: `${hub.url}/leg` })
    const declined = await simulator.customers.incomingCall(mei)
    await declined.decline()
    await expect.poll(() => hub.at('/leg').map((each) => each.params['CallStatus'])).toEqual(['completed', 'no-answer'])
  })
})

describe('a wrong answer ends the call with Twilio’s error number', () => {
  test.each([
    ['an unknown verb', '<Response><Shout>hi</Shout></Response>', 12200],
    ['an unknown attribute', '<Response><Say speed="2">hi</Say></Response>', 12200],
    ['a wrong value', '<Response><Gather numDigits="many"/></Response>', 12200],
    ['a verb where it may not stand', '<Response><Gather><Enqueue>x</Enqueue></Gather></Response>', 12200],
    ['text where none may be', '<Response><Pause>long</Pause></Response>', 12200],
    ['Leave outside a queue', '<Response><Leave/></Response>', 12200],
    ['a dial of nobody', '<Response><Dial/></Response>', 13201],
    ['a foreign caller id', '<Response><Dial callerId="+19995550000"><Number>+14155550150</Number></Dial></Response>', 13214],
    ['bad XML', '<Response><Say>hi</Response>', 12100],
    ['an empty answer', '', 12100],
    ['a document type', '<!DOCTYPE x><Response/>', 12100],
    ['another content type', { type: 'application/json', body: '{}' }, 12300],
    ['a refusal', { status: 500 }, 11200],
    ['a missing page', { status: 404 }, 11200],
    ['a slow answer', { delayMs: 600, body: '<Response/>' }, 11200],
    ['a cut connection', { cut: true }, 11205],
    ['a huge answer', `<Response><Say>${'a'.repeat(70_000)}</Say></Response>`, 11750],
  ])('%s', async (_name, answer, code) => {
    hub.answer(voice, answer)
    const call = await simulator.customers.call(mei)
    await call.until((view) => view.state === 'ended')
    expect(call.error?.code).toBe(code)
    expect((await simulator.customers.state()).notices.some((notice) => notice.code === code && notice.text.includes(call.sid))).toBe(true)
  })

  test('in a wait document too, after the queue’s action heard of it', async () => {
    hub.answer(voice, '<Response><Enqueue waitUrl="/wait" action="/left">support</Enqueue></Response>')
    hub.answer('/wait', '<Response><Dial>+14155550150</Dial></Response>')
    const call = await simulator.customers.call(mei)
    await call.until((view) => view.state === 'ended')
    expect(call.error?.code).toBe(12200)
    expect(hub.at('/left')[0]?.params['QueueResult']).toBe('error')
  })

  test('unless the number has a fallback', async () => {
    const { body } = await rest(simulator, 'GET', '/IncomingPhoneNumbers.json')
    const [number] = body['incoming_phone_numbers'] as { sid: string }[]
    await rest(simulator, 'POST', `/IncomingPhoneNumbers/${number?.sid}.json`, { VoiceFallbackUrl: `${hub.url}/fallback` })
    hub.answer(voice, { status: 503 })
    hub.answer('/fallback', say('One moment'))
    const call = await simulator.customers.call(mei)
    await call.hears('One moment')
    expect(hub.at('/fallback')[0]?.params).toMatchObject({ ErrorCode: '11200', ErrorUrl: `${hub.url}${voice}` })
    await rest(simulator, 'POST', `/IncomingPhoneNumbers/${number?.sid}.json`, { VoiceFallbackUrl: '' })
  })

  test('a connection that fails once is tried a second time', async () => {
    hub.answer(voice, { cut: true }, say('Here after all'))
    const call = await simulator.customers.call(mei)
    await call.hears('Here after all')
    const tokens = hub.at(voice).map((each) => each.headers['i-twilio-idempotency-token'])
    expect(tokens).toHaveLength(2)
    expect(new Set(tokens).size).toBe(1)
  })
})
