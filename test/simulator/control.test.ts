import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningSimulator } from '#simulator/start.ts'
import type { FeedItem } from '#simulator/views.ts'
import { startFor, TinyHub } from './hub.ts'

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

test('the page hears of every change at once, also behind the prefix of a proxy', async () => {
  const stop = new AbortController()
  const response = await fetch(`${simulator.pageUrl}/simulator/control/events`, { signal: stop.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const changes: FeedItem[] = []
  const reading = (async () => {
    let rest = ''
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + Buffer.from(chunk).toString()).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) if (block.startsWith('data: ')) changes.push(JSON.parse(block.slice(6)) as FeedItem)
    }
  })().catch(() => undefined)
  await simulator.customers.sms('+14155550101', 'live')
  await expect.poll(() => changes.map((change) => change.kind === 'text' && change.item.text)).toContain('live')
  stop.abort()
  await reading
})

test('a foreign website’s form can do nothing', async () => {
  const response = await fetch(`${simulator.pageUrl}/control/texts`, { method: 'POST', body: new URLSearchParams({ channel: 'sms', from: '+14155550101', text: 'forged' }) })
  expect(response.status).toBe(415)
  expect((await simulator.customers.state()).texts.some((text) => text.text === 'forged')).toBe(false)
})

test('somebody new is known on every channel', async () => {
  const person = await simulator.customers.addPerson({ name: 'Ada', phone: '+14155550170', email: 'ada@lovelace.example' })
  expect((await simulator.customers.state()).people).toContainEqual(person)
  const answer = await fetch(`${simulator.slackUrl}users.info?user=${person.slackUser}`, { headers: { authorization: 'Bearer xoxb-test' } })
  expect(await answer.json()).toMatchObject({ ok: true, user: { real_name: 'Ada', profile: { email: 'ada@lovelace.example' } } })
})

test('files of strangers are never run by the browser', async () => {
  await simulator.customers.sms('+14155550101', '', { files: [{ name: 'x.html', contentType: 'text/html', base64: Buffer.from('<script>1</script>').toString('base64') }] })
  const url = (await simulator.customers.state()).texts.at(-1)?.files[0]?.url ?? ''
  const response = await fetch(`${simulator.pageUrl}/${url}`)
  expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
  expect(response.headers.get('content-security-policy')).toContain('sandbox')
})

test('wrong requests are told why', async () => {
  await expect(simulator.customers.sms('+14155550101', 'hi', { to: '+19990000000' })).rejects.toThrow('is not a valid phone number')
  await expect(simulator.customers.faults.set({ twilio: { statusDelayMs: -1 } })).rejects.toThrow('400')
})
