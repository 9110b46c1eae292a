import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig, rememberedPort } from '#server/platform/config.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(path.join(os.tmpdir(), 'tributary-config-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const strong = 'f3b0c44298fc1c149afbf4c8996fb924'
const load = (env: NodeJS.ProcessEnv) => loadConfig({ DATA_DIR: folder, ...env })

describe('outside production', () => {
  test('nothing needs to be set', () => {
    expect(load({})).toMatchObject({ port: 3000, host: '127.0.0.1', demo: true, production: false, publicUrl: 'http://127.0.0.1:3000', role: 'all', smtpPort: 2525, mailDomain: 'tributary.example', dataDir: folder })
  })

  test('secrets are made once and kept for their owner only', () => {
    const first = load({})
    expect(first.sessionSecret).toHaveLength(32)
    expect(load({}).sessionSecret).toBe(first.sessionSecret)
    expect(load({}).twilio.authToken).toBe(first.twilio.authToken)
    expect(statSync(path.join(folder, 'secrets', 'sessionSecret')).mode & 0o777).toBe(0o600)
  })

  test('given provider secrets are used as they are', () => {
    expect(load({ TWILIO_AUTH_TOKEN: 'mine', SLACK_SIGNING_SECRET: 'ours' })).toMatchObject({ twilio: { authToken: 'mine' }, slack: { signingSecret: 'ours' } })
  })

  test('without the demo no provider secret is made up', () => {
    expect(load({ DEMO: '0' })).toMatchObject({ demo: false, twilio: { accountSid: undefined, authToken: undefined }, slack: { signingSecret: undefined } })
  })

  test('an empty variable counts as missing', () => {
    expect(load({ REDIS_URL: '', PORT: ' ' })).toMatchObject({ redisUrl: undefined, port: 3000 })
  })
})

describe('in production', () => {
  const production = (env: NodeJS.ProcessEnv) => () => load({ NODE_ENV: 'production', SESSION_SECRET: strong, ...env })

  test('a strong secret is enough to start, without the demo', () => {
    expect(production({ DEMO: '1', PUBLIC_URL: 'https://help.acme.org/' })()).toMatchObject({ demo: false, publicUrl: 'https://help.acme.org', mailDomain: 'help.acme.org', twilio: { authToken: undefined } })
  })

  test.each([
    ['no secret', { SESSION_SECRET: undefined }, 'SESSION_SECRET is missing.'],
    ['a short secret', { SESSION_SECRET: 'abc123' }, 'SESSION_SECRET is too weak.'],
    ['a secret of one letter', { SESSION_SECRET: 'x'.repeat(64) }, 'SESSION_SECRET is too weak.'],
    ['a secret from an example', { SESSION_SECRET: 'please-change-me-please-change-me-1234' }, 'SESSION_SECRET is too weak.'],
    ['a short password', { ADMIN_EMAIL: 'root@acme.org', ADMIN_PASSWORD: 'tr0ub4dor' }, 'ADMIN_PASSWORD is too weak.'],
    ['the password everybody tries', { ADMIN_EMAIL: 'root@acme.org', ADMIN_PASSWORD: 'Password123456' }, 'ADMIN_PASSWORD is too weak.'],
    ['the password of the demo', { ADMIN_EMAIL: 'root@acme.org', ADMIN_PASSWORD: 'lamps-and-light' }, 'ADMIN_PASSWORD is too weak.'],
    ['half of Twilio', { TWILIO_ACCOUNT_SID: `AC${strong}` }, 'TWILIO_AUTH_TOKEN is missing, although TWILIO_ACCOUNT_SID is set.'],
    ['half of Slack', { SLACK_BOT_TOKEN: 'xoxb-1-2-3' }, 'SLACK_SIGNING_SECRET is missing, although SLACK_BOT_TOKEN is set.'],
    ['half of the browser leg', { TWILIO_API_KEY_SID: 'SK1' }, 'TWILIO_API_KEY_SECRET and TWILIO_TWIML_APP_SID is missing, although TWILIO_API_KEY_SID is set.'],
    ['an account that is none', { TWILIO_ACCOUNT_SID: 'x', TWILIO_AUTH_TOKEN: strong }, 'TWILIO_ACCOUNT_SID does not look like one.'],
  ])('%s is refused', (_what, env, message) => {
    expect(production(env)).toThrow(ConfigError)
    expect(production(env)).toThrow(message)
  })
})

test.each([
  [{ PORT: '70000' }, 'PORT'],
  [{ PORT: '3000; rm' }, 'PORT'],
  [{ ROLE: 'boss' }, 'ROLE'],
  [{ DATABASE_URL: 'mysql://x/y' }, 'DATABASE_URL'],
  [{ PUBLIC_URL: 'javascript:alert(1)' }, 'PUBLIC_URL'],
  [{ ADMIN_EMAIL: 'nobody' }, 'ADMIN_EMAIL'],
])('%j is refused by its name and without its value', (env, name) => {
  const [value] = Object.values(env)
  expect(() => load(env)).toThrow(name)
  expect(() => load(env)).not.toThrow(value)
})

test('a port is the same next time, unless it is taken', async () => {
  const port = await rememberedPort(folder, 'simulator')
  expect(await rememberedPort(folder, 'simulator')).toBe(port)
  expect(await rememberedPort(folder, 'other')).not.toBe(port)
  const taken = createServer()
  await new Promise<void>((resolve) => { taken.listen(port, '127.0.0.1', resolve) })
  expect(await rememberedPort(folder, 'simulator')).not.toBe(port)
  taken.close()
})
