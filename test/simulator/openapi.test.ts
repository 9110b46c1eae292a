import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { RunningSimulator } from '#simulator/start.ts'
import { hubNumber, rest, startFor, TinyHub } from './hub.ts'

/** Twilio publishes these files; the folder is named by the environment, and without it there is nothing to hold against. */
const file = join(process.env['TWILIO_OAI_DIR'] ?? '', 'twilio_api_v2010.json')
const isPresent = process.env['TWILIO_OAI_DIR'] !== undefined && existsSync(file)

const property = z.object({ type: z.string().optional(), nullable: z.boolean().optional(), format: z.string().optional(), $ref: z.string().optional() })
const description = z.object({ components: z.object({ schemas: z.record(z.string(), z.looseObject({ properties: z.record(z.string(), property).optional(), enum: z.array(z.unknown()).optional() })) }) })

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

test.skipIf(!isPresent)('every answer of the REST API has exactly the fields and types of Twilio’s own description', async () => {
  const { schemas } = description.parse(JSON.parse(readFileSync(file, 'utf8'))).components
  hub.answer('/webhooks/twilio/voice', '<Response><Record action="/done"/></Response>')
  const sent = await simulator.customers.sms('+14155550101', 'hi', { files: [{ name: 'a.png', contentType: 'image/png', base64: 'aGk=' }] })
  const call = await simulator.customers.call('+14155550101')
  await call.until((view) => view.listening === 'recording')
  await call.say('words')
  await call.press('#')
  await call.until((view) => view.state === 'ended')
  const first = async (path: string, name: string) => {
    const { body } = await rest(simulator, 'GET', path)
    const [item] = body[name] as Record<string, unknown>[]
    expect(Object.keys(body).sort()).toEqual(['end', 'first_page_uri', name, 'next_page_uri', 'page', 'page_size', 'previous_page_uri', 'start', 'uri'].sort())
    return item
  }
  const resources: [string, Record<string, unknown> | undefined][] = [
    ['api.v2010.account', (await rest(simulator, 'GET', '.json')).body],
    ['api.v2010.account.message', (await rest(simulator, 'POST', '/Messages.json', { To: '+14155550101', From: hubNumber, Body: 'x' })).body],
    ['api.v2010.account.message', await first('/Messages.json', 'messages')],
    ['api.v2010.account.message.media', await first(`/Messages/${sent.sid}/Media.json`, 'media_list')],
    ['api.v2010.account.call', await first('/Calls.json', 'calls')],
    ['api.v2010.account.incoming_phone_number', await first('/IncomingPhoneNumbers.json', 'incoming_phone_numbers')],
    ['api.v2010.account.recording', await first('/Recordings.json', 'recordings')],
  ]
  const problems = resources.flatMap(([name, resource]) => differences(name, resource ?? {}, schemas))
  expect(problems).toEqual([])
})

type Schemas = z.infer<typeof description>['components']['schemas']

function differences(name: string, resource: Record<string, unknown>, schemas: Schemas): string[] {
  const properties = schemas[name]?.properties ?? {}
  const missing = Object.keys(properties).filter((key) => !(key in resource))
  const unknown = Object.keys(resource).filter((key) => !(key in properties))
  const wrong = Object.entries(resource).filter(([key, value]) => key in properties && !fits(value, properties[key], schemas))
  return [...missing.map((key) => `${name}.${key} is missing`), ...unknown.map((key) => `${name}.${key} is not Twilio's`), ...wrong.map(([key, value]) => `${name}.${key} is ${JSON.stringify(value)}`)]
}

function fits(value: unknown, described: z.infer<typeof property> | undefined, schemas: Schemas): boolean {
  if (!described) return false
  if (described.$ref !== undefined) return schemas[described.$ref.split('/').at(-1) ?? '']?.enum?.includes(value) ?? false
  if (value === null) return described.nullable === true
  if (described.format === 'date-time-rfc-2822') return typeof value === 'string' && /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/.test(value)
  if (described.type === 'integer') return Number.isInteger(value)
  return described.type === undefined || typeof value === described.type
}
