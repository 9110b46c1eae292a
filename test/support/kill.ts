/** Real processes of the hub beside the test's own: servers and workers of one hub, and those that a test kills, as if the power went. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Config } from '#server/platform/config.ts'
import { freePort } from './port.ts'

const child = join(import.meta.dirname, 'kill-child.ts')

export interface ChildOptions {
  databaseUrl: string
  /** The configuration of a hub in this process: secrets and providers are the same. */
  like: Config
  /** Dies at this point, at its first passing or a later one: `receipt.stored:2`. */
  fault?: string
  /** It may die before it is ready: what it dies of lies in wait for it. */
  diesEarly?: boolean
  role?: 'all' | 'server' | 'worker'
  redisUrl?: string | undefined
  /** One hub with `like`: its files, and to the outside its address. A server still listens at one of its own. */
  joins?: boolean
}

export interface Child {
  config: Pick<Config, 'publicUrl' | 'host' | 'smtpPort'>
  /** SIGKILL, now. */
  kill(): Promise<void>
  /** SIGTERM, as a deploy does. */
  stop(): Promise<void>
  /** Resolves when none of its jobs runs and everything it woke is handed over. */
  idle(): Promise<void>
  /** Resolves with the signal or code it ended by. */
  readonly ended: Promise<string>
  readonly errors: () => string
}

/** Resolves when it listens. Whatever is left of it is killed when the test ends. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const started = launch(options)
  onTestFinished(async () => (await started.launched).kill())
  return started.ready
}

/** The same for more than one test: the caller stops it. */
export async function startProcess(options: ChildOptions): Promise<Child> {
  return launch(options).ready
}

function launch(options: ChildOptions): { launched: Promise<Child>; ready: Promise<Child> } {
  const launched = spawnHub(options)
  return { launched: launched.then(({ hub }) => hub), ready: launched.then(async ({ hub, ready }) => { await ready; return hub }) }
}

async function spawnHub(options: ChildOptions): Promise<{ hub: Child; ready: Promise<void> }> {
  const { like } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-child-'))
  const [port, smtpPort] = await Promise.all([freePort(), freePort()])
  const ownUrl = `http://127.0.0.1:${port}`
  const process_ = spawn(process.execPath, ['--no-warnings', child], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], NODE_ENV: 'test', DEMO: '0', PORT: String(port), SMTP_PORT: String(smtpPort), PUBLIC_URL: options.joins && options.role === 'worker' ? like.publicUrl : ownUrl,
      DATA_DIR: options.joins ? like.dataDir : dataDir, DATABASE_URL: options.databaseUrl, ROLE: options.role ?? 'all',
      SESSION_SECRET: like.sessionSecret, MAIL_DOMAIN: like.mailDomain, DNS_SERVERS: like.dnsServers.join(','), SMTP_URL: like.smtpUrl,
      TWILIO_ACCOUNT_SID: like.twilio.accountSid, TWILIO_AUTH_TOKEN: like.twilio.authToken, TWILIO_API_URL: like.twilio.apiUrl,
      SLACK_SIGNING_SECRET: like.slack.signingSecret, SLACK_BOT_TOKEN: like.slack.botToken, SLACK_API_URL: like.slack.apiUrl,
      ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}), ...(options.fault ? { TRIBUTARY_FAULT: options.fault } : {}),
    },
  })
  let errors = ''
  process_.stderr?.on('data', (data: Buffer) => { errors += data.toString() })
  let said = ''
  const ended = once(process_, 'exit').then(([code, signal]) => {
    rmSync(dataDir, { recursive: true, force: true })
    return String(signal ?? code)
  })
  const endBy = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    process_.kill(signal)
    await ended
  }
  const ready = new Promise<void>((resolve, reject) => {
    process_.stdout?.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.includes('ready')) resolve()
    })
    if (options.diesEarly) void ended.then(() => resolve())
    else void ended.then((how) => reject(new Error(`the hub ended (${how}) before it was ready: ${errors}${said}`)))
  })
  const hub: Child = {
    config: { publicUrl: ownUrl, host: '127.0.0.1', smtpPort }, kill: () => endBy('SIGKILL'), stop: () => endBy('SIGTERM'), ended, errors: () => errors + said.replace('ready\n', ''),
    async idle() {
      process_.send('idle?')
      await Promise.race([once(process_, 'message'), ended])
    },
  }
  return { hub, ready }
}
