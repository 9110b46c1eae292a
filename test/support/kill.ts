/** Real processes of the hub that a test kills, as if the power went. */
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
}

export interface Child {
  config: Pick<Config, 'publicUrl' | 'host' | 'smtpPort'>
  /** SIGKILL, now. */
  kill(): Promise<void>
  /** Resolves with the signal or code it ended by. */
  readonly ended: Promise<string>
  readonly errors: () => string
}

/** Resolves when it listens. Whatever is left of it is killed when the test ends. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { like } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-child-'))
  const [port, smtpPort] = await Promise.all([freePort(), freePort()])
  const publicUrl = `http://127.0.0.1:${port}`
  const process_ = spawn(process.execPath, ['--no-warnings', child], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'], NODE_ENV: 'test', DEMO: '0', PORT: String(port), SMTP_PORT: String(smtpPort), PUBLIC_URL: publicUrl, DATA_DIR: dataDir, DATABASE_URL: options.databaseUrl, ROLE: options.role ?? 'all',
      SESSION_SECRET: like.sessionSecret, MAIL_DOMAIN: like.mailDomain, DNS_SERVERS: like.dnsServers.join(','), SMTP_URL: like.smtpUrl,
      TWILIO_ACCOUNT_SID: like.twilio.accountSid, TWILIO_AUTH_TOKEN: like.twilio.authToken, TWILIO_API_URL: like.twilio.apiUrl,
      SLACK_SIGNING_SECRET: like.slack.signingSecret, SLACK_BOT_TOKEN: like.slack.botToken, SLACK_API_URL: like.slack.apiUrl,
      ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}), ...(options.fault ? { TRIBUTARY_FAULT: options.fault } : {}),
    },
  })
  let errors = ''
  process_.stderr.on('data', (data: Buffer) => { errors += data.toString() })
  let said = ''
  const ended = once(process_, 'exit').then(([code, signal]) => {
    rmSync(dataDir, { recursive: true, force: true })
    return String(signal ?? code)
  })
  const kill = async (): Promise<void> => {
    process_.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  await new Promise<void>((resolve, reject) => {
    process_.stdout.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.includes('ready')) resolve()
    })
    if (options.diesEarly) void ended.then(() => resolve())
    else void ended.then((how) => reject(new Error(`the hub ended (${how}) before it was ready: ${errors}${said}`)))
  })
  return { config: { publicUrl, host: '127.0.0.1', smtpPort }, kill, ended, errors: () => errors + said.replace('ready\n', '') }
}
