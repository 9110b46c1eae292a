import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startCallers } from '#simulator/callers.ts'
import type { RunningSimulator } from '#simulator/start.ts'
import { until } from '../support/deadline.ts'
import { startFor, TinyHub } from './hub.ts'

let hub: TinyHub
let simulator: RunningSimulator
let stopper = new AbortController()
beforeAll(async () => {
  hub = new TinyHub()
  await hub.start()
  simulator = await startFor(hub)
})
afterEach(() => {
  stopper.abort()
  stopper = new AbortController()
})
afterAll(async () => {
  await simulator.stop()
  await hub.stop()
})

const waits = '<Response><Enqueue>line</Enqueue></Response>'
const calls = async () => (await simulator.customers.state()).calls.filter((call) => call.party === 'customer')

it('rings once more after who was not answered has hung up, but not for ever while nobody looks', async () => {
  hub.answer('/webhooks/twilio/voice', waits)
  let asked = 0
  let looked = 0
  const done = startCallers(simulator.customers, {
    next: async () => ({ phone: `+1415555013${asked++}`, locale: 'en' }), isAnybodyThere: () => { looked += 1; return false }, signal: stopper.signal, times: { patienceMs: 40, restMs: 5, lookMs: 5 },
  })
  await until('three calls that were given up', async () => (await calls()).filter((call) => call.state === 'ended').length === 3)
  await until('some looks for who might listen', () => looked >= 3)
  expect(asked).toBe(3)
  stopper.abort()
  await done
})

it('says what it is about to whoever answers, and goodbye', async () => {
  hub.answer('/webhooks/twilio/voice', '<Response><Dial><Number>+14155550177</Number></Dial></Response>')
  const done = startCallers(simulator.customers, { next: async () => ({ phone: '+14155550140', locale: 'zh' }), isAnybodyThere: () => true, signal: stopper.signal, times: { restMs: 60_000, lookMs: 5, listenMs: 10 } })
  const said = await until('goodbye', async () => {
    const call = (await calls()).find((one) => one.customer === '+14155550140' && one.state === 'ended')
    return call?.lines.filter((line) => line.by === 'customer').map((line) => line.text)
  })
  expect(said).toHaveLength(3)
  expect(said[2]).toContain('再见')
  stopper.abort()
  await done
})
