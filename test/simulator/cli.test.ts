import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulate } from '#simulator/cli.ts'
import type { RunningSimulator } from '#simulator/start.ts'
import { startFor, TinyHub } from './hub.ts'

let hub: TinyHub
let simulator: RunningSimulator
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'simulator-'))
  hub = new TinyHub()
  await hub.start()
  simulator = await startFor(hub, { dataDir })
})
afterAll(async () => {
  await simulator.stop()
  await hub.stop()
  await rm(dataDir, { recursive: true })
})

async function run(args: string[], folder = dataDir): Promise<{ code: number; output: string }> {
  let output = ''
  const code = await simulate(args, folder, (text) => {
    output += text
  })
  return { code, output }
}

test('an SMS and a call from the shell', async () => {
  expect(await run(['sms', 'hello'])).toMatchObject({ code: 0, output: expect.stringContaining('the hub answered 200') })
  expect(hub.at('/webhooks/twilio/messages')[0]?.params['Body']).toBe('hello')
  hub.answer('/webhooks/twilio/voice', '<Response><Gather numDigits="1" action="/menu"><Say>Press one</Say></Gather></Response>')
  hub.answer('/menu', '<Response><Say>Goodbye</Say></Response>')
  const call = await run(['call', '--keys', '1'])
  expect(call.code).toBe(0)
  expect(call.output).toMatch(/Press one[\s\S]*Goodbye/)
})

test('a mail the hub’s listener does not take says why', async () => {
  expect(await run(['email', 'hello'])).toMatchObject({ code: 1, output: expect.stringContaining('ECONNREFUSED') })
})

test('without a running simulator it says what to do', async () => {
  expect(await run(['sms', 'hello'], join(dataDir, 'nowhere'))).toMatchObject({ code: 1, output: expect.stringContaining('npm start') })
  expect(await run(['fax', 'hello'])).toMatchObject({ code: 2, output: expect.stringContaining('npm run simulate') })
})
